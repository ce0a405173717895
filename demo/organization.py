"""The organisation that the demo's Dags are about: its source, its agents, its queues and its wrap-up codes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from airflow_provider_genesys.files.documents import mapping_of_text, read_text

if TYPE_CHECKING:
    from airflow_provider_genesys.simulator.process import SimulatorHandle

DATA = Path(__file__).parents[1] / "example_dags" / "data"


def load(simulator: SimulatorHandle) -> None:
    """Make the organisation what the examples' directory says of it."""
    directory = mapping_of_text(read_text(DATA / "directory.yaml"), "directory.yaml")
    names = {name: id_ for name, id_ in directory["users"].items() if not name.isdigit()}  # those are Vonage's numbers
    simulator.settings(users=[*names.values()], sources=[{"id": directory["source_id"]}])
    simulator.load_directory(
        users=[{"id": id_, "name": name, "email": f"{name.lower()}@example.com"} for name, id_ in names.items()],
        queues=[{"id": id_, "name": name} for name, id_ in directory["queues"].items()],
        wrapupcodes=[{"id": id_, "name": name} for name, id_ in directory["wrap_up_codes"].items()],
    )
