"""Job 3: export what is configured as snapshots, tell when it changed, and plan the way out of web chat."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from airflow.providers.common.compat.sdk import Asset, AssetAlias, BaseOperator

from airflow_provider_genesys import arguments
from airflow_provider_genesys.arguments import FOLDER, MAPPING, PATH, TEXTS, AnyPath, ArgumentRule, optional
from airflow_provider_genesys.exceptions import GenesysConfigError
from airflow_provider_genesys.hooks.genesys_cloud import GenesysCloudHook
from airflow_provider_genesys.hooks.mixin import GenesysCloudHookMixin
from airflow_provider_genesys.links import ACCOUNT_LINKS
from airflow_provider_genesys.tasks.checked import CheckedArgumentsMixin
from airflow_provider_genesys.tasks.failures import fail_without_retry
from airflow_provider_genesys.tasks.lineage import Lineage, LineageMixin, in_genesys_cloud, of_paths
from airflow_provider_genesys.tasks.paths import input_opener, output_path
from airflow_provider_genesys.tasks.summaries import at_every_end

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import Context, XComArg

    from airflow_provider_genesys.api.settings import ClientSettings
    from airflow_provider_genesys.exports.exporter import FailOn
    from airflow_provider_genesys.exports.resources import Included
    from airflow_provider_genesys.tasks.checked import Rendered, Template


_ASSET = ArgumentRule("an Asset", lambda value: isinstance(value, Asset))
_WANTED_SNAPSHOT = (
    "the XCom of the export operator, such as its task's .output (not a template, which makes text of it), or the path "
    "of a manifest"
)


class _Exports(GenesysCloudHookMixin, LineageMixin, BaseOperator):
    """What all operators that write a snapshot have in common."""

    operator_extra_links: Any = ACCOUNT_LINKS

    template_fields: Sequence[str] = ("genesys_cloud_conn_id", "destination")
    argument_rules: ClassVar[Mapping[str, ArgumentRule]] = {
        "destination": FOLDER,
        "changed_asset": optional(replace(_ASSET | PATH, wanted="an Asset or its URI")),
    }

    def __init__(
        self,
        *,
        destination: AnyPath | XComArg,
        changed_asset: Asset | str | None = None,
        fail_on: FailOn = ("forbidden", "partial"),
        genesys_cloud_conn_id: str | XComArg = GenesysCloudHook.default_conn_name,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.destination: Rendered = destination
        self.changed_asset = changed_asset
        self.fail_on = fail_on
        self.genesys_cloud_conn_id = genesys_cloud_conn_id

    def _export(self, include: Any, context: Context) -> dict[str, Any]:
        """Write a snapshot of some resources, and announce what changed."""
        from airflow_provider_genesys.exports.exporter import Exporter, nothing_yet  # noqa: PLC0415 - not while parsed
        from airflow_provider_genesys.exports.resources import select  # noqa: PLC0415
        from airflow_provider_genesys.files.refusals import named  # noqa: PLC0415
        from airflow_provider_genesys.tasks.artifacts import arrived, describe_task, name_task  # noqa: PLC0415

        self.push_link(context)
        summary = nothing_yet()
        with at_every_end(context, lambda: summary), fail_without_retry(self.genesys_cloud_conn_id):
            self.read_arguments()
            asset, aliases = self._announcement()
            resources, root = select(include), output_path("destination", self.destination, FOLDER.wanted)
            client = self.hook.get_conn()
            run, try_number = describe_task(context)
            exporter = Exporter(
                client,
                root,
                resources,
                fail_on=self.fail_on,
                task=name_task(context),
                run=run,
                try_number=try_number,
                arrived=partial(arrived, context),
            )
            try:
                client.check_organization()
                with named("destination", self.destination):
                    exporter.export()
            finally:
                summary = exporter.summary
                self.tell_lineage(partial(self._lineage_of, client.settings, summary))
        if asset is not None and summary["changed"]:
            extra = {key: summary[key] for key in ("snapshot", "previous", "added", "removed", "modified")}
            extra["state_changes"] = "; ".join(summary["state_changes"])  # Airflow 2.11 takes no lists in it
            for alias in aliases:
                context["outlet_events"][alias].add(asset, extra=extra)
        with fail_without_retry(self.genesys_cloud_conn_id), named("destination", self.destination):
            exporter.mark_reported()  # last of all; the next run asks Airflow whether it has arrived
        return summary

    def _lineage_of(self, settings: ClientSettings, summary: Mapping[str, Any]) -> Lineage:
        """Return which resources went into a snapshot."""
        states = {name: each["state"] for name, each in summary["resources"].items()}
        return Lineage(
            tuple(in_genesys_cloud(settings, f"configuration/{name}") for name in states),
            of_paths([self.destination]) if summary["snapshot"] else (),
            {"resources": states, **{key: summary[key] for key in ("changed", "added", "removed", "modified")}},
        )

    def _announcement(self) -> tuple[Asset | None, list[AssetAlias]]:
        """Return the asset that changes are announced as, and the aliases among the outlets to do it through.

        An Asset among the outlets would get an event whenever the task succeeds; through an alias, it gets one when it
        is told to.

        :raises GenesysConfigError: there is an asset and no alias, or it is no URI.
        """
        given = self.changed_asset
        if given is None:
            return None, []
        aliases = [outlet for outlet in self.outlets or () if isinstance(outlet, AssetAlias)]
        if not aliases:
            raise GenesysConfigError(
                'changed_asset needs an AssetAlias among the outlets, such as outlets=[AssetAlias("configuration")]: '
                "through it the event comes only on a change"
            )
        if isinstance(given, Asset):
            return given, aliases
        try:
            return Asset(uri=given), aliases
        except ValueError as error:
            raise GenesysConfigError(f"changed_asset is no URI: {error}") from error


class GenesysCloudExportWebchatSettingsOperator(_Exports):
    """Export web chat's settings and deployments, those of widgets too, and say what changed since the task's last run.

    That web chat is gone, that settings were never set, and that reading is forbidden are states in the snapshot and
    no empty success. Three requests for web chat and one for the organisation's id. A snapshot is complete or absent; a
    day on which nothing changed adds one manifest.

    .. seealso:: :ref:`howto/operator:GenesysCloudExportWebchatSettingsOperator`

    :param destination: folder of the snapshots, on any store; one for each organisation. (templated)
    :param changed_asset: Asset, or the URI of one that has no name of its own, that gets an event when something
        changed; needs an ``AssetAlias`` among the ``outlets``. The event's ``extra`` has the paths and counts.
    :param fail_on: states for which the task fails, when the snapshot is written: any of ``forbidden``, ``partial``,
        ``gone`` and ``absent``, in a list for all resources, or lists by resource's name. A resource not named fails on
        ``forbidden`` and ``partial``. Only what is ``partial`` is worth Airflow's retries.
    :param genesys_cloud_conn_id: id of the connection. (templated)
    :return: ``snapshot, previous`` (paths of manifests, the latter the one it compared with), ``changed,
        added, removed, modified, state_changes``, ``resources`` (state and count of each), ``diff`` (path of the
        Markdown, the JSON is beside it; ``None`` where there is nothing to tell), ``bytes_written, requests``, and
        for people, see :doc:`/summaries`, ``kind, rows, rows_left``; also pushed as XCom ``summary`` before the task
        fails.
    """

    page = "widgets"

    def execute(self, context: Context) -> dict[str, Any]:
        """Export."""
        return self._export(["webchat"], context)


class GenesysCloudExportOperator(_Exports):
    """Export what is configured as a snapshot, and say what changed since the task's last one.

    The result is that of :class:`GenesysCloudExportWebchatSettingsOperator`. One request for each listing, and for each
    300 of what has pages.

    .. seealso:: :ref:`howto/operator:GenesysCloudExportOperator`

    :param include: names of resources, and the groups ``webchat``, ``web_messaging``, ``presence`` and ``all``.
        (templated)
    :param destination: folder of the snapshots, on any store; one for each organisation. (templated)
    :param changed_asset: Asset, or the URI of one that has no name of its own, that gets an event when something
        changed; needs an ``AssetAlias`` among the ``outlets``. The event's ``extra`` has the paths and counts.
    :param fail_on: states for which the task fails, when the snapshot is written: any of ``forbidden``, ``partial``,
        ``gone`` and ``absent``, in a list for all resources, or lists by resource's name. A resource not named fails on
        ``forbidden`` and ``partial``. Only what is ``partial`` is worth Airflow's retries.
    :param genesys_cloud_conn_id: id of the connection. (templated)
    """

    template_fields: Sequence[str] = (*_Exports.template_fields, "include")
    template_fields_renderers: ClassVar[dict[str, str]] = {"include": "json"}

    def __init__(
        self,
        *,
        include: Included | Template | XComArg,
        destination: AnyPath | XComArg,
        changed_asset: Asset | str | None = None,
        fail_on: FailOn = ("forbidden", "partial"),
        genesys_cloud_conn_id: str | XComArg = GenesysCloudHook.default_conn_name,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            destination=destination,
            changed_asset=changed_asset,
            fail_on=fail_on,
            genesys_cloud_conn_id=genesys_cloud_conn_id,
            **kwargs,
        )
        self.include: Rendered = include

    def execute(self, context: Context) -> dict[str, Any]:
        """Export."""
        return self._export(self.include, context)


class GenesysCloudPlanWebMessagingMigrationOperator(CheckedArgumentsMixin, BaseOperator):
    """Draft the web messaging configurations and deployments that take web chat's place, and report on every field.

    It works on a snapshot: it needs no connection and creates nothing in Genesys Cloud. The drafts are files, for the
    Dag author to pass on. The same snapshot and arguments write the same files, over those that were there.

    .. seealso:: :ref:`howto/operator:GenesysCloudPlanWebMessagingMigrationOperator`

    :param snapshot: a snapshot with ``webchat_settings`` and ``webchat_deployments``, and ``widget_deployments`` unless
        there are none, without which the report says so: the export operator's XCom,
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
    template_fields_renderers: ClassVar[dict[str, str]] = {
        "snapshot": "json",
        "flow_map": "json",
        "integration_map": "json",
        "languages": "json",
    }
    argument_rules: ClassVar[Mapping[str, ArgumentRule]] = {
        "snapshot": replace(PATH | MAPPING, wanted=_WANTED_SNAPSHOT),
        "destination": FOLDER,
        "flow_map": optional(MAPPING),
        "integration_map": optional(MAPPING),
        "languages": TEXTS,
    }

    def __init__(
        self,
        *,
        snapshot: AnyPath | Mapping[str, Any] | XComArg,
        destination: AnyPath | XComArg,
        flow_map: Mapping[str, str] | Template | XComArg | None = None,
        integration_map: Mapping[str, str] | Template | XComArg | None = None,
        languages: Sequence[str | XComArg] | XComArg = ("en-us",),
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.snapshot: Rendered = snapshot
        self.destination: Rendered = destination
        self.flow_map: Rendered = flow_map
        self.integration_map: Rendered = integration_map
        self.languages: Rendered = languages

    def execute(self, context: Context) -> dict[str, Any]:
        """Make the plan and write it."""
        summary: dict[str, Any] = {}
        with at_every_end(context, lambda: summary), fail_without_retry(None):
            self._plan(summary, context)
        return summary

    def _plan(self, summary: dict[str, Any], context: Context) -> None:
        """Make the plan and write it; put into the summary what is known as soon as it is."""
        from airflow_provider_genesys.exports.migration import report  # noqa: PLC0415
        from airflow_provider_genesys.exports.migration.drafts import plan_migration  # noqa: PLC0415
        from airflow_provider_genesys.exports.migration.source import read_webchat, read_widgets  # noqa: PLC0415
        from airflow_provider_genesys.exports.snapshot import open_snapshot  # noqa: PLC0415
        from airflow_provider_genesys.files.refusals import named, visible_path  # noqa: PLC0415

        self.read_arguments()
        folder = output_path("destination", self.destination, FOLDER.wanted)
        manifest = self._manifest()
        with named("snapshot", manifest):
            snapshot = open_snapshot(input_opener("snapshot", context)(manifest))
            settings, deployments = read_webchat(snapshot)
            widgets, notes = read_widgets(snapshot)
        plan = plan_migration(
            settings,
            deployments,
            widgets=widgets,
            notes=notes,
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
        for warning in (*plan.notes, *plan.unused):
            self.log.warning("%s", warning)
        with named("destination", self.destination):
            path = report.write(plan, folder, snapshot=snapshot.path)
        summary |= {"report": visible_path(path), "drafts": visible_path(folder / report.DRAFTS)}

    def _manifest(self) -> Any:
        path = self.snapshot.get("snapshot") if isinstance(self.snapshot, Mapping) else self.snapshot
        if not arguments.PATH.accepts(path) or str(path).lstrip().startswith("{"):
            raise GenesysConfigError(f"snapshot must be {_WANTED_SNAPSHOT}")
        return path
