"""A call of each operation of the table: its arguments, and what its answer has."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from airflow_provider_genesys.hooks.genesys_cloud import GenesysCloudHook
from tests.contract.presence_client import AVAILABLE, BREAK, definition

if TYPE_CHECKING:
    from airflow_provider_genesys.simulator.process import SimulatorHandle

COMMUNICATION = "0c1f3f32-3c68-4a5e-8a3c-6c4e0c8a4f01"
QUEUE = "0c1f3f32-3c68-4a5e-8a3c-6c4e0c8a4f02"
CONVERSATION = "0c1f3f32-3c68-4a5e-8a3c-6c4e0c8a4f03"
SWITCH = "0c1f3f32-3c68-4a5e-8a3c-6c4e0c8a4f04"
ENTITY = {"id"}
LISTING = {"entities"}
NOTHING = None


class World:
    """A Genesys Cloud with something of everything, made by name and only when it is asked for."""

    def __init__(self, simulator: SimulatorHandle) -> None:
        self.simulator = simulator
        self.hook = GenesysCloudHook()

    @cached_property
    def user(self) -> str:
        return str(self.hook.call("getUsers")["entities"][0]["id"])

    @cached_property
    def definition(self) -> str:
        return str(self.hook.call("postPresenceDefinitions", body=definition("Coffee"))["id"])

    @cached_property
    def old_definition(self) -> str:
        return str(self.hook.call("postPresencedefinitions", body=old_definition("Coffee"))["id"])

    @cached_property
    def source(self) -> str:
        return str(self.hook.call("postPresenceSources", body={"name": "Switch"})["id"])

    @cached_property
    def chat_deployment(self) -> str:
        return str(self.hook.call("postWebchatDeployments", body={"name": "Shop"})["id"])

    @cached_property
    def widget(self) -> str:
        return str(self.hook.call("postWidgetsDeployments", body={"name": "Shop"})["id"])

    @cached_property
    def chat(self) -> dict[str, Any]:
        return dict(self.hook.call("postWebchatGuestConversations", body=self.new_chat))

    @property
    def new_chat(self) -> dict[str, Any]:
        return {
            "organizationId": self.hook.call("getOrganizationsMe")["id"],
            "deploymentId": self.chat_deployment,
            "routingTarget": {"targetType": "QUEUE", "targetAddress": QUEUE},
            "memberInfo": {"displayName": "A guest"},
        }

    @cached_property
    def media_request(self) -> str:
        listing = self.hook.call("getWebchatGuestConversationMediarequests", **self.guest())
        return str(listing["entities"][0]["id"])

    @cached_property
    def message(self) -> str:
        said = self.hook.call(
            "postWebchatGuestConversationMemberMessages", **self.guest("memberId"), body={"body": "Hi"}
        )
        return str(said["id"])

    @cached_property
    def configuration(self) -> str:
        return str(self.hook.call("postWebdeploymentsConfigurations", body={"name": "Blue"})["id"])

    @cached_property
    def version(self) -> str:
        where = {"configurationId": self.configuration}
        published = self.hook.call("postWebdeploymentsConfigurationVersionsDraftPublish", path_params=where)
        return str(published["version"])

    @property
    def new_deployment(self) -> dict[str, Any]:
        version = self.version
        return {
            "name": "Shop",
            "configuration": {"id": self.configuration, "version": version},
            "allowAllDomains": True,
        }

    @cached_property
    def deployment(self) -> str:
        return str(self.hook.call("postWebdeploymentsDeployments", body=self.new_deployment)["id"])

    def guest(self, *more: str) -> dict[str, Any]:
        """Return the arguments of an operation of the guest's: its token, and ids of its conversation."""
        chat = self.chat
        ids = {"memberId": chat["member"]["id"]} if "memberId" in more else {}
        ids |= {"messageId": self.message} if "messageId" in more else {}
        ids |= {"mediaRequestId": self.media_request} if "mediaRequestId" in more else {}
        return {"path_params": {"conversationId": chat["id"], **ids}, "guest_token": chat["jwt"]}

    def at(self, **path_params: str) -> dict[str, Any]:
        return {"path_params": path_params}


def old_definition(label: str) -> dict[str, Any]:
    """Return a body of version 1."""
    return {"languageLabels": {"en_US": label}, "systemPresence": "Break"}


def to(definition_id: str, **more: Any) -> dict[str, Any]:
    return {"presenceDefinition": {"id": definition_id}, **more}


def event(**more: Any) -> dict[str, Any]:
    return {
        "eventId": "6a3af858-942f-489d-9700-5f9bcdcdae01",
        "eventDateTime": "2026-01-31T08:00:00.000Z",
        **more,
    }


# By operation: its arguments, made of a world, and the keys of what it answers; None where that is nothing, and of an
# array those of its items.
CALLS: dict[str, tuple[Any, Any]] = {
    "headTokensMe": (lambda w: {}, NOTHING),
    "getOrganizationsMe": (lambda w: {}, ENTITY | {"name"}),
    "getAuthorizationSubjectsMe": (lambda w: {}, ENTITY | {"grants"}),
    "getRoutingQueues": (lambda w: {"query": {"pageSize": 2, "hasPeer": False}}, LISTING | {"pageCount"}),
    "getRoutingWrapupcodes": (lambda w: {"query": {"sortBy": "name", "pageNumber": 1}}, LISTING | {"pageCount"}),
    "getRoutingSkills": (lambda w: {"query": {"name": "Skill"}}, LISTING | {"pageCount"}),
    "getRoutingLanguages": (lambda w: {}, LISTING | {"pageCount"}),
    "getUsers": (lambda w: {"query": {"pageSize": 2, "pageNumber": 1}}, LISTING | {"pageCount"}),
    "postEventsConversations": (
        lambda w: {
            "body": {
                "communicationAnsweredEvents": [event(conversationId=CONVERSATION, communicationId=COMMUNICATION)],
            }
        },
        set(),
    ),
    "postEventsUsersPresence": (
        lambda w: {
            "body": {"userPresenceEvents": [event(userId=w.user, sourceId=SWITCH, presenceDefinitionId=BREAK)]},
        },
        set(),
    ),
    "postEventsUsersRoutingstatus": (
        lambda w: {
            "body": {"userRoutingStatusEvents": [event(agentId=w.user, sourceId=SWITCH, status="Idle")]},
        },
        set(),
    ),
    "postEventsRoutingCustomkpiattributions": (
        lambda w: {"body": {"customKpiAttributionEvents": [event(conversationId=CONVERSATION)]}},
        set(),
    ),
    "getPresenceDefinitions": (lambda w: {"query": {"deactivated": "FALSE", "localeCode": "ALL"}}, LISTING),
    "getPresenceDefinition": (lambda w: w.at(definitionId=w.definition), ENTITY),
    "postPresenceDefinitions": (lambda w: {"body": definition("Tea")}, ENTITY),
    "putPresenceDefinition": (lambda w: w.at(definitionId=w.definition) | {"body": definition("Tea")}, ENTITY),
    "deletePresenceDefinition": (lambda w: w.at(definitionId=w.definition), NOTHING),
    "getPresencedefinitions": (lambda w: {"query": {"deleted": "ALL"}}, LISTING),
    "getPresencedefinition": (lambda w: w.at(presenceId=w.old_definition), ENTITY),
    "postPresencedefinitions": (lambda w: {"body": old_definition("Tea")}, ENTITY),
    "putPresencedefinition": (lambda w: w.at(presenceId=w.old_definition) | {"body": old_definition("Tea")}, ENTITY),
    "deletePresencedefinition": (lambda w: w.at(presenceId=w.old_definition), NOTHING),
    "getSystempresences": (lambda w: {}, [ENTITY | {"name"}]),
    "getPresenceSources": (lambda w: {"query": {"deactivated": "FALSE"}}, LISTING),
    "getPresenceSource": (lambda w: w.at(sourceId=w.source), ENTITY),
    "postPresenceSources": (lambda w: {"body": {"name": "Switch"}}, ENTITY),
    "putPresenceSource": (lambda w: w.at(sourceId=w.source) | {"body": {"name": "Old switch"}}, ENTITY),
    "deletePresenceSource": (lambda w: w.at(sourceId=w.source), NOTHING),
    "getPresenceSettings": (lambda w: {}, set()),
    "putPresenceSettings": (lambda w: {"body": w.hook.call("getPresenceSettings")}, set()),
    "getPresenceUserPrimarysource": (lambda w: w.at(userId=w.user), set()),
    "putPresenceUserPrimarysource": (
        lambda w: w.at(userId=w.user) | {"body": {"sourceId": w.source}},
        set(),
    ),
    "getUserPresencesPurecloud": (lambda w: w.at(userId=w.user), {"presenceDefinition"}),
    "getUserPresence": (lambda w: w.at(userId=w.user, sourceId="teams"), {"presenceDefinition"}),
    "patchUserPresencesPurecloud": (lambda w: w.at(userId=w.user) | {"body": to(BREAK)}, {"presenceDefinition"}),
    "patchUserPresence": (
        lambda w: w.at(userId=w.user, sourceId="teams") | {"body": to(BREAK)},
        {"presenceDefinition"},
    ),
    "getUsersPresencesPurecloudBulk": (lambda w: {"query": {"id": [w.user]}}, [{"presenceDefinition"}]),
    "getUsersPresenceBulk": (lambda w: w.at(sourceId=w.source) | {"query": {"id": [w.user]}}, [{"presenceDefinition"}]),
    "putUsersPresencesBulk": (lambda w: {"body": [to(AVAILABLE, id=w.user)]}, [ENTITY]),
    "getWebchatSettings": (lambda w: {}, {"requireDeployment"}),
    "putWebchatSettings": (lambda w: {"body": {"requireDeployment": True}}, {"requireDeployment"}),
    "deleteWebchatSettings": (lambda w: {}, NOTHING),
    "getWebchatDeployments": (lambda w: {}, LISTING | {"total"}),
    "getWebchatDeployment": (lambda w: w.at(deploymentId=w.chat_deployment), ENTITY),
    "postWebchatDeployments": (lambda w: {"body": {"name": "Help"}}, ENTITY),
    "putWebchatDeployment": (lambda w: w.at(deploymentId=w.chat_deployment) | {"body": {"name": "Help"}}, ENTITY),
    "deleteWebchatDeployment": (lambda w: w.at(deploymentId=w.chat_deployment), NOTHING),
    "getWidgetsDeployments": (lambda w: {}, LISTING | {"total"}),
    "getWidgetsDeployment": (lambda w: w.at(deploymentId=w.widget), ENTITY),
    "postWidgetsDeployments": (lambda w: {"body": {"name": "Help"}}, ENTITY),
    "putWidgetsDeployment": (lambda w: w.at(deploymentId=w.widget) | {"body": {"clientType": "v2"}}, ENTITY),
    "deleteWidgetsDeployment": (lambda w: w.at(deploymentId=w.widget), NOTHING),
    "postWebchatGuestConversations": (lambda w: {"body": w.new_chat}, {"id", "jwt", "eventStreamUri", "member"}),
    "getWebchatGuestConversationMembers": (
        lambda w: w.guest() | {"query": {"pageSize": 1, "excludeDisconnectedMembers": True}},
        LISTING,
    ),
    "getWebchatGuestConversationMember": (lambda w: w.guest("memberId"), ENTITY | {"role"}),
    "deleteWebchatGuestConversationMember": (lambda w: w.guest("memberId"), NOTHING),
    "postWebchatGuestConversationMemberMessages": (
        lambda w: w.guest("memberId") | {"body": {"body": "Is anybody there?"}},
        ENTITY | {"body", "sender"},
    ),
    "postWebchatGuestConversationMemberTyping": (lambda w: w.guest("memberId"), ENTITY | {"sender"}),
    "getWebchatGuestConversationMessages": (
        lambda w: w.guest() | {"query": {"sortOrder": "descending", "maxResults": 10}},
        LISTING,
    ),
    "getWebchatGuestConversationMessage": (lambda w: w.guest("messageId"), ENTITY | {"body"}),
    "getWebchatGuestConversationMediarequests": (lambda w: w.guest(), LISTING),
    "getWebchatGuestConversationMediarequest": (lambda w: w.guest("mediaRequestId"), ENTITY | {"types"}),
    "patchWebchatGuestConversationMediarequest": (
        lambda w: w.guest("mediaRequestId") | {"body": {"types": ["COBROWSE"], "state": "DECLINED"}},
        ENTITY | {"state"},
    ),
    "getWebdeploymentsConfigurations": (lambda w: {"query": {"pageSize": 5, "showOnlyPublished": True}}, LISTING),
    "postWebdeploymentsConfigurations": (lambda w: {"body": {"name": "Red"}}, ENTITY | {"version"}),
    "deleteWebdeploymentsConfiguration": (lambda w: w.at(configurationId=w.configuration), NOTHING),
    "getWebdeploymentsConfigurationVersions": (lambda w: w.at(configurationId=w.configuration), LISTING),
    "getWebdeploymentsConfigurationVersion": (
        lambda w: w.at(configurationId=w.configuration, versionId=w.version),
        ENTITY | {"version"},
    ),
    "getWebdeploymentsConfigurationVersionsDraft": (lambda w: w.at(configurationId=w.configuration), ENTITY),
    "putWebdeploymentsConfigurationVersionsDraft": (
        lambda w: w.at(configurationId=w.configuration) | {"body": {"name": "Green"}},
        ENTITY,
    ),
    "postWebdeploymentsConfigurationVersionsDraftPublish": (
        lambda w: w.at(configurationId=w.configuration),
        ENTITY | {"version"},
    ),
    "getWebdeploymentsDeployments": (lambda w: {"query": {"expand": ["Configuration", "SupportedContent"]}}, LISTING),
    "postWebdeploymentsDeployments": (lambda w: {"body": w.new_deployment}, ENTITY | {"configuration"}),
    "getWebdeploymentsDeployment": (
        lambda w: w.at(deploymentId=w.deployment) | {"query": {"expand": ["supportedContent", "flowDetails"]}},
        ENTITY,
    ),
    "putWebdeploymentsDeployment": (lambda w: w.at(deploymentId=w.deployment) | {"body": w.new_deployment}, ENTITY),
    "deleteWebdeploymentsDeployment": (lambda w: w.at(deploymentId=w.deployment), NOTHING),
    "getWebdeploymentsDeploymentConfigurations": (
        lambda w: w.at(deploymentId=w.deployment),
        {"configurationVersion", "deployment"},
    ),
    "getWebdeploymentsDeploymentIdentityresolution": (lambda w: w.at(deploymentId=w.deployment), set()),
    "putWebdeploymentsDeploymentIdentityresolution": (
        lambda w: w.at(deploymentId=w.deployment) | {"body": {"resolveIdentities": True}},
        set(),
    ),
}


def arguments_of(world: World, name: str) -> dict[str, Any]:
    return dict(CALLS[name][0](world))
