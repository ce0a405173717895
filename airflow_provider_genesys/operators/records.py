"""From the records of another platform to events that can be published."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from airflow.providers.common.compat.sdk import BaseOperator

from airflow_provider_genesys.arguments import (
    AMOUNT,
    FOLDER,
    PATH,
    ROWS,
    SOURCE,
    TEXT,
    AnyPath,
    ArgumentRule,
    amount_of,
    optional,
)
from airflow_provider_genesys.exceptions import GenesysConfigError, GenesysRecordsRejectedError
from airflow_provider_genesys.files.refusals import visible_path
from airflow_provider_genesys.tasks.checked import CheckedArgumentsMixin
from airflow_provider_genesys.tasks.failures import fail_without_retry
from airflow_provider_genesys.tasks.paths import input_opener, output_path

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import Context, XComArg

    from airflow_provider_genesys.interactions.directory import Directory
    from airflow_provider_genesys.mapping.rules import StateMapRow
    from airflow_provider_genesys.tasks.checked import Rendered


class GenesysCloudConvertRecordsOperator(CheckedArgumentsMixin, BaseOperator):
    """Make events of another platform's records, by a mapping file, and account for each record.

    They are conversation events, or, where the mapping's shape is ``states``, presence and routing status events.

    Each record ends as *converted*, *skipped* because the mapping does not want it, *superseded* by a newer version of
    itself, *held back* because it has not ended, or *rejected*; these are kept with their file, line and reason, and
    can be given as ``records`` again. The events are in time order, and have the same ids whenever they are made.
    Nothing is sent: each file of events is the ``source`` of a publish.

    .. seealso:: :ref:`howto/operator:GenesysCloudConvertRecordsOperator`

    :param records: a path or glob on any store that Airflow knows, a list of these, or a list of at most 10,000 records
        as dictionaries. Files hold what the mapping says, plain or gzipped, or an earlier conversion's rejects.
        (templated)
    :param mapping: path of the mapping file, YAML; a relative one is beside the Dag's file. ``amazon_connect`` is the
        one that comes with the provider. (templated)
    :param directory: path of a YAML or CSV file with the ids of the platform's names; a relative one is beside the
        Dag's file. Without it the records' names must be ids of Genesys Cloud's. (templated)
    :param source_id: id of the source platform in Genesys Cloud, where there is no directory that has it; of states the
        presence source's, also beside a directory. (templated)
    :param presence_map: for states: rules that come before those of the mapping file, of which the first that matches
        wins; path of a YAML list, relative to the Dag's file, or a list of mappings with ``state``, ``reason``,
        ``presence`` and ``routing_status``. (templated)
    :param destination: folder, on any store, for ``events.jsonl``, ``rejects.jsonl`` and ``held-back.jsonl``; of states
        for ``user_presences.jsonl``, ``user_routing_statuses.jsonl`` and ``rejects.jsonl``. They are written over what
        was there. (templated)
    :param max_rejected: how many records, or which share of all (``"0.5%"``), may be rejected without failing the task.
        It fails after the files are written. (templated)
    :return: the summary, also pushed as XCom ``summary`` at every end: the paths ``events``, ``rejects`` and
        ``held_back_file``, ``None`` as long as they are not written; ``records, converted, skipped, superseded,
        held_back, rejected, events_written, conversations``. Of states there are no ``events`` and no
        ``held_back_file``, but the paths ``user_presences`` and ``user_routing_statuses``, named as the streams.
    """

    template_fields: Sequence[str] = (
        "records",
        "mapping",
        "directory",
        "source_id",
        "presence_map",
        "destination",
        "max_rejected",
    )
    template_fields_renderers: ClassVar[dict[str, str]] = {"records": "json", "presence_map": "json"}
    argument_rules: ClassVar[Mapping[str, ArgumentRule]] = {
        "records": SOURCE,
        "mapping": PATH,
        "directory": optional(PATH, blank=True),
        "source_id": optional(TEXT, blank=True),
        "presence_map": optional(PATH | ROWS, blank=True),
        "destination": FOLDER,
        "max_rejected": AMOUNT,
    }

    def __init__(
        self,
        *,
        records: AnyPath
        | Mapping[str, Any]
        | XComArg
        | Sequence[AnyPath | Mapping[str, Any] | XComArg | Sequence[Any]],
        mapping: AnyPath | XComArg,
        destination: AnyPath | XComArg,
        directory: AnyPath | XComArg | None = None,
        source_id: str | XComArg | None = None,
        presence_map: AnyPath | Sequence[StateMapRow] | XComArg | None = None,
        max_rejected: float | str | XComArg = 0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.records: Rendered = records
        self.mapping: Rendered = mapping
        self.destination: Rendered = destination
        self.directory: Rendered = directory
        self.source_id: Rendered = source_id
        self.presence_map: Rendered = presence_map
        self.max_rejected: Rendered = max_rejected

    def execute(self, context: Context) -> dict[str, Any]:
        """Convert the records."""
        from airflow_provider_genesys.interactions.converting import nothing_converted  # noqa: PLC0415 - not parsing

        summary = nothing_converted()
        with fail_without_retry(None):
            try:
                self.read_arguments()
                summary = self._convert(context)
                if summary["rejected"] > amount_of(self.max_rejected, summary["records"]):
                    raise GenesysRecordsRejectedError(
                        f"{summary['rejected']:,} of {summary['records']:,} records are rejected, and max_rejected is "
                        f"{self.max_rejected}. They are in {visible_path(summary['rejects'])}, each with its reason",
                        summary,
                    )
                return summary
            finally:
                context["ti"].xcom_push(key="summary", value=summary)

    def _convert(self, context: Context) -> dict[str, Any]:
        """Read the two files, and convert; only here the jobs meet: what finds a publish's inputs finds these."""
        from airflow_provider_genesys.events.inputs import find_inputs  # noqa: PLC0415
        from airflow_provider_genesys.interactions.converting import convert_to  # noqa: PLC0415
        from airflow_provider_genesys.interactions.converting_states import convert_states_to  # noqa: PLC0415
        from airflow_provider_genesys.interactions.mapping_file import read_mapping, shipped_mapping  # noqa: PLC0415
        from airflow_provider_genesys.tasks.presence_rules import presence_rules  # noqa: PLC0415

        path = shipped_mapping(str(self.mapping)) or input_opener("mapping", context)(self.mapping)
        mapping = read_mapping(path)
        directory = self._directory(context, of_states=mapping.states is not None)
        folder = output_path("destination", self.destination, FOLDER.wanted)
        inputs = find_inputs(self.records, input_opener("records", context), "records")
        rules = presence_rules(mapping, self.presence_map, input_opener("presence_map", context))
        if rules is not None:
            return convert_states_to(folder, inputs, mapping, directory, rules)
        return convert_to(folder, inputs, mapping, directory)

    def _directory(self, context: Context, *, of_states: bool) -> Directory:
        from airflow_provider_genesys.interactions.directory import Directory, read_directory  # noqa: PLC0415

        if self.directory is not None:
            if self.source_id is not None and not of_states:
                raise GenesysConfigError("source_id is for where there is no directory, which has one itself")
            directory = read_directory(input_opener("directory", context)(self.directory))
            return directory if self.source_id is None else replace(directory, source_id=self.source_id)
        if self.source_id is None:
            raise GenesysConfigError("give a directory, or source_id, the id of the source platform in Genesys Cloud")
        return Directory(source_id=self.source_id)
