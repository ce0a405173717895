"""The demo's joined Dag: who is in which presence in Vonage, and whether Genesys Cloud was told of each."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from itertools import cycle
from typing import TYPE_CHECKING, Any

from rich.table import Table

from demo import organization
from demo.organization import DATA

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from rich.console import Console

    from airflow_provider_genesys.simulator.process import SimulatorHandle

DAG_ID = "cloud_ex"
TASKS = ("convert", "preflight", "sync_definitions", "transfer_presences", "publish_conversations", "export", "check")
KINDS = {"userPresenceEvents": "presences", "userRoutingStatusEvents": "routing statuses"}
SINCE = "2026-11-16T07:49:48Z"

# Vonage's presences by description, with their category. For the last one there is no rule.
PRESENCES = {
    "Ready": "Ready",
    "Logged Out": "LoggedOut",
    "Smoke": "Away",
    "Lunch": "Away",
    "Coaching": "Away",
    "Training": "ExtendedAway",
    "Siesta": "Away",
}
DEFINITIONS: list[dict[str, Any]] = [
    {
        "presenceId": f"{number:08}-c0de-4c0d-8c0d-c0dec0dec0de",
        "description": description,
        "category": {"categoryType": category, "description": category},
    }
    for number, (description, category) in enumerate(PRESENCES.items(), 1)
]


def load(simulator: SimulatorHandle) -> None:
    """Put the agents into both systems, but for the last one, who has left the company in Vonage."""
    organization.load(simulator)
    agents = _agents()
    presences = cycle(DEFINITIONS)
    simulator.load_vonage(
        DEFINITIONS,
        {agent: {"presenceId": next(presences)["presenceId"], "updated": SINCE} for agent in [*agents][:-1]},
    )


def _agents() -> dict[str, str]:
    """Return the agents' ids in Genesys Cloud by those in Vonage."""
    with (DATA / "vonage_users.csv").open(encoding="utf-8", newline="") as file:
        return {row["vonage_user_id"]: row["genesys_user_id"] for row in csv.DictReader(file)}


@dataclass(frozen=True, slots=True)
class CloudExAccount:
    """What both sides say of a run of the Dag.

    :param results: what its tasks returned, by task.
    :param accepted: the ids of the agents of whom the simulator accepted presence events, and routing statuses, each
        as often as it did, from this run.
    """

    results: Mapping[str, Mapping[str, Any]]
    accepted: Mapping[str, list[str]]

    @classmethod
    def collect(cls, results: Mapping[str, Mapping[str, Any]], events: Iterable[Mapping[str, Any]]) -> CloudExAccount:
        """Set what the tasks returned beside what the simulator accepted meanwhile.

        :param results: what the tasks returned, by task.
        :param events: the simulator's ledger of the run.
        """
        accepted: dict[str, list[str]] = {name: [] for name in KINDS.values()}
        for event in events:
            if event["kind"] in KINDS:
                accepted[KINDS[event["kind"]]].append(event["key"])
        return cls(results, accepted)

    def problems(self) -> Iterator[str]:
        """Say what does not add up."""
        agents = _agents()
        unmapped = sum(number % len(DEFINITIONS) == len(DEFINITIONS) - 1 for number in range(len(agents) - 1))
        expected = {"users": len(agents), "unmapped": unmapped, "missing": 1, "unchanged": 0}
        transfer = self.results["transfer_presences"]
        found = {name: transfer[name] for name in expected}
        if found != expected or transfer["accepted"] != len(agents) - 1 - unmapped:
            yield f"of the agents in Vonage {expected} were expected, and the transfer tells of {found}"
        for kind, users in self.accepted.items():
            if len(users) != transfer["accepted"] or len(set(users)) != len(users):
                yield f"the simulator accepted {len(users)} {kind} of {len(set(users))} agents"
        missing = [task for task in TASKS if task not in self.results]
        if missing:
            yield f"these tasks of {DAG_ID} returned nothing: {', '.join(missing)}"

    def print(self, console: Console) -> None:
        """Show what each task says in the end."""
        table = Table(title="One Dag for all of it: cloud_ex", title_justify="left", width=80)
        table.add_column("task", no_wrap=True)
        table.add_column("says")
        for task, said in self._lines():
            table.add_row(task, said)
        console.print(table)
        console.print()

    def _lines(self) -> Iterator[tuple[str, str]]:
        results = self.results
        yield "preflight", ", ".join(f"{name} {state}" for name, state in results["preflight"]["checks"].items())
        done = results["sync_definitions"]
        yield "sync_definitions", f"{done['creates']} created, {done['unchanged']} as they should be"
        transfer = results["transfer_presences"]
        users = ", ".join(f"{transfer[name]} {name}" for name in ("read", "unchanged", "unmapped", "missing"))
        yield "transfer_presences", f"{transfer['users']} agents: {users}; {transfer['accepted']} presences accepted"
        yield "publish_conversations", f"{results['publish_conversations']['accepted']:,} events accepted"
        states = ", ".join(f"{each['count']} {name}" for name, each in results["export"]["resources"].items())
        yield "export", states
        yield "check", "everything adds up"
