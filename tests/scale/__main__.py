"""What ``make scale-demo`` runs: a million events by Airflow's Celery engine, of which workers are lost half-way.

``python -m tests.scale [--events N] [--shards N] [--requests-per-minute N] [--keep]`` starts PostgreSQL, Redis, an S3,
the simulator, and of Airflow the scheduler, Dag processor, triggerer, API server and two Celery workers, all on this
machine. It puts the events on the S3, has them cut by key and published by mapped tasks under one allowance, kills one
worker when a third is published, and loses another with its disk at two thirds. It ends with status 1 if an event was
lost, the accounts do not agree, or a target is missed. All processes are ended in any case.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import signal
import sys
import tempfile
import time
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from airflow_provider_genesys.simulator.process import running_simulator
from tests.contract.worlds import presence
from tests.harness.commands import end_by_signals, say
from tests.live.api import Api, LiveError, until
from tests.live.processes import AIRFLOW, Processes, end_orphans, free_port
from tests.scale.services import USER, running, upload

if TYPE_CHECKING:
    from airflow_provider_genesys.simulator.process import SimulatorHandle

LONGEST = 45 * 60
DAG, RUN = "scale", "scale"
PATH = "POST /api/v2/events/users/presence"
LANES, BODY = 12, 100
SLOTS = 4  # of each worker


class Hosts:
    """Celery workers, each with a disk of its own.

    :param processes: what starts and kills them.
    :param folder: where the disks are.
    """

    def __init__(self, processes: Processes, folder: Path) -> None:
        self._processes = processes
        self._folder = folder

    def start(self, name: str) -> None:
        """Start a worker with an empty disk."""
        disk = self._folder / name
        for each in ("tmp", "logs"):
            (disk / each).mkdir(parents=True, exist_ok=True)
        command = ["celery", "worker", "--concurrency", str(SLOTS), "--celery-hostname", f"{name}@localhost"]
        quiet = ["--skip-serve-logs", "--without-mingle", "--without-gossip"]
        own = {"TMPDIR": str(disk / "tmp"), "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(disk / "logs")}
        self._processes.start_as(name, *command, *quiet, **own)

    def kill(self, name: str) -> None:
        """Kill a worker with its tasks."""
        self._processes.kill(name)

    def lose(self, name: str) -> None:
        """Kill a worker with its tasks, and take its disk away."""
        self._processes.kill(name)
        shutil.rmtree(self._folder / name)


def environment(database: str, broker: str, s3: str, simulator: SimulatorHandle, shards: int) -> dict[str, str]:
    """Return the variables by which this Airflow differs from a small one."""
    address = f"postgresql+psycopg2://{database}"
    options = {
        "CORE__DAGS_FOLDER": str(Path(__file__).with_name("dags")),
        "CORE__EXECUTOR": "CeleryExecutor",
        "CORE__PARALLELISM": "64",
        "CORE__MAX_ACTIVE_TASKS_PER_DAG": "64",
        "DATABASE__SQL_ALCHEMY_CONN": address,
        "CELERY__BROKER_URL": broker,
        "CELERY__RESULT_BACKEND": f"db+{address}",
        "CELERY__SYNC_PARALLELISM": "1",
        "CELERY__WORKER_PREFETCH_MULTIPLIER": "1",
        "SCHEDULER__TASK_QUEUED_TIMEOUT": "60",
        "SCHEDULER__TASK_QUEUED_TIMEOUT_CHECK_INTERVAL": "10",
    }
    store = {"conn_type": "aws", "login": "scale", "password": "scale", "extra": {"endpoint_url": s3}}
    return {f"AIRFLOW__{name}": value for name, value in options.items()} | {
        "AIRFLOW_CONN_GENESYS_CLOUD_DEFAULT": simulator.connection_json,
        "AIRFLOW_CONN_S3_SCALE": json.dumps(store | {"extra": {"endpoint_url": s3, "region_name": "us-east-1"}}),
        "SCALE_FOLDER": "s3://s3_scale@genesys-scale",
        "SCALE_SHARDS": str(shards),
    }


def write_events(path: Path, count: int) -> None:
    """Write events of 5,000 users, each event different."""
    with path.open("w", encoding="utf-8") as file:
        file.writelines(f"{json.dumps(presence(number, users=5_000))}\n" for number in range(count))


def watch(api: Api, simulator: SimulatorHandle, hosts: Hosts, events: int) -> list[tuple[float, int]]:
    """Kill workers on the way; return how many events were accepted at which second."""
    began = time.monotonic()
    deaths = [(events // 3, "w1", hosts.kill, "w3"), (2 * events // 3, "w2", hosts.lose, "w4")]
    course: list[tuple[float, int]] = []
    while True:
        accepted = simulator.ledger()["distinct"]
        course.append((time.monotonic() - began, accepted))
        if deaths and accepted >= deaths[0][0]:
            _, name, end, successor = deaths.pop(0)
            end(name)
            hosts.start(successor)
            say(f"{accepted:,} events accepted; {name} is {'lost with its disk' if end == hosts.lose else 'killed'}")
        state = api.get(f"/dags/{DAG}/dagRuns/{RUN}")["state"]
        if state in {"success", "failed"}:
            if state == "failed" or deaths:
                raise LiveError(
                    f"the run is {state} with {accepted:,} events accepted, and {len(deaths)} deaths to come"
                )
            return course
        time.sleep(1)


def judge(
    api: Api, simulator: SimulatorHandle, course: list[tuple[float, int]], asked: argparse.Namespace
) -> list[str]:
    """Print the figures; return what is wrong."""
    events, pace = asked.events, asked.requests_per_minute
    base = f"/dags/{DAG}/dagRuns/{RUN}/taskInstances"
    total = api.get(f"{base}/account/xcomEntries/return_value?stringify=false")["value"]
    total = json.loads(total) if isinstance(total, str) else total
    instances = [each for each in api.get(f"{base}?limit=1000")["task_instances"] if each["task_id"] == "publish"]
    ledger, log = simulator.ledger(), simulator.requests(0)
    answers = log["totals"][PATH]
    requests = sum(answers.values())
    throttled = answers.get("429", 0) / requests
    moving = [(at, count) for at, count in course if 0 < count < events]
    seconds = moving[-1][0] - moving[0][0]
    used = (moving[-1][1] - moving[0][1]) / BODY / (pace / 60 * seconds)
    ends = sorted(datetime.fromisoformat(each["end_date"]) for each in instances)
    spread = (ends[-1] - ends[0]).total_seconds()
    tries = sum(each["try_number"] for each in instances)
    most_doubled = 2 * SLOTS * LANES * BODY
    say(f"account: {total}")
    say(f"server: {ledger}, {requests:,} requests, {answers}")
    say(f"{seconds:.0f} s of publishing at {pace:,} requests a minute; {events / 100 / 300:.0f} min at the usual 300")
    checks = {
        f"every event is accepted once or again: {ledger['distinct']:,} of {events:,}": ledger["distinct"] == events,
        f"the account agrees: {total['accepted']:,} accepted": total["accepted"] == total["read"] == events
        and total["complete"],
        f"sent again by kills: {ledger['duplicates']:,} of at most {most_doubled:,}": ledger["duplicates"]
        <= most_doubled,
        f"answers that are 429: {throttled:.3%} of at most 0.5 %": throttled < 0.005,
        f"use of the allowance: {used:.1%} of at least 95 %": used >= 0.95,
        f"all {asked.shards} tasks ended, after {tries} tries": len(instances) == asked.shards,
        f"none starved: they ended within {spread:.0f} s of each other, of at most {seconds / 2:.0f}": spread
        <= seconds / 2,
    }
    for line, well in checks.items():
        say(f"{'ok     ' if well else 'NOT MET'} {line}")
    return [line for line, well in checks.items() if not well]


def run(stack: ExitStack, home: Path, asked: argparse.Namespace) -> list[str]:
    """Start everything, and publish; return what is wrong."""
    services = stack.enter_context(running(home))
    simulator = stack.enter_context(running_simulator("--requests-per-minute", str(asked.requests_per_minute)))
    write_events(home / "events.jsonl", asked.events)
    say(f"{asked.events:,} events are at {upload(services.s3, home / 'events.jsonl', 'events.jsonl')}")
    port = free_port()
    more = environment(services.database, services.broker, services.s3, simulator, asked.shards)
    processes = Processes(home, port, more)
    stack.callback(processes.end)
    processes.migrate()
    hosts = Hosts(processes, home / "hosts")
    processes.start("api-server", "scheduler", "dag-processor", "triggerer")
    for name in ("w1", "w2"):
        hosts.start(name)
    api = Api(port)
    until("the API answers", api.is_there)
    until("the Dag is known", lambda: DAG in api.dag_ids())
    api.start(DAG, RUN)
    course = watch(api, simulator, hosts, asked.events)
    (home / "course.json").write_text(json.dumps(course))
    return judge(api, simulator, course, asked)


def main() -> int:
    """Run as the command line says; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.scale", description=__doc__.splitlines()[0])
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--shards", type=int, default=8)
    parser.add_argument("--requests-per-minute", type=int, default=3_000)
    parser.add_argument("--keep", action="store_true", help="leave the home with database and logs")
    asked = parser.parse_args()
    signal.alarm(LONGEST)
    began = time.monotonic()
    home = Path(tempfile.mkdtemp(prefix="genesys-scale-"))
    say(f"Airflow {AIRFLOW} on Python {platform.python_version()}, {os.cpu_count()} processors; user {USER}, in {home}")
    wrong: list[Any] = ["it did not end"]
    try:
        with ExitStack() as stack:
            wrong = run(stack, home, asked)
    finally:
        if wrong:
            for log in sorted(home.glob("*.log")):
                say(f"--- {log.name}")
                say("\n".join(line[:300] for line in log.read_text(errors="replace").splitlines()[-20:]))
        end_orphans()
        if not asked.keep:
            shutil.rmtree(home, ignore_errors=True)
    say(f"{time.monotonic() - began:.0f} s in all")
    return 1 if wrong else 0


if __name__ == "__main__":
    end_by_signals()
    sys.exit(main())
