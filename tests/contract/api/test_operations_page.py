"""The code on the page about operations, run as it stands there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.harness.tasks import context

if TYPE_CHECKING:
    from airflow_provider_genesys.simulator.process import SimulatorHandle

PAGE = Path(__file__).parents[3] / "docs" / "operations.md"


@pytest.fixture
def page(connected: SimulatorHandle) -> dict[str, Any]:
    """What the blocks of code define that need nothing filled in."""
    blocks = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    defined: dict[str, Any] = {}
    for block in blocks:
        if "{...}" not in block:
            exec(compile(block, PAGE.name, "exec", dont_inherit=True), defined)
    return defined


def test_the_tasks_do_what_the_page_says(page: dict[str, Any], tmp_path: Path) -> None:
    sources, users = page["sources"], page["users"]
    answer = sources.execute(context())
    assert [each["deactivated"] for each in answer["entities"]] == [False, False]
    users.destination = str(tmp_path / "users.jsonl")
    summary = users.execute(context())
    assert list(summary) == ["operation", "count", "destination", "requests"]
    assert len((tmp_path / "users.jsonl").read_text().splitlines()) == summary["count"] > 0


def test_the_task_function_does_what_the_page_says(page: dict[str, Any]) -> None:
    hook = page["GenesysCloudHook"]()
    old = hook.call("postPresenceSources", body={"name": "Old switch"})
    assert page["deactivated_sources"].function() == []
    hook.call("deletePresenceSource", path_params={"sourceId": old["id"]})
    assert page["deactivated_sources"].function() == ["Old switch"]
