"""The joined Dag, run by Airflow: Vonage answers 429, does not know an agent, and has a presence without rule."""

from __future__ import annotations

import json
import os
from collections import Counter
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException

from demo import presence as demo_presence
from demo.cloud_ex import DAG_ID, TASKS, CloudExAccount, load
from tests.dags.results import result, states
from tests.harness.bundles import dags_in

if TYPE_CHECKING:
    from collections.abc import Callable

    from airflow.models.dagrun import DagRun

    from airflow_provider_genesys.simulator.process import SimulatorHandle

    RunDag = Callable[..., DagRun]

OF_A_FILE = dict.fromkeys(TASKS, "success") | dict.fromkeys(("calls_since", "read_calls"), "skipped")
EXAMPLES = Path(__file__).parents[2] / "example_dags"


def results(run: DagRun) -> dict[str, Any]:
    return {task: run.get_task_instance(task).xcom_pull(task_ids=task) for task in TASKS}


def test_all_of_it(run_dag: RunDag, connected: SimulatorHandle) -> None:
    demo_presence.load(connected)
    load(connected)
    connected.add_fault(path="/agents/*", status=429, count=2)
    connected.add_fault(path="/api/v2/events/*", status=503, count=2)
    run = run_dag(DAG_ID)

    assert states(run) == OF_A_FILE
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
    assert states(run) == OF_A_FILE | {"check": "failed"}
    told = results(run)
    assert told["convert"]["rejected"] == told["convert"]["records"] == 50
    rows = [told[task] for task in ("convert", "transfer_presences", "publish_conversations", "export")]
    with pytest.raises(AirflowFailException) as caught:
        dag.get_task("check").python_callable(*rows, params={"max_bad_percent": 100, "calls": "file"})
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
    assert states(run) == OF_A_FILE | {"check": "failed"}
    assert results(run)["convert"]["skipped"] > 290


def test_it_begins_in_an_organisation_that_has_nothing_yet(run_dag: RunDag, connected: SimulatorHandle) -> None:
    load(connected)
    run = run_dag(DAG_ID)
    assert states(run) == OF_A_FILE
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
    assert Counter(found.values())["skipped"] == 2
    assert connected.ledger()["accepted"] == 0
    written = connected.presence()["writes"]
    assert not any(written.values())
    reasons = run.get_task_instance("preflight").xcom_pull(task_ids="preflight", key="summary")["reasons"]
    assert any("conversation:conversation:inject" in reason for reason in reasons)


# --- the calls from Vonage too ---

NOW = datetime.now(UTC).replace(microsecond=0)


def call(number: int, *, agent: str = "1501", minutes_ago: int = 30) -> dict[str, Any]:
    """Return an interaction that is over, and of which Vonage knows from now on."""
    outside = {"offset": 0, "duration": 60_000, "party": {"role": "External", "touchpoint": "015550000401"}}
    inside = {"offset": 1000, "duration": 59_000, "party": {"role": "Agent", "id": agent}}
    events = [{"type": "Ringing", "offset": 0}, {"type": "Connected", "offset": 2000}]
    return {
        "guid": f"interaction-{number}",
        "start": (NOW - timedelta(minutes=minutes_ago)).isoformat(timespec="milliseconds"),
        "categorizedAt": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "duration": 60_000,
        "status": "Completed",
        "medium": "Phone",
        "direction": "Inbound",
        "channels": [outside, inside | {"guid": f"channel-{number}", "events": events}],
    }


@pytest.fixture
def run_with_vonage(dags: dict[str, Any], connected: SimulatorHandle, tmp_path: Path) -> RunDag:
    """Run the Dag with calls from Vonage, in a state that no other test has left in it."""
    load(connected)
    dag = dags_in(os.environ["AIRFLOW__CORE__DAGS_FOLDER"])[DAG_ID]
    conf = {"folder": str(tmp_path), "calls": "vonage", "vonage_since": (NOW - timedelta(days=40)).isoformat()}

    def run(**more: str) -> DagRun:
        return dag.test(run_conf=conf | more)  # type: ignore[no-any-return]

    return run


def conversations(simulator: SimulatorHandle) -> Counter[str]:
    kinds = {"userPresenceEvents", "userRoutingStatusEvents"}
    return Counter(event["key"] for event in simulator.ledger_events() if event["kind"] not in kinds)


def test_presences_and_calls_come_from_one_platform(
    run_with_vonage: RunDag, connected: SimulatorHandle, capfd: pytest.CaptureFixture[str]
) -> None:
    email = call(0) | {"guid": "e-mail", "medium": "Email"}
    connected.load_vonage(statistics={"interactions": [call(1), call(2, agent="1502"), email]})
    run = run_with_vonage()
    assert states(run) == dict.fromkeys(OF_A_FILE, "success")
    assert "XCom not found" not in "".join(capfd.readouterr()), "nothing is looked for that cannot be there"
    first = results(run)
    assert list(CloudExAccount.collect(first, connected.ledger_events()).problems()) == []
    outcome = {"converted": 2, "skipped": 1, "superseded": 0, "held_back": 0, "rejected": 0}
    assert first["check"]["lines"] == {"records": 3, **outcome}
    assert first["publish_conversations"]["accepted"] == first["convert"]["events_written"] > 0
    told = conversations(connected)
    assert (len(told), set(told.values())) == (2, {5})

    second = run_with_vonage()
    again = results(second)
    assert again["check"]["lines"]["records"] == 0, "nothing was processed meanwhile"
    assert again["check"]["accepted"] == {"presences": 0, "conversations": 0}
    assert result(second, "calls_since") == result(run, "read_calls", "up_to")

    connected.load_vonage(statistics={"interactions": [call(3), email]})
    third = results(run_with_vonage())
    assert third["check"]["lines"]["records"] == 1
    assert conversations(connected) - told == Counter({key: 5 for key in conversations(connected) if key not in told})
    assert (len(conversations(connected)), connected.ledger()["duplicates"]) == (3, 0)


def test_a_night_of_nothing_but_an_e_mail_is_green(run_with_vonage: RunDag, connected: SimulatorHandle) -> None:
    connected.load_vonage(statistics={"interactions": [call(1) | {"medium": "Email"}]})
    run = run_with_vonage()
    assert states(run) == dict.fromkeys(OF_A_FILE, "success")
    assert results(run)["check"]["lines"]["skipped"] == 1


@pytest.mark.parametrize("failing", ["preflight", "publish_conversations", "check"])
def test_calls_that_a_failed_run_has_read_are_told_by_the_next(
    run_with_vonage: RunDag, connected: SimulatorHandle, failing: str
) -> None:
    assert str(run_with_vonage().state) == "success"
    connected.load_vonage(
        statistics={"interactions": [call(1), call(2, agent="Temp" if failing == "check" else "1502")]}
    )
    if failing == "preflight":
        connected.settings(permissions=["presence:source:view"])
    elif failing == "publish_conversations":
        connected.add_fault(path="/api/v2/events/conversations", partial={"retryable": False, "probability": 1})
    failed = run_with_vonage()
    assert (states(failed)["read_calls"], states(failed)[failing]) == ("success", "failed")

    connected.settings(permissions=None)
    connected.clear_faults()
    for number in range(3, 43):  # so that the call of an agent whom nobody knows is less than 5 per cent
        connected.load_vonage(statistics={"interactions": [call(number)]})
    run = run_with_vonage()
    assert results(run)["check"]["lines"]["records"] == 42
    assert len(conversations(connected)) == (41 if failing == "check" else 42)


def test_a_cleared_run_begins_where_it_has_begun(dags: dict[str, Any], tmp_path: Path) -> None:
    params = {"calls": "vonage", "vonage_since": "2026-11-16T00:00:00Z", "folder": str(tmp_path)}
    begin = partial(dags[DAG_ID].get_task("calls_since").python_callable, params=params)
    assert begin(run_id="first") == "2026-11-16T00:00:00Z"
    told = {"run_id": "second", "since": "2026-11-17T00:00:00Z", "up_to": "2026-11-18T00:00:00Z"}
    (tmp_path / "vonage_calls.json").write_text(json.dumps(told))
    assert begin(run_id="third") == "2026-11-18T00:00:00Z"
    assert begin(run_id="second") == "2026-11-17T00:00:00Z"


def test_a_run_of_a_file_in_between_leaves_vonages_where_they_are(
    run_with_vonage: RunDag, connected: SimulatorHandle
) -> None:
    connected.load_vonage(statistics={"interactions": [call(1)]})
    assert str(run_with_vonage().state) == "success"
    told = conversations(connected)
    run_with_vonage(calls="file")
    assert results(run_with_vonage())["check"]["lines"]["records"] == 0
    assert all(conversations(connected)[key] == count for key, count in told.items())
