from __future__ import annotations

import json
import logging
import sys

import pytest
import responses
from airflow import __version__ as airflow_version
from airflow.providers.common.compat.sdk import AirflowException

from airflow_provider_genesys import __version__
from airflow_provider_genesys.exceptions import GenesysConfigError
from airflow_provider_genesys.hooks.genesys_cloud import GenesysCloudHook
from airflow_provider_genesys.operators.api import GenesysCloudApiOperator

API = "https://api.mypurecloud.de"
TOKEN = "https://login.mypurecloud.de/oauth/token"
ORGANIZATION = f"{API}/api/v2/organizations/me"


@pytest.fixture(autouse=True)
def _connection(monkeypatch):
    connect(monkeypatch)


def connect(monkeypatch, **extra):
    connection = {
        "conn_type": "genesys_cloud",
        "login": "the-id",
        "password": "s3cret-canary",
        "extra": {"region": "mypurecloud.de", "requests_per_minute": 1e9, **extra},
    }
    monkeypatch.setenv("AIRFLOW_CONN_GENESYS_CLOUD_DEFAULT", json.dumps(connection))


@pytest.fixture
def api():
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        mock.post(TOKEN, json={"access_token": "t0ken-canary", "expires_in": 3600})
        mock.head(f"{API}/api/v2/tokens/me")
        mock.get(ORGANIZATION, json={"id": "org-1", "name": "Example Ltd"})
        yield mock


def test_making_a_hook_looks_up_nothing(monkeypatch):
    monkeypatch.delenv("AIRFLOW_CONN_GENESYS_CLOUD_DEFAULT")
    assert GenesysCloudHook().genesys_cloud_conn_id == "genesys_cloud_default"
    assert GenesysCloudHook(genesys_cloud_conn_id="other").genesys_cloud_conn_id == "other"


def test_the_client_is_made_once():
    hook = GenesysCloudHook()
    assert hook.get_conn() is hook.get_conn()
    assert hook.get_conn().settings.api_url == API


def test_a_wrong_connection_is_named(monkeypatch):
    connect(monkeypatch, read_timeout="abc")
    with pytest.raises(
        GenesysConfigError, match=r"connection 'genesys_cloud_default': extra field 'read_timeout' must be"
    ):
        GenesysCloudHook().get_conn()


def test_the_user_agent_tells_all_versions(api):
    GenesysCloudHook().call("headTokensMe")
    agents = {call.request.headers["User-Agent"] for call in api.calls}
    python = ".".join(map(str, sys.version_info[:3]))
    assert agents == {f"airflow-provider-genesys/{__version__} apache-airflow/{airflow_version} python/{python}"}


def test_calls_and_listings(api):
    api.get(f"{API}/api/v2/presence/sources", json={"entities": [{"id": "s"}]})
    hook = GenesysCloudHook()
    assert hook.call("getPresenceSources", query={"deactivated": True}) == {"entities": [{"id": "s"}]}
    assert api.calls[-1].request.params == {"deactivated": "true"}
    assert list(hook.iterate("getPresenceSources")) == [{"id": "s"}]


def test_operations_of_vonage_contact_center_are_refused_before_anything_is_sent(api, monkeypatch):
    connect(monkeypatch, expected_organization_id="org-1")
    with pytest.raises(GenesysConfigError, match="patchAgentsUserPresence is an operation of Vonage Contact Center"):
        GenesysCloudHook().call("patchAgentsUserPresence", path_params={"userId": "u"}, body={})
    with pytest.raises(GenesysConfigError, match="is an operation of Vonage Contact Center"):
        GenesysCloudHook().iterate("getAgentsPresenceDefinitions")
    assert len(api.calls) == 0


def test_tokens_are_masked_on_arrival(api, monkeypatch):
    masked = []
    monkeypatch.setattr("airflow_provider_genesys.hooks.base.mask_secret", masked.append)
    GenesysCloudHook().call("headTokensMe")
    assert masked == ["t0ken-canary"]


# ---------------------------------------------------------------- test_connection


def outcome():
    ok, message = GenesysCloudHook().test_connection()
    assert "canary" not in message
    return ok, message


def test_a_good_connection_names_the_organisation(api):
    assert outcome() == (True, f"Connected to {API}, organisation 'Example Ltd' (org-1).")
    assert [call.request.method for call in api.calls] == ["POST", "HEAD", "GET"]


def test_a_client_that_may_not_read_its_organisation_is_connected_all_the_same(api):
    api.replace("GET", ORGANIZATION, status=403, json={"code": "missing.permissions", "message": "No."})
    ok, message = outcome()
    assert ok
    assert "may not read the name of its organisation" in message


@pytest.mark.parametrize(
    ("status", "description", "advice"),
    [(400, "client not found", "is the client id"), (401, "authentication failed", "is the client secret")],
)
def test_wrong_credentials_say_which(api, status, description, advice):
    api.replace("POST", TOKEN, status=status, json={"error": "invalid_client", "error_description": description})
    ok, message = outcome()
    assert not ok
    assert description in message
    assert advice in message


@pytest.mark.parametrize("status", [401, 403, 500])
def test_what_the_api_refuses_is_reported(api, status):
    api.replace("HEAD", f"{API}/api/v2/tokens/me", status=status)
    ok, message = outcome()
    assert not ok
    assert f"headTokensMe: HTTP {status}" in message


def test_another_organisation_than_the_expected_is_no_success(api, monkeypatch):
    connect(monkeypatch, expected_organization_id="org-2")
    ok, message = outcome()
    assert not ok
    assert "expected_organization_id is org-2, but the client belongs to organisation org-1" in message


def test_a_wrong_field_is_reported(monkeypatch):
    connect(monkeypatch, region="nowhere")
    ok, message = outcome()
    assert not ok
    assert message.startswith("connection 'genesys_cloud_default': extra field 'region': 'nowhere'")


def test_a_link_that_cannot_be_made_says_nothing_of_the_connection(monkeypatch, caplog):
    def refuse(self):
        raise AirflowException("Invalid connection string: genesys-cloud://id:s3cret-canary@a://b://c.")

    monkeypatch.setattr(GenesysCloudHook, "get_connection_settings", refuse)
    with caplog.at_level(logging.DEBUG, "airflow_provider_genesys"):
        GenesysCloudApiOperator(task_id="call", operation="getUsers").push_link({})
    assert "There is no link to Genesys Cloud: AirflowException" in caplog.text
    assert "s3cret-canary" not in caplog.text
