from __future__ import annotations

from functools import partial
from types import SimpleNamespace

import pytest
import responses
from api_world import API, LOGIN, SECRET, Clock

from airflow_provider_genesys.api import performing, process
from airflow_provider_genesys.api.genesys_cloud import GenesysCloudClient
from airflow_provider_genesys.api.pacing import Limiter
from airflow_provider_genesys.api.settings import ClientSettings


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(process, "Limiter", partial(Limiter, clock=clock))
    sleeps = SimpleNamespace(sleep=lambda seconds: clock.wait(seconds, "asleep"), monotonic=clock)
    monkeypatch.setattr(performing, "time", sleeps)
    return clock


@pytest.fixture
def settings():
    return ClientSettings("the-id", SECRET, API, LOGIN, requests_per_minute=1e9, user_agent="test/1 python/3")


@pytest.fixture
def client(settings, clock):
    return GenesysCloudClient(settings)


@pytest.fixture
def api():
    """An API that gives the tokens ``token-1``, ``token-2``, ...; tests add its other answers."""
    count = 0

    def token(request):
        nonlocal count
        count += 1
        return 200, {}, f'{{"access_token": "token-{count}", "token_type": "bearer", "expires_in": 86399}}'

    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        mock.add_callback("POST", f"{LOGIN}/oauth/token", callback=token, content_type="application/json")
        yield mock
