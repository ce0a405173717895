"""The task that cuts events into shards: what it returns, what it pushes, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException

from airflow_provider_genesys.operators.events import GenesysCloudShardEventsOperator
from tests.harness.tasks import TaskInstance, context


def run(folder: Path, ti: TaskInstance, **arguments: Any) -> list[str]:
    arguments = {
        "stream": "user_presences",
        "source": "in.jsonl",
        "shards": 3,
        "destination": folder / "out",
    } | arguments
    (folder / "in.jsonl").write_text("".join(json.dumps({"userId": f"u{number}"}) + "\n" for number in range(30)))
    task = GenesysCloudShardEventsOperator(task_id="shard", **arguments)
    return task.execute(context(ti, fileloc=str(folder / "dag.py")))


def test_paths_and_summary(tmp_path: Path) -> None:
    ti = TaskInstance()
    paths = run(tmp_path, ti, shards="3")  # as a template makes it
    assert [Path(path.removeprefix("file://")).name for path in paths] == [
        f"shard-00{n}-of-003.jsonl" for n in range(3)
    ]
    sizes = [len((tmp_path / "out" / f"shard-00{n}-of-003.jsonl").read_text().splitlines()) for n in range(3)]
    summary = {"stream": "user_presences", "read": 30, "shards": 3, "smallest": min(sizes), "largest": max(sizes)}
    assert ti.pushed["summary"] == summary
    assert sum(sizes) == 30


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"stream": "presences"}, "stream must be"),
        ({"shards": 0}, "shards must be"),
        ({"shards": 1.5}, "shards must be"),
        ({"shards": 1_001}, "shards must be"),
        ({"shards": "many"}, "shards must be"),
        ({"destination": "out"}, "destination must be"),
        ({"source": 5}, "source must be"),
    ],
)
def test_what_is_wrong_is_told_by_its_name_before_anything_is_written(
    tmp_path: Path, arguments: dict[str, Any], message: str
) -> None:
    with pytest.raises(AirflowFailException, match=message):
        run(tmp_path, TaskInstance(), **arguments)
    assert not (tmp_path / "out").exists()
