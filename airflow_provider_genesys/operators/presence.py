"""Job 2: sync presence definitions from a file: plan, approve, apply; and set users' presences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypeAlias, get_args

from airflow.providers.common.compat.sdk import AirflowFailException, AirflowSkipException, BaseOperator

from airflow_provider_genesys.arguments import (
    MAPPING,
    PATH,
    ROWS,
    TEXT,
    AnyPath,
    ArgumentRule,
    one_of,
    optional,
)
from airflow_provider_genesys.hooks.genesys_cloud import GenesysCloudHook
from airflow_provider_genesys.hooks.mixin import GenesysCloudHookMixin
from airflow_provider_genesys.links import ACCOUNT_LINKS
from airflow_provider_genesys.tasks.artifacts import artifacts_argument
from airflow_provider_genesys.tasks.failures import fail_without_retry
from airflow_provider_genesys.tasks.lineage import Lineage, LineageMixin, in_genesys_cloud, of_paths
from airflow_provider_genesys.tasks.paths import input_opener
from airflow_provider_genesys.tasks.plans import (
    DEFINITIONS,
    WANTED,
    apply_and_tell,
    describe_plan,
    for_people,
    nothing_applied_yet,
    plan_folder,
    read_plan,
)
from airflow_provider_genesys.tasks.summaries import at_every_end

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import Context, XComArg

    from airflow_provider_genesys.presence.definitions import DefinitionRow
    from airflow_provider_genesys.presence.plan.plan import Plan
    from airflow_provider_genesys.presence.plan.planner import Basis
    from airflow_provider_genesys.presence.plan.settings import InUse, Labels, Prune
    from airflow_provider_genesys.presence.users import UserPresenceRow
    from airflow_provider_genesys.tasks.checked import Rendered

OnChanges: TypeAlias = Literal["succeed", "skip", "fail"]
"""What a plan does when the definitions are not those desired."""


class _PlansDefinitions(GenesysCloudHookMixin, LineageMixin, BaseOperator):
    """What all operators that make a plan have in common: the desired state and the guards."""

    page = "statuses"
    operator_extra_links: Any = ACCOUNT_LINKS
    template_fields: Sequence[str] = ("genesys_cloud_conn_id", "definitions", "protected", "artifacts_path")
    template_fields_renderers: ClassVar[dict[str, str]] = {"definitions": "json", "protected": "json"}
    argument_rules: ClassVar[Mapping[str, ArgumentRule]] = {
        "definitions": PATH | ROWS,
        "artifacts_path": optional(PATH),
    }

    def __init__(
        self,
        *,
        definitions: AnyPath | Sequence[DefinitionRow] | XComArg,
        prune: Prune = "none",
        labels: Labels = "replace",
        protected: Sequence[str | XComArg] | AbstractSet[str] | XComArg = (),
        max_changes_percent: float = 30,
        max_deactivations: int = 2,
        in_use: InUse = "ignore",
        artifacts_path: AnyPath | XComArg | None = None,
        genesys_cloud_conn_id: str | XComArg = GenesysCloudHook.default_conn_name,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.definitions: Rendered = definitions
        self.prune = prune
        self.labels = labels
        self.protected: Rendered = protected
        self.max_changes_percent = max_changes_percent
        self.max_deactivations = max_deactivations
        self.in_use = in_use
        self.artifacts_path: Rendered = artifacts_path
        self.genesys_cloud_conn_id = genesys_cloud_conn_id

    def _plan(self, context: Context, *, applied_later: bool) -> tuple[Plan, Basis]:
        """Return the plan, logged, and what it was made from."""
        from airflow_provider_genesys.presence.plan.render import coloured  # noqa: PLC0415 - not while Dags are parsed

        plan, basis = self.hook.plan_presence_definitions(
            self.definitions,
            prune=self.prune,
            labels=self.labels,
            protected=self.protected,
            max_changes_percent=self.max_changes_percent,
            max_deactivations=self.max_deactivations,
            in_use=self.in_use,
            applied_later=applied_later,
            context=context,
        )
        self.log.info("Plan for the presence definitions:\n%s", coloured(plan))
        return plan, basis

    def _files(self, context: Context) -> list[object]:
        """Return the file of the desired definitions, if they are in one."""
        return [input_opener("definitions", context)(self.definitions)] if PATH.accepts(self.definitions) else []


class GenesysCloudPlanPresenceDefinitionsOperator(_PlansDefinitions):
    """Compare the organisation's presence definitions with a file and say what would have to change.

    It changes nothing. Planning does not fail for being unsafe: such a plan begins with **UNSAFE** and why, and only
    applying it is refused. Two requests, whatever the number of definitions; if something is to change a third, for
    the id of the organisation, to which alone the plan is then applied.

    .. seealso:: :ref:`howto/operator:GenesysCloudPlanPresenceDefinitionsOperator`

    :param definitions: the desired state: a YAML file, relative to the Dag's folder or on any store, or a list of
        dictionaries as such a file holds them. (templated)
    :param prune: what becomes of definitions that are not in it: ``none`` leaves them alone, ``deactivate``
        deactivates them.
    :param labels: ``replace`` makes the labels those desired; ``merge`` keeps labels in other languages.
    :param protected: ids, and names such as ``Break/Smoke``, of definitions never to be changed. (templated)
    :param max_changes_percent: a plan is unsafe that updates, reactivates and deactivates more than this share of ten
        or more active definitions.
    :param max_deactivations: a plan is unsafe that deactivates, renames or moves to another division more than so many
        of fewer than ten; 0 holds for any number.
    :param in_use: ``refuse`` makes a plan unsafe that deactivates or moves a definition which some user is in;
        where something is to be deactivated, reading this takes a request for each 50 users. So it does, whatever this
        is, where a definition is there twice: the one that users are in is kept.
    :param on_changes: what the task does when the definitions are not those desired: ``succeed``, ``skip`` what comes
        after it, or ``fail``, as a drift check does.
    :param artifacts_path: folder, on any store, for the plan's JSON; without it that of the option
        ``[genesys] artifacts_path``, and without either the plan is in the XCom. (templated)
    :param genesys_cloud_conn_id: id of the connection. (templated)
    :return: ``checksum, creates, updates, reactivates, deactivates, unchanged, safe, reasons, markdown, kind`` and
        ``plan`` (path of the JSON) or ``plan_inline``; also pushed as XCom ``summary`` at every end, there with 20,000
        bytes of the Markdown at most.
    """

    argument_rules: ClassVar[Mapping[str, ArgumentRule]] = {
        **_PlansDefinitions.argument_rules,
        "on_changes": one_of(*get_args(OnChanges)),
    }

    def __init__(
        self,
        *,
        definitions: AnyPath | Sequence[DefinitionRow] | XComArg,
        prune: Prune = "none",
        labels: Labels = "replace",
        protected: Sequence[str | XComArg] | AbstractSet[str] | XComArg = (),
        max_changes_percent: float = 30,
        max_deactivations: int = 2,
        in_use: InUse = "ignore",
        on_changes: OnChanges = "succeed",
        artifacts_path: AnyPath | XComArg | None = None,
        genesys_cloud_conn_id: str | XComArg = GenesysCloudHook.default_conn_name,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            definitions=definitions,
            prune=prune,
            labels=labels,
            protected=protected,
            max_changes_percent=max_changes_percent,
            max_deactivations=max_deactivations,
            in_use=in_use,
            artifacts_path=artifacts_path,
            genesys_cloud_conn_id=genesys_cloud_conn_id,
            **kwargs,
        )
        self.on_changes = on_changes

    def execute(self, context: Context) -> dict[str, Any]:
        """Make the plan."""
        self.push_link(context)
        from airflow_provider_genesys.presence.plan.render import nothing_planned  # noqa: PLC0415
        from airflow_provider_genesys.presence.plan.render import summary as in_short  # noqa: PLC0415

        summary = nothing_planned()
        with at_every_end(context, lambda: for_people(summary)):
            with fail_without_retry(self.genesys_cloud_conn_id):
                self.read_arguments()
                folder = plan_folder(self.artifacts_path, context)
                plan, _ = self._plan(context, applied_later=True)
                summary = describe_plan(plan, folder, artifacts_argument(self.artifacts_path))
            self.tell_lineage(
                lambda: Lineage(
                    (*of_paths(self._files(context)), in_genesys_cloud(self.hook.get_conn().settings, DEFINITIONS)),
                    of_paths([summary["plan"]] if "plan" in summary else []),
                )
            )
            if self.on_changes != "succeed" and (plan.changes or plan.reasons):
                said = "; ".join([f"the presence definitions are not those desired: {in_short(plan)}", *plan.reasons])
                raise (AirflowSkipException if self.on_changes == "skip" else AirflowFailException)(said)
        return summary


class GenesysCloudApplyPresenceDefinitionsOperator(GenesysCloudHookMixin, LineageMixin, BaseOperator):
    """Apply a plan of :class:`GenesysCloudPlanPresenceDefinitionsOperator`.

    Refused if the plan is unsafe, or for another organisation, or the definitions changed since it was made. It looks
    once more who is in what it deactivates, with ``in_use="refuse"`` in all of it, else in twins; users who came since
    the plan was made are not to be forced. A read that allows for the API's delays verifies each change. It can be
    killed and repeated: applied twice, the second time writes nothing, unless it finds a twin. Where Airflow says that
    a try is not the first, it takes half a minute at least, so that reads show what a killed one did just before.

    .. seealso:: :ref:`howto/operator:GenesysCloudApplyPresenceDefinitionsOperator`

    :param plan: the plan operator's XCom, or the path of the JSON it wrote. (templated)
    :param force_checksum: the checksum of the plan, to apply it although it is unsafe; that of another plan is refused.
        (templated)
    :param genesys_cloud_conn_id: id of the connection. (templated)
    :return: what was done: ``checksum, creates, updates, reactivates, deactivates, unchanged`` and more, ``requests``,
        the plan's ``markdown``, ``kind``, and ``applied``, whether it is done as a whole; also pushed as XCom
        ``summary`` at every end, there with 20,000 bytes of the Markdown at most.
    """

    page = "statuses"
    operator_extra_links: Any = ACCOUNT_LINKS
    template_fields: Sequence[str] = ("genesys_cloud_conn_id", "plan", "force_checksum")
    template_fields_renderers: ClassVar[dict[str, str]] = {"plan": "json"}
    argument_rules: ClassVar[Mapping[str, ArgumentRule]] = {
        "plan": replace(PATH | MAPPING, wanted=WANTED),
        "force_checksum": optional(TEXT, blank=True),
    }

    def __init__(
        self,
        *,
        plan: AnyPath | Mapping[str, Any] | XComArg,
        force_checksum: str | XComArg | None = None,
        genesys_cloud_conn_id: str | XComArg = GenesysCloudHook.default_conn_name,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.plan: Rendered = plan
        self.force_checksum: Rendered = force_checksum
        self.genesys_cloud_conn_id = genesys_cloud_conn_id

    def execute(self, context: Context) -> dict[str, Any]:
        """Apply the plan."""
        self.push_link(context)
        told = nothing_applied_yet("apply")
        with at_every_end(context, lambda: for_people(told)), fail_without_retry(self.genesys_cloud_conn_id):
            self.read_arguments()
            plan = read_plan(self.plan, context)
            path = self.plan.get("plan") if isinstance(self.plan, Mapping) else self.plan
            files = [input_opener("plan", context)(path)] if path is not None else []
            return apply_and_tell(self, told, plan, context, files=files, force_checksum=self.force_checksum)


class GenesysCloudSyncPresenceDefinitionsOperator(_PlansDefinitions):
    """Plan and apply in one task, for where nobody needs to approve: the guards are the same.

    A try that is not the first takes half a minute at least, as with
    :class:`GenesysCloudApplyPresenceDefinitionsOperator`.

    .. seealso:: :ref:`howto/operator:GenesysCloudSyncPresenceDefinitionsOperator`

    :param definitions: the desired state: a YAML file, relative to the Dag's folder or on any store, or a list of
        dictionaries as such a file holds them. (templated)
    :param prune: what becomes of definitions that are not in it: ``none`` leaves them alone, ``deactivate``
        deactivates them.
    :param labels: ``replace`` makes the labels those desired; ``merge`` keeps labels in other languages.
    :param protected: ids, and names such as ``Break/Smoke``, of definitions never to be changed. (templated)
    :param max_changes_percent: a plan is unsafe that updates, reactivates and deactivates more than this share of ten
        or more active definitions.
    :param max_deactivations: a plan is unsafe that deactivates, renames or moves to another division more than so many
        of fewer than ten; 0 holds for any number.
    :param in_use: ``refuse`` makes a plan unsafe that deactivates or moves a definition which some user is in;
        ``ignore`` does not ask.
    :param force_checksum: the checksum of an unsafe plan, as an earlier try logged it, to apply it all the same.
        (templated)
    :param artifacts_path: folder, on any store, for the plan's JSON; without it that of the option
        ``[genesys] artifacts_path``, and without either no file is written. (templated)
    :param genesys_cloud_conn_id: id of the connection. (templated)
    :return: as :class:`GenesysCloudApplyPresenceDefinitionsOperator` does.
    """

    template_fields: Sequence[str] = (*_PlansDefinitions.template_fields, "force_checksum")
    argument_rules: ClassVar[Mapping[str, ArgumentRule]] = {
        **_PlansDefinitions.argument_rules,
        "force_checksum": optional(TEXT, blank=True),
    }

    def __init__(
        self,
        *,
        definitions: AnyPath | Sequence[DefinitionRow] | XComArg,
        prune: Prune = "none",
        labels: Labels = "replace",
        protected: Sequence[str | XComArg] | AbstractSet[str] | XComArg = (),
        max_changes_percent: float = 30,
        max_deactivations: int = 2,
        in_use: InUse = "ignore",
        force_checksum: str | XComArg | None = None,
        artifacts_path: AnyPath | XComArg | None = None,
        genesys_cloud_conn_id: str | XComArg = GenesysCloudHook.default_conn_name,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            definitions=definitions,
            prune=prune,
            labels=labels,
            protected=protected,
            max_changes_percent=max_changes_percent,
            max_deactivations=max_deactivations,
            in_use=in_use,
            artifacts_path=artifacts_path,
            genesys_cloud_conn_id=genesys_cloud_conn_id,
            **kwargs,
        )
        self.force_checksum: Rendered = force_checksum

    def execute(self, context: Context) -> dict[str, Any]:
        """Make the plan and apply it."""
        self.push_link(context)
        told = nothing_applied_yet("sync")
        with at_every_end(context, lambda: for_people(told)), fail_without_retry(self.genesys_cloud_conn_id):
            self.read_arguments()
            folder = plan_folder(self.artifacts_path, context)
            client = self.hook.get_conn()
            before = client.meter.requests
            plan, basis = self._plan(context, applied_later=False)
            describe_plan(plan, folder, artifacts_argument(self.artifacts_path))
            return apply_and_tell(
                self,
                told,
                plan,
                context,
                files=self._files(context),
                force_checksum=self.force_checksum,
                basis=basis,
                requests=client.meter.requests - before,
            )


class GenesysCloudSetUserPresencesOperator(GenesysCloudHookMixin, LineageMixin, BaseOperator):
    """Put users into presences, 50 with each request.

    All of them are checked before the first is sent, for which the definitions are read unless all presences are
    built-in ones. Nobody can be put On Queue this way: the API refuses it.

    .. seealso:: :ref:`howto/operator:GenesysCloudSetUserPresencesOperator`

    :param presences: a list of ``{"user_id": ..., "presence": ...}``, with ``source_id`` and ``message`` if wanted,
        or its JSON text; ``presence`` is a definition's id, ``"Break/Smoke"``, or ``"Break"`` for the built-in one.
        (templated)
    :param genesys_cloud_conn_id: id of the connection. (templated)
    :return: ``users, set, missing`` (ids of users that do not exist) and ``requests``; also pushed as XCom ``summary``
        at every end.
    """

    page = "agents"
    template_fields: Sequence[str] = ("genesys_cloud_conn_id", "presences")
    template_fields_renderers: ClassVar[dict[str, str]] = {"presences": "json"}

    def __init__(
        self,
        *,
        presences: str | Sequence[UserPresenceRow] | XComArg,
        genesys_cloud_conn_id: str | XComArg = GenesysCloudHook.default_conn_name,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.presences: Rendered = presences
        self.genesys_cloud_conn_id = genesys_cloud_conn_id

    def execute(self, context: Context) -> dict[str, Any]:
        """Set the presences."""
        from airflow_provider_genesys.presence.putting import nobody_put, set_presences  # noqa: PLC0415
        from airflow_provider_genesys.presence.users import new_presences  # noqa: PLC0415

        self.push_link(context)

        summary = nobody_put()
        with at_every_end(context, lambda: summary), fail_without_retry(self.genesys_cloud_conn_id):
            self.read_arguments()
            wanted = new_presences(self.presences)
            client = self.hook.get_conn()
            client.check_organization()
            try:
                set_presences(client, wanted, summary=summary)
            finally:
                self.tell_lineage(lambda: Lineage(outputs=(in_genesys_cloud(client.settings, "presence/users"),)))
        return summary
