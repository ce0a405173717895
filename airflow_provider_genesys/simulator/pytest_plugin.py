"""The pytest fixture ``genesys_cloud_simulator``.

Every pytest of an environment with this package imports this module, so it imports nothing that costs time before the
fixture is used.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from airflow_provider_genesys.simulator.process import SimulatorHandle


@pytest.fixture(scope="session")
def _genesys_cloud_simulator_process() -> Iterator[SimulatorHandle]:
    from airflow_provider_genesys.simulator import extra  # noqa: PLC0415 (see above)
    from airflow_provider_genesys.simulator.process import running_simulator  # noqa: PLC0415

    if missing := extra.complaint():
        pytest.fail(f"The fixture genesys_cloud_simulator cannot start its simulator: {missing}", pytrace=False)
    with running_simulator() as simulator:
        yield simulator


@pytest.fixture
def genesys_cloud_simulator(_genesys_cloud_simulator_process: SimulatorHandle) -> SimulatorHandle:
    """Give a local Genesys Cloud, as new for each test: an empty ledger, no faults, the settings it starts with."""
    _genesys_cloud_simulator_process.reset()
    return _genesys_cloud_simulator_process
