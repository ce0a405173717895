"""Sensors of job 2: whether users, and the definitions, are as they should be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypeAlias, get_args

from airflow.providers.common.compat.sdk import BaseSensorOperator

from airflow_provider_genesys.arguments import (
    FLAG,
    PATH,
    ROWS,
    SOME_TEXTS,
    TEXT,
    AnyPath,
    ArgumentRule,
    one_of,
    optional,
)
from airflow_provider_genesys.hooks.genesys_cloud import GenesysCloudHook
from airflow_provider_genesys.hooks.mixin import GenesysCloudHookMixin
from airflow_provider_genesys.tasks.deferring import DEFERRABLE
from airflow_provider_genesys.tasks.paths import input_opener
from airflow_provider_genesys.tasks.waiting import WaitingMixin

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import Context, XComArg

    from airflow_provider_genesys.api.genesys_cloud import GenesysCloudClient
    from airflow_provider_genesys.api.looks import Seen
    from airflow_provider_genesys.presence.definitions import DefinitionRow
    from airflow_provider_genesys.presence.plan.settings import Labels, Prune
    from airflow_provider_genesys.tasks.checked import Rendered
    from airflow_provider_genesys.tasks.looks import Question, See

Match: TypeAlias = Literal["all", "any"]
"""Of how many users it must be true."""
WaitFor: TypeAlias = Literal["in_sync", "drift"]
"""What the definitions shall be."""


class GenesysCloudUserPresenceSensor(WaitingMixin, GenesysCloudHookMixin, BaseSensorOperator):
    """Wait until users are in one of some presences, such as all of these agents offline.

    Any number of users, 50 with each request. A user that does not exist is in no presence.

    .. seealso:: :ref:`howto/operator:GenesysCloudUserPresenceSensor`

    :param user_ids: the users. (templated)
    :param presences: definitions' ids, names such as ``Break/Smoke`` (two more requests), and system presences such as
        ``Offline``, which stand for all their definitions. (templated)
    :param match: ``all`` of the users, or ``any``.
    :param source_id: the presence source to believe; by default Genesys Cloud's own. (templated)
    :param deferrable: whether to wait in the triggerer, without a worker's slot; by default Airflow's option
        ``[operators] default_deferrable``.
    :param genesys_cloud_conn_id: id of the connection. (templated)
    """

    page = "agents"
    template_fields: Sequence[str] = ("genesys_cloud_conn_id", "user_ids", "presences", "source_id")
    template_fields_renderers: ClassVar[dict[str, str]] = {"user_ids": "json", "presences": "json"}
    argument_rules: ClassVar[Mapping[str, ArgumentRule]] = {
        "user_ids": SOME_TEXTS,
        "presences": SOME_TEXTS,
        "match": one_of(*get_args(Match)),
        "source_id": optional(TEXT),
        "deferrable": FLAG,
    }

    def __init__(
        self,
        *,
        user_ids: Sequence[str | XComArg] | XComArg,
        presences: Sequence[str | XComArg] | XComArg,
        match: Match = "all",
        source_id: str | XComArg | None = None,
        deferrable: bool = DEFERRABLE,
        genesys_cloud_conn_id: str | XComArg = GenesysCloudHook.default_conn_name,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.user_ids: Rendered = user_ids
        self.presences: Rendered = presences
        self.match = match
        self.source_id: Rendered = source_id
        self._wanted: list[str] | None = None
        self.deferrable = deferrable
        self.genesys_cloud_conn_id = genesys_cloud_conn_id

    def prepare(self, context: Context) -> See:  # noqa: ARG002 - the rule of all sensors
        """Return what looks at the users."""
        from airflow_provider_genesys.presence.looks import ids_of, look_at_users  # noqa: PLC0415 - not while parsed
        from airflow_provider_genesys.presence.users import being_in  # noqa: PLC0415

        being_in([each for each in self.presences if "/" not in each])

        def see(client: GenesysCloudClient) -> Seen:
            if self._wanted is None:
                self._wanted = ids_of(client, self.presences)
            return look_at_users(
                client,
                self.user_ids,
                self.presences,
                match=self.match,
                source_id=self.source_id,
                wanted=self._wanted,
            )

        return see

    def question(self, context: Context) -> Question:  # noqa: ARG002 - the rule of all sensors
        """Return whom to look at, with what the names of presences were found to stand for, if that was found."""
        return "users", {
            "user_ids": [*self.user_ids],
            "presences": [*self.presences],
            "match": self.match,
            "source_id": self.source_id,
            "wanted": self._wanted,
        }


class GenesysCloudPresenceDefinitionsSensor(WaitingMixin, GenesysCloudHookMixin, BaseSensorOperator):
    """Wait until the presence definitions are those of a file, or until they are no longer.

    Two requests each time it looks. With ``deferrable`` a file is read when the task begins to wait, and no more.

    .. seealso:: :ref:`howto/operator:GenesysCloudPresenceDefinitionsSensor`

    :param definitions: the desired state, as in
        :class:`~airflow_provider_genesys.operators.presence.GenesysCloudPlanPresenceDefinitionsOperator`. (templated)
    :param wait_for: ``in_sync`` or ``drift``.
    :param prune: whether a definition that is not in the file is a difference (``deactivate``) or not (``none``).
    :param labels: whether a label in another language is a difference (``replace``) or not (``merge``).
    :param deferrable: whether to wait in the triggerer, without a worker's slot; by default Airflow's option
        ``[operators] default_deferrable``.
    :param genesys_cloud_conn_id: id of the connection. (templated)
    :return: ``creates, updates, reactivates, deactivates, unchanged`` as they were when it ended.
    """

    page = "statuses"
    template_fields: Sequence[str] = ("genesys_cloud_conn_id", "definitions")
    template_fields_renderers: ClassVar[dict[str, str]] = {"definitions": "json"}
    argument_rules: ClassVar[Mapping[str, ArgumentRule]] = {
        "definitions": PATH | ROWS,
        "wait_for": one_of(*get_args(WaitFor)),
        "deferrable": FLAG,
    }

    def __init__(
        self,
        *,
        definitions: AnyPath | Sequence[DefinitionRow] | XComArg,
        wait_for: WaitFor = "in_sync",
        prune: Prune = "none",
        labels: Labels = "replace",
        deferrable: bool = DEFERRABLE,
        genesys_cloud_conn_id: str | XComArg = GenesysCloudHook.default_conn_name,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.definitions: Rendered = definitions
        self.wait_for = wait_for
        self.prune = prune
        self.labels = labels
        self.deferrable = deferrable
        self.genesys_cloud_conn_id = genesys_cloud_conn_id

    def prepare(self, context: Context) -> See:
        """Return what compares the definitions with the file."""
        from airflow_provider_genesys.presence.looks import look_at_definitions  # noqa: PLC0415 - not while parsed

        return partial(
            look_at_definitions,
            definitions=self.definitions,
            wait_for=self.wait_for,
            prune=self.prune,
            labels=self.labels,
            open_path=input_opener("definitions", context),
        )

    def question(self, context: Context) -> Question:
        """Return the definitions themselves: a file beside the Dag need not be there where a trigger runs."""
        from airflow_provider_genesys.presence.definitions import as_rows, load_definitions  # noqa: PLC0415

        desired = load_definitions(self.definitions, open_path=input_opener("definitions", context))
        return "definitions", {
            "definitions": as_rows(desired),
            "wait_for": self.wait_for,
            "prune": self.prune,
            "labels": self.labels,
        }
