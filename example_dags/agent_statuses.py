"""Publish what the agents of another platform did: their presences, then their routing statuses.

The platform logs one state per agent and time (`Ready`, `Talking`, `Canteen`, ...), and each state says two things in
Genesys Cloud: a presence and a routing status. Presences have names here, such as `Meal/Canteen`, whose ids the
publisher looks up; `presence_definitions_sync` sees to it that they exist. They go as dicts from one task to the next,
which suits a few thousand. The routing statuses go as a file, which suits any number, and are published by a `@task`
with the hook; a second file holds what a supervisor added by hand.

What the log holds and this Dag does not know is passed on as it is: it becomes a dead letter that says what is wrong.
"""

from __future__ import annotations

import csv
import json
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from airflow.providers.common.compat.sdk import Param, dag, task

from airflow_provider_genesys.hooks.genesys_cloud import GenesysCloudHook
from airflow_provider_genesys.operators.events import GenesysCloudPublishEventsOperator

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).parent  # where relative paths begin
DATA = HERE / "data"

# [START names]
# "On Queue" is the presence that every organisation has, "Break/Smoke" one of those in presence_definitions.yaml.
PRESENCES = {
    "Ready": "On Queue",
    "Talking": "On Queue",
    "Break": "Break",
    "Smoke": "Break/Smoke",
    "Yoga": "Break/Yoga",
    "Lunch": "Meal",
    "Canteen": "Meal/Canteen",
    "Meeting": "Meeting",
    "Coaching": "Meeting/Coaching",
    "Training": "Training",
    "E-learning": "Training/E-learning",
    "Logged Off": "Offline",
}
# [END names]
ROUTING_STATUSES = dict.fromkeys(PRESENCES, "OffQueue") | {"Ready": "Idle", "Talking": "Interacting"}


def read_log(states: str) -> Iterator[dict[str, str]]:
    """Yield the log's rows, in time order."""
    with (HERE / states).open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def read_directory(directory: str) -> dict[str, Any]:
    """Read the ids of the agents and of the source; agents may have names such as `0042`, `No` or `on`."""
    from airflow_provider_genesys.files.documents import mapping_of_text, read_text  # noqa: PLC0415 - not while parsed

    file = HERE / directory
    return mapping_of_text(read_text(file), file.name)


def known(event: dict[str, str | None]) -> dict[str, str]:
    """Leave out what has no value, so that the dead letter says that it is missing."""
    return {key: value for key, value in event.items() if value is not None}


@dag(
    schedule=None,
    catchup=False,
    default_args={"retries": 2, "retry_delay": timedelta(minutes=1)},
    tags=["genesys", "example"],
    doc_md=__doc__,
    params={
        "states": Param(str(DATA / "agent_states.csv"), type="string", description="The log of agents' states"),
        "late": Param(str(DATA / "late_statuses.jsonl"), type="string", description="Statuses added by hand"),
        "directory": Param(str(DATA / "directory.yaml"), type="string", description="Names to Genesys Cloud ids"),
        "folder": Param(
            str(Path(tempfile.gettempdir()) / "genesys-examples"),
            type="string",
            description="Where all files go; give one that outlives the worker",
        ),
    },
)
def agent_statuses() -> None:
    """Publish presences, then routing statuses."""

    # [START presences]
    @task
    def presence_events(states: str, directory: str) -> list[dict[str, str]]:
        """Make one event of each change of an agent's presence."""
        ids = read_directory(directory)
        last: dict[str, str] = {}
        events = []
        for row in read_log(states):
            presence = PRESENCES.get(row["state"], row["state"])
            if last.get(row["agent"]) == presence:
                continue
            last[row["agent"]] = presence
            event = {
                "userId": ids["users"].get(row["agent"]),
                "eventDateTime": row["at"],
                "presence": presence,
                "sourceId": ids["source_id"],
            }
            events.append(known(event))
        return events

    publish_presences = GenesysCloudPublishEventsOperator(
        task_id="publish_presences",
        stream="user_presences",
        source=presence_events("{{ params.states }}", "{{ params.directory }}"),
        artifacts_path="{{ params.folder }}",
        max_rejected="5%",
    )
    # [END presences]

    # [START routing_statuses]
    @task
    def publish_routing_statuses(states: str, late: str, directory: str, events: str, folder: str) -> dict[str, Any]:
        """Write one event for each row of the log as JSON Lines, then publish them and those added by hand."""
        ids = read_directory(directory)
        Path(events).parent.mkdir(parents=True, exist_ok=True)
        with Path(events).open("w", encoding="utf-8") as file:
            for row in read_log(states):
                event = {
                    "agentId": ids["users"].get(row["agent"]),
                    "eventDateTime": row["at"],
                    "status": ROUTING_STATUSES.get(row["state"], row["state"]),
                    "sourceId": ids["source_id"],
                }
                file.write(json.dumps(known(event)) + "\n")
        return GenesysCloudHook().publish_events(
            "user_routing_statuses",
            [events, late],
            artifacts_path=folder,
            max_rejected="5%",
        )

    # [END routing_statuses]

    publish_presences >> publish_routing_statuses(
        states="{{ params.states }}",
        late="{{ params.late }}",
        directory="{{ params.directory }}",
        events="{{ params.folder }}/{{ dag.dag_id }}/{{ run_id | urlencode }}/routing_statuses.jsonl",
        folder="{{ params.folder }}",
    )


agent_statuses()
