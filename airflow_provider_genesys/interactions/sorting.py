"""What became of each record, and the events in time order: kept and sorted on disk, so that memory stays flat."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation
from itertools import groupby
from typing import Any, Literal, NamedTuple, Self, TypeAlias

Fate: TypeAlias = Literal["converted", "superseded", "held_back", "rejected"]
TimedLine: TypeAlias = tuple[datetime, str]
"""When an event happens, and its line of JSON."""

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

    :param row: the record, as it was given.
    :param next: id of the record with which the conversation goes on.
    :param previous: id of the record from which it does.
    """

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
    """

    def __init__(self, *, shares_conversations: bool) -> None:
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
            else the fate of the older one, which is superseded by this.
        """
        self._number += 1
        row = self._database.execute("SELECT number, version, fate FROM record WHERE id = ?", [id_]).fetchone()
        if row is None:
            return None
        number, other, fate = row
        if version is not None and other is not None and _is_newer(other, version):
            return "newer"
        self._database.execute("INSERT INTO superseded VALUES (?)", [number])
        found: Fate | Literal["gathered"] = fate
        return found

    def who_told(self, conversation: str, id_: str) -> str | None:
        """Return the id of another record that told a conversation."""
        row = self._database.execute(
            "SELECT id FROM record WHERE conversation = ? AND id <> ? AND fate = 'converted'", [conversation, id_]
        ).fetchone()
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

    def keep(self, fate: Fate, line: str) -> None:
        """Take the line of a record that is rejected or held back."""
        self._database.execute("INSERT INTO kept VALUES (?, ?, ?)", [self._number, fate, line])

    def skip_number(self) -> None:
        """Say that a record without an id is next."""
        self._number += 1

    def gather(self, id_: str, next_: str | None, previous: str | None, row: str) -> None:
        """Take the record that was begun as a segment of a conversation, and which records are around it."""
        self._database.execute("INSERT INTO segment VALUES (?, ?, ?, ?, ?)", [id_, self._number, next_, previous, row])

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
        return self._database.execute(query, [id_, id_]).fetchone() is not None

    def conversations_gathered(self) -> Iterator[Conversation]:
        """Yield the conversations whose records were gathered."""
        query = (
            "SELECT record.conversation, row, next, previous FROM segment JOIN record ON record.id = segment.id"
            " WHERE segment.record NOT IN (SELECT record FROM superseded) ORDER BY record.conversation, segment.record"
        )
        for conversation, rows in groupby(self._database.execute(query), key=lambda row: str(row[0])):
            yield Conversation(conversation, [Segment(*row[1:]) for row in rows])

    def events(self) -> Iterator[str]:
        """Yield all events as lines of JSON, in time order; those of one time in the order in which they came."""
        query = "SELECT line FROM event WHERE record NOT IN (SELECT record FROM superseded) ORDER BY at, rowid"
        return self._lines(query)

    def kept(self, fate: Fate) -> Iterator[str]:
        """Yield the lines of the records that are rejected, or held back."""
        query = (
            "SELECT line FROM kept WHERE fate = ? AND record NOT IN (SELECT record FROM superseded) ORDER BY kept.rowid"
        )
        return self._lines(query, fate)

    def conversations(self) -> int:
        """Return how many conversations are told."""
        query = "SELECT count(*) FROM record WHERE fate = 'converted'"
        return int(self._database.execute(query).fetchone()[0])

    def _lines(self, query: str, *values: Any) -> Iterator[str]:
        for (line,) in self._database.execute(query, values):
            yield line


def _is_newer(version: str, other: str) -> bool:
    """Tell whether a version is greater than another: as numbers if both are, else as text, as times are."""
    try:
        return Decimal(version) > Decimal(other)
    except InvalidOperation:
        return version > other
