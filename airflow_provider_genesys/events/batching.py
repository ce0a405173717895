"""Bodies: which records travel together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import chain

from airflow_provider_genesys.events.kinds import CONVERSATION_KINDS
from airflow_provider_genesys.events.models import MAX_BYTES, MAX_EVENTS, array_of, overhead_of
from airflow_provider_genesys.events.records import Event, Row, Unsendable

# Records that are not sent wait for a body of their lane; so many make one without events.
MAX_UNSENDABLE = 1_000
# Of events that take no more all fit into a body, of whatever kinds they are. Of nearly all no more need be known.
_FITS_ALWAYS = (MAX_BYTES - 2 - sum(map(overhead_of, CONVERSATION_KINDS))) // MAX_EVENTS - 1


@dataclass
class Body:
    """Consecutive records of one lane.

    :param rows: its events, at most 100, in the input's order; encoded they take at most 512,000 bytes.
    :param unsendable: records among them that are not sent.
    """

    rows: list[Row] = field(default_factory=list)
    unsendable: list[Unsendable] = field(default_factory=list)

    @property
    def events(self) -> list[Event]:
        """Its events; made when they are asked for, since most bodies are only sent."""
        return [Event._make(row) for row in self.rows]

    @property
    def records(self) -> int:
        """Number of records of the input in it."""
        return len(self.rows) + len(self.unsendable)

    @property
    def last(self) -> int:
        """Ordinal of its last record."""
        return max(items[-1][0] for items in (self.rows, self.unsendable) if items)

    @property
    def has_letters(self) -> bool:
        """Whether there are dead letters to write for it, however its events fare."""
        return any(record.fate != "duplicate" for record in self.unsendable)


class Batcher:
    """Collects the records of one lane into bodies."""

    def __init__(self) -> None:
        self._begin()

    def _begin(self) -> None:
        self._body = Body()
        self._rows = self._body.rows
        # Counted from the first large event on; 0 until then.
        self._bytes = 0
        self._kinds: set[str] = set()

    def add(self, record: Row | Unsendable) -> Body | None:
        """Add a record; return the body that became full, if one did.

        An event that does not fit any more begins the next body, so what is returned may be without ``record``.
        """
        if type(record) is Unsendable:
            self._body.unsendable.append(record)
            return self.flush() if len(self._body.unsendable) >= MAX_UNSENDABLE else None
        rows = self._rows
        if (self._bytes or len(record[2]) > _FITS_ALWAYS) and not self._has_room(record):
            full = self.flush()
            self.add(record)
            return full
        rows.append(record)
        return self.flush() if len(rows) >= MAX_EVENTS else None

    def _has_room(self, row: Row) -> bool:
        """Tell whether a body with this event takes no more bytes than it may, and count them; a first one always."""
        rows = self._rows
        if not self._bytes:
            self._kinds = {each[1] for each in rows}
            self._bytes = 2 + sum(len(each[2]) + 1 for each in rows) + sum(map(overhead_of, self._kinds))
        size = self._bytes + len(row[2]) + 1
        if row[1] not in self._kinds:
            size += overhead_of(row[1])
        if size > MAX_BYTES and rows:
            return False
        self._bytes = size
        self._kinds.add(row[1])
        return True

    def flush(self) -> Body | None:
        """Return what is collected, if anything, and begin anew."""
        body = self._body
        self._begin()
        return body if body.records else None


def encode(rows: Iterable[Row]) -> bytes:
    """Return the JSON text of a request with these events, each array in their order."""
    arrays: defaultdict[str, list[bytes]] = defaultdict(list)
    for row in rows:
        arrays[row[1]].append(row[2])
    # All brackets go to the first and the last event of an array, so that everything is copied once.
    for kind, array in arrays.items():
        array[0] = b'"%b":[%b' % (array_of(kind).encode(), array[0])
        array[-1] += b"]"
    texts = list(chain.from_iterable(arrays.values())) or [b""]
    texts[0] = b"{" + texts[0]
    texts[-1] += b"}"
    return b",".join(texts)


def halves(events: Sequence[Event]) -> tuple[list[Event], list[Event]]:
    """Return the two halves of at least two events, in order."""
    middle = (len(events) + 1) // 2
    return list(events[:middle]), list(events[middle:])
