"""Vonage Contact Center's Agents API: presence definitions and the presences of users.

Its permissions are scopes, of which one is enough. Beyond them, credentials may do what the user they belong to may.
"""

from __future__ import annotations

from airflow_provider_genesys.api.operations.row import Operation

ROWS = (
    Operation(
        name="getAgentsPresencesUsers",
        method="GET",
        path="/agents/presences/users",
        query=("userId",),
        required_query=("userId",),
        comma_lists=("userId",),
        ids="userId",
        most=50,
        permissions=("users:read", "users:write"),
        any_permission=True,
        repeat="client",
        system="Vonage Contact Center",
    ),
    Operation(
        name="getAgentsPresenceDefinitions",
        method="GET",
        path="/agents/presence-definitions",
        listed="presenceDefinitions",
        permissions=("users:read", "users:write", "self:read", "self:write", "admin:read", "admin:write"),
        any_permission=True,
        repeat="client",
        system="Vonage Contact Center",
    ),
    Operation(
        name="getAgentsUserPresence",
        method="GET",
        path="/agents/{userId}/presence",
        permissions=("users:read", "users:write", "self:read", "self:write"),
        any_permission=True,
        repeat="client",
        system="Vonage Contact Center",
    ),
    # It sets a presence and does not add to it, but a second time would move "updated", which whoever reads presences
    # takes for a change (that it moves is unconfirmed), and undo what the agent has chosen in between. Who sent it can
    # look before sending it again.
    Operation(
        name="patchAgentsUserPresence",
        method="PATCH",
        path="/agents/{userId}/presence",
        permissions=("users:write", "self:write"),
        any_permission=True,
        repeat="caller",
        system="Vonage Contact Center",
    ),
)
