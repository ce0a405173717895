"""The demo's presence definitions: the organisation as it was found, and whether it became what the file says."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from rich.markdown import Markdown
from rich.panel import Panel

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from rich.console import Console, RenderableType

    from airflow_provider_genesys.simulator.process import SimulatorHandle

DAG_ID = "presence_definitions_sync"
FILE = Path(__file__).parents[1] / "example_dags" / "data" / "presence_definitions.yaml"
WIDTH = 80
# What a plan counts, and what the simulator calls the same.
WRITES = {"creates": "created", "updates": "updated", "reactivates": "reactivated", "deactivates": "deactivated"}

# Statuses that people set up by hand. Of what the file has, the first lacks labels, the second was deactivated, the
# third is as it should be, the fourth is given up, and one is missing. The last is not in the file.
ORGANIZATION: list[dict[str, Any]] = [
    {"systemPresence": "Break", "languageLabels": {"en_US": "Smoke"}},
    {"systemPresence": "Meal", "languageLabels": {"en_US": "Canteen", "de": "Kantine"}, "deactivated": True},
    {"systemPresence": "Meeting", "languageLabels": {"en_US": "Coaching"}},
    {"systemPresence": "Break", "languageLabels": {"en_US": "Yoga"}},
    {"systemPresence": "Busy", "languageLabels": {"en_US": "After-call work"}},
]


@dataclass(frozen=True, slots=True)
class PresenceAccount:
    """What both sides say of two runs of the Dag.

    :param plan: what the first run's plan task returned.
    :param done: what its apply task returned.
    :param again: what the second run's plan task returned.
    :param definitions: the simulator's, in the end.
    :param writes: how many writes of each kind the simulator acted on, after the first run and in the end.
    """

    plan: Mapping[str, Any]
    done: Mapping[str, Any]
    again: Mapping[str, Any]
    definitions: Sequence[Mapping[str, Any]]
    writes: tuple[Mapping[str, int], Mapping[str, int]]

    def problems(self) -> Iterator[str]:
        """Say what does not add up."""
        for kind, written in WRITES.items():
            planned, done, seen = self.plan[kind], self.done[kind], self.writes[0][written]
            if not planned == done == seen:
                yield f"{planned} {kind} were planned, {done} counted as done, and the simulator has {seen}"
        if any(self.again[kind] for kind in WRITES) or self.writes[0] != self.writes[1]:
            yield "the second run of presence_definitions_sync still found something to do"
        found = Counter(_frozen(one) for one in self.definitions if one["type"] == "User")
        for wanted in _wanted():
            if found[wanted] != 1:
                yield f"the organisation has {found[wanted]} of {wanted[0]} {dict(wanted[1])}"
        if found.total() != len(ORGANIZATION) + self.plan["creates"]:
            yield f"the organisation has {found.total()} definitions, which is not what it had and those created"

    def print(self, console: Console) -> None:
        """Show the plan as a person sees it who is asked to approve, and what came of it."""
        shown: RenderableType = Markdown(self.plan["markdown"])
        console.print(Panel(shown, title="What a person is asked to approve", title_align="left", width=WIDTH))
        counts = ", ".join(f"{self.done[kind]} {written}" for kind, written in WRITES.items())
        changes = sum(self.again[kind] for kind in WRITES)
        writes = sum(self.writes[1].values()) - sum(self.writes[0].values())
        console.print(
            f"Presence definitions: {counts}, {self.done['unchanged']} as it should be. "
            f"The second run planned {changes} changes and wrote {writes} times.\n",
            width=WIDTH,
        )


def _wanted() -> Iterator[tuple[Any, ...]]:
    """Return the file's definitions as the simulator should have them, and the one that is not in it as it was."""
    for entry in yaml.safe_load(FILE.read_text("utf-8")):
        yield entry["system_presence"], frozenset(entry["labels"].items()), not entry.get("active", True)
    yield _frozen(ORGANIZATION[-1])


def _frozen(definition: Mapping[str, Any]) -> tuple[Any, ...]:
    labels = frozenset(definition["languageLabels"].items())
    return definition["systemPresence"], labels, definition.get("deactivated", False)


def load(simulator: SimulatorHandle) -> None:
    """Make the organisation what it was; it shows what is written to it only after a while."""
    simulator.load_presence(ORGANIZATION)
    simulator.settings(consistency_delay_ms=800)
