"""The job for agents' states: records in, presence and routing status events out, and every record accounted for."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from typing import IO, TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias

from airflow_provider_genesys.files.refusals import named
from airflow_provider_genesys.files.storage import StoragePath, writing
from airflow_provider_genesys.interactions.account import Account, telling_at_end
from airflow_provider_genesys.interactions.agents import OVER_FOR_ALL
from airflow_provider_genesys.interactions.checks import UntellableError
from airflow_provider_genesys.interactions.converting import PATHS, Inputs, nothing_converted, rows_of
from airflow_provider_genesys.interactions.headers import check_tables
from airflow_provider_genesys.interactions.lines import reject_line, write_lines
from airflow_provider_genesys.interactions.rows import Row
from airflow_provider_genesys.interactions.scope import BadValueError
from airflow_provider_genesys.interactions.scratch import on_local_disk
from airflow_provider_genesys.interactions.settling import YOUNG
from airflow_provider_genesys.interactions.state_history import histories
from airflow_provider_genesys.interactions.state_memory import ALL_AGENTS
from airflow_provider_genesys.interactions.state_sorting import StateSorting, in_milliseconds
from airflow_provider_genesys.interactions.state_telling import StateTelling
from airflow_provider_genesys.interactions.states_told import AgentTelling

if TYPE_CHECKING:
    from airflow_provider_genesys.interactions.directory import Directory
    from airflow_provider_genesys.interactions.mapping_file import RecordMapping
    from airflow_provider_genesys.interactions.state_memory import StateMemory
    from airflow_provider_genesys.interactions.state_rows import StateRow, States
    from airflow_provider_genesys.interactions.state_telling import PresenceRules

FILES = ("user_presences.jsonl", "user_routing_statuses.jsonl", "rejects.jsonl", "held-back.jsonl", "corrections.jsonl")
STREAM_PATHS = ("user_presences", "user_routing_statuses")
"""Keys of the files' paths in an account, which are the names of the streams."""
ROUTING_STATUSES = "routing_statuses_written"
"""Key of how many of the events are routing statuses, in an account."""

StateFate: TypeAlias = Literal["converted", "skipped", "superseded", "held_back", "rejected"]


class RecordFate(NamedTuple):
    """What became of one record, and why, where that has to be said."""

    fate: StateFate
    reason: str | None


@dataclass(slots=True)
class StatesAccount(Account):
    """What became of the records.

    :param routing_statuses_written: how many of the events are routing statuses.
    """

    routing_statuses_written: int = 0


def convert_states(
    inputs: Inputs,
    mapping: RecordMapping,
    directory: Directory,
    rules: PresenceRules,
    *,
    user_presences: IO[bytes],
    user_routing_statuses: IO[bytes],
    rejects: IO[bytes],
    held_back: IO[bytes] | None = None,
    corrections: IO[bytes] | None = None,
    memory: StateMemory | None = None,
    settled_by: datetime | None = None,
    fates: dict[int, RecordFate] | None = None,
    account: StatesAccount | None = None,
) -> StatesAccount:
    """Convert all records of agents' states.

    With a memory each agent goes on from how earlier runs left it, and what they told is not told again. Where a record
    comes late, only events that are new are told.

    :param inputs: what to read, in this order, which makes no difference.
    :param mapping: what the records' columns mean; its shape is ``states``.
    :param directory: what the platform's names are called in Genesys Cloud; its source is the presence source.
    :param rules: the presence map.
    :param user_presences: takes events for this stream, JSON Lines in time order.
    :param user_routing_statuses: takes events for that one, likewise.
    :param rejects: takes what cannot be told, as a conversion of interactions writes it.
    :param held_back: takes what is younger than ``settled_by``, in the same form; needed with that.
    :param corrections: takes events that contradict those told before, as a conversion of interactions writes it.
    :param memory: what earlier runs told.
    :param settled_by: what was said of a later moment is held back.
    :param fates: takes what became of each record, by its number among all, counted from 1.
    :param account: takes what becomes of the records, so that it is known too where the conversion fails.
    :return: the account. A record is *converted* if it changed something, *skipped* if the mapping does not want it or
        it says nothing new, and *superseded* if another of the same moment or the same id counts, or an earlier run
        read the same. One about all agents is *rejected*, and told of those who are known, where one who is not needs
        it with what was rejected of that one.
    :raises GenesysError: as a conversion of interactions does.
    """
    account = StatesAccount() if account is None else account
    headers: list[Sequence[str]] = []
    with on_local_disk(), StateSorting() as sorting, account.noting_reasons(lambda: sorting.kept("rejected")):
        taking = _Taking(mapping, _states(mapping), directory, sorting, account, memory, settled_by, fates)
        for row in rows_of(inputs, mapping, memory, headers):
            taking.take(row)
        if mapping.dialect.several:
            check_tables(headers, mapping)
        taking.tell_all(rules)
        directory.refuse_ambiguous()
        account.events_written = write_lines(user_presences, sorting.events("user_presences"))
        account.routing_statuses_written = write_lines(user_routing_statuses, sorting.events("user_routing_statuses"))
        account.events_written += account.routing_statuses_written
        write_lines(rejects, sorting.kept("rejected"))
        if held_back is not None:
            write_lines(held_back, sorting.kept("held_back"))
        if corrections is not None:
            account.contradicted = write_lines(corrections, sorting.kept("contradicted"))
        if memory is not None:
            memory.hold_back(sorting.kept("held_back"))
    return account


def convert_states_to(
    folder: StoragePath,
    inputs: Inputs,
    mapping: RecordMapping,
    directory: Directory,
    rules: PresenceRules,
    *,
    memory: StateMemory | None = None,
    settled_by: datetime | None = None,
    account: StatesAccount | None = None,
    argument: str = "destination",
) -> dict[str, Any]:
    """Convert all records of agents' states into the files :data:`FILES` in a folder.

    Each is written whole or not at all.

    :param folder: where the files go, on any store.
    :param argument: name of the argument that leads to the folder, for messages; all else as of
        :func:`convert_states`.
    :return: the account, and the paths of the files; ``events`` is ``None``.
    :raises GenesysError: as :func:`convert_states` does; or the folder cannot be written.
    """
    account = StatesAccount() if account is None else account
    with telling_at_end(account, mapping.file), named(argument, folder), ExitStack() as files:
        presences, statuses, rejects, held_back, corrections = (
            files.enter_context(writing(folder / name)) for name in FILES
        )
        convert_states(
            inputs,
            mapping,
            directory,
            rules,
            user_presences=presences,
            user_routing_statuses=statuses,
            rejects=rejects,
            held_back=held_back,
            corrections=corrections,
            memory=memory,
            settled_by=settled_by,
            account=account,
        )
    keys = (*STREAM_PATHS, *PATHS[1:])
    paths = {key: str(folder / name) for key, name in zip(keys, FILES, strict=True)}
    return {**dict.fromkeys(PATHS), **paths, **account.as_dict()}


def no_states_converted() -> dict[str, Any]:
    """Return the account of a conversion of states that did not come so far."""
    return {**nothing_converted(), **dict.fromkeys(STREAM_PATHS), ROUTING_STATUSES: 0}


def _states(mapping: RecordMapping) -> States:
    if mapping.states is None:
        raise ValueError(f"{mapping.file}: its shape is not states")
    return mapping.states


@dataclass(slots=True)
class _Taking:
    """What records are put aside in until all are there, and counted.

    :param rejected: the first agent whom the directory lacks that was in what a record about all agents may end, and
        since when.
    """

    mapping: RecordMapping
    states: States
    directory: Directory
    sorting: StateSorting
    account: StatesAccount
    memory: StateMemory | None
    settled_by: datetime | None
    fates: dict[int, RecordFate] | None
    rejected: tuple[int, str] | None = None

    def take(self, row: Row) -> None:
        """Put a record aside."""
        self.account.records += 1
        number = self.account.records
        if row.record is None:
            self._reject(number, row, row.reason)
            return
        try:
            if (what := self.mapping.skipped_by(row.record)) is not None:
                self._end(number, "skipped", skipped_by=what)
                return
            found = self._by_id(self.states.row(row.record))
        except (BadValueError, UntellableError) as error:
            self._reject(number, row, str(error))
            return
        if self.settled_by is not None and found.since > self.settled_by:
            self.sorting.keep("held_back", number, reject_line(row, YOUNG))
            self._end(number, "held_back", YOUNG)
        elif self._was_told(found):
            self._end(number, "superseded")
        else:
            superseded = self.sorting.take(number, found, json.dumps(row, default=str))
            if superseded is not None:
                self._end(superseded, "superseded")

    def _by_id(self, row: StateRow) -> StateRow:
        """Return what an agent does by the agent's id, which stands for itself: one who has several names is one.

        Of an agent who has none, note what may end for all agents, and so for this one too.
        """
        if row.user is None:
            return row
        try:
            return row._replace(user=self.directory.user(row.user))
        except UntellableError:
            if row.statement.state in self.states.ended:
                since = (in_milliseconds(row.since), row.user)
                self.rejected = min(since, self.rejected or since)
            raise

    def _was_told(self, row: StateRow) -> bool:
        at = in_milliseconds(row.since)
        return self.memory is not None and self.memory.has_said(row.user or ALL_AGENTS, at, row.statement)

    def tell_all(self, rules: PresenceRules) -> None:
        """Tell what all agents do, one after the other, and count the records."""
        ends = self.sorting.of_all_agents()
        useful: set[int] = set()
        for history in histories(self.sorting, self.memory, ends):
            its = StateTelling(rules, self.directory)
            telling = AgentTelling(history, self.states, its, sorting=self.sorting, memory=self.memory)
            for said, fate, reason, is_late in telling.outcomes():
                if reason is not None:
                    self._reject(said.number, Row(*json.loads(said.line)), reason)
                    continue
                self._end(said.number, fate)
                self.account.corrected_late += is_late and fate == "converted"
            useful |= telling.useful_ends
        for at, number in ends:
            if self.rejected is not None and self.rejected[0] < at:
                # Given again, the agent's records would lack it, and tell that what it ended went on.
                reason = f"it is about all agents, of whom agent {self.rejected[1]!r} is rejected and needs it again"
                self._reject(number, Row(*json.loads(self.sorting.said(number).line)), reason)
            else:
                self._end(number, "converted" if number in useful else "skipped")
            if self.memory is not None:
                self.memory.note_said(ALL_AGENTS, at, OVER_FOR_ALL)

    def _reject(self, number: int, row: Row, reason: str) -> None:
        """Put down a record that cannot be told."""
        self.sorting.keep("rejected", number, reject_line(row, reason))
        self._end(number, "rejected", reason)

    def _end(
        self, number: int, fate: StateFate, reason: str | None = None, *, skipped_by: str = "saying nothing new"
    ) -> None:
        """Count what became of a record."""
        if fate == "skipped":
            self.account.skip(skipped_by)
        else:
            self.account.count(fate)
        if self.fates is not None:
            self.fates[number] = RecordFate(fate, reason)
