"""Web chat, which its vendor is taking away: settings, deployments, those of widgets, and the chats of guests.

Its operations are deprecated and left the API's description in August 2026; when they stop to answer is unconfirmed.
Deployments live on in web messaging. Its settings do not, since a web messaging session always names a deployment, nor
do chats of guests, who speak to web messaging in another way than through this API.

What a guest does is authorised by the token that ``postWebchatGuestConversations`` answers, which itself needs none.
"""

from __future__ import annotations

from airflow_provider_genesys.api.operations.row import Operation

_DEPLOYMENTS = "2025-04 or earlier"  # the documentation of that month has them deprecated already
_SETTINGS = "2025-09-28"
_GUESTS = "2025-03-22"
_WIDGETS = "2025-03-22"

ROWS = (
    Operation(
        name="getWebchatSettings",
        method="GET",
        path="/api/v2/webchat/settings",
        permissions=("webchat:deployment:read",),
        repeat="client",
        deprecated=_SETTINGS,
    ),
    Operation(
        name="putWebchatSettings",
        method="PUT",
        path="/api/v2/webchat/settings",
        permissions=("webchat:deployment:update",),
        repeat="client",
        deprecated=_SETTINGS,
    ),
    Operation(
        name="deleteWebchatSettings",
        method="DELETE",
        path="/api/v2/webchat/settings",
        permissions=("webchat:deployment:delete",),
        repeat="client",
        deprecated=_SETTINGS,
    ),
    # Deployments, all of them in one answer. POST creates another one each time.
    Operation(
        name="getWebchatDeployments",
        method="GET",
        path="/api/v2/webchat/deployments",
        permissions=("webchat:deployment:read",),
        repeat="client",
        deprecated=_DEPLOYMENTS,
        successor="getWebdeploymentsDeployments",
    ),
    Operation(
        name="getWebchatDeployment",
        method="GET",
        path="/api/v2/webchat/deployments/{deploymentId}",
        permissions=("webchat:deployment:read",),
        repeat="client",
        deprecated=_DEPLOYMENTS,
        successor="getWebdeploymentsDeployment",
    ),
    Operation(
        name="postWebchatDeployments",
        method="POST",
        path="/api/v2/webchat/deployments",
        permissions=("webchat:deployment:create",),
        deprecated=_DEPLOYMENTS,
        successor="postWebdeploymentsDeployments",
    ),
    Operation(
        name="putWebchatDeployment",
        method="PUT",
        path="/api/v2/webchat/deployments/{deploymentId}",
        permissions=("webchat:deployment:update",),
        repeat="client",
        deprecated=_DEPLOYMENTS,
        successor="putWebdeploymentsDeployment",
    ),
    Operation(
        name="deleteWebchatDeployment",
        method="DELETE",
        path="/api/v2/webchat/deployments/{deploymentId}",
        permissions=("webchat:deployment:delete",),
        repeat="client",
        deprecated=_DEPLOYMENTS,
        successor="deleteWebdeploymentsDeployment",
    ),
    # Deployments of widgets: web chats of another family. Paths and models are those of the last official SDK that had
    # them; it names no permissions, and these, which follow the usual pattern, are unconfirmed.
    Operation(
        name="getWidgetsDeployments",
        method="GET",
        path="/api/v2/widgets/deployments",
        permissions=("widgets:deployment:view",),
        repeat="client",
        deprecated=_WIDGETS,
        successor="getWebdeploymentsDeployments",
    ),
    Operation(
        name="getWidgetsDeployment",
        method="GET",
        path="/api/v2/widgets/deployments/{deploymentId}",
        permissions=("widgets:deployment:view",),
        repeat="client",
        deprecated=_WIDGETS,
        successor="getWebdeploymentsDeployment",
    ),
    Operation(
        name="postWidgetsDeployments",
        method="POST",
        path="/api/v2/widgets/deployments",
        permissions=("widgets:deployment:add",),
        deprecated=_WIDGETS,
        successor="postWebdeploymentsDeployments",
    ),
    Operation(
        name="putWidgetsDeployment",
        method="PUT",
        path="/api/v2/widgets/deployments/{deploymentId}",
        permissions=("widgets:deployment:edit",),
        repeat="client",
        deprecated=_WIDGETS,
        successor="putWebdeploymentsDeployment",
    ),
    Operation(
        name="deleteWidgetsDeployment",
        method="DELETE",
        path="/api/v2/widgets/deployments/{deploymentId}",
        permissions=("widgets:deployment:delete",),
        repeat="client",
        deprecated=_WIDGETS,
        successor="deleteWebdeploymentsDeployment",
    ),
    # Chats. Starting one rings at an agent's, and a message sent twice is read twice. A typing indicator does no harm
    # twice, but does not belong where it comes after a wait.
    Operation(
        name="postWebchatGuestConversations",
        method="POST",
        path="/api/v2/webchat/guest/conversations",
        authentication="none",
        deprecated=_GUESTS,
    ),
    Operation(
        name="getWebchatGuestConversationMembers",
        method="GET",
        path="/api/v2/webchat/guest/conversations/{conversationId}/members",
        query=("pageSize", "pageNumber", "excludeDisconnectedMembers"),
        paging="page",
        authentication="guest",
        repeat="client",
        deprecated=_GUESTS,
    ),
    Operation(
        name="getWebchatGuestConversationMember",
        method="GET",
        path="/api/v2/webchat/guest/conversations/{conversationId}/members/{memberId}",
        authentication="guest",
        repeat="client",
        deprecated=_GUESTS,
    ),
    Operation(
        name="deleteWebchatGuestConversationMember",
        method="DELETE",
        path="/api/v2/webchat/guest/conversations/{conversationId}/members/{memberId}",
        authentication="guest",
        repeat="client",
        deprecated=_GUESTS,
    ),
    Operation(
        name="postWebchatGuestConversationMemberMessages",
        method="POST",
        path="/api/v2/webchat/guest/conversations/{conversationId}/members/{memberId}/messages",
        authentication="guest",
        deprecated=_GUESTS,
    ),
    Operation(
        name="postWebchatGuestConversationMemberTyping",
        method="POST",
        path="/api/v2/webchat/guest/conversations/{conversationId}/members/{memberId}/typing",
        bodiless=True,
        authentication="guest",
        deprecated=_GUESTS,
    ),
    Operation(
        name="getWebchatGuestConversationMessages",
        method="GET",
        path="/api/v2/webchat/guest/conversations/{conversationId}/messages",
        query=("after", "before", "sortOrder", "maxResults"),
        paging="cursor",
        authentication="guest",
        repeat="client",
        deprecated=_GUESTS,
    ),
    Operation(
        name="getWebchatGuestConversationMessage",
        method="GET",
        path="/api/v2/webchat/guest/conversations/{conversationId}/messages/{messageId}",
        authentication="guest",
        repeat="client",
        deprecated=_GUESTS,
    ),
    Operation(
        name="getWebchatGuestConversationMediarequests",
        method="GET",
        path="/api/v2/webchat/guest/conversations/{conversationId}/mediarequests",
        authentication="guest",
        repeat="client",
        deprecated=_GUESTS,
    ),
    Operation(
        name="getWebchatGuestConversationMediarequest",
        method="GET",
        path="/api/v2/webchat/guest/conversations/{conversationId}/mediarequests/{mediaRequestId}",
        authentication="guest",
        repeat="client",
        deprecated=_GUESTS,
    ),
    Operation(
        name="patchWebchatGuestConversationMediarequest",
        method="PATCH",
        path="/api/v2/webchat/guest/conversations/{conversationId}/mediarequests/{mediaRequestId}",
        authentication="guest",
        repeat="client",
        deprecated=_GUESTS,
    ),
)
