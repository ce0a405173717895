"""Dead letters that may be published once more: how many, why they were not accepted, and that they are still the same.

No value of an event leaves this module: reasons are told as summaries tell them.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

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
    stream, task = _account(text, folder)
    letters = folder / DEAD_LETTERS
    reasons = Reasons()
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
            example, has_event = _letter(line, name, number)
            reasons.add(example)
            count += 1
            ids_only += not has_event
    return Letters(stream, letters, task, count, ids_only, for_summary(reasons.commonest()), digest.hexdigest())


def _account(text: bytes, folder: StoragePath) -> tuple[str, str | None]:
    """Return stream and task of a ledger."""
    try:
        ledger = json.loads(text)
        stream, complete, task = ledger["stream"], ledger["complete"], ledger.get("task")
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
    return stream, None if task is None else str(task)


def _letter(line: bytes, name: str, number: int) -> tuple[Example, bool]:
    """Return why there is a dead letter, and whether it holds its event."""
    try:
        letter = json.loads(line)
        about = letter["dead_letter"]
        fate, reason, message, file = (str(about[key]) for key in ("fate", "reason", "message", "file"))
        place = int(about["line"])
        return Example(fate, reason, message, file, place, place), letter.get("event") is not None
    except (ValueError, KeyError, TypeError, RecursionError):
        # Somebody's own, such as a corrected event.
        return Example("", _EDITED, "is not as it was written", name, number, number), True
