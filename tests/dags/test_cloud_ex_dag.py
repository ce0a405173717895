"""The joined Dag, run by Airflow: Vonage answers 429, does not know an agent, and has a presence without rule."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException

from demo import presence as demo_presence
from demo.cloud_ex import DAG_ID, TASKS, CloudExAccount, load
from tests.dags.results import states

if TYPE_CHECKING:
    from collections.abc import Callable

    from airflow.models.dagrun import DagRun

    from airflow_provider_genesys.simulator.process import SimulatorHandle

    RunDag = Callable[..., DagRun]

EXAMPLES = Path(__file__).parents[2] / "example_dags"


def results(run: DagRun) -> dict[str, Any]:
    return {task: run.get_task_instance(task).xcom_pull(task_ids=task) for task in TASKS}


def test_all_of_it(run_dag: RunDag, connected: SimulatorHandle) -> None:
    demo_presence.load(connected)
    load(connected)
    connected.add_fault(path="/agents/*", status=429, count=2)
    connected.add_fault(path="/api/v2/events/*", status=503, count=2)
    run = run_dag(DAG_ID)

    assert states(run) == dict.fromkeys(TASKS, "success")
    first = results(run)
    assert list(CloudExAccount.collect(first, connected.ledger_events()).problems()) == []
    assert first["check"]["users"] == {"users": 20, "read": 17, "unchanged": 0, "unmapped": 2, "missing": 1}
    assert first["publish_conversations"]["read"] == first["convert"]["events_written"]
    assert connected.requests()["totals"]["GET /agents/presences/users"] == {"200": 1, "429": 2}
    sent = Counter(event["kind"] == "userPresenceEvents" for event in connected.ledger_events())
    assert first["check"]["accepted"] == first["check"]["accepted_over_all"]
    assert first["check"]["accepted"]["conversations"] == first["publish_conversations"]["accepted"] > 0
    assert first["check"]["accepted"]["presences"] == sent[True]
    outcome = {"converted": 295, "skipped": 0, "superseded": 1, "held_back": 0, "rejected": 5}
    assert first["check"]["lines"] == {"records": 301, **outcome}
    before = connected.ledger()

    again = results(run_dag(DAG_ID))
    assert again["check"]["users"] == {"users": 20, "read": 0, "unchanged": 17, "unmapped": 2, "missing": 1}
    assert again["sync_definitions"]["requests"] == 2
    assert not again["check"]["configuration_changed"]
    assert again["publish_conversations"]["requests"] == 0, "the calls of that file are published already"
    assert again["check"]["accepted"] == {"presences": 0, "conversations": 0}
    assert again["check"]["accepted_over_all"]["conversations"] == first["check"]["accepted"]["conversations"]
    assert connected.ledger() == before


def test_a_file_of_which_nothing_can_be_converted_is_not_green(
    run_dag: RunDag, connected: SimulatorHandle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, dags: dict[str, Any]
) -> None:
    load(connected)
    sample = (EXAMPLES / "data" / "calls.csv").read_text("utf-8").splitlines()
    other_dates = [line.replace(".11.2026", "/11/2026") for line in sample[1:51]]
    (tmp_path / "calls.csv").write_text("\n".join([sample[0], *other_dates]) + "\n")
    dag = dags[DAG_ID]
    monkeypatch.setattr(dag.get_task("convert"), "records", str(tmp_path / "calls.csv"))
    monkeypatch.setattr(dag.get_task("publish_conversations"), "ledger_key", "all-rejected")
    run = run_dag(DAG_ID, max_bad_percent=100)
    assert states(run) == dict.fromkeys(TASKS, "success") | {"check": "failed"}
    told = results(run)
    assert told["convert"]["rejected"] == told["convert"]["records"] == 50
    rows = [told[task] for task in ("convert", "transfer_presences", "publish_conversations", "export")]
    with pytest.raises(AirflowFailException) as caught:
        dag.get_task("check").python_callable(*rows, params={"max_bad_percent": 100})
    reason = told["convert"]["reasons"][0]
    assert (reason["count"], reason["rule"]) == (50, "started: Date … is no time as %d.%m.%Y")
    rejects = told["convert"]["rejects"]
    assert f"50 of 50 lines are no calls (50 times: {reason['rule']}): see {rejects}" in str(caught.value)


def test_a_mapping_that_skips_all_that_is_no_mistake_is_not_green(
    run_dag: RunDag, connected: SimulatorHandle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, dags: dict[str, Any]
) -> None:
    load(connected)
    mapping = (EXAMPLES / "data" / "calls.yaml").read_text("utf-8")
    (tmp_path / "calls.yaml").write_text(f"{mapping}\nrecord: {{only: {{Topic: Beratung}}}}\n")
    dag = dags[DAG_ID]
    monkeypatch.setattr(dag.get_task("convert"), "mapping", str(tmp_path / "calls.yaml"))
    monkeypatch.setattr(dag.get_task("publish_conversations"), "ledger_key", "all-skipped")
    run = run_dag(DAG_ID)
    assert states(run) == dict.fromkeys(TASKS, "success") | {"check": "failed"}
    assert results(run)["convert"]["skipped"] > 290


def test_it_begins_in_an_organisation_that_has_nothing_yet(run_dag: RunDag, connected: SimulatorHandle) -> None:
    load(connected)
    run = run_dag(DAG_ID)
    assert states(run) == dict.fromkeys(TASKS, "success")
    assert results(run)["sync_definitions"]["creates"] == 4


def test_a_wrong_source_is_found_before_anything_is_sent(run_dag: RunDag, connected: SimulatorHandle) -> None:
    load(connected)
    run = run_dag(DAG_ID, source_id="b2ac77fd-36c6-4c2a-b238-f89b35daa570")
    assert states(run)["preflight"] == "failed"
    assert connected.ledger()["accepted"] == 0


def test_nothing_is_touched_if_something_is_missing(run_dag: RunDag, connected: SimulatorHandle) -> None:
    load(connected)
    connected.settings(permissions=["presence:source:view", "presence:presenceDefinition:view"], sources=[])
    run = run_dag(DAG_ID)

    found = states(run)
    assert run.state == "failed"
    assert (found["convert"], found["preflight"]) == ("success", "failed")
    assert Counter(found.values())["upstream_failed"] == len(TASKS) - 2
    assert connected.ledger()["accepted"] == 0
    written = connected.presence()["writes"]
    assert not any(written.values())
    reasons = run.get_task_instance("preflight").xcom_pull(task_ids="preflight", key="summary")["reasons"]
    assert any("conversation:conversation:inject" in reason for reason in reasons)
