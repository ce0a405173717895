"""Web messaging: configurations with their versions, and the deployments that use them."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from airflow_provider_genesys.simulator.errors import ApiError

if TYPE_CHECKING:
    from airflow_provider_genesys.simulator.dates import Dates

CONFIGURATIONS = "/api/v2/webdeployments/configurations"
DEPLOYMENTS = "/api/v2/webdeployments/deployments"
DRAFT = "DRAFT"
# What the server sets, whatever a request says.
READ_ONLY = frozenset(
    {
        *("id", "version", "snippet", "selfUri"),
        *("dateCreated", "dateModified", "datePublished"),
        *("createdUser", "lastModifiedUser", "publishedUser"),
    }
)
Entity = dict[str, Any]
Loaded = TypeVar("Loaded")


@dataclass(slots=True)
class Configuration:
    """A configuration.

    :param draft: the version being worked on; it stays when it is published, which is unconfirmed.
    :param versions: the published ones, by number, from ``1``.
    """

    id: str
    draft: Entity | None = None
    versions: dict[str, Entity] = field(default_factory=dict)

    def newest(self) -> Entity:
        """Return the draft, or without one the version published last."""
        return self.draft or [*self.versions.values()][-1]

    def all_versions(self) -> list[Entity]:
        """Return the published versions and then the draft, if there is one."""
        return [*self.versions.values(), *([self.draft] if self.draft else [])]


@dataclass(frozen=True, slots=True)
class LoadedConfiguration:
    """A configuration to be loaded.

    :param id: ``None`` for a new one.
    :param versions: the published versions, in order; their numbers follow from their places.
    """

    id: str | None
    versions: Sequence[Entity]
    draft: Entity | None


class WebMessaging:
    """All configurations and deployments of an organisation.

    :param new_id: gives the next id by chance.
    :param dates: gives the date of what happens next.
    """

    def __init__(self, new_id: Callable[[], str], dates: Dates) -> None:
        self._new_id = new_id
        self._dates = dates
        self._configurations: dict[str, Configuration] = {}
        self._deployments: dict[str, Entity] = {}
        self._identity_resolutions: dict[str, Entity] = {}

    # Configurations

    def configurations(self) -> list[Configuration]:
        """Return all configurations, in the order of their creation."""
        return [*self._configurations.values()]

    def configuration(self, configuration_id: str) -> Configuration:
        """Return a configuration.

        :raises ApiError: 404.
        """
        if configuration_id not in self._configurations:
            raise ApiError(404)
        return self._configurations[configuration_id]

    def version(self, configuration_id: str, version: str) -> Entity:
        """Return a version of a configuration.

        :param version: a number, or ``DRAFT`` in whatever case.
        :raises ApiError: 404.
        """
        configuration = self.configuration(configuration_id)
        found = configuration.draft if version.upper() == DRAFT else configuration.versions.get(version)
        if found is None:
            raise ApiError(404)
        return found

    def create_configuration(self, body: Entity) -> Entity:
        """Create a configuration, as a draft.

        :raises ApiError: 400.
        """
        check_configuration(body)
        configuration = Configuration(self._unused_id(self._configurations))
        now = self._dates.next()
        configuration.draft = _version(configuration.id, DRAFT, body, {"dateCreated": now, "dateModified": now})
        self._configurations[configuration.id] = configuration
        return configuration.draft

    def replace_draft(self, configuration_id: str, body: Entity) -> Entity:
        """Make a draft what the body says; without one there will be one.

        :raises ApiError: 404 or 400.
        """
        configuration = self.configuration(configuration_id)
        check_configuration(body)
        now = self._dates.next()
        created = configuration.draft["dateCreated"] if configuration.draft else now
        dates = {"dateCreated": created, "dateModified": now}
        configuration.draft = _version(configuration_id, DRAFT, body, dates)
        return configuration.draft

    def publish(self, configuration_id: str) -> Entity:
        """Make a new version of the draft.

        :raises ApiError: 404, if there is no draft.
        """
        draft = self.version(configuration_id, DRAFT)
        configuration = self.configuration(configuration_id)
        number = str(len(configuration.versions) + 1)
        dates = {"dateCreated": draft["dateCreated"], "dateModified": draft["dateModified"]}
        published = _version(configuration_id, number, draft, {**dates, "datePublished": self._dates.next()})
        configuration.versions[number] = published
        return published

    def delete_configuration(self, configuration_id: str) -> None:
        """Delete all versions of a configuration.

        :raises ApiError: 404, or 409 if a deployment uses one of them.
        """
        self.configuration(configuration_id)
        if any(deployment["configuration"]["id"] == configuration_id for deployment in self._deployments.values()):
            raise ApiError(409, "resource.conflict", "Resource is used by another")
        del self._configurations[configuration_id]

    # Deployments

    def deployments(self) -> list[Entity]:
        """Return all deployments, in the order of their creation."""
        return [*self._deployments.values()]

    def deployment(self, deployment_id: str) -> Entity:
        """Return a deployment.

        :raises ApiError: 404.
        """
        if deployment_id not in self._deployments:
            raise ApiError(404)
        return self._deployments[deployment_id]

    def create_deployment(self, body: Entity) -> Entity:
        """Create a deployment.

        :raises ApiError: 400 or 404.
        """
        check_deployment(body, self._configurations)
        deployment_id = self._unused_id(self._deployments)
        now = self._dates.next()
        deployment = _deployment(deployment_id, body, self._configurations, {"dateCreated": now, "dateModified": now})
        self._deployments[deployment_id] = deployment
        return deployment

    def replace_deployment(self, deployment_id: str, body: Entity) -> Entity:
        """Make a deployment what the body says, whole.

        :raises ApiError: 404 or 400.
        """
        before = self.deployment(deployment_id)
        check_deployment(body, self._configurations)
        dates = {"dateCreated": before["dateCreated"], "dateModified": self._dates.next()}
        self._deployments[deployment_id] = _deployment(deployment_id, body, self._configurations, dates)
        return self._deployments[deployment_id]

    def delete_deployment(self, deployment_id: str) -> None:
        """Delete a deployment and what belongs to it.

        :raises ApiError: 404.
        """
        self.deployment(deployment_id)
        del self._deployments[deployment_id]
        self._identity_resolutions.pop(deployment_id, None)

    def identity_resolution(self, deployment_id: str) -> Entity:
        """Return how a deployment recognises customers. What is true before anybody sets it is unconfirmed.

        :raises ApiError: 404.
        """
        self.deployment(deployment_id)
        setting = self._identity_resolutions.get(deployment_id, {"resolveIdentities": False})
        return {**setting, "selfUri": f"{DEPLOYMENTS}/{deployment_id}/identityresolution"}

    def set_identity_resolution(self, deployment_id: str, body: Entity) -> Entity:
        """Set how a deployment recognises customers.

        :raises ApiError: 404.
        """
        self.deployment(deployment_id)
        self._identity_resolutions[deployment_id] = body
        return self.identity_resolution(deployment_id)

    # All at once

    def load(self, configurations: Sequence[LoadedConfiguration] | None, deployments: Sequence[Entity] | None) -> None:
        """Put configurations and deployments in the place of all others; ``None`` leaves those there are.

        What the server would set (dates, users, ...) is taken as given; where it is not given, it is made up.

        :raises ApiError: if a configuration is against the rules; nothing is changed then.
        :raises ValueError: if a deployment is, an id is there twice, or a configuration has no version; nothing is
            changed then.
        """
        now = self._dates.next()
        loaded = self._configurations
        if configurations is not None:
            entities = [self._loaded(configuration, now) for configuration in configurations]
            loaded = _by_id("configurations", [(configuration.id, configuration) for configuration in entities])
        bodies = self.deployments() if deployments is None else deployments
        for index, body in enumerate(bodies):
            _check_loaded_deployment(index, body, loaded)
        dates = {"dateCreated": now, "dateModified": now}
        ids = [body.get("id") or self._new_id() for body in bodies]
        self._deployments = _by_id(
            "deployments",
            [
                (id_, {**_deployment(id_, body, loaded, dates), **_given(body)})
                for id_, body in zip(ids, bodies, strict=True)
            ],
        )
        self._configurations = loaded
        self._identity_resolutions = {
            id_: setting for id_, setting in self._identity_resolutions.items() if id_ in self._deployments
        }

    def as_json(self) -> dict[str, Any]:
        """Return configurations and deployments as they can be loaded, and identity resolutions by deployment."""
        return {
            "configurations": [
                {"id": configuration.id, "versions": [*configuration.versions.values()], "draft": configuration.draft}
                for configuration in self._configurations.values()
            ],
            "deployments": self.deployments(),
            "identityResolutions": self._identity_resolutions,
        }

    def _loaded(self, loaded: LoadedConfiguration, now: str) -> Configuration:
        configuration = Configuration(loaded.id or self._new_id())
        if not loaded.versions and loaded.draft is None:
            raise ValueError(f"configurations: {configuration.id} has neither versions nor a draft")
        dates = {"dateCreated": now, "dateModified": now}
        for number, body in enumerate(loaded.versions, start=1):
            check_configuration(body)
            version = _version(configuration.id, str(number), body, {**dates, "datePublished": now})
            configuration.versions[str(number)] = {**version, **_given(body)}
        if loaded.draft is not None:
            check_configuration(loaded.draft)
            configuration.draft = {**_version(configuration.id, DRAFT, loaded.draft, dates), **_given(loaded.draft)}
        return configuration

    def _unused_id(self, taken: Container[str]) -> str:
        while (entity_id := self._new_id()) in taken:
            pass
        return entity_id


def check_configuration(body: Entity) -> None:
    """Refuse a configuration that is against the rules.

    :raises ApiError: 400.
    """
    if not body.get("messenger", {}).get("enabled"):
        return
    for name in ("languages", "defaultLanguage"):
        if not body.get(name):
            raise _constraint(name, "is required if the messenger is enabled")


def check_deployment(body: Entity, configurations: Mapping[str, Configuration]) -> None:
    """Refuse a deployment that is against the rules. How the real server refuses a wrong configuration is unconfirmed.

    :raises ApiError: 404 for a configuration or version that is not there, 400 for a draft and all the rest.
    """
    if body.get("allowAllDomains") and body.get("allowedDomains"):
        raise _constraint("allowedDomains", "must be empty if all domains are allowed")
    configuration_id, version = body["configuration"]["id"], body["configuration"]["version"]
    if configuration_id not in configurations:
        raise ApiError(404)
    if version.upper() == DRAFT:
        raise ApiError(400, "illegal.operation", "Unable to perform the requested operation")
    if version not in configurations[configuration_id].versions:
        raise ApiError(404)


def _check_loaded_deployment(index: int, body: Entity, configurations: Mapping[str, Configuration]) -> None:
    try:
        check_deployment(body, configurations)
    except ApiError as error:
        used = f"version {body['configuration']['version']} of configuration {body['configuration']['id']}"
        raise ValueError(f"deployments[{index}] with {used}: {error}") from error


def _version(configuration_id: str, version: str, body: Entity, dates: Mapping[str, str]) -> Entity:
    uri = f"{CONFIGURATIONS}/{configuration_id}/versions/{version}"
    head = {"id": configuration_id, "name": body["name"], "version": version}
    return {**head, "status": "Active", **_written(body), **dates, "selfUri": uri}


def _deployment(
    deployment_id: str, body: Entity, configurations: Mapping[str, Configuration], dates: Mapping[str, str]
) -> Entity:
    """Return a deployment that has been checked."""
    used = configurations[body["configuration"]["id"]].versions[body["configuration"]["version"]]
    return {
        "id": deployment_id,
        "status": "Active",
        **_written(body),
        "configuration": {name: used[name] for name in ("id", "name", "version", "selfUri")},
        "snippet": f"<script>Genesys('deploymentId', '{deployment_id}')</script>",
        **dates,
        "selfUri": f"{DEPLOYMENTS}/{deployment_id}",
    }


def _written(body: Entity) -> Entity:
    """Return the fields of a body that are the client's to write."""
    return {name: value for name, value in body.items() if name not in READ_ONLY}


def _given(body: Entity) -> Entity:
    """Return the fields of a body that the server sets, apart from those that follow from where the entity is."""
    return {name: body[name] for name in READ_ONLY - {"id", "version", "selfUri"} if name in body}


def _by_id(kind: str, entities: Sequence[tuple[str, Loaded]]) -> dict[str, Loaded]:
    by_id = dict(entities)
    if len(by_id) < len(entities):
        raise ValueError(f"{kind}: an id is there twice")
    return by_id


def _constraint(field_name: str, message: str) -> ApiError:
    details = [{"errorCode": "constraint.validation", "fieldName": field_name}]
    return ApiError(400, "constraint.validation", f"{field_name}: {message}", details)
