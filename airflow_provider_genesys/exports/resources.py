"""What can be exported, one row each: adding a resource is adding a row.

Listings hold whole entities, so that a resource is read with one request for each listing (and page of 300, where a
listing has pages), never with one for each entity.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from airflow_provider_genesys.exceptions import GenesysConfigError

if TYPE_CHECKING:
    from airflow_provider_genesys.api.operations.names import GenesysCloudListingName, GenesysCloudOperationName

Entity = Mapping[str, Any]

ResourceName: TypeAlias = Literal[
    "webchat_settings",
    "webchat_deployments",
    "widget_deployments",
    "web_messaging_configurations",
    "web_messaging_deployments",
    "presence_definitions",
    "presence_sources",
    "presence_settings",
    "system_presences",
]
"""The names of :data:`RESOURCES`, for type checkers; one is added with its row."""
GroupName: TypeAlias = Literal["webchat", "web_messaging", "presence", "all"]
"""The names of :data:`GROUPS`, for type checkers."""
Included: TypeAlias = Sequence[ResourceName | GroupName]
"""What to export."""

_LINKS = frozenset({"selfUri"})
_HISTORY = frozenset(
    {"dateCreated", "dateModified", "datePublished", "createdUser", "lastModifiedUser", "publishedUser"}
)


@dataclass(frozen=True, slots=True)
class Read:
    """A request that a resource is read with.

    :param operation: name of the operation.
    :param query: its query parameters.
    """

    operation: GenesysCloudOperationName
    query: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Resource:
    """A kind of thing that is configured.

    :param name: its name in ``include``, in manifests and in summaries.
    :param title: its name for people.
    :param group: the group it is in.
    :param reads: the listings that hold it; an entity in several of them is what the last one says.
    :param witness: for settings, of which there is one or none: an operation of the same API. If it answers where the
        settings are not found, they were never set; if it does not either, the API is gone. ``None``: a listing.
    :param volatile: names of fields, however deep, that do not say what is configured: kept apart, in the manifest.
    :param display: returns an entity's name for people.
    :param versions: for what has drafts and published versions, of which only the latter count: the operation that
        lists all versions of the entity whose id is its one path parameter, and that parameter's name.
    """

    name: str
    title: str
    group: str
    reads: tuple[Read, ...]
    witness: GenesysCloudOperationName | None = None
    volatile: frozenset[str] = _LINKS
    display: Callable[[Entity], str] = lambda entity: str(entity.get("name") or "")
    versions: tuple[GenesysCloudListingName, str] | None = None

    @property
    def is_listing(self) -> bool:
        """Whether there may be many of them."""
        return self.witness is None

    def identity(self, entity: Entity) -> str:
        """Return what makes an entity the same one tomorrow: its id, or for settings their resource's name."""
        return str(entity["id"]) if self.is_listing else self.name


def _presence_name(definition: Entity) -> str:
    labels: Mapping[str, str] = definition.get("languageLabels") or {}
    first = next((locale for locale in ("en_US", "en") if locale in labels), min(labels, default=None))
    system_presence = str(definition.get("systemPresence") or "")
    return f"{system_presence}/{labels[first]}" if first else system_presence


_DEACTIVATED = ("FALSE", "TRUE", "FALSE")
"""What is deactivated or activated between two reads would be in neither: the active ones are read before and after."""

_ROWS = (
    Resource(
        name="webchat_settings",
        title="Web chat settings",
        group="webchat",
        reads=(Read("getWebchatSettings"),),
        witness="getWebchatDeployments",
        display=lambda _: "settings",
    ),
    Resource(
        name="webchat_deployments",
        title="Web chat deployments",
        group="webchat",
        reads=(Read("getWebchatDeployments"),),
    ),
    Resource(
        name="widget_deployments",
        title="Widget deployments of web chat",
        group="webchat",
        reads=(Read("getWidgetsDeployments"),),
    ),
    # The listing has each configuration's last published version, whole. An older one that a deployment still uses is
    # in that deployment.
    Resource(
        name="web_messaging_configurations",
        title="Web messaging configurations",
        group="web_messaging",
        reads=(Read("getWebdeploymentsConfigurations", {"showOnlyPublished": True}),),
        volatile=_LINKS | _HISTORY,
        versions=("getWebdeploymentsConfigurationVersions", "configurationId"),
    ),
    Resource(
        name="web_messaging_deployments",
        title="Web messaging deployments",
        group="web_messaging",
        reads=(Read("getWebdeploymentsDeployments", {"expand": "Configuration"}),),
        volatile=_LINKS | _HISTORY,
    ),
    Resource(
        name="presence_definitions",
        title="Presence definitions",
        group="presence",
        reads=tuple(
            Read("getPresenceDefinitions", {"deactivated": deactivated, "localeCode": "ALL"})
            for deactivated in _DEACTIVATED
        ),
        display=_presence_name,
    ),
    Resource(
        name="presence_sources",
        title="Presence sources",
        group="presence",
        reads=tuple(Read("getPresenceSources", {"deactivated": deactivated}) for deactivated in _DEACTIVATED),
    ),
    Resource(
        name="presence_settings",
        title="Presence settings",
        group="presence",
        reads=(Read("getPresenceSettings"),),
        witness="getPresenceSources",
        display=lambda _: "settings",
    ),
    Resource(
        name="system_presences",
        title="System presences",
        group="presence",
        reads=(Read("getSystempresences"),),
    ),
)

RESOURCES: Mapping[str, Resource] = MappingProxyType({row.name: row for row in _ROWS})
"""The resources by name."""

GROUPS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        **{
            group: tuple(row.name for row in _ROWS if row.group == group)
            for group in dict.fromkeys(r.group for r in _ROWS)
        },
        "all": tuple(RESOURCES),
    }
)
"""Names of resources by the name of their group."""


def select(include: Any) -> tuple[Resource, ...]:
    """Return the resources that some names mean, each once, in the table's order.

    :param include: names of resources and groups, in a list.
    :raises GenesysConfigError: it is no such list, or a name is unknown.
    """
    if isinstance(include, str) or not isinstance(include, Sequence) or not include:
        raise GenesysConfigError(f"include must be a list of at least one resource or group: {_known()}")
    wanted: set[str] = set()
    for name in include:
        if not isinstance(name, str) or (name not in RESOURCES and name not in GROUPS):
            raise GenesysConfigError(f"include: {name!r} is unknown; there are {_known()}")
        wanted |= {name} if name in RESOURCES else set(GROUPS[name])
    return tuple(row for row in _ROWS if row.name in wanted)


def _known() -> str:
    return f"{', '.join(RESOURCES)}, and the groups {', '.join(GROUPS)}"
