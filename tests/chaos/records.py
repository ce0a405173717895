"""Tries of a transfer of records against a simulated Genesys Cloud. Imports no Airflow."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from airflow_provider_genesys.interactions.conversion import Prepared
from airflow_provider_genesys.interactions.mapping_file import read_mapping, shipped_mapping
from airflow_provider_genesys.interactions.state import State
from airflow_provider_genesys.interactions.transfer import Transfer
from tests.chaos import child
from tests.unit.interactions.interactions import DIRECTORY
from tests.unit.interactions.test_segments import FIRST, SECOND

STREAM: Final = "conversations"
SETTINGS = {"stream": STREAM, "max_in_flight": 6, "max_rejected": "100%"}
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
