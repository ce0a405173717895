"""What the presence contract tests stand on: a client of the provider's, and the simulator's true state."""

from __future__ import annotations

import multiprocessing
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from airflow_provider_genesys.presence.apply.applier import Applier
from airflow_provider_genesys.presence.definitions import DesiredDefinition
from airflow_provider_genesys.presence.plan.plan import Plan
from airflow_provider_genesys.presence.state import read_definitions
from airflow_provider_genesys.presence.vocabulary import LOCALES, SYSTEM_PRESENCES
from tests.contract.worlds import make_client
from tests.plans import planned

if TYPE_CHECKING:
    from airflow_provider_genesys.api.genesys_cloud import GenesysCloudClient
    from airflow_provider_genesys.api.performing import Wait
    from airflow_provider_genesys.simulator.process import SimulatorHandle

DEFINITIONS = "*/presence/definitions*"


class PresenceWorld:
    """An organisation, and a client of it."""

    def __init__(self, simulator: SimulatorHandle) -> None:
        self.simulator = simulator
        self.client: GenesysCloudClient = make_client(simulator.base_url)
        self.waits: list[float] = []

    def wait(self, seconds: float, reason: str) -> None:
        """Do not wait, and keep for how long it would have been."""
        self.waits.append(seconds)

    def load(self, wanted: Sequence[DesiredDefinition]) -> None:
        """Put definitions there."""
        self.simulator.load_presence(
            [
                {"systemPresence": one.system_presence, "languageLabels": one.labels, "deactivated": not one.active}
                for one in wanted
            ]
        )

    def plan(self, wanted: Sequence[DesiredDefinition], **settings: Any) -> Plan:
        """Read, and plan without guards unless settings say otherwise."""
        generous = {"max_changes_percent": 100, "max_deactivations": 1000}
        return planned(wanted, read_definitions(self.client), **{**generous, **settings})

    def apply(self, plan: Plan, *, wait: Wait | None = None, **arguments: Any) -> dict[str, Any]:
        return Applier(self.client.view(wait=wait or self.wait), plan).apply(**arguments)

    def definitions(self) -> list[dict[str, Any]]:
        """Return all that are truly there, but for the System ones."""
        return [one for one in self.simulator.presence()["definitions"] if one["type"] == "User"]

    def active(self) -> Counter[str]:
        """Return how many active definitions of each name there truly are."""
        return Counter(
            f"{one['systemPresence']}/{one['languageLabels']['en_US']}"
            for one in self.definitions()
            if not one["deactivated"]
        )

    def requests(self) -> Counter[str]:
        """Return how many requests about definitions the simulator got, by method."""
        log = self.simulator.requests(10_000)["requests"]
        return Counter(row["method"] for row in log if "/presence/definitions" in row["path"])


def many(count: int = 200, languages: int = 20, *, suffix: str = "", changed: int = 0) -> list[DesiredDefinition]:
    """Return definitions with labels in many languages, spread over all system presences; some with other labels."""
    locales = ["en_US", *(name for name in LOCALES if name != "en_US")][:languages]
    names = list(SYSTEM_PRESENCES)
    return [
        DesiredDefinition(
            names[number % len(names)],
            {
                locale: f"{locale} {number}{suffix if number < changed and locale != 'en_US' else ''}"
                for locale in locales
            },
        )
        for number in range(count)
    ]


def apply_in_process(url: str, plan_text: str) -> Any:
    """Start applying a plan in a process of its own; a fork, so that it is at work at once."""
    process = multiprocessing.get_context("fork").Process(target=_apply, args=(url, plan_text), daemon=True)
    process.start()
    return process


def _apply(url: str, plan_text: str) -> None:
    Applier(make_client(url), Plan.from_json(plan_text)).apply()
