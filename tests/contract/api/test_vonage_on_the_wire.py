"""The client of Vonage Contact Center against the simulated one, over real HTTP."""

from __future__ import annotations

import logging
import pickle
import time
import traceback
import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote_plus

import pytest

from airflow_provider_genesys.api import operations, performing
from airflow_provider_genesys.api.genesys_cloud import GenesysCloudClient
from airflow_provider_genesys.api.meter import Meter
from airflow_provider_genesys.api.retry import RetryPolicy
from airflow_provider_genesys.api.settings import ClientSettings
from airflow_provider_genesys.api.vonage_contact_center import VonageContactCenterClient
from airflow_provider_genesys.exceptions import (
    GenesysApiError,
    GenesysAuthError,
    GenesysConfigError,
    GenesysError,
    GenesysNotFoundError,
    GenesysPermissionError,
    GenesysRateLimitError,
    GenesysServerError,
    GenesysTransportError,
)
from airflow_provider_genesys.simulator.process import SimulatorHandle, running_simulator

SECRET = "canary-Secret&8d1f"  # with a character that a form has to quote
BULK = "GET /agents/presences/users"
ONCE = RetryPolicy(max_attempts=1, max_rate_limit_wait=0.01)


@pytest.fixture(scope="module")
def process() -> Iterator[SimulatorHandle]:
    with running_simulator(client_secret=SECRET) as simulator:
        yield simulator


@pytest.fixture
def simulator(process: SimulatorHandle, short_waits: None) -> SimulatorHandle:
    """As new, with a large allowance."""
    process.reset()
    process.settings(vonage_requests_per_minute=100_000)
    return process


@pytest.fixture
def settings(simulator: SimulatorHandle) -> ClientSettings:
    return ClientSettings(
        client_id="simulator",
        client_secret=SECRET,
        api_url=simulator.base_url,
        login_url=simulator.login_url,
        requests_per_minute=1_000_000,
    )


@pytest.fixture
def client(settings: ClientSettings) -> VonageContactCenterClient:
    return VonageContactCenterClient(settings)


def load_users(simulator: SimulatorHandle, number: int) -> list[str]:
    """Load so many users, in two presences by turns, and return their ids."""
    away, ready = (
        next(each for each in simulator.vonage()["definitions"] if each["category"]["categoryType"] == category)
        for category in ("Away", "Ready")
    )
    users = [str(uuid.UUID(int=place * 7919 % 1009 + 1, version=4)) for place in range(number)]
    updated = "2026-03-01T07:30:00.250Z"
    simulator.load_vonage(
        users={
            user: {"presenceId": (away, ready)[place % 2]["presenceId"], "updated": updated}
            for place, user in enumerate(users)
        }
    )
    return users


def bulk_requests(simulator: SimulatorHandle) -> dict[str, int]:
    totals: dict[str, int] = simulator.requests()["totals"].get(BULK, {})
    return totals


# ---------------------------------------------------------------- presences of many users


def test_many_are_read_in_chunks_in_their_order_and_the_missing_reported(
    simulator: SimulatorHandle, client: VonageContactCenterClient
) -> None:
    users = load_users(simulator, 120)
    missing = [str(uuid.uuid4()) for _ in range(3)]
    asked = [missing[0], *users[:60], missing[1], *users[60:], users[5], users[7].upper(), missing[2]]
    meter = Meter()
    found = list(client.view(meter=meter).read_presences(iter(asked)))
    assert [user_id for user_id, _ in found] == [missing[0], *users[:60], missing[1], *users[60:], missing[2]]
    assert [user_id for user_id, presence in found if presence is None] == missing
    assert bulk_requests(simulator) == {"200": 3}, "123 different users"
    assert meter.requests == 3
    user_id, presence = found[2]
    assert presence is not None
    assert presence.user_id == user_id == users[1]
    assert presence.updated == datetime(2026, 3, 1, 7, 30, 0, 250_000, tzinfo=UTC)
    assert (presence.category, presence.category_description, presence.description) == ("Ready", "Ready", "Ready")
    assert (presence.sub_category, presence.selectable) == (None, True)


def test_exactly_fifty_are_one_request_and_none_is_no_request(
    simulator: SimulatorHandle, client: VonageContactCenterClient
) -> None:
    assert list(client.read_presences([])) == []
    assert simulator.requests()["total"] == 0
    assert len(list(client.read_presences(load_users(simulator, 50)))) == 50
    assert bulk_requests(simulator) == {"200": 1}


def test_answers_are_given_out_before_the_next_is_asked_for(
    simulator: SimulatorHandle, client: VonageContactCenterClient
) -> None:
    presences = client.read_presences(load_users(simulator, 150))
    for _ in range(50):
        next(presences)
    assert bulk_requests(simulator) == {"200": 1}
    next(presences)
    assert bulk_requests(simulator) == {"200": 2}


def test_a_sub_category_is_told_where_there_is_one(
    simulator: SimulatorHandle, client: VonageContactCenterClient
) -> None:
    user = str(uuid.uuid4())
    definition = next(each for each in simulator.vonage()["definitions"] if "subCategory" in each["category"])
    simulator.load_vonage(users={user: definition["presenceId"]})
    ((_, presence),) = client.read_presences([user])
    assert presence is not None
    assert presence.sub_category == definition["category"]["subCategory"]


def test_rate_limits_without_numbers_are_waited_out(
    simulator: SimulatorHandle, client: VonageContactCenterClient
) -> None:
    simulator.settings(vonage_requests_per_minute=2, rate_limit_window_seconds=1)
    users, meter = load_users(simulator, 300), Meter()
    assert [user_id for user_id, _ in client.view(meter=meter).read_presences(users)] == users
    counts = bulk_requests(simulator)
    assert counts["200"] == 6
    assert counts["429"] == meter.throttled > 0
    assert meter.rate_limited_seconds > 0


def test_a_rate_limit_that_does_not_end_is_an_error_in_the_end(
    simulator: SimulatorHandle, client: VonageContactCenterClient
) -> None:
    simulator.add_fault(path="/agents/*", status=429)
    with pytest.raises(GenesysRateLimitError) as caught:
        client.call("getAgentsPresenceDefinitions", policy=RetryPolicy(max_rate_limit_wait=0.1))
    assert caught.value.retry_after is None


def test_the_pace_is_the_connections(simulator: SimulatorHandle, settings: ClientSettings) -> None:
    waits: list[str] = []
    client = VonageContactCenterClient(replace(settings, requests_per_minute=600))
    users = load_users(simulator, 500)

    def wait(seconds: float, reason: str) -> None:
        waits.append(reason)
        performing.sleep(seconds, reason)

    assert len(list(client.view(wait=wait).read_presences(users))) == 500
    assert waits
    assert set(waits) == {"keeping to the rate limit"}


@pytest.mark.parametrize("fault", [{"expire_token": True}, {"status": 503}, {"reset": "before"}, {"truncate": True}])
def test_what_passes_is_repeated_midway(
    simulator: SimulatorHandle, client: VonageContactCenterClient, fault: dict[str, Any]
) -> None:
    simulator.add_fault(path="/agents/*", after=1, count=1, **fault)
    users = load_users(simulator, 150)
    assert [user_id for user_id, presence in client.read_presences(users) if presence] == users
    assert bulk_requests(simulator)["200"] >= 3
    assert sum(bulk_requests(simulator).values()) == 4


def test_a_token_is_renewed_when_its_time_is_up(simulator: SimulatorHandle, settings: ClientSettings) -> None:
    simulator.settings(vonage_token_seconds=2)
    tokens: list[str] = []
    client = VonageContactCenterClient(replace(settings, on_token=tokens.append))
    presences = client.read_presences(load_users(simulator, 100))
    next(presences)
    time.sleep(1.1)  # renewed after half its life, since that is less than the usual minute before its end
    assert len(list(presences)) == 99
    assert len(tokens) == len(set(tokens)) == 2
    assert bulk_requests(simulator) == {"200": 2}, "before it is refused"


# ---------------------------------------------------------------- the other operations


def test_all_four_operations_by_name(simulator: SimulatorHandle, settings: ClientSettings) -> None:
    client = VonageContactCenterClient(replace(settings, scope="users:read users:write"))
    definitions = client.call("getAgentsPresenceDefinitions")["presenceDefinitions"]
    user, path = next(iter(simulator.vonage()["users"])), "getAgentsUserPresence"
    before = client.call(path, path_params={"userId": user})
    other = next(each for each in definitions if each != before["presence"])
    after = client.call(
        "patchAgentsUserPresence", path_params={"userId": user}, body={"presenceId": other["presenceId"]}
    )
    assert after["presence"] == other
    assert client.call("getAgentsPresencesUsers", query={"userId": [user]}) == [after]
    assert client.call("getAgentsPresencesUsers", query={"userId": user}) == [after]


@pytest.mark.parametrize(
    ("fault", "writes"),
    [({"reset": "after"}, 1), ({"status": 502}, 0), ({"status": 429}, 1), ({"reset": "before"}, 0)],
)
def test_a_presence_is_set_once_whatever_becomes_of_the_answer(
    simulator: SimulatorHandle, settings: ClientSettings, fault: dict[str, Any], writes: int
) -> None:
    client = VonageContactCenterClient(replace(settings, scope="users:write"))
    user, definition = next(iter(simulator.vonage()["users"])), simulator.vonage()["definitions"][0]["presenceId"]
    before = simulator.vonage()["writes"]
    simulator.add_fault(method="PATCH", path="/agents/*", count=1, **fault)
    patch: dict[str, Any] = {"path_params": {"userId": user}, "body": {"presenceId": definition}}
    if fault == {"status": 429}:
        assert client.call("patchAgentsUserPresence", **patch)["presence"]["presenceId"] == definition
    else:
        with pytest.raises(GenesysError):
            client.call("patchAgentsUserPresence", **patch)
    assert simulator.vonage()["writes"] - before == writes


def test_tokens_of_both_systems_do_not_mix(simulator: SimulatorHandle, settings: ClientSettings) -> None:
    assert GenesysCloudClient(settings).call("getOrganizationsMe")["id"]
    assert VonageContactCenterClient(settings).call("getAgentsPresenceDefinitions")
    assert not [paths for paths in simulator.requests()["totals"].values() if "401" in paths]
    reader, writer = settings, replace(settings, scope="users:write")
    user = next(iter(simulator.vonage()["users"]))
    definition = simulator.vonage()["definitions"][0]["presenceId"]
    arguments: dict[str, Any] = {"path_params": {"userId": user}, "body": {"presenceId": definition}}
    with pytest.raises(GenesysPermissionError):
        VonageContactCenterClient(reader).call("patchAgentsUserPresence", **arguments)
    VonageContactCenterClient(writer).call("patchAgentsUserPresence", **arguments)


# ---------------------------------------------------------------- errors


def caught(client: VonageContactCenterClient, operation: str | operations.Operation, **arguments: Any) -> GenesysError:
    with pytest.raises(GenesysError) as info:
        client.call(operation, policy=ONCE, **arguments)
    copy = pickle.loads(pickle.dumps(info.value))
    assert (str(copy), copy.__dict__) == (str(info.value), info.value.__dict__)
    return info.value


def test_each_shape_of_an_error_is_read(simulator: SimulatorHandle, client: VonageContactCenterClient) -> None:
    user = next(iter(simulator.vonage()["users"]))
    without_a_limit = replace(operations.operation("getAgentsPresencesUsers"), most=None)
    assert str(caught(client, without_a_limit, query={"userId": [user] * 51})) == (
        "getAgentsPresencesUsers: HTTP 400: Query limit: Request exceeded maximum number for users of 50 in one query."
    )
    assert str(caught(client, "getAgentsPresencesUsers", query={"userId": "7"})) == (
        "getAgentsPresencesUsers: HTTP 400: The request is invalid."
    )
    message = str(caught(client, "getAgentsPresencesUsers", query={"userId": ""}))
    assert "HTTP 400: One or more validation errors occurred.: userId: The userId field is required" in message


def test_a_wrong_version_is_read(client: VonageContactCenterClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(VonageContactCenterClient, "accept", "application/vnd.newvoicemedia.v2+json")
    error = caught(VonageContactCenterClient(client.settings), "getAgentsPresenceDefinitions")
    assert isinstance(error, GenesysApiError)
    assert (error.status, error.code) == (400, "UnsupportedApiVersion")
    assert "is not supported" in error.message


def test_errors_have_the_types_they_have_with_genesys_cloud(
    simulator: SimulatorHandle, client: VonageContactCenterClient
) -> None:
    path = "getAgentsUserPresence"
    error = caught(client, path, path_params={"userId": str(uuid.uuid4())})
    assert isinstance(error, GenesysNotFoundError)
    assert "Not Found: There is no user" in error.message
    user = next(iter(simulator.vonage()["users"]))
    error = caught(client, "patchAgentsUserPresence", path_params={"userId": user}, body={"presenceId": user})
    assert isinstance(error, GenesysPermissionError)
    assert error.message.endswith("; it needs the scope users:write or self:write")
    for status, kind in ((401, GenesysAuthError), (500, GenesysServerError), (502, GenesysServerError)):
        simulator.clear_faults()
        simulator.add_fault(path="/agents/*", status=status)
        error = caught(client, path, path_params={"userId": user})
        assert isinstance(error, kind)
    assert "text/html instead of JSON" in error.message


@pytest.mark.parametrize(
    ("changes", "code"), [({"client_id": "x"}, "invalid_client"), ({"scope": "x:read"}, "invalid_scope")]
)
def test_refused_credentials_say_what_to_look_at(settings: ClientSettings, changes: dict[str, str], code: str) -> None:
    error = caught(VonageContactCenterClient(replace(settings, **changes)), "getAgentsPresenceDefinitions")
    assert isinstance(error, GenesysAuthError)
    assert error.code == code
    assert "are the client id and secret" in error.message


def test_a_failing_login_is_no_lost_answer(simulator: SimulatorHandle, client: VonageContactCenterClient) -> None:
    simulator.add_fault(path="/Auth/*", status=503)
    error = caught(client, "getAgentsPresenceDefinitions")
    assert isinstance(error, GenesysTransportError)
    assert error.sent is False


# ---------------------------------------------------------------- secrets


@pytest.mark.parametrize(
    "fault",
    [
        None,
        {"status": 403},
        {"status": 401},
        {"status": 500},
        {"reset": "after"},
        {"truncate": True},
        {"expire_token": True},
        {"status": 400, "code": "Odd", "message": "token {token}"},
        {"path": "/Auth/*", "status": 400, "message": f"the secret {SECRET} is wrong", "code": "invalid_client"},
        {"path": "/Auth/*", "status": 500, "message": f"client_secret={quote_plus(SECRET)} is wrong", "code": "Odd"},
        {"path": "/Auth/*", "reset": "after"},
        {"path": "/Auth/*", "truncate": True},
    ],
)
def test_no_secret_and_no_token_anywhere(
    simulator: SimulatorHandle,
    settings: ClientSettings,
    caplog: pytest.LogCaptureFixture,
    fault: dict[str, Any] | None,
) -> None:
    caplog.set_level(logging.DEBUG)
    tokens: list[str] = []
    client = VonageContactCenterClient(replace(settings, on_token=tokens.append))
    if fault and "{token}" in str(fault.get("message")):
        client.call("getAgentsPresenceDefinitions")
        fault = {**fault, "message": f"token {tokens[0]} is odd"}
    if fault:
        simulator.add_fault(**{"path": "/agents/*", **fault})
    said = [repr(settings), repr(client)]
    try:
        list(client.read_presences(simulator.vonage()["users"]))
        client.call("getAgentsPresenceDefinitions", policy=ONCE)
    except GenesysError as error:
        said += [*traceback.format_exception(error), repr(error.__dict__), repr(pickle.loads(pickle.dumps(error)))]
        said += [repr(vars(error.__cause__) if error.__cause__ else None)]
    else:
        assert fault is None
    said += [caplog.text, *(str(record.__dict__) for record in caplog.records)]
    assert tokens or "/Auth" in str(fault)
    assert "/agents/presences/users answered" in caplog.text or fault
    for text in said:
        assert SECRET not in text
        assert "canary" not in text
        assert not any(token in text for token in tokens)


@pytest.mark.parametrize("as_text", [False, True])
def test_120_users_are_refused_by_call_and_read_by_iterate(
    simulator: SimulatorHandle, client: VonageContactCenterClient, *, as_text: bool
) -> None:
    users = load_users(simulator, 120)
    query = {"userId": ",".join(users) if as_text else users}
    with pytest.raises(GenesysConfigError, match="120 values of 'userId', of which one request takes 50; iterate"):
        client.call("getAgentsPresencesUsers", query=query)
    meter = Meter()
    read = client.view(meter=meter).iterate("getAgentsPresencesUsers", query=query)
    assert [each["userId"] for each in read] == users
    assert meter.requests == 3
    with pytest.raises(GenesysConfigError, match="must be text"):
        client.iterate("getAgentsPresencesUsers", query={"userId": [*users, None]})
