"""Dead letters that may be published once more: how many, why they were not accepted, and that they are still the same.

A replay keeps its account beside that of the letters, in a folder that is named by what is in them:
``replays/<digest>``. So whoever replays the same letters once more finds what became of them, and sends none twice;
letters that were corrected are others, and have an account of their own.

No value of an event leaves this module: reasons are told as summaries tell them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from airflow_provider_genesys.events.account import not_accepted
from airflow_provider_genesys.events.dead_letters import read_letter
from airflow_provider_genesys.events.inputs import DEAD_LETTERS
from airflow_provider_genesys.events.ledger import LaneAccount
from airflow_provider_genesys.events.models import STREAMS
from airflow_provider_genesys.events.reasons import Example, Reasons, for_summary
from airflow_provider_genesys.exceptions import GenesysConfigError, GenesysLedgerError
from airflow_provider_genesys.files import storage
from airflow_provider_genesys.files.blocks import lines_of
from airflow_provider_genesys.files.refusals import visible_path
from airflow_provider_genesys.text import parse_json

if TYPE_CHECKING:
    from airflow_provider_genesys.files.storage import StoragePath

REPLAYS = "replays"
"""Name of the folder beside a ledger that the accounts of replays of its dead letters are kept in."""
_DIGEST_SIZE = 16
_DIGEST = re.compile(f"[0-9a-f]{{{2 * _DIGEST_SIZE}}}")
_EDITED = "edited"
# More than a file has lines: places of one file are before those of the next.
_FILE = 1 << 48


@dataclass(frozen=True, slots=True)
class EarlierReplay:
    """What became of dead letters when they were published once more.

    :param digest: of the letters as they were then.
    :param task: the task instance that wrote of it last.
    :param began: when it began, ``None`` where nothing of it is settled yet.
    :param complete: when it was complete, ``None`` as long as it is not.
    :param fates: how many letters found which fate.
    """

    digest: str
    task: str
    began: str | None
    complete: str | None
    fates: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Letters:
    """The dead letters of one account.

    :param stream: what the events are.
    :param folder: where the letters are.
    :param task: the task instance that wrote the account last, ``None`` where an older version did not note it.
    :param count: how many letters.
    :param counted: how many there are by the account.
    :param ids_only: how many of them hold no event, and cannot be sent.
    :param reasons: why, as summaries tell it.
    :param digest: of all that is in them.
    :param replay_folder: where the account of a replay of just these letters is kept.
    :param replays: those that there were of letters of this account, the latest first.
    """

    stream: str
    folder: StoragePath
    task: str | None
    count: int
    counted: int
    ids_only: int
    reasons: list[dict[str, Any]]
    digest: str
    replay_folder: StoragePath
    replays: list[EarlierReplay]

    @property
    def replayed(self) -> EarlierReplay | None:
        """The replay that there was of just these letters."""
        return next((one for one in self.replays if one.digest == self.digest), None)

    @property
    def missing(self) -> int:
        """How many of those that the account counts are not there, as far as their number tells."""
        return max(self.counted - self.count, 0)

    @property
    def left(self) -> int:
        """How many of them a replay would send now: those that have no fate by an earlier one of the same letters."""
        if self.replayed is None:
            return self.count
        return 0 if self.replayed.complete else max(self.count - sum(self.replayed.fates.values()), 0)


def letters_of(folder: StoragePath) -> Letters | None:
    """Return the dead letters of the account in a folder, ``None`` where there is no account.

    :raises GenesysConfigError: the account is not complete, so that more letters may come.
    :raises GenesysLedgerError: it cannot be read.
    :raises GenesysError: a store cannot give them.
    """
    text = storage.read(folder / "ledger.json")
    if text is None:
        return None
    stream, task, inputs, counted = _account(text, folder)
    letters = folder / DEAD_LETTERS
    reasons = Reasons()
    files = {file: number for number, file in enumerate(inputs)}
    count = ids_only = 0
    digest = blake2b(digest_size=_DIGEST_SIZE)
    for name in sorted(storage.list_names(letters, "*.jsonl")):
        if name.startswith("."):
            continue
        digest.update(f"{name}\n".encode("utf-8", "surrogatepass"))
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
    return Letters(
        stream,
        letters,
        task,
        count,
        counted,
        ids_only,
        for_summary(reasons.commonest()),
        digest.hexdigest(),
        replay_folder(folder, digest.hexdigest()),
        _replays_of(folder),
    )


def when_begun(folder: StoragePath) -> str | None:
    """Return when the account in a folder was begun, which no later try changes; ``None`` where there is no account.

    :raises GenesysLedgerError: it cannot be read.
    :raises GenesysError: a store cannot give it.
    """
    text = storage.read(folder / "ledger.json")
    if text is None:
        return None
    try:
        return str(parse_json(text).get("began", ""))
    except (ValueError, AttributeError) as error:
        raise _unreadable(folder / "ledger.json", error) from None


def replay_folder(folder: StoragePath, digest: str) -> StoragePath:
    """Return where the account of a replay is kept.

    :param folder: that of the account whose letters were replayed.
    :param digest: of the letters.
    :raises GenesysLedgerError: it is none, and might lead elsewhere.
    """
    if not _DIGEST.fullmatch(digest):
        raise GenesysLedgerError(f"{visible_path(folder)}: {digest[:80]!a} is no digest of dead letters")
    return folder / REPLAYS / digest


def _replays_of(folder: StoragePath) -> list[EarlierReplay]:
    """Return the replays that there were of letters of an account, the latest first."""
    names = [name for name in storage.list_names(folder / REPLAYS) if _DIGEST.fullmatch(name)]
    found = [one for name in names if (one := _replay_in(folder / REPLAYS / name, name)) is not None]
    return sorted(found, key=lambda one: one.complete or one.began or "", reverse=True)


def _replay_in(folder: StoragePath, digest: str) -> EarlierReplay | None:
    """Return the replay that is kept in a folder; one that was killed at its beginning may have an owner only."""
    text = storage.read(folder / "ledger.json")
    owner = storage.read(folder / "owner.json") if text is None else None
    if text is None and owner is None:
        return None
    try:
        if text is None:
            return EarlierReplay(digest, str(parse_json(owner or b"")["key"]), None, None, {})
        row = parse_json(text)
        fates = sum((LaneAccount.from_json(lane).counts for lane in row["lanes"]), Counter[str]())
        complete = None if row["complete"] is None else str(row["complete"])
        return EarlierReplay(digest, str(row["task"]), str(row["began"]), complete, fates)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise _unreadable(folder / ("owner.json" if text is None else "ledger.json"), error) from None


def _unreadable(path: StoragePath, error: Exception) -> GenesysLedgerError:
    return GenesysLedgerError(f"{visible_path(path)}: cannot be read ({type(error).__name__})")


def _account(text: bytes, folder: StoragePath) -> tuple[str, str | None, list[str], int]:
    """Return stream, task and names of the inputs of a ledger, and how many dead letters it counts."""
    try:
        ledger = parse_json(text)
        stream, complete, task = ledger["stream"], ledger["complete"], ledger.get("task")
        inputs = [str(name) for name, _ in ledger.get("inputs", ())]
        fates = sum((LaneAccount.from_json(lane).counts for lane in ledger.get("lanes", ())), Counter[str]())
        if stream not in STREAMS:
            raise ValueError(stream)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise _unreadable(folder / "ledger.json", error) from None
    if complete is None:
        raise GenesysConfigError(
            f"the account in {visible_path(folder)} is not complete: clear its task, which goes on where it was; what "
            "is dead letters then can be replayed"
        )
    return stream, None if task is None else str(task), inputs, not_accepted(fates)
