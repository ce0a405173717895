"""Plan: what it pushes, when it fails and how, where its definitions come from, and that it changes nothing."""

from __future__ import annotations

import errno
import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException, AirflowSkipException

from airflow_provider_genesys.exceptions import GenesysError
from airflow_provider_genesys.presence.plan.plan import Plan
from tests.contract.operators.presence_tasks import (
    BREAK,
    COUNTS,
    PLANNED,
    THERE,
    THERE_WANTED,
    WANTED,
    acted_on,
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

PLAN_KEYS = ["checksum", *COUNTS, "safe", "reasons", "markdown", "kind"]


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


def test_half_a_surrogate_pair_in_a_label_is_escaped_in_the_file(
    connected: SimulatorHandle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """JSON can hold it, and UTF-8 cannot."""
    monkeypatch.setattr(Plan, "to_json", lambda _: json.dumps({"label": "\ud83d \N{SNOWMAN}"}, ensure_ascii=False))
    summary = run(plan(WANTED, artifacts_path=str(tmp_path)))
    assert summary["plan"]
    (file,) = tmp_path.rglob("plan.json")
    assert json.loads(file.read_text("utf-8")) == {"label": "\ud83d \N{SNOWMAN}"}


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
