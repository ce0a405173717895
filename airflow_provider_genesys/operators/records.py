"""From the records of another platform to events that can be published."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from airflow.providers.common.compat.sdk import BaseOperator

from airflow_provider_genesys.arguments import (
    AMOUNT,
    FOLDER,
    PATH,
    SOURCE,
    TEXT,
    AnyPath,
    ArgumentRule,
    amount_of,
    optional,
)
from airflow_provider_genesys.exceptions import GenesysRecordsRejectedError
from airflow_provider_genesys.files.refusals import visible_path
from airflow_provider_genesys.hooks.genesys_cloud import GenesysCloudHook, GenesysCloudHookMixin
from airflow_provider_genesys.tasks.failures import fail_without_retry
from airflow_provider_genesys.tasks.paths import input_opener, output_path

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import Context, XComArg

    from airflow_provider_genesys.api.genesys_cloud import GenesysCloudClient
    from airflow_provider_genesys.tasks.checked import Rendered


class GenesysCloudConvertRecordsOperator(GenesysCloudHookMixin, BaseOperator):
    """Make conversation events of another platform's records, by a mapping file, and account for each record.

    Each record ends as *converted*, *skipped* because the mapping does not want it, *superseded* by a newer version of
    itself, *held back* because it has not ended, or *rejected*; these are kept with their file, line and reason, and
    can be given as ``records`` again. The events are in time order, and have the same ids whenever they are made.
    Nothing is sent: the file of events is the ``source`` of a publish.

    .. seealso:: :ref:`howto/operator:GenesysCloudConvertRecordsOperator`

    :param records: a path or glob on any store that Airflow knows, a list of these, or a list of at most 10,000 records
        as dictionaries. Files hold what the mapping says, plain or gzipped, or an earlier conversion's rejects.
        (templated)
    :param mapping: path of the mapping file, YAML; a relative one is beside the Dag's file. ``amazon_connect`` is the
        one that comes with the provider. (templated)
    :param directory: path of a YAML or CSV file with the ids of the platform's names; a relative one is beside the
        Dag's file. ``organization`` looks all names up in the organisation, and a file may say which names are. Without
        it the records' names must be ids of Genesys Cloud's. (templated)
    :param source_id: id of the source platform in Genesys Cloud, where there is no directory's file that has it; in the
        organisation by default its one active presence source. (templated)
    :param destination: folder, on any store, for ``events.jsonl``, ``rejects.jsonl`` and ``held-back.jsonl``, which are
        written over what was there. (templated)
    :param max_rejected: how many records, or which share of all (``"0.5%"``), may be rejected without failing the task.
        It fails after the files are written. (templated)
    :param genesys_cloud_conn_id: id of the connection to the organisation, for a directory that looks names up; no
        other needs one. (templated)
    :return: the summary, also pushed as XCom ``summary`` at every end: the paths ``events``, ``rejects`` and
        ``held_back_file``, ``None`` as long as they are not written, and each an XCom of this key when they are;
        ``records, converted, skipped, superseded, held_back, rejected, events_written, conversations``.
    """

    template_fields: Sequence[str] = (
        "records",
        "mapping",
        "directory",
        "source_id",
        "destination",
        "max_rejected",
        "genesys_cloud_conn_id",
    )
    template_fields_renderers: ClassVar[dict[str, str]] = {"records": "json"}
    argument_rules: ClassVar[Mapping[str, ArgumentRule]] = {
        "records": SOURCE,
        "mapping": PATH,
        "directory": optional(PATH, blank=True),
        "source_id": optional(TEXT, blank=True),
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
        max_rejected: float | str | XComArg = 0,
        genesys_cloud_conn_id: str | XComArg = GenesysCloudHook.default_conn_name,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.records: Rendered = records
        self.mapping: Rendered = mapping
        self.destination: Rendered = destination
        self.directory: Rendered = directory
        self.source_id: Rendered = source_id
        self.max_rejected: Rendered = max_rejected
        self.genesys_cloud_conn_id = genesys_cloud_conn_id

    def execute(self, context: Context) -> dict[str, Any]:
        """Convert the records."""
        from airflow_provider_genesys.interactions.converting import nothing_converted  # noqa: PLC0415 - not parsing

        summary = nothing_converted()
        with fail_without_retry(None):
            try:
                self.read_arguments()
                summary = self._convert(context)
                for file in ("events", "rejects", "held_back_file"):  # for task.output["events"]
                    context["ti"].xcom_push(key=file, value=summary[file])
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
        from airflow_provider_genesys.interactions.directory import given_directory  # noqa: PLC0415
        from airflow_provider_genesys.interactions.mapping_file import read_mapping, shipped_mapping  # noqa: PLC0415

        path = shipped_mapping(str(self.mapping)) or input_opener("mapping", context)(self.mapping)
        mapping = read_mapping(path)
        directory = given_directory(
            self.directory,
            self.source_id,
            open_path=input_opener("directory", context),
            connect=partial(self._connect, context),
        )
        folder = output_path("destination", self.destination, FOLDER.wanted)
        inputs = find_inputs(self.records, input_opener("records", context), "records")
        return convert_to(folder, inputs, mapping, directory)

    def _connect(self, context: Context) -> GenesysCloudClient:
        """Return the client, for a directory that looks names up."""
        self.push_link(context)
        return self.hook.get_conn()
