"""Who has answered is not asked whether the region is right."""

from __future__ import annotations

import re

import pytest
from api_world import SOURCES, TOKEN

from airflow_provider_genesys.api.retry import RetryPolicy
from airflow_provider_genesys.exceptions import GenesysAuthError, GenesysTransportError

DOUBTS = re.compile("is the region|is the address")


def complaint(client, kind=GenesysTransportError):
    with pytest.raises(kind) as caught:
        client.view(wait=lambda *_: None).call("getPresenceSources", policy=RetryPolicy(max_attempts=1))
    return str(caught.value)


def test_html_after_json_is_no_doubt_about_the_address(api, client):
    api.get(SOURCES, body="<html>", content_type="text/html")
    assert "is the address that of the API?" in complaint(client)
    api.replace("GET", SOURCES, json={"entities": []})
    client.call("getPresenceSources")
    api.replace("GET", SOURCES, body="<html>", content_type="text/html")
    said = complaint(client)
    assert "it answered with JSON before" in said
    assert not DOUBTS.search(said)


@pytest.mark.parametrize("answer", [{"json": {"no": "token"}}, {"status": 404, "body": "<html>"}])
def test_a_login_host_that_gave_tokens_is_no_wrong_region(api, client, answer):
    api.replace("POST", TOKEN, **answer)
    assert "is the region, or login_url, right?" in complaint(client, GenesysAuthError)
    api.replace("POST", TOKEN, json={"access_token": "first", "expires_in": 86_399})
    api.get(SOURCES, status=401, json={})
    with pytest.raises(GenesysAuthError):
        client.call("getPresenceSources")
    api.replace("POST", TOKEN, **answer)
    said = complaint(client, GenesysAuthError)
    assert "it has given tokens before" in said
    assert not DOUBTS.search(said)
