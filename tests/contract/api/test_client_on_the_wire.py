"""The client over real sockets: what arrives where, what leaks, what survives a fork."""

from __future__ import annotations

import base64
import json
import logging
import os
import pickle
import select
import signal
import threading
import time
import traceback
from dataclasses import replace

import pytest

from airflow_provider_genesys.api.genesys_cloud import GenesysCloudClient
from airflow_provider_genesys.api.operations import Operation
from airflow_provider_genesys.api.retry import RetryPolicy
from airflow_provider_genesys.api.settings import ClientSettings
from airflow_provider_genesys.exceptions import GenesysApiError, GenesysAuthError, GenesysError, GenesysTransportError
from tests.contract.raw_server import RawServer, http, reset
from tests.unit.api.api_world import SECRET

TOKEN = "t0ken-canary-Q7x"
ONCE = RetryPolicy(max_attempts=1)
CURSOR = Operation(name="getThings", method="GET", path="/api/v2/things", paging="cursor", repeat="client")


def cloud(answer):
    """Login and API in one: gives a token, and else sends what ``answer(request)`` returns; ``None`` resets."""

    def act(connection):
        while request := server.read_request(connection):
            if request.startswith(b"POST /oauth/token"):
                connection.sendall(http(json.dumps({"access_token": TOKEN, "expires_in": 3600}).encode()))
            elif (data := answer(request)) is None:
                reset(connection)
            else:
                connection.sendall(data)

    server = RawServer(act)
    return server


def client_of(server, **more):
    settings = ClientSettings("the-id", SECRET, server.url, server.url, 2.0, 2.0, requests_per_minute=1e9)
    return GenesysCloudClient(replace(settings, **more))


def test_many_bodies_go_over_one_connection():
    ports = set()

    def act(connection):
        ports.add(connection.getpeername()[1])
        while request := server.read_request(connection):
            token = request.startswith(b"POST /oauth/token")
            connection.sendall(http(b'{"access_token": "abc"}' if token else b'{"errors": []}'))

    with RawServer(act) as server:
        sender = client_of(server).sender("postEventsConversations")
        bodies = [b"x" * length for length in (2, 30_000, 1, 500_000)]
        assert [sender.send(body) for body in bodies] == [{"errors": []}] * 4
    assert [each.partition(b"\r\n\r\n")[2] for each in server.requests[1:]] == bodies
    assert len(ports) == 2, "one for the login, one for the API"


@pytest.mark.parametrize("name", ["postEventsConversations", "getUsers"])
def test_a_reset_after_sending_is_repeated_only_where_that_is_harmless(name):
    answers = iter([None, http(b'{"entities": []}')])
    with cloud(lambda request: next(answers)) as server:
        client = client_of(server)
        if name == "getUsers":
            assert client.view(wait=lambda *_: None).call(name) == {"entities": []}
        else:
            with pytest.raises(GenesysTransportError) as caught:
                client.view(wait=lambda *_: None).call(name, body={})
            assert caught.value.sent is None
    assert len(server.requests) == (3 if name == "getUsers" else 2)


def test_the_token_goes_to_no_other_host():
    with RawServer(lambda connection: other.read_request(connection) and connection.sendall(http(b"{}"))) as other:
        answers = iter(
            [
                http(b"", "307 Temporary Redirect", f"Location: {other.url}/api/v2/users"),
                http(json.dumps({"entities": [{}], "nextUri": f"{other.url}/api/v2/things?after=1"}).encode()),
            ]
        )
        with cloud(lambda request: next(answers)) as server:
            client = client_of(server)
            with pytest.raises(GenesysApiError, match=r"redirect to 127\.0\.0\.1 refused"):
                client.call("getUsers")
            with pytest.raises(GenesysError, match="not followed"):
                list(client.iterate(CURSOR))
    assert other.requests == []


def leaks(text):
    basic = base64.b64encode(f"the-id:{SECRET}".encode()).decode()
    return [each for each in (SECRET, TOKEN, basic, "pass-canary") if each in text]


def forms(error):
    """All the forms in which an exception may end up somewhere."""
    yield from (str(error), repr(error), repr(vars(error)), "".join(traceback.format_exception(error)))
    yield pickle.dumps(error).decode("latin-1")
    yield str(pickle.loads(pickle.dumps(error)))


def test_neither_secret_nor_token_is_in_any_log_or_exception(caplog, monkeypatch):
    caplog.set_level(logging.DEBUG)
    for name in ("urllib3", "requests", "airflow_provider_genesys"):
        caplog.set_level(logging.DEBUG, logger=name)

    def echo(request):
        # The worst a gateway can do: it sends the request's credentials back.
        said = request.decode("latin-1").partition("\r\n\r\n")[0]
        return http(json.dumps({"message": said, "code": "bad", "status": 400}).encode(), "400 Bad Request")

    def echo_all(connection):
        while request := login.read_request(connection):
            said = (
                request.decode("latin-1").partition("\r\n\r\n")[0]
                + base64.b64decode(request.partition(b"Basic ")[2].partition(b"\r\n")[0]).decode()
            )
            body = json.dumps({"error": "invalid_client", "error_description": said}).encode()
            connection.sendall(http(body, "401 Unauthorized"))

    errors = []

    def fails(work):
        with pytest.raises(GenesysError) as caught:
            work()
        errors.append(caught.value)

    with cloud(echo) as server, cloud(lambda request: None) as breaking, RawServer(echo_all) as login:
        fails(lambda: client_of(server).call("getUsers", policy=ONCE))
        fails(lambda: client_of(server).sender("postEventsConversations", policy=ONCE).send(b"{}"))
        fails(lambda: client_of(breaking).call("getUsers", policy=ONCE))
        fails(lambda: client_of(server, login_url=login.url).call("getUsers", policy=ONCE))
        proxy = {"http": "http://user:pass-canary@127.0.0.1:1"}
        fails(lambda: client_of(server, proxies=proxy, client_id="other").call("getUsers", policy=ONCE))
        assert any(TOKEN.encode() in request for request in server.requests)
    assert [type(error) for error in errors] == [
        GenesysApiError,
        GenesysApiError,
        GenesysTransportError,
        GenesysAuthError,
        GenesysTransportError,
    ]
    assert "***" in str(errors[0]), "the server did send it back"
    assert "***" in str(errors[3])
    assert [leaks(form) for error in errors for form in forms(error)] == [[]] * (6 * len(errors))
    assert "GET /api/v2/users answered 400" in caplog.text
    assert leaks(caplog.text) == []
    assert leaks(repr(client_of(server).settings)) == []


def test_a_fork_while_locks_are_held_and_connections_are_open():
    """Airflow forks its tasks: the child must neither wait for its parent's locks nor speak over its sockets."""
    with cloud(lambda request: http(b'{"pid": 1}')) as server:
        client = client_of(server)
        sender = client.sender("postEventsConversations")
        assert sender.send(b"{}") == {"pid": 1}
        parts = client._performer.access.parts()
        parts.tokens.drop(TOKEN)
        with parts.tokens._lock, parts.limiter._lock:
            reading, writing = os.pipe()
            child = os.fork()
            if child == 0:
                signal.alarm(20)
                try:
                    ok = sender.send(b"{}") == {"pid": 1} and client.call("getUsers") == {"pid": 1}
                    ok = ok and client._performer.access.parts().api is not parts.api
                    os.write(writing, b"1" if ok else b"0")
                finally:
                    os._exit(0)
            os.close(writing)
            try:
                assert select.select([reading], [], [], 15)[0], "the child hangs"
                assert os.read(reading, 1) == b"1"
            finally:
                os.kill(child, signal.SIGKILL)
                os.waitpid(child, 0)
                os.close(reading)
        assert sender.send(b"{}") == {"pid": 1}
    assert client._performer.access.parts() is parts


def test_twelve_lanes_whose_token_expires_fetch_one_new_token():
    expired = threading.Event()
    tokens = []

    def act(connection):
        while request := server.read_request(connection):
            if request.startswith(b"POST /oauth/token"):
                tokens.append(f"token-{len(tokens) + 1}")
                connection.sendall(http(json.dumps({"access_token": tokens[-1], "expires_in": 3600}).encode()))
            elif expired.is_set() and b"Bearer token-1\r\n" in request:
                time.sleep(0.05)  # so that all lanes have sent theirs
                connection.sendall(http(b'{"code": "bad.credentials"}', "401 Unauthorized"))
            else:
                connection.sendall(http(b"{}"))

    with RawServer(act) as server:
        client = client_of(server)
        done = []

        def lane():
            sender = client.sender("postEventsConversations")
            done.extend([sender.send(b"{}") for _ in range(5)])

        client.call("getUsers")
        expired.set()
        lanes = [threading.Thread(target=lane, daemon=True) for _ in range(12)]
        for each in lanes:
            each.start()
        for each in lanes:
            each.join(20)
    assert done == [{}] * 60
    assert tokens == ["token-1", "token-2"]
