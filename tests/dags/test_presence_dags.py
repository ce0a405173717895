"""The example Dags of presence definitions, run by Airflow: approved, refused, unsafe, drifted."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.dags.approvals import HITL, a_person_who_says
from tests.dags.results import result, states

if TYPE_CHECKING:
    from collections.abc import Callable

    from airflow.models.dagrun import DagRun

    from airflow_provider_genesys.simulator.process import SimulatorHandle

    RunDag = Callable[..., DagRun]

SYNC, DRIFT = "presence_definitions_sync", "presence_definitions_drift"
COUNTS = ("creates", "updates", "reactivates", "deactivates", "unchanged")
NO_WRITES = {"created": 0, "updated": 0, "reactivated": 0, "deactivated": 0, "user_presences": 0}

# An organisation in which people set up statuses by hand. Of what the file has, one lacks labels, one was deactivated,
# one is as it should be and one is to go; one is missing. The last is not in the file.
ORGANIZATION = [
    {"systemPresence": "Break", "languageLabels": {"en_US": "Smoke"}},
    {"systemPresence": "Meal", "languageLabels": {"en_US": "Canteen", "de": "Kantine"}, "deactivated": True},
    {"systemPresence": "Meeting", "languageLabels": {"en_US": "Coaching"}},
    {"systemPresence": "Break", "languageLabels": {"en_US": "Yoga"}},
    {"systemPresence": "Busy", "languageLabels": {"en_US": "After-call work"}},
]
PLANNED = {"creates": 1, "updates": 1, "reactivates": 1, "deactivates": 1, "unchanged": 1}
WRITTEN = {"created": 1, "updated": 1, "reactivated": 1, "deactivated": 1, "user_presences": 0}


def counts(summary: dict[str, Any]) -> dict[str, int]:
    return {kind: summary[kind] for kind in COUNTS}


def organization(simulator: SimulatorHandle) -> dict[str, tuple[dict[str, str], bool]]:
    """Return labels, and whether it is deactivated, of each definition by its name."""
    definitions = [one for one in simulator.presence()["definitions"] if one["type"] == "User"]
    named = {
        f"{one['systemPresence']}/{one['languageLabels']['en_US']}": (one["languageLabels"], one["deactivated"])
        for one in definitions
    }
    assert len(named) == len(definitions), "a definition is there twice"
    return named


AS_DESIRED = {
    "Break/Smoke": ({"en_US": "Smoke", "de": "Raucherpause", "fr": "Pause cigarette"}, False),
    "Meal/Canteen": ({"en_US": "Canteen", "de": "Kantine"}, False),
    "Meeting/Coaching": ({"en_US": "Coaching"}, False),
    "Training/E-learning": ({"en_US": "E-learning", "de": "E-Learning"}, False),
    "Break/Yoga": ({"en_US": "Yoga"}, True),
    "Busy/After-call work": ({"en_US": "After-call work"}, False),
}


def test_what_a_person_approves_is_applied(run_dag: RunDag, connected: SimulatorHandle) -> None:
    connected.load_presence(ORGANIZATION)
    with a_person_who_says("Approve", SYNC) as asked:
        run = run_dag(SYNC)

    assert run.state == "success"
    assert set(states(run).values()) == {"success"}
    plan, done = result(run, "plan"), result(run, "apply")
    assert asked == [f"Change the presence definitions by plan {plan['checksum']}?", plan["markdown"]]
    assert counts(plan) == counts(done) == PLANNED
    assert plan["safe"]
    assert done["checksum"] == plan["checksum"]
    assert connected.presence()["writes"] == WRITTEN
    assert organization(connected) == AS_DESIRED
    assert result(run, "in_sync") == dict.fromkeys(COUNTS, 0) | {"unchanged": 5}


def test_what_a_person_rejects_is_not_applied(run_dag: RunDag, connected: SimulatorHandle) -> None:
    connected.load_presence(ORGANIZATION)
    with a_person_who_says("Reject", SYNC) as asked:
        run = run_dag(SYNC)

    assert asked
    assert states(run) == {
        **dict.fromkeys(("plan", "review", "ask"), "success"),
        **dict.fromkeys(("apply", "in_sync"), "skipped"),
    }
    assert connected.presence()["writes"] == NO_WRITES


def test_nobody_is_asked_when_nothing_changes(run_dag: RunDag, connected: SimulatorHandle) -> None:
    connected.load_presence(
        {"systemPresence": name.split("/")[0], "languageLabels": labels, "deactivated": deactivated}
        for name, (labels, deactivated) in AS_DESIRED.items()
    )
    run = run_dag(SYNC)

    assert run.state == "success"
    assert Counter(states(run).values())["skipped"] == len(states(run)) - 2
    assert counts(result(run, "plan")) == dict.fromkeys(COUNTS, 0) | {"unchanged": 5}
    assert connected.requests()["totals"]["GET /api/v2/presence/definitions"]["200"] == 2


def giving_up_all_three(tmp_path: Path) -> str:
    """Write a file that gives up three of three statuses, which is one more than the Dag's guard allows."""
    file = tmp_path / "definitions.yaml"
    file.write_text(
        "\n".join(f"- {{system_presence: Break, labels: {{en_US: {name}}}, active: false}}" for name in "ABC")
    )
    return str(file)


def three_of_them(simulator: SimulatorHandle) -> None:
    simulator.load_presence([{"systemPresence": "Break", "languageLabels": {"en_US": name}} for name in "ABC"])


def test_nobody_is_asked_to_approve_an_unsafe_plan(run_dag: RunDag, connected: SimulatorHandle, tmp_path: Path) -> None:
    three_of_them(connected)
    run = run_dag(SYNC, definitions=giving_up_all_three(tmp_path))

    assert run.state == "failed"
    found = states(run)
    assert (found.pop("plan"), found.pop("review")) == ("success", "failed")
    assert set(found.values()) == {"upstream_failed"}
    assert result(run, "plan")["markdown"].startswith("**UNSAFE**")
    assert connected.presence()["writes"] == NO_WRITES


def test_an_unsafe_plan_is_applied_when_it_is_forced_and_approved(
    run_dag: RunDag, connected: SimulatorHandle, tmp_path: Path
) -> None:
    three_of_them(connected)
    definitions = giving_up_all_three(tmp_path)
    checksum = result(run_dag(SYNC, definitions=definitions), "plan")["checksum"]
    with a_person_who_says("Approve", SYNC) as asked:
        run = run_dag(SYNC, definitions=definitions, force_checksum=checksum)

    assert run.state == "success"
    assert asked[0] == f"UNSAFE: Change the presence definitions by plan {checksum}?"
    assert asked[1].startswith("**UNSAFE**")
    assert connected.presence()["writes"]["deactivated"] == 3


@pytest.fixture
def run_without_hitl(
    dags: dict[str, Any], connected: SimulatorHandle, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> RunDag:
    """Run the Dag as an Airflow before 3.1 reads it."""
    from airflow.models import DagBag  # noqa: PLC0415 - after the home is set

    monkeypatch.setitem(sys.modules, HITL, None)
    bag = DagBag(dags[SYNC].fileloc)
    assert bag.import_errors == {}
    assert "ask" not in bag.dags[SYNC].task_ids

    def run(**parameters: Any) -> DagRun:
        return bag.dags[SYNC].test(run_conf={"folder": str(tmp_path)} | parameters)

    return run


def test_without_a_way_to_ask_a_second_run_approves_by_checksum(
    run_without_hitl: RunDag, connected: SimulatorHandle
) -> None:
    connected.load_presence(ORGANIZATION)
    first = run_without_hitl()
    assert first.state == "success"
    assert states(first) == {
        **dict.fromkeys(("plan", "review"), "success"),
        **dict.fromkeys(("apply", "in_sync"), "skipped"),
    }
    assert connected.presence()["writes"] == NO_WRITES

    run = run_without_hitl(approved_checksum=result(first, "plan")["checksum"])
    assert set(states(run).values()) == {"success"}
    assert organization(connected) == AS_DESIRED


def test_without_a_way_to_ask_another_plan_is_not_approved(
    run_without_hitl: RunDag, connected: SimulatorHandle
) -> None:
    connected.load_presence(ORGANIZATION)
    checksum = result(run_without_hitl(), "plan")["checksum"]
    connected.load_presence([{"systemPresence": "Away", "languageLabels": {"en_US": "Home office"}}])
    run = run_without_hitl(approved_checksum=checksum)
    assert states(run)["apply"] == "skipped"
    assert connected.presence()["writes"] == NO_WRITES


def test_an_approval_does_not_make_an_unsafe_plan_safe(
    run_without_hitl: RunDag, connected: SimulatorHandle, tmp_path: Path
) -> None:
    three_of_them(connected)
    definitions = giving_up_all_three(tmp_path)
    checksum = result(run_without_hitl(definitions=definitions), "plan")["checksum"]
    assert states(run_without_hitl(definitions=definitions, approved_checksum=checksum))["review"] == "failed"
    assert connected.presence()["writes"] == NO_WRITES


def test_the_nightly_check_fails_while_there_is_a_difference(run_dag: RunDag, connected: SimulatorHandle) -> None:
    run = run_dag(DRIFT)
    assert run.state == "failed"
    assert counts(result(run, "compare", "summary"))["creates"] == 4

    connected.load_presence(
        {"systemPresence": name.split("/")[0], "languageLabels": labels, "deactivated": deactivated}
        for name, (labels, deactivated) in AS_DESIRED.items()
    )
    run = run_dag(DRIFT)
    assert run.state == "success"
    assert connected.presence()["writes"] == NO_WRITES
