"""The part of an operator, sensor or transfer that has the hook of Genesys Cloud."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from airflow_provider_genesys.arguments import TEXT, read
from airflow_provider_genesys.hooks.genesys_cloud import GenesysCloudHook
from airflow_provider_genesys.links import GenesysCloudAccountLink, GenesysCloudLink, push_link
from airflow_provider_genesys.tasks.checked import CheckedArgumentsMixin

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import Context

    from airflow_provider_genesys.links import Page
    from airflow_provider_genesys.presence.resolve import PresenceResolver
    from airflow_provider_genesys.tasks.checked import Rendered


class GenesysCloudHookMixin(CheckedArgumentsMixin):
    """The part of an operator, sensor or transfer that has the hook of Genesys Cloud."""

    genesys_cloud_conn_id: Rendered
    page: ClassVar[Page] = "admin"
    """The page of Genesys Cloud that the task's link leads to."""
    operator_extra_links: Any = (GenesysCloudLink(),)

    @cached_property
    def hook(self) -> GenesysCloudHook:
        """The hook of Genesys Cloud."""
        return GenesysCloudHook(self.genesys_cloud_conn_id)

    @cached_property
    def _presence_resolver(self) -> PresenceResolver:
        """What finds presences in Genesys Cloud; it reads the definitions once, for all that the task asks."""
        return self.hook.get_presence_resolver()

    def read_arguments(self) -> None:
        """Put in the place of each argument, the connection's id among them, what it stands for."""
        self.genesys_cloud_conn_id = read("genesys_cloud_conn_id", self.genesys_cloud_conn_id, TEXT)
        super().read_arguments()

    def push_link(self, context: Context, *, connects: bool = True) -> None:
        """Push where the task's links lead, first of all; a connection that cannot be read is told by the task.

        :param connects: whether the task is known to have to do with the organisation; until it is, its connection is
            not looked up, and the link leads nowhere.
        """
        task: Any = self
        for link in self.operator_extra_links:
            if isinstance(link, GenesysCloudAccountLink):
                link.push(task, context)
        push_link(self.hook.get_connection_settings if connects else None, self.page, context)
