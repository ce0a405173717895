"""A publish that is told to come back later leaves its worker, and goes on from the ledger."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException

from airflow_provider_genesys.exceptions import GenesysError, GenesysRateLimitError, GenesysServerError
from airflow_provider_genesys.operators.events import GenesysCloudPublishEventsOperator
from airflow_provider_genesys.tasks.deferring import seconds_to_leave
from airflow_provider_genesys.triggers.genesys_cloud import GenesysCloudWaitTrigger
from tests.contract.deferral import first, left, remade
from tests.contract.worlds import presences, write_lines
from tests.harness.machine import SOON
from tests.harness.tasks import TaskInstance, context

if TYPE_CHECKING:
    from airflow_provider_genesys.simulator.process import SimulatorHandle

POST = "/api/v2/events/users/presence"


def publish(tmp_path: Path, **more: Any) -> GenesysCloudPublishEventsOperator:
    source = write_lines(tmp_path / "input.jsonl", presences(600))
    given = {"stream": "user_presences", "source": source, "artifacts_path": str(tmp_path / "a"), "deferrable": True}
    return GenesysCloudPublishEventsOperator(task_id="publish", **(given | more))


def test_a_wait_that_is_too_long_for_a_worker_leaves_it_and_the_publish_goes_on(
    connected: SimulatorHandle, tmp_path: Path
) -> None:
    connected.add_fault(path=POST, status=429, retry_after=300, after=3, count=1)
    ti = TaskInstance("publish")
    before = time.time()
    deferred = left(lambda: publish(tmp_path, max_wait=5).execute(context(ti)))
    assert ti.pushed["summary"]["pending"] > 0
    done = ti.pushed["summary"]["accepted"]
    trigger = remade(deferred)
    assert isinstance(trigger, GenesysCloudWaitTrigger)
    assert 300 <= trigger.until - before < 400
    assert deferred.kwargs == {"waits": 1, "settled": done, "rate_limited": 300.0}
    assert ti.pushed["summary"]["rate_limited_seconds"] == 0  # which are the next try's, before which they pass
    assert deferred.timeout == timedelta(seconds=300 + 3_600)  # a triggerer may be away while it is renewed

    again = TaskInstance("publish")
    task = publish(tmp_path, max_wait=5)
    summary = task.execute_complete(context(again), {"status": "waited", "until": trigger.until}, **deferred.kwargs)
    assert (summary["accepted"], summary["complete"]) == (600, True)
    assert (summary["tries"], summary["rate_limited_seconds"]) == (2, 300.0)
    assert connected.ledger() == {"accepted": 600, "distinct": 600, "duplicates": 0}


def test_an_outage_that_outlasts_its_attempts_does_so_too_and_waits_longer_each_time(
    connected: SimulatorHandle, tmp_path: Path, short_waits: None
) -> None:
    connected.add_fault(path=POST, status=503)
    waits = []
    before = time.time()
    deferred = left(lambda: publish(tmp_path, max_attempts=2).execute(context()))
    for _ in range(3):
        waits.append(round((remade(deferred).until - before) / 60))
        assert deferred.kwargs["rate_limited"] == 0
        kwargs, before = deferred.kwargs, time.time()
        go_on = partial(publish(tmp_path, max_attempts=2).execute_complete, context(), {"status": "waited"}, **kwargs)
        deferred = left(go_on)
    assert waits == [1, 2, 4]


def test_a_try_that_sees_nothing_of_the_ledger_is_no_step_back(
    connected: SimulatorHandle, tmp_path: Path, short_waits: None
) -> None:
    """Else the next try that reaches the ledger would look like progress, and the waits would begin anew."""
    connected.add_fault(path="/api/*", status=503)
    task = publish(tmp_path, max_attempts=2)
    deferred = left(lambda: task.execute_complete(context(), {"status": "waited"}, waits=3, settled=7))
    assert deferred.kwargs == {"waits": 4, "settled": 7, "rate_limited": 0.0}


def test_who_does_not_defer_fails_as_before(connected: SimulatorHandle, tmp_path: Path) -> None:
    connected.add_fault(path=POST, status=429, retry_after=300)
    with pytest.raises(GenesysRateLimitError):
        publish(tmp_path, max_wait=5, deferrable=False).execute(context())


def test_what_no_wait_cures_is_not_waited_for(connected: SimulatorHandle, tmp_path: Path) -> None:
    connected.add_fault(path=POST, status=403)
    with pytest.raises(AirflowFailException):
        publish(tmp_path).execute(context())


@pytest.mark.parametrize("event", [None, {}, {"status": "done"}, "waited"])
def test_what_is_no_end_of_a_wait_is_refused(connected: SimulatorHandle, tmp_path: Path, event: Any) -> None:
    with pytest.raises(GenesysError, match="no end of a wait"):
        publish(tmp_path).execute_complete(context(), event)
    assert connected.ledger()["accepted"] == 0


def test_waits_are_bounded() -> None:
    assert seconds_to_leave(GenesysServerError(503, None, "no"), 11) == 900
    assert seconds_to_leave(GenesysServerError(503, None, "no"), 12) is None
    assert seconds_to_leave(GenesysRateLimitError(429, None, "no", retry_after=7200.0), 0) == 7200
    assert seconds_to_leave(GenesysRateLimitError(429, None, "no", retry_after=90_000.0), 0) is None


def test_what_the_server_asks_for_is_the_wait_until_that_was_of_no_use() -> None:
    asked = GenesysRateLimitError(429, None, "no", retry_after=20.0)
    assert [seconds_to_leave(asked, waits) for waits in range(4)] == [20, 120, 240, 480]
    assert [seconds_to_leave(GenesysServerError(503, None, "no"), waits) for waits in range(4)] == [60, 120, 240, 480]


def test_the_trigger_waits_until_a_moment_that_is_the_same_in_each_triggerer() -> None:
    began = time.time()
    event = asyncio.run(first(GenesysCloudWaitTrigger(until=began + 0.3)))
    assert event == {"status": "waited", "until": began + 0.3}
    assert 0.3 <= time.time() - began < 0.3 + SOON
    assert asyncio.run(first(GenesysCloudWaitTrigger(until=began - 3600)))["status"] == "waited"
