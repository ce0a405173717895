"""Apply and sync: what they push, when they fail and how, and what they ask of the API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException

from airflow_provider_genesys.exceptions import GenesysServerError, GenesysStalePlanError, GenesysUnsafePlanError
from tests.contract.operators.presence_tasks import (
    COUNTS,
    PLANNED,
    THERE,
    WANTED,
    acted_on,
    apply,
    counts,
    instance,
    plan,
    run,
    sync,
    writes,
)

if TYPE_CHECKING:
    from pathlib import Path

    from airflow_provider_genesys.simulator.process import SimulatorHandle

DEFINITIONS_PATH = "/api/v2/presence/definitions"
DONE_KEYS = {"checksum", *COUNTS, "requests"}


# --- apply ---


@pytest.mark.parametrize("given", ["the XCom with the plan", "the XCom with its path", "the path"])
def test_apply_does_what_was_planned_once(
    connected: SimulatorHandle, no_waits: None, tmp_path: Path, given: str
) -> None:
    connected.load_presence(THERE)
    planned = run(plan(artifacts_path=None if given == "the XCom with the plan" else str(tmp_path)))
    task = apply(planned["plan"] if given == "the path" else planned)
    ti = instance("apply")
    done = run(task, ti)
    assert ti.pushed == {"summary": done}
    assert set(done) >= DONE_KEYS
    assert (done["kind"], done["applied"], done["markdown"]) == ("apply", True, planned["markdown"])
    assert (counts(done), done["checksum"], done["requests"]) == (PLANNED, planned["checksum"], 1 + 2 + 4 + 2)
    assert writes(connected) == {"created": 1, "updated": 2, "reactivated": 1}
    assert counts(run(task)) == dict.fromkeys(COUNTS, 0)
    assert writes(connected) == {"created": 1, "updated": 2, "reactivated": 1}


def test_an_unsafe_plan_is_refused_unless_it_is_forced_by_its_own_checksum(connected: SimulatorHandle) -> None:
    connected.load_presence(THERE)
    planned = run(plan(WANTED[:1], prune="deactivate", max_deactivations=0))
    for force in (None, "", "0123456789abcdef"):
        ti = instance("apply")
        with pytest.raises(AirflowFailException, match=planned["checksum"]) as caught:
            run(apply(planned, force_checksum=force), ti)
        assert isinstance(caught.value.__cause__, GenesysUnsafePlanError)
        assert ti.pushed["summary"]["requests"] == 0
        assert (ti.pushed["summary"]["applied"], ti.pushed["summary"]["markdown"][:10]) == (False, "**UNSAFE**")
    assert "that of another plan" in str(caught.value)
    assert writes(connected) == {}
    assert run(apply(planned, force_checksum=planned["checksum"]))["deactivates"] == 2
    assert writes(connected) == {"updated": 1, "deactivated": 2}


def test_a_stale_plan_is_refused(connected: SimulatorHandle, no_waits: None) -> None:
    connected.load_presence(THERE)
    planned = run(plan())
    connected.load_presence([{"systemPresence": "Away", "languageLabels": {"en_US": "Home office"}}])
    ti = instance("apply")
    with pytest.raises(AirflowFailException, match="make a new plan") as caught:
        run(apply(planned), ti)
    assert isinstance(caught.value.__cause__, GenesysStalePlanError)
    assert counts(ti.pushed["summary"]) == dict.fromkeys(COUNTS, 0)
    assert writes(connected) == {}


def test_what_was_done_before_a_failure_is_pushed_and_a_retry_does_the_rest(
    connected: SimulatorHandle, no_waits: None
) -> None:
    connected.load_presence(THERE)
    planned = run(plan())
    connected.add_fault(method="POST", path=DEFINITIONS_PATH, status=500)
    ti = instance("apply")
    with pytest.raises(GenesysServerError):
        run(apply(planned), ti)
    assert counts(ti.pushed["summary"]) == PLANNED | {"creates": 0}
    connected.clear_faults()
    assert counts(run(apply(planned))) == dict.fromkeys(COUNTS, 0) | {"creates": 1}
    assert writes(connected) == {"created": 1, "updated": 2, "reactivated": 1}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, "plan must be the XCom"),
        ({"plan": None}, "plan must be the XCom"),
        ("", "plan must be the XCom"),
        ("{'checksum': '1'}", "not a template"),
        (None, "plan must be the XCom"),
        ("/nowhere/plan.json", "there is no file /nowhere/plan.json"),
        ({"plan_inline": "[]"}, "this is no plan"),
    ],
)
def test_what_is_no_plan_is_refused(connected: SimulatorHandle, given: Any, message: str) -> None:
    with pytest.raises(AirflowFailException, match=message):
        run(apply(given))
    assert acted_on(connected) == {}


def test_an_altered_plan_is_refused(connected: SimulatorHandle) -> None:
    planned = run(plan())
    planned["plan_inline"] = planned["plan_inline"].replace("Smoke", "Smokes")
    with pytest.raises(AirflowFailException, match="altered"):
        run(apply(planned))


def test_the_file_of_another_plan_is_refused(connected: SimulatorHandle, tmp_path: Path) -> None:
    """As when the plan task was run again after somebody had approved."""
    approved = run(plan(artifacts_path=str(tmp_path)))
    run(plan(WANTED[:2], artifacts_path=str(tmp_path)))
    with pytest.raises(AirflowFailException, match=f"the XCom is about the plan {approved['checksum']}"):
        run(apply(approved))
    assert writes(connected) == {}


# --- sync ---


def many(simulator: SimulatorHandle, count: int, changed: int) -> list[dict[str, Any]]:
    """Put definitions there, and return entries of which some have another label in one language."""
    primaries = ("Available", "Away", "Busy", "Break", "Meal", "Meeting", "Training")
    there = [
        {"systemPresence": primaries[n % 7], "languageLabels": {"en_US": f"Status {n}", "de": f"Zustand {n}"}}
        for n in range(count)
    ]
    simulator.load_presence(there)
    return [
        {
            "system_presence": one["systemPresence"],
            "labels": one["languageLabels"] | ({"de": f"Status {n}"} if n < changed else {}),
        }
        for n, one in enumerate(there)
    ]


def test_sync_of_200_unchanged_takes_two_requests(connected: SimulatorHandle) -> None:
    summary = run(sync(many(connected, 200, 0)))
    assert counts(summary) == dict.fromkeys(COUNTS, 0) | {"unchanged": 200}
    assert acted_on(connected) == {"GET": 2}
    assert summary["requests"] == 2
    assert writes(connected) == {}


def test_sync_of_10_changes_takes_two_ten_and_two(connected: SimulatorHandle) -> None:
    ti, task = instance("sync"), sync(many(connected, 200, 10))
    summary = run(task, ti)
    assert ti.pushed == {"summary": summary}
    assert set(summary) >= {*DONE_KEYS, "markdown"}
    assert counts(summary) == {**dict.fromkeys(COUNTS, 0), "updates": 10, "unchanged": 190}
    assert acted_on(connected) == {"GET": 4, "PUT": 10}
    assert summary["requests"] == 4 + 10, "those of making the plan, too"
    assert run(task)["requests"] == 2, "and of this run alone"


def test_sync_refuses_an_unsafe_plan_and_tells_what_it_was(connected: SimulatorHandle, tmp_path: Path) -> None:
    definitions = many(connected, 20, 7)
    ti = instance("sync")
    with pytest.raises(AirflowFailException, match="max_changes_percent=30"):
        run(sync(definitions, artifacts_path=str(tmp_path)), ti)
    assert ti.pushed["summary"]["markdown"].startswith("**UNSAFE**")
    assert writes(connected) == {}
    assert (tmp_path / "statuses" / "manual__1" / "sync" / "plan.json").exists()
    checksum = ti.pushed["summary"]["checksum"]
    assert run(sync(definitions, force_checksum=checksum))["updates"] == 7


def test_sync_waits_until_reads_show_what_was_written(connected: SimulatorHandle) -> None:
    connected.load_presence(THERE)
    connected.settings(consistency_delay_ms=700)
    assert counts(run(sync())) == PLANNED
    assert writes(connected) == {"created": 1, "updated": 2, "reactivated": 1}
