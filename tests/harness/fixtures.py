"""Fixtures of every test: what is connected, and which waits are short.

A file that needs more of them has a fixture of its own that asks for these.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from airflow_provider_genesys.api import retry

if TYPE_CHECKING:
    from airflow_provider_genesys.simulator.process import SimulatorHandle

PLENTY = 100_000
"""Requests a minute: so many that no test waits for its turn."""


@pytest.fixture
def connected(genesys_cloud_simulator: SimulatorHandle, monkeypatch: pytest.MonkeyPatch) -> SimulatorHandle:
    """Give the simulator, with a large allowance, that the default connections of both systems point at."""
    genesys_cloud_simulator.settings(requests_per_minute=PLENTY, vonage_requests_per_minute=PLENTY)
    monkeypatch.setenv("AIRFLOW_CONN_GENESYS_CLOUD_DEFAULT", genesys_cloud_simulator.connection_json)
    monkeypatch.setenv("AIRFLOW_CONN_VONAGE_CONTACT_CENTER_DEFAULT", genesys_cloud_simulator.vonage_connection_json)
    return genesys_cloud_simulator


def connect(simulator: SimulatorHandle, monkeypatch: pytest.MonkeyPatch, **extra: Any) -> None:
    """Have the default connection to Genesys Cloud point at the simulator, with these fields beside."""
    connection = json.loads(simulator.connection_json)
    connection["extra"] |= extra
    monkeypatch.setenv("AIRFLOW_CONN_GENESYS_CLOUD_DEFAULT", json.dumps(connection))


@pytest.fixture
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the waits before repetitions short that no server asked for."""
    monkeypatch.setattr(retry, "_FIRST_WAIT", 0.01)
    monkeypatch.setitem(retry.decide.__kwdefaults__, "jitter", lambda: 0.02)
