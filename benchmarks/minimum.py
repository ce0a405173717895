"""Requests for a number of events of one stream, against the fewest that are possible."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from pathlib import Path

from airflow_provider_genesys.events.settings import PublishSettings
from benchmarks import samples
from benchmarks.processes import fast_server, run
from benchmarks.report import Figure

GROUP = "requests"
_LENGTHS = (1, 99, 100, 101, 1_200, 5_000, 100_000)
_STREAM = "user_presences"


def measure(folder: Path, say: Callable[[str], None]) -> Iterator[Figure]:
    """Yield the requests that the server saw, for each length."""
    lanes = PublishSettings(stream=_STREAM).max_in_flight
    with fast_server() as server:
        for events in _LENGTHS:
            say(f"Requests for {events:,} events")
            source = folder / "minimum.jsonl"
            samples.write(_STREAM, source, events)
            before = server.bodies()
            run("benchmarks.publish", _STREAM, source, folder / f"minimum-{events}", server.url)
            requests = server.bodies() - before
            fewest = math.ceil(events / 100)
            limit = fewest + lanes
            met = requests <= limit
            yield Figure(GROUP, f"{events:,} events", f"{requests:,}", requests, f"<= {fewest:,} + {lanes}", met)
