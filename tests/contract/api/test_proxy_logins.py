"""A proxy that wants a login, or another one: it is named, without its password, and not asked again and again."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest

from airflow_provider_genesys.api import hosts
from airflow_provider_genesys.api.genesys_cloud import GenesysCloudClient
from airflow_provider_genesys.api.settings import ClientSettings
from airflow_provider_genesys.exceptions import GenesysApiError, GenesysConfigError
from tests.contract.raw_server import RawServer, http

if TYPE_CHECKING:
    from collections.abc import Iterator

REFUSAL = http(b"<html>", "407 Proxy Authentication Required", 'Proxy-Authenticate: Basic realm="x"')
LOGINS = {"": "wants a login, and its address has none", "user:pass-canary@": "refuses the login that is in its addr"}


class Answering(RawServer):
    """Gives each request the same answer, and keeps the connection."""

    def __init__(self, answer: bytes) -> None:
        super().__init__(self._act)
        self._answer = answer

    def _act(self, connection: socket.socket) -> None:
        while self.read_request(connection):
            connection.sendall(self._answer)


@pytest.fixture
def proxy() -> Iterator[RawServer]:
    with Answering(REFUSAL) as server:
        yield server


@pytest.fixture
def login() -> Iterator[RawServer]:
    with Answering(http(b'{"access_token": "t", "expires_in": 3600}')) as server:
        yield server


def refused(settings: ClientSettings) -> str:
    with pytest.raises(GenesysConfigError) as caught:
        GenesysCloudClient(settings).call("getUsers")
    said = str(caught.value)
    assert "login_url" not in said
    assert "region" not in said
    assert "pass-canary" not in said
    return said


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("user", LOGINS)
def test_a_request_for_a_token(proxy: RawServer, scheme: str, user: str) -> None:
    proxies = {scheme: f"http://{user}127.0.0.1:{proxy.port}"}
    said = refused(
        ClientSettings("id", "secret", f"{scheme}://api.invalid", f"{scheme}://login.invalid", proxies=proxies)
    )
    assert f"the proxy http://127.0.0.1:{proxy.port}, which the connection's 'proxies', '{scheme}', names" in said
    assert LOGINS[user] in said
    assert len(proxy.requests) == 1


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("user", LOGINS)
def test_a_request_to_the_api(proxy: RawServer, login: RawServer, scheme: str, user: str) -> None:
    proxies = {f"{scheme}://api.invalid": f"http://{user}127.0.0.1:{proxy.port}"}
    said = refused(ClientSettings("id", "secret", f"{scheme}://api.invalid", login.url, proxies=proxies))
    assert f"the proxy http://127.0.0.1:{proxy.port}, which" in said
    assert LOGINS[user] in said
    assert (len(proxy.requests), len(login.requests)) == (1, 1)
    assert "api.invalid" not in hosts.ANSWERED, "it has answered nothing: the proxy did"


def test_the_variable_that_names_the_proxy_is_told(proxy: RawServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", f"127.0.0.1:{proxy.port}")
    said = refused(ClientSettings("id", "secret", "https://api.invalid", "https://login.invalid"))
    assert "which the environment variable HTTPS_PROXY names" in said


def test_without_a_proxy_it_is_an_answer_like_any_other(login: RawServer) -> None:
    with Answering(REFUSAL) as api, pytest.raises(GenesysApiError) as caught:
        GenesysCloudClient(ClientSettings("id", "secret", api.url, login.url, proxies={})).call("getUsers")
    assert caught.value.status == 407
    assert len(api.requests) == 1
