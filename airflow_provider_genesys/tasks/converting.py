"""What converts records, put together of its parts: the same in an operator, a transfer and a hook's call."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from airflow_provider_genesys.arguments import (
    AMOUNT,
    DURATION,
    FILE,
    FOLDER,
    PATH,
    ROWS,
    SOURCE,
    TEXT,
    AnyPath,
    ArgumentRule,
    optional,
)
from airflow_provider_genesys.tasks.paths import input_opener, output_path

if TYPE_CHECKING:
    from datetime import timedelta

    from airflow_provider_genesys.interactions.conversion import Prepared
    from airflow_provider_genesys.interactions.converting import Inputs
    from airflow_provider_genesys.interactions.directory import Directory
    from airflow_provider_genesys.interactions.mapping_file import RecordMapping
    from airflow_provider_genesys.interactions.organization import Connect
    from airflow_provider_genesys.interactions.state import State
    from airflow_provider_genesys.interactions.state_telling import PresenceRules
    from airflow_provider_genesys.mapping.rules import StateMap

# What converts is imported in functions: Dags are parsed often and convert nothing while they are.

INPUT_RULES: Mapping[str, ArgumentRule] = {
    "records": SOURCE,
    "mapping": PATH,
    "directory": optional(PATH),
    "source_id": optional(TEXT, blank=True),
    "max_rejected": AMOUNT,
    "settle": optional(DURATION, blank=True),
    "state_path": optional(FILE),
    "presence_map": optional(PATH | ROWS),
}
"""What the arguments may be that an operator, a transfer and a hook's call have in common."""
RULES: Mapping[str, ArgumentRule] = {**INPUT_RULES, "destination": FOLDER}


class Conversion:
    """Converts records once.

    :param records: as those of
        :class:`~airflow_provider_genesys.operators.records.GenesysCloudConvertRecordsOperator`, and so is all that
        follows, read by :data:`RULES`.
    :param run: names the run in the state.
    :param try_number: which try it is, for messages.
    :param context: context of the running task, if there is one.
    :param connect: returns the client, where names are looked up in the organisation.
    """

    def __init__(
        self,
        *,
        records: Any,
        mapping: AnyPath,
        directory: AnyPath | None,
        source_id: str | None,
        destination: AnyPath,
        max_rejected: float | str,
        settle: timedelta | None,
        state_path: AnyPath | None,
        run: str,
        try_number: int,
        context: Mapping[str, Any] | None,
        connect: Connect,
        presence_map: StateMap | None = None,
    ) -> None:
        from airflow_provider_genesys.interactions.conversion import Prepared  # noqa: PLC0415

        self.summary = nothing_to_tell()
        self.inputs: list[str] = []
        self._max_rejected = max_rejected
        self._settle = settle
        understood, rules = understood_at(mapping, records, presence_map, context)
        its = directory_of(directory, source_id, context, connect, of_states=rules is not None)
        self._prepared = Prepared(inputs_of(records, context), understood, its, rules)
        self._folder = output_path("destination", destination, FOLDER.wanted)
        self._state = state_at(state_path, self._prepared.directory, run=run, try_number=try_number)

    def convert(self) -> dict[str, Any]:
        """Convert, and return the summary; the state moves when the files are whole and not too much is rejected.

        :raises GenesysRecordsRejectedError: too much is; the files are written, and the state stays as it is, so that
            what is held back in it is not lost.
        :raises GenesysError: as :func:`airflow_provider_genesys.interactions.conversion.converted` does.
        """
        from airflow_provider_genesys.interactions.conversion import converted, refuse_rejected  # noqa: PLC0415
        from airflow_provider_genesys.interactions.rejected import for_people  # noqa: PLC0415

        self.inputs = names_of(self._prepared)
        if self._state is not None:
            self._state.take()
        with converted(
            self._folder, self._prepared, state=self._state, settle=self._settle, argument="destination"
        ) as (account, told, reasons):
            self.summary = for_people(account, reasons)
            refuse_rejected(self.summary, self._max_rejected)
            if self._state is not None and told is not None:
                self._state.move(told)
        return self.summary


def nothing_to_tell() -> dict[str, Any]:
    """Return the summary of a conversion that did not come so far."""
    from airflow_provider_genesys.interactions.converting import nothing_converted  # noqa: PLC0415
    from airflow_provider_genesys.interactions.rejected import for_people  # noqa: PLC0415

    return for_people(nothing_converted(), [])


def understood_at(
    mapping: AnyPath, records: Any, presence_map: StateMap | None, context: Mapping[str, Any] | None
) -> tuple[RecordMapping, PresenceRules | None]:
    """Read the mapping, and the rules for its states; ``None`` if it is about interactions.

    :param records: whose columns are looked at if the mapping has mistakes.
    :raises GenesysError: there is no mapping, or it or the rules have mistakes.
    """
    from airflow_provider_genesys.interactions.conversion import mapping_for  # noqa: PLC0415
    from airflow_provider_genesys.tasks.presence_rules import mistakes_in_rules, presence_rules  # noqa: PLC0415

    opener, check_rules = input_opener("mapping", context), partial(mistakes_in_rules, is_given=bool(presence_map))
    understood = mapping_for(mapping, opener, lambda: inputs_of(records, context), check_rules)
    return understood, presence_rules(understood, presence_map, input_opener("presence_map", context))


def inputs_of(records: Any, context: Mapping[str, Any] | None) -> Inputs:
    """Find the records; only here the jobs meet: what finds a publish's inputs finds these.

    :raises GenesysError: there are none.
    """
    from airflow_provider_genesys.events.inputs import find_inputs  # noqa: PLC0415

    return find_inputs(records, input_opener("records", context), "records", things="records")


def names_of(prepared: Prepared) -> list[str]:
    """Return the names of the files that are read; none for records that are given as data."""
    from airflow_provider_genesys.events.inputs import INLINE_RECORDS  # noqa: PLC0415

    return [name for name, _ in prepared.inputs if name != INLINE_RECORDS]


def directory_of(
    directory: AnyPath | None,
    source_id: str | None,
    context: Mapping[str, Any] | None,
    connect: Connect,
    *,
    of_states: bool = False,
) -> Directory:
    """Read the directory, or make one that has only the source platform's id.

    :param connect: returns the client, where names are looked up in the organisation.
    :param of_states: whether source_id may be another source beside a file, to which states go.
    :raises GenesysConfigError: there is neither or there are both, or the directory has mistakes.
    """
    from airflow_provider_genesys.interactions.directory import given_directory  # noqa: PLC0415

    opener = input_opener("directory", context)
    return given_directory(directory, source_id, open_path=opener, connect=connect, of_states=of_states)


def state_at(state_path: AnyPath | None, directory: Directory, *, run: str, try_number: int) -> State | None:
    """Return the state on a path, if there is one.

    :param run: names the run in it.
    """
    if state_path is None:
        return None
    from airflow_provider_genesys.interactions.state import State  # noqa: PLC0415

    return State(output_path("state_path", state_path), directory.source_id, key=run, try_number=try_number)
