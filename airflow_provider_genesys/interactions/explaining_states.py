"""What becomes of a record that tells what an agent does, or of all of an agent's: for a person who wants to see it."""

from __future__ import annotations

import json
from collections import Counter
from io import BytesIO
from typing import TYPE_CHECKING, Any, NamedTuple

from airflow_provider_genesys.exceptions import GenesysConfigError
from airflow_provider_genesys.interactions.account import FATES
from airflow_provider_genesys.interactions.checks import UntellableError
from airflow_provider_genesys.interactions.converting import rows_of
from airflow_provider_genesys.interactions.converting_states import RecordFate, convert_states
from airflow_provider_genesys.interactions.explaining import Explanation, as_shown, find_record
from airflow_provider_genesys.interactions.scope import BadValueError
from airflow_provider_genesys.interactions.wording import (
    known_in_words,
    state_events_in_words,
    state_in_words,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from airflow_provider_genesys.interactions.converting import Inputs
    from airflow_provider_genesys.interactions.directory import Directory
    from airflow_provider_genesys.interactions.mapping_file import RecordMapping
    from airflow_provider_genesys.interactions.rows import Row
    from airflow_provider_genesys.interactions.state_rows import StateRow
    from airflow_provider_genesys.interactions.state_telling import PresenceRules


class _Found(NamedTuple):
    """A record with what it tells.

    :param state: what it tells, if that is wanted and can be understood.
    :param name: the agent whom it names.
    :param agent: the id of the agent whom it is about; ``None`` where that is not known, or it is about all of them.
    :param failure: why nothing is told of it.
    """

    row: Row
    state: StateRow | None
    name: str | None
    agent: str | None
    failure: str = ""

    @property
    def is_about_all(self) -> bool:
        """Whether it is about all agents."""
        return self.state is not None and self.state.user is None

    def is_of_same(self, other: _Found) -> bool:
        """Tell whether another record is about the same agent."""
        if self.is_about_all or other.is_about_all:
            return False
        return other.name == self.name is not None or other.agent == self.agent is not None


def explain_states(
    inputs: Inputs, mapping: RecordMapping, directory: Directory, rules: PresenceRules, wanted: str
) -> Explanation:
    """Explain a record, or all of one agent; nothing is written.

    All of the agent's records are converted by the code that converts all, so that they become what they do there.

    :param inputs: what to read; it is read twice.
    :param rules: the presence map.
    :param wanted: the agent's name in the records, also of one whom the directory lacks, or its id; the record's id,
        where it has one; else the line where it begins, such as ``12`` or ``states.csv:12``; else what stands in a
        record that cannot be read.
    :raises GenesysConfigError: there is no such record; or as :func:`convert_states` does.
    :raises GenesysError: as :func:`convert_states` does.
    """
    inputs = list(inputs)
    targets, is_agent = _targets(inputs, mapping, directory, wanted)
    found = (_found(row, mapping, directory) for row in rows_of(inputs, mapping))
    records = [each for each in found if _matters(each, targets, is_agent=is_agent)]
    shown = [each for each in records if (targets[0].is_of_same(each) if is_agent else _is_one_of(each, targets))]
    fates, events = _converted(records, mapping, directory, rules)
    moments = {_moment(each) for each in shown}
    told = events if is_agent else [event for event in events if event["eventDateTime"] in moments]
    ends = [fates[id(each)] for each in shown]
    account: Counter[str] = Counter(end.fate for end in ends)
    names = {each.agent: each.name for each in records if each.agent and each.name}
    return Explanation(
        tuple(as_shown(each.row, _said(each, mapping)) for each in shown),
        {fate: account[fate] for fate in FATES},
        tuple(dict.fromkeys(end.reason for end in ends if end.reason)),
        tuple(told),
        tuple(state_events_in_words(told, names)),
    )


def _matters(found: _Found, targets: Sequence[_Found], *, is_agent: bool) -> bool:
    """Tell whether a record bears on what is meant; on one that is about all agents, all do that tell something."""
    if _is_one_of(found, targets):
        return True
    if any(each.is_of_same(found) for each in targets):
        return is_agent or found.state is not None
    return found.state is not None and (found.is_about_all or any(each.is_about_all for each in targets))


def _is_one_of(found: _Found, targets: Sequence[_Found]) -> bool:
    return any(found.row == each.row for each in targets)


def _targets(
    inputs: Inputs, mapping: RecordMapping, directory: Directory, wanted: str
) -> tuple[Sequence[_Found], bool]:
    """Return the record that is meant, or several that begin on one line, and whether all of the agent are."""
    is_agent = False

    def is_meant(row: Row) -> bool:
        nonlocal is_agent
        found = _found(row, mapping, directory)
        is_agent = not found.is_about_all and wanted in (found.name, found.agent)
        return is_agent or (row.record is not None and wanted == mapping.known_by(row.record).id)

    targets = find_record(rows_of(inputs, mapping), is_meant, wanted)
    if not targets:
        raise GenesysConfigError(f"no record is of an agent {wanted!r} or has this id, and none begins at such a line")
    return [_found(row, mapping, directory) for row in targets], is_agent


def _found(row: Row, mapping: RecordMapping, directory: Directory) -> _Found:
    if row.record is None:
        return _Found(row, None, None, None, f"nothing that can be read: {row.reason}")
    if mapping.states is None:
        raise ValueError(f"{mapping.file}: its shape is not states")
    name = mapping.known_by(row.record).user
    try:
        if (why := mapping.skipped_by(row.record)) is not None:
            return _Found(row, None, name, None, f"nothing that is wanted: it is skipped {why}")
        state = mapping.states.row(row.record)
    except BadValueError as error:
        return _Found(row, None, name, None, f"nothing that can be understood: {error}")
    try:
        return _Found(row, state, state.user, None if state.user is None else directory.user(state.user))
    except UntellableError:  # which is told by what becomes of it
        return _Found(row, state, state.user, None)


def _converted(
    records: Sequence[_Found], mapping: RecordMapping, directory: Directory, rules: PresenceRules
) -> tuple[dict[int, RecordFate], list[dict[str, Any]]]:
    """Return what becomes of each record, by what tells it from others here, and the events in their order."""
    readable = [each for each in records if each.row.record is not None]
    by_number: dict[int, RecordFate] = {}
    files = [BytesIO(), BytesIO(), BytesIO()]
    convert_states(
        [("", [each.row for each in readable])],
        mapping,
        directory,
        rules,
        user_presences=files[0],
        user_routing_statuses=files[1],
        rejects=files[2],
        fates=by_number,
    )
    fates = {id(each): RecordFate("rejected", each.row.reason) for each in records if each.row.record is None}
    fates |= {id(each): by_number[number] for number, each in enumerate(readable, 1)}
    events = [json.loads(line) for file in files[:2] for line in file.getvalue().splitlines()]
    return fates, sorted(events, key=lambda event: str(event["eventDateTime"]))


def _moment(found: _Found) -> str | None:
    if found.state is None:
        return None
    return f"{found.state.since.replace(tzinfo=None).isoformat(timespec='milliseconds')}Z"


def _said(found: _Found, mapping: RecordMapping) -> list[str]:
    """Return what a record says in words."""
    if found.state is not None:
        return [state_in_words(found.state)]
    known = [] if found.row.record is None else known_in_words(mapping.known_by(found.row.record))
    return [*known, found.failure]
