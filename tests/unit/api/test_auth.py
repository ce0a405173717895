from __future__ import annotations

import base64
import threading

import pytest
import responses
from api_world import API, LOGIN, SECRET, Clock

from airflow_provider_genesys.api.auth import Token, Tokens
from airflow_provider_genesys.api.genesys_cloud import GenesysCloudClient
from airflow_provider_genesys.api.settings import ClientSettings
from airflow_provider_genesys.api.transport import Transport
from airflow_provider_genesys.exceptions import (
    GenesysAuthError,
    GenesysRateLimitError,
    GenesysServerError,
    GenesysTransportError,
)
from tests.harness.machine import until

URL = f"{LOGIN}/oauth/token"


@pytest.fixture
def now():
    return Clock()


class Source:
    """Gives the tokens 1, 2, ... and counts."""

    def __init__(self, lifetime=600.0):
        self.count = 0
        self.lifetime = lifetime

    def __call__(self):
        self.count += 1
        return Token(str(self.count), self.lifetime)


def fetch():
    settings = ClientSettings("the-id", SECRET, API, LOGIN)
    return GenesysCloudClient.fetch_token(settings, Transport(LOGIN, user_agent="test/1"))


@pytest.mark.parametrize(("lifetime", "good_for"), [(600.0, 540.0), (120.0, 60.0), (10.0, 5.0)])
def test_a_token_is_kept_and_renewed_early(now, lifetime, good_for):
    tokens, source = Tokens(now), Source(lifetime)
    assert tokens.get(source) == "1"
    now.now += good_for - 0.1
    assert tokens.get(source) == "1"
    now.now += 0.2
    assert tokens.get(source) == "2"


def test_only_the_current_token_is_dropped(now):
    tokens, source = Tokens(now), Source()
    old = tokens.get(source)
    tokens.drop(old)
    assert tokens.get(source) == "2"
    tokens.drop(old)
    assert tokens.get(source) == "2"
    assert source.count == 2


def run_together(number, work):
    threads = [threading.Thread(target=work, daemon=True) for _ in range(number)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(10)
    assert not any(each.is_alive() for each in threads)


def test_twelve_lanes_fetch_once():
    tokens, source, got = Tokens(), Source(), []
    begin = threading.Barrier(12)

    def slow():
        threading.Event().wait(0.05)
        return source()

    def lane():
        begin.wait(5)
        got.append(tokens.get(slow))

    run_together(12, lane)
    assert got == ["1"] * 12
    assert source.count == 1


def test_lanes_that_wait_for_a_failing_fetch_share_its_failure():
    tokens, failures, calls, asking = Tokens(), [], [], []
    waiting = threading.Barrier(12)

    def fail():
        calls.append(1)
        until(lambda: len(asking) == 12)
        threading.Event().wait(0.2)  # in which the last one asks
        raise GenesysAuthError(401, message="no")

    def lane():
        waiting.wait(5)
        asking.append(1)
        try:
            tokens.get(fail)
        except GenesysAuthError as error:
            failures.append(error)

    run_together(12, lane)
    assert len(calls) == 1
    assert len(failures) == len({id(each) for each in failures}) == 12
    with pytest.raises(GenesysAuthError):
        tokens.get(fail)
    assert len(calls) == 2, "who comes later asks again"
    assert tokens.get(Source()) == "1", "and gets what there is by then"


@responses.activate
def test_the_request_is_that_of_client_credentials():
    responses.post(URL, json={"access_token": "abc", "token_type": "bearer", "expires_in": 86399})
    token = fetch()
    assert (token.value, token.lifetime) == ("abc", 86399)
    assert "abc" not in repr(token)
    request = responses.calls[0].request
    assert request.body == b"grant_type=client_credentials"
    assert request.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert base64.b64decode(request.headers["Authorization"].removeprefix("Basic ")).decode() == f"the-id:{SECRET}"


@responses.activate
def test_a_token_without_a_lifetime_is_taken_to_live_as_short_as_any():
    responses.post(URL, json={"access_token": "abc"})
    assert fetch().lifetime == 300


@responses.activate
@pytest.mark.parametrize(
    ("told", "lifetime"),
    [
        *[(odd, 300) for odd in ("9" * 400, "-5", "0", "NaN", "Infinity", "1e999", "true", "[]", '"soon"')],
        ('"3600"', 3600),
        ("3600.5", 3600.5),
    ],
)
def test_a_lifetime_that_is_none_is_not_told(told, lifetime):
    responses.post(URL, body=f'{{"access_token": "abc", "expires_in": {told}}}')
    assert fetch().lifetime == lifetime


@responses.activate
@pytest.mark.parametrize(
    ("status", "description", "advice"),
    [(400, "client not found", "is the client id"), (401, "authentication failed", "is the client secret")],
)
def test_refused_credentials_say_which_and_what_to_do(status, description, advice):
    body = {"error": "invalid_client", "description": description, "error_description": description}
    responses.post(URL, status=status, json=body, headers={"ININ-Correlation-Id": "corr-9"})
    with pytest.raises(GenesysAuthError) as caught:
        fetch()
    assert (caught.value.status, caught.value.code, caught.value.correlation_id) == (status, "invalid_client", "corr-9")
    assert description in str(caught.value)
    assert advice in str(caught.value)


@responses.activate
@pytest.mark.parametrize("status", [302, 403, 404])
def test_what_is_no_token_endpoint_is_an_auth_error(status):
    responses.post(
        URL, status=status, body="<html>", content_type="text/html", headers={"Location": "https://sso.invalid/"}
    )
    with pytest.raises(GenesysAuthError, match="is the region, or login_url, right"):
        fetch()


@responses.activate
@pytest.mark.parametrize("body", ["<html>", "[]", "{}", '{"access_token": ""}', '{"access_token": 5}'])
def test_an_answer_without_a_token_is_an_auth_error(body):
    responses.post(URL, body=body)
    with pytest.raises(GenesysAuthError, match=r"login\.example\.com holds no access token"):
        fetch()


@responses.activate
@pytest.mark.parametrize("value", ["secret\nX: 1", "secret\u0142", "secret\ud800", "secret token", "\0secret"])
def test_a_token_that_no_header_can_have_is_an_auth_error_that_does_not_tell_it(value):
    responses.post(URL, json={"access_token": value})
    with pytest.raises(GenesysAuthError, match=r"login\.example\.com has characters that no header can have") as caught:
        fetch()
    assert "secret" not in repr(caught.value) + str(caught.value)


@responses.activate
@pytest.mark.parametrize(
    ("status", "body", "retry_after"),
    [
        (400, {"error": "invalid_request", "error_description": "rate limit exceeded; retry in 5 s"}, 5.0),
        (400, {"error": "invalid_request", "description": "Rate Limit Exceeded"}, None),
        (429, {"message": "Rate limit exceeded the maximum", "code": "too.many.requests", "status": 429}, 7.0),
    ],
)
def test_a_rate_limit_of_the_token_endpoint_is_no_bad_credential(status, body, retry_after):
    responses.post(URL, status=status, json=body, headers={"Retry-After": f"{retry_after:g}"} if retry_after else {})
    with pytest.raises(GenesysRateLimitError) as caught:
        fetch()
    assert caught.value.retry_after == retry_after


@responses.activate
def test_a_failing_token_endpoint_is_a_server_error():
    responses.post(URL, status=502, body="<html>Bad gateway</html>", content_type="text/html")
    with pytest.raises(GenesysServerError, match="text/html instead of JSON"):
        fetch()
    responses.replace("POST", URL, body=ConnectionError("down"))
    with pytest.raises(GenesysTransportError):
        fetch()
