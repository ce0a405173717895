"""What the tests of the command line share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.contract.cli.shell import Shell

if TYPE_CHECKING:
    from pathlib import Path

    from airflow_provider_genesys.simulator.process import SimulatorHandle


@pytest.fixture
def shell(genesys_cloud_simulator: SimulatorHandle, tmp_path: Path) -> Shell:
    genesys_cloud_simulator.settings(requests_per_minute=100_000)
    return Shell(tmp_path, genesys_cloud_simulator)
