"""From Vonage Contact Center to files: interactions as its statistics have them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, ClassVar

from airflow.providers.common.compat.sdk import BaseOperator

from airflow_provider_genesys.arguments import FILE, TIME, AnyPath, ArgumentRule, optional
from airflow_provider_genesys.files.refusals import named, visible_path
from airflow_provider_genesys.hooks.vonage_contact_center import VonageContactCenterHook
from airflow_provider_genesys.tasks.checked import CheckedArgumentsMixin
from airflow_provider_genesys.tasks.failures import fail_without_retry
from airflow_provider_genesys.tasks.lineage import Dataset, Lineage, LineageMixin, of_paths
from airflow_provider_genesys.tasks.paths import output_path
from airflow_provider_genesys.tasks.summaries import at_every_end, push_texts

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import Context, XComArg

    from airflow_provider_genesys.tasks.checked import Rendered


class VonageInteractionsOperator(CheckedArgumentsMixin, LineageMixin, BaseOperator):
    """Write the interactions that Vonage Contact Center has processed since a time to a file, one a line.

    The file is the ``records`` of a
    :class:`~airflow_provider_genesys.operators.records.GenesysCloudConvertRecordsOperator`, with the mapping
    ``vonage_interactions``. All that was processed is read, in windows of at most 31 days; what was read before may
    come again, as it is by now. The connection's ``scope`` has to have ``stats`` in it.

    .. seealso:: :ref:`howto/operator:VonageInteractionsOperator`

    :param since: when to begin, a time with a zone: the ``up_to`` of the last run whose calls were told. (templated)
    :param until: when to end; by default, now. (templated)
    :param destination: file, on any store, written whole or not at all, over what was there. (templated)
    :param vonage_contact_center_conn_id: id of the connection. (templated)
    :return: the summary, also pushed as XCom ``summary`` at every end: ``interactions``, the file's path, and
        ``up_to``, the ``since`` of the next run, which are ``None`` as long as it is not written, and each an XCom of
        this key when it is; ``count``, how many there are, and ``requests``.
    """

    template_fields: Sequence[str] = ("since", "until", "destination", "vonage_contact_center_conn_id")
    argument_rules: ClassVar[Mapping[str, ArgumentRule]] = {
        "since": TIME,
        "until": optional(TIME, blank=True),
        "destination": FILE,
    }

    def __init__(
        self,
        *,
        since: str | datetime | XComArg,
        destination: AnyPath | XComArg,
        until: str | datetime | XComArg | None = None,
        vonage_contact_center_conn_id: str | XComArg = VonageContactCenterHook.default_conn_name,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.since: Rendered = since
        self.until: Rendered = until
        self.destination: Rendered = destination
        self.vonage_contact_center_conn_id: Rendered = vonage_contact_center_conn_id

    @cached_property
    def hook(self) -> VonageContactCenterHook:
        """The hook of Vonage Contact Center."""
        return VonageContactCenterHook(self.vonage_contact_center_conn_id)

    def execute(self, context: Context) -> dict[str, Any]:
        """Read the interactions."""
        from airflow_provider_genesys.api.meter import Meter  # noqa: PLC0415 - not while Dags are parsed

        meter = Meter()
        summary: dict[str, Any] = {"interactions": None, "up_to": None, "count": 0, "requests": 0}
        with at_every_end(context, lambda: summary), fail_without_retry(self.vonage_contact_center_conn_id):
            try:
                self.read_arguments()
                self._read(summary, meter)
                push_texts(context, summary)
                return summary
            finally:
                summary["requests"] = meter.requests
                self.tell_lineage(partial(self._lineage_of, summary))

    def _lineage_of(self, summary: Mapping[str, Any]) -> Lineage:
        """Return from where to where it went, with what was read."""
        written = [summary["interactions"]] if summary["interactions"] else []
        return Lineage(
            (Dataset(self.hook.get_connection_settings().api_url, "stats/interactions"),),
            of_paths(written),
            {"interactions": summary["count"], "requests": summary["requests"]},
            rows=summary["count"] if written else None,
        )

    def _read(self, summary: dict[str, Any], meter: Any) -> None:
        from airflow_provider_genesys.files.canonical import utf_8  # noqa: PLC0415
        from airflow_provider_genesys.files.storage import writing  # noqa: PLC0415

        path = output_path("destination", self.destination)
        reading = self.hook.get_conn().view(meter=meter).read_interactions(self.since, self.until)
        with named("destination", path), writing(path) as file:
            for interaction in reading:
                file.write(utf_8(json.dumps(interaction, ensure_ascii=False, separators=(",", ":")) + "\n"))
                summary["count"] += 1
        summary["interactions"] = visible_path(path)
        summary["up_to"] = reading.up_to.isoformat(timespec="milliseconds")
