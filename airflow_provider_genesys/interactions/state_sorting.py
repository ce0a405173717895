"""What agents do, kept and sorted on disk: by agent and moment on the way in, by time on the way out."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import TYPE_CHECKING, Literal, NamedTuple, Self, TypeAlias

from airflow_provider_genesys.interactions.agents import Statement

if TYPE_CHECKING:
    from airflow_provider_genesys.interactions.state_rows import StateRow
    from airflow_provider_genesys.interactions.state_telling import StateStream

Kept: TypeAlias = Literal["rejected", "held_back", "contradicted"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_TABLES = """
CREATE TABLE record (id TEXT PRIMARY KEY, number INTEGER, version TEXT) WITHOUT ROWID;
CREATE TABLE said (number INTEGER PRIMARY KEY, user TEXT, at INTEGER, part TEXT, state TEXT, reason TEXT, line TEXT);
CREATE TABLE event (stream TEXT, at INTEGER, line TEXT);
CREATE TABLE kept (fate TEXT, number INTEGER, line TEXT);
"""


class Said(NamedTuple):
    """One record.

    :param number: which it is of all records.
    :param line: what is written of it if it cannot be told.
    """

    number: int
    statement: Statement
    line: str


class StateSorting:
    """Takes what records say, and gives it back agent by agent, moment by moment."""

    def __init__(self) -> None:
        self._database = sqlite3.connect("")  # a private file in the temporary folder, which SQLite removes
        self._database.executescript(_TABLES)

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Remove what is on disk."""
        self._database.close()

    def take(self, number: int, row: StateRow, line: str) -> int | None:
        """Take a record; of several with one id the greatest version counts.

        :return: the number of the record that is superseded, if one is: this, or the one before it.
        """
        before = self._database.execute("SELECT number, version FROM record WHERE id = ?", [row.id]).fetchone()
        if before is not None:
            if before[1] > row.version:
                return number
            self._database.execute("DELETE FROM said WHERE number = ?", [before[0]])
        self._database.execute("INSERT OR REPLACE INTO record VALUES (?, ?, ?)", [row.id, number, row.version])
        values = [number, row.user, in_milliseconds(row.since), *row.statement, line]
        self._database.execute("INSERT INTO said VALUES (?, ?, ?, ?, ?, ?, ?)", values)
        return None if before is None else int(before[0])

    def of_all_agents(self) -> list[tuple[int, int]]:
        """Return the times of the records that are about all agents, and which of all they are, in order."""
        return self._database.execute("SELECT at, number FROM said WHERE user IS NULL ORDER BY at, number").fetchall()

    def agents(self) -> Iterator[tuple[str, Iterator[tuple[int, Said]]]]:
        """Yield each agent with what is said of it and when, in the order of times."""
        query = (
            "SELECT user, at, number, part, state, reason, line FROM said WHERE user IS NOT NULL"
            " ORDER BY user, at, number"
        )
        for user, rows in groupby(self._database.execute(query), key=lambda row: str(row[0])):
            yield user, ((int(row[1]), _said(row)) for row in rows)

    def said(self, number: int) -> Said:
        """Return a record by its number."""
        query = "SELECT user, at, number, part, state, reason, line FROM said WHERE number = ?"
        return _said(self._database.execute(query, [number]).fetchone())

    def add(self, stream: StateStream, at: int, line: str) -> None:
        """Take an event."""
        self._database.execute("INSERT INTO event VALUES (?, ?, ?)", [stream, at, line])

    def keep(self, fate: Kept, number: int, line: str) -> None:
        """Take the line of a record that is not told, or of an event that cannot be."""
        self._database.execute("INSERT INTO kept VALUES (?, ?, ?)", [fate, number, line])

    def events(self, stream: StateStream) -> Iterator[str]:
        """Yield the events of a stream as lines of JSON, in the order of times."""
        for (line,) in self._database.execute("SELECT line FROM event WHERE stream = ? ORDER BY at, rowid", [stream]):
            yield line

    def kept(self, fate: Kept) -> Iterator[str]:
        """Yield the lines that were kept, in the order in which their records were read."""
        for (line,) in self._database.execute("SELECT line FROM kept WHERE fate = ? ORDER BY number, rowid", [fate]):
            yield line


def in_milliseconds(moment: datetime) -> int:
    """Return a moment as it is sorted by: milliseconds since 1970."""
    return (moment - _EPOCH) // _MILLISECOND


def moment_of(at: int) -> datetime:
    """Return the moment of so many milliseconds since 1970."""
    return _EPOCH + at * _MILLISECOND


def _said(row: tuple[str, int, int, str, str | None, str | None, str]) -> Said:
    _, _, number, part, state, reason, line = row
    return Said(number, Statement(part, state, reason), line)
