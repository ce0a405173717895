"""Before a run: say what is missing, all at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from airflow.providers.common.compat.sdk import BaseOperator

from airflow_provider_genesys.arguments import PATH, SOURCE, TEXT, AnyPath, ArgumentRule, optional
from airflow_provider_genesys.hooks.genesys_cloud import GenesysCloudHook
from airflow_provider_genesys.hooks.mixin import GenesysCloudHookMixin
from airflow_provider_genesys.tasks.failures import fail_without_retry
from airflow_provider_genesys.tasks.paths import input_opener
from airflow_provider_genesys.tasks.preflight import make_preflight
from airflow_provider_genesys.tasks.summaries import at_every_end

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import Context, XComArg

    from airflow_provider_genesys.api.operations.names import GenesysCloudOperationName
    from airflow_provider_genesys.events.settings import StreamName
    from airflow_provider_genesys.preflight.references import ReferenceRow
    from airflow_provider_genesys.tasks.checked import Rendered, Template


class GenesysCloudPreflightOperator(GenesysCloudHookMixin, BaseOperator):
    """Look before a run whether everything is there that it needs, and fail with all that is not, at once.

    It looks at the credentials, the organisation, the permissions of ``operations``, the presence source, and whether
    the presence definitions, sources and users that ``source`` and ``references`` refer to exist and are active; and
    whether ``mapping`` and ``directory`` are fit for a conversion. It reads only.

    .. seealso:: :ref:`howto/operator:GenesysCloudPreflightOperator`

    :param operations: names of operations whose permissions the client must have, such as ``postEventsConversations``.
        (templated)
    :param source: an input to be published later, in all forms that
        :class:`~airflow_provider_genesys.operators.events.GenesysCloudPublishEventsOperator` takes. (templated)
    :param stream: what the events of ``source`` are; needed with it. (templated)
    :param references: what later tasks refer to besides, as dictionaries with properties of events: ``sourceId``,
        ``userId``, ``agentId``, ``destinationUserId``, ``presenceDefinitionId``, or ``presence`` such as
        ``Break/Smoke``. (templated)
    :param mapping: mapping file of a later conversion, as
        :class:`~airflow_provider_genesys.operators.records.GenesysCloudConvertRecordsOperator` takes it. (templated)
    :param directory: the conversion's directory. (templated)
    :param source_id: the conversion's ``source_id``. (templated)
    :param genesys_cloud_conn_id: id of the connection. (templated)
    :return: ``ok``; ``checks``: ``ok``, ``failed``, ``unproven`` or ``skipped`` by name of the check; ``reasons``: at
        most 50, then how many more there are; ``requests``. Also pushed as XCom ``summary`` at every end.
    """

    page = "oauth"
    template_fields: Sequence[str] = (
        "genesys_cloud_conn_id",
        "operations",
        "source",
        "stream",
        "references",
        "mapping",
        "directory",
        "source_id",
    )
    template_fields_renderers: ClassVar[dict[str, str]] = {"operations": "json", "source": "json", "references": "json"}
    argument_rules: ClassVar[Mapping[str, ArgumentRule]] = {
        "source": optional(SOURCE),
        "stream": optional(TEXT),
        "mapping": optional(PATH),
        "directory": optional(PATH),
        "source_id": optional(TEXT, blank=True),
    }

    def __init__(
        self,
        *,
        operations: Sequence[GenesysCloudOperationName | XComArg] | Template | XComArg = (),
        source: AnyPath
        | Mapping[str, Any]
        | XComArg
        | Sequence[AnyPath | Mapping[str, Any] | XComArg | Sequence[Any]]
        | None = None,
        stream: StreamName | XComArg | None = None,
        references: Sequence[ReferenceRow] | Template | XComArg = (),
        mapping: AnyPath | XComArg | None = None,
        directory: AnyPath | XComArg | None = None,
        source_id: str | XComArg | None = None,
        genesys_cloud_conn_id: str | XComArg = GenesysCloudHook.default_conn_name,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.operations: Rendered = operations
        self.source: Rendered = source
        self.stream: Rendered = stream
        self.references: Rendered = references
        self.mapping: Rendered = mapping
        self.directory: Rendered = directory
        self.source_id: Rendered = source_id
        self.genesys_cloud_conn_id = genesys_cloud_conn_id

    def execute(self, context: Context) -> dict[str, Any]:
        """Look at everything."""
        self.push_link(context)
        from airflow_provider_genesys.preflight.findings import nothing_looked_at  # noqa: PLC0415 - not while parsing
        from airflow_provider_genesys.preflight.render import table  # noqa: PLC0415

        preflight = None

        def summary() -> dict[str, Any]:
            return nothing_looked_at() if preflight is None else preflight.summary()

        with at_every_end(context, summary), fail_without_retry(self.genesys_cloud_conn_id):
            try:
                self.read_arguments()
                preflight = make_preflight(
                    self.hook.get_conn,
                    operations=self.operations,
                    source=self.source,
                    stream=self.stream,
                    references=self.references,
                    open_path=input_opener("source", context),
                    mapping=self.mapping,
                    directory=self.directory,
                    source_id=self.source_id,
                    open_mapping=input_opener("mapping", context),
                    open_directory=input_opener("directory", context),
                )
                return preflight.run()
            finally:
                if preflight is not None:
                    self.log.info("Preflight:\n%s", table(preflight.findings))
