"""The trigger that looks for a sensor: it keeps no secret, holds no loop, and leaves no thread."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.contract import hosts
from tests.contract.deferral import begin, first, remade, wait
from tests.contract.sensors.deferring import users
from tests.contract.sensors.sensing import OFFLINE, USERS
from tests.harness.machine import SOON, least

if TYPE_CHECKING:
    from airflow.exceptions import TaskDeferred

    from airflow_provider_genesys.simulator.process import SimulatorHandle

CONNECTION = "AIRFLOW_CONN_GENESYS_CLOUD_DEFAULT"


def test_a_trigger_keeps_no_secret(simulator: SimulatorHandle, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = "a-very-secret-secret"
    monkeypatch.setenv(CONNECTION, hosts.connection("http://127.0.0.1:1").replace("client-secret", secret))
    deferred = begin(users())
    trigger = remade(deferred)
    assert secret not in json.dumps(trigger.serialize())
    assert secret not in repr(trigger)


def test_a_trigger_that_is_stopped_leaves_no_thread_waiting(
    simulator: SimulatorHandle, monkeypatch: pytest.MonkeyPatch
) -> None:
    deferred = begin(users(timeout=600))
    threads = ThreadPoolExecutor(1)
    monkeypatch.setattr("airflow_provider_genesys.connection.awaited._threads", threads)
    with hosts.silent() as address:
        monkeypatch.setenv(CONNECTION, hosts.connection(address))

        async def stopped() -> None:
            task = asyncio.create_task(first(remade(deferred)))
            await asyncio.sleep(2)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

        begun = time.monotonic()
        asyncio.run(stopped())
        threads.shutdown(wait=True)
        assert time.monotonic() - begun < 2 + SOON, "a look waits for thirty seconds"


def kept_by_the_machine() -> float:
    """Return for how many seconds this thread could have run and got no processor; where nobody counts them, 0."""
    try:
        return int(Path("/proc/thread-self/schedstat").read_text().split()[1]) / 1e9
    except OSError:
        return 0.0


def test_a_look_that_takes_long_does_not_hold_the_loop(
    simulator: SimulatorHandle, monkeypatch: pytest.MonkeyPatch
) -> None:
    with hosts.silent() as address:

        async def held(deferred: TaskDeferred) -> float:
            task = asyncio.create_task(first(remade(deferred)))
            worst = 0.0
            while not task.done():
                begun, kept = time.monotonic(), kept_by_the_machine()
                await asyncio.sleep(0.01)
                worst = max(worst, time.monotonic() - begun - 0.01 - (kept_by_the_machine() - kept))
            assert task.result()["status"] == "timeout"
            return worst

        def longest() -> float:
            with monkeypatch.context() as patch:
                deferred = begin(users(timeout=4))
                patch.setenv(CONNECTION, hosts.connection(address, read_timeout=2))
                return asyncio.run(held(deferred))

        assert least(longest, 1) < 1, "a look takes two seconds, and a collection of garbage up to half of one"


def test_airflow_is_asked_on_the_loop_alone(simulator: SimulatorHandle, monkeypatch: pytest.MonkeyPatch) -> None:
    """A look-up of a connection, or masking, in another thread breaks the loop of Airflow 3.1."""
    deferred = begin(users(timeout=2))
    module = import_module("airflow_provider_genesys.connection.awaited")
    found: list[tuple[str, bool]] = []

    async def connection(conn_id: str) -> Any:
        from airflow.providers.common.compat.sdk import BaseHook  # noqa: PLC0415

        found.append(("connection", threading.current_thread() is threading.main_thread()))
        return BaseHook.get_connection(conn_id)

    def mask(secret: str, name: str | None = None) -> None:
        found.append(("mask", threading.current_thread() is threading.main_thread()))

    async def amask(secret: str, name: str | None = None) -> None:
        mask(secret)

    monkeypatch.setattr(module, "get_async_connection", connection)
    monkeypatch.setattr("airflow.providers.common.compat.sdk.mask_secret", mask)
    if find_spec("airflow.sdk") is not None:  # else Airflow 2
        monkeypatch.setattr("airflow.sdk.log.amask_secret", amask, raising=False)
    simulator.expire_tokens()
    monkeypatch.setattr(module, "_clients", {})
    import_module("airflow_provider_genesys.api.process").forget_tokens_and_limits()
    assert wait(deferred)["status"] == "timeout"
    assert found[0] == ("connection", True)
    assert ("mask", True) in found
    assert {on_loop for _, on_loop in found} == {True}


def test_what_is_not_the_api_is_tolerated_a_few_times_running(
    simulator: SimulatorHandle, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = import_module("airflow_provider_genesys.connection.awaited")
    real, calls = module.get_async_connection, 0

    async def flaky(conn_id: str) -> Any:
        nonlocal calls
        calls += 1
        if calls < 4:
            raise RuntimeError("the API server is away")
        return await real(conn_id)

    simulator.load_presence(users=dict.fromkeys(USERS, OFFLINE))
    simulator.add_fault(path="/api/*", status=503, count=2)
    deferred = begin(users(timeout=60, max_wait=0.5))
    monkeypatch.setattr(module, "get_async_connection", flaky)
    assert wait(deferred)["status"] == "done"

    async def never(conn_id: str) -> Any:
        raise RuntimeError("the API server is away")

    monkeypatch.setattr(module, "get_async_connection", never)
    event = wait(deferred)
    assert (event["status"], event["incurable"]) == ("failed", False)
    assert "the API server is away" in event["said"]


@pytest.mark.parametrize("option", ["True", "False"])
def test_the_option_of_airflow_is_the_default(option: str, monkeypatch: pytest.MonkeyPatch) -> None:
    code = (
        "import inspect\n"
        "from tests.harness.provider import TASKS, provider_classes\n"
        "takes = [inspect.signature(cls.__init__).parameters.get('deferrable') for cls in provider_classes(*TASKS)]\n"
        "print(*(each.default for each in takes if each is not None))"
    )
    monkeypatch.setenv("AIRFLOW__OPERATORS__DEFAULT_DEFERRABLE", option)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    found = done.stdout.splitlines()[-1].split()
    assert set(found) == {option}
    assert len(found) > 3
