"""Plan, apply, sync and set: what they push, when they fail and how, and what they ask of the API."""

from __future__ import annotations

import errno
import json
import re
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException, AirflowSkipException, BaseOperator

from airflow_provider_genesys.exceptions import (
    GenesysError,
    GenesysServerError,
    GenesysStalePlanError,
    GenesysUnsafePlanError,
)
from airflow_provider_genesys.operators.events import GenesysCloudPublishEventsOperator
from airflow_provider_genesys.operators.presence import (
    GenesysCloudApplyPresenceDefinitionsOperator,
    GenesysCloudPlanPresenceDefinitionsOperator,
    GenesysCloudSetUserPresencesOperator,
    GenesysCloudSyncPresenceDefinitionsOperator,
)
from tests.harness.fixtures import connect
from tests.harness.provider import provider_classes
from tests.harness.tasks import TaskInstance, context

if TYPE_CHECKING:
    from collections.abc import Sequence

    from airflow_provider_genesys.simulator.process import SimulatorHandle

OTHER_ORGANIZATION = "c0ffee00-8f0c-4b3a-9a57-2f6f6f1f3c01"
BREAK = "227b37e2-f1d0-4dd0-8f50-badd7cf6d158"
DEFINITIONS_PATH = "/api/v2/presence/definitions"
COUNTS = ("creates", "updates", "reactivates", "deactivates", "unchanged")
PLAN_KEYS = ["checksum", *COUNTS, "safe", "reasons", "markdown", "kind"]
DONE_KEYS = {"checksum", *COUNTS, "requests"}
WANTED = [
    {"system_presence": "Break", "labels": {"en_US": "Smoke", "de": "Raucherpause"}},
    {"system_presence": "On Queue", "labels": {"en_US": "Sales"}},
    {"system_presence": "Meal", "labels": {"en_US": "Canteen"}},
    {"system_presence": "Meeting", "labels": {"en_US": "Coaching"}},
]
THERE = [
    {"systemPresence": "Break", "languageLabels": {"en_US": "Smoke"}},
    {"systemPresence": "Meal", "languageLabels": {"en_US": "Canteen"}, "deactivated": True},
    {"systemPresence": "Meeting", "languageLabels": {"en_US": "coaching "}},
    {"systemPresence": "Busy", "languageLabels": {"en_US": "Paperwork"}},
]
THERE_WANTED = {"system_presence": "Break", "labels": {"en_US": "Smoke"}}
PLANNED = {"creates": 1, "updates": 2, "reactivates": 1, "deactivates": 0, "unchanged": 0}


def instance(task_id: str = "plan") -> TaskInstance:
    return TaskInstance(task_id, dag_id="statuses")


@pytest.fixture
def no_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Believe at once what reads show: that a plan is stale, that all of it is done."""
    monkeypatch.setattr("airflow_provider_genesys.presence.apply.applier._BELIEVE_STALE_AFTER", ())
    monkeypatch.setattr("airflow_provider_genesys.presence.apply.applier._LOST_AFTER", 0.0)


def run(task: BaseOperator, ti: TaskInstance | None = None, fileloc: str = "/dags/statuses.py") -> Any:
    return task.execute(context(ti or instance(), fileloc=fileloc))


def plan(definitions: Any = WANTED, **arguments: Any) -> GenesysCloudPlanPresenceDefinitionsOperator:
    return GenesysCloudPlanPresenceDefinitionsOperator(task_id="plan", definitions=definitions, **arguments)


def apply(given: Any, **arguments: Any) -> GenesysCloudApplyPresenceDefinitionsOperator:
    return GenesysCloudApplyPresenceDefinitionsOperator(task_id="apply", plan=given, **arguments)


def sync(definitions: Any = WANTED, **arguments: Any) -> GenesysCloudSyncPresenceDefinitionsOperator:
    return GenesysCloudSyncPresenceDefinitionsOperator(task_id="sync", definitions=definitions, **arguments)


def counts(summary: dict[str, Any]) -> dict[str, int]:
    return {kind: summary[kind] for kind in COUNTS}


def writes(simulator: SimulatorHandle) -> dict[str, int]:
    return {kind: count for kind, count in simulator.presence()["writes"].items() if count}


def acted_on(simulator: SimulatorHandle) -> Counter[str]:
    """Count the requests by method, without those for a token."""
    found: Counter[str] = Counter()
    for name, statuses in simulator.requests()["totals"].items():
        method, path = name.split(" ")
        if path.startswith("/api/"):
            found[method] += sum(statuses.values())
    return found


# --- plan ---


def test_the_plan_is_in_the_xcom_and_nothing_is_changed(connected: SimulatorHandle) -> None:
    connected.load_presence(THERE)
    ti = instance()
    summary = run(plan(), ti)
    assert list(summary) == [*PLAN_KEYS, "plan_inline"]
    assert ti.pushed == {"summary": summary}
    assert counts(summary) == PLANNED
    assert (summary["safe"], summary["reasons"]) == (True, [])
    assert "Raucherpause" in summary["markdown"]
    assert json.loads(summary["plan_inline"])["checksum"] == summary["checksum"]
    assert writes(connected) == {}
    assert acted_on(connected) == {"GET": 3}  # one for the organisation


def test_a_plan_that_is_long_is_whole_for_who_approves_and_cut_for_the_page(
    connected: SimulatorHandle, tmp_path: Path
) -> None:
    labels = [f"{'語' * 30} {number}" for number in range(150)]
    kinds = ("Break", "Meal", "Meeting", "Training", "Busy", "Away")
    wanted = [
        {"system_presence": kinds[number % 6], "labels": {"en_US": label, "de": label}}
        for number, label in enumerate(labels)
    ]
    ti = instance()
    summary = run(plan(wanted, artifacts_path=str(tmp_path)), ti)
    told = ti.pushed["summary"]
    assert all(label in summary["markdown"] for label in labels)
    assert len(told["markdown"].encode()) <= 20_000 < len(summary["markdown"].encode())
    assert told["markdown"].endswith("more lines are in the task's log\n")
    assert {**summary, "markdown": ""} == {**told, "markdown": ""}


def test_where_nothing_is_to_change_two_requests_are_all(connected: SimulatorHandle) -> None:
    connected.load_presence(THERE[:1])
    for task in (plan([THERE_WANTED]), sync([THERE_WANTED])):
        run(task)
    assert acted_on(connected) == {"GET": 2 + 2}


def test_the_plan_is_a_file_where_there_is_a_folder(connected: SimulatorHandle, tmp_path: Path) -> None:
    summary = run(plan(artifacts_path=f"file://{tmp_path}"))
    assert list(summary) == [*PLAN_KEYS, "plan"]
    file = tmp_path / "statuses" / "manual__1" / "plan" / "plan.json"
    assert summary["plan"] == f"file://{file}"
    assert json.loads(file.read_text())["checksum"] == summary["checksum"]
    assert [*file.parent.iterdir()] == [file]


@pytest.mark.parametrize("operator", [plan, sync])
@pytest.mark.parametrize("by", ["argument", "option"])
def test_a_folder_that_cannot_be_written_is_named(
    connected: SimulatorHandle, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, operator: Any, by: str
) -> None:
    (tmp_path / "file").touch()
    folder = f"{tmp_path}/file/folder"
    if by == "option":
        monkeypatch.setenv("AIRFLOW__GENESYS__ARTIFACTS_PATH", folder)
    place = "artifacts_path" if by == "argument" else r"the option \[genesys\] artifacts_path"
    with pytest.raises(AirflowFailException, match=f"^{place}: .* cannot be read or written .*nothing was changed"):
        run(operator(artifacts_path=folder if by == "argument" else None))
    assert connected.requests()["total"] == 0


def test_a_disk_that_is_full_may_be_cured_by_a_retry(
    connected: SimulatorHandle, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def be_full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("airflow_provider_genesys.files.storage.replace", be_full)
    with pytest.raises(GenesysError, match=r"artifacts_path.*No space left"):
        run(plan(artifacts_path=str(tmp_path)))


D1, D2 = "f2a4c6d8-1b3e-4f5a-8c7d-9e0b1a2c3d4e", "11111111-1b3e-4f5a-8c7d-9e0b1a2c3d4e"


@pytest.mark.parametrize(
    ("division", "warning"),
    [
        ("*", rf"definition 1: Break/Smoke .* division \*, where there is none; it is active in division {D1}\."),
        (D2, rf"division {D2}, where there is none; it is active in division {D1}\."),
        (D1, None),
    ],
)
def test_what_is_given_up_in_the_wrong_division_is_told(
    connected: SimulatorHandle, caplog: pytest.LogCaptureFixture, division: str, warning: str | None
) -> None:
    connected.load_presence([THERE[0] | {"divisionId": D1}, THERE[3]])
    summary = run(plan([THERE_WANTED | {"active": False, "division": division}]))
    found = [record.getMessage() for record in caplog.records if "is to be deactivated" in record.getMessage()]
    assert len(found) == (warning is not None)
    assert warning is None or re.search(warning, found[0])
    assert summary["deactivates"] == (warning is None)


def test_what_is_given_up_in_an_unknown_division_is_told(
    connected: SimulatorHandle, caplog: pytest.LogCaptureFixture
) -> None:
    run(plan([THERE_WANTED | {"active": False, "division": D2}]))
    assert f"division {D2}, in which there is no definition: check that it exists" in caplog.text
    caplog.clear()
    run(plan([THERE_WANTED | {"active": False}]))
    assert "check that it exists" not in caplog.text


def test_the_option_is_a_folder_too(
    connected: SimulatorHandle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIRFLOW__GENESYS__ARTIFACTS_PATH", f"file://{tmp_path}/option")
    assert run(plan())["plan"].startswith(f"file://{tmp_path}/option/statuses/")


def test_the_same_plan_has_the_same_checksum(connected: SimulatorHandle) -> None:
    connected.load_presence(THERE)
    first = run(plan())["checksum"]
    assert run(plan())["checksum"] == first
    assert run(plan(labels="merge", max_deactivations=1))["checksum"] != first


def test_an_unsafe_plan_is_shown(connected: SimulatorHandle) -> None:
    connected.load_presence(THERE)
    summary = run(plan(WANTED[:1], prune="deactivate", max_deactivations=1))
    assert not summary["safe"]
    assert any("max_deactivations=1" in reason for reason in summary["reasons"])
    assert summary["markdown"].startswith("**UNSAFE**")
    assert summary["deactivates"] == 2


@pytest.mark.parametrize(
    ("on_changes", "error"), [("skip", AirflowSkipException), ("fail", AirflowFailException), ("succeed", None)]
)
def test_on_changes(connected: SimulatorHandle, on_changes: str, error: type[Exception] | None) -> None:
    connected.load_presence(THERE)
    ti = instance()
    if error is None:
        run(plan(on_changes=on_changes), ti)
    else:
        with pytest.raises(error, match="1 to reactivate, 2 to update, 1 to create"):
            run(plan(on_changes=on_changes), ti)
    assert counts(ti.pushed["summary"]) == PLANNED


@pytest.mark.parametrize("on_changes", ["skip", "fail", "succeed"])
def test_on_changes_lets_pass_what_is_as_desired(connected: SimulatorHandle, on_changes: str) -> None:
    connected.load_presence([{"systemPresence": "Meeting", "languageLabels": {"en_US": "Coaching"}}])
    assert run(plan(WANTED[3:], on_changes=on_changes))["unchanged"] == 1


def test_what_no_plan_may_change_is_a_difference_too(connected: SimulatorHandle) -> None:
    """It is among the plan's reasons, not among its changes."""
    wanted = [{"system_presence": "Break", "labels": {"en_US": "Pause"}, "id": BREAK}]
    with pytest.raises(AirflowFailException, match=r"Nothing to change.*System definition, which is never changed"):
        run(plan(wanted, on_changes="fail"))


@pytest.mark.parametrize(
    ("argument", "value"),
    [
        ("on_changes", "warn"),
        ("prune", "delete"),
        ("labels", "keep"),
        ("in_use", "skip"),
        ("protected", "Break/Smoke"),
        ("protected", ["Brake/Smoke"]),
        ("max_changes_percent", 101),
        ("max_changes_percent", "30"),
        ("max_deactivations", -1),
    ],
)
def test_a_wrong_argument_is_named(connected: SimulatorHandle, argument: str, value: Any) -> None:
    connected.load_presence(THERE)
    with pytest.raises(AirflowFailException, match=argument):
        run(plan(**{argument: value}))


# --- the definitions ---

YAML = "- {system_presence: Break, labels: {en_US: Smoke, no: Røyk}}\n"


def test_a_relative_path_begins_at_the_dags_folder(
    connected: SimulatorHandle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "dags" / "data").mkdir(parents=True)
    (tmp_path / "dags" / "data" / "presences.yaml").write_text(YAML, "utf-8")
    monkeypatch.chdir(tmp_path)
    fileloc = str(tmp_path / "dags" / "statuses.py")
    assert run(plan("data/presences.yaml"), fileloc=fileloc)["creates"] == 1
    with pytest.raises(Exception, match="there is no such file"):
        run(plan("dags/data/presences.yaml"), fileloc=fileloc)


@pytest.mark.parametrize("prefix", ["", "file://"])
def test_an_absolute_path_or_address_is_taken_as_it_is(connected: SimulatorHandle, tmp_path: Path, prefix: str) -> None:
    (tmp_path / "presences.yaml").write_text(YAML, "utf-8")
    assert run(plan(f"{prefix}{tmp_path}/presences.yaml"))["creates"] == 1


def test_json_text_is_no_path(connected: SimulatorHandle) -> None:
    assert run(plan(json.dumps(WANTED)))["creates"] == 4


def test_a_path_rendered_to_nothing_is_an_error(connected: SimulatorHandle) -> None:
    with pytest.raises(AirflowFailException, match="definitions must be a path or a list of mappings, not ''"):
        run(plan(""))


def test_all_mistakes_of_a_file_are_told_at_once(connected: SimulatorHandle, tmp_path: Path) -> None:
    file = tmp_path / "presences.yaml"
    file.write_text("- system_presence: Brake\n  labels: {en_US: Smoke}\n- system_presence: Meal\n  label: Lunch\n")
    with pytest.raises(AirflowFailException) as caught:
        run(plan(str(file)))
    assert "presences.yaml, line 1: system_presence: 'Brake'" in str(caught.value)
    assert "presences.yaml, line 4: the key 'label' is unknown; did you mean labels?" in str(caught.value)
    assert acted_on(connected) == {}


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


# --- guards that need the API ---


def test_a_definition_somebody_is_in_is_not_deactivated(connected: SimulatorHandle) -> None:
    users = [f"{number:08}-942f-489d-9700-5f9bcdcdae9b" for number in range(120)]
    connected.settings(users=users)
    smoke, *_ = connected.load_presence(THERE)
    connected.load_presence(users={users[110]: smoke["id"]})
    retired = [WANTED[0] | {"active": False}]
    summary = run(plan(retired, in_use="refuse"))
    assert summary["reasons"] == [f"Break/Smoke ({smoke['id']}) would be deactivated while users are in it"]
    connected.load_presence(users={users[110]: BREAK})
    assert run(plan(retired, in_use="refuse"))["safe"]


def test_a_definition_somebody_has_entered_since_is_not_deactivated(connected: SimulatorHandle, no_waits: None) -> None:
    user = "00000000-942f-489d-9700-5f9bcdcdae9b"
    connected.settings(users=[user])
    smoke, *_ = connected.load_presence(THERE)
    connected.load_presence(users={user: BREAK})
    retired = [WANTED[0] | {"active": False}, WANTED[1]]
    planned = run(plan(retired, in_use="refuse"))
    heedless = run(plan(retired))
    assert planned["safe"]
    connected.load_presence(users={user: smoke["id"]})
    ti = instance("apply")
    with pytest.raises(AirflowFailException, match=f"become unsafe: .*{smoke['id']}.*users are in it") as caught:
        run(apply(planned), ti)
    with pytest.raises(AirflowFailException, match=f"become unsafe: .*{smoke['id']}.*make a new plan"):
        run(apply(planned, force_checksum=planned["checksum"]))
    assert isinstance(caught.value.__cause__, GenesysUnsafePlanError)
    assert counts(ti.pushed["summary"]) == dict.fromkeys(COUNTS, 0)
    assert writes(connected) == {}
    connected.load_presence(users={user: BREAK})
    assert run(apply(planned))["deactivates"] == 1
    assert run(apply(heedless))["already"] == 2


@pytest.mark.parametrize("how", ["forced", "does not ask"])
def test_what_is_in_use_is_deactivated_by_who_says_so(connected: SimulatorHandle, how: str) -> None:
    user = "00000000-942f-489d-9700-5f9bcdcdae9b"
    connected.settings(users=[user])
    smoke, *_ = connected.load_presence(THERE)
    retired = [WANTED[0] | {"active": False}]
    connected.load_presence(users={user: smoke["id"]})
    planned = run(plan(retired, in_use="refuse" if how == "forced" else "ignore"))
    force = planned["checksum"] if how == "forced" else None
    assert run(apply(planned, force_checksum=force))["deactivates"] == 1


@pytest.mark.parametrize("operator", [plan, sync])
def test_of_twins_the_one_agents_are_in_stays(connected: SimulatorHandle, operator: Any) -> None:
    user = "00000000-942f-489d-9700-5f9bcdcdae9b"
    connected.settings(users=[user])
    twins = connected.load_presence(THERE[:1] * 2)
    smallest, largest = sorted(one["id"] for one in twins)
    connected.load_presence(users={user: largest})
    summary = run(operator([THERE_WANTED]))
    assert (summary["deactivates"], f"twin of {largest}" in summary["markdown"]) == (1, True)
    if operator is plan:
        assert summary["safe"]
        assert run(apply(summary))["deactivates"] == 1
    there = {one["id"]: one["deactivated"] for one in connected.presence()["definitions"]}
    assert (there[smallest], there[largest]) == (True, False)


def test_twins_that_nobody_may_look_into_make_a_plan_unsafe(connected: SimulatorHandle) -> None:
    connected.load_presence(THERE[:1] * 2)
    connected.add_fault(path="*/users*", status=403)
    summary = run(plan([THERE_WANTED]))
    assert "may not be read" in summary["reasons"][0]
    assert run(apply(summary, force_checksum=summary["checksum"]))["deactivates"] == 1


def test_sync_reads_who_is_in_a_presence_once(connected: SimulatorHandle) -> None:
    connected.settings(users=["00000000-942f-489d-9700-5f9bcdcdae9b"])
    connected.load_presence(THERE)
    run(sync([WANTED[0] | {"active": False}], in_use="refuse"))
    assert acted_on(connected)["GET"] == 2 + 2 + 2


def test_sync_looks_again_when_its_plan_took_long_to_be_stored(
    connected: SimulatorHandle, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    user = "00000000-942f-489d-9700-5f9bcdcdae9b"
    connected.settings(users=[user])
    smoke, *_ = connected.load_presence(THERE)
    clock = [0.0]
    monkeypatch.setattr("airflow_provider_genesys.presence.apply.in_use.monotonic", lambda: clock[0])
    monkeypatch.setattr("airflow_provider_genesys.presence.users.monotonic", lambda: clock[0])

    def be_slow(*_: Any) -> None:
        clock[0] += 9.0
        connected.load_presence(users={user: smoke["id"]})

    monkeypatch.setattr("airflow_provider_genesys.files.storage.replace", be_slow)
    with pytest.raises(AirflowFailException, match=f"become unsafe: .*{smoke['id']}.*users are in it"):
        run(sync([WANTED[0] | {"active": False}], in_use="refuse", artifacts_path=str(tmp_path)))
    assert writes(connected) == {}


@pytest.mark.parametrize("try_number", [1, 2])
@pytest.mark.parametrize("operator", ["apply", "sync"])
def test_only_a_repetition_looks_once_more_when_an_earlier_try_must_be_seen(
    connected: SimulatorHandle, monkeypatch: pytest.MonkeyPatch, operator: str, try_number: int
) -> None:
    monkeypatch.setattr("airflow_provider_genesys.presence.apply.applier._SETTLED_AFTER", 0.5)
    connected.load_presence(THERE[:1])
    task = sync([THERE_WANTED]) if operator == "sync" else apply(run(plan([THERE_WANTED])))
    before = acted_on(connected)["GET"]
    ti = instance("apply")
    ti.try_number = try_number
    began = time.monotonic()
    run(task, ti)
    assert try_number == 1 or time.monotonic() - began >= 0.5
    assert acted_on(connected)["GET"] - before == 2 * try_number
    assert writes(connected) == {}


def test_users_are_read_only_if_something_is_to_be_deactivated(connected: SimulatorHandle) -> None:
    connected.load_presence(THERE)
    run(sync(in_use="refuse"))
    assert acted_on(connected)["GET"] == 2 + 2


def test_another_organisation_than_expected_is_planned_for_and_not_written_to(
    connected: SimulatorHandle, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect(connected, monkeypatch, expected_organization_id=OTHER_ORGANIZATION)
    planned = run(plan())
    assert OTHER_ORGANIZATION in planned["reasons"][0]
    for task in (apply(planned, force_checksum=planned["checksum"]), sync(force_checksum=planned["checksum"])):
        with pytest.raises(AirflowFailException, match="expected_organization_id"):
            run(task)
    assert writes(connected) == {}


def test_a_plan_is_applied_to_no_other_organisation_though_none_is_expected(connected: SimulatorHandle) -> None:
    """Two organisations without definitions of their own look the same."""
    planned = run(plan())
    assert acted_on(connected) == {"GET": 3}
    assert connected.settings()["organization"]["id"] in planned["markdown"]
    connected.settings(organization={"id": OTHER_ORGANIZATION})
    for force in (None, planned["checksum"]):
        with pytest.raises(AirflowFailException, match=f"the client belongs to {OTHER_ORGANIZATION}"):
            run(apply(planned, force_checksum=force))
    assert writes(connected) == {}


def test_where_its_id_may_not_be_read_a_plan_goes_without(connected: SimulatorHandle) -> None:
    connected.add_fault(path="*/organizations/me", status=403)
    planned = run(plan())
    assert (planned["safe"], "Organisation" in planned["markdown"]) == (True, False)
    assert run(apply(planned))["requests"] == 2 + 4 + 2


def test_an_organisation_that_was_expected_when_planning_cannot_be_forced(
    connected: SimulatorHandle, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = connected.connection_json
    connect(connected, monkeypatch, expected_organization_id=OTHER_ORGANIZATION)
    planned = run(plan())
    monkeypatch.setenv("AIRFLOW_CONN_GENESYS_CLOUD_DEFAULT", there)
    with pytest.raises(AirflowFailException, match=f"{OTHER_ORGANIZATION} was expected"):
        run(apply(planned, force_checksum=planned["checksum"]))
    assert writes(connected) == {}


def test_an_organisation_that_may_not_be_read_is_not_written_to(
    connected: SimulatorHandle, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect(connected, monkeypatch, expected_organization_id=connected.settings()["organization"]["id"])
    assert run(plan())["safe"]
    connected.add_fault(path="*/organizations/me", status=403)
    planned = run(plan())
    assert "whose id may not be read" in planned["reasons"][0]
    with pytest.raises(AirflowFailException, match="may not read its organisation"):
        run(apply(planned, force_checksum=planned["checksum"]))
    assert writes(connected) == {}


def test_a_missing_permission_fails_for_good_and_says_which(connected: SimulatorHandle) -> None:
    connected.settings(permissions=["presence:presenceDefinition:view"])
    ti = instance("sync")
    with pytest.raises(AirflowFailException, match="presence:presenceDefinition:add"):
        run(sync(), ti)
    assert ti.pushed["summary"]["creates"] == 0


# --- users ---


@pytest.fixture
def users(connected: SimulatorHandle) -> list[str]:
    ids = [f"{number:08}-942f-489d-9700-5f9bcdcdae9b" for number in range(60)]
    connected.settings(users=ids)
    return ids


def set_presences(presences: str | Sequence[dict[str, Any]]) -> GenesysCloudSetUserPresencesOperator:
    return GenesysCloudSetUserPresencesOperator(task_id="set", presences=presences)


def presence_of(simulator: SimulatorHandle, user: str) -> Any:
    return next(iter(simulator.presence()["users"][user].values()))


def test_users_are_put_into_presences_50_at_a_time(connected: SimulatorHandle, users: list[str]) -> None:
    smoke = connected.load_presence(THERE)[0]["id"]
    ti = instance("set")
    names = ["Break/Smoke", smoke, "Break"]
    summary = run(set_presences([{"user_id": user, "presence": names[n % 3]} for n, user in enumerate(users)]), ti)
    assert ti.pushed == {"summary": summary}
    assert summary == {"users": 60, "set": 60, "missing": [], "requests": 4}
    assert acted_on(connected) == {"GET": 2, "PUT": 2}
    assert [presence_of(connected, user)["definition_id"] for user in users[:3]] == [smoke, smoke, BREAK]


def test_what_was_set_before_a_failure_is_pushed(connected: SimulatorHandle, users: list[str]) -> None:
    connected.add_fault(method="PUT", path="*/presences/bulk", status=500, after=1)
    ti = instance("set")
    with pytest.raises(GenesysServerError):
        run(set_presences([{"user_id": user, "presence": "Meal"} for user in users]), ti)
    assert "HTTP 500" in ti.pushed["summary"].pop("failure")
    assert ti.pushed["summary"] == {"users": 60, "set": 50, "missing": [], "requests": 2}


def test_nobody_is_put_on_queue(connected: SimulatorHandle, users: list[str]) -> None:
    with pytest.raises(AirflowFailException, match="agents go there by themselves") as caught:
        run(set_presences([{"user_id": users[0], "presence": "Break"}, {"user_id": users[1], "presence": "ON_QUEUE"}]))
    assert users[1] in str(caught.value)
    assert users[0] not in str(caught.value)
    assert "PUT" not in acted_on(connected)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"user_id": "u", "presence": "Break/Smoke"}, "is unknown"),
        ({"user_id": "u", "presence": OTHER_ORGANIZATION}, "no definition has this id"),
        ({"usr_id": "u", "presence": "Break"}, "row 2: unknown key 'usr_id'; did you mean user_id"),
        ({"user_id": "u"}, "row 2: presence is missing"),
        ("u", "row 2: must be a mapping"),
    ],
)
def test_a_wrong_row_is_told_before_anything_is_set(
    connected: SimulatorHandle, users: list[str], row: Any, message: str
) -> None:
    with pytest.raises(AirflowFailException, match=message):
        run(set_presences([{"user_id": users[0], "presence": "Break"}, row]))
    assert "PUT" not in acted_on(connected)


def test_presences_may_be_json_text(connected: SimulatorHandle, users: list[str]) -> None:
    """As a template makes of an XCom."""
    assert run(set_presences(json.dumps([{"user_id": users[0], "presence": "Meal"}])))["set"] == 1
    with pytest.raises(AirflowFailException, match="presences is text, but no JSON"):
        run(set_presences(str([{"user_id": users[0], "presence": "Meal"}])))


def test_users_of_another_organisation_are_not_set(
    connected: SimulatorHandle, users: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    connect(connected, monkeypatch, expected_organization_id=OTHER_ORGANIZATION)
    with pytest.raises(AirflowFailException, match="expected_organization_id"):
        run(set_presences([{"user_id": users[0], "presence": "Meal"}]))
    assert "PUT" not in acted_on(connected)


def test_users_that_do_not_exist_are_reported(connected: SimulatorHandle, users: list[str]) -> None:
    summary = run(
        set_presences([{"user_id": user, "presence": "Meal"} for user in (users[0], OTHER_ORGANIZATION, users[1])])
    )
    assert (summary["set"], summary["missing"]) == (2, [OTHER_ORGANIZATION])


# --- events that name a presence ---


def test_an_event_may_name_a_presence_by_its_label(
    connected: SimulatorHandle, users: list[str], tmp_path: Path
) -> None:
    smoke = connected.load_presence(THERE)[0]["id"]
    events = [
        {"userId": user, "presence": name, "eventDateTime": "2026-11-16T09:00:00Z", "sourceId": OTHER_ORGANIZATION}
        for user, name in zip(users, ("break / SMOKE", "Busy/Paperwork", "Meal/Canteen", "Break"), strict=False)
    ]
    task = GenesysCloudPublishEventsOperator(
        task_id="publish", stream="user_presences", source=events, artifacts_path=str(tmp_path), max_rejected=1
    )
    summary = run(task)
    assert (summary["accepted"], summary["invalid"]) == (3, 1)
    assert presence_of(connected, users[0])["definition_id"] == smoke
    assert acted_on(connected)["GET"] == 2


# --- all of them ---

OPERATORS = [each for each in provider_classes("operators", "sensors") if each.__module__.endswith(".presence")]


@pytest.mark.parametrize("operator", OPERATORS, ids=lambda operator: operator.__name__)
def test_nothing_else_is_a_template(operator: type[BaseOperator]) -> None:
    what = {"definitions", "plan", "presences", "protected", "force_checksum", "user_ids", "source_id"}
    assert set(operator.template_fields) <= what | {"artifacts_path", "genesys_cloud_conn_id"}


@pytest.mark.parametrize("made", [plan, sync])
@pytest.mark.parametrize("path", ["nonsense", "~/x", "C:\\x"])
def test_where_a_plan_goes_is_checked_before_anything_is_asked(
    connected: SimulatorHandle, made: Any, path: str
) -> None:
    with pytest.raises(AirflowFailException, match="artifacts_path"):
        run(made(artifacts_path=path))
    assert connected.requests()["total"] == 0
