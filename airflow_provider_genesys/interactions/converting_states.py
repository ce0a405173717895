"""The job for agents' states: records in, presence and routing status events out, and every record accounted for."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import IO, TYPE_CHECKING, Any

from airflow_provider_genesys.files.refusals import named
from airflow_provider_genesys.files.storage import StoragePath, writing
from airflow_provider_genesys.interactions.agents import Agent, Weight
from airflow_provider_genesys.interactions.checks import UntellableError
from airflow_provider_genesys.interactions.converting import PATHS, Account, Inputs
from airflow_provider_genesys.interactions.lines import reject_line, write_lines
from airflow_provider_genesys.interactions.model import AgentState
from airflow_provider_genesys.interactions.reading import Row, read_rows
from airflow_provider_genesys.interactions.scope import BadValueError
from airflow_provider_genesys.interactions.state_sorting import Said, StateSorting
from airflow_provider_genesys.interactions.state_telling import PresenceRules, StateTelling

if TYPE_CHECKING:
    from airflow_provider_genesys.interactions.directory import Directory
    from airflow_provider_genesys.interactions.mapping_file import RecordMapping
    from airflow_provider_genesys.interactions.state_rows import States

FILES = ("user_presences.jsonl", "user_routing_statuses.jsonl", "rejects.jsonl")
_UNCLEAR = "another record says something else of the same moment, and record.highest does not tell which is the last"


def convert_states(
    inputs: Inputs,
    mapping: RecordMapping,
    directory: Directory,
    rules: PresenceRules,
    *,
    user_presences: IO[bytes],
    user_routing_statuses: IO[bytes],
    rejects: IO[bytes],
) -> Account:
    """Convert all records of agents' states.

    :param inputs: what to read, in this order, which makes no difference.
    :param mapping: what the records' columns mean; its shape is ``states``.
    :param directory: what the platform's names are called in Genesys Cloud; its source is the presence source.
    :param rules: the presence map.
    :param user_presences: takes events for this stream, JSON Lines in time order.
    :param user_routing_statuses: takes events for that one, likewise.
    :param rejects: takes what cannot be told, as a conversion of interactions writes it.
    :return: the account. A record is *converted* if it changed something, *skipped* if the mapping does not want it or
        it says nothing new, and *superseded* if another of the same moment or the same id counts.
    :raises GenesysError: as a conversion of interactions does.
    """
    account = Account()
    with StateSorting() as sorting:
        taking = _Taking(mapping, _states(mapping), directory, sorting, account)
        for name, content in inputs:
            for row in read_rows(name, content, mapping):
                taking.take(row)
        _tell_all(taking, rules)
        directory.refuse_ambiguous()
        account.events_written = write_lines(user_presences, sorting.events("user_presences"))
        account.events_written += write_lines(user_routing_statuses, sorting.events("user_routing_statuses"))
        write_lines(rejects, sorting.rejected())
    return account


def convert_states_to(
    folder: StoragePath, inputs: Inputs, mapping: RecordMapping, directory: Directory, rules: PresenceRules
) -> dict[str, Any]:
    """Convert all records of agents' states into three files in a folder, each of which is written whole or not at all.

    :param folder: where the files go, on any store.
    :return: the account, and the paths ``user_presences``, ``user_routing_statuses`` and ``rejects``; the other
        files of a conversion of interactions are ``None``.
    :raises GenesysError: as :func:`convert_states` does; or the folder cannot be written.
    """
    with named("destination", folder), ExitStack() as files:
        presences, statuses, rejects = (files.enter_context(writing(folder / name)) for name in FILES)
        account = convert_states(
            inputs,
            mapping,
            directory,
            rules,
            user_presences=presences,
            user_routing_statuses=statuses,
            rejects=rejects,
        )
    paths = {name.removesuffix(".jsonl"): str(folder / name) for name in FILES}
    return {**dict.fromkeys(PATHS), **paths, **account.as_dict()}


def _states(mapping: RecordMapping) -> States:
    if mapping.states is None:
        raise ValueError(f"{mapping.file}: its shape is not states")
    return mapping.states


@dataclass(frozen=True, slots=True)
class _Taking:
    """What records are put aside in until all are there, and counted."""

    mapping: RecordMapping
    states: States
    directory: Directory
    sorting: StateSorting
    account: Account

    def take(self, row: Row) -> None:
        """Put a record aside."""
        self.account.records += 1
        number = self.account.records
        if row.record is None:
            self.reject(number, reject_line(row, row.reason))
            return
        try:
            if self.mapping.skips(row.record):
                self.account.skipped += 1
                return
            found = self.states.row(row.record)
            if found.user is not None:
                # An agent who has several names is one: told by the id, which stands for itself.
                found = found._replace(user=self.directory.user(found.user))
        except (BadValueError, UntellableError) as error:
            self.reject(number, reject_line(row, str(error)))
            return
        self.account.superseded += self.sorting.take(number, found, json.dumps(row, default=str))

    def settle(self, said: Iterable[Said], worth: Iterable[Weight], failure: str | None, *, is_new: bool) -> None:
        """Count what became of the records of one moment."""
        for each, weight in zip(said, worth, strict=True):
            reason = _UNCLEAR if weight == "unclear" else failure if weight == "counts" else None
            if reason is not None:
                self.reject(each.number, reject_line(Row(*json.loads(each.line)), reason))
            elif weight == "superseded":
                self.account.superseded += 1
            elif weight == "counts" and is_new:
                self.account.converted += 1
            else:
                self.account.skipped += 1

    def reject(self, number: int, line: str) -> None:
        """Put down a record that cannot be told."""
        self.sorting.reject(number, line)
        self.account.rejected += 1


def _tell_all(taking: _Taking, rules: PresenceRules) -> None:
    """Tell what all agents do, one after the other."""
    states, directory, sorting, account = taking.states, taking.directory, taking.sorting, taking.account
    ends = sorting.of_all_agents()
    useful: set[int] = set()
    for user, moments in sorting.agents():
        agent, telling = Agent(states.order), StateTelling(rules, directory)
        for at, ended, said in _in_order(moments, ends):
            before, failure, events = agent.doing, None, []
            if ended:
                agent.stop(states.ended)
            worth = agent.moment([each.statement for each in said])
            if agent.doing is not None and agent.doing != before:
                state = AgentState(user=user, state=agent.doing.state, since=at, reason=agent.doing.reason)
                try:
                    events = telling.tell(state)
                except UntellableError as error:
                    failure = str(error)
            for stream, event in events:
                sorting.add(stream, at, json.dumps(event, separators=(",", ":")))
            useful.update(ended if events else ())
            taking.settle(said, worth, failure, is_new=bool(events))
    account.converted += len(useful)
    account.skipped += len(ends) - len(useful)


def _in_order(
    moments: Iterator[tuple[datetime, list[Said]]], ends: Sequence[tuple[int, datetime]]
) -> Iterator[tuple[datetime, list[int], list[Said]]]:
    """Yield what is said of an agent, and which records end something for all agents, in the order of times."""
    left = [(at, [number for number, _ in same]) for at, same in groupby(ends, key=lambda end: end[1])]
    for at, said in moments:
        while left and left[0][0] < at:
            yield *left.pop(0), []
        yield at, left.pop(0)[1] if left and left[0][0] == at else [], said
    for end in left:
        yield *end, []
