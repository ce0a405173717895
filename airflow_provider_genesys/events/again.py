"""Dead letters that may be published once more: how many, why they were not accepted, and that they are still the same.

No value of an event leaves this module: reasons are told as summaries tell them.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from airflow_provider_genesys.events.dead_letters import read_letter
from airflow_provider_genesys.events.inputs import DEAD_LETTERS
from airflow_provider_genesys.events.models import STREAMS
from airflow_provider_genesys.events.reasons import Example, Reasons, for_summary
from airflow_provider_genesys.exceptions import GenesysConfigError, GenesysLedgerError
from airflow_provider_genesys.files import storage
from airflow_provider_genesys.files.blocks import lines_of
from airflow_provider_genesys.files.refusals import visible_path

if TYPE_CHECKING:
    from airflow_provider_genesys.files.storage import StoragePath

_EDITED = "edited"
# More than a file has lines: places of one file are before those of the next.
_FILE = 1 << 48


@dataclass(frozen=True, slots=True)
class Letters:
    """The dead letters of one account.

    :param stream: what the events are.
    :param folder: where the letters are.
    :param task: the task instance that wrote the account last, ``None`` where an older version did not note it.
    :param count: how many letters.
    :param ids_only: how many of them hold no event, and cannot be sent.
    :param reasons: why, as summaries tell it.
    :param digest: of all that is in them.
    """

    stream: str
    folder: StoragePath
    task: str | None
    count: int
    ids_only: int
    reasons: list[dict[str, Any]]
    digest: str


def letters_of(folder: StoragePath) -> Letters | None:
    """Return the dead letters of the account in a folder, ``None`` where there is no account.

    :raises GenesysConfigError: the account is not complete, so that more letters may come.
    :raises GenesysLedgerError: it cannot be read.
    :raises GenesysError: a store cannot give them.
    """
    text = storage.read(folder / "ledger.json")
    if text is None:
        return None
    stream, task, inputs = _account(text, folder)
    letters = folder / DEAD_LETTERS
    reasons = Reasons()
    files = {file: number for number, file in enumerate(inputs)}
    count = ids_only = 0
    digest = blake2b(digest_size=16)
    for name in sorted(storage.list_names(letters, "*.jsonl")):
        if name.startswith("."):
            continue
        digest.update(f"{name}\n".encode())
        for number, line in enumerate(lines_of(letters / name, "the dead letters"), 1):
            digest.update(line + b"\n")
            if not line.strip():
                continue
            # Somebody's own, such as a corrected event, is an example of that.
            edited = Example("", _EDITED, "is not as it was written", name, number, 0)
            example, has_event = read_letter(line) or (edited, True)
            place = files.get(example.file, len(files)) * _FILE + example.line
            reasons.add(example._replace(ordinal=place))
            count += 1
            ids_only += not has_event
    return Letters(stream, letters, task, count, ids_only, for_summary(reasons.commonest()), digest.hexdigest())


def _account(text: bytes, folder: StoragePath) -> tuple[str, str | None, list[str]]:
    """Return stream, task and names of the inputs of a ledger."""
    try:
        ledger = json.loads(text)
        stream, complete, task = ledger["stream"], ledger["complete"], ledger.get("task")
        inputs = [str(name) for name, _ in ledger.get("inputs", ())]
        if stream not in STREAMS:
            raise ValueError(stream)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise GenesysLedgerError(
            f"{visible_path(folder / 'ledger.json')}: cannot be read ({type(error).__name__})"
        ) from None
    if complete is None:
        raise GenesysConfigError(
            f"the account in {visible_path(folder)} is not complete: clear its task, which goes on where it was; what "
            "is dead letters then can be replayed"
        )
    return stream, None if task is None else str(task), inputs
