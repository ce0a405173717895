"""Job 3: export what is configured, and plan the way from web chat to web messaging."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from airflow.providers.common.compat.sdk import BaseOperator

from airflow_provider_genesys.exceptions import GenesysConfigError
from airflow_provider_genesys.operators.failures import no_vain_retries

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import Context


class GenesysCloudPlanWebMessagingMigrationOperator(BaseOperator):
    """Draft the web messaging configurations and deployments that take web chat's place, and report on every field.

    It works on a snapshot: it needs no connection and creates nothing in Genesys Cloud. The drafts are files, for the
    Dag author to pass on. The same snapshot and arguments write the same files, over those that were there.

    .. seealso:: :ref:`howto/operator:GenesysCloudPlanWebMessagingMigrationOperator`

    :param snapshot: a snapshot with ``webchat_settings`` and ``webchat_deployments``: the export operator's XCom,
        the path of a manifest, or of the destination of exports, whose newest one is taken. (templated)
    :param destination: a folder, on any store, for ``drafts/``, ``report.json`` and ``report.md``. Drafts in it that
        are not of this plan are removed. (templated)
    :param flow_map: id of an inbound message flow by the id of the inbound chat flow whose place it takes. (templated)
    :param integration_map: id of an OpenID Connect integration by the ``authenticationUrl`` whose place it takes.
        (templated)
    :param languages: languages of the configurations, such as ``de-de``; the first is the default. (templated)
    :return: ``deployments, configurations`` (numbers of drafts), ``carried, choices, impossible`` (numbers of fields),
        ``report`` (path of ``report.md``) and ``drafts`` (path of the folder); also pushed as XCom ``summary`` at every
        end, with as much of it as is known.
    """

    template_fields: Sequence[str] = ("snapshot", "destination", "flow_map", "integration_map", "languages")
    template_ext: Sequence[str] = ()
    template_fields_renderers: ClassVar[dict[str, str]] = {
        "snapshot": "json",
        "flow_map": "json",
        "integration_map": "json",
        "languages": "json",
    }
    ui_color = "#ff4f1f"
    ui_fgcolor = "#ffffff"

    def __init__(
        self,
        *,
        snapshot: str | Mapping[str, Any],
        destination: str,
        flow_map: Mapping[str, str] | None = None,
        integration_map: Mapping[str, str] | None = None,
        languages: Sequence[str] = ("en-us",),
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.snapshot = snapshot
        self.destination = destination
        self.flow_map = flow_map
        self.integration_map = integration_map
        self.languages = languages

    def execute(self, context: Context) -> dict[str, Any]:
        """Make the plan and write it."""
        summary: dict[str, Any] = {}
        try:
            with no_vain_retries(None):
                self._plan(summary)
        finally:
            context["ti"].xcom_push(key="summary", value=summary)
        return summary

    def _plan(self, summary: dict[str, Any]) -> None:
        """Make the plan and write it; put into the summary what is known as soon as it is."""
        from airflow_provider_genesys.exports import web_messaging_report as report  # noqa: PLC0415
        from airflow_provider_genesys.exports.snapshot import open_snapshot  # noqa: PLC0415
        from airflow_provider_genesys.exports.web_messaging import plan_migration  # noqa: PLC0415
        from airflow_provider_genesys.exports.web_messaging_source import read_webchat  # noqa: PLC0415
        from airflow_provider_genesys.hooks.artifacts import open_path  # noqa: PLC0415

        if not isinstance(self.destination, str) or not self.destination.strip():
            raise GenesysConfigError(f"destination must be the path of a folder, not {self.destination!r}")
        snapshot = open_snapshot(open_path(self._manifest()))
        settings, deployments = read_webchat(snapshot)
        plan = plan_migration(
            settings,
            deployments,
            flow_map=self.flow_map,
            integration_map=self.integration_map,
            languages=self.languages,
        )
        summary |= {
            "deployments": len(plan.deployments),
            "configurations": len(plan.configurations),
            "carried": plan.count("carried"),
            "choices": plan.count("choice"),
            "impossible": plan.count("impossible"),
        }
        self.log.info("From web chat to web messaging:\n%s", report.coloured(plan))
        for unused in plan.unused:
            self.log.warning("%s", unused)
        folder = open_path(self.destination)
        path = report.write(plan, folder, snapshot=snapshot.path)
        summary |= {"report": str(path), "drafts": str(folder / report.DRAFTS)}

    def _manifest(self) -> str:
        given: Any = self.snapshot
        path = given.get("snapshot") if isinstance(given, Mapping) else given
        if not isinstance(path, str) or not path.strip() or path.lstrip().startswith("{"):
            raise GenesysConfigError(
                "snapshot must be the XCom of the export operator, such as its task's .output (not a template, which "
                "makes text of it), or the path of a manifest"
            )
        return path
