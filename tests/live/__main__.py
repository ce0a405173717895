"""What ``make live`` runs: a real Airflow, of which parts are killed while tasks wait and come back.

``python -m tests.live [--only CASE ...] [--night N] [--keep]`` starts a scheduler, a triggerer, an API server and, on
Airflow 3, a Dag processor, in a home of their own, against simulators, and ends with status 1 if a case went wrong. It
takes five minutes on two cores. All processes are ended in any case, after half an hour at the latest.
"""

from __future__ import annotations

import argparse
import json
import platform
import shutil
import signal
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from airflow_provider_genesys.simulator.process import running_simulator
from tests.contract.worlds import presences, write_lines
from tests.harness.commands import say
from tests.harness.fixtures import PLENTY
from tests.live import night
from tests.live.api import OVER, Api, until
from tests.live.cases import CASES, EVENTS, REGION, WAITING, World
from tests.live.processes import AIRFLOW, COMPONENTS, Processes, end_orphans, free_port

if TYPE_CHECKING:
    from airflow_provider_genesys.simulator.process import SimulatorHandle

LONGEST = 30 * 60
STARTING = 300.0
LOG_LINES = 25


def connection(simulator: SimulatorHandle) -> str:
    """Return a connection whose region is known, so that tasks have their link."""
    value = json.loads(simulator.connection_json)
    value["extra"]["region"] = REGION
    return json.dumps(value)


def start(stack: ExitStack, home: Path, names: list[str], nights: int) -> World:
    """Start simulators and Airflow; what was started is ended with the stack."""
    simulators = {}
    for name in names:
        simulators[name] = stack.enter_context(running_simulator())
        simulators[name].settings(requests_per_minute=PLENTY, latency_ms=50)
    write_lines(home / "events.jsonl", presences(EVENTS))
    for half in range(2):
        write_lines(home / f"half-{half}.jsonl", presences(EVENTS)[half::2])
    more = {f"AIRFLOW_CONN_{name.upper()}": connection(each) for name, each in simulators.items()}
    port = free_port()
    processes = Processes(home, port, more | {"LIVE_FOLDER": str(home), "LIVE_NIGHT": str(nights)})
    stack.callback(processes.end)
    processes.migrate()
    processes.start(*COMPONENTS)
    threading.Thread(target=keep_running, args=(processes,), daemon=True).start()
    stack.callback(OVER.set)
    api = Api(port)
    until("the API answers", api.is_there, within=STARTING)
    api.add_pool("one", 1)
    api.add_pool("two", 2)
    wanted = {*night.dag_ids(nights)} or {*names}
    until("all Dags are known", lambda: wanted <= api.dag_ids(), within=STARTING)
    return World(api, processes, simulators)


def run_cases(world: World, chosen: list[str]) -> dict[str, str]:
    """Run the cases side by side; return what went wrong, by case."""
    wrong = {}
    world.deferred |= {name: threading.Event() for name in WAITING if name in chosen}
    with ThreadPoolExecutor(len(chosen)) as threads:
        running = {threads.submit(CASES[name][0], world): name for name in chosen}
        try:
            for done in as_completed(running):
                name, error = running[done], done.exception()
                if error is None:
                    say(f"ok      {name}: {done.result()}")
                else:
                    wrong[name] = f"{type(error).__name__}: {error}"
                    say(f"FAILED  {name}: {wrong[name]}")
        finally:
            OVER.set()
    return wrong


def keep_running(processes: Processes) -> None:
    """Start again what ends by itself, until all is over."""
    while not OVER.wait(2):
        for name in processes.start_again():
            say(f"        {name} had ended by itself, and is started again")


def show_logs(home: Path) -> None:
    """Print the end of each component's log."""
    for log in sorted(home.glob("*.log")):
        say(f"--- {log.name}")
        for line in log.read_text(errors="replace").splitlines()[-LOG_LINES:]:
            say(line[:400])


def main(arguments: list[str] | None = None) -> int:
    """Run as the command line says; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.live", description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="+", choices=CASES, help="these cases, instead of all")
    parser.add_argument(
        "--night", type=int, default=0, metavar="N", help="N publishes in a pool of two instead, measured"
    )
    parser.add_argument("--keep", action="store_true", help="leave the home with database and logs")
    asked = parser.parse_args(arguments)
    chosen = [] if asked.night else asked.only or [*CASES]
    names = night.connections(asked.night) + [each for name in chosen for each in CASES[name][1]]
    for ending in (signal.SIGTERM, signal.SIGALRM):
        signal.signal(ending, lambda number, _: sys.exit(f"ended by signal {number}"))
    signal.alarm(LONGEST)
    began = time.monotonic()
    home = Path(tempfile.mkdtemp(prefix="genesys-live-"))
    wrong: dict[str, str] = {}
    try:
        with ExitStack() as stack:
            world = start(stack, home, names, asked.night)
            up = time.monotonic() - began
            say(f"Airflow {AIRFLOW} on Python {platform.python_version()}: all is up after {up:.0f} s")
            if asked.night:
                for line in night.measure(world, asked.night):
                    say(line)
            else:
                wrong = run_cases(world, chosen)
    except Exception:
        show_logs(home)
        raise
    finally:
        if wrong:
            show_logs(home)
        end_orphans()
        if not asked.keep:
            shutil.rmtree(home, ignore_errors=True)
    if chosen:
        say(f"{len(chosen) - len(wrong)} of {len(chosen)} cases passed, {time.monotonic() - began:.0f} s")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
