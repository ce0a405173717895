"""Tries of a transfer against a simulated Genesys Cloud, and what should have come of them. Imports no Airflow."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from airflow_provider_genesys.events.models import STREAMS as EVENT_STREAMS
from airflow_provider_genesys.events.records import derive_event_id
from airflow_provider_genesys.mapping.rules import load_rules
from airflow_provider_genesys.mapping.transfer import STREAMS, Transfer
from airflow_provider_genesys.mapping.watermarks import State, timestamp
from tests.chaos import child
from tests.harness.people import In, genesys, vonage

SOURCE = "b7a1c0de-5e1f-4a7b-8c2d-90d3f1a2b301"
ON_QUEUE, MEAL = "e08eaf1b-ee47-4fa9-a231-1200e284798f", "3fd96123-badb-4f69-bc03-1b1ccc6d8014"
RULES = [
    {"category": "Ready", "presence": ON_QUEUE, "routing_status": "Idle"},
    {"category": "Away", "presence": MEAL, "routing_status": "OffQueue"},
]
TARGETS = {"Ready": (ON_QUEUE, "Idle"), "Away": (MEAL, "OffQueue")}
BEGIN = datetime(2026, 1, 31, 9, tzinfo=UTC)
SETTINGS = {"max_in_flight": 6, "max_rejected": "100%"}


Telling = dict[str, In]


def tell(now: int, users: int, *, share: int = 1) -> Telling:
    """Return what Vonage tells: every ``share``-th user has changed in minute ``now``, the others in minute 0."""
    told = {}
    for number in range(users):
        since = now if number % share == 0 else 0
        category = ("Ready", "Away", "LoggedOut")[(number + since) % 3]
        told[vonage(number)] = In(vonage(number), BEGIN + timedelta(minutes=since), category)
    return told


def transfer(url: str, root: Path, run: str, telling: Telling, users: int) -> dict[str, Any]:
    """Run one try and return what became of it."""
    folder = root / run
    publishers = {stream: child.publisher(url, folder / stream, {"stream": stream, **SETTINGS}) for stream in STREAMS}
    running = Transfer(folder, State(root / "state.json", SOURCE, key=run, try_number=1), SOURCE, publishers)

    def read(user_ids: list[str]) -> Iterator[tuple[str, In | None]]:
        for user_id in user_ids:
            yield user_id, telling.get(user_id)

    return child.outcome(
        running,
        lambda: running.run(
            lambda: ({vonage(number): genesys(number) for number in range(users)}, load_rules(RULES)), read
        ),
    )


def event_ids(telling: Telling) -> set[str]:
    """Return the ids of all events that a telling is worth."""
    found = set()
    for number, presence in enumerate(telling.values()):
        if presence.category in TARGETS:
            definition, status = TARGETS[presence.category]
            about = {"eventDateTime": timestamp(presence.updated), "sourceId": SOURCE}
            events = (
                {"userId": genesys(number), **about, "presenceDefinitionId": definition},
                {"agentId": genesys(number), **about, "status": status},
            )
            for name, event in zip(STREAMS, events, strict=True):
                stream = EVENT_STREAMS[name]
                found.add(derive_event_id(stream, next(iter(stream.kinds)), json.dumps(event).encode()))
    return found


def watermarks(root: Path) -> dict[str, list[Any]]:
    marks: dict[str, list[Any]] = json.loads((root / "state.json").read_text())["watermarks"]
    return marks
