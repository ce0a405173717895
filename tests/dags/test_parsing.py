"""What Airflow asks of Dag files: they are imported every half minute."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_genesys.triggers.genesys_cloud import GenesysCloudConfigurationChangedTrigger

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "example_dags"


def test_airflow_finds_the_dags_and_nothing_else(dags: dict[str, Any]) -> None:
    assert set(dags) == {
        *("call_records", "agent_statuses", "presence_definitions_sync", "presence_definitions_drift"),
        *("configuration_export", "web_messaging_migration", "cloud_ex", "presence_definitions_changed"),
        *("sharded_events", "genesys_cloud_replay", "records", "three_platforms"),
    }
    assert dags["call_records"].task_ids == ["convert", "publish"]
    assert dags["agent_statuses"].task_ids == ["presence_events", "publish_presences", "publish_routing_statuses"]
    assert dags["presence_definitions_drift"].task_ids == ["compare"]
    assert dags["configuration_export"].task_ids == ["export", "tell"]
    assert dags["records"].task_ids == ["transfer"]
    assert dags["web_messaging_migration"].task_ids == ["export_webchat", "plan", "asked", "create"]


def test_each_task_of_the_joined_dag_waits_for_the_one_before(dags: dict[str, Any]) -> None:
    chain = [
        "calls_since",
        "read_calls",
        "convert",
        "preflight",
        "sync_definitions",
        "transfer_presences",
        "publish_conversations",
        "export",
        "check",
    ]
    joined = dags["cloud_ex"]
    assert set(joined.task_ids) == set(chain)
    assert joined.max_active_runs == 1
    for before, after in pairwise(chain):
        assert before in joined.get_task(after).upstream_task_ids
        wanted = "none_failed" if after == "convert" else "all_success"  # the calls of a file are not read first
        assert joined.get_task(after).trigger_rule == wanted


def test_nothing_is_applied_that_was_not_reviewed(dags: dict[str, Any]) -> None:
    """Each task waits for the one before to succeed, so that no skipped or failed one lets the next run."""
    sync = dags["presence_definitions_sync"]
    chain = ["plan", "review", *(["ask"] if "ask" in sync.task_ids else []), "apply", "in_sync"]
    assert set(sync.task_ids) == set(chain)
    for before, after in pairwise(chain):
        assert before in sync.get_task(after).upstream_task_ids
        assert sync.get_task(after).trigger_rule == "all_success"


def test_no_dead_letter_is_sent_that_was_not_shown_and_approved(dags: dict[str, Any]) -> None:
    replay = dags["genesys_cloud_replay"]
    chain = ["look", "ask" if "ask" in replay.task_ids else "confirmed", "streams", "publish"]
    assert set(replay.task_ids) == set(chain)
    assert "genesys-replay" in replay.tags
    assert replay.get_task("publish").max_active_tis_per_dag == 1, "of two that were approved one waits for the other"
    for before, after in pairwise(chain):
        assert before in replay.get_task(after).upstream_task_ids
        assert replay.get_task(after).trigger_rule == "all_success"


def test_both_presence_dags_desire_the_same(dags: dict[str, Any]) -> None:
    plan, in_sync = (dags["presence_definitions_sync"].get_task(name) for name in ("plan", "in_sync"))
    compare = dags["presence_definitions_drift"].get_task("compare")
    for name in ("definitions", "prune", "labels"):
        assert getattr(plan, name) == getattr(compare, name) == getattr(in_sync, name)


@pytest.mark.parametrize("syntax", ["glob", "regexp"])
def test_airflow_parses_the_dag_files_only(dags: dict[str, Any], syntax: str) -> None:
    """``glob`` is the default from Airflow 3 on, ``regexp`` before."""
    loading = pytest.importorskip("airflow._shared.module_loading", reason="older Airflows have it elsewhere")

    found = loading.find_path_from_directory(EXAMPLES, ".airflowignore", syntax)
    names = {Path(path).name for path in found if path.endswith(".py")}
    assert names == {
        *("call_records.py", "agent_statuses.py", "presence_definitions.py"),
        *("configuration.py", "cloud_ex.py", "presence_watch.py", "sharded_events.py", "dead_letters.py"),
        *("records.py", "platforms.py"),
    }


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
import call_records, agent_statuses, presence_definitions, configuration, cloud_ex, presence_watch
import sharded_events, dead_letters, records, platforms
print(time.process_time() - cpu)
print(*sorted(set(sys.modules) - before))
"""


def test_parsing_is_quick_and_uses_no_network() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PARSE, str(EXAMPLES)], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    *_, seconds, modules = done.stdout.splitlines()  # before that, Airflow 3.0 logs
    assert float(seconds) < 1  # 0.07 s where it was measured
    assert {name.split(".")[0] for name in modules.split()}.isdisjoint({"requests", "urllib3"})
    # A watcher says of a misspelt resource when its Dag is parsed, for which it needs their names and no job.
    assert {name for name in modules.split() if name.startswith("airflow_provider_genesys.exports")} <= {
        "airflow_provider_genesys.exports",
        "airflow_provider_genesys.exports.resources",
        "airflow_provider_genesys.exports.watched",
    }
    for package in ("events", "presence", "mapping", "preflight", "interactions"):
        assert f"airflow_provider_genesys.{package}" not in modules


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


def test_a_change_by_hand_starts_a_dag_where_airflow_has_watchers(dags: dict[str, Any]) -> None:
    changed = dags["presence_definitions_changed"]
    assert set(changed.task_ids) == {"tell", "plan", "wanted", "put_back"}
    assert "plan" in changed.get_task("wanted").upstream_task_ids
    assert "wanted" in changed.get_task("put_back").upstream_task_ids
    watch = import_module("presence_watch")
    assert (watch.SCHEDULE is None) == (watch.AssetWatcher is None)
    if watch.SCHEDULE is not None:
        (asset,) = watch.SCHEDULE
        assert [type(each.trigger) for each in asset.watchers] == [GenesysCloudConfigurationChangedTrigger]
