"""Records that were not accepted, kept with the reason; the files can be given to the same operator as its source.

A segment is one object, ``dead-letters/<lane>-<seq>.jsonl`` (two and six digits), put before the ledger's write that
carries the same ``seq``. Each line is::

    {"dead_letter": {"fate": "rejected", "reason": "...", "message": "...", "file": "day.jsonl", "line": 7,
                     "attempts": 1, "correlation_id": "..."}, "event": {...}}

A record that is not JSON stands in ``event`` as a string, with hexadecimal digits for each byte that is no UTF-8.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from airflow_provider_genesys.events.inputs import DEAD_LETTERS
from airflow_provider_genesys.events.reasons import Example
from airflow_provider_genesys.events.records import Event, Unsendable, with_type
from airflow_provider_genesys.events.texts import keeping_all
from airflow_provider_genesys.files import storage
from airflow_provider_genesys.files.blocks import lines_of

if TYPE_CHECKING:
    from airflow_provider_genesys.events.models import Stream
    from airflow_provider_genesys.events.settings import DeadLetterFields
    from airflow_provider_genesys.files.storage import StoragePath

_SEGMENT = re.compile(r"([0-9]+)-([0-9]+)\.jsonl")
_BROKEN_BYTE = re.compile(r"(?<!\\)((?:\\\\)*+)\\?([\udc80-\udcff])")
"""What ``surrogateescape`` makes of a byte that is no UTF-8, and a backslash before it that escapes it."""


@dataclass(frozen=True)
class DeadLetter:
    """One record and why it was not accepted.

    :param record: the record.
    :param fate: ``rejected``, ``invalid`` or ``unknown``.
    :param reason: short code, for counting.
    :param message: the whole reason, as the server or a check gave it.
    :param attempts: how many requests it was in.
    :param correlation_id: of the last answer about it.
    """

    record: Event | Unsendable
    fate: str
    reason: str
    message: str
    attempts: int = 0
    correlation_id: str | None = None

    @classmethod
    def of(cls, record: Unsendable) -> DeadLetter:
        """Return the dead letter of a record that was never sent."""
        return cls(record, record.fate, record.reason, record.message)

    def as_example(self) -> Example:
        """Return it as an example of its reason."""
        record = self.record
        return Example(self.fate, self.reason, self.message, record.file, record.line, record.ordinal)


class DeadLetters:
    """The dead letters of one publish.

    :param folder: folder of the ledger.
    :param stream: what the events are.
    :param fields: ``all`` keeps the whole event, ``ids`` only its ids, since events hold customers' numbers.
    """

    def __init__(self, folder: StoragePath, stream: Stream, fields: DeadLetterFields) -> None:
        self.folder = folder / DEAD_LETTERS
        self._stream = stream
        self._with_event = fields == "all"

    def put(
        self, lane: int, seq: int, letters: Iterable[DeadLetter], *, guard: Callable[[], None] | None = None
    ) -> None:
        """Write one segment; raises ``OSError`` if it cannot be written, and what ``guard`` raises."""
        storage.replace(self.folder / segment_name(lane, seq), b"".join(map(self._line, letters)), guard=guard)

    def remove_beyond(self, seqs: Sequence[int], guard: Callable[[], None]) -> None:
        """Remove what a killed try wrote and its ledger does not know.

        :param seqs: by lane, the last segment that counts.
        :param guard: called before each removal; what it raises leaves the rest.
        """
        for name in storage.list_names(self.folder, "*.jsonl"):
            segment = _SEGMENT.fullmatch(name)
            if segment is None:
                continue  # somebody's own, such as a corrected copy
            lane, seq = map(int, segment.groups())
            if lane >= len(seqs) or seq > seqs[lane]:
                guard()
                storage.remove(self.folder / name)

    def _line(self, letter: DeadLetter) -> bytes:
        record = letter.record
        about = {
            "fate": letter.fate,
            "reason": letter.reason,
            "message": letter.message,
            "file": record.file,
            "line": record.line,
            "attempts": letter.attempts,
            "correlation_id": letter.correlation_id,
        }
        if record.event_id:
            about |= {"event_id": record.event_id, "key": record.key}
        line = b'{"dead_letter":%s' % json.dumps(about, separators=(",", ":")).encode()
        return line + (b',"event":%s}\n' % self._event(record) if self._with_event else b"}\n")

    def _event(self, record: Event | Unsendable) -> bytes:
        text = with_type(self._stream, record) if isinstance(record, Event) else record.text
        try:
            # Of bytes, json would take other encodings, too, and so make an event of what was none.
            event = json.loads(text.decode(), object_pairs_hook=keeping_all)
        except (ValueError, RecursionError):
            event = _readable(text)
        return json.dumps(event, separators=(",", ":")).encode()


def _readable(text: bytes) -> str:
    r"""Return what is no JSON as text that is none either.

    A byte that is no UTF-8 becomes ``\xf6``, which JSON has no meaning for, whatever reads the letter meanwhile. With
    a replacement character the letter would be an event, with values that nobody wrote; many programs make one of half
    a surrogate pair, too.
    """
    escaped = text.decode("utf-8", "surrogateescape")
    return _BROKEN_BYTE.sub(lambda found: f"{found[1]}\\x{ord(found[2]) - 0xDC00:02x}", escaped)


def segment_name(lane: int, seq: int) -> str:
    """Return the name of a segment; in the order of names a lane's are in the order of the input."""
    return f"{lane:02}-{seq:06}.jsonl"


def refused_lines(folder: StoragePath) -> Iterator[int]:
    """Yield the line of each record that was rejected or invalid, as far as its dead letter is there.

    :param folder: where the dead letters are.
    :raises GenesysError: a store cannot give them.
    """
    for name in storage.list_names(folder, "*.jsonl"):
        if not is_segment(name):
            continue
        for text in lines_of(folder / name, "the dead letters"):
            letter = read_letter(text)
            if letter is not None and letter[0].fate != "unknown":
                yield letter[0].line


def read_letter(text: bytes) -> tuple[Example, bool] | None:
    """Return why there is a dead letter, and whether it holds its event.

    :return: ``None`` for what is somebody's own, such as an event that was mended there. The example's ``ordinal`` is
        not known: it is 0.
    """
    try:
        letter = json.loads(text)
        about = letter["dead_letter"]
        fate, reason, message, file = (str(about[key]) for key in ("fate", "reason", "message", "file"))
        return Example(fate, reason, message, file, int(about["line"]), 0), letter.get("event") is not None
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
        return None


def is_segment(name: str) -> bool:
    """Tell whether a file in the folder is a segment, and not somebody's own, such as a corrected copy."""
    return _SEGMENT.fullmatch(name) is not None
