"""What is tried: each case starts a Dag of its own, and says what it saw. All run side by side.

A kill of the triggerer meets all that wait at that moment, of whichever case.
"""

from __future__ import annotations

import os
import re
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from typing import TYPE_CHECKING

import psutil

from airflow_provider_genesys.links import PAGES
from tests.harness.fixtures import PLENTY
from tests.live.api import Api, LiveError, Run, until
from tests.live.processes import AIRFLOW, Processes, kill_tree

if TYPE_CHECKING:
    from airflow_provider_genesys.simulator.process import SimulatorHandle

EVENTS = 2_000
LANES = 2
BODY = 100
POST = "/api/v2/events/users/presence"
REGION, APPS = "mypurecloud.de", "https://apps.mypurecloud.de"
SHORT = 8
"""Mapped sensors of the Dag ``short``."""
TOLD = 30
"""Seconds that the server asks to be left alone."""


@dataclass
class World:
    """What cases act on."""

    api: Api
    processes: Processes
    simulators: dict[str, SimulatorHandle]
    deferred: dict[str, threading.Event] = field(default_factory=dict)
    """By case: all of it waits in the triggerer."""
    triggerer_is_back: threading.Event = field(default_factory=threading.Event)

    def waits(self, case: str) -> None:
        """Say that all of a case waits in the triggerer."""
        self.deferred[case].set()


Case = Callable[[World], str]


def must(holds: object, what: str) -> None:
    """Raise unless something holds."""
    if not holds:
        raise LiveError(what)


def equal(found: object, wanted: object, what: str) -> None:
    """Raise unless both are the same."""
    must(found == wanted, f"{what}: {found!r}, and not {wanted!r}")


def told_to_wait(world: World) -> str:
    """A publish that is told to wait longer than ``max_wait`` leaves its slot to others and publishes all."""
    simulator = world.simulators["told_to_wait"]
    simulator.add_fault(path=POST, status=429, retry_after=TOLD, after=5, count=1)
    run = world.api.run("told_to_wait")
    run.until("deferred")
    link(run, "agents")
    before = simulator.ledger()["accepted"]
    must(0 < before < EVENTS, f"{before} events are accepted before the wait")
    equal(run.summary()["pending"] > 0, True, "some are pending")
    other = world.api.run("quick_in_one")
    other.until("success")
    equal(run.instance()["state"], "deferred", "the publish, when another task had its pool's only slot")
    run.until("success")
    publishes_each_once(run, simulator)
    lasted = max(later - sooner for sooner, later in pairwise(posted(simulator)))
    must(lasted >= TOLD - 1, f"it came back after {lasted:.1f} s")  # the other lane's request was a little later
    return f"told to wait {TOLD} s, it went on after {lasted:.0f} s; another task had its slot meanwhile"


def outage(world: World) -> str:
    """An outage that outlasts the attempts is waited out, longer the second time."""
    simulator = world.simulators["outage"]
    simulator.add_fault(path=POST, status=503)
    run = world.api.run("outage")
    run.until("deferred")
    link(run, "agents")
    world.waits("outage")
    until("it waits again", lambda: len(moments(world, "outage")) > 1 and run.instance()["state"] == "deferred")
    first, second = moments(world, "outage")
    # A quarter of a minute to come back; what is counted over the waits is what the trigger was not told.
    apart = (second - first).total_seconds()
    must(120 <= apart < 180, f"the second wait ends {apart:.0f} s after the first")
    simulator.clear_faults()
    run.until("success")
    publishes_each_once(run, simulator)
    return "an outage outlasted a wait of a minute, and the next one was of two; each event is there once"


def killed_task(world: World) -> str:
    """The process of a task is killed after it has come back from the triggerer."""
    return _killed(world, "killed_task", lambda pid: os.kill(pid, signal.SIGKILL))


def killed_worker(world: World) -> str:
    """The worker is killed with the task that has come back, so that nobody tells Airflow of it."""

    def kill_all(pid: int) -> None:
        parent = psutil.Process(pid).parent()
        kill_tree(pid if parent is None else parent.pid)

    return _killed(world, "killed_worker", kill_all)


def _killed(world: World, name: str, kill: Callable[[int], None]) -> str:
    simulator = world.simulators[name]
    simulator.settings(latency_ms=600)
    simulator.add_fault(path=POST, status=429, retry_after=10, after=5, count=1)
    run = world.api.run(name)
    run.until("deferred")
    before = simulator.ledger()["accepted"]
    until("it has gone on", lambda: simulator.ledger()["accepted"] > before + BODY)
    pid = pid_of(run)
    link(run, "agents")
    kill(pid)
    at_kill = simulator.ledger()["accepted"]
    must(at_kill < EVENTS, "it had published all when it was killed")
    link(run, "agents")
    run.until("up_for_retry", "scheduled", "queued")
    link(run, "agents")
    run.until("success")
    equal(run.instance()["try_number"], 2, "tries")
    link(run, "agents")
    ledger = simulator.ledger()
    equal(ledger["distinct"], EVENTS, "different events that the server has")
    must(ledger["duplicates"] <= LANES * BODY, f"{ledger['duplicates']} events were sent again")
    summary = run.summary()
    equal((summary["accepted"], summary["read"], summary["complete"]), (EVENTS, EVENTS, True), "its account")
    return f"killed with {at_kill} of {EVENTS} events sent; {ledger['duplicates']} that were in flight sent again"


def mapped(world: World) -> str:
    """Mapped publishes wait, are met by the kill of the triggerer, and have their links, the first one too."""
    simulator = world.simulators["mapped"]
    simulator.settings(latency_ms=300)
    simulator.add_fault(path=POST, status=429, retry_after=TOLD + 15, after=6, count=4)
    run = world.api.run("mapped")
    for index in (0, 1):
        run.until("running", "deferred", index=index)
        until(f"the link of {index}", lambda index=index: run.link(index) == f"{APPS}{PAGES['agents']}", within=30)
    for index in (0, 1):
        run.until("deferred", index=index)
        link(run, "agents", index)
    world.waits("mapped")
    until("a triggerer has come back", world.triggerer_is_back.is_set)
    for index in (0, 1):
        run.until("success", index=index)
        link(run, "agents", index)
        equal(run.summary(index)["accepted"], EVENTS // 2, f"accepted of {index}")
    equal(simulator.ledger(), {"accepted": EVENTS, "distinct": EVENTS, "duplicates": 0}, "the server's account")
    return "two mapped publishes waited over the kill of the triggerer, and published all"


def definitions(world: World) -> str:
    """A sensor waits over the kill of the triggerer, and sees what came after."""
    simulator = world.simulators["definitions"]
    run = world.api.run("definitions")
    run.until("deferred")
    link(run, "statuses")
    looks = simulator.requests()["total"]
    until("the trigger looks", lambda: simulator.requests()["total"] > looks + 2)
    world.waits("definitions")
    until("a triggerer has come back", world.triggerer_is_back.is_set)
    simulator.load_presence([{"systemPresence": "Break", "languageLabels": {"en_US": "Smoke"}}])
    run.until("success")
    link(run, "statuses")
    summary = run.summary()
    must(summary["done"] and summary["looks"] > 1, f"its summary: {summary}")
    return (
        f"a sensor waited over the kill of the triggerer, and ended with look {summary['looks']} of its last triggerer"
    )


def short(world: World) -> str:
    """Sensors whose ``timeout`` is shorter than the scheduler needs to hear of a process' end are skipped, not lost."""
    run = world.api.run("short")
    for index in range(SHORT):
        run.until("skipped", index=index)
        equal(run.instance(index)["try_number"], 1, f"tries of {index}")
        must(not run.summary(index)["done"], f"the summary of {index}")
    return f"{SHORT} mapped sensors with a timeout of five seconds were skipped at their first try"


def configuration(world: World) -> str:
    """A sensor that has come back from the triggerer to look is killed, and waits and sees again."""
    simulator = world.simulators["configuration"]
    run = world.api.run("configuration")
    run.until("deferred")
    link(run, "admin")
    looks = simulator.requests()["total"]
    until("the trigger looks", lambda: simulator.requests()["total"] > looks)
    simulator.add_fault(path="/api/v2/presence/definitions", latency_ms=4_000)
    simulator.load_presence([{"systemPresence": "Break", "languageLabels": {"en_US": "Smoke"}}])
    os.kill(pid_of(run), signal.SIGKILL)
    run.until("up_for_retry", "scheduled", "queued")
    link(run, "admin")
    run.until("success")
    link(run, "admin")
    equal(run.instance()["try_number"], 2, "tries")
    summary = run.summary()
    must(summary["done"] and summary["found"]["changed"], f"its summary: {summary}")
    return "killed when it had come back to look what changed; its next try saw the same"


def triggerer(world: World) -> str:
    """The triggerer is killed while all wait, and another one takes over what it had."""
    for case, event in world.deferred.items():
        until(f"{case} waits", event.is_set)
    world.processes.kill("triggerer")
    time.sleep(3)
    world.processes.start("triggerer")
    world.triggerer_is_back.set()
    return f"killed while {', '.join(world.deferred)} waited"


def limited(world: World) -> str:
    """A ``@task`` that was told when to come back is tried again then, whatever its ``retry_delay``."""
    seen = [_limited(world, name) for name in ("limited", "limited_operator")]
    return f"told to wait 10 s, with a retry_delay of an hour: tried again after {' and '.join(seen)} s"


def _limited(world: World, name: str) -> str:
    simulator = _as_new(world, "limited")
    simulator.add_fault(path=POST, status=429, retry_after=10, count=1)
    run = world.api.run(name)
    run.until("up_for_retry")
    if name.endswith("operator"):
        link(run, "agents")
    run.until("success")
    equal(run.instance()["try_number"], 2, f"tries of {name}")
    equal(
        simulator.ledger(), {"accepted": EVENTS // 2, "distinct": EVENTS // 2, "duplicates": 0}, "the server's account"
    )
    first, second, *_ = posted(simulator)
    must(second - first >= 10, f"{name} came back after {second - first:.1f} s")
    return f"{second - first:.0f}"


def refused(world: World) -> str:
    """Refused events fail a ``@task`` at once, though it has tries left."""
    for name in ("refused", "refused_operator"):
        _as_new(world, "refused").add_fault(path=POST, partial={"retryable": False, "every": 100})
        run = world.api.run(name)
        run.until("failed")
        equal(run.instance()["try_number"], 1, f"tries of {name}")
        if name.endswith("operator"):
            link(run, "agents")
            equal(run.summary()["rejected"], EVENTS // 200, "rejected")
    return f"{EVENTS // 200} of {EVENTS // 2} events refused: failed at the first of four tries, all others published"


def _as_new(world: World, name: str) -> SimulatorHandle:
    """Return a simulator that has forgotten what came before."""
    simulator = world.simulators[name]
    simulator.reset()
    simulator.settings(requests_per_minute=PLENTY)
    return simulator


CASES: dict[str, tuple[Case, tuple[str, ...]]] = {
    "told_to_wait": (told_to_wait, ("told_to_wait",)),
    "outage": (outage, ("outage",)),
    "killed_task": (killed_task, ("killed_task",)),
    "killed_worker": (killed_worker, ("killed_worker",)),
    "mapped": (mapped, ("mapped",)),
    "definitions": (definitions, ("definitions",)),
    "short": (short, ("short",)),
    "configuration": (configuration, ("configuration",)),
    "triggerer": (triggerer, ()),
}
"""Each case, with the connections that it needs."""
if AIRFLOW.release >= (3, 3):
    CASES["limited"] = (limited, ("limited",))
    CASES["refused"] = (refused, ("refused",))
WAITING = ("outage", "mapped", "definitions")
"""The cases that the kill of the triggerer waits for."""


def pid_of(run: Run) -> int:
    """Return the process of a task that runs again: Airflow 2 says that it does before it knows in which."""

    def look() -> int | None:
        now = run.until("deferred", "scheduled", "queued", "running")
        return now["pid"] if now["state"] == "running" else None

    pid: int = until(f"{run.dag_id} runs in a process", look)
    return pid


def posted(simulator: SimulatorHandle) -> list[float]:
    """Return when the requests with events arrived, in order."""
    return sorted(each["time"] for each in simulator.requests(1_000)["requests"] if each["path"] == POST)


def moments(world: World, case: str) -> list[datetime]:
    """Return until when a publish said that it leaves its worker, each time, from its log."""
    logs = world.processes.home.glob(f"logs/dag_id={case}/**/attempt=*.log")
    told = [moment for log in logs for moment in re.findall(r"worker is left until (\S+?),", log.read_text())]
    return [datetime.fromisoformat(moment) for moment in told]


def link(run: Run, page: str, index: int = -1) -> None:
    """Raise unless a task shows its link."""
    equal(run.link(index), f"{APPS}{PAGES[page]}", f"the link of {run.dag_id}")  # type: ignore[index]


def publishes_each_once(run: Run, simulator: SimulatorHandle) -> None:
    """Raise unless both accounts say that each event was accepted, and once."""
    equal(simulator.ledger(), {"accepted": EVENTS, "distinct": EVENTS, "duplicates": 0}, "the server's account")
    summary = run.summary()
    equal((summary["accepted"], summary["read"], summary["complete"]), (EVENTS, EVENTS, True), "its account")
    equal(run.instance()["try_number"], 1, "tries")
    link(run, "agents")
