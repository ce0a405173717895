"""A publish that leaves its worker, and what Airflow keeps of it meanwhile: workers and the triggerer are one process.

Who is killed there is whichever of them was at work: the worker before, while or after it left, or the triggerer.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import time
from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any

from airflow_provider_genesys.exceptions import GenesysError
from tests.chaos import child, kills
from tests.contract.kinds import uid
from tests.contract.worlds import FATES, write_lines
from tests.harness.tasks import TaskInstance, context

if TYPE_CHECKING:
    from pathlib import Path

    from tests.chaos.server import Server

_EVENTS = "*/events/*"
ASKED = 300
"""Seconds that the server asks to be left alone, which is more than a worker may wait."""
RULES: tuple[dict[str, Any], ...] = (
    {"path": _EVENTS, "status": 429, "retry_after": ASKED, "after": 6, "count": 3},
    {"path": _EVENTS, "status": 503, "after": 12, "count": 14},
    {
        "path": _EVENTS,
        "partial": {"retryable": False, "event_ids": [uid(number) for number in range(kills.REFUSED)]},
    },
)
"""In any weather a try is told once to come back later, and once nothing answers; the last is that of a publish."""
_PACE = 0.001
"""Share of a wait that is waited: five minutes are 0.3 s."""
_LATE = 0.4
"""Seconds by which an event is late."""
EVENTS = ("in time", "late", "repeated")
"""How the event of a trigger comes; which, the number of the world tells."""


class Leaving:
    """What Airflow does with the task, and keeps of it in its database.

    :param server: the address of the simulator comes from there.
    :param folder: of the world, whose name is its number.
    """

    def __init__(self, server: Server, folder: Path) -> None:
        # Here, as nothing else of the worlds needs Airflow; and not in each try, which begins with this process.
        from airflow_provider_genesys.operators.events import GenesysCloudPublishEventsOperator  # noqa: PLC0415

        self._operator = GenesysCloudPublishEventsOperator
        self._connection = server.handle.connection_json
        self._folder = folder
        self._kept, self._deferrals = folder / "deferral.json", folder / "deferrals"
        self._source = write_lines(folder / "input.jsonl", kills.events())

    def run(self) -> dict[str, Any]:
        """Run the task from where Airflow has it to its end, by as many workers as that takes."""
        from airflow.providers.common.compat.sdk import AirflowException, TaskDeferred  # noqa: PLC0415

        os.environ["AIRFLOW_CONN_GENESYS_CLOUD_DEFAULT"] = self._connection
        child.shorten_waits()
        left, error = 0, None
        while True:
            ti, is_deferred = TaskInstance("publish"), False
            try:
                self._work(ti)
            except TaskDeferred as deferred:
                self._keep(deferred)
                left, is_deferred = left + 1, True
            except (GenesysError, OSError, AirflowException) as failure:
                error = failure
            summary = ti.pushed["summary"]
            if summary["read"] != sum(summary[fate] for fate in FATES):
                raise RuntimeError(f"the account does not add up: {summary}")
            if not is_deferred:
                name = type(error).__name__ if error else None
                return {"summary": summary, "error": name, "message": str(error or ""), "deferred": left}

    def _work(self, ti: TaskInstance) -> None:
        """Do what one worker does: begin the task, or go on with it when its trigger has told that it may."""
        deferral = self._deferral()
        event = None if deferral is None else _told(deferral)
        # From here on the task runs: a worker that is lost now, or was not told in time, has Airflow begin it anew.
        self._kept.unlink(missing_ok=True)
        if deferral is None or event is None:
            self._task().execute(context(ti))
            return
        fate = random.Random(f"{self._folder.name}:{deferral['number']}").choice(EVENTS)
        if fate == "late":
            time.sleep(_LATE)
        arguments = {"event": event, **deferral["kwargs"]}
        try:
            self._task().resume_execution("execute_complete", arguments, context(ti))
        finally:
            if fate == "repeated":
                self._task().resume_execution("execute_complete", arguments, context(ti))

    def _task(self) -> Any:
        """Return the task as another process has it, that knows nothing but its arguments."""
        return self._operator(
            task_id="publish",
            stream="user_presences",
            source=self._source,
            artifacts_path=str(self._folder / "artifacts"),
            max_in_flight=kills.LANES,
            max_rejected="100%",
            max_attempts=2,
            max_wait=1,
            requests_per_minute=1_000_000,
            deferrable=True,
        )

    def _deferral(self) -> dict[str, Any] | None:
        try:
            found: dict[str, Any] = json.loads(self._kept.read_text())
        except FileNotFoundError:
            return None
        return found

    def _keep(self, deferred: Any) -> None:
        """Keep what a task says when it leaves, as JSON, whole or not at all."""
        with self._deferrals.open("a") as file:
            file.write(".")
        path, arguments = deferred.trigger.serialize()
        kept = {
            "number": self._deferrals.stat().st_size,
            "trigger": path,
            "until": arguments["until"],
            "kwargs": deferred.kwargs,
            "timeout": deferred.timeout.total_seconds(),
        }
        partial = self._kept.with_suffix(f".{os.getpid()}")
        partial.write_text(json.dumps(kept))
        partial.replace(self._kept)


def _told(deferral: Mapping[str, Any]) -> Any:
    """Wait as the triggerer does, by its own clock, and return the event; ``None`` if Airflow ended the waiting before.

    It does so where the worker's clock was ahead.
    """
    wait = max(deferral["until"] - time.clock_gettime(time.CLOCK_REALTIME), 0.0)
    if wait > deferral["timeout"]:
        return None
    module, _, name = deferral["trigger"].rpartition(".")
    trigger = getattr(import_module(module), name)(until=time.time() + wait * _PACE)

    async def first() -> Any:
        return await anext(trigger.run())

    return {**asyncio.run(first()).payload, "until": deferral["until"]}
