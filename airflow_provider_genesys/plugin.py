"""The provider's page in Airflow's own UI, from Airflow 3.1 on; older ones know nothing of it.

Every Airflow process imports this module, so it imports nothing that costs time. The page is one JavaScript module that
reads Airflow's REST API as whoever looks at it: that file is the only thing served here, and no data.
"""

from __future__ import annotations

import hashlib
import logging
from functools import cached_property
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from airflow.providers.common.compat.sdk import AirflowPlugin, conf

log = logging.getLogger(__name__)

ROUTE: Final = "genesys_cloud"
"""The page is at ``plugin/genesys_cloud`` in Airflow's UI, and its file below ``/genesys_cloud``."""

FOLDER: Final = Path(__file__).parent / "page"
"""Everything in this folder is served to everybody, logged in or not: nothing but the page belongs there."""


class GenesysCloudPlugin(AirflowPlugin):
    """Tells Airflow's UI of the page and, where ``[genesys] task_tab`` asks for it, of a tab at task instances.

    An exception in either property would keep the API server from starting, so there is none: without its page the
    provider works as ever.
    """

    name = ROUTE

    @cached_property
    def react_apps(self) -> list[dict[str, Any]]:  # type: ignore[override] # made when it is asked for
        """Describe the page and the tab. Airflow cannot limit a tab to some tasks: it is at those of all Dags."""
        try:
            return _apps() if self.fastapi_apps else []
        except Exception:
            log.exception("The page of the Genesys Cloud provider is not available")
            return []

    @cached_property
    def fastapi_apps(self) -> list[dict[str, Any]]:  # type: ignore[override] # made when it is asked for
        """Serve the module; asked for by the API server alone."""
        try:
            from starlette.staticfiles import StaticFiles  # noqa: PLC0415 - not where there is no API server

            return [{"app": StaticFiles(directory=FOLDER), "url_prefix": f"/{ROUTE}", "name": "Genesys Cloud"}]
        except Exception:
            log.exception("The page of the Genesys Cloud provider is not available")
            return []


def _apps() -> list[dict[str, Any]]:
    """Return the entries for ``react_apps``; each name is also that of a component which the module sets globally."""
    # Airflow 3.1 imports the address as it is, so it is absolute. Browsers may keep a file for long, so it has a new
    # address when it has new content.
    path = urlsplit(conf.get("api", "base_url", fallback="") or "").path.rstrip("/")
    digest = hashlib.blake2b((FOLDER / "page.js").read_bytes(), digest_size=8).hexdigest()
    bundle = f"{path}/{ROUTE}/page.js?v={digest}"
    page = {
        "name": "Genesys Cloud",
        "bundle_url": bundle,
        "destination": "nav",
        "category": "browse",
        "url_route": ROUTE,
    }
    tab = {
        "name": "Genesys",
        "bundle_url": bundle,
        "destination": "task_instance",
        "url_route": f"{ROUTE}_task",
    }
    return [page, tab] if conf.getboolean("genesys", "task_tab", fallback=False) else [page]
