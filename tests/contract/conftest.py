"""Fixtures of the publisher's contract tests."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest

from tests.contract.roads import Road
from tests.contract.wire_server import certificate
from tests.contract.worlds import Answer, Meddler, World
from tests.harness.fixtures import PLENTY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from airflow_provider_genesys.simulator.process import SimulatorHandle


@pytest.fixture(autouse=True)
def _back_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have what leaves its worker come back as soon as it may: no scheduler is here that could be overtaken."""
    for module in ("tasks.deferring", "tasks.waiting", "triggers.genesys_cloud"):
        monkeypatch.setattr(f"airflow_provider_genesys.{module}.SHORTEST_AWAY", 0.0)


@pytest.fixture
def world(genesys_cloud_simulator: SimulatorHandle, tmp_path: Path, short_waits: None) -> World:
    """A task instance and a Genesys Cloud with a large allowance."""
    genesys_cloud_simulator.settings(requests_per_minute=PLENTY)
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


@pytest.fixture(scope="session")
def tls(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate of this machine, and its key."""
    return certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def roads(tls: tuple[Path, Path], tmp_path: Path, short_waits: None) -> Iterator[Callable[[str], Road]]:
    """Make a server, the way to it that is named, and a task that publishes."""
    with ExitStack() as stack:
        yield lambda name: Road(name, stack, tls, tmp_path / "task")
