"""What was not seen: the state of each resource, what to fail for, and which snapshot to compare with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from fake_genesys import NOT_FOUND, FakeGenesys, deployment, export, forbidden, gone, listing, not_found
from snapshot_world import DEPLOYMENTS

from airflow_provider_genesys.exceptions import (
    GenesysConfigError,
    GenesysExportStateError,
    GenesysPartialExportError,
    GenesysServerError,
)
from airflow_provider_genesys.exports.exporter import Exporter
from airflow_provider_genesys.exports.resources import select
from airflow_provider_genesys.exports.snapshot import verify

# --- states and failing ---


def test_gone_and_absent_are_states_and_no_empty_success(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    export(FakeGenesys(), tmp_path)
    genesys = FakeGenesys()
    genesys.answers |= {"getWebchatSettings": not_found("getWebchatSettings"), DEPLOYMENTS: gone(DEPLOYMENTS)}
    summary = export(genesys, tmp_path)
    assert summary["resources"]["webchat_deployments"] == {"state": "gone", "count": 0}
    assert (summary["removed"], summary["changed"]) == (0, True)
    assert summary["state_changes"] == ["webchat_settings: exported → gone", "webchat_deployments: exported → gone"]
    assert "webchat_deployments is gone: getWebchatDeployments: HTTP 410 gone" in caplog.text
    assert export(genesys, tmp_path)["changed"] is False


@pytest.mark.parametrize(
    ("answer", "kind", "reason"),
    [
        (forbidden(DEPLOYMENTS), GenesysExportStateError, "webchat_deployments is forbidden: .*missing.permissions"),
        (listing(deployment(0), total=2), GenesysPartialExportError, "webchat_deployments is partial: .*says that"),
    ],
)
def test_failing_comes_after_the_snapshot_is_written(tmp_path: Path, answer: Any, kind: Any, reason: str) -> None:
    genesys = FakeGenesys()
    genesys.answers[DEPLOYMENTS] = answer
    exporter = Exporter(genesys, tmp_path, select(["webchat"]))  # type: ignore[arg-type]
    with pytest.raises(kind, match=reason):
        exporter.export()
    assert verify(tmp_path).snapshot == exporter.summary["snapshot"]
    assert exporter.summary["resources"]["webchat_settings"] == {"state": "exported", "count": 1}
    assert export(genesys, tmp_path, fail_on=())["snapshot"]


def test_all_reasons_come_at_once_and_one_that_a_retry_cannot_cure_decides(tmp_path: Path) -> None:
    genesys = FakeGenesys()
    genesys.answers |= {
        "getWebchatSettings": forbidden("getWebchatSettings"),
        DEPLOYMENTS: listing(total=2),
        "getPresenceSettings": not_found("getPresenceSettings", NOT_FOUND),
    }
    with pytest.raises(GenesysExportStateError, match=r"webchat_settings is forbidden.*webchat_deployments is partial"):
        export(genesys, tmp_path, ["all"])


@pytest.mark.parametrize(
    ("fail_on", "fails"),
    [
        (["gone"], True),
        ({"webchat_deployments": ["gone"]}, True),
        ({"webchat_settings": ["gone"]}, False),
        (("forbidden", "partial"), False),
    ],
)
def test_what_to_fail_for_is_a_choice_by_resource(tmp_path: Path, fail_on: Any, fails: bool) -> None:
    genesys = FakeGenesys()
    genesys.answers[DEPLOYMENTS] = gone(DEPLOYMENTS)
    if fails:
        with pytest.raises(GenesysExportStateError, match="webchat_deployments is gone"):
            export(genesys, tmp_path, fail_on=fail_on)
    else:
        export(genesys, tmp_path, fail_on=fail_on)


@pytest.mark.parametrize("fail_on", ["partial", ["exported"], {"webchat": ["gone"]}, {"webchat_settings": "gone"}, [1]])
def test_a_wrong_fail_on_is_refused_before_anything_is_read(tmp_path: Path, fail_on: Any) -> None:
    genesys = FakeGenesys()
    with pytest.raises(GenesysConfigError, match="fail_on"):
        export(genesys, tmp_path, fail_on=fail_on)
    assert not genesys.asked


def test_an_error_leaves_nothing(tmp_path: Path) -> None:
    genesys = FakeGenesys()
    genesys.answers[DEPLOYMENTS] = GenesysServerError(500, operation=DEPLOYMENTS)
    exporter = Exporter(genesys, tmp_path / "x", select(["webchat"]))  # type: ignore[arg-type]
    with pytest.raises(GenesysServerError):
        exporter.export()
    assert not (tmp_path / "x").exists()
    assert (exporter.summary["snapshot"], exporter.summary["changed"], exporter.summary["requests"]) == (None, None, 3)


# --- which one to compare with ---


def test_a_retry_compares_with_what_its_first_try_compared_with(tmp_path: Path) -> None:
    base = export(FakeGenesys(3), tmp_path, run="dag/1/task")
    first = export(FakeGenesys(4), tmp_path, run="dag/2/task")
    retry = export(FakeGenesys(4), tmp_path, run="dag/2/task", try_number=2)
    assert (retry["previous"], retry["added"]) == (base["snapshot"], 1)
    assert export(FakeGenesys(4), tmp_path, run="dag/3/task")["previous"] == retry["snapshot"] != first["snapshot"]


def test_a_snapshot_whose_task_failed_is_passed_over(tmp_path: Path) -> None:
    base = export(FakeGenesys(), tmp_path)
    genesys = FakeGenesys()
    genesys.answers[DEPLOYMENTS] = forbidden(DEPLOYMENTS)
    with pytest.raises(GenesysExportStateError):
        export(genesys, tmp_path)
    after = export(FakeGenesys(5), tmp_path)
    assert (after["previous"], after["added"]) == (base["snapshot"], 2)


def test_a_day_on_which_something_was_not_seen_hides_no_change(tmp_path: Path) -> None:
    base = export(FakeGenesys(), tmp_path)
    genesys = FakeGenesys()
    genesys.answers[DEPLOYMENTS] = forbidden(DEPLOYMENTS)
    blind = export(genesys, tmp_path, fail_on=())
    assert (blind["previous"], blind["changed"], blind["resources"]["webchat_deployments"]["state"]) == (
        base["snapshot"], False, "forbidden",
    )  # fmt: skip
    assert blind["diff"]
    assert export(genesys, tmp_path, fail_on=())["previous"] == base["snapshot"]
    after = export(FakeGenesys(5), tmp_path)
    assert (after["previous"], after["added"]) == (base["snapshot"], 2)


def test_what_is_always_forbidden_does_not_hold_up_the_rest(tmp_path: Path) -> None:
    previous = None
    for day in range(3):
        genesys = FakeGenesys()
        genesys.answers |= {DEPLOYMENTS: forbidden(DEPLOYMENTS), "getWebchatSettings": {"requireDeployment": day == 2}}
        summary = export(genesys, tmp_path, fail_on=())
        assert summary["previous"] == previous
        previous = summary["snapshot"]
    assert (summary["modified"], summary["changed"]) == (1, True)


def test_tasks_that_export_different_things_to_one_place_do_not_disturb_each_other(tmp_path: Path) -> None:
    chats = export(FakeGenesys(), tmp_path, ["webchat"])
    presences = export(FakeGenesys(), tmp_path, ["presence"])
    assert presences["previous"] == chats["snapshot"]
    assert presences["changed"] is False
    assert export(FakeGenesys(), tmp_path, ["webchat"])["previous"] == chats["snapshot"]
    assert export(FakeGenesys(), tmp_path, ["system_presences"])["previous"] == presences["snapshot"]
