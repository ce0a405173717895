"""From the records of another platform to events that can be published."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from airflow.providers.common.compat.sdk import BaseOperator

from airflow_provider_genesys.hooks.genesys_cloud import GenesysCloudHook
from airflow_provider_genesys.hooks.mixin import GenesysCloudHookMixin
from airflow_provider_genesys.links import ACCOUNT_LINKS
from airflow_provider_genesys.tasks.converting import RULES
from airflow_provider_genesys.tasks.failures import fail_without_retry
from airflow_provider_genesys.tasks.lineage import LineageMixin, of_conversion
from airflow_provider_genesys.tasks.metrics import count_conversion
from airflow_provider_genesys.tasks.summaries import at_every_end, push_texts

if TYPE_CHECKING:
    from datetime import timedelta

    from airflow.providers.common.compat.sdk import Context, XComArg

    from airflow_provider_genesys.api.genesys_cloud import GenesysCloudClient
    from airflow_provider_genesys.arguments import AnyPath, ArgumentRule
    from airflow_provider_genesys.mapping.rules import StateMapRow
    from airflow_provider_genesys.tasks.checked import Rendered
    from airflow_provider_genesys.tasks.converting import Conversion


class GenesysCloudConvertRecordsOperator(GenesysCloudHookMixin, LineageMixin, BaseOperator):
    """Make events of another platform's records, by a mapping file, and account for each record.

    They are conversation events, or, where the mapping's shape is ``states``, presence and routing status events.

    Each record ends as *converted*, *skipped* because the mapping does not want it, *superseded* by a newer version of
    itself, *held back* because it has not ended or may still change, or *rejected*; these are kept with their file,
    line and reason, and can be given as ``records`` again. The events are in time order, and have the same ids
    whenever they are made. Nothing is sent: each file of events is the ``source`` of a publish.

    With a ``state_path`` runs know of each other: what one has told the next ones do not tell again, what it holds back
    they read by themselves, and of a conversation that is corrected later only events that are new are told. Each agent
    goes on from where the run before left it. A run that is cleared and comes again gives the same files. The state is
    for one run at a time: give the Dag ``max_active_runs=1``.

    .. seealso:: :ref:`howto/operator:GenesysCloudConvertRecordsOperator`

    :param records: a path or glob on any store that Airflow knows, a list of these, or a list of at most 10,000 records
        as dictionaries. Files hold what the mapping says, plain or gzipped, or an earlier conversion's rejects.
        (templated)
    :param mapping: path of the mapping file, YAML; a relative one is beside the Dag's file. Or the name of
        one that comes with the provider, such as ``amazon_connect``. (templated)
    :param directory: path of a YAML or CSV file with the ids of the platform's names; a relative one is beside the
        Dag's file. ``organization`` looks all names up in the organisation, and a file may say which names are. Without
        it the records' names must be ids of Genesys Cloud's. (templated)
    :param source_id: id of the source platform in Genesys Cloud, where there is no directory's file that has it; in the
        organisation by default its one active presence source. Of states the presence source's, also beside a file.
        (templated)
    :param presence_map: for states: rules that come before those of the mapping file, of which the first that matches
        wins; path of a YAML list, relative to the Dag's file, or a list of mappings with ``state``, ``reason``,
        ``presence`` and ``routing_status``. (templated)
    :param destination: folder, on any store, for ``events.jsonl``, ``rejects.jsonl``, ``held-back.jsonl`` and
        ``corrections.jsonl``; of states ``user_presences.jsonl`` and ``user_routing_statuses.jsonl`` are in the place
        of the first. They are written over what was there. (templated)
    :param max_rejected: how many records, or which share of all (``"0.5%"``), may be rejected without failing the task.
        It fails after the files are written; the state does not move then. (templated)
    :param settle: for how long a record may still change, such as ``"2h"``: younger ones are held back. A record's age
        is that of its version, if that is a time with a zone, else of the last time in it; of a state since when it is
        so. (templated)
    :param state_path: the state's file, on a store that outlives the worker; the same in every run. (templated)
    :param genesys_cloud_conn_id: id of the connection to the organisation, for a directory that looks names up; no
        other needs one. (templated)
    :return: the summary, also pushed as XCom ``summary`` at every end: the paths ``events``, ``rejects``,
        ``held_back_file`` and ``corrections``, ``None`` as long as they are not written, and each an XCom of this key
        when they are; ``records, converted, skipped, superseded, held_back, rejected, corrected_late, contradicted,
        events_written, conversations``. Of states ``events`` is ``None``, and there are the paths ``user_presences``
        and ``user_routing_statuses``, named as the streams, and ``routing_statuses_written``. For people, see
        :doc:`/summaries`: ``kind, reasons``.
    """

    operator_extra_links: Any = ACCOUNT_LINKS

    template_fields: Sequence[str] = (
        "records",
        "mapping",
        "directory",
        "source_id",
        "presence_map",
        "destination",
        "max_rejected",
        "settle",
        "state_path",
        "genesys_cloud_conn_id",
    )
    template_fields_renderers: ClassVar[dict[str, str]] = {"records": "json", "presence_map": "json"}
    argument_rules: ClassVar[Mapping[str, ArgumentRule]] = RULES

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
        settle: timedelta | str | XComArg | None = None,
        state_path: AnyPath | XComArg | None = None,
        genesys_cloud_conn_id: str | XComArg = GenesysCloudHook.default_conn_name,
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
        self.genesys_cloud_conn_id = genesys_cloud_conn_id
        self.settle: Rendered = settle
        self.state_path: Rendered = state_path
        self._conversion: Conversion | None = None

    def execute(self, context: Context) -> dict[str, Any]:
        """Convert the records."""
        self.push_link(context, connects=False)
        with at_every_end(context, self._summary), fail_without_retry(None):
            try:
                self.read_arguments()
                self._conversion = self._make_conversion(context)
                summary = self._conversion.convert()
                push_texts(context, summary)
                return summary
            finally:
                if self._conversion is not None:
                    count_conversion(self._conversion.summary)
                    self.tell_lineage(partial(of_conversion, self._conversion))

    def _make_conversion(self, context: Context) -> Conversion:
        from airflow_provider_genesys.tasks.artifacts import describe_task  # noqa: PLC0415 - only here
        from airflow_provider_genesys.tasks.converting import Conversion  # noqa: PLC0415

        run, try_number = describe_task(context)
        return Conversion(
            records=self.records,
            mapping=self.mapping,
            directory=self.directory,
            source_id=self.source_id,
            presence_map=self.presence_map,
            destination=self.destination,
            max_rejected=self.max_rejected,
            settle=self.settle,
            state_path=self.state_path,
            run=run,
            try_number=try_number,
            context=context,
            connect=partial(self._connect, context),
        )

    def _summary(self) -> dict[str, Any]:
        """Return the account; there is one also where an argument is wrong."""
        from airflow_provider_genesys.tasks.converting import nothing_to_tell  # noqa: PLC0415 - not parsing

        return nothing_to_tell() if self._conversion is None else self._conversion.summary

    def _connect(self, context: Context) -> GenesysCloudClient:
        """Return the client, for a directory that looks names up."""
        self.push_link(context)
        return self.hook.get_conn()
