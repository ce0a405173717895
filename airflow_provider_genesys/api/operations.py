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
    :param permissions: permissions of which the client needs all.
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
    repeat: Literal["client", "caller", "nobody"] = "nobody"
    deprecated: str | None = None
    successor: str | None = None
    aliases: tuple[str, ...] = ()


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
    # What events refer to.
    Operation(
        name="getPresenceSources",
        method="GET",
        path="/api/v2/presence/sources",
        query=("deactivated",),
        permissions=("presence:source:view",),
        repeat="client",
    ),
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
