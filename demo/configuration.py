"""The demo's two days: what is configured on each of them, and whether the snapshots tell what happened in between."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.markdown import Markdown
from rich.panel import Panel

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rich.console import Console, RenderableType

    from airflow_provider_genesys.simulator.process import SimulatorHandle

DAG_ID = "configuration_export"
WIDTH = 80

SHOP = {"id": "4b1f6f0e-3f70-4a5c-9d0e-6f1f4f3a7c01", "name": "Shop", "allowedDomains": ["shop.example.com"]}
HELP = {"id": "4b1f6f0e-3f70-4a5c-9d0e-6f1f4f3a7c02", "name": "Help", "description": "Help pages", "disabled": False}
CAMPAIGN = {"id": "4b1f6f0e-3f70-4a5c-9d0e-6f1f4f3a7c03", "name": "Campaign", "allowedDomains": ["sale.example.com"]}

FIRST_DAY = [SHOP, HELP]
# Help is switched off, and somebody has added a deployment.
SECOND_DAY = [SHOP, HELP | {"disabled": True}, CAMPAIGN]
EXPECTED = {"added": 1, "removed": 0, "modified": 1}


@dataclass(frozen=True, slots=True)
class ConfigurationAccount:
    """What the Dag's export task returned on each of the two days."""

    first: Mapping[str, Any]
    second: Mapping[str, Any]

    def problems(self) -> Iterator[str]:
        """Say what does not add up."""
        if self.first["previous"] is not None or self.second["previous"] != self.first["snapshot"]:
            yield "the second snapshot is not compared with the first"
        found = {kind: self.second[kind] for kind in EXPECTED}
        if found != EXPECTED or not self.second["changed"]:
            yield f"between the two snapshots {EXPECTED} was done, and they tell of {found}"
        for taken in (self.first, self.second):
            held = json.loads(_path(taken["snapshot"]).read_text("utf-8"))["resources"]
            if held.keys() != taken["resources"].keys():
                yield f"{taken['snapshot']} does not hold what was exported"

    def print(self, console: Console) -> None:
        """Show the differences as their file tells them."""
        shown: RenderableType = Markdown(_path(self.second["diff"]).read_text("utf-8"))
        console.print(Panel(shown, title="What changed from one day to the next", title_align="left", width=WIDTH))
        states = ", ".join(f"{name} {each['count']}" for name, each in self.second["resources"].items())
        console.print(f"The snapshot holds: {states}.\n", width=WIDTH)


def _path(address: str) -> Path:
    return Path(address.removeprefix("file://"))


def load(simulator: SimulatorHandle, *, day: int) -> None:
    """Make web chat what it is on a day."""
    simulator.load_webchat(settings={"requireDeployment": True}, deployments=FIRST_DAY if day == 1 else SECOND_DAY)
