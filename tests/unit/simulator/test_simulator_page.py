"""The page of the simulator says of each operation of the table that the simulator knows it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from airflow_provider_genesys.api.operations import OPERATIONS
from airflow_provider_genesys.simulator.events import CONVERSATIONS

PAGE = (Path(__file__).parents[3] / "docs" / "simulator.md").read_text()
KNOWN = " ".join(PAGE.split("## What it knows")[1].split("\n## ")[0].split())
ROWS = set(OPERATIONS.values())
COUNTED = {
    "All {} presence operations": r"/api/v2/(?!events/).*presence",
    "All {} web chat operations": "/api/v2/webchat/",
    "the {} on deployments of widgets": "/api/v2/widgets/",
    "the {} on configurations and deployments of web messaging": "/api/v2/webdeployments/",
    "its {} operations on presences": "/agents/",
    "its {} statistics": "/stats/",
}
"""Those of which the page says how many there are, by what their paths begin with."""
NAMED = sorted((row.method, row.path) for row in ROWS if not any(re.match(each, row.path) for each in COUNTED.values()))


@pytest.mark.parametrize("words", COUNTED)
def test_the_page_counts_right(words):
    count = sum(bool(re.match(COUNTED[words], row.path)) for row in ROWS)
    assert words.format(count) in KNOWN, "write the number into *What it knows* of docs/simulator.md"


@pytest.mark.parametrize(("method", "path"), NAMED)
def test_the_page_names_what_it_does_not_count(method, path):
    parts = path.removeprefix("/api/v2/").split("/")
    ways = {f"`{method} {path}`", *(f"`.../{'/'.join(parts[start:])}`" for start in range(len(parts)))}
    assert any(way in KNOWN for way in ways), f"write {method} {path} into *What it knows* of docs/simulator.md"


def test_the_page_counts_the_kinds_of_events():
    assert f"({len(CONVERSATIONS)} kinds of events)" in KNOWN, (
        "write the number into *What it knows* of docs/simulator.md"
    )
