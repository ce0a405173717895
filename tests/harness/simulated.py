"""What the simulator says was done to it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from airflow_provider_genesys.simulator.process import SimulatorHandle


def accepted(simulator: SimulatorHandle) -> Counter[str]:
    """Return how often each event was accepted, by id."""
    return Counter(row["eventId"] for row in simulator.ledger_events())
