"""The pytest fixture ``genesys_cloud_simulator``.

Every pytest of an environment with this package imports this module, so it imports nothing that costs time before the
fixture is used.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from airflow_provider_genesys.simulator.process import SimulatorHandle


@pytest.fixture(scope="session")
def _genesys_cloud_simulator_process() -> Iterator[SimulatorHandle]:
    _require_extra()
    from airflow_provider_genesys.simulator.process import running_simulator  # noqa: PLC0415 (see above)

    with running_simulator() as simulator:
        yield simulator


def _require_extra() -> None:
    missing = [name for name in ("fastapi", "uvicorn") if importlib.util.find_spec(name) is None]
    if missing:
        pytest.fail(
            f"genesys_cloud_simulator needs {' and '.join(missing)}: pip install 'airflow-provider-genesys[simulator]'",
            pytrace=False,
        )


@pytest.fixture
def genesys_cloud_simulator(_genesys_cloud_simulator_process: SimulatorHandle) -> SimulatorHandle:
    """Give a local Genesys Cloud, as new for each test: an empty ledger, no faults, the settings it starts with."""
    _genesys_cloud_simulator_process.reset()
    return _genesys_cloud_simulator_process
