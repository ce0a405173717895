"""The names of the operations, for type checkers: a wrong one is told of before anything runs.

Wrong is one that is misspelt, is the other system's, or is to be read page by page and lists nothing. A name is added,
with its row, to one of the lists: by its system, by whether its answer lists things, and by whose token it is called
with.
"""

from __future__ import annotations

from typing import Literal, TypeAlias, TypeVar

_Listing: TypeAlias = Literal[
    # Presence
    "getPresenceDefinitions",
    "getPresenceDefinitions0",
    "getPresencedefinitions",
    "getSystempresences",
    "getPresenceSources",
    "getUsersPresencesPurecloudBulk",
    "getUsersPresenceBulk",
    # Web chat
    "getWebchatDeployments",
    "getWidgetsDeployments",
    # Web messaging
    "getWebdeploymentsConfigurations",
    "getWebdeploymentsConfigurationVersions",
    "getWebdeploymentsDeployments",
    # Organisation, users and token
    "getUsers",
    # Routing
    "getRoutingQueues",
    "getRoutingWrapupcodes",
    "getRoutingSkills",
    "getRoutingLanguages",
]

_Other: TypeAlias = Literal[
    # Events
    "postEventsConversations",
    "postEventsUsersPresence",
    "postEventsUsersRoutingstatus",
    "postEventsRoutingCustomkpiattributions",
    # Presence
    "getPresenceDefinition",
    "getPresenceDefinition0",
    "postPresenceDefinitions",
    "postPresenceDefinitions0",
    "putPresenceDefinition",
    "putPresenceDefinition0",
    "deletePresenceDefinition",
    "deletePresenceDefinition0",
    "getPresencedefinition",
    "postPresencedefinitions",
    "putPresencedefinition",
    "deletePresencedefinition",
    "getPresenceSource",
    "postPresenceSources",
    "putPresenceSource",
    "deletePresenceSource",
    "getPresenceSettings",
    "putPresenceSettings",
    "getPresenceUserPrimarysource",
    "putPresenceUserPrimarysource",
    "getUserPresencesPurecloud",
    "getUserPresence",
    "patchUserPresencesPurecloud",
    "patchUserPresence",
    "putUsersPresencesBulk",
    # Web chat
    "getWebchatSettings",
    "putWebchatSettings",
    "deleteWebchatSettings",
    "getWebchatDeployment",
    "postWebchatDeployments",
    "putWebchatDeployment",
    "deleteWebchatDeployment",
    "getWidgetsDeployment",
    "postWidgetsDeployments",
    "putWidgetsDeployment",
    "deleteWidgetsDeployment",
    # Web messaging
    "postWebdeploymentsConfigurations",
    "deleteWebdeploymentsConfiguration",
    "getWebdeploymentsConfigurationVersion",
    "getWebdeploymentsConfigurationVersionsDraft",
    "putWebdeploymentsConfigurationVersionsDraft",
    "postWebdeploymentsConfigurationVersionsDraftPublish",
    "postWebdeploymentsDeployments",
    "getWebdeploymentsDeployment",
    "putWebdeploymentsDeployment",
    "deleteWebdeploymentsDeployment",
    "getWebdeploymentsDeploymentConfigurations",
    "getWebdeploymentsDeploymentIdentityresolution",
    "putWebdeploymentsDeploymentIdentityresolution",
    # Organisation, users and token
    "headTokensMe",
    "getAuthorizationSubjectsMe",
    "getOrganizationsMe",
]

_GuestListing: TypeAlias = Literal[
    # Web chat
    "getWebchatGuestConversationMembers",
    "getWebchatGuestConversationMessages",
    "getWebchatGuestConversationMediarequests",
]

_GuestOther: TypeAlias = Literal[
    # Web chat
    "postWebchatGuestConversations",
    "getWebchatGuestConversationMember",
    "deleteWebchatGuestConversationMember",
    "postWebchatGuestConversationMemberMessages",
    "postWebchatGuestConversationMemberTyping",
    "getWebchatGuestConversationMessage",
    "getWebchatGuestConversationMediarequest",
    "patchWebchatGuestConversationMediarequest",
]

VonageListingName: TypeAlias = Literal[
    # Vonage Contact Center
    "getAgentsPresencesUsers",
    "getAgentsPresenceDefinitions",
    # Vonage Contact Center: statistics
    "getStatsInteractions",
    "getStatsInteractionsOngoing",
    "getStatsQueueTimes",
    "getStatsAgentActivities",
    "getStatsAgentActivitiesPresence",
    "getStatsAgentStatus",
    "getStatsWfmAgentStates",
]
"""Listings of Vonage Contact Center: what :meth:`VonageContactCenterHook.iterate` reads."""

_VonageOther: TypeAlias = Literal[
    # Vonage Contact Center
    "getAgentsUserPresence",
    "patchAgentsUserPresence",
    # Vonage Contact Center: statistics
    "getStatsInteraction",
]

GenesysCloudListingName: TypeAlias = Literal[_Listing, _GuestListing]
"""Listings of Genesys Cloud, of one page or many: what :meth:`GenesysCloudHook.iterate` reads."""
GenesysCloudTokenOperationName: TypeAlias = Literal[_Listing, _Other]
"""Operations of Genesys Cloud that are called with the client's own token: all but those of a web chat's guest."""
GenesysCloudOperationName: TypeAlias = Literal[GenesysCloudTokenOperationName, _GuestListing, _GuestOther]
"""Operations of Genesys Cloud: what :meth:`GenesysCloudHook.call` calls."""
VonageOperationName: TypeAlias = Literal[VonageListingName, _VonageOther]
"""Operations of Vonage Contact Center: what :meth:`VonageContactCenterHook.call` calls."""
OperationName: TypeAlias = Literal[GenesysCloudOperationName, VonageOperationName]
"""The names of :data:`~airflow_provider_genesys.api.operations.OPERATIONS`, of both systems."""

Name = TypeVar("Name", bound=OperationName)
"""What a client or hook calls: the operations of its system."""
Listing = TypeVar("Listing", bound=OperationName)
"""What it reads page by page: the listings among them."""
