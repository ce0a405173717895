"""What the Test button of a connection says of a host that does not answer."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import TYPE_CHECKING

from airflow_provider_genesys.api import performing
from airflow_provider_genesys.hooks.genesys_cloud import GenesysCloudHook
from tests.contract import hosts

if TYPE_CHECKING:
    import pytest


def test_an_unreachable_host_is_reported_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr(performing, "time", SimpleNamespace(sleep=slept.append))
    with hosts.dead() as address:
        monkeypatch.setenv("AIRFLOW_CONN_GENESYS_CLOUD_DEFAULT", hosts.connection(address, requests_per_minute=1e9))
        ok, message = GenesysCloudHook().test_connection()
    assert not ok
    assert f"cannot connect to {address.removeprefix('http://')}: ConnectionRefusedError" in message
    assert "is login_url right" in message
    assert sum(slept) <= 2


def test_the_field_that_named_the_host_is_asked_about(monkeypatch: pytest.MonkeyPatch) -> None:
    with hosts.dead() as address:
        for fields, asked in (
            ({"base_url": address}, "is base_url right, and may"),
            ({"base_url": address, "login_url": address}, "is login_url right, and may"),
            ({"region": "mypurecloud.de", "login_url": address}, "is login_url right, and may"),
            ({"region": "mypurecloud.de", "proxies": {"https": address}}, "proxy"),
        ):
            text = json.dumps({"conn_type": "genesys_cloud", "login": "id", "password": "secret", "extra": fields})
            monkeypatch.setenv("AIRFLOW_CONN_GENESYS_CLOUD_DEFAULT", text)
            ok, message = GenesysCloudHook().test_connection()
            assert (ok, asked in message) == (False, True), message
            assert "is the region right" not in message
