"""Every operation of the table called by its name, through the hook, against the simulator."""

from __future__ import annotations

import logging
import re
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pytest

from airflow_provider_genesys.api.operations import OPERATIONS, SUBJECTS, operation
from airflow_provider_genesys.exceptions import GenesysConfigError, GenesysError, GenesysPermissionError
from airflow_provider_genesys.hooks.genesys_cloud import GenesysCloudHook
from tests.contract.presence_client import AVAILABLE, BREAK, definition
from tests.harness.fixtures import connect

if TYPE_CHECKING:
    from airflow_provider_genesys.simulator.process import SimulatorHandle

GENESYS_CLOUD = [
    title for title, rows in SUBJECTS.items() if all(row.path.startswith("/api/v2/") for row in rows)
]  # the other system has another hook
NAMES = sorted(row.name for title in GENESYS_CLOUD for row in SUBJECTS[title])
ALIASES = sorted(alias for title in GENESYS_CLOUD for row in SUBJECTS[title] for alias in row.aliases)
COMMUNICATION = "0c1f3f32-3c68-4a5e-8a3c-6c4e0c8a4f01"
QUEUE = "0c1f3f32-3c68-4a5e-8a3c-6c4e0c8a4f02"
CONVERSATION = "0c1f3f32-3c68-4a5e-8a3c-6c4e0c8a4f03"
ORGANIZATION = "GET /api/v2/organizations/me"
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


@pytest.fixture
def world(connected: SimulatorHandle) -> World:
    return World(connected)


def statuses(simulator: SimulatorHandle, request: str) -> dict[str, int]:
    """Return how often a request was answered with which status."""
    return dict(simulator.requests()["totals"].get(request, {}))


def answered(simulator: SimulatorHandle) -> dict[str, Any]:
    """Return the last request."""
    return dict(simulator.requests(last=1)["requests"][-1])


def arguments_of(world: World, name: str) -> dict[str, Any]:
    return dict(CALLS[name][0](world))


def test_there_is_a_call_for_each_operation() -> None:
    assert sorted(CALLS) == NAMES, "give each row its arguments in CALLS, and the simulator a handler"


@pytest.mark.parametrize("name", [*NAMES, *ALIASES])
def test_each_operation_is_called_by_its_name(world: World, name: str) -> None:
    row = operation(name)
    expected = CALLS[row.name][1]
    given = arguments_of(world, row.name)
    answer = world.hook.call(name, **given)
    last = answered(world.simulator)
    path = re.sub(r"{(\w+)}", lambda match: given["path_params"][match[1]], row.path)
    assert (last["method"], last["path"]) == (row.method, path)
    assert last["status"] in {200, 201, 204}
    if expected is NOTHING:
        assert answer is None
    elif isinstance(expected, list):
        assert isinstance(answer, list)
        assert all(set(item) >= keys for item in answer for keys in expected)
        assert bool(answer) == bool(expected)
    else:
        assert set(answer) >= expected


@pytest.mark.parametrize(
    "name", [name for name in sorted(CALLS) if CALLS[name][1] is not NOTHING and name.startswith("get")]
)
def test_each_listing_is_read_by_its_name_and_nothing_else_is_one(world: World, name: str) -> None:
    expected = CALLS[name][1]
    given = arguments_of(world, name)
    given.setdefault("query", {}).pop("pageNumber", None)
    if isinstance(expected, set) and not expected >= LISTING:
        with pytest.raises(GenesysConfigError, match=f"{name} is no listing"):
            list(world.hook.iterate(name, **given))
        return
    answer = world.hook.call(name, **given)
    listed = list(world.hook.iterate(name, **given))
    page = answer if isinstance(answer, list) else answer["entities"]
    assert listed[: len(page)] == page
    assert len(listed) >= len(page)


@pytest.mark.parametrize("name", [name for name in NAMES if operation(name).permissions])
def test_a_client_without_rights_is_told_which_it_needs(world: World, name: str) -> None:
    given = arguments_of(world, name)
    world.simulator.settings(permissions=[])
    with pytest.raises(GenesysPermissionError) as caught:
        world.hook.call(name, **given)
    assert str(caught.value).startswith(f"{name}: HTTP 403")
    assert all(permission in str(caught.value) for permission in operation(name).permissions)


def test_nothing_is_sent_that_does_not_fit_the_table(world: World) -> None:
    before = world.simulator.requests()["total"]
    for name in NAMES:
        with pytest.raises(GenesysConfigError, match=f"{name}: there is no path parameter 'nonsense'"):
            world.hook.call(name, path_params={"nonsense": 1})
        with pytest.raises(GenesysConfigError, match=r"no query parameter 'nonsense'|is no listing"):
            world.hook.iterate(name, query={"nonsense": 1})
    assert world.simulator.requests()["total"] == before


# Slashes are seen to in the tests of the addresses: the simulator's framework takes "%2F" for "/".
@pytest.mark.parametrize(
    "user", ["a?b=c&d", "50% of it", "100%25", "a#b", "Zoë \N{TELEPHONE RECEIVER}", "a+b", "a;b", ":@,$"]
)
def test_ids_arrive_whatever_is_in_them(world: World, user: str) -> None:
    world.simulator.settings(users=[user, "another"])
    world.hook.call("patchUserPresence", path_params={"userId": user, "sourceId": user}, body=to(BREAK))
    state = world.hook.call("getUserPresence", path_params={"userId": user, "sourceId": user})
    assert (state["id"], state["sourceId"], state["presenceDefinition"]["id"]) == (user, user, BREAK)
    if "," not in user:  # which the API's description takes for a list
        states = world.hook.call("getUsersPresencesPurecloudBulk", query={"id": ["another", user]})
        assert [state["userId"] for state in states] == ["another", user]


def test_every_page_is_read_once(world: World) -> None:
    world.simulator.settings(users=23)
    users = list(world.hook.iterate("getUsers", query={"pageSize": 10}))
    assert len({user["id"] for user in users}) == 23
    assert statuses(world.simulator, "GET /api/v2/users") == {"200": 3}
    with pytest.raises(GenesysError, match="more than 2 pages"):
        list(world.hook.iterate("getUsers", query={"pageSize": 10}, max_pages=2))


def test_every_cursor_is_followed(world: World) -> None:
    for _ in range(7):
        world.hook.call("postWebdeploymentsConfigurations", **arguments_of(world, "postWebdeploymentsConfigurations"))
    listed = list(world.hook.iterate("getWebdeploymentsConfigurations", query={"pageSize": 3}))
    assert len({each["id"] for each in listed}) == 7
    assert statuses(world.simulator, "GET /api/v2/webdeployments/configurations") == {"200": 3}


@pytest.mark.parametrize("order", ["ascending", "descending"])
def test_all_messages_of_a_chat_are_read(world: World, order: str) -> None:
    guest = world.guest("memberId")
    sent = []
    for number in range(7):
        body = {"body": str(number)}
        sent.append(world.hook.call("postWebchatGuestConversationMemberMessages", **guest, body=body)["id"])
    query = {"sortOrder": order, "maxResults": 3}
    listed = [
        each["id"] for each in world.hook.iterate("getWebchatGuestConversationMessages", **world.guest(), query=query)
    ]
    assert listed[-7:] == sent if order == "ascending" else listed[:7] == sent[::-1]
    assert len(set(listed)) == len(listed) == 7 + 1  # the agent has said hello


def test_a_guests_token_is_masked_and_stays_out_of_the_log(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    masked: list[str] = []
    monkeypatch.setattr("airflow_provider_genesys.hooks.base.mask_secret", masked.append)
    token = world.chat["jwt"]
    assert token in masked
    masked.clear()
    GenesysCloudHook().call("getWebchatGuestConversationMembers", **world.guest())
    assert token in masked
    masked.clear()
    GenesysCloudHook().get_conn().call("getWebchatGuestConversationMembers", **world.guest())
    assert token in masked
    for listing in (GenesysCloudHook(), GenesysCloudHook().get_conn()):
        masked.clear()
        listing.iterate("getWebchatGuestConversationMembers", **world.guest())
        assert masked == [token]
    assert token not in caplog.text


def test_writes_are_refused_in_another_organisation(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = world.hook.call("getOrganizationsMe")["id"]
    for organization, works in ((expected, True), ("c0ffee00-8f0c-4b3a-9a57-2f6f6f1f3c01", False)):
        connect(world.simulator, monkeypatch, expected_organization_id=organization)
        hook = GenesysCloudHook()
        before = statuses(world.simulator, ORGANIZATION)["200"]
        hook.call("getPresenceSources")
        for _ in range(2):
            if works:
                hook.call("postPresenceSources", body={"name": "Switch"})
            else:
                with pytest.raises(GenesysConfigError, match=f"expected_organization_id is {organization}"):
                    hook.call("postPresenceSources", body={"name": "Switch"})
                with pytest.raises(GenesysConfigError, match=f"expected_organization_id is {organization}"):
                    hook.get_conn().call("postPresenceSources", body={"name": "Switch"})
        after = statuses(world.simulator, ORGANIZATION)["200"]
        assert after - before == (1 if works else 4)
    assert [source["name"] for source in world.simulator.presence()["sources"]].count("Switch") == 2


@pytest.mark.parametrize("as_text", [False, True])
@pytest.mark.parametrize(
    ("name", "where"),
    [("getUsersPresencesPurecloudBulk", {}), ("getUsersPresenceBulk", {"sourceId": "purecloud"})],
)
def test_more_users_than_one_request_takes(world: World, name: str, where: dict[str, str], as_text: bool) -> None:
    world.simulator.settings(users=60)
    ids = [each["id"] for each in world.hook.iterate("getUsers")][:51]
    query = {"id": ",".join(ids) if as_text else ids}
    before = world.simulator.requests()["totals"]
    with pytest.raises(GenesysConfigError, match=r"51 values of 'id', of which one request takes 50; iterate"):
        world.hook.call(name, path_params=where, query=query)
    assert world.simulator.requests()["totals"] == before
    found = list(world.hook.iterate(name, path_params=where, query=query))
    singly = [world.hook.call(name, path_params=where, query={"id": each})[0] for each in ids]
    assert found == singly


def test_more_presences_or_events_than_one_body_takes(world: World) -> None:
    body = [{"id": world.user, "presenceDefinition": {"id": BREAK}}] * 51
    with pytest.raises(GenesysConfigError, match="51 things in its body, of which one request takes 50"):
        world.hook.call("putUsersPresencesBulk", body=body)
    events = {"userPresenceEvents": [{}] * 101}
    with pytest.raises(GenesysConfigError, match="101 things in its body, of which one request takes 100"):
        world.hook.call("postEventsUsersPresence", body=events)


def test_all_names_are_known() -> None:
    assert {*NAMES, *ALIASES} <= set(OPERATIONS)
    assert len(NAMES) == 4 + 27 + 19 + 5 + 16 + 4 + 4
