"""What runs have told of agents, in SQLite: from where a run goes on, and what it changes if records come late.

Of each agent that a run tells of there is a *checkpoint*: how things stood after its last moment. Records that are
younger go on from there. With one that is older all is told anew from the checkpoint before it, by what was said since,
and compared with the events that were told.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple
from uuid import UUID

from airflow_provider_genesys.interactions.agents import Statement
from airflow_provider_genesys.interactions.run_memory import Kind, RunMemory

if TYPE_CHECKING:
    from airflow_provider_genesys.interactions.state_telling import StateStream

ALL_AGENTS = ""
"""In the place of an agent, where something is said of all of them."""
AGENTS = Kind(
    format=3,
    what="states of agents",
    told_by_others="SELECT 1 FROM told WHERE run NOT IN (SELECT number FROM run WHERE key = ?) LIMIT 1",
    state="""
CREATE TABLE said (user TEXT, at INTEGER, statement TEXT, run INTEGER, PRIMARY KEY (user, at, statement, run))
    WITHOUT ROWID;
CREATE TABLE told (user TEXT, at INTEGER, stream TEXT, id BLOB, value TEXT, run INTEGER,
    PRIMARY KEY (user, at, stream, id, run)) WITHOUT ROWID;
CREATE TABLE corrected (id BLOB, run INTEGER, PRIMARY KEY (id, run)) WITHOUT ROWID;
CREATE TABLE checkpoint (user TEXT, at INTEGER, doing TEXT, run INTEGER, PRIMARY KEY (user, at, run)) WITHOUT ROWID;
CREATE INDEX said_of_run ON said (run);
CREATE INDEX said_of_user ON said (user, run, at);
CREATE INDEX told_of_run ON told (run);
CREATE INDEX corrected_of_run ON corrected (run);
CREATE INDEX checkpoint_of_run ON checkpoint (run);
""",
    run="""
CREATE TABLE said (user TEXT, at INTEGER, statement TEXT, PRIMARY KEY (user, at, statement)) WITHOUT ROWID;
CREATE TABLE told (user TEXT, at INTEGER, stream TEXT, id BLOB, value TEXT);
CREATE TABLE corrected (id BLOB PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE checkpoint (user TEXT PRIMARY KEY, at INTEGER, doing TEXT) WITHOUT ROWID;
""",
    merge="""
DELETE FROM said WHERE run = :run;
INSERT INTO said SELECT user, at, statement, :run FROM told.said;
DELETE FROM told WHERE run = :run;
INSERT OR IGNORE INTO told SELECT user, at, stream, id, value, :run FROM told.told;
DELETE FROM corrected WHERE run = :run;
INSERT INTO corrected SELECT id, :run FROM told.corrected;
DELETE FROM checkpoint WHERE run = :run;
INSERT INTO checkpoint SELECT user, at, doing, :run FROM told.checkpoint;
""",
    forget="""
DELETE FROM said WHERE run <= :last;
DELETE FROM told WHERE run <= :last;
DELETE FROM corrected WHERE run <= :last;
DELETE FROM checkpoint WHERE run <= :last;
""",
)
"""States of agents."""


class Checkpoint(NamedTuple):
    """How things stood with an agent after a moment.

    :param at: milliseconds since 1970.
    :param doing: what the agent did and what was told of it, as JSON has it.
    """

    at: int
    doing: Any


class Told(NamedTuple):
    """An event that was told.

    :param value: the presence or routing status that it told.
    """

    id: str
    value: str


class StateMemory(RunMemory):
    """What earlier runs told of agents, and what this one tells. All times are milliseconds since 1970."""

    kind: ClassVar[Kind] = AGENTS

    # --- what earlier runs told ---

    def has_said(self, user: str, at: int, statement: Statement) -> bool:
        """Tell whether the same was said of an agent's same moment."""
        query = "SELECT 1 FROM state.said WHERE user = ? AND at = ? AND statement = ? AND run < ? LIMIT 1"
        return self._one(query, user, at, _text(statement), self._run) is not None

    def users(self) -> Iterator[str]:
        """Yield all agents, in order."""
        query = "SELECT DISTINCT user FROM state.checkpoint WHERE run < ? ORDER BY user"
        for (user,) in self._database.execute(query, [self._run]):
            yield user

    def last_moment(self, user: str) -> int | None:
        """Return the last moment that was told of an agent."""
        found = self._one("SELECT max(at) FROM state.checkpoint WHERE user = ? AND run < ?", user, self._run)[0]
        return None if found is None else int(found)

    def before(self, user: str, at: int) -> Checkpoint | None:
        """Return how things stood with an agent before a moment.

        It is the last checkpoint that no later run has overtaken with something that was said of the time before it.
        """
        query = (
            "SELECT at, doing FROM state.checkpoint AS it WHERE user = :user AND at < :at AND run < :run"
            " AND NOT EXISTS (SELECT 1 FROM state.said WHERE user IN (:user, :all) AND run > it.run AND run < :run"
            " AND at <= it.at) ORDER BY at DESC, run DESC LIMIT 1"
        )
        values = {"user": user, "at": at, "run": self._run, "all": ALL_AGENTS}
        found = self._database.execute(query, values).fetchone()
        return None if found is None else Checkpoint(int(found[0]), json.loads(found[1]))

    def said_after(self, user: str, at: int | None) -> Iterator[tuple[int, Statement]]:
        """Yield what was said of an agent, or of all of them, after a moment; all that is remembered if it is none."""
        query = (
            "SELECT DISTINCT at, statement FROM state.said WHERE user = ? AND at > ? AND run < ? ORDER BY at, statement"
        )
        for moment, statement in self._database.execute(query, [user, -1 if at is None else at, self._run]):
            yield moment, Statement(*json.loads(statement))

    def told_at(self, user: str, at: int) -> dict[StateStream, Told]:
        """Return the events that were told of an agent's moment, of which there is one of each stream at most."""
        query = "SELECT stream, id, value FROM state.told WHERE user = ? AND at = ? AND run < ? ORDER BY stream, run"
        rows = self._database.execute(query, [user, at, self._run])
        return {stream: Told(str(UUID(bytes=id_)), value) for stream, id_, value in rows}

    def has_corrected(self, id_: str) -> bool:
        """Tell whether an earlier run has put down that an event is wrong."""
        query = "SELECT 1 FROM state.corrected WHERE id = ? AND run < ? LIMIT 1"
        return self._one(query, UUID(id_).bytes, self._run) is not None

    # --- what this run tells ---

    def note(self, user: str, at: int, doing: Any) -> None:
        """Note how things stand with an agent after its last moment."""
        values = [user, at, json.dumps(doing, separators=(",", ":"))]
        self._database.execute("INSERT INTO main.checkpoint VALUES (?, ?, ?)", values)

    def note_said(self, user: str, at: int, statement: Statement) -> None:
        """Note what was said of an agent, or of all of them."""
        self._database.execute("INSERT OR IGNORE INTO main.said VALUES (?, ?, ?)", [user, at, _text(statement)])

    def note_told(self, user: str, at: int, stream: StateStream, told: Told) -> None:
        """Note an event of an agent's moment."""
        values = [user, at, stream, UUID(told.id).bytes, told.value]
        self._database.execute("INSERT INTO main.told VALUES (?, ?, ?, ?, ?)", values)

    def note_corrected(self, id_: str) -> None:
        """Note that it was put down that an event which was told is wrong."""
        self._database.execute("INSERT OR IGNORE INTO main.corrected VALUES (?)", [UUID(id_).bytes])


def _text(statement: Statement) -> str:
    return json.dumps(statement, separators=(",", ":"))
