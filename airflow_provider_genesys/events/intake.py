"""The way in: reads the input, checks each record, and collects each lane's unsettled ones into bodies."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from functools import lru_cache
from hashlib import blake2b
from itertools import repeat
from typing import TYPE_CHECKING

from airflow_provider_genesys.events.batching import Batcher, Body
from airflow_provider_genesys.events.records import Event, Reader, Unsendable, with_type
from airflow_provider_genesys.exceptions import GenesysLedgerError

if TYPE_CHECKING:
    from airflow_provider_genesys.events.ledger import Ledger
    from airflow_provider_genesys.events.models import Stream
    from airflow_provider_genesys.events.source import Chunk


class Intake:
    """Turns the chunks of an input into bodies, lane by lane.

    A resume reads its input from the beginning. Nothing is given out before all records that the ledger knows of were
    read and found to be the same.

    :param stream: what the records are.
    :param ledger: what is settled already.
    :param reader: checks the records.
    """

    def __init__(self, stream: Stream, ledger: Ledger, reader: Reader) -> None:
        self._stream = stream
        self._ledger = ledger
        self._reader = reader
        self._batchers = [Batcher() for _ in ledger.lanes]
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
                    self._ledger.begin()
                    goes_on = False
                yield from held
                held = []
        if not self.caught_up:
            raise GenesysLedgerError(
                f"{self._ledger.path}: {self._known:,} records were read before, and now there are only {self.read:,}; "
                "this is another input, or a part of it is missing"
            )
        yield from held

    def rest(self) -> Iterator[tuple[int, Body]]:
        """Yield what the end of the input left in bodies that are not full."""
        for lane, batcher in enumerate(self._batchers):
            if (body := batcher.flush()) is not None:
                yield lane, body

    def _take(self, chunk: Chunk) -> list[tuple[int, Body]]:
        """Read the records of one chunk; return the bodies that became full."""
        start, read, lanes = self.read, self._reader.read, len(self._batchers)
        self._add_to_digest(chunk)
        full: list[tuple[int, Body]] = []
        record: Event | Unsendable
        kinds = chunk.types or repeat(None)
        errors, file, settled_before, batchers = chunk.errors, chunk.file, self._settled_before, self._batchers
        for ordinal, (text, kind, line) in enumerate(zip(chunk.records, kinds, chunk.lines, strict=False), start):
            if errors and (message := errors.get(ordinal - start)):
                record = Unsendable(ordinal, "invalid", "invalid.record", message, text, file, line)
            else:
                record = read(text, kind, ordinal, file, line)
            lane = (_number_of(record.key) if record.key else ordinal) % lanes
            if ordinal < settled_before:
                if self._is_settled(lane, ordinal):
                    continue
                record = self._after_lost_answer(lane, record)
            self.unsettled += 1
            if (body := batchers[lane].add(record)) is not None:
                full.append((lane, body))
        return full

    def _is_settled(self, lane: int, ordinal: int) -> bool:
        next_, open_, _ = self._lanes_before[lane]
        return ordinal < next_ and ordinal not in open_

    def _after_lost_answer(self, lane: int, record: Event | Unsendable) -> Event | Unsendable:
        """Return the record, not to be sent if a killed try was sending it and nothing may be sent twice."""
        if not isinstance(record, Event) or record.ordinal not in self._lanes_before[lane][2]:
            return record
        message = "was being sent when an earlier try was killed; whether it arrived is unknown"
        place = record.file, record.line, record.event_id, record.key
        return Unsendable(record.ordinal, "unknown", "answer_lost", message, with_type(self._stream, record), *place)

    def _add_to_digest(self, chunk: Chunk) -> None:
        """Add the records to the digest; compare it where the ledger's ends."""
        records = chunk.records
        if chunk.types is not None:
            records = [
                f"{kind} ".encode() + text if kind else text for kind, text in zip(chunk.types, records, strict=True)
            ]
        before = self.read
        self.read += len(records)
        if before < self._known <= self.read:
            known = self._known - before
            self._digest.update(b"\n".join(records[:known]) + b"\n")
            if self._digest.hexdigest() != self._known_digest:
                raise GenesysLedgerError(
                    f"{self._ledger.path}: the first {self._known:,} records are not those that this task published "
                    "before; give another input another run or another ledger_key, or, if the old account is complete, "
                    "set republish=True once, which keeps it aside"
                )
            records = records[known:]
        if records:
            self._digest.update(b"\n".join(records) + b"\n")


@lru_cache(maxsize=8_192)  # most keys come again before so many others
def _number_of(key: str) -> int:
    """Return what decides a key's lane."""
    return zlib.crc32(key.lower().encode())
