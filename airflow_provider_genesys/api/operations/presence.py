"""Presence definitions, sources and settings, and users' presences."""

from __future__ import annotations

from airflow_provider_genesys.api.operations.row import Operation

_VERSION_2_ONLY = "2024-02-01"  # when version 1 of the presence definitions was deprecated (release notes 93.0.0)

ROWS = (
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
)
