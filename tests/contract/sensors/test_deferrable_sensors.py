"""Sensors that leave the worker: what they wait for, what ends the waiting, and that it is what ends it elsewhere."""

from __future__ import annotations

import asyncio
import errno
import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from airflow.providers.common.compat.sdk import (
    AirflowFailException,
    AirflowSensorTimeout,
    AirflowSkipException,
    BaseSensorOperator,
)

from airflow_provider_genesys.exceptions import GenesysError, GenesysSourceError
from airflow_provider_genesys.operators.exports import GenesysCloudExportOperator
from airflow_provider_genesys.sensors.exports import GenesysCloudConfigurationChangedSensor
from airflow_provider_genesys.sensors.presence import (
    GenesysCloudPresenceDefinitionsSensor,
    GenesysCloudUserPresenceSensor,
)
from airflow_provider_genesys.triggers.genesys_cloud import GenesysCloudLookTrigger
from tests.contract import hosts
from tests.contract.deferral import begin, first, left, remade, resume, wait
from tests.contract.sensors.sensing import BREAK, OFFLINE, USERS, all_in
from tests.harness.tasks import TaskInstance, context

if TYPE_CHECKING:
    from airflow_provider_genesys.simulator.process import SimulatorHandle

SMOKE = {"systemPresence": "Break", "languageLabels": {"en_US": "Smoke"}}
WANTED = [{"system_presence": "Break", "labels": {"en_US": "Smoke"}}]
CONNECTION = "AIRFLOW_CONN_GENESYS_CLOUD_DEFAULT"
STATUSES = ("done", "timeout", "failed")

Make = Callable[..., BaseSensorOperator]


@pytest.fixture
def simulator(connected: SimulatorHandle) -> SimulatorHandle:
    return all_in(connected, BREAK)


def users(**arguments: Any) -> BaseSensorOperator:
    given = {"user_ids": USERS, "presences": ["Offline"], "deferrable": True, "poke_interval": 0.5} | arguments
    return GenesysCloudUserPresenceSensor(task_id="wait", **given)


def definitions(**arguments: Any) -> BaseSensorOperator:
    given = {"definitions": WANTED, "deferrable": True, "poke_interval": 0.5} | arguments
    return GenesysCloudPresenceDefinitionsSensor(task_id="wait", **given)


def configuration(folder: Path, **arguments: Any) -> BaseSensorOperator:
    given = {"include": ["presence_definitions"], "deferrable": True, "poke_interval": 0.5, "timeout": 60} | arguments
    return GenesysCloudConfigurationChangedSensor(task_id="wait", destination=str(folder), **given)


def export(folder: Path) -> None:
    task = GenesysCloudExportOperator(task_id="export", include=["presence_definitions"], destination=str(folder))
    task.execute(context(outlet_events={}))


# --- it comes true


def test_users_are_seen_by_the_trigger(simulator: SimulatorHandle) -> None:
    ti = TaskInstance()
    deferred = begin(users(timeout=60), ti)
    assert isinstance(deferred.trigger, GenesysCloudLookTrigger)
    assert ti.pushed["summary"]["done"] is False
    assert ti.pushed["summary"]["found"]["matching"] == 0
    simulator.load_presence(users=dict.fromkeys(USERS, OFFLINE))
    event = wait(deferred)
    assert event["status"] == "done"
    ti = TaskInstance()
    found = resume(lambda: users(timeout=60), event, ti)
    assert (found["matching"], found["users"], found["matches"]) == (3, 3, USERS)
    assert ti.pushed["summary"] == {
        "done": True, "said": "3 of 3 users are in Offline", "found": found, "looks": 2,
    }  # fmt: skip


def test_what_is_true_at_once_never_leaves_the_worker(simulator: SimulatorHandle) -> None:
    ti = TaskInstance()
    found = users(presences=["Break"]).execute(context(ti))
    assert found["matching"] == 3
    assert ti.pushed["summary"]["looks"] == 1


def test_names_are_resolved_once_and_before(simulator: SimulatorHandle) -> None:
    smoke = simulator.load_presence([SMOKE])[0]["id"]
    deferred = begin(users(presences=["Break/Smoke"]))
    _, arguments = deferred.trigger.serialize()
    assert arguments["arguments"]["wanted"] == [smoke]
    simulator.load_presence(users=dict.fromkeys(USERS, smoke))
    before = simulator.requests()["totals"]["GET /api/v2/presence/definitions"]["200"]
    assert wait(deferred)["status"] == "done"
    assert simulator.requests()["totals"]["GET /api/v2/presence/definitions"]["200"] == before


def test_names_are_resolved_by_the_trigger_where_nothing_answered_before(simulator: SimulatorHandle) -> None:
    smoke = simulator.load_presence([SMOKE])[0]["id"]
    simulator.load_presence(users=dict.fromkeys(USERS, smoke))
    simulator.add_fault(path="/api/*", status=503, count=2)
    deferred = begin(users(presences=["Break/Smoke"]))
    assert deferred.trigger.serialize()[1]["arguments"]["wanted"] is None
    assert wait(deferred)["found"]["matching"] == 3


def test_definitions_of_a_file_need_no_file_where_the_trigger_is(simulator: SimulatorHandle, tmp_path: Path) -> None:
    file = tmp_path / "definitions.yaml"
    file.write_text("- system_presence: Break\n  labels: {en_US: Smoke, de: Raucherpause}\n")

    def make() -> BaseSensorOperator:
        return definitions(definitions=str(file), wait_for="in_sync")

    deferred = begin(make())
    file.unlink()
    simulator.load_presence([SMOKE | {"languageLabels": {"en_US": "Smoke", "de": "Raucherpause"}}])
    found = resume(make, wait(deferred))
    assert (found["creates"], found["unchanged"]) == (0, 1)


def test_a_changed_configuration_is_told_by_the_task(simulator: SimulatorHandle, tmp_path: Path) -> None:
    export(tmp_path)
    deferred = begin(configuration(tmp_path))
    assert str(tmp_path) not in json.dumps(deferred.trigger.serialize())
    simulator.load_presence([SMOKE])
    event = wait(deferred)
    assert (event["status"], event["found"]) == ("done", None)
    ti = TaskInstance()
    found = resume(lambda: configuration(tmp_path), event, ti)
    assert (found["added"], found["removed"], found["modified"]) == (1, 0, 0)
    assert ti.pushed["summary"]["looks"] == 3


def test_a_change_that_is_taken_back_is_waited_on_for_no_longer_than_before(
    simulator: SimulatorHandle, tmp_path: Path
) -> None:
    export(tmp_path)
    deferred = begin(configuration(tmp_path))
    event = {"status": "done", "said": "it changed", "found": None, "looks": 5, "incurable": False}
    deadline = time.time() + 7
    again = left(lambda: resume(lambda: configuration(tmp_path), event | {"deadline": deadline}))
    assert again.trigger.deadline == deadline != deferred.trigger.deadline
    assert again.trigger.looks == 6
    assert again.trigger.arguments == deferred.trigger.arguments


def test_a_change_that_the_task_cannot_look_at_is_not_done(simulator: SimulatorHandle, tmp_path: Path) -> None:
    export(tmp_path)
    event = {"status": "done", "said": "it changed", "found": None, "looks": 5, "incurable": False}
    simulator.add_fault(path="/api/*", status=400)
    ti = TaskInstance()
    with pytest.raises(GenesysError):
        resume(lambda: configuration(tmp_path), event | {"deadline": time.time() + 60}, ti)
    summary = ti.pushed["summary"]
    assert (summary["done"], summary["found"], summary["looks"]) == (False, None, 6), "the task's own failed"
    assert "HTTP 400" in summary["said"]


@pytest.mark.parametrize(
    ("refused", "arguments"),
    [(OSError(errno.EIO, "busy"), {}), (GenesysSourceError("damaged"), {"silent_fail": True})],
    ids=["a store that is away", "what silent_fail puts up with"],
)
def test_what_no_trigger_can_look_at_now_the_task_looks_at_next_time(
    simulator: SimulatorHandle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, refused: Exception, arguments: Any
) -> None:
    def refuse(*_: Any) -> None:
        raise refused

    export(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr("airflow_provider_genesys.exports.looks.known_fingerprints", refuse)
        deferred = begin(configuration(tmp_path, **arguments))
    assert (deferred.trigger.look, deferred.trigger.arguments) == ("task", {})
    event = wait(deferred)
    assert (event["status"], event["found"]) == ("done", None)
    ti = TaskInstance()
    again = left(lambda: resume(lambda: configuration(tmp_path), event, ti))
    assert (again.trigger.look, again.trigger.deadline) == ("configuration", deferred.trigger.deadline)
    assert ti.pushed["summary"]["done"] is False


MANY = [f"{number:08}-942f-489d-9700-5f9bcdcdae9b" for number in range(1_000)]


def test_what_is_too_much_for_a_trigger_the_task_looks_at(
    simulator: SimulatorHandle, caplog: pytest.LogCaptureFixture
) -> None:
    def many() -> BaseSensorOperator:
        return users(user_ids=MANY, timeout=60)

    simulator.settings(users=MANY)
    simulator.load_presence(users=dict.fromkeys(MANY, BREAK))
    deferred = begin(many())
    assert (deferred.trigger.look, deferred.trigger.arguments) == ("task", {})
    assert len(json.dumps(deferred.trigger.serialize())) < 500
    (said,) = [each for each in caplog.messages if "each time the task itself looks" in each]
    assert said.startswith("What is waited for has 40,")
    event = wait(deferred)
    assert (event["status"], event["found"], event["looks"]) == ("done", None, 1)

    caplog.clear()
    again = left(lambda: resume(many, event))
    assert (again.trigger.look, again.trigger.deadline) == ("task", deferred.trigger.deadline)
    assert "each time the task itself looks" not in caplog.text, "it is told once"
    event = wait(again)
    simulator.load_presence(users=dict.fromkeys(MANY, OFFLINE))
    ti = TaskInstance()
    assert resume(many, event, ti)["matching"] == 1_000
    assert ti.pushed["summary"]["looks"] == 3


def test_too_much_for_a_trigger_ends_in_time_as_well(simulator: SimulatorHandle) -> None:
    def many() -> BaseSensorOperator:
        return users(user_ids=MANY, timeout=2, poke_interval=10)

    deferred = begin(many())
    event = wait(deferred, within=5)
    assert time.time() >= deferred.trigger.deadline
    with pytest.raises(AirflowSensorTimeout, match="timed out after 2 seconds"):
        resume(many, event)


@pytest.mark.parametrize(("number", "look"), [(795, "users"), (805, "task")])
def test_eight_hundred_users_fit_into_a_trigger(simulator: SimulatorHandle, number: int, look: str) -> None:
    assert begin(users(user_ids=MANY[:number])).trigger.look == look


def test_a_large_file_of_definitions_is_looked_at_by_the_task(simulator: SimulatorHandle) -> None:
    names = [{"system_presence": "Break", "labels": {"en_US": f"Break {number}"}} for number in range(30)]
    assert begin(definitions(definitions=names)).trigger.look == "definitions"
    languages = ("cs", "da", "de", "es", "fi", "fr", "it", "nl", "pl", "pt", "sv", "tr")
    long = [row | {"labels": dict.fromkeys(languages, f"{row['labels']['en_US']} {'x' * 80}")} for row in names]
    assert begin(definitions(definitions=long)).trigger.look == "task"


@pytest.mark.parametrize(
    ("refused", "expected"),
    [(PermissionError(errno.EACCES, "no"), AirflowFailException), (GenesysSourceError("damaged"), GenesysSourceError)],
)
def test_what_the_store_refuses_for_good_ends_the_waiting(
    simulator: SimulatorHandle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, refused: Exception, expected: Any
) -> None:
    def refuse(*_: Any) -> None:
        raise refused

    export(tmp_path)
    monkeypatch.setattr("airflow_provider_genesys.exports.looks.known_fingerprints", refuse)
    with pytest.raises(expected):
        configuration(tmp_path).execute(context())


def test_without_a_snapshot_anything_is_a_change(simulator: SimulatorHandle, tmp_path: Path) -> None:
    deferred = begin(configuration(tmp_path, include=["webchat_deployments"], timeout=2))
    assert deferred.trigger.arguments["known"] == {"webchat_deployments": ""}
    assert wait(deferred)["status"] == "timeout"
    simulator.load_webchat(deployments=[{"name": "one"}])
    deferred.trigger.deadline = time.time() + 20
    assert wait(deferred)["status"] == "done"


# --- it does not


@pytest.mark.parametrize("failing", [None, {"status": 503}, {"status": 429, "retry_after": 600}])
def test_the_time_is_over_when_it_was_to_be(simulator: SimulatorHandle, failing: dict[str, Any] | None) -> None:
    begun = time.time()
    deferred = begin(users(timeout=3))
    if failing is not None:
        simulator.add_fault(path="/api/*", **failing)
    event = wait(deferred)
    assert event["status"] == "timeout"
    assert 3 <= time.time() - begun <= 3 + 3 + 2
    ti = TaskInstance()
    with pytest.raises(AirflowSensorTimeout, match="timed out after 3 seconds"):
        resume(lambda: users(timeout=3), event, ti)
    assert ti.pushed["summary"]["done"] is False
    assert ti.pushed["summary"]["looks"] == event["looks"] > 1
    for flag in ("soft_fail", "never_fail"):
        with pytest.raises(AirflowSkipException):
            resume(lambda flag=flag: users(timeout=3, **{flag: True}), event)


@pytest.mark.parametrize("poke_interval", [0, 60])
def test_the_last_seconds_are_waited_for_on_the_worker(
    simulator: SimulatorHandle, monkeypatch: pytest.MonkeyPatch, poke_interval: float
) -> None:
    """What leaves its worker for less is taken for lost by Airflow's scheduler, and fails instead of being skipped."""
    monkeypatch.setattr("airflow_provider_genesys.tasks.waiting.SHORTEST_AWAY", 10.0)
    assert begin(users(timeout=12)).timeout is not None
    begun, ti = time.time(), TaskInstance()
    with pytest.raises(AirflowSkipException):
        users(timeout=2.5, poke_interval=poke_interval, soft_fail=True).execute(context(ti))
    assert 2.5 <= time.time() - begun <= 2.5 + 3
    assert ti.pushed["summary"]["looks"] == (4 if poke_interval == 0 else 2)
    back = {"status": "done", "said": "", "found": None, "looks": 7, "deadline": time.time() + 5, "incurable": False}
    threading.Timer(1, simulator.load_presence, kwargs={"users": dict.fromkeys(USERS, OFFLINE)}).start()
    assert resume(lambda: users(timeout=60, poke_interval=poke_interval or 2), back)["matching"] == 3


def test_no_restart_of_a_triggerer_moves_the_deadline(simulator: SimulatorHandle) -> None:
    begun = time.time()
    deferred = begin(users(timeout=4))
    with pytest.raises(TimeoutError):
        wait(deferred, within=2)  # killed, and begun anew
    assert wait(deferred)["status"] == "timeout"
    assert time.time() - begun <= 4 + 3 + 1


def test_no_time_is_no_deferral(simulator: SimulatorHandle) -> None:
    with pytest.raises(AirflowSensorTimeout):
        users(timeout=0).execute(context())
    with pytest.raises(AirflowSkipException):
        users(timeout=0, soft_fail=True).execute(context())


def test_what_passes_is_waited_out(simulator: SimulatorHandle) -> None:
    simulator.load_presence(users=dict.fromkeys(USERS, OFFLINE))
    simulator.add_fault(path="/api/*", status=503, count=6)
    deferred = begin(users(timeout=60))
    event = wait(deferred)
    assert event["status"] == "done"
    assert event["looks"] == 4  # each look repeats its request once


@pytest.mark.parametrize("make", [users, definitions])
def test_what_cannot_pass_ends_the_waiting_at_once(simulator: SimulatorHandle, make: Make) -> None:
    deferred = begin(make(timeout=60))
    simulator.settings(permissions=[]) if make is definitions else simulator.add_fault(path="/api/*", status=403)
    event = wait(deferred)
    assert (event["status"], event["incurable"]) == ("failed", True)
    assert "genesys_cloud_default" in event["said"]
    with pytest.raises(AirflowFailException):
        resume(make, event)
    with pytest.raises(AirflowSkipException):
        resume(lambda: make(soft_fail=True), event)
    with pytest.raises(AirflowFailException):
        resume(lambda: make(silent_fail=True), event)


def test_what_another_try_may_cure_is_not_skipped_by_soft_fail(simulator: SimulatorHandle) -> None:
    deferred = begin(users(timeout=60))
    simulator.add_fault(path="/api/*", status=400)
    event = wait(deferred)
    assert (event["status"], event["incurable"]) == ("failed", False)
    for arguments in ({}, {"soft_fail": True}):
        with pytest.raises(GenesysError) as caught:
            resume(lambda arguments=arguments: users(**arguments), event)
        assert not isinstance(caught.value, AirflowFailException)
    with pytest.raises(AirflowSkipException):
        resume(lambda: users(never_fail=True), event)
    again = left(lambda: resume(lambda: users(silent_fail=True), event))
    assert again.trigger.deadline == event["deadline"]


def test_a_first_look_that_fails_ends_as_in_the_other_modes(simulator: SimulatorHandle) -> None:
    simulator.add_fault(path="/api/*", status=403)
    for arguments, expected in (
        ({}, AirflowFailException),
        ({"soft_fail": True}, AirflowSkipException),
        ({"never_fail": True}, AirflowSkipException),
        ({"silent_fail": True}, AirflowFailException),
    ):
        for deferrable in (True, False):
            with pytest.raises(expected):
                users(deferrable=deferrable, **arguments).execute(context())
    simulator.clear_faults()
    simulator.add_fault(path="/api/*", status=400)
    for deferrable in (True, False):
        with pytest.raises(GenesysError):
            users(deferrable=deferrable, soft_fail=True).execute(context())
    begin(users(silent_fail=True))


# --- what comes back is an event


@pytest.mark.parametrize(
    "event",
    [
        None,
        {},
        [],
        "done",
        {"status": None},
        {"status": "success"},
        {"status": "done"},
        {"status": ["done"]},
        {"status": "done", "said": 7, "found": {}, "looks": 1, "deadline": 1.0, "incurable": False},
        {"status": "done", "said": "x", "found": [1], "looks": 1, "deadline": 1.0, "incurable": False},
        {"status": "timeout", "said": "x", "found": {}, "looks": True, "deadline": 1.0, "incurable": False},
        {"status": "failed", "said": "x", "found": {}, "looks": 1, "deadline": "soon", "incurable": False},
        {"status": "failed", "said": "x", "found": {}, "looks": 1, "deadline": 1.0},
    ],
)
def test_what_is_no_event_is_a_clear_error(simulator: SimulatorHandle, event: Any) -> None:
    for soft_fail in (False, True):
        with pytest.raises(GenesysError, match="the task was resumed with"):
            resume(lambda soft_fail=soft_fail: users(soft_fail=soft_fail), event)


# --- the trigger


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
        assert time.monotonic() - begun < 2 + 2


def kept_by_the_machine() -> float:
    """Return for how many seconds this thread could have run and got no processor; where nobody counts them, 0."""
    try:
        return int(Path("/proc/thread-self/schedstat").read_text().split()[1]) / 1e9
    except OSError:
        return 0.0


def test_a_look_that_takes_long_does_not_hold_the_loop(
    simulator: SimulatorHandle, monkeypatch: pytest.MonkeyPatch
) -> None:
    deferred = begin(users(timeout=4))
    with hosts.silent() as address:
        monkeypatch.setenv(CONNECTION, hosts.connection(address, read_timeout=2))

        async def held() -> float:
            task = asyncio.create_task(first(remade(deferred)))
            worst = 0.0
            while not task.done():
                begun, kept = time.monotonic(), kept_by_the_machine()
                await asyncio.sleep(0.01)
                worst = max(worst, time.monotonic() - begun - 0.01 - (kept_by_the_machine() - kept))
            assert task.result()["status"] == "timeout"
            return worst

        assert asyncio.run(held()) < 1, "a look takes two seconds, and a collection of garbage up to half of one"


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
