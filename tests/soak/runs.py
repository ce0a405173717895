"""The two runs of a soak: what is started, watched and held against the simulator's account."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Protocol

import psutil

from airflow_provider_genesys.simulator.process import running_simulator
from tests.contract.worlds import presence
from tests.live.api import until
from tests.live.processes import ROOT, environment_of, free_port
from tests.soak import accounts
from tests.soak.publishing import SUMMARIES
from tests.soak.watching import Watched

Say = Callable[[str], None]
PER_MINUTE, BODY = 300, 100
TOKEN = 1 / 12
"""Share of the time that a token lives: five minutes of an hour."""
LONG, SHORT = 1 / 2, (1 / 12,) * 6
"""Shares of the time that publishes take: what leaks with a request, and what leaks with a publish."""
SENSORS, INTERVAL = 200, 30.0
LOOKS_PER_MINUTE = 1_000
"""The allowance there: 200 sensors that look every 30 s need more than 300."""
LOOKING: dict[str, float] = {"threads": 32, "sockets": 32}
"""So many looks at a time there may be: their threads and connections stay once they were needed, and one busy minute
of the machine needs more of them than all before. Of a leak there would be one for each of 24,000 looks."""
SAMPLES, SHORTEST = 360, 0.5
"""How often is looked, and the shortest time between two looks in seconds."""
USERS = [f"{number:08}-942f-489d-9700-5f9bcdcdae9b" for number in range(20)]
OFFLINE, BREAK = "ccf3c10a-aa2c-4845-8e8d-f59fa48c58e5", "227b37e2-f1d0-4dd0-8f50-badd7cf6d158"


class Run(Protocol):
    """A run that has been started."""

    def go(self, over: threading.Event) -> list[str]:
        """Run it to its end, or until somebody says that it is over; return what is wrong then."""


class Publishing:
    """Publishes under the real pace while one request in a hundred fails.

    :param stack: ends what is started.
    :param home: a folder.
    :param seconds: how long it shall take, nearly.
    :param faults: share of the requests that fail.
    """

    def __init__(self, stack: ExitStack, home: Path, seconds: float, say: Say, faults: float = 0.01) -> None:
        self._say, self._seconds = say, seconds
        pace = ("--requests-per-minute", str(PER_MINUTE), "--token-seconds", _token(seconds))
        self._simulator = stack.enter_context(running_simulator(*pace))
        accounts.go_wrong(self._simulator, faults)
        sizes = [round(seconds * share * PER_MINUTE / 60) * BODY for share in (LONG, *SHORT)]
        self._events = sum(sizes)
        files = [_write(home / f"{number}.jsonl", sum(sizes[:number]), size) for number, size in enumerate(sizes)]
        environment = environment_of(home, free_port())
        environment |= {"AIRFLOW_CONN_GENESYS_CLOUD_DEFAULT": self._simulator.connection_json}
        self._log, self._summaries = home / "publishing.log", home / SUMMARIES
        self._process = stack.enter_context(_python(self._log, environment, "tests.soak.publishing", home, *files))
        until("all is imported", self._is_ready, within=120)

    def go(self, over: threading.Event) -> list[str]:
        """See :meth:`Run.go`."""
        watched = Watched("publishing", psutil.Process(self._process.pid))
        before = watched.look()
        self._say(f"before  {before}")
        assert self._process.stdin is not None
        self._process.stdin.write(b"go\n")
        self._process.stdin.flush()
        requests = accounts.Requests(self._simulator)
        while self._is_ready() and len(self._told()) <= len(SHORT):
            if over.wait(max(self._seconds / SAMPLES, SHORTEST)):
                return ["it was ended before"]
            requests.read()
            held = watched.note()
            if len(watched.course) % 6 == 0:
                ledger = self._simulator.ledger()
                self._say(f"{held}; {ledger['distinct']:,} events, {ledger['duplicates']:,} sent again")
        requests.read()
        after = watched.look()
        self._say(f"after   {after}")
        self._say(f"{len(self._told())} publishes, {requests.sent:,} requests; {dict(requests.faults)}")
        self._say(f"tokens: {self._simulator.requests(0)['totals']['POST /oauth/token']}")
        self._say(f"{watched.compared()}")
        held = watched.grown() + after.beyond(before)
        return held + accounts.published(self._simulator, requests, self._told(), self._events)

    def _is_ready(self) -> bool:
        """Tell whether it has begun to write what it did, and is still there."""
        if self._process.poll() is not None:
            raise RuntimeError(_end_of(self._log))
        return self._summaries.exists()

    def _told(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self._summaries.read_text().splitlines()]


class Waiting:
    """Has Airflow's triggerer wait for what sensors wait for, and at last lets it be so.

    :param stack: ends what is started.
    :param home: a folder.
    :param seconds: how long it shall take.
    """

    def __init__(
        self,
        stack: ExitStack,
        home: Path,
        seconds: float,
        say: Say,
        *,
        sensors: int = SENSORS,
        interval: float = INTERVAL,
    ) -> None:
        self._say, self._seconds, self._home, self._sensors, self._interval = say, seconds, home, sensors, interval
        pace = ("--requests-per-minute", str(LOOKS_PER_MINUTE), "--token-seconds", _token(seconds))
        self._simulator = stack.enter_context(running_simulator(*pace))
        self._simulator.settings(users=USERS)
        self._simulator.load_presence(users=dict.fromkeys(USERS, BREAK))
        self._environment = environment_of(home, free_port()) | {
            "AIRFLOW_CONN_GENESYS_CLOUD_DEFAULT": self._simulator.connection_json,
            "AIRFLOW__CORE__DAGS_FOLDER": str(Path(__file__).with_name("dags")),
            "SOAK_SENSORS": str(sensors),
            "SOAK_INTERVAL": str(interval),
            "SOAK_USERS": " ".join(USERS),
        }
        with _python(home / "migrate.log", self._environment, "airflow", "db", "migrate") as migrating:
            if migrating.wait(180):
                raise RuntimeError(_end_of(home / "migrate.log"))
        command = ("airflow", "triggerer", "--skip-serve-logs")
        self._triggerer = stack.enter_context(_python(home / "triggerer.log", self._environment, *command))

    def go(self, over: threading.Event) -> list[str]:
        """See :meth:`Run.go`."""
        supervisor = psutil.Process(self._triggerer.pid)
        runner = until("the triggerer has its child", supervisor.children)[0]
        time.sleep(min(5, self._seconds))  # what it imports before it has any trigger
        both = [Watched("triggerer", supervisor), Watched("its runner", runner, LOOKING)]
        for watched in both:
            self._say(f"before  {watched.name}: {watched.look()}")
        with _python(self._home / "deferring.log", self._environment, "tests.soak.deferring") as deferring:
            if deferring.wait(600):
                raise RuntimeError(_end_of(self._home / "deferring.log"))
        self._say(f"{self._sensors} sensors are deferred")
        for watched in both:
            watched.begin()
        end = time.monotonic() + self._seconds
        while time.monotonic() < end:
            if over.wait(max(self._seconds / SAMPLES, SHORTEST)):
                return ["it was ended before"]
            for watched in both:
                held = watched.note()
                if len(watched.course) % 6 == 0:
                    self._say(f"{watched.name}: {held}")
        self._simulator.load_presence(users=dict.fromkeys(USERS, OFFLINE))
        until("all are told", lambda: self._deferred() == 0, within=3 * self._interval + 60, every=1)
        time.sleep(2)
        for watched in both:
            self._say(f"after   {watched.name}: {watched.look()}")
            self._say(f"{watched.name}: {watched.compared()}")
        self._say(f"requests: {self._simulator.requests(0)['totals']}")
        grown = [line for watched in both for line in watched.grown()]
        return grown + accounts.waited(self._simulator, self._instances(), self._sensors)

    def _instances(self) -> list[tuple[str, dict[str, Any]]]:
        """Return of each task instance its state, and the event it is resumed with."""
        with sqlite3.connect(self._home / "airflow.db") as database:
            rows = database.execute("select state, next_kwargs from task_instance").fetchall()
        return [(state, json.loads(arguments or "{}").get("event", {})) for state, arguments in rows]

    def _deferred(self) -> int:
        return sum(state == "deferred" for state, _ in self._instances())


RUNS: dict[str, Callable[[ExitStack, Path, float, Say], Run]] = {"publishing": Publishing, "waiting": Waiting}


def _token(seconds: float) -> str:
    return str(max(round(seconds * TOKEN), 4))


def _write(path: Path, first: int, count: int) -> Path:
    with path.open("w", encoding="utf-8") as file:
        file.writelines(f"{json.dumps(presence(number, users=5_000))}\n" for number in range(first, first + count))
    return path


def _end_of(log: Path) -> str:
    return log.read_text(errors="replace")[-2_000:]


def _python(log: Path, environment: dict[str, str], module: object, *arguments: object) -> subprocess.Popen[bytes]:
    with log.open("wb") as file:
        return _Ended(
            [sys.executable, "-m", *map(str, (module, *arguments))],
            env=environment,
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=file,
            stderr=file,
        )


class _Ended(subprocess.Popen[bytes]):
    """A process that is killed where nobody waits for it any more."""

    def __exit__(self, *_: object) -> None:
        self.kill()
        self.wait()
