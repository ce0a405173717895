"""What conversations are routed by: queues, wrap-up codes, skills and languages."""

from __future__ import annotations

from airflow_provider_genesys.api.operations.row import Operation

ROWS = (
    Operation(
        name="getRoutingQueues",
        method="GET",
        path="/api/v2/routing/queues",
        query=("pageNumber", "pageSize", "sortOrder", "name", "id", "divisionId", "peerId", "hasPeer"),
        paging="page",
        permissions=("routing:queue:view",),
        repeat="client",
    ),
    Operation(
        name="getRoutingWrapupcodes",
        method="GET",
        path="/api/v2/routing/wrapupcodes",
        query=("pageSize", "pageNumber", "sortBy", "sortOrder", "name", "id", "divisionId"),
        paging="page",
        permissions=("routing:wrapupCode:view",),
        repeat="client",
    ),
    Operation(
        name="getRoutingSkills",
        method="GET",
        path="/api/v2/routing/skills",
        query=("pageSize", "pageNumber", "name", "id"),
        paging="page",
        permissions=("routing:skill:view",),
        repeat="client",
    ),
    Operation(
        name="getRoutingLanguages",
        method="GET",
        path="/api/v2/routing/languages",
        query=("pageSize", "pageNumber", "sortOrder", "name", "id"),
        paging="page",
        permissions=("routing:language:view",),
        repeat="client",
    ),
)
