"""The organisation, its users, the token itself, and what it may do."""

from __future__ import annotations

from airflow_provider_genesys.api.operations.row import Operation

ROWS = (
    Operation(name="headTokensMe", method="HEAD", path="/api/v2/tokens/me", repeat="client"),
    Operation(
        name="getAuthorizationSubjectsMe",
        method="GET",
        path="/api/v2/authorization/subjects/me",
        query=("includeDuplicates", "includeFullRoles"),
        repeat="client",
    ),
    Operation(name="getOrganizationsMe", method="GET", path="/api/v2/organizations/me", repeat="client"),
    Operation(
        name="getUsers",
        method="GET",
        path="/api/v2/users",
        query=("pageSize", "pageNumber", "id", "jabberId", "sortOrder", "expand", "integrationPresenceSource", "state"),
        paging="page",
        repeat="client",
    ),
)
