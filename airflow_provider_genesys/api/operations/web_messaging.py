"""Web messaging, the successor of web chat: configurations, in versions, and the deployments that refer to one."""

from __future__ import annotations

from airflow_provider_genesys.api.operations.row import Operation

ROWS = (
    # Configurations. POST creates another one each time, and publishing makes a version out of the draft; PUT replaces
    # the draft, so that twice is the same as once.
    Operation(
        name="getWebdeploymentsConfigurations",
        method="GET",
        path="/api/v2/webdeployments/configurations",
        query=("pageSize", "before", "after", "showOnlyPublished"),
        paging="cursor",
        permissions=("webDeployments:configuration:view",),
        repeat="client",
    ),
    Operation(
        name="postWebdeploymentsConfigurations",
        method="POST",
        path="/api/v2/webdeployments/configurations",
        permissions=("webDeployments:configuration:add",),
    ),
    Operation(
        name="deleteWebdeploymentsConfiguration",
        method="DELETE",
        path="/api/v2/webdeployments/configurations/{configurationId}",
        permissions=("webDeployments:configuration:delete",),
        repeat="client",
    ),
    Operation(
        name="getWebdeploymentsConfigurationVersions",
        method="GET",
        path="/api/v2/webdeployments/configurations/{configurationId}/versions",
        query=("pageSize", "before", "after"),
        paging="cursor",
        permissions=("webDeployments:configuration:view",),
        repeat="client",
    ),
    Operation(
        name="getWebdeploymentsConfigurationVersion",
        method="GET",
        path="/api/v2/webdeployments/configurations/{configurationId}/versions/{versionId}",
        permissions=("webDeployments:configuration:view",),
        repeat="client",
    ),
    Operation(
        name="getWebdeploymentsConfigurationVersionsDraft",
        method="GET",
        path="/api/v2/webdeployments/configurations/{configurationId}/versions/draft",
        permissions=("webDeployments:configuration:view",),
        repeat="client",
    ),
    Operation(
        name="putWebdeploymentsConfigurationVersionsDraft",
        method="PUT",
        path="/api/v2/webdeployments/configurations/{configurationId}/versions/draft",
        permissions=("webDeployments:configuration:edit",),
        repeat="client",
    ),
    Operation(
        name="postWebdeploymentsConfigurationVersionsDraftPublish",
        method="POST",
        path="/api/v2/webdeployments/configurations/{configurationId}/versions/draft/publish",
        bodiless=True,
        permissions=("webDeployments:configuration:edit", "webDeployments:configuration:add"),
    ),
    # Deployments. POST creates another one each time.
    Operation(
        name="getWebdeploymentsDeployments",
        method="GET",
        path="/api/v2/webdeployments/deployments",
        query=("pageSize", "before", "after", "expand"),
        paging="cursor",
        permissions=("webDeployments:deployment:view",),
        repeat="client",
    ),
    Operation(
        name="postWebdeploymentsDeployments",
        method="POST",
        path="/api/v2/webdeployments/deployments",
        permissions=("webDeployments:deployment:add",),
    ),
    Operation(
        name="getWebdeploymentsDeployment",
        method="GET",
        path="/api/v2/webdeployments/deployments/{deploymentId}",
        query=("expand",),
        permissions=("webDeployments:deployment:view",),
        repeat="client",
    ),
    Operation(
        name="putWebdeploymentsDeployment",
        method="PUT",
        path="/api/v2/webdeployments/deployments/{deploymentId}",
        permissions=("webDeployments:deployment:edit",),
        repeat="client",
    ),
    Operation(
        name="deleteWebdeploymentsDeployment",
        method="DELETE",
        path="/api/v2/webdeployments/deployments/{deploymentId}",
        permissions=("webDeployments:deployment:delete",),
        repeat="client",
    ),
    Operation(
        name="getWebdeploymentsDeploymentConfigurations",
        method="GET",
        path="/api/v2/webdeployments/deployments/{deploymentId}/configurations",
        query=("type", "expand"),
        repeat="client",
    ),
    Operation(
        name="getWebdeploymentsDeploymentIdentityresolution",
        method="GET",
        path="/api/v2/webdeployments/deployments/{deploymentId}/identityresolution",
        permissions=("webDeployments:deployment:view", "webDeployments:identityResolution:view"),
        repeat="client",
    ),
    Operation(
        name="putWebdeploymentsDeploymentIdentityresolution",
        method="PUT",
        path="/api/v2/webdeployments/deployments/{deploymentId}/identityresolution",
        permissions=("webDeployments:deployment:edit", "webDeployments:identityResolution:edit"),
        repeat="client",
    ),
)
