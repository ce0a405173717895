"""Dead letters that may be published once more: how many, why they were not accepted, and that they are still the same.

No value of an event leaves this module: reasons are told as summaries tell them.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from airflow_provider_genesys.events.inputs import DEAD_LETTERS
from airflow_provider_genesys.events.models import STREAMS
from airflow_provider_genesys.events.reasons import Example, Reason, for_summary
from airflow_provider_genesys.exceptions import GenesysConfigError, GenesysLedgerError
from airflow_provider_genesys.files import storage
from airflow_provider_genesys.files.blocks import lines_of
from airflow_provider_genesys.files.refusals import visible_path

if TYPE_CHECKING:
    from airflow_provider_genesys.files.storage import StoragePath

_MOST_COUNTED = 1_000
_NO_LETTER = "not as it was written"


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
    counts: Counter[str] = Counter()
    examples: dict[str, Example] = {}
    ids_only = 0
    digest = blake2b(digest_size=16)
    for name in sorted(storage.list_names(letters, "*.jsonl")):
        if name.startswith("."):
            continue
        digest.update(f"{name}\n".encode())
        for line in lines_of(letters / name, "the dead letters"):
            digest.update(line + b"\n")
            if not line.strip():
                continue
            reason, example, has_event = _letter(line)
            reason = reason if reason in counts or len(counts) < _MOST_COUNTED else "others"
            counts[reason] += 1
            ids_only += not has_event
            if example is not None:
                examples.setdefault(reason, example)
    told = for_summary(Reason(reason, count, examples.get(reason)) for reason, count in counts.most_common())
    return Letters(stream, letters, task, counts.total(), ids_only, told, digest.hexdigest())


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


def _letter(line: bytes) -> tuple[str, Example | None, bool]:
    """Return the reason of a dead letter, an example of it, and whether it holds its event."""
    try:
        letter = json.loads(line)
        about = letter["dead_letter"]
        example = Example(str(about["fate"]), str(about["message"]), str(about["file"]), int(about["line"]))
        return str(about["reason"]), example, letter.get("event") is not None
    except (ValueError, KeyError, TypeError, RecursionError):
        return _NO_LETTER, None, True  # somebody's own, such as a corrected event
