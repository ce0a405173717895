"""A client whose answers a test sets: no network, and a count of what is asked."""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from airflow_provider_genesys.api.genesys_cloud import GenesysCloudClient
from airflow_provider_genesys.api.settings import ClientSettings
from airflow_provider_genesys.exceptions import (
    GenesysApiError,
    GenesysGoneError,
    GenesysNotFoundError,
    GenesysPermissionError,
)
from airflow_provider_genesys.exports.exporter import Exporter
from airflow_provider_genesys.exports.resources import select

ORGANIZATION = "c0ffee00-8f0c-4b3a-9a57-2f6f6f1f3c01"
NOT_FOUND = "resource.not.found"


def forbidden(name: str) -> GenesysPermissionError:
    return GenesysPermissionError(403, "missing.permissions", "You are missing it", "c-403", operation=name)


def not_found(name: str, code: str = "not.found") -> GenesysNotFoundError:
    return GenesysNotFoundError(404, code, "The requested resource was not found.", "c-404", operation=name)


def gone(name: str) -> GenesysGoneError:
    return GenesysGoneError(410, "gone", "Gone.", "c-410", operation=name)


def stranger(name: str) -> GenesysNotFoundError:
    return GenesysNotFoundError(404, None, "the answer is text/html instead of JSON", operation=name)


def deployment(number: int, **changes: Any) -> dict[str, Any]:
    identity = f"d-{number:04}"
    return {
        "id": identity,
        "name": f"Shop {number}",
        "allowedDomains": ["shop.example.com"],
        "flow": {"id": "f-1", "name": "Chat", "selfUri": "/api/v2/flows/f-1"},
        "selfUri": f"/api/v2/webchat/deployments/{identity}",
        **changes,
    }


class FakeGenesys(GenesysCloudClient):
    """Answers operations with what is set, page by page where it is a list of pages.

    An answer may be an error, or a callable that gets the query and returns one.
    """

    def __init__(self, deployments: int = 3) -> None:
        super().__init__(
            ClientSettings("the-id", "secret", "https://api.mypurecloud.de", "https://login.mypurecloud.de")
        )
        self.asked: Counter[str] = Counter()
        self.answers: dict[str, Any] = {
            "getOrganizationsMe": {"id": ORGANIZATION, "name": "Example"},
            "headTokensMe": None,
            "getWebchatSettings": {"requireDeployment": False},
            "getWebchatDeployments": listing(*[deployment(number) for number in range(deployments)]),
            "getWidgetsDeployments": listing(),
            "getWebdeploymentsConfigurations": [],
            "getWebdeploymentsDeployments": [],
            "getPresenceDefinitions": listing(),
            "getPresenceSources": listing(),
            "getPresenceSettings": {"requestingOffQueueEnabled": True, "selfUri": "/api/v2/presence/settings"},
            "getSystempresences": [{"id": "Available", "name": "Available", "selfUri": "/x"}],
        }
        self.paged = {
            "getWebdeploymentsConfigurations",
            "getWebdeploymentsDeployments",
            "getWebdeploymentsConfigurationVersions",
        }

    def call(self, name: Any, *, query: Any = None, path_params: Any = None) -> Any:  # type: ignore[override]
        return self._answer(name, self.answers[name], query, path_params)

    def iterate(
        self,
        name: Any,
        *,
        query: Any = None,
        path_params: Any = None,
        on_page: Callable[[Any], None] | None = None,
    ) -> Iterator[Any]:
        pages = self.answers[name]
        if callable(pages):
            pages = pages(query or path_params)
        for page in (pages if name in self.paged and isinstance(pages, list) else [pages]) or [listing()]:
            answer = self._answer(name, page, query, path_params)
            if on_page:
                on_page(answer)
            yield from answer["entities"] if isinstance(answer, dict) else answer

    def _answer(self, name: str, answer: Any, query: Any, path_params: Any) -> Any:
        self.asked[name] += 1
        self.meter.add(requests=1)
        if callable(answer):
            answer = answer(query or path_params)
        if isinstance(answer, GenesysApiError):
            raise answer
        return copy.deepcopy(answer)


def listing(*entities: Any, total: int | None = None) -> dict[str, Any]:
    return {"total": len(entities) if total is None else total, "entities": [*entities], "selfUri": "/list"}


def export(genesys: FakeGenesys, root: Any, include: Any = ("webchat",), **arguments: Any) -> dict[str, Any]:
    return Exporter(genesys, root, select([*include]), **arguments).export()  # type: ignore[arg-type]
