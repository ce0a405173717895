"""What Airflow asks of Dag files: they are imported every half minute."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "example_dags"


def test_airflow_finds_both_dags_and_nothing_else(dags: dict[str, Any]) -> None:
    assert set(dags) == {"call_records", "agent_statuses"}
    assert dags["call_records"].task_ids == ["convert", "publish"]
    assert dags["agent_statuses"].task_ids == ["presence_events", "publish_presences", "publish_routing_statuses"]


@pytest.mark.parametrize("syntax", ["glob", "regexp"])
def test_airflow_parses_the_dag_files_only(dags: dict[str, Any], syntax: str) -> None:
    """``glob`` is the default from Airflow 3 on, ``regexp`` before."""
    loading = pytest.importorskip("airflow._shared.module_loading", reason="older Airflows have it elsewhere")

    found = loading.find_path_from_directory(EXAMPLES, ".airflowignore", syntax)
    names = {Path(path).name for path in found if path.endswith(".py")}
    assert names == {"call_records.py", "agent_statuses.py"}


def test_presences_are_published_before_routing_statuses(dags: dict[str, Any]) -> None:
    assert dags["agent_statuses"].get_task("publish_routing_statuses").upstream_task_ids == {"publish_presences"}


PARSE = """
import socket, sys, time
from airflow.providers.common.compat.sdk import BaseHook, BaseOperator, ObjectStoragePath, Param, dag, task
def refuse(*_): raise AssertionError("a Dag file used the network")
socket.socket.connect = socket.getaddrinfo = refuse
sys.path.append(sys.argv[1])
before = set(sys.modules)
cpu = time.process_time()
import call_records, agent_statuses
print(time.process_time() - cpu)
print(*sorted(set(sys.modules) - before))
"""


def test_parsing_is_quick_and_uses_no_network() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PARSE, str(EXAMPLES)], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    seconds, modules = done.stdout.splitlines()
    assert float(seconds) < 1  # 0.07 s where it was measured
    assert {name.split(".")[0] for name in modules.split()}.isdisjoint({"requests", "urllib3", "call_conversion"})
    assert "airflow_provider_genesys.events" not in modules


def test_the_dag_of_the_readme_is_a_dag(tmp_path: Path, dags: dict[str, Any]) -> None:
    from airflow.models import DagBag  # noqa: PLC0415 - after the home is set

    pytest.importorskip("airflow.sdk", reason="the README is for Airflow 3")
    text = (ROOT / "README.md").read_text("utf-8")
    file = tmp_path / "readme.py"
    file.write_text(text.split("```python\n")[1].split("```")[0])
    bag = DagBag(str(file))
    assert bag.import_errors == {}
    assert bag.dags["agent_events"].task_ids == ["publish"]
    assert bag.dags["agent_events"].get_task("publish").retries == 3
