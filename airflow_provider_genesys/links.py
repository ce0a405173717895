"""From a task in Airflow's pages to the page of Genesys Cloud that shows what it is about."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, TypeAlias

from airflow.providers.common.compat.sdk import BaseOperatorLink, XCom

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import BaseOperator, Context

    from airflow_provider_genesys.api.settings import ClientSettings

Page: TypeAlias = Literal["admin", "agents", "oauth", "statuses", "widgets"]

PAGES: Mapping[Page, str] = MappingProxyType(
    {
        "admin": "/directory/#/admin",
        "agents": "/directory/#/analytics/agents",
        "oauth": "/directory/#/admin/integrations/oauth",
        "statuses": "/directory/#/admin/general-info/details",
        "widgets": "/directory/#/admin/integrations/widgets",
    }
)
"""Paths of pages. Genesys publishes none: all are taken from public code that links to them, and are unconfirmed.

How far each is supported there is in the documentation, on the page of the connection.
"""


class GenesysCloudLink(BaseOperatorLink):
    """To a page of the organisation's Genesys Cloud.

    The task pushes its address when it begins, so that it is there while the task runs or waits, and after it was
    killed. It is read from there ever after: nobody else looks up the connection.
    """

    name = "Genesys Cloud"
    xcom_key = "genesys_cloud_link"

    def get_link(self, operator: BaseOperator, *, ti_key: object) -> str:  # noqa: ARG002
        """Return the address that the task pushed, empty where it pushed none."""
        return XCom.get_value(key=self.xcom_key, ti_key=ti_key) or ""


def push_link(settings: ClientSettings, page: Page, context: Context) -> None:
    """Push the address of a page, if it is known in which region the organisation is.

    :param settings: what the connection says; with a ``base_url`` and no region, a gateway or a simulator, nobody knows
        where the organisation's pages are, and there is no link.
    """
    if settings.apps_url is not None:
        context["ti"].xcom_push(key=GenesysCloudLink.xcom_key, value=f"{settings.apps_url}{PAGES[page]}")
