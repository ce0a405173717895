"""What runs leave each other, in SQLite, whatever their records are about: what they hold back, and when they began.

A *state* is what all runs leave; in each row of it is the number of the run that wrote it. A run asks only for what
those before it wrote, also when it comes again after others; so it finds then what it found the first time.

What one run adds is a file of its own until it is merged into the state: a transfer does that when all is published.
"""

from __future__ import annotations

import json
import sqlite3
import zlib
from collections.abc import Iterable, Iterator
from contextlib import closing
from datetime import datetime, timedelta
from hashlib import blake2b
from pathlib import Path
from typing import Any, ClassVar, NamedTuple, Self

from airflow_provider_genesys.interactions.rows import Row

KEPT = timedelta(days=30)
"""For how long after a run what it told and held back is remembered."""
ID_BYTES, DIGEST_BYTES = 16, 8
"""Of an event's id and of the digest of its content, which are kept of each that was told."""

_BEFORE_ID = '"eventId":"'
_STATE = """
PRAGMA auto_vacuum = FULL;
CREATE TABLE about (source_id TEXT);
CREATE TABLE run (number INTEGER PRIMARY KEY, key TEXT UNIQUE, at TEXT);
CREATE TABLE held (digest BLOB, since INTEGER, until INTEGER, line BLOB, PRIMARY KEY (digest, since));
"""
_RUN = """
CREATE TABLE about (key TEXT, at TEXT, newest INTEGER);
CREATE TABLE held (digest BLOB PRIMARY KEY, line BLOB) WITHOUT ROWID;
CREATE TABLE taken (digest BLOB PRIMARY KEY) WITHOUT ROWID;
"""
_MERGE_RUN = "INSERT OR REPLACE INTO run SELECT :run, key, at FROM told.about"
_MERGE_HELD = """
UPDATE held SET until = NULL WHERE until = :run;
UPDATE held SET until = :run
    WHERE since < :run AND (until IS NULL OR until > :run)
    AND digest IN (SELECT digest FROM told.taken) AND digest NOT IN (SELECT digest FROM told.held);
DELETE FROM held WHERE since = :run AND digest NOT IN (SELECT digest FROM told.held);
INSERT INTO held (digest, since, line) SELECT digest, :run, line FROM told.held
    WHERE digest NOT IN (SELECT digest FROM held WHERE since <= :run AND (until IS NULL OR until > :run));
"""
_FORGET_HELD = "DELETE FROM held WHERE since <= :last OR until <= :last"
_FORGET_RUN = "DELETE FROM run WHERE number <= :last"


class Kind(NamedTuple):
    """What a state is about, beside what is in each.

    :param format: kept as SQLite's ``user_version``; a file that is no state of ours has another.
    :param what: what its records are about, for messages.
    :param told_by_others: finds a row if any run but that of a name has told something.
    :param state: makes the tables of a state.
    :param run: makes those of a run.
    :param merge: takes a run over, ``:run`` being its number.
    :param forget: forgets all runs up to ``:last``.
    """

    format: int
    what: str
    told_by_others: str
    state: str
    run: str
    merge: str
    forget: str


class RunMemory:
    """What earlier runs left, and what this one leaves.

    :param file: where this run's part goes; it must not exist.
    :param state: a copy of the state, which is only read.
    :param key: names the run.
    :param now: the moment at which this run begins, if it has not been there before.
    """

    kind: ClassVar[Kind]

    def __init__(self, file: Path, state: Path, *, key: str, now: datetime) -> None:
        self.file = file
        self._database = _open(file)
        self._database.executescript(f"PRAGMA user_version = {self.kind.format};{_RUN}{self.kind.run}")
        self._database.execute("ATTACH ? AS state", [str(state)])
        newest = self._one("SELECT max(number) FROM state.run")[0] or 0
        before = self._one("SELECT number, at FROM state.run WHERE key = ?", key)
        self._run = int(newest) + 1 if before is None else int(before[0])
        self.now = now if before is None else datetime.fromisoformat(before[1])
        about = [key, self.now.isoformat(timespec="milliseconds"), newest]
        self._database.execute("INSERT INTO main.about VALUES (?, ?, ?)", about)

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file, which stays."""
        self._database.close()

    def held_back(self) -> Iterator[Row]:
        """Yield the records that the run before held back, each as it was read first."""
        view = [self._run, self._run]
        taken = (
            "INSERT OR IGNORE INTO main.taken"
            " SELECT digest FROM state.held WHERE since < ? AND (until IS NULL OR until >= ?)"
        )
        self._database.execute(taken, view)
        query = "SELECT line FROM state.held WHERE since < ? AND (until IS NULL OR until >= ?) ORDER BY since, rowid"
        lines = self._database.execute(query, view)
        for (line,) in lines:
            told = json.loads(zlib.decompress(line))
            yield Row(told["file"], told["line"], told["record"], links_read=told.get("links_read") is True)

    def hold_back(self, lines: Iterable[str]) -> None:
        """Note the lines of records that come again with the next run, and write down all that was noted."""
        held = ((digest(line, ID_BYTES), zlib.compress(line.encode())) for line in lines)
        self._database.executemany("INSERT OR IGNORE INTO main.held VALUES (?, ?)", held)
        self._database.commit()

    def _one(self, query: str, *values: Any) -> Any:
        return self._database.execute(query, values).fetchone()


def make_state(file: Path, source_id: str, kind: Kind) -> None:
    """Make a state in which nothing is remembered yet."""
    with closing(_open(file)) as database:
        database.executescript(f"{_STATE}{kind.state}PRAGMA user_version = {kind.format}")
        database.execute("INSERT INTO about VALUES (?)", [source_id])
        database.commit()


def format_of(file: Path) -> int:
    """Return which :class:`Kind` a state or a run's own part is of, by its format.

    :raises sqlite3.DatabaseError: it is damaged, or no database at all.
    """
    with closing(sqlite3.connect(file)) as database:
        return int(database.execute("PRAGMA user_version").fetchone()[0])


def source_of(file: Path) -> str:
    """Return the id of the source platform that a state is about.

    :raises sqlite3.DatabaseError: it is damaged.
    """
    with closing(sqlite3.connect(file)) as database:
        return str(database.execute("SELECT source_id FROM about").fetchone()[0])


def is_told_by_others(file: Path, kind: Kind, key: str) -> bool:
    """Tell whether any run but that of a name has told something that a state remembers."""
    with closing(sqlite3.connect(file)) as database:
        return database.execute(kind.told_by_others, [key]).fetchone() is not None


def hand_over(file: Path, source_id: str) -> None:
    """Let a state be about another source platform."""
    with closing(_open(file)) as database:
        database.execute("UPDATE about SET source_id = ?", [source_id])
        database.commit()


def newest_run(file: Path) -> int:
    """Return the number of the run that came last to a state."""
    with closing(sqlite3.connect(file)) as database:
        return int(database.execute("SELECT max(number) FROM run").fetchone()[0] or 0)


def basis_of(file: Path) -> int:
    """Return the number of the run that had come last when a run's own part was begun."""
    with closing(sqlite3.connect(file)) as database:
        return int(database.execute("SELECT newest FROM about").fetchone()[0])


def merge(state: Path, told: Path, kind: Kind) -> int:
    """Take over into a state what a run has told, in the place of what the same run told before.

    What was remembered for longer than :data:`KEPT` is forgotten.

    :param state: the state, which is changed.
    :param told: the run's part.
    :return: how many records that have been held back for so long are forgotten with it.
    """
    with closing(_open(state)) as database:
        database.execute("ATTACH ? AS told", [str(told)])
        (key,) = database.execute("SELECT key FROM told.about").fetchone()
        (newest,) = database.execute("SELECT coalesce(max(number), 0) FROM run").fetchone()
        before = database.execute("SELECT number FROM run WHERE key = ?", [key]).fetchone()
        run = newest + 1 if before is None else before[0]
        _each(database, f"{_MERGE_RUN};{kind.merge};{_MERGE_HELD}", {"run": run})
        (newest_at,) = database.execute("SELECT max(at) FROM run").fetchone()
        oldest = (datetime.fromisoformat(newest_at) - KEPT).isoformat(timespec="milliseconds")
        # By number, not by time alone: a run of long ago that comes again is the last one, and those before it count.
        (first,) = database.execute("SELECT min(number) FROM run WHERE at >= ?", [oldest]).fetchone()
        last = first - 1
        query = "SELECT count(*) FROM held WHERE since <= ? AND until IS NULL"
        (given_up,) = database.execute(query, [last]).fetchone()
        _each(database, f"{_FORGET_HELD};{kind.forget};{_FORGET_RUN}", {"last": last})
        database.commit()
        return int(given_up)


def id_in(line: str) -> bytes:
    """Return the bytes of an event's id; it is told first of all but the type."""
    start = line.index(_BEFORE_ID) + len(_BEFORE_ID)
    return bytes.fromhex(line[start : start + 36].replace("-", ""))


def digest(line: str, size: int) -> bytes:
    """Return the digest of a line, of so many bytes."""
    return blake2b(line.encode(), digest_size=size).digest()


def _open(file: Path) -> sqlite3.Connection:
    """Open a file to write it; what is in it counts when all of it is written, so that nothing has to be undone."""
    database = sqlite3.connect(file)
    database.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF")
    return database


def _each(database: sqlite3.Connection, statements: str, values: dict[str, Any]) -> None:
    for statement in statements.split(";"):
        if statement.strip():
            database.execute(statement, values)
