"""What becomes of a record that tells what an agent does, or of all of an agent's: for a person who wants to see it."""

from __future__ import annotations

import json
from collections import Counter
from io import BytesIO
from typing import TYPE_CHECKING, Any, NamedTuple

from airflow_provider_genesys.exceptions import GenesysConfigError
from airflow_provider_genesys.interactions.checks import UntellableError
from airflow_provider_genesys.interactions.converting_states import RecordFate, convert_states
from airflow_provider_genesys.interactions.explaining import FATES, Explanation
from airflow_provider_genesys.interactions.reading import read_rows
from airflow_provider_genesys.interactions.scope import BadValueError
from airflow_provider_genesys.interactions.wording import state_events_in_words, state_in_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from airflow_provider_genesys.interactions.converting import Inputs
    from airflow_provider_genesys.interactions.directory import Directory
    from airflow_provider_genesys.interactions.mapping_file import RecordMapping
    from airflow_provider_genesys.interactions.rows import Row
    from airflow_provider_genesys.interactions.state_rows import StateRow
    from airflow_provider_genesys.interactions.state_telling import PresenceRules


class _Found(NamedTuple):
    """A record with what it tells, if it can be understood.

    :param agent: the id of the agent whom it is about; ``None`` where it is about all of them.
    :param failure: why it cannot be understood.
    """

    row: Row
    state: StateRow | None
    agent: str | None
    failure: str = ""


def explain_states(
    inputs: Inputs, mapping: RecordMapping, directory: Directory, rules: PresenceRules, wanted: str
) -> Explanation:
    """Explain a record, or all of one agent; nothing is written.

    All of the agent's records are converted by the code that converts all, so that they become what they do there.

    :param inputs: what to read; it is read twice.
    :param rules: the presence map.
    :param wanted: the agent's name in the records, or its id; the record's id, where it has one; else the line where
        it begins, such as ``12`` or ``states.csv:12``.
    :raises GenesysConfigError: there is no such record; or as :func:`convert_states` does.
    :raises GenesysError: as :func:`convert_states` does.
    """
    inputs = list(inputs)
    target, is_agent = _target(inputs, mapping, directory, wanted)
    if target.state is None:
        records: list[_Found] = [target]
    else:
        records = [each for each in _records(inputs, mapping, directory) if _matters(each, target.agent)]
    fates, events = _converted(records, mapping, directory, rules)
    shown = [each for each in records if (is_agent and each.agent is not None) or each.row[:2] == target.row[:2]]
    moments = {_moment(each) for each in shown}
    told = events if is_agent else [event for event in events if event["eventDateTime"] in moments]
    numbers = {id(each): number for number, each in enumerate(records, 1)}
    ends = [fates[numbers[id(each)]] for each in shown]
    account: Counter[str] = Counter(end.fate for end in ends)
    names = {each.agent: each.state.user for each in records if each.agent and each.state and each.state.user}
    return Explanation(
        tuple(_as_shown(each) for each in shown),
        {fate: account[fate] for fate in FATES},
        tuple(dict.fromkeys(end.reason for end in ends if end.reason)),
        tuple(told),
        tuple(state_events_in_words(told, names)),
    )


def _matters(found: _Found, agent: str | None) -> bool:
    """Tell whether a record bears on an agent; on one that is about all of them, if that is meant, all do."""
    return found.state is not None and (agent is None or found.agent in (None, agent))


def _target(inputs: Inputs, mapping: RecordMapping, directory: Directory, wanted: str) -> tuple[_Found, bool]:
    """Return the record that is meant, and whether all of its agent are."""
    file, _, line = wanted.rpartition(":")
    at_line: _Found | None = None
    for found in _records(inputs, mapping, directory):
        state = found.state
        if state is not None and wanted in (state.user, found.agent):
            return found, True
        if state is not None and wanted == state.id:
            return found, False
        if at_line is None and line == str(found.row.line) and found.row.file.endswith(file):
            at_line = found
    if at_line is None:
        raise GenesysConfigError(f"no record is of an agent {wanted!r} or has this id, and none begins at such a line")
    return at_line, False


def _records(inputs: Inputs, mapping: RecordMapping, directory: Directory) -> Iterator[_Found]:
    for name, content in inputs:
        for row in read_rows(name, content, mapping):
            yield _found(row, mapping, directory)


def _found(row: Row, mapping: RecordMapping, directory: Directory) -> _Found:
    if row.record is None:
        return _Found(row, None, None, f"nothing that can be read: {row.reason}")
    try:
        if mapping.skips(row.record):
            return _Found(row, None, None, "nothing that is wanted, by only and skip of the mapping")
        if mapping.states is None:
            raise ValueError(f"{mapping.file}: its shape is not states")
        state = mapping.states.row(row.record)
        return _Found(row, state, None if state.user is None else directory.user(state.user))
    except (BadValueError, UntellableError) as error:
        return _Found(row, None, None, f"nothing that can be understood: {error}")


def _converted(
    records: Sequence[_Found], mapping: RecordMapping, directory: Directory, rules: PresenceRules
) -> tuple[dict[int, RecordFate], list[dict[str, Any]]]:
    """Return what becomes of each record, by its number, and the events in the order of their times."""
    fates: dict[int, RecordFate] = {}
    if [each.row.record for each in records] == [None]:
        return {1: RecordFate("rejected", records[0].row.reason)}, []
    files = [BytesIO(), BytesIO(), BytesIO()]
    convert_states(
        [("", [each.row for each in records])],
        mapping,
        directory,
        rules,
        user_presences=files[0],
        user_routing_statuses=files[1],
        rejects=files[2],
        fates=fates,
    )
    events = [json.loads(line) for file in files[:2] for line in file.getvalue().splitlines()]
    return fates, sorted(events, key=lambda event: str(event["eventDateTime"]))


def _moment(found: _Found) -> str | None:
    if found.state is None:
        return None
    return f"{found.state.since.replace(tzinfo=None).isoformat(timespec='milliseconds')}Z"


def _as_shown(found: _Found) -> dict[str, Any]:
    row, state = found.row, found.state
    said = [found.failure] if state is None else [state_in_words(state)]
    return {
        "file": row.file,
        "line": row.line,
        "record": row.text if row.record is None else row.record,
        "understood": said,
    }
