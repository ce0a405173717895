"""Tries of a transfer of records against a simulated Genesys Cloud. Imports no Airflow."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from airflow_provider_genesys.interactions.conversion import Prepared
from airflow_provider_genesys.interactions.mapping_file import mapping_of_text, read_mapping, shipped_mapping
from airflow_provider_genesys.interactions.state import State
from airflow_provider_genesys.interactions.transfer import STREAMS_OF_STATES, Transfer
from airflow_provider_genesys.tasks.presence_rules import presence_rules
from tests.chaos import child
from tests.chaos.transfers import MEAL, ON_QUEUE
from tests.harness.people import genesys
from tests.unit.interactions.contacts import FIRST, SECOND
from tests.unit.interactions.interactions import DIRECTORY

STREAM: Final = "conversations"
SETTINGS = {"stream": STREAM, "max_in_flight": 6, "max_rejected": "100%"}
AGENTS = 40
EVENTS = 12
"""Of a chain of two contacts."""


def chains(begin: int, end: int) -> Iterator[dict[str, Any]]:
    """Yield the two contacts of each of some conversations."""
    for number in range(begin, end):
        for record in (FIRST, SECOND):
            links = ("ContactId", "InitialContactId", "PreviousContactId", "NextContactId")
            yield record | {name: record[name] and f"{record[name]}{number}" for name in links}


def write(path: Path, *records: Iterator[dict[str, Any]]) -> Path:
    """Write contacts one behind the other, as Firehose delivers them."""
    path.write_text("".join(json.dumps(record) for some in records for record in some))
    return path


def transfer(url: str, root: Path, run: str, file: Path) -> dict[str, Any]:
    """Run one try and return what became of it."""
    folder = root / run
    publisher = child.publisher(url, folder / STREAM, SETTINGS)
    state = State(root / "state.db", DIRECTORY.source_id, key=run)
    running = Transfer(
        folder, {STREAM: publisher}, state=state, source_id=DIRECTORY.source_id, settle=timedelta(hours=1)
    )
    mapping = read_mapping(shipped_mapping("amazon_connect") or Path())
    return child.outcome(running, lambda: running.run(lambda: Prepared([(file.name, file)], mapping, DIRECTORY)))


STATE_MAP = f"""\
record: {{shape: states}}
times: {{format: epoch}}
state: {{user: who, since: at, state: state}}
presence_map:
  - {{state: free, presence: {ON_QUEUE}, routing_status: Idle}}
  - {{state: talks, presence: {ON_QUEUE}, routing_status: Interacting}}
  - {{state: away, presence: {MEAL}, routing_status: OffQueue}}
"""


def states(begin: int, end: int) -> Iterator[dict[str, Any]]:
    """Yield what agents do at some seconds, of whom each is free, talks and is away in turn."""
    for second in range(begin, end):
        for agent in range(AGENTS):
            state = ("free", "talks", "away")[(second + agent) % 3]
            yield {"who": genesys(agent), "at": 1_794_000_000 + second, "state": state}


def transfer_states(url: str, root: Path, run: str, file: Path) -> dict[str, Any]:
    """Run one try of a transfer of agents' states and return what became of it."""
    folder = root / run
    publishers = {each: child.publisher(url, folder / each, SETTINGS | {"stream": each}) for each in STREAMS_OF_STATES}
    state = State(root / "state.db", DIRECTORY.source_id, key=run)
    running = Transfer(folder, publishers, state=state, source_id=DIRECTORY.source_id)
    mapping = mapping_of_text(STATE_MAP, "states.yaml")
    prepared = Prepared([(file.name, file)], mapping, DIRECTORY, presence_rules(mapping))
    return child.outcome(running, lambda: running.run(lambda: prepared))
