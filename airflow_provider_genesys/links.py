"""From a task in Airflow's pages to the page of Genesys Cloud that it is about, and to the page of its account."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, TypeAlias
from urllib.parse import urlencode

from airflow.providers.common.compat.sdk import BaseOperatorLink, XCom

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import BaseOperator, Context

    from airflow_provider_genesys.api.settings import ClientSettings

log = logging.getLogger(__name__)

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
        """Return the address that the task pushed, empty where there is no page."""
        return XCom.get_value(key=self.xcom_key, ti_key=ti_key) or ""


def push_link(read_settings: Callable[[], ClientSettings] | None, page: Page, context: Context) -> None:
    """Push the address of a page, an empty one if it is not known in which region the organisation is.

    Also that: of a link that nobody pushed Airflow 3 logs an error when the task ends. What fails costs the link alone.

    :param read_settings: returns what the connection says; with a ``base_url`` and no region, a gateway or a simulator,
        nobody knows where the organisation's pages are. ``None`` if the task has nothing to do with any.
    """
    try:
        address = "" if read_settings is None else _address(read_settings, page)
        context["ti"].xcom_push(key=GenesysCloudLink.xcom_key, value=address)
    except Exception as error:  # noqa: BLE001 - the task's work does not hang on it
        log.debug("The link to Genesys Cloud could not be pushed: %s", type(error).__name__)


def _address(read_settings: Callable[[], ClientSettings], page: Page) -> str:
    try:
        apps_url = read_settings().apps_url
    except Exception as error:  # noqa: BLE001 - the task itself tells what is wrong
        # By its type alone: what Airflow says of an address that it cannot read has the password in it.
        log.debug("There is no link to Genesys Cloud: %s", type(error).__name__)
        return ""
    return "" if apps_url is None else f"{apps_url}{PAGES[page]}"


class GenesysCloudAccountLink(BaseOperatorLink):
    """To the account of the task, on the provider's own page in Airflow's UI, which there is from Airflow 3.1 on.

    On an older one it is empty. The address is made of the task instance's ids alone: it is pushed when the task
    begins, and Airflow, which asks for it when the task ends and writes the answer over that, gets the same.
    """

    name = "Genesys Cloud account"
    xcom_key = "genesys_cloud_account_link"

    def get_link(self, operator: BaseOperator | None, *, ti_key: Any) -> str:  # noqa: ARG002
        """Return the address, relative to wherever Airflow's UI is."""
        if not _has_pages():
            return ""
        index = -1 if ti_key.map_index is None else ti_key.map_index
        ids = {"dag": ti_key.dag_id, "run": ti_key.run_id, "task": ti_key.task_id, "index": index}
        return f"plugin/genesys_cloud?{urlencode(ids)}"

    def push(self, operator: BaseOperator | None, context: Mapping[str, Any]) -> None:
        """Push the address, first of all; that it cannot be pushed costs the link and nothing else.

        By it the page knows a summary that the provider's code has told, in a class of one's own too, from what anybody
        else's task calls so.

        :param operator: the task, ``None`` where the hook publishes in one that is not the provider's.
        """
        try:
            if address := self.get_link(operator, ti_key=context["ti"]):
                context["ti"].xcom_push(key=self.xcom_key, value=address)
        except Exception as error:  # noqa: BLE001 - the task's work does not hang on it
            log.debug("There is no link to the account: %s", type(error).__name__)


def _has_pages() -> bool:
    """Tell whether this Airflow knows plugins with pages of their own in its UI."""
    from airflow.providers.common.compat.sdk import AirflowPlugin  # noqa: PLC0415 - not while Dags are parsed

    return hasattr(AirflowPlugin, "react_apps")


ACCOUNT_LINKS = (GenesysCloudLink(), GenesysCloudAccountLink())
"""Of a task whose account the page shows."""
