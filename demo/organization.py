"""The organisation that the demo's Dags are about: its source, its agents, its queues and its wrap-up codes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from airflow_provider_genesys.files.documents import mapping_of_text, read_text
from airflow_provider_genesys.simulator.example_data import VONAGE_AGENT_IDS

if TYPE_CHECKING:
    from airflow_provider_genesys.simulator.process import SimulatorHandle

DATA = Path(__file__).parents[1] / "example_dags" / "data"


def load(simulator: SimulatorHandle) -> None:
    """Make the organisation what the examples' directory says of it."""
    directory = mapping_of_text(read_text(DATA / "directory.yaml"), "directory.yaml")
    # Vonage knows the same agents by numbers of its own.
    names = {name: id_ for name, id_ in directory["users"].items() if name not in VONAGE_AGENT_IDS}
    simulator.settings(users=[*names.values()], sources=[{"id": directory["source_id"]}])
    simulator.load_directory(
        users=[{"id": id_, "name": name, "email": f"{name.lower()}@example.com"} for name, id_ in names.items()],
        queues=[{"id": id_, "name": name} for name, id_ in directory["queues"].items()],
        wrapupcodes=[{"id": id_, "name": name} for name, id_ in directory["wrap_up_codes"].items()],
    )
