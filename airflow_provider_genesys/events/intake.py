"""The way in: reads the input, checks each record, and collects each lane's unsettled ones into bodies."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from hashlib import blake2b
from itertools import repeat
from typing import TYPE_CHECKING

from airflow_provider_genesys.events.batching import Batcher, Body
from airflow_provider_genesys.events.records import Event, Reader, Row, Unsendable, with_type
from airflow_provider_genesys.exceptions import GenesysLedgerError

if TYPE_CHECKING:
    from airflow_provider_genesys.events.ledger import Ledger
    from airflow_provider_genesys.events.models import Stream
    from airflow_provider_genesys.events.source import Chunk

# Keys whose lane is remembered.
_KEYS = 8_192


class Intake:
    """Turns the chunks of an input into bodies, lane by lane.

    A resume reads its input from the beginning. Nothing is given out before all records that the ledger knows of were
    read and found to be the same.

    :param stream: what the records are.
    :param ledger: what is settled already.
    :param reader: checks the records.
    :param begin: called once when it is clear that the try goes on with the same input; by default
        :meth:`~airflow_provider_genesys.events.ledger.Ledger.begin`, which writes on the caller's thread.
    :param pipes: what to say of inputs that can be read once only where the input is not the same; not looked at here,
        since a share may hang.
    """

    def __init__(
        self,
        stream: Stream,
        ledger: Ledger,
        reader: Reader,
        *,
        begin: Callable[[], None] | None = None,
        pipes: str = "",
    ) -> None:
        self._stream = stream
        self._ledger = ledger
        self._reader = reader
        self._begin = begin or ledger.begin
        self._pipes = pipes
        self._batchers = [Batcher() for _ in ledger.lanes]
        self._lanes = _Lanes(len(ledger.lanes))
        self._digest = blake2b()
        self._known, self._known_digest = ledger.read, ledger.digest
        self._settled_before = max(lane.next for lane in ledger.lanes)
        self._lanes_before = [
            (lane.next, frozenset(lane.open), frozenset(lane.open[: lane.sent])) for lane in ledger.lanes
        ]
        self.read = 0
        self.unsettled = 0

    @property
    def caught_up(self) -> bool:
        """Whether the records that the ledger knows of were read and are the same."""
        return self.read >= self._known

    def bodies(self, chunks: Iterable[Chunk]) -> Iterator[tuple[int, Body]]:
        """Yield bodies with the number of their lane; each lane's come in the input's order.

        :raises GenesysLedgerError: when the input is not the one that the ledger is about.
        """
        held: list[tuple[int, Body]] = []
        goes_on = self._ledger.resumed and self._ledger.complete is None
        for chunk in chunks:
            held += self._take(chunk)
            if self.caught_up:
                self._ledger.cover(self.read, self._digest.copy())
                if goes_on:
                    self._begin()
                    goes_on = False
                yield from held
                held = []
        if not self.caught_up:
            raise self._other_input(
                f"{self._known:,} records were read before, and now there are only {self.read:,}; this is another "
                "input, or a part of it is missing"
            )
        yield from held

    def rest(self) -> Iterator[tuple[int, Body]]:
        """Yield what the end of the input left in bodies that are not full."""
        for lane, batcher in enumerate(self._batchers):
            if (body := batcher.flush()) is not None:
                yield lane, body

    def _take(self, chunk: Chunk) -> list[tuple[int, Body]]:
        """Read the records of one chunk; return the bodies that became full."""
        start = self.read
        self._add_to_digest(chunk)
        records = self._check(chunk, start)
        if start < self._settled_before:
            records = list(self._without_settled(records))
        self.unsettled += len(records)
        full: list[tuple[int, Body]] = []
        lanes, batchers = self._lanes, self._batchers
        for record in records:
            lane = self._lane_of(record) if type(record) is Unsendable else lanes[record[4]]
            if (body := batchers[lane].add(record)) is not None:
                full.append((lane, body))
        return full

    def _check(self, chunk: Chunk, start: int) -> Sequence[Row | Unsendable]:
        """Return the events of a chunk, and why other records are none; the first one has the ordinal ``start``."""
        if not chunk.errors:
            return self._reader.read_all(chunk.records, chunk.types, chunk.lines, start, chunk.file)
        kinds = chunk.types or repeat(None)
        records: list[Row | Unsendable] = []
        for ordinal, (text, kind, line) in enumerate(zip(chunk.records, kinds, chunk.lines, strict=False), start):
            if message := chunk.errors.get(ordinal - start):
                records.append(Unsendable(ordinal, "invalid", "invalid.record", message, text, chunk.file, line))
            else:
                records.append(self._reader.read(text, kind, ordinal, chunk.file, line))
        return records

    def _lane_of(self, record: Row | Unsendable) -> int:
        """Return the number of a record's lane."""
        if isinstance(record, Unsendable):
            return self._lanes[record.key] if record.key else record.ordinal % len(self._batchers)
        return self._lanes[Event._make(record).key]

    def _without_settled(self, records: Iterable[Row | Unsendable]) -> Iterator[Row | Unsendable]:
        """Yield the records that have no fate yet."""
        for record in records:
            ordinal, lane = record[0], self._lane_of(record)
            next_, open_, sent = self._lanes_before[lane]
            if ordinal >= next_ or ordinal in open_:
                yield self._after_lost_answer(record) if ordinal in sent else record

    def _after_lost_answer(self, record: Row | Unsendable) -> Row | Unsendable:
        """Return a record that a killed try was sending, not to be sent if it is an event: it may have arrived."""
        if isinstance(record, Unsendable):
            return record
        event = Event._make(record)
        message = "was being sent when an earlier try was killed; whether it arrived is unknown"
        place = event.file, event.line, event.event_id, event.key
        return Unsendable(event.ordinal, "unknown", "answer_lost", message, with_type(self._stream, event), *place)

    def _add_to_digest(self, chunk: Chunk) -> None:
        """Add the records to the digest; compare it where the ledger's ends."""
        records = chunk.records
        if chunk.types is not None:
            records = [
                f"{kind} ".encode("utf-8", "surrogatepass") + text if kind else text
                for kind, text in zip(chunk.types, records, strict=True)
            ]
        before = self.read
        self.read += len(records)
        if before < self._known <= self.read:
            known = self._known - before
            self._digest.update(b"\n".join(records[:known]) + b"\n")
            if self._digest.hexdigest() != self._known_digest:
                raise self._other_input(
                    f"the first {self._known:,} records are not those that this task published before; give another "
                    "input another run or another ledger_key, or, if the old account is complete, set republish=True "
                    "once, which keeps it aside"
                )
            records = records[known:]
        if records:
            self._digest.update(b"\n".join([*records, b""]))

    def _other_input(self, what: str) -> GenesysLedgerError:
        """Return the error that says so."""
        return GenesysLedgerError(f"{self._ledger.path}: {what}{f'.{self._pipes}' if self._pipes else ''}")


class _Lanes(dict[str, int]):
    """The lane of each key; remembers those of recent keys, since most come again soon.

    :param count: how many lanes there are.
    """

    def __init__(self, count: int) -> None:
        super().__init__()
        self._count = count

    def __missing__(self, key: str) -> int:
        if len(self) >= _KEYS:
            self.clear()
        # What cannot be encoded is in records that are not valid.
        lane = self[key] = zlib.crc32(key.lower().encode("utf-8", "surrogatepass")) % self._count
        return lane
