"""How far a publish is, as its summary tells it while it runs: never at the job's cost."""

from __future__ import annotations

import logging
import threading
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from airflow_provider_genesys.events import progress
from airflow_provider_genesys.exceptions import GenesysError
from airflow_provider_genesys.tasks import summaries
from tests.contract.operators.watched import Watched, operator
from tests.contract.worlds import presence, presences
from tests.harness.machine import until
from tests.harness.tasks import context

if TYPE_CHECKING:
    from pathlib import Path

    from airflow_provider_genesys.simulator.process import SimulatorHandle


@pytest.mark.usefixtures("often")
def test_it_grows_while_the_publish_runs_and_the_main_thread_alone_tells(
    connected: SimulatorHandle, tmp_path: Path
) -> None:
    connected.add_fault(path="/api/v2/events/*", latency_ms=40)
    ti = Watched()
    summary = operator(tmp_path, source=presences(3_000), max_in_flight=2).execute(context(ti))
    accepted = [each["accepted"] for each in ti.history]
    assert len(accepted) > 5
    assert accepted == sorted(accepted)
    assert 0 < accepted[len(accepted) // 2] < 3_000
    assert {each["kind"] for each in ti.history} == {"publish"}
    assert [each["complete"] for each in ti.history[:-1]] == [False] * (len(ti.history) - 1)
    assert ti.history[-1] == summary
    assert ti.threads == {threading.main_thread()}


@pytest.mark.usefixtures("often")
def test_a_push_that_fails_costs_nothing_and_is_not_tried_all_the_time(
    connected: SimulatorHandle, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    connected.add_fault(path="/api/v2/events/*", latency_ms=40)
    ti = Watched(broken=1)
    with caplog.at_level(logging.INFO):
        summary = operator(tmp_path, source=presences(2_000), max_in_flight=2).execute(context(ti))
    assert (summary["accepted"], summary["complete"]) == (2_000, True)
    assert ti.broken == 0
    assert ti.history == [summary], "the one of the end alone"
    said = [record.getMessage() for record in caplog.records if "could not be pushed" in record.getMessage()]
    assert said == ["The summary could not be pushed as XCom 'summary': ConnectionError"]
    assert "secret" not in caplog.text


def test_after_a_failure_the_next_push_comes_later_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1_000.0]
    monkeypatch.setattr(summaries, "airflow_version", "3.2.0")
    monkeypatch.setattr(summaries.time, "monotonic", lambda: now[0])
    ti, pushed_at = Watched(broken=8), []
    telling = summaries.Telling({"ti": ti}, dict)
    for _ in range(4_000):
        left = ti.broken
        telling()
        if ti.broken < left:
            pushed_at.append(now[0])
        now[0] += 1.0
    waits = [later - earlier for earlier, later in pairwise(pushed_at)]
    assert waits == [30, 60, 120, 240, 480, 600, 600]


@pytest.mark.usefixtures("often")
@pytest.mark.parametrize(
    ("version", "tells"), [("2.11.2", False), ("3.1.8", False), ("3.2.0", True), ("3.10.0rc1", True)]
)
def test_where_a_failed_push_ends_the_task_nothing_is_pushed_before_the_end(
    connected: SimulatorHandle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str, tells: bool
) -> None:
    monkeypatch.setattr(summaries, "airflow_version", version)
    connected.add_fault(path="/api/v2/events/*", latency_ms=20)
    ti = Watched()
    operator(tmp_path, source=presences(1_000), max_in_flight=1).execute(context(ti))
    assert (len(ti.history) > 1) == tells


@pytest.mark.usefixtures("often")
def test_a_task_that_is_killed_tells_how_far_it_came(connected: SimulatorHandle, tmp_path: Path) -> None:
    connected.add_fault(path="/api/v2/events/*", latency_ms=40)
    events = [presence(0, userId=None), *presences(4_000)]
    task, ti = operator(tmp_path, source=events, max_in_flight=1, max_rejected="1%"), Watched()

    def kill() -> None:
        until(lambda: connected.ledger()["accepted"] > 0)
        task.on_kill()

    threading.Thread(target=kill).start()
    with pytest.raises(GenesysError, match="stopped"):
        task.execute(context(ti))
    last = ti.pushed["summary"]
    assert (last["complete"], last["read"]) == (False, sum(last[fate] for fate in (*progress.FATES, "pending")))
    assert 0 < last["accepted"] < 4_000
    assert [row["code"] for row in last["reasons"]] == ["invalid.userId"]
