"""A client of the simulator, for each module of the class that it needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from airflow_provider_genesys.simulator.process import SimulatorHandle


@pytest.fixture
def client(request: pytest.FixtureRequest, genesys_cloud_simulator: SimulatorHandle) -> Any:
    """Give a client that has logged in, of the class that the test's module has as ``CLIENT``."""
    return request.module.CLIENT(genesys_cloud_simulator)
