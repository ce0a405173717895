"""Fixtures of the publisher's contract tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from airflow_provider_genesys.api import client, retry
from tests.contract.worlds import Answer, Meddler, World

if TYPE_CHECKING:
    from airflow_provider_genesys.simulator.process import SimulatorHandle


@pytest.fixture
def world(genesys_cloud_simulator: SimulatorHandle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """A task instance and a Genesys Cloud with a large allowance; waits that nobody asked for are short."""
    monkeypatch.setattr(retry, "_FIRST_WAIT", 0.01)
    monkeypatch.setitem(retry.decide.__kwdefaults__, "jitter", lambda: 0.02)
    monkeypatch.setattr(client, "_TOKENS", {})
    monkeypatch.setattr(client, "_LIMITERS", {})
    genesys_cloud_simulator.settings(requests_per_minute=100_000)
    return World(genesys_cloud_simulator, tmp_path / "task")


@pytest.fixture
def meddle(world: World) -> Iterator[Callable[[Any], Meddler]]:
    """Put a gateway between the task and Genesys Cloud that changes answers."""
    with ExitStack() as stack:

        def start(change: Callable[[str, bytes, Callable[[], Answer]], Answer]) -> Meddler:
            meddler = stack.enter_context(Meddler(world.simulator.base_url, change).running())
            world.url = meddler.url
            return meddler

        yield start
