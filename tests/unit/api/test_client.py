from __future__ import annotations

import json
import logging
import re

import pytest
from api_world import API, SOURCES, arguments_of, count, error_body

from airflow_provider_genesys.api.operations import OPERATIONS, Operation
from airflow_provider_genesys.api.retry import RetryPolicy
from airflow_provider_genesys.exceptions import (
    GenesysApiError,
    GenesysGoneError,
    GenesysNotFoundError,
    GenesysPermissionError,
    GenesysServerError,
    GenesysTransportError,
)

# ---------------------------------------------------------------- one call


def test_a_call_sends_what_it_says_and_returns_the_json(api, client):
    api.put(f"{API}/api/v2/things/a%2Fb", json={"id": "a/b"})
    row = Operation(name="putThing", method="PUT", path="/api/v2/things/{id}", query=("expand",))
    answer = client.call(row, path_params={"id": "a/b"}, query={"expand": ["x", "y"]}, body={"name": "Zoë"})
    assert answer == {"id": "a/b"}
    request = api.calls[-1].request
    assert request.url.endswith("/api/v2/things/a%2Fb?expand=x&expand=y")
    assert json.loads(request.body) == {"name": "Zoë"}
    assert request.headers["Content-Type"] == "application/json"
    assert request.headers["User-Agent"] == "test/1 python/3"
    assert request.headers["Authorization"] == "Bearer token-1"
    assert "Cookie" not in request.headers


def test_an_empty_answer_is_none(api, client):
    api.head(f"{API}/api/v2/tokens/me", status=200)
    api.get(SOURCES, status=204)
    assert client.call("headTokensMe") is None
    assert client.call("getPresenceSources") is None


def test_making_a_client_asks_nothing_of_the_network(api, client):
    assert len(api.calls) == 0


# ---------------------------------------------------------------- errors by type


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, GenesysApiError),
        (403, GenesysPermissionError),
        (404, GenesysNotFoundError),
        (409, GenesysApiError),
        (410, GenesysGoneError),
        (413, GenesysApiError),
        (500, GenesysServerError),
    ],
)
def test_an_error_has_its_type_and_all_that_was_said(api, client, status, kind):
    body = error_body(status, "some.code", "What is wrong.")
    api.get(SOURCES, status=status, json=body, headers={"ININ-Correlation-Id": "corr-1"})
    with pytest.raises(kind) as caught:
        client.call("getPresenceSources")
    error = caught.value
    assert type(error) is kind
    assert (error.status, error.code, error.correlation_id) == (status, "some.code", "corr-1")
    assert error.operation == "getPresenceSources"
    assert "What is wrong." in error.message
    assert count(api, SOURCES) == 1, "and is not repeated"


def test_a_403_names_the_permission_once(api, client):
    api.get(SOURCES, status=403, json=error_body(403, "missing.permissions", "Not allowed."))
    with pytest.raises(GenesysPermissionError, match="needs the permission presence:source:view"):
        client.call("getPresenceSources")
    api.replace("GET", SOURCES, status=403, json=error_body(403, "x", "You need [presence:source:view]."))
    with pytest.raises(GenesysPermissionError) as caught:
        client.call("getPresenceSources")
    assert str(caught.value).count("presence:source:view") == 1


def test_details_and_context_id_are_told(api, client):
    details = [{"fieldName": "userPresenceEvents[3].userId", "errorCode": "x"}, "odd", {"fieldName": None}]
    api.get(SOURCES, status=400, json=error_body(400, "bad.request", "Bad.", details=details))
    with pytest.raises(GenesysApiError) as caught:
        client.call("getPresenceSources")
    assert caught.value.message == "Bad. (userPresenceEvents[3].userId)"
    assert caught.value.correlation_id == "ctx"


def test_a_long_message_is_cut(api, client):
    api.get(SOURCES, status=400, json=error_body(400, "bad.request", "x" * 5000))
    with pytest.raises(GenesysApiError) as caught:
        client.call("getPresenceSources")
    assert len(caught.value.message) == 300


@pytest.mark.parametrize("body", ["<html>It was not Genesys</html>", "[1]", '"text"', "null"])
def test_an_error_that_is_not_the_apis_is_recognised(api, client, body):
    api.get(SOURCES, status=404, body=body, content_type="text/html; charset=utf-8")
    with pytest.raises(
        GenesysNotFoundError, match="text/html instead of JSON; it came from a gateway or proxy"
    ) as caught:
        client.call("getPresenceSources")
    assert "It was not Genesys" not in str(caught.value)


@pytest.mark.parametrize(
    ("body", "found"),
    [("[1]", "list"), ('"text"', "str"), ("null", "NoneType"), ('{"message": "canary', "broken JSON"), ("7", "int")],
)
@pytest.mark.parametrize("kind", ["application/json", "application/problem+json; charset=utf-8"])
def test_an_error_that_is_json_but_no_object_is_called_what_it_is(api, client, kind, body, found):
    api.get(SOURCES, status=400, body=body, content_type=kind)
    with pytest.raises(GenesysApiError, match=f"the answer is {found} instead of a JSON object; it came") as caught:
        client.call("getPresenceSources")
    assert "canary" not in str(caught.value)


def test_a_good_answer_that_is_broken_json_is_called_so(api, client):
    api.get(SOURCES, body='{"entities": [', content_type="application/json")
    with pytest.raises(GenesysTransportError, match=r"\(HTTP 200\) is broken JSON"):
        client.view(wait=lambda *_: None).call("getPresenceSources", policy=RetryPolicy(max_attempts=1))


def test_a_good_answer_that_is_no_json_was_acted_on(api, client):
    api.get(SOURCES, body="<html>", content_type="text/html")
    with pytest.raises(GenesysTransportError, match=r"\(HTTP 200\) is text/html instead of JSON") as caught:
        client.view(wait=lambda *_: None).call("getPresenceSources", policy=RetryPolicy(max_attempts=1))
    assert caught.value.sent is True


def test_a_redirect_is_refused_and_only_its_host_is_told(api, client):
    api.get(SOURCES, status=302, headers={"Location": "https://sso.invalid/login?session=canary"})
    with pytest.raises(GenesysApiError, match=r"redirect to sso\.invalid refused") as caught:
        client.call("getPresenceSources")
    assert "canary" not in str(caught.value)


# ---------------------------------------------------------------- the whole table


ROWS = sorted({row for row in OPERATIONS.values() if row.system == "Genesys Cloud"}, key=lambda row: row.name)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_a_403_names_every_permission_of_its_operation(api, client, row):
    url = API + re.sub(r"{\w+}", "x", row.path)
    refusal = json.dumps(error_body(403, "missing.permissions", "Not allowed.")) if row.method != "HEAD" else ""
    api.add(row.method, url, status=403, body=refusal)
    with pytest.raises(GenesysPermissionError) as caught:
        client.call(row.name, **arguments_of(row))
    told = str(caught.value)
    assert told.startswith(f"{row.name}: HTTP 403")
    joiner = " or " if row.any_permission else " and "
    assert ("it needs the permission" in told) == bool(row.permissions)
    assert joiner.join(row.permissions) in told


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_a_deprecated_operation_warns_once_and_names_its_successor(api, client, row, caplog):
    api.add(row.method, API + re.sub(r"{\w+}", "x", row.path))
    for name in (row.name, *row.aliases, row.name):
        client.call(name, **arguments_of(row))
    warnings = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    if row.deprecated is None:
        assert warnings == []
    else:
        instead = f"use {row.successor} instead" if row.successor else "there is no operation in its place"
        assert warnings == [f"{row.name} is deprecated since {row.deprecated}; {instead}"]
