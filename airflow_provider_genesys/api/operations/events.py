"""Batch events: what became of a request whose answer was lost, only the publisher can settle."""

from __future__ import annotations

from airflow_provider_genesys.api.operations.row import Operation

ROWS = (
    Operation(
        name="postEventsConversations",
        method="POST",
        path="/api/v2/events/conversations",
        most=100,
        permissions=("conversation:conversation:inject",),
        repeat="caller",
    ),
    Operation(
        name="postEventsUsersPresence",
        method="POST",
        path="/api/v2/events/users/presence",
        most=100,
        permissions=("presence:userPresence:inject",),
        repeat="caller",
    ),
    Operation(
        name="postEventsUsersRoutingstatus",
        method="POST",
        path="/api/v2/events/users/routingstatus",
        most=100,
        permissions=("routing:routingstatus:inject",),
        repeat="caller",
    ),
    Operation(
        name="postEventsRoutingCustomkpiattributions",
        method="POST",
        path="/api/v2/events/routing/customkpiattributions",  # in preview, without a limit of its own
        permissions=("routing:customKpiAttribution:inject",),
        repeat="caller",
    ),
)
