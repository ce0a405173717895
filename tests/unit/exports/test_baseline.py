"""The baseline: each change is reported at least once, whoever else exports to the destination, however runs end."""

from __future__ import annotations

import contextlib
import json
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from fake_genesys import FakeGenesys, deployment, export, forbidden, listing
from snapshot_world import DEPLOYMENTS

from airflow_provider_genesys.exceptions import GenesysExportStateError, GenesysSourceError
from airflow_provider_genesys.exports import exporter as exporting
from airflow_provider_genesys.exports.exporter import Exporter
from airflow_provider_genesys.exports.resources import select
from airflow_provider_genesys.exports.snapshot import open_snapshot, verify
from airflow_provider_genesys.files import storage
from tests.harness.killed import Killed

SETTINGS = "getWebchatSettings"
FILE = "baselines/dag/task.json"
SUCCEEDED: set[str] = set()
"""The runs that Airflow says succeeded."""


@pytest.fixture(autouse=True)
def airflow() -> None:
    SUCCEEDED.clear()


def exporter(root: Any, genesys: FakeGenesys, run: str, *, task: str = "dag/task", **arguments: Any) -> Exporter:
    SUCCEEDED.discard(run)  # it is running
    given = {"task": task, "run": run, "arrived": SUCCEEDED.intersection} | arguments
    return Exporter(genesys, root, select(["webchat"]), **given)  # type: ignore[arg-type]


def exported(root: Any, genesys: FakeGenesys, run: str, **arguments: Any) -> dict[str, Any]:
    """Export, and let what was found arrive."""
    made = exporter(root, genesys, run, **arguments)
    summary = made.export()
    made.mark_reported()
    SUCCEEDED.add(run)
    return summary


def exported_in_vain(root: Any, genesys: FakeGenesys, run: str) -> dict[str, Any]:
    """Export to the end, whereupon Airflow fails the task."""
    summary = exported(root, genesys, run)
    SUCCEEDED.remove(run)
    return summary


def kept(root: Any) -> Any:
    return json.loads(storage.read(root / FILE) or b"null")


def name_of(summary: dict[str, Any]) -> str:
    return str(summary["snapshot"]).rpartition("/")[2].removesuffix(".json")


@pytest.mark.parametrize("others", [1, 25])
def test_a_change_is_told_though_others_export_it_first(root: Any, others: int) -> None:
    first = exported(root, FakeGenesys(1), "day-1")
    for number in range(others):
        exported(root, FakeGenesys(2), f"other-{number}", task="dag/other")
    second = exported(root, FakeGenesys(2), "day-2")
    assert (second["previous"], second["added"]) == (first["snapshot"], 1)
    third = exported(root, FakeGenesys(2), "day-3")
    assert (third["previous"], third["changed"]) == (second["snapshot"], False)
    assert verify(root).latest is True


def test_a_change_is_told_though_the_last_try_died_when_its_snapshot_was_written(root: Any) -> None:
    first = exported(root, FakeGenesys(1), "day-1")
    exporter(root, FakeGenesys(2), "day-2").export()
    next_day = exported(root, FakeGenesys(2), "day-3")
    assert (next_day["previous"], next_day["added"]) == (first["snapshot"], 1)


def test_a_retry_tells_again_what_its_first_try_told(root: Any) -> None:
    first = exported(root, FakeGenesys(1), "day-1")
    exported(root, FakeGenesys(2), "day-2")
    for try_number in (2, 3):
        retry = exported(root, FakeGenesys(2), "day-2", try_number=try_number)
        assert (retry["previous"], retry["added"]) == (first["snapshot"], 1)
    assert exported(root, FakeGenesys(2), "day-3")["changed"] is False


def test_the_retry_of_the_first_run_is_the_first_too(root: Any) -> None:
    assert exported(root, FakeGenesys(1), "day-1")["changed"]
    retry = exported(root, FakeGenesys(1), "day-1", try_number=2)
    assert (retry["previous"], retry["changed"], retry["added"]) == (None, True, 2)
    assert exported(root, FakeGenesys(1), "day-2")["changed"] is False


def test_what_could_not_be_compared_keeps_its_base_while_the_rest_moves_on(root: Any) -> None:
    first = exported(root, FakeGenesys(1), "day-1")
    genesys = FakeGenesys(2)
    genesys.answers[DEPLOYMENTS] = forbidden(DEPLOYMENTS)
    genesys.answers[SETTINGS] = {"requireDeployment": True}
    second = exported(root, genesys, "day-2", fail_on=[])
    assert second["modified"] == 1
    exported(root, genesys, "day-2b", fail_on=[])
    bases = {"webchat_settings": name_of(second), "webchat_deployments": name_of(first)}
    assert kept(root)["snapshots"] == {**bases, "widget_deployments": name_of(second)}
    second = exported(root, genesys, "day-2c", fail_on=[])
    genesys.answers[DEPLOYMENTS] = FakeGenesys(2).answers[DEPLOYMENTS]
    third = exported(root, genesys, "day-3")
    assert (third["previous"], third["added"], third["modified"]) == (second["snapshot"], 1, 0)
    diff = json.loads(storage.read(root / "diffs" / f"{name_of(third)}.json") or b"")
    assert (diff["previous"], diff["bases"]) == (name_of(second), {"webchat_deployments": name_of(first)})
    page = (storage.read(root / "diffs" / f"{name_of(third)}.md") or b"").decode()
    assert f"compared with `{name_of(second)}`; Web chat deployments with `{name_of(first)}`" in page
    verify(root)


def test_a_task_that_fails_is_told_nothing(root: Any) -> None:
    exported(root, FakeGenesys(1), "day-1")
    before = kept(root)
    genesys = FakeGenesys(2)
    genesys.answers[SETTINGS] = forbidden(SETTINGS)
    failing = exporter(root, genesys, "day-2")
    with pytest.raises(GenesysExportStateError):
        failing.export()
    failing.mark_reported()
    assert (kept(root)["reports"], set(before["reports"])) == ({}, {"day-1"})
    assert exported(root, FakeGenesys(2), "day-3")["added"] == 1


def test_without_its_manifest_the_last_snapshot_takes_its_place(root: Any) -> None:
    first = exported(root, FakeGenesys(1), "day-1")
    other = exported(root, FakeGenesys(2), "other", task="dag/other")
    storage.remove(root / "snapshots" / f"{name_of(first)}.json")
    second = exported(root, FakeGenesys(3), "day-2")
    assert (second["previous"], second["added"]) == (other["snapshot"], 1)


def test_a_run_that_began_earlier_moves_nothing_back(root: Any) -> None:
    exported(root, FakeGenesys(1), "day-1")
    slow = exporter(root, FakeGenesys(2), "day-2")
    slow.export()
    fast = exported(root, FakeGenesys(3), "day-3")
    assert fast["added"] == 2
    slow.mark_reported()
    SUCCEEDED.add("day-2")
    assert exported(root, FakeGenesys(3), "day-4")["changed"] is False
    assert set(kept(root)["snapshots"].values()) == {name_of(fast)}


@pytest.mark.parametrize("confirmed", [False, True], ids=["at once", "one by one"])
def test_a_run_that_began_earlier_and_reads_for_long_moves_nothing_back(root: Any, confirmed: bool) -> None:
    exported(root, FakeGenesys(1), "day-1")
    genesys = FakeGenesys(2)
    answer, fast = genesys.answers[SETTINGS], {}

    def while_it_reads(_: Any) -> Any:  # another run begins and ends
        fast.update(exported(root, FakeGenesys(3), "day-3"))
        if confirmed:
            exported(root, FakeGenesys(3), "day-3b")
        return answer

    genesys.answers[SETTINGS] = while_it_reads
    slow = exported(root, genesys, "day-2")
    assert (fast["added"], slow["added"]) == (2, 1), "the slow one tells what it saw, and not that it went again"
    for day in ("day-4", "day-5"):
        assert exported(root, FakeGenesys(3), day)["changed"] is False
    assert name_of(slow) not in kept(root)["snapshots"].values()


def test_two_runs_at_once_of_which_airflow_fails_the_later_one(root: Any) -> None:
    exported(root, FakeGenesys(1), "day-1")
    one = exporter(root, FakeGenesys(2), "one")
    one.export()
    assert exported_in_vain(root, FakeGenesys(3), "two")["added"] == 2
    one.mark_reported()
    SUCCEEDED.add("one")
    assert exported(root, FakeGenesys(3), "day-2")["added"] == 1, "what only the failed one saw"


@pytest.mark.parametrize("deployments", [1, 2], ids=["first ever", "a change"])
def test_what_airflow_refused_after_the_task_returned_is_told_until_it_arrives(root: Any, deployments: int) -> None:
    if deployments == 2:
        exported(root, FakeGenesys(1), "day-1")
    for day in ("day-2", "day-3"):
        refused = exported_in_vain(root, FakeGenesys(deployments), day)
        assert refused["changed"], "nobody was told"
    arriving = exported(root, FakeGenesys(deployments), "day-4")
    assert {key: arriving[key] for key in ("changed", "added")} == {key: refused[key] for key in ("changed", "added")}
    assert exported(root, FakeGenesys(deployments), "day-5")["changed"] is False


def test_the_first_of_all_is_told_though_two_runs_are_the_first_at_once(root: Any) -> None:
    genesys = FakeGenesys(1)
    answer = genesys.answers[SETTINGS]

    def while_it_reads(_: Any) -> Any:
        exported_in_vain(root, FakeGenesys(1), "one")
        return answer

    genesys.answers[SETTINGS] = while_it_reads
    second = exported(root, genesys, "two")
    assert (second["previous"], second["changed"]) == (None, True)
    assert exported(root, FakeGenesys(1), "three")["changed"] is False


@pytest.mark.parametrize("first", [True, False], ids=["first ever", "a change"])
@pytest.mark.parametrize("step", range(12))
def test_a_change_is_told_wherever_a_run_is_killed(
    root: Any, monkeypatch: pytest.MonkeyPatch, step: int, first: bool
) -> None:
    if not first:
        exported(root, FakeGenesys(1), "day-1")
    done = 0

    def killed_after(write: Any) -> Any:
        def writes(*arguments: Any) -> Any:
            nonlocal done
            if done == step:
                raise Killed
            done += 1
            return write(*arguments)

        return writes

    with monkeypatch.context() as patch:
        for name in ("replace", "put_new"):
            patch.setattr(storage, name, killed_after(getattr(storage, name)))
        with contextlib.suppress(Killed):
            exported_in_vain(root, FakeGenesys(2), "day-2")
    found = exported(root, FakeGenesys(2), "day-3")
    assert (found["changed"], found["added"]) == (True, 3 if first else 1)
    assert exported(root, FakeGenesys(2), "day-4")["changed"] is False
    assert verify(root).latest is True


def test_where_nobody_can_be_asked_it_is_told_again(root: Any) -> None:
    for day in ("day-1", "day-2"):
        again = exported(root, FakeGenesys(1), day, arrived=lambda _: ())
        assert (again["previous"], again["changed"]) == (None, True)


def test_a_clock_that_was_ahead_neither_hides_nor_repeats(root: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    ahead = SimpleNamespace(now=lambda zone: datetime.now(zone) + timedelta(days=9))
    with monkeypatch.context() as patch:
        patch.setattr(exporting, "datetime", ahead)
        first = exported(root, FakeGenesys(1), "day-1")
    second = exported(root, FakeGenesys(2), "day-2")
    assert (second["previous"], second["added"]) == (first["snapshot"], 1)
    third = exported(root, FakeGenesys(2), "day-3")
    assert (third["previous"], third["changed"]) == (second["snapshot"], False)


def test_a_damaged_object_hides_no_other_change(root: Any) -> None:
    first = exported(root, FakeGenesys(1), "day-1")
    entry = open_snapshot(root).manifest.resources["webchat_deployments"].entities[0]
    path = root / "objects" / f"{entry.object}.json"
    data = storage.read(path) or b""
    storage.replace(path, data[:40] + bytes([data[40] ^ 1]) + data[41:])
    genesys = FakeGenesys(1)
    genesys.answers |= {SETTINGS: {"requireDeployment": True}, DEPLOYMENTS: listing(deployment(0, disabled=True))}
    with pytest.raises(GenesysSourceError, match="webchat_deployments"):
        exported(root, genesys, "day-2")
    SUCCEEDED.discard("day-2")
    damaged = open_snapshot(root)
    bases = {"webchat_settings": name_of(first), "webchat_deployments": damaged.name}
    assert kept(root)["snapshots"] == {**bases, "widget_deployments": name_of(first)}
    third = exported(root, genesys, "day-3")
    assert (third["previous"], third["modified"]) == (damaged.path, 1), "the settings, which nobody was told of"


@pytest.mark.parametrize("content", [b"{", b'{"format":1,"snapshots":[]}', b'{"format":2}'])
def test_a_damaged_file_is_named(root: Any, content: bytes) -> None:
    exported(root, FakeGenesys(1), "day-1")
    storage.replace(root / FILE, content)
    with pytest.raises(GenesysSourceError) as caught:
        exported(root, FakeGenesys(1), "day-2")
    assert caught.value.file == str(root / FILE)


def test_outside_of_airflow_nothing_is_remembered(root: Any) -> None:
    first = export(FakeGenesys(1), root)
    made = exporter(root, FakeGenesys(2), "", task="")
    assert made.export()["previous"] == first["snapshot"]
    made.mark_reported()
    assert storage.list_names(root / "baselines") == []


def test_a_snapshot_that_is_not_listed_yet_is_compared_with(root: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else what changed since would be told to nobody: a first run has nothing to compare with."""
    first = exported(root, FakeGenesys(1), "day-1")
    monkeypatch.setattr(storage, "list_names", lambda *_: [])
    second = exported(root, FakeGenesys(2), "day-2")
    assert (second["previous"], second["added"]) == (first["snapshot"], 1)
