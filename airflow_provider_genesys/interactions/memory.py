"""What runs have told, in SQLite: asked while records are converted, and what a run adds to it.

A *state* is what all runs leave; in each row of it is the number of the run that wrote it. A run asks only for what
those before it wrote, also when it comes again after others; so it finds then what it found the first time.

What one run adds is a file of its own until it is merged into the state: a transfer does that when all is published.
"""

from __future__ import annotations

import json
import sqlite3
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from datetime import datetime, timedelta
from hashlib import blake2b
from pathlib import Path
from typing import Any, NamedTuple, Self, TypeAlias
from uuid import UUID

from airflow_provider_genesys.interactions.reading import Row
from airflow_provider_genesys.interactions.versions import is_newer

_Timed: TypeAlias = tuple[datetime, str]
"""When an event happens, and its line of JSON."""

FORMAT = 1
"""Kept as SQLite's ``user_version``; a file that is no state of ours has another."""
KEPT = timedelta(days=30)
"""For how long after a run what it told and held back is remembered."""

_STATE = f"""
PRAGMA auto_vacuum = FULL;
PRAGMA user_version = {FORMAT};
CREATE TABLE about (source_id TEXT);
CREATE TABLE run (number INTEGER PRIMARY KEY, key TEXT UNIQUE, at TEXT);
CREATE TABLE record (id TEXT, run INTEGER, version TEXT, conversation TEXT, row BLOB, PRIMARY KEY (id, run))
    WITHOUT ROWID;
CREATE INDEX of_conversation ON record (conversation);
CREATE INDEX record_of_run ON record (run);
CREATE TABLE conversation (name TEXT, run INTEGER, open INTEGER, events BLOB, PRIMARY KEY (name, run)) WITHOUT ROWID;
CREATE INDEX conversation_of_run ON conversation (run);
CREATE TABLE skipped (id TEXT, run INTEGER, PRIMARY KEY (id, run)) WITHOUT ROWID;
CREATE TABLE held (digest BLOB, since INTEGER, until INTEGER, line BLOB, PRIMARY KEY (digest, since));
"""
_RUN = """
CREATE TABLE about (key TEXT, at TEXT, newest INTEGER);
CREATE TABLE record (number INTEGER, id TEXT, version TEXT, conversation TEXT, row BLOB, corrects INTEGER);
CREATE TABLE conversation (number INTEGER, name TEXT, open INTEGER, events BLOB);
CREATE TABLE skipped (id TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE held (digest BLOB PRIMARY KEY, line BLOB) WITHOUT ROWID;
CREATE TABLE taken (digest BLOB PRIMARY KEY) WITHOUT ROWID;
"""
_BEFORE_ID = '"eventId":"'
_ID, _DIGEST = 16, 8
"""Bytes of an event's id and of the digest of its content, which are kept of each that was told."""


class Comparison(NamedTuple):
    """A conversation's events, beside those that were told of it.

    :param new: those that were not told yet.
    :param contradicted: those that were told with other content.
    :param gone: ids of those that were told, and of which nothing is said any more.
    :param known: whether anything was told of the conversation.
    :param was_open: whether it had not ended when it was told last.
    """

    new: list[_Timed]
    contradicted: list[str]
    gone: list[str]
    known: bool
    was_open: bool

    @property
    def corrects(self) -> bool:
        """Whether the conversation is told otherwise, and not only further, than it was."""
        return self.known and (not self.was_open or bool(self.contradicted or self.gone))

    @property
    def tells_nothing(self) -> bool:
        """Whether all was told before, just so."""
        return self.known and not (self.new or self.contradicted or self.gone)


class Memory:
    """What earlier runs told, and what this one tells.

    :param file: where this run's part goes; it must not exist.
    :param state: a copy of the state, which is only read.
    :param key: names the run.
    :param now: the moment at which this run begins, if it has not been there before.
    """

    def __init__(self, file: Path, state: Path, *, key: str, now: datetime) -> None:
        self.file = file
        self._database = _open(file)
        self._database.executescript(_RUN)
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

    # --- what earlier runs told ---

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
            yield Row(told["file"], told["line"], told["record"])

    def has_told(self, id_: str, version: str | None) -> bool:
        """Tell whether a record was told in this version or a newer one; without versions nobody knows."""
        query = "SELECT version FROM state.record WHERE id = ? AND run < ? ORDER BY run DESC LIMIT 1"
        found = self._one(query, id_, self._run)
        if found is None or found[0] is None or version is None:
            return False
        return not is_newer(version, found[0])

    def knows(self, id_: str) -> bool:
        """Tell whether a record was told, or skipped."""
        query = (
            "SELECT 1 FROM state.record WHERE id = ? AND run < ?"
            " UNION ALL SELECT 1 FROM state.skipped WHERE id = ? AND run < ? LIMIT 1"
        )
        return self._one(query, id_, self._run, id_, self._run) is not None

    def who_told(self, conversation: str, id_: str) -> str | None:
        """Return the id of another record that told a conversation."""
        query = "SELECT id FROM state.record WHERE conversation = ? AND run < ? AND id <> ? LIMIT 1"
        found = self._one(query, conversation, self._run, id_)
        return None if found is None else str(found[0])

    def conversation_of(self, id_: str) -> str | None:
        """Return the conversation that a record was told in."""
        query = "SELECT conversation FROM state.record WHERE id = ? AND run < ? ORDER BY run DESC LIMIT 1"
        found = self._one(query, id_, self._run)
        return None if found is None else str(found[0])

    def rows_of(self, conversation: str) -> Iterator[Row]:
        """Yield the records of which a conversation was gathered, each in the version that was told last."""
        query = (
            "SELECT row, max(run) FROM state.record WHERE conversation = ? AND run < ? AND row IS NOT NULL"
            " GROUP BY id ORDER BY id"
        )
        for row, _ in self._database.execute(query, [conversation, self._run]):
            yield Row(*json.loads(zlib.decompress(row)))

    def compare(self, conversation: str, events: Sequence[_Timed]) -> Comparison:
        """Return what of a conversation's events is new, and what contradicts those that were told."""
        told: dict[bytes, bytes] = {}
        was_open = known = False
        query = "SELECT events, open FROM state.conversation WHERE name = ? AND run < ? ORDER BY run"
        for packed, is_open in self._database.execute(query, [conversation, self._run]):
            known, was_open = True, bool(is_open)
            told |= _unpacked(packed)
        if not told:
            return Comparison([*events], [], [], known, was_open)
        new, contradicted = [], []
        for event in events:
            digest = told.pop(_id_in(event[1]), None)
            if digest is None:
                new.append(event)
            elif digest != _digest(event[1], _DIGEST):
                contradicted.append(event[1])
        return Comparison(new, contradicted, [str(UUID(bytes=id_)) for id_ in told], known, was_open)

    # --- what this run tells ---

    def note(
        self,
        number: int,
        conversation: str,
        records: Iterable[tuple[str, str | None, str | None]],
        events: Iterable[_Timed],
        *,
        is_open: bool,
        corrects: bool,
    ) -> None:
        """Note what is told of a conversation.

        :param number: the number that the records have in this run.
        :param records: ids, versions, and of what is gathered the rows.
        :param events: those that are new.
        :param is_open: whether it has not ended.
        :param corrects: whether it was told before, and otherwise.
        """
        rows = [
            (number, id_, version, conversation, None if row is None else zlib.compress(row.encode()), corrects)
            for id_, version, row in records
        ]
        self._database.executemany("INSERT INTO main.record VALUES (?, ?, ?, ?, ?, ?)", rows)
        packed = b"".join(_id_in(line) + _digest(line, _DIGEST) for _, line in events)
        self._database.execute(
            "INSERT INTO main.conversation VALUES (?, ?, ?, ?)", [number, conversation, is_open, packed]
        )

    def finish(self, *, superseded: Iterable[int], skipped: Iterable[str], held_back: Iterable[str]) -> int:
        """Close the account of this run.

        :param superseded: numbers of records that newer ones of this run have taken the place of.
        :param skipped: ids of records that do not count, and are there.
        :param held_back: lines of those that come again with the next run.
        :return: how many records correct what earlier runs told.
        """
        self._database.execute("CREATE TEMPORARY TABLE gone (number INTEGER PRIMARY KEY)")
        self._database.executemany("INSERT INTO gone VALUES (?)", ((number,) for number in superseded))
        self._database.execute("DELETE FROM main.record WHERE number IN (SELECT number FROM gone)")
        self._database.execute("DELETE FROM main.conversation WHERE number IN (SELECT number FROM gone)")
        self._database.executemany("INSERT OR IGNORE INTO main.skipped VALUES (?)", ((id_,) for id_ in skipped))
        lines = ((_digest(line, _ID), zlib.compress(line.encode())) for line in held_back)
        self._database.executemany("INSERT OR IGNORE INTO main.held VALUES (?, ?)", lines)
        self._database.commit()
        return int(self._one("SELECT count(*) FROM main.record WHERE corrects")[0])

    def _one(self, query: str, *values: Any) -> Any:
        return self._database.execute(query, values).fetchone()


_MERGE = """
INSERT OR REPLACE INTO run SELECT :run, key, at FROM told.about;

DELETE FROM record WHERE run = :run;
INSERT OR REPLACE INTO record SELECT id, :run, version, conversation, row FROM told.record;

DELETE FROM conversation WHERE run = :run;
INSERT OR REPLACE INTO conversation SELECT name, :run, open, events FROM told.conversation;

DELETE FROM skipped WHERE run = :run;
INSERT INTO skipped SELECT id, :run FROM told.skipped;

UPDATE held SET until = NULL WHERE until = :run;
UPDATE held SET until = :run
    WHERE since < :run AND (until IS NULL OR until > :run)
    AND digest IN (SELECT digest FROM told.taken) AND digest NOT IN (SELECT digest FROM told.held);
DELETE FROM held WHERE since = :run AND digest NOT IN (SELECT digest FROM told.held);
INSERT INTO held (digest, since, line) SELECT digest, :run, line FROM told.held
    WHERE digest NOT IN (SELECT digest FROM held WHERE since <= :run AND (until IS NULL OR until > :run));
"""
_FORGET = """
DELETE FROM held WHERE since <= :last OR until <= :last;
DELETE FROM conversation WHERE run <= :last AND NOT EXISTS (
    SELECT 1 FROM conversation AS later WHERE later.name = conversation.name AND later.run > :last
);
DELETE FROM record WHERE run <= :last AND NOT EXISTS (
    SELECT 1 FROM conversation WHERE conversation.name = record.conversation
);
DELETE FROM skipped WHERE run <= :last;
DELETE FROM run WHERE number <= :last;
"""


def make_state(file: Path, source_id: str) -> None:
    """Make a state in which nothing is remembered yet."""
    with closing(_open(file)) as database:
        database.executescript(_STATE)
        database.execute("INSERT INTO about VALUES (?)", [source_id])
        database.commit()


def source_of(file: Path) -> str:
    """Return the id of the source platform that a state is about.

    :raises ValueError: it is no state, or that of another version of the provider.
    :raises sqlite3.DatabaseError: it is damaged, or no database at all.
    """
    with closing(sqlite3.connect(file)) as database:
        (version,) = database.execute("PRAGMA user_version").fetchone()
        if version != FORMAT:
            raise ValueError(f"format {version} is not this version's ({FORMAT})")
        return str(database.execute("SELECT source_id FROM about").fetchone()[0])


def newest_run(file: Path) -> int:
    """Return the number of the run that came last to a state."""
    with closing(sqlite3.connect(file)) as database:
        return int(database.execute("SELECT max(number) FROM run").fetchone()[0] or 0)


def basis_of(file: Path) -> int:
    """Return the number of the run that had come last when a run's own part was begun."""
    with closing(sqlite3.connect(file)) as database:
        return int(database.execute("SELECT newest FROM about").fetchone()[0])


def merge(state: Path, told: Path) -> int:
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
        _each(database, _MERGE, {"run": newest + 1 if before is None else before[0]})
        (newest_at,) = database.execute("SELECT max(at) FROM run").fetchone()
        oldest = (datetime.fromisoformat(newest_at) - KEPT).isoformat(timespec="milliseconds")
        # By number, not by time alone: a run of long ago that comes again is the last one, and those before it count.
        (first,) = database.execute("SELECT min(number) FROM run WHERE at >= ?", [oldest]).fetchone()
        last = first - 1
        query = "SELECT count(*) FROM held WHERE since <= ? AND until IS NULL"
        (given_up,) = database.execute(query, [last]).fetchone()
        _each(database, _FORGET, {"last": last})
        database.commit()
        return int(given_up)


def _open(file: Path) -> sqlite3.Connection:
    """Open a file to write it; what is in it counts when all of it is written, so that nothing has to be undone."""
    database = sqlite3.connect(file)
    database.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF")
    return database


def _each(database: sqlite3.Connection, statements: str, values: dict[str, Any]) -> None:
    for statement in statements.split(";"):
        if statement.strip():
            database.execute(statement, values)


def _unpacked(packed: bytes) -> dict[bytes, bytes]:
    size = _ID + _DIGEST
    parts = [packed[start : start + size] for start in range(0, len(packed), size)]
    return {part[:_ID]: part[_ID:] for part in parts}


def _id_in(line: str) -> bytes:
    """Return the bytes of an event's id; it is told first of all but the type."""
    start = line.index(_BEFORE_ID) + len(_BEFORE_ID)
    return bytes.fromhex(line[start : start + 36].replace("-", ""))


def _digest(line: str, size: int) -> bytes:
    return blake2b(line.encode(), digest_size=size).digest()
