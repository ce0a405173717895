"""What runs have told of conversations, in SQLite: asked while records are converted, and what a run adds to it."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, ClassVar, NamedTuple
from uuid import UUID

from airflow_provider_genesys.interactions.rows import Row
from airflow_provider_genesys.interactions.run_memory import DIGEST_BYTES, ID_BYTES, Kind, RunMemory, digest, id_in
from airflow_provider_genesys.interactions.versions import is_newer

if TYPE_CHECKING:
    from airflow_provider_genesys.interactions.lines import TimedLine

INTERACTIONS = Kind(
    format=4,
    what="interactions",
    told_by_others="SELECT 1 FROM conversation WHERE run NOT IN (SELECT number FROM run WHERE key = ?) LIMIT 1",
    state="""
CREATE TABLE record (id TEXT, run INTEGER, version TEXT, conversation TEXT, row BLOB, PRIMARY KEY (id, run))
    WITHOUT ROWID;
CREATE INDEX of_conversation ON record (conversation);
CREATE INDEX record_of_run ON record (run);
CREATE TABLE conversation (name TEXT, run INTEGER, open INTEGER, events BLOB, PRIMARY KEY (name, run)) WITHOUT ROWID;
CREATE INDEX conversation_of_run ON conversation (run);
CREATE TABLE skipped (id TEXT, run INTEGER, PRIMARY KEY (id, run)) WITHOUT ROWID;
CREATE TABLE corrected (conversation TEXT, digest BLOB, run INTEGER, PRIMARY KEY (conversation, digest, run))
    WITHOUT ROWID;
CREATE INDEX corrected_of_run ON corrected (run);
""",
    run="""
CREATE TABLE record (number INTEGER, id TEXT, version TEXT, conversation TEXT, row BLOB, corrects INTEGER);
CREATE TABLE conversation (number INTEGER, name TEXT, open INTEGER, events BLOB);
CREATE TABLE skipped (id TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE corrected (number INTEGER, conversation TEXT, digest BLOB);
""",
    merge="""
DELETE FROM record WHERE run = :run;
INSERT OR REPLACE INTO record SELECT id, :run, version, conversation, row FROM told.record;

DELETE FROM conversation WHERE run = :run;
INSERT OR REPLACE INTO conversation SELECT name, :run, open, events FROM told.conversation;

DELETE FROM skipped WHERE run = :run;
INSERT INTO skipped SELECT id, :run FROM told.skipped;

DELETE FROM corrected WHERE run = :run;
INSERT OR IGNORE INTO corrected SELECT conversation, digest, :run FROM told.corrected;
""",
    forget="""
DELETE FROM conversation WHERE run <= :last AND NOT EXISTS (
    SELECT 1 FROM conversation AS later WHERE later.name = conversation.name AND later.run > :last
);
DELETE FROM record WHERE run <= :last AND NOT EXISTS (
    SELECT 1 FROM conversation WHERE conversation.name = record.conversation
);
DELETE FROM skipped WHERE run <= :last;
DELETE FROM corrected WHERE run <= :last AND NOT EXISTS (
    SELECT 1 FROM conversation WHERE conversation.name = corrected.conversation
);
""",
)
"""States of conversations."""


class Comparison(NamedTuple):
    """A conversation's events, beside those that were told of it.

    :param new: those that were not told yet.
    :param contradicted: those that were told with other content.
    :param gone: ids of those that were told, and of which nothing is said any more.
    :param known: whether anything was told of the conversation.
    :param was_open: whether it had not ended when it was told last.
    """

    new: list[TimedLine]
    contradicted: list[TimedLine]
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


class Memory(RunMemory):
    """What earlier runs told of conversations, and what this one tells."""

    kind: ClassVar[Kind] = INTERACTIONS

    # --- what earlier runs told ---

    def has_told(self, id_: str, version: str | None) -> bool:
        """Tell whether a record was told in this version or a newer one; without versions nobody knows.

        One without a version is older than any with one.

        :raises VersionError: nobody can tell which is the newer.
        """
        query = "SELECT version FROM state.record WHERE id = ? AND run < ? ORDER BY run DESC LIMIT 1"
        found = self._one(query, id_, self._run)
        if found is None or found[0] is None:
            return False
        return version is None or not is_newer(version, found[0])

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

    def compare(self, conversation: str, events: Sequence[TimedLine]) -> Comparison:
        """Return what of a conversation's events is new, and what contradicts those that were told."""
        told: dict[bytes, bytes] = {}
        was_open = known = False
        query = "SELECT events, open FROM state.conversation WHERE name = ? AND run < ? ORDER BY run"
        for packed, is_open in self._database.execute(query, [conversation, self._run]):
            known, was_open = True, bool(is_open)
            told |= _unpacked(packed)
        if not told:
            return Comparison([*events], [], [], known, was_open)
        new: list[TimedLine] = []
        contradicted: list[TimedLine] = []
        for event in events:
            before = told.pop(id_in(event[1]), None)
            if before is None:
                new.append(event)
            elif before != digest(event[1], DIGEST_BYTES):
                contradicted.append(event)
        return Comparison(new, contradicted, [str(UUID(bytes=id_)) for id_ in told], known, was_open)

    def has_corrected(self, conversation: str, corrections: str) -> bool:
        """Tell whether an earlier run has put down that just this is wrong with a conversation."""
        query = "SELECT 1 FROM state.corrected WHERE conversation = ? AND digest = ? AND run < ? LIMIT 1"
        return self._one(query, conversation, digest(corrections, ID_BYTES), self._run) is not None

    # --- what this run tells ---

    def note(
        self,
        number: int,
        conversation: str,
        records: Iterable[tuple[str, str | None, str | None]],
        events: Iterable[TimedLine],
        *,
        is_open: bool,
        corrects: bool,
    ) -> None:
        """Note what is told of a conversation.

        :param number: the number that the records have in this run.
        :param records: ids, versions, and of what is gathered the rows.
        :param events: those that are new, or told anew, each under the id that it always has.
        :param is_open: whether it has not ended.
        :param corrects: whether it was told before, and otherwise.
        """
        rows = [
            (number, id_, version, conversation, None if row is None else zlib.compress(row.encode()), corrects)
            for id_, version, row in records
        ]
        self._database.executemany("INSERT INTO main.record VALUES (?, ?, ?, ?, ?, ?)", rows)
        packed = b"".join(id_in(line) + digest(line, DIGEST_BYTES) for _, line in events)
        self._database.execute(
            "INSERT INTO main.conversation VALUES (?, ?, ?, ?)", [number, conversation, is_open, packed]
        )

    def note_moved(self, number: int, id_: str, version: str | None, conversation: str) -> None:
        """Note that a record was read that is of another conversation now, and stays in the one that it was told in."""
        self._database.execute(
            "INSERT INTO main.record VALUES (?, ?, ?, ?, NULL, 1)", [number, id_, version, conversation]
        )

    def note_corrected(self, number: int, conversation: str, corrections: str) -> None:
        """Note what is put down as wrong with a conversation: all of it, as one text."""
        values = [number, conversation, digest(corrections, ID_BYTES)]
        self._database.execute("INSERT INTO main.corrected VALUES (?, ?, ?)", values)

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
        self._database.execute("DELETE FROM main.corrected WHERE number IN (SELECT number FROM gone)")
        self._database.executemany("INSERT OR IGNORE INTO main.skipped VALUES (?)", ((id_,) for id_ in skipped))
        self.hold_back(held_back)
        return int(self._one("SELECT count(*) FROM main.record WHERE corrects")[0])


def _unpacked(packed: bytes) -> dict[bytes, bytes]:
    size = ID_BYTES + DIGEST_BYTES
    parts = [packed[start : start + size] for start in range(0, len(packed), size)]
    return {part[:ID_BYTES]: part[ID_BYTES:] for part in parts}
