from __future__ import annotations

import json

import pytest
import responses

from airflow_provider_genesys.exceptions import GenesysConfigError
from airflow_provider_genesys.hooks.vonage_contact_center import VonageContactCenterHook

API = "https://nam.api.newvoicemedia.com"
TOKEN = "https://nam.cc.vonage.com/Auth/connect/token"
DEFINITIONS = f"{API}/agents/presence-definitions"


@pytest.fixture(autouse=True)
def _connection(monkeypatch):
    connect(monkeypatch)


def connect(monkeypatch, **extra):
    connection = {
        "conn_type": "vonage_contact_center",
        "login": "the-id",
        "password": "s3cret-canary",
        "extra": {"region": "NAM", "requests_per_minute": 1e9, **extra},
    }
    monkeypatch.setenv("AIRFLOW_CONN_VONAGE_CONTACT_CENTER_DEFAULT", json.dumps(connection))


@pytest.fixture
def api():
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        mock.post(TOKEN, json={"access_token": "t0ken-canary", "expires_in": 7200})
        mock.get(DEFINITIONS, json={"presenceDefinitions": [{"presenceId": "p"}]})
        yield mock


def test_making_a_hook_looks_up_nothing(monkeypatch):
    monkeypatch.delenv("AIRFLOW_CONN_VONAGE_CONTACT_CENTER_DEFAULT")
    assert VonageContactCenterHook().vonage_contact_center_conn_id == "vonage_contact_center_default"
    assert VonageContactCenterHook(vonage_contact_center_conn_id="x").vonage_contact_center_conn_id == "x"


def test_the_client_is_made_once():
    hook = VonageContactCenterHook()
    assert hook.get_conn() is hook.get_conn()
    assert hook.get_conn().settings.api_url == API
    assert hook.get_conn().settings.scope is None


def test_the_scope_is_asked_for(api, monkeypatch):
    connect(monkeypatch, scope="users:read users:write")
    VonageContactCenterHook().call("getAgentsPresenceDefinitions")
    assert "scope=users%3Aread+users%3Awrite" in api.calls[0].request.body.decode()


def test_calls_and_listings(api):
    hook = VonageContactCenterHook()
    assert hook.call("getAgentsPresenceDefinitions") == {"presenceDefinitions": [{"presenceId": "p"}]}
    assert list(hook.iterate("getAgentsPresenceDefinitions")) == [{"presenceId": "p"}]
    api.get(f"{API}/agents/presences/users", json=[{"userId": "u"}])
    assert list(hook.iterate("getAgentsPresencesUsers", query={"userId": ["u", "v"]})) == [{"userId": "u"}]
    assert api.calls[-1].request.params == {"userId": "u,v"}


def test_tokens_are_masked_on_arrival(api, monkeypatch):
    masked = []
    monkeypatch.setattr("airflow_provider_genesys.hooks.base.mask_secret", masked.append)
    VonageContactCenterHook().call("getAgentsPresenceDefinitions")
    assert masked == ["t0ken-canary"]


def test_operations_of_genesys_cloud_are_refused():
    with pytest.raises(GenesysConfigError, match="getUsers is an operation of Genesys Cloud"):
        VonageContactCenterHook().call("getUsers")


# ---------------------------------------------------------------- test_connection


def outcome():
    ok, message = VonageContactCenterHook().test_connection()
    assert "canary" not in message
    return ok, message


def test_a_good_connection_says_what_it_found(api):
    assert outcome() == (True, f"Connected to {API}, which has 1 presence definitions.")


@pytest.mark.parametrize("status", [401, 403, 500])
def test_what_the_api_refuses_is_reported(api, status):
    api.replace("GET", DEFINITIONS, status=status, json={"message": "No."})
    ok, message = outcome()
    assert not ok
    assert f"getAgentsPresenceDefinitions: HTTP {status}: No." in message


def test_wrong_credentials_are_reported(api):
    api.replace("POST", TOKEN, status=400, json={"error": "invalid_client"})
    ok, message = outcome()
    assert not ok
    assert "HTTP 400 invalid_client: are the client id and secret" in message


@pytest.mark.parametrize("answer", [[], {}, {"presenceDefinitions": None}])
def test_an_answer_of_something_else_is_no_success(api, answer):
    api.replace("GET", DEFINITIONS, json=answer)
    assert outcome() == (False, f"What answers at {API} is not the Agents API.")


def test_a_wrong_field_is_reported(monkeypatch):
    connect(monkeypatch, region="nowhere")
    ok, message = outcome()
    assert not ok
    assert message == (
        "connection 'vonage_contact_center_default': extra field 'region': 'nowhere' is no Vonage Contact Center "
        "region; choose from emea, nam, apac"
    )
