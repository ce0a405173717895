"""What Airflow does with a task that defers, without Airflow: the trigger is kept as JSON and made anew elsewhere."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from importlib import import_module
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import TaskDeferred

from tests.harness.tasks import TaskInstance, context


def begin(task: Any, ti: TaskInstance | None = None) -> TaskDeferred:
    """Run a task on a worker, which it leaves."""
    return left(lambda: task.execute(context(ti)))


def left(work: Any) -> TaskDeferred:
    with pytest.raises(TaskDeferred) as caught:
        work()
    assert caught.value.method_name == "execute_complete"
    assert caught.value.timeout is None or caught.value.timeout > timedelta()
    return caught.value


def remade(deferred: TaskDeferred) -> Any:
    """Return the trigger as a triggerer makes it: of a class path and JSON."""
    path, arguments = deferred.trigger.serialize()
    module, _, name = path.rpartition(".")
    again = getattr(import_module(module), name)(**json.loads(json.dumps(arguments)))
    assert again.serialize() == (path, json.loads(json.dumps(arguments)))
    return again


async def first(trigger: Any) -> Any:
    """Return the payload of the one event of a trigger, and make sure that it ends then."""
    events: AsyncIterator[Any] = trigger.run()
    event = await anext(events)
    assert [each async for each in events] == []
    assert len(json.dumps(event.payload)) < 8_000
    return event.payload


def wait(deferred: TaskDeferred, *, within: float = 30) -> Any:
    """Return the payload of the event that ends a deferral."""
    return asyncio.run(asyncio.wait_for(first(remade(deferred)), within))


def resume(make: Any, event: Any, ti: TaskInstance | None = None) -> Any:
    """Go on in another process: with a task that knows nothing but its arguments, as Airflow calls it."""
    task = make()
    return task.resume_execution("execute_complete", {"event": event}, context(ti))
