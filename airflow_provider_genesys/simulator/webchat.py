"""Web chat: its settings, its deployments, and those of widgets, the other family of web chats."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from airflow_provider_genesys.simulator.errors import ApiError

DEPLOYMENTS = "/api/v2/webchat/deployments"
WIDGETS = "/api/v2/widgets/deployments"
MAX_DEPLOYMENTS = 25


class Deployments:
    """The deployments of an organisation, as bodies give them: nothing is added but id and URI.

    :param new_id: gives the next id by chance.
    :param uri: where they are.
    """

    def __init__(self, new_id: Callable[[], str], uri: str) -> None:
        self._new_id = new_id
        self._uri = uri
        self._deployments: dict[str, dict[str, Any]] = {}

    def deployments(self) -> list[dict[str, Any]]:
        """Return all deployments, in the order of their creation."""
        return [*self._deployments.values()]

    def deployment(self, deployment_id: str, missing: ApiError | None = None) -> dict[str, Any]:
        """Return a deployment.

        :param missing: the error, if there is none; left out, the 404 of most operations.
        :raises ApiError: 404.
        """
        if deployment_id not in self._deployments:
            raise missing or _not_found()
        return self._deployments[deployment_id]

    def create(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Create a deployment. Names need not be unique.

        :raises ApiError: 409, if there are as many as there may be. For widgets this is unconfirmed.
        """
        if len(self._deployments) >= MAX_DEPLOYMENTS:
            message = f"No more than {MAX_DEPLOYMENTS} deployments allowed"
            raise ApiError(409, "maximum.deployments.exceeded", message)
        while (deployment_id := self._new_id()) in self._deployments:
            pass
        return self._write(deployment_id, body)

    def replace(self, deployment_id: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Make a deployment what the body says: what it leaves out is gone.

        :raises ApiError: 404, here without a code of its own.
        """
        self.deployment(deployment_id, ApiError(404))
        return self._write(deployment_id, body)

    def delete(self, deployment_id: str) -> None:
        """Delete a deployment.

        :raises ApiError: 404.
        """
        self.deployment(deployment_id)
        del self._deployments[deployment_id]

    def with_ids(self, bodies: Sequence[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
        """Return deployments to load by their ids, given or new.

        :raises ValueError: if an id is there twice.
        """
        loaded: dict[str, Mapping[str, Any]] = {}
        for body in bodies:
            deployment_id = body.get("id") or self._new_id()
            if deployment_id in loaded:
                raise ValueError(f"deployments: the id {deployment_id} is there twice")
            loaded[deployment_id] = body
        return loaded

    def load(self, loaded: Mapping[str, Mapping[str, Any]]) -> None:
        """Put these deployments in the place of all others, however many there are."""
        self._deployments.clear()
        for deployment_id, body in loaded.items():
            self._write(deployment_id, body)

    def _write(self, deployment_id: str, body: Mapping[str, Any]) -> dict[str, Any]:
        uri = f"{self._uri}/{deployment_id}"
        deployment = {"id": deployment_id, **{name: body[name] for name in body if name != "id"}, "selfUri": uri}
        self._deployments[deployment_id] = deployment
        return deployment


class WebChat(Deployments):
    """Web chat's deployments and settings.

    :param new_id: gives the next id by chance.
    """

    def __init__(self, new_id: Callable[[], str]) -> None:
        super().__init__(new_id, DEPLOYMENTS)
        self.settings: Mapping[str, Any] | None = {"requireDeployment": False}

    def known_settings(self) -> Mapping[str, Any]:
        """Return the settings.

        :raises ApiError: 404, if they were never set, or were deleted. For reads this is unconfirmed.
        """
        if self.settings is None:
            raise _not_found()
        return self.settings


def _not_found() -> ApiError:
    return ApiError(404, "resource.not.found", "The resource could not be found.")
