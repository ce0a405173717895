"""What became of each record, and the events in time order: kept and sorted on disk, so that memory stays flat."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import groupby
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Self, TypeAlias

from airflow_provider_genesys.interactions.versions import is_newer

if TYPE_CHECKING:
    from airflow_provider_genesys.interactions.lines import TimedLine
    from airflow_provider_genesys.interactions.memory import Memory

Fate: TypeAlias = Literal["converted", "superseded", "held_back", "rejected"]
Kept: TypeAlias = Fate | Literal["contradicted"]

_LONGEST_CHAIN = 64
"""Rounds, of which each follows records twice as far as the one before; one that leads back to itself has no end."""

_TABLES = """
CREATE TABLE record (id TEXT PRIMARY KEY, number INTEGER, version TEXT, fate TEXT, conversation TEXT) WITHOUT ROWID;
CREATE TABLE event (at REAL, record INTEGER, line TEXT);
CREATE TABLE kept (record INTEGER, fate TEXT, line TEXT);
CREATE TABLE segment (id TEXT, record INTEGER, next TEXT, previous TEXT, row TEXT);
CREATE TABLE skipped (id TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE superseded (record INTEGER PRIMARY KEY);
"""


class Segment(NamedTuple):
    """A record of a conversation.

    :param id: its id.
    :param row: the record, as it was given.
    :param next: id of the record with which the conversation goes on.
    :param previous: id of the record from which it does.
    """

    id: str
    row: str
    next: str | None
    previous: str | None


class Conversation(NamedTuple):
    """Records that were gathered.

    :param id: the platform's id of the conversation.
    :param segments: its records, in the order in which they were read, without superseded ones.
    """

    id: str
    segments: Sequence[Segment]


class Sorting:
    """Takes what becomes of records one after the other, and gives it back when all are read.

    :param shares_conversations: whether it has to be asked who told a conversation.
    :param memory: what earlier runs told, and what this one adds to it; ``None`` where no run remembers another.
    :param settled_by: what has changed after this moment may still change, and is held back.
    """

    def __init__(
        self, *, shares_conversations: bool, memory: Memory | None = None, settled_by: datetime | None = None
    ) -> None:
        self.memory = memory
        self.settled_by = settled_by
        self._database = sqlite3.connect("")  # a private file in the temporary folder, which SQLite removes
        self._database.executescript(_TABLES)
        if shares_conversations:
            self._database.execute("CREATE INDEX by_conversation ON record (conversation)")
        self._number = 0

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Remove what is on disk."""
        self._database.close()

    def begin(self, id_: str, version: str | None) -> Fate | Literal["newer", "gathered"] | None:
        """Say that a record with an id is next, and return what became of the one before it with this id.

        :return: ``None`` if it is the first; ``newer`` if one that is newer was there, so that this one is superseded;
            else the fate of the older one, which is superseded by this. Without a version it is older than with one.
        :raises VersionError: nobody can tell which is the newer.
        """
        row = self._database.execute("SELECT number, version, fate FROM record WHERE id = ?", [id_]).fetchone()
        is_older = row is not None and row[1] is not None and (version is None or is_newer(row[1], version))
        self._number += 1
        if row is None:
            return None
        if is_older:
            return "newer"
        number, _, fate = row
        self._database.execute("INSERT INTO superseded VALUES (?)", [number])
        found: Fate | Literal["gathered"] = fate
        return found

    def who_told(self, conversation: str, id_: str) -> str | None:
        """Return the id of another record that told a conversation."""
        row = self._database.execute(
            "SELECT id FROM record WHERE conversation = ? AND id <> ? AND fate = 'converted'", [conversation, id_]
        ).fetchone()
        if row is None and self.memory is not None:
            return self.memory.who_told(conversation, id_)
        return None if row is None else str(row[0])

    def end(
        self, id_: str, version: str | None, fate: Fate | Literal["gathered"], conversation: str | None = None
    ) -> None:
        """Say what became of the record that was begun."""
        row = [id_, self._number, version, fate, conversation]
        self._database.execute("INSERT OR REPLACE INTO record VALUES (?, ?, ?, ?, ?)", row)

    def add(self, events: Iterable[TimedLine]) -> None:
        """Take the events of the record that was begun."""
        rows = ((at.timestamp(), self._number, line) for at, line in events)
        self._database.executemany("INSERT INTO event VALUES (?, ?, ?)", rows)

    @property
    def number(self) -> int:
        """The number of the record, or the gathered records, that were begun last."""
        return self._number

    def keep(self, fate: Kept, line: str) -> None:
        """Take the line of a record that is rejected or held back, or of an event that contradicts one told before."""
        self._database.execute("INSERT INTO kept VALUES (?, ?, ?)", [self._number, fate, line])

    def skip_number(self) -> None:
        """Say that a record without an id is next."""
        self._number += 1

    def gather(self, id_: str, next_: str | None, previous: str | None, row: str) -> None:
        """Take the record that was begun as a segment of a conversation, and which records are around it."""
        self._database.execute("INSERT INTO segment VALUES (?, ?, ?, ?, ?)", [id_, self._number, next_, previous, row])

    def conversation_from(self, previous: str | None) -> str | None:
        """Return the conversation of a record that goes on from another one, whose id it is until they are followed.

        Of one that an earlier run told it is known.
        """
        if previous is None or self.memory is None:
            return previous
        return self.memory.conversation_of(previous) or previous

    def follow(self) -> None:
        """Take each record whose conversation is another record's id into the conversation of that."""
        query = (
            "UPDATE record SET conversation"
            " = (SELECT other.conversation FROM record AS other WHERE other.id = record.conversation)"
            " WHERE conversation <> id AND conversation"
            " <> (SELECT other.conversation FROM record AS other WHERE other.id = record.conversation)"
        )
        for _ in range(_LONGEST_CHAIN):
            if self._database.execute(query).rowcount == 0:
                return

    def skip(self, id_: str) -> None:
        """Say that a record is there, though it does not count."""
        self._database.execute("INSERT OR IGNORE INTO skipped VALUES (?)", [id_])

    def knows(self, id_: str) -> bool:
        """Tell whether a record was there."""
        query = "SELECT 1 FROM record WHERE id = ? UNION ALL SELECT 1 FROM skipped WHERE id = ?"
        if self._database.execute(query, [id_, id_]).fetchone() is not None:
            return True
        return self.memory is not None and self.memory.knows(id_)

    def conversations_gathered(self) -> Iterator[Conversation]:
        """Yield the conversations whose records were gathered."""
        query = (
            "SELECT record.conversation, segment.id, row, next, previous"
            " FROM segment JOIN record ON record.id = segment.id"
            " WHERE segment.record NOT IN (SELECT record FROM superseded) ORDER BY record.conversation, segment.record"
        )
        for conversation, rows in groupby(self._database.execute(query), key=lambda row: str(row[0])):
            yield Conversation(conversation, [Segment(*row[1:]) for row in rows])

    def events(self) -> Iterator[str]:
        """Yield all events as lines of JSON, in time order; those of one time in the order in which they came."""
        query = "SELECT line FROM event WHERE record NOT IN (SELECT record FROM superseded) ORDER BY at, rowid"
        return self._lines(query)

    def kept(self, fate: Kept) -> Iterator[str]:
        """Yield the lines of the records that are rejected, or held back, or of events that contradict others."""
        query = (
            "SELECT line FROM kept WHERE fate = ? AND record NOT IN (SELECT record FROM superseded) ORDER BY kept.rowid"
        )
        return self._lines(query, fate)

    def superseded(self) -> Iterator[int]:
        """Yield the numbers of the records that newer ones have taken the place of."""
        for (number,) in self._database.execute("SELECT record FROM superseded"):
            yield number

    def skipped(self) -> Iterator[str]:
        """Yield the ids of records that are there, though they do not count."""
        return self._lines("SELECT id FROM skipped")

    def conversations(self) -> int:
        """Return how many conversations are told."""
        query = "SELECT count(*) FROM record WHERE fate = 'converted'"
        return int(self._database.execute(query).fetchone()[0])

    def _lines(self, query: str, *values: Any) -> Iterator[str]:
        for (line,) in self._database.execute(query, values):
            yield line
