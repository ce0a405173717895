"""The API's operations, one row each: adding an operation is adding a row.

Names, paths, parameters and permissions are those of the published API description; permissions go into the message of
a 403. Where a row has none, the description names none or could not be read.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from airflow_provider_genesys.exceptions import GenesysConfigError


@dataclass(frozen=True, slots=True)
class Operation:
    """How one operation is called, and how carefully.

    :param name: its name in the API description, such as ``getPresenceSources``.
    :param method: HTTP method.
    :param path: path from the host on, with ``{placeholders}``.
    :param query: names of the query parameters it takes.
    :param paging: how its answers are paged: not, by ``pageNumber``, or by following ``nextUri``.
    :param authentication: whose token it wants: the client's, that of a guest (web chat), or none.
    :param permissions: permissions the client needs.
    :param any_permission: whether one of them is enough, else it needs all.
    :param repeat: who may repeat it after a failure: ``client`` (harmless), ``caller`` (only who sent it knows how),
        ``nobody``.
    :param deprecated: since when, if it is.
    :param successor: name of the operation to use in its place.
    :param aliases: other names it is known by.
    """

    name: str
    method: str
    path: str
    query: tuple[str, ...] = ()
    paging: Literal["none", "page", "cursor"] = "none"
    authentication: Literal["bearer", "guest", "none"] = "bearer"
    permissions: tuple[str, ...] = ()
    any_permission: bool = False
    repeat: Literal["client", "caller", "nobody"] = "nobody"
    deprecated: str | None = None
    successor: str | None = None
    aliases: tuple[str, ...] = ()


_VERSION_2_ONLY = "2024-02-01"  # when version 1 of the presence definitions was deprecated (release notes 93.0.0)

_ROWS = (
    # Batch events. What became of a request whose answer was lost, only the publisher can settle: repeat="caller".
    Operation(
        name="postEventsConversations",
        method="POST",
        path="/api/v2/events/conversations",
        permissions=("conversation:conversation:inject",),
        repeat="caller",
    ),
    Operation(
        name="postEventsUsersPresence",
        method="POST",
        path="/api/v2/events/users/presence",
        permissions=("presence:userPresence:inject",),
        repeat="caller",
    ),
    Operation(
        name="postEventsUsersRoutingstatus",
        method="POST",
        path="/api/v2/events/users/routingstatus",
        permissions=("routing:routingstatus:inject",),
        repeat="caller",
    ),
    Operation(
        name="postEventsRoutingCustomkpiattributions",
        method="POST",
        path="/api/v2/events/routing/customkpiattributions",
        permissions=("routing:customKpiAttribution:inject",),
        repeat="caller",
    ),
    # Who am I, and where.
    Operation(name="headTokensMe", method="HEAD", path="/api/v2/tokens/me", repeat="client"),
    Operation(name="getOrganizationsMe", method="GET", path="/api/v2/organizations/me", repeat="client"),
    # Presence definitions. The trailing-0 names are those of older SDKs. POST creates another one each time: labels are
    # not unique, so only who sent it can tell, by looking, whether a lost one arrived.
    Operation(
        name="getPresenceDefinitions",
        method="GET",
        path="/api/v2/presence/definitions",
        query=("deactivated", "divisionId", "localeCode"),
        permissions=("presence:presenceDefinition:view",),
        repeat="client",
        aliases=("getPresenceDefinitions0",),
    ),
    Operation(
        name="getPresenceDefinition",
        method="GET",
        path="/api/v2/presence/definitions/{definitionId}",
        query=("localeCode",),
        permissions=("presence:presenceDefinition:view",),
        repeat="client",
        aliases=("getPresenceDefinition0",),
    ),
    Operation(
        name="postPresenceDefinitions",
        method="POST",
        path="/api/v2/presence/definitions",
        permissions=("presence:presenceDefinition:add",),
        repeat="caller",
        aliases=("postPresenceDefinitions0",),
    ),
    Operation(
        name="putPresenceDefinition",
        method="PUT",
        path="/api/v2/presence/definitions/{definitionId}",
        permissions=("presence:presenceDefinition:edit",),
        repeat="client",
        aliases=("putPresenceDefinition0",),
    ),
    Operation(
        name="deletePresenceDefinition",
        method="DELETE",
        path="/api/v2/presence/definitions/{definitionId}",
        permissions=("presence:presenceDefinition:delete", "presence:presenceDefinition:edit"),
        any_permission=True,
        repeat="client",
        aliases=("deletePresenceDefinition0",),
    ),
    # The same by version 1, which spells "On Queue" and knows neither type nor division.
    Operation(
        name="getPresencedefinitions",
        method="GET",
        path="/api/v2/presencedefinitions",
        query=("pageNumber", "pageSize", "deleted", "localeCode"),
        paging="page",
        repeat="client",
        deprecated=_VERSION_2_ONLY,
        successor="getPresenceDefinitions",
    ),
    Operation(
        name="getPresencedefinition",
        method="GET",
        path="/api/v2/presencedefinitions/{presenceId}",
        query=("localeCode",),
        permissions=("presence:presenceDefinition:view",),
        repeat="client",
        deprecated=_VERSION_2_ONLY,
        successor="getPresenceDefinition",
    ),
    Operation(
        name="postPresencedefinitions",
        method="POST",
        path="/api/v2/presencedefinitions",
        permissions=("presence:presenceDefinition:add",),
        deprecated=_VERSION_2_ONLY,
        successor="postPresenceDefinitions",
    ),
    Operation(
        name="putPresencedefinition",
        method="PUT",
        path="/api/v2/presencedefinitions/{presenceId}",
        permissions=("presence:presenceDefinition:edit",),
        repeat="client",
        deprecated=_VERSION_2_ONLY,
        successor="putPresenceDefinition",
    ),
    Operation(
        name="deletePresencedefinition",
        method="DELETE",
        path="/api/v2/presencedefinitions/{presenceId}",
        permissions=("presence:presenceDefinition:delete",),
        repeat="client",
        deprecated=_VERSION_2_ONLY,
        successor="deletePresenceDefinition",
    ),
    Operation(name="getSystempresences", method="GET", path="/api/v2/systempresences", repeat="client"),
    # Sources of presences, the settings, and which source counts for a user.
    Operation(
        name="getPresenceSources",
        method="GET",
        path="/api/v2/presence/sources",
        query=("deactivated",),
        permissions=("presence:source:view",),
        repeat="client",
    ),
    Operation(
        name="getPresenceSource",
        method="GET",
        path="/api/v2/presence/sources/{sourceId}",
        permissions=("presence:source:view",),
        repeat="client",
    ),
    Operation(
        name="postPresenceSources",
        method="POST",
        path="/api/v2/presence/sources",
        permissions=("presence:source:add",),
    ),
    Operation(
        name="putPresenceSource",
        method="PUT",
        path="/api/v2/presence/sources/{sourceId}",
        permissions=("presence:source:edit",),
        repeat="client",
    ),
    Operation(
        name="deletePresenceSource",
        method="DELETE",
        path="/api/v2/presence/sources/{sourceId}",
        permissions=("presence:source:delete", "presence:source:edit"),
        any_permission=True,
        repeat="client",
    ),
    Operation(
        name="getPresenceSettings",
        method="GET",
        path="/api/v2/presence/settings",
        permissions=("presence:settings:view",),
        repeat="client",
    ),
    Operation(
        name="putPresenceSettings",
        method="PUT",
        path="/api/v2/presence/settings",
        permissions=("presence:settings:edit",),
        repeat="client",
    ),
    Operation(
        name="getPresenceUserPrimarysource",
        method="GET",
        path="/api/v2/presence/users/{userId}/primarysource",
        permissions=("presence:userPrimarySource:view",),
        repeat="client",
    ),
    Operation(
        name="putPresenceUserPrimarysource",
        method="PUT",
        path="/api/v2/presence/users/{userId}/primarysource",
        permissions=("presence:userPrimarySource:edit",),
        repeat="client",
    ),
    # Users' presences, one user or up to 50 at a time. PATCH sets a presence and does not add to it, so that twice is
    # the same as once. Its permission is needed for any user but oneself, which a client of Airflow's is not.
    Operation(
        name="getUserPresencesPurecloud",
        method="GET",
        path="/api/v2/users/{userId}/presences/purecloud",
        repeat="client",
    ),
    Operation(
        name="getUserPresence", method="GET", path="/api/v2/users/{userId}/presences/{sourceId}", repeat="client"
    ),
    Operation(
        name="patchUserPresencesPurecloud",
        method="PATCH",
        path="/api/v2/users/{userId}/presences/purecloud",
        permissions=("presence:userPresence:edit",),
        repeat="client",
    ),
    Operation(
        name="patchUserPresence",
        method="PATCH",
        path="/api/v2/users/{userId}/presences/{sourceId}",
        permissions=("presence:userPresence:edit",),
        repeat="client",
    ),
    Operation(
        name="getUsersPresencesPurecloudBulk",
        method="GET",
        path="/api/v2/users/presences/purecloud/bulk",
        query=("id",),
        repeat="client",
    ),
    Operation(
        name="getUsersPresenceBulk",
        method="GET",
        path="/api/v2/users/presences/{sourceId}/bulk",
        query=("id",),
        repeat="client",
    ),
    Operation(
        name="putUsersPresencesBulk",
        method="PUT",
        path="/api/v2/users/presences/bulk",
        permissions=("presence:userPresence:edit",),
        repeat="client",
    ),
    # Users.
    Operation(
        name="getUsers",
        method="GET",
        path="/api/v2/users",
        query=("pageSize", "pageNumber", "id", "jabberId", "sortOrder", "expand", "integrationPresenceSource", "state"),
        paging="page",
        repeat="client",
    ),
)

OPERATIONS: Mapping[str, Operation] = MappingProxyType(
    {name: row for row in _ROWS for name in (row.name, *row.aliases)}
)


def operation(name: str) -> Operation:
    """Find an operation by its name or an alias.

    :raises GenesysConfigError: there is none of that name; the message names similar ones.
    """
    found = OPERATIONS.get(name)
    if found is None:
        similar = difflib.get_close_matches(name, OPERATIONS, n=3)
        advice = (
            f"; did you mean {' or '.join(similar)}?" if similar else f"; known are {', '.join(sorted(OPERATIONS))}"
        )
        raise GenesysConfigError(f"{name!r} is no known operation{advice}")
    return found
