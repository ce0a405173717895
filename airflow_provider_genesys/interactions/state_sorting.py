"""What agents do, kept and sorted on disk: by agent and moment on the way in, by time on the way out."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple, Self

from airflow_provider_genesys.interactions.agents import Statement

if TYPE_CHECKING:
    from airflow_provider_genesys.interactions.state_rows import StateRow
    from airflow_provider_genesys.interactions.state_telling import StateStream

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_TABLES = """
CREATE TABLE record (id TEXT PRIMARY KEY, number INTEGER, version TEXT) WITHOUT ROWID;
CREATE TABLE said (number INTEGER PRIMARY KEY, user TEXT, at INTEGER, part TEXT, state TEXT, reason TEXT, line TEXT);
CREATE TABLE event (stream TEXT, at INTEGER, line TEXT);
CREATE TABLE rejected (number INTEGER, line TEXT);
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

    def take(self, number: int, row: StateRow, line: str) -> bool:
        """Take a record; of several with one id the greatest version counts.

        :return: whether one is superseded: this, or the one before it.
        """
        before = self._database.execute("SELECT number, version FROM record WHERE id = ?", [row.id]).fetchone()
        if before is not None:
            if before[1] > row.version:
                return True
            self._database.execute("DELETE FROM said WHERE number = ?", [before[0]])
        self._database.execute("INSERT OR REPLACE INTO record VALUES (?, ?, ?)", [row.id, number, row.version])
        at = (row.since - _EPOCH) // _MILLISECOND
        values = [number, row.user, at, *row.statement, line]
        self._database.execute("INSERT INTO said VALUES (?, ?, ?, ?, ?, ?, ?)", values)
        return before is not None

    def of_all_agents(self) -> list[tuple[int, datetime]]:
        """Return numbers and times of the records that are about all agents, in order."""
        rows = self._database.execute("SELECT number, at FROM said WHERE user IS NULL ORDER BY at, number")
        return [(number, _moment(at)) for number, at in rows]

    def agents(self) -> Iterator[tuple[str, Iterator[tuple[datetime, list[Said]]]]]:
        """Yield each agent with what is said of each moment, in the order of times."""
        query = (
            "SELECT user, at, number, part, state, reason, line FROM said WHERE user IS NOT NULL"
            " ORDER BY user, at, number"
        )
        for user, rows in groupby(self._database.execute(query), key=lambda row: str(row[0])):
            moments = groupby(rows, key=lambda row: int(row[1]))
            yield user, ((_moment(at), [_said(row) for row in same]) for at, same in moments)

    def add(self, stream: StateStream, at: datetime, line: str) -> None:
        """Take an event."""
        self._database.execute("INSERT INTO event VALUES (?, ?, ?)", [stream, (at - _EPOCH) // _MILLISECOND, line])

    def reject(self, number: int, line: str) -> None:
        """Take the line of a record that cannot be told."""
        self._database.execute("INSERT INTO rejected VALUES (?, ?)", [number, line])

    def events(self, stream: StateStream) -> Iterator[str]:
        """Yield the events of a stream as lines of JSON, in the order of times."""
        for (line,) in self._database.execute("SELECT line FROM event WHERE stream = ? ORDER BY at, rowid", [stream]):
            yield line

    def rejected(self) -> Iterator[str]:
        """Yield the lines of the records that cannot be told, in the order in which they were read."""
        for (line,) in self._database.execute("SELECT line FROM rejected ORDER BY number"):
            yield line


def _moment(at: int) -> datetime:
    return _EPOCH + at * _MILLISECOND


def _said(row: tuple[str, int, int, str, str | None, str | None, str]) -> Said:
    _, _, number, part, state, reason, line = row
    return Said(number, Statement(part, state, reason), line)
