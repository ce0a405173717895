"""The one authority on what became of the records of a publish, so that a killed one goes on where it was.

The ledger is a small JSON object, written anew after every answer that settles something, or several of them. It counts
in ordinals of input records, never in bodies, so a resume may cut other bodies and nothing moves::

    {"format": 2, "stream": "user_presences", "inputs": [["day.jsonl", 1234]], "tries": 2, "began": "...", "complete":
    null,
     "task": "dag/run/task", "accepted_before": 1000, "others": {"6c1f0a3b9d2e4f57": 1000},
     "read": 4800, "digest": "...",
     "reasons": [["invalid", "invalid.userId", "userId is missing", 3, "day.jsonl", 7, 6, [907060870]]],
     "other_reasons": 0,
     "lanes": [{"next": 4711, "open": [4200, 12], "sent": 0, "seq": 1, "counts": [391, 1, 3, 0, 0]}, ...]}

``read`` records were read and ``digest`` is their BLAKE2b hash; nothing beyond them is settled. Of a lane's records
those before ``next`` are settled, but for the ``open`` ones (the first ordinal, then differences). ``sent`` of the open
ones, from the first on, were on their way when it was written. ``seq`` numbers the lane's segments of dead letters.
``counts`` are in the order of :data:`FATES`. The task instance ``task`` wrote the ledger last. Of the accepted records
``accepted_before`` are those of others, with which it shares a ``ledger_key``; ``others`` is how many of each, by hash
of its name, so that one that comes back after another has gone on knows its own. Of more than :data:`MAX_OTHERS` those
that wrote last are remembered.
``reasons`` are the commonest, see :class:`~airflow_provider_genesys.events.reasons.Reason`, and ``other_reasons``
records have another one. The first format had an object there, of a count for each code.

With 12 lanes it takes less than 8 kB at its fullest, and usually 1 kB. A lane takes some 70 bytes, and an open record
four or five: with 100 lanes it is 7 kB as long as nothing is open, which is the usual course, and up to 50 kB where
each lane has a whole body open (``on_unknown="dead_letter"``, where each is written before it is sent). Reasons take
up to 8 kB more, and usually a few hundred bytes.
"""

from __future__ import annotations

import datetime as dt
import json
import logging
import threading
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Any

from airflow_provider_genesys.events.dead_letters import is_segment
from airflow_provider_genesys.events.inputs import DEAD_LETTERS
from airflow_provider_genesys.events.reasons import MOST_IN_SUMMARY, Reasons
from airflow_provider_genesys.exceptions import GenesysLedgerError
from airflow_provider_genesys.files import storage
from airflow_provider_genesys.files.refusals import visible_path
from airflow_provider_genesys.text import parse_json

if TYPE_CHECKING:
    from airflow_provider_genesys.events.reasons import Example, Reason
    from airflow_provider_genesys.files.ownership import Owner
    from airflow_provider_genesys.files.storage import StoragePath

log = logging.getLogger(__name__)

FORMAT = 2
# The first, which differs in its reasons only.
_READ = (1, FORMAT)
FATES = ("accepted", "rejected", "invalid", "duplicate", "unknown")
MAX_OTHERS = 32
"""Task instances of which is remembered how many of their records were accepted, but for the one that writes: where an
input grows and each run sends the rest, they are as many as there are runs."""


@dataclass
class LaneAccount:
    """What is settled of one lane's records; see the module's docstring."""

    next: int = 0
    open: list[int] = field(default_factory=list)
    sent: int = 0
    seq: int = 0
    # All keys from the beginning: the thread that tells the progress reads while lanes add.
    counts: Counter[str] = field(default_factory=lambda: Counter(dict.fromkeys(FATES, 0)))

    def move(self, next_: int, open_: Sequence[int]) -> None:
        """Take over what is open now.

        A resume begins with what an earlier try left open, which may end before records that were settled then.
        """
        self.next = max(self.next, next_)
        self.open = list(open_)

    def to_json(self) -> dict[str, Any]:
        """Return it as the ledger holds it."""
        differences = [*self.open[:1], *(later - earlier for earlier, later in pairwise(self.open))]
        counts = [self.counts.get(fate, 0) for fate in FATES]
        return {"next": self.next, "open": differences, "sent": self.sent, "seq": self.seq, "counts": counts}

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> LaneAccount:
        """Read what :meth:`to_json` made; raises ``KeyError``, ``TypeError`` or ``ValueError`` for anything else."""
        counts = Counter(dict(zip(FATES, map(int, row["counts"]), strict=True)))
        return cls(int(row["next"]), list(accumulate(row["open"])), int(row["sent"]), int(row["seq"]), counts)


class Ledger:
    """The account of one publish; open it with :func:`open_ledger`.

    :param folder: where it is kept.
    :param owner: this run's ownership.
    :param stream: name of the stream.
    :param lanes: an account for each lane.
    :param inputs: names and sizes of the inputs.
    """

    def __init__(
        self,
        folder: StoragePath,
        owner: Owner,
        stream: str,
        lanes: list[LaneAccount],
        inputs: Sequence[tuple[str, int | None]],
    ) -> None:
        self.owner = owner
        self.stream = stream
        self.lanes = lanes
        self.inputs = [list(row) for row in inputs]
        self.path = folder / "ledger.json"
        self.read = 0
        self.digest = ""
        self.tries = 1
        self.accepted_before = 0
        self._others: dict[str, int] = {}  # by hash of a task instance's name, the one that wrote last at the end
        self.began = _now()
        self.complete: str | None = None
        self.reasons = Reasons()
        self._state = threading.Lock()
        self._writing = threading.Lock()
        self._changes = 0
        self._written = 0
        self._covered: tuple[int, Any] | None = None
        # What is written of each lane, "" where that changed: an answer changes one of twelve, and few have a reason.
        self._lane_texts = [""] * len(lanes)
        self._reasons_text = ""

    @property
    def counts(self) -> Counter[str]:
        """Records by fate, over all lanes and tries."""
        return sum((lane.counts for lane in self.lanes), Counter())

    @property
    def resumed(self) -> bool:
        """Whether an earlier try settled something."""
        return self.tries > 1

    def begin(self) -> None:
        """Write that a try goes on with an account whose input is found to be the same; as :meth:`commit` else.

        So it counts as one, though it may settle nothing.
        """
        with self._state:
            self._changes += 1
        self.commit()

    def cover(self, records: int, digest: Any) -> None:
        """Note the BLAKE2b object of the first ``records`` records. Call it before any of them is given to a lane."""
        with self._state:
            self._covered = (records, digest)

    def intend(self, lane: int, *, next_: int, open_: Sequence[int], sent: int) -> None:
        """Write that a lane is about to send the first ``sent`` of the records ``open_``; else as :meth:`settle`."""
        account = self.lanes[lane]
        with self._state:
            account.move(next_, open_)
            account.sent = sent
            self._lane_texts[lane] = ""
            self._changes += 1
        self.commit()

    @property
    def written(self) -> int:
        """The last change that is on storage."""
        return self._written

    def settle(
        self,
        lane: int,
        fates: Mapping[str, int],
        not_accepted: Sequence[Example],
        *,
        next_: int,
        open_: Sequence[int],
        seq: int,
    ) -> None:
        """Write what became of some of a lane's records; returns when it is on storage. As :meth:`note` else."""
        self.note(lane, fates, not_accepted, next_=next_, open_=open_, seq=seq)
        self.commit()

    def note(
        self,
        lane: int,
        fates: Mapping[str, int],
        not_accepted: Sequence[Example],
        *,
        next_: int,
        open_: Sequence[int],
        seq: int,
    ) -> int:
        """Note what became of some of a lane's records, for the next :meth:`commit`, by whomever.

        Until that the lane may send nothing more.

        :param fates: how many records found which fate.
        :param not_accepted: those of them that are dead letters.
        :param next_: the ordinal before which all of the lane's records but ``open_`` are settled.
        :param open_: ordinals before ``next_`` without a fate.
        :param seq: number of the last segment of dead letters.
        :return: number of the change: it is on storage when :attr:`written` is no less.
        """
        account = self.lanes[lane]
        with self._state:
            account.counts.update(fates)
            account.move(next_, open_)
            account.sent = 0
            account.seq = seq
            self._lane_texts[lane] = ""
            for example in not_accepted:
                self.reasons.add(example)
            if not_accepted:
                self._reasons_text = ""
            self._changes += 1
            return self._changes

    def commonest(self) -> list[Reason]:
        """Return why records were not accepted, the commonest first."""
        with self._state:
            return self.reasons.commonest()

    def finish(self) -> None:
        """Write that every record has its fate."""
        with self._state:
            self.complete = _now()
            self._changes += 1
        self.commit()

    def read_shares(self, row: Mapping[str, Any]) -> None:
        """Read how many of the accepted records are whose, and which of them the owner's own.

        A ledger of an older version tells that of the task instance that wrote it last, or of none: what it does not
        tell is another's.
        """
        accepted = self.counts["accepted"]
        shares = {str(name): int(share) for name, share in dict(row.get("others", {})).items()}
        if (writer := row.get("task")) is not None:
            shares[_hash(str(writer))] = accepted - int(row["accepted_before"])
        self.accepted_before = accepted - shares.pop(_hash(self.owner.key), 0)
        # Of whoever had nothing accepted there is nothing to remember.
        self._others = dict([each for each in shares.items() if each[1]][-MAX_OTHERS:])

    def commit(self) -> None:
        """Write all changes made before the call; lanes that wait for the same write share it.

        :raises GenesysLedgerError: if another run has taken over.
        :raises OSError: if it cannot be written.
        """
        with self._state:
            wanted = self._changes
        with self._writing:
            if self._written >= wanted:
                return
            with self._state:
                changes = self._changes
                text = self._text()
            storage.replace(self.path, text, guard=self.owner.check)
            self._written = changes

    def _text(self) -> bytes:
        if self._covered is not None:
            self.read, digest = self._covered
            self.digest = digest.hexdigest()
        for number, text in enumerate(self._lane_texts):
            if not text:
                self._lane_texts[number] = _compact(self.lanes[number].to_json())
        head = _compact(
            {
                "format": FORMAT,
                "stream": self.stream,
                "inputs": self.inputs,
                "tries": self.tries,
                "began": self.began,
                "complete": self.complete,
                "task": self.owner.key,
                "accepted_before": self.accepted_before,
                "others": self._others,
                "read": self.read,
                "digest": self.digest,
            }
        )
        self._reasons_text = self._reasons_text or _compact(self.reasons.to_json(MOST_IN_SUMMARY))
        return f'{head[:-1]},{self._reasons_text[1:-1]},"lanes":[{",".join(self._lane_texts)}]}}'.encode()


def open_ledger(
    folder: StoragePath, owner: Owner, stream: str, lanes: int, inputs: Sequence[tuple[str, int | None]]
) -> Ledger:
    """Return the ledger in ``folder``, or a new one if there is none.

    :param lanes: how many lanes a new one gets; an old one keeps its own.
    :raises GenesysLedgerError: if it cannot be read or is of another stream: never a fresh start over an old account.
    """
    path = folder / "ledger.json"
    text = storage.read(path)
    if text is None:
        return Ledger(folder, owner, stream, [LaneAccount() for _ in range(lanes)], inputs)
    try:
        row = parse_json(text)
        if row["format"] not in _READ:
            raise GenesysLedgerError(f"{visible_path(path)}: format {row['format']!r} is not this version's ({FORMAT})")
        ledger = Ledger(folder, owner, row["stream"], [LaneAccount.from_json(lane) for lane in row["lanes"]], inputs)
        ledger.read, ledger.digest = int(row["read"]), str(row["digest"])
        ledger.tries, ledger.began, ledger.complete = int(row["tries"]) + 1, row["began"], row["complete"]
        ledger.reasons = Reasons.from_json(row)
        ledger.read_shares(row)
        if not ledger.lanes:
            raise ValueError("no lanes")
    except (ValueError, KeyError, TypeError) as error:
        raise GenesysLedgerError(
            f"{visible_path(path)}: cannot be read ({type(error).__name__}). What it says was sent is not known any "
            "more; restore it, or move it away and publish again, which sends every event once more with the same ids."
        ) from error
    if ledger.stream != stream:
        raise GenesysLedgerError(
            f"{visible_path(path)}: belongs to the stream {ledger.stream}, not to {stream}; give this one another "
            "ledger_key, or, if the old account is complete, set republish=True once, which keeps it aside"
        )
    return ledger


def files_kept(folder: StoragePath, alike: Iterable[Any]) -> list[StoragePath]:
    """Return the files that a publish writes into its folder.

    :param alike: paths and whatever else is published: of dead letters, which are many, those called as one of these.
    """
    names = {getattr(each, "name", "") for each in alike}
    letters = [folder / DEAD_LETTERS / name for name in sorted(names) if is_segment(name)]
    return [folder / "ledger.json", folder / "owner.json", *letters]


def set_aside(folder: StoragePath, owner: Owner, *, unfinished: bool = False) -> str | None:
    """Move a complete account to ``superseded/<when>/`` so that the same input can be published anew.

    Killed in between and repeated it ends the same: the ledger goes last, and segments without one are removed at the
    next start.

    :param unfinished: whether to move one that is not complete as well, by when it was begun.
    :return: when the account was complete, or begun; ``None`` if there is none, or it is not complete, and all stays as
        it is.
    """
    text = storage.read(folder / "ledger.json")
    since = _moment(text, "complete") or (_moment(text, "began") if unfinished else None)
    if text is None or since is None:
        return None
    aside = folder / "superseded" / since.replace(":", "")
    for name in storage.list_names(folder / DEAD_LETTERS, "*.jsonl"):
        content = storage.read(folder / DEAD_LETTERS / name) or b""
        storage.replace(aside / DEAD_LETTERS / name, content, guard=owner.check)
    storage.replace(aside / "ledger.json", text, guard=owner.check)
    owner.check()
    storage.remove(folder / "ledger.json")
    return since


def _moment(text: bytes | None, name: str) -> str | None:
    """Return when an account was complete, or begun; one that cannot be read is for :func:`open_ledger` to tell of."""
    try:
        moment = parse_json(text or b"")[name]
    except (ValueError, KeyError, TypeError):
        return None
    return moment if isinstance(moment, str) else None


def _hash(task: str) -> str:
    """Return what stands for a task instance's name, which may have 750 characters."""
    return blake2b(task.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


_compact = json.JSONEncoder(separators=(",", ":")).encode


def _now() -> str:
    return dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds")
