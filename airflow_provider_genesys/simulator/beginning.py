"""How a simulated organisation begins, and begins again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow_provider_genesys.simulator import example_data
from airflow_provider_genesys.simulator.state import World

if TYPE_CHECKING:
    from airflow_provider_genesys.simulator.settings import Start


class Simulator:
    """What the server holds on to: how it was started and the present world.

    :param start: how it was started.
    """

    def __init__(self, start: Start) -> None:
        self.start = start
        self.world = _begin(start)

    def reset(self) -> None:
        """Begin again as at the start."""
        self.world = _begin(self.start)


def _begin(start: Start) -> World:
    world = World(start)
    if start.example_data:
        example_data.fill(world)
    return world
