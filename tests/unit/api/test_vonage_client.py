from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import parse_qs

import pytest
import responses
from api_world import SECRET

from airflow_provider_genesys.api.genesys_cloud import GenesysCloudClient
from airflow_provider_genesys.api.operations import vonage_contact_center
from airflow_provider_genesys.api.retry import RetryPolicy
from airflow_provider_genesys.api.settings import ClientSettings
from airflow_provider_genesys.api.vonage_contact_center import VonageContactCenterClient
from airflow_provider_genesys.exceptions import (
    GenesysAuthError,
    GenesysConfigError,
    GenesysError,
    GenesysPermissionError,
    GenesysRateLimitError,
    GenesysTransportError,
)

API = "https://emea.api.newvoicemedia.com"
TOKEN = "https://emea.cc.vonage.com/Auth/connect/token"
USERS = f"{API}/agents/presences/users"
DEFINITIONS = f"{API}/agents/presence-definitions"
ALICE, BOB = "daab05ec-ba50-45af-a6fd-3b01cdc6f39b", "c07da2cc-7a64-476e-aa95-be7042332a95"
ONCE = RetryPolicy(max_attempts=1, max_rate_limit_wait=0.01)


def entity(user_id=ALICE, **changes):
    """The example of the API's documentation."""
    presence = {
        "presenceId": "eaed6862-14fa-4114-be62-b8709b5d4a49",
        "selectable": True,
        "category": {"categoryType": "LoggedOut", "description": "Logged Out"},
        "description": "Logged Out",
    }
    return {"userId": user_id, "updated": "2021-10-22T13:16:26.730Z", "presence": presence, **changes}


@pytest.fixture
def settings():
    return ClientSettings("the-id", SECRET, API, "https://emea.cc.vonage.com", requests_per_minute=1e9)


@pytest.fixture
def vonage(settings, clock):
    return VonageContactCenterClient(settings)


@pytest.fixture
def web():
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        mock.post(TOKEN, json={"access_token": "token-1", "expires_in": 7200, "token_type": "Bearer"})
        yield mock


def test_the_login_is_a_form_and_the_version_is_asked_for(web, vonage):
    web.get(DEFINITIONS, json={"presenceDefinitions": []})
    assert vonage.call("getAgentsPresenceDefinitions") == {"presenceDefinitions": []}
    login, request = (call.request for call in web.calls)
    assert parse_qs(login.body.decode()) == {
        "grant_type": ["client_credentials"],
        "client_id": ["the-id"],
        "client_secret": [SECRET],
        "scope": ["users:read"],
    }
    assert login.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert login.headers["Accept"] == "application/json"
    assert "Authorization" not in login.headers
    assert request.headers["Accept"] == "application/vnd.newvoicemedia.v1+json"
    assert request.headers["Authorization"] == "Bearer token-1"


def test_ids_are_one_parameter_with_commas(web, vonage):
    web.get(USERS, json=[entity(BOB), entity(ALICE)])
    found = list(vonage.read_presences([ALICE, BOB]))
    assert web.calls[-1].request.params == {"userId": f"{ALICE},{BOB}"}
    assert [user_id for user_id, _ in found] == [ALICE, BOB], "in the order asked for"
    _, presence = found[0]
    assert presence.updated == datetime(2021, 10, 22, 13, 16, 26, 730_000, tzinfo=UTC)
    assert (presence.presence_id, presence.category) == ("eaed6862-14fa-4114-be62-b8709b5d4a49", "LoggedOut")


def test_ids_are_the_same_in_any_case_and_given_back_as_they_came(web, vonage):
    web.get(USERS, json=[entity(ALICE)])
    ((user_id, presence),) = vonage.read_presences([ALICE.upper(), ALICE])
    assert user_id == presence.user_id == ALICE.upper()


@pytest.mark.parametrize(
    ("updated", "expected"),
    [
        ("2021-10-22T13:16:26Z", datetime(2021, 10, 22, 13, 16, 26, tzinfo=UTC)),
        ("2021-10-22T13:16:26.7301234Z", datetime(2021, 10, 22, 13, 16, 26, 730_123, tzinfo=UTC)),
        ("2021-10-22T15:16:26+02:00", datetime(2021, 10, 22, 13, 16, 26, tzinfo=UTC)),
        ("2021-10-22T13:16:26", datetime(2021, 10, 22, 13, 16, 26, tzinfo=UTC)),
    ],
)
def test_moments_are_in_utc(web, vonage, updated, expected):
    web.get(USERS, json=[entity(updated=updated)])
    ((_, presence),) = vonage.read_presences([ALICE])
    assert presence.updated == expected
    assert presence.updated.utcoffset().total_seconds() == 0


def test_a_new_field_or_a_missing_label_does_no_harm(web, vonage):
    bare = {"presenceId": "p", "category": {"categoryType": "Away", "subCategory": "Break", "colour": 5}, "new": []}
    web.get(USERS, json=[entity(presence=bare, new={})])
    ((_, presence),) = vonage.read_presences([ALICE])
    assert (presence.category, presence.sub_category) == ("Away", "Break")
    assert (presence.description, presence.category_description, presence.selectable) == (None, None, None)


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ({"entities": []}, "no list"),
        (None, "no list"),
        ([{"presence": {}}], "no userId"),
        (["x"], "no userId"),
        ([entity(), {"userId": None}], "no userId"),
    ],
)
def test_an_answer_that_is_not_understood_is_an_error_and_nobody_is_missing(web, vonage, answer, why):
    web.get(USERS, json=answer)
    with pytest.raises(GenesysTransportError, match=f"the answer is not understood: .*{why}") as caught:
        list(vonage.read_presences([ALICE]))
    assert caught.value.sent is True


@pytest.mark.parametrize(
    ("odd", "why"),
    [
        ({"presence": None}, "there is no presence"),
        ({"presence": "Lunch"}, "there is no presence"),
        ({"presence": {}}, "it has no presenceId"),
        ({"presence": {"presenceId": 5}}, "it has no presenceId"),
        ({"updated": None}, "updated is no moment"),
        ({"updated": "yesterday"}, "updated is no moment"),
        ({"updated": 1_700_000_000}, "updated is no moment"),
        ({"updated": "0001-01-01T00:00:00+02:00"}, "updated is no moment"),
    ],
)
def test_a_user_that_is_not_understood_is_told_and_holds_up_nobody(web, vonage, caplog, odd, why):
    web.get(USERS, json=[entity(ALICE, **odd), entity(BOB)])
    (alice, nothing), (bob, presence) = vonage.read_presences([ALICE, BOB])
    assert (alice, nothing, bob) == (ALICE, None, BOB)
    assert presence.user_id == BOB
    (warning,) = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert warning == f"getAgentsPresencesUsers: the presence of user {ALICE} is not understood: {why}"


def test_wrong_ids_are_named_before_anything_is_sent(web, vonage):
    with pytest.raises(GenesysConfigError, match=r"no user ids are 'abc' \(number 2\), 5 \(number 3\)$"):
        vonage.read_presences([ALICE, "abc", 5, BOB])
    with pytest.raises(GenesysConfigError, match=r"'19' \(number 20\), and 5 more$"):
        vonage.read_presences(map(str, range(25)))
    with pytest.raises(GenesysConfigError, match="a list of ids"):
        vonage.read_presences(ALICE)
    for wrong in (None, 5, ALICE.encode()):
        with pytest.raises(GenesysConfigError, match="user_ids must be a list of ids"):
            vonage.read_presences(wrong)
    assert len(web.calls) == 0


@pytest.mark.parametrize(
    ("body", "code", "message"),
    [
        (
            {"error": {"code": "ApiVersionUnspecified", "message": "No version."}},
            "ApiVersionUnspecified",
            "No version.",
        ),
        ({"message": "The request is invalid."}, None, "The request is invalid."),
        (
            {"status": 400, "title": "Errors.", "errors": [{"message": "bad", "path": "a"}, {"message": "worse"}, 5]},
            None,
            "Errors.: a: bad; worse",
        ),
        ({"status": 400, "title": "Query limit", "detail": "More than 50."}, None, "Query limit: More than 50."),
        (
            {"title": "Errors.", "errors": {"userId": ["bad", "worse", 5, ""], "a": "odd", "b": None, "c": {"d": "e"}}},
            None,
            "Errors.: userId: bad; userId: worse; a: odd",
        ),
        ({"error": "odd"}, None, ""),
        ({"errors": "odd", "title": 5}, None, ""),
    ],
)
def test_an_error_is_read_in_each_of_its_shapes(web, vonage, body, code, message):
    web.get(DEFINITIONS, status=400, json=body)
    with pytest.raises(GenesysError) as caught:
        vonage.call("getAgentsPresenceDefinitions")
    assert (caught.value.status, caught.value.code, caught.value.message) == (400, code, message)


@pytest.mark.parametrize("row", vonage_contact_center.ROWS, ids=lambda row: row.name)
def test_a_refused_permission_names_the_scopes(web, vonage, row):
    web.add(row.method, API + row.path.format(userId=ALICE), status=403, json={"message": "No."})
    path_params = {"userId": ALICE} if "{userId}" in row.path else {}
    query = dict.fromkeys(row.required_query, ALICE)
    with pytest.raises(GenesysPermissionError) as caught:
        vonage.call(row.name, path_params=path_params, query=query, body={} if row.needs_body else None)
    assert caught.value.message == f"No.; it needs the scope {' or '.join(row.permissions)}"


def test_a_rate_limit_without_numbers_is_backed_off_from(web, vonage, clock):
    for _ in range(5):
        web.get(USERS, status=429, json={"message": "Slow down."})
    web.get(USERS, json=[entity()])
    list(vonage.view(wait=clock.wait).read_presences([ALICE]))
    waits = clock.waited("rate limited")
    assert len(waits) == 5
    assert waits[0] >= 1
    assert waits[-1] > waits[0]


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (400, {"error": "invalid_client"}, GenesysAuthError),
        (400, {"error": "invalid_scope", "error_description": f"for {SECRET}"}, GenesysAuthError),
        (401, {"message": "Authorization has been denied for this request."}, GenesysAuthError),
        (429, {"message": "Slow down."}, GenesysRateLimitError),
    ],
)
def test_a_refused_login_tells_what_to_look_at_and_no_secret(web, vonage, status, body, kind):
    web.replace("POST", TOKEN, status=status, json=body)
    with pytest.raises(kind) as caught:
        vonage.call("getAgentsPresenceDefinitions", policy=ONCE)
    assert str(caught.value).startswith("postAuthConnectToken: HTTP")
    assert SECRET not in str(caught.value)
    if kind is GenesysAuthError:
        assert "are the client id and secret (the connection's login and password) right" in caught.value.message
        assert "; ;" not in caught.value.message
        assert not caught.value.message.startswith(";")


def test_each_client_refuses_the_other_systems_operations(web, settings, vonage):
    with pytest.raises(GenesysConfigError, match="getUsers is an operation of Genesys Cloud, and this"):
        vonage.call("getUsers")
    with pytest.raises(GenesysConfigError, match="is an operation of Genesys Cloud"):
        vonage.sender("postEventsConversations")
    genesys_cloud = GenesysCloudClient(settings)
    for refused in (genesys_cloud.call, lambda name: list(genesys_cloud.iterate(name))):
        with pytest.raises(GenesysConfigError, match="an operation of Vonage Contact Center, and this client is Gen"):
            refused("getAgentsPresenceDefinitions")
    assert len(web.calls) == 0
