"""What the tests of sensors that leave the worker share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.contract.sensors.sensing import BREAK, all_in

if TYPE_CHECKING:
    from airflow_provider_genesys.simulator.process import SimulatorHandle


@pytest.fixture
def simulator(connected: SimulatorHandle) -> SimulatorHandle:
    """Give one whose users are all on a break; a module that needs another one has its own."""
    return all_in(connected, BREAK)
