"""Every operation of the table called by its name, through the hook, against the simulator."""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING, Any, get_args

import pytest

from airflow_provider_genesys.api.operations import OPERATIONS, SUBJECTS, operation
from airflow_provider_genesys.api.operations.names import GenesysCloudListingName
from airflow_provider_genesys.exceptions import GenesysConfigError, GenesysError, GenesysPermissionError
from airflow_provider_genesys.hooks.genesys_cloud import GenesysCloudHook
from tests.contract.api.calls_by_name import CALLS, LISTING, NOTHING, World, arguments_of, to
from tests.contract.presence_client import BREAK
from tests.harness.fixtures import connect

if TYPE_CHECKING:
    from airflow_provider_genesys.simulator.process import SimulatorHandle

GENESYS_CLOUD = [
    title for title, rows in SUBJECTS.items() if all(row.path.startswith("/api/v2/") for row in rows)
]  # the other system has another hook
NAMES = sorted(row.name for title in GENESYS_CLOUD for row in SUBJECTS[title])
ALIASES = sorted(alias for title in GENESYS_CLOUD for row in SUBJECTS[title] for alias in row.aliases)
ORGANIZATION = "GET /api/v2/organizations/me"


@pytest.fixture
def world(connected: SimulatorHandle) -> World:
    return World(connected)


def statuses(simulator: SimulatorHandle, request: str) -> dict[str, int]:
    """Return how often a request was answered with which status."""
    return dict(simulator.requests()["totals"].get(request, {}))


def answered(simulator: SimulatorHandle) -> dict[str, Any]:
    """Return the last request."""
    return dict(simulator.requests(last=1)["requests"][-1])


def test_there_is_a_call_for_each_operation() -> None:
    assert set(CALLS) == set(NAMES), (
        "give each row its arguments in CALLS of calls_by_name.py, and the simulator a handler"
    )


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


def test_types_call_those_listings_that_are_read_so() -> None:
    answers = {name: CALLS[operation(name).name][1] for name in [*NAMES, *ALIASES] if operation(name).method == "GET"}
    listings = {name for name, answer in answers.items() if isinstance(answer, list) or answer >= LISTING}
    assert set(get_args(GenesysCloudListingName)) == listings


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
    assert len(NAMES) == 4 + 27 + 19 + 5 + 16 + 4 + 4, "raise the count here"
