"""What ``make soak`` runs: an hour of publishing, and beside it an hour of 200 sensors that are deferred.

``python -m tests.soak [--minutes 60] [--only publishing|waiting]`` publishes under the real pace, 300 requests a
minute, with tokens that expire every five minutes and one request in a hundred that fails: one publish takes half of
the time and six shorter ones the rest. At the same time Airflow's triggerer has 200 triggers that look every 30 s. It
prints what each process holds, and ends with status 1 if that grew (see :data:`tests.soak.watching.SLACK`), or if the
accounts and the simulator's do not agree. All processes are ended in any case.
"""

from __future__ import annotations

import argparse
import platform
import shutil
import signal
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

from tests.harness.commands import end_by_signals, say
from tests.live.processes import AIRFLOW, end_orphans
from tests.soak import runs

OVERTIME = 20 * 60


def main(arguments: list[str] | None = None) -> int:
    """Run as the command line says; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--only", choices=runs.RUNS, help="one of them, instead of both")
    asked = parser.parse_args(arguments)
    chosen = [asked.only] if asked.only else [*runs.RUNS]
    signal.alarm(int(asked.minutes * 60 + OVERTIME))
    say(f"Airflow {AIRFLOW} on Python {platform.python_version()}: {asked.minutes:g} minutes of {' and '.join(chosen)}")
    home = Path(tempfile.mkdtemp(prefix="genesys-soak-"))
    wrong: list[str] = []
    over = threading.Event()
    try:
        with ThreadPoolExecutor() as threads:
            try:
                running = []
                for name in chosen:
                    (home / name).mkdir()
                    running.append(threads.submit(_run, name, home / name, asked.minutes * 60, over))
                for each in running:
                    wrong += each.result()
            finally:
                over.set()
    finally:
        end_orphans()
        shutil.rmtree(home, ignore_errors=True)
    for line in wrong:
        say(f"NOT MET {line}")
    return 1 if wrong else 0


def _run(name: str, home: Path, seconds: float, over: threading.Event) -> list[str]:
    began = time.monotonic()

    def tell(line: str) -> None:
        say(f"{time.monotonic() - began:6.0f} s  {name:<11} {line}")

    with ExitStack() as stack:
        run = runs.RUNS[name](stack, home, seconds, tell)
        return run.go(over)


if __name__ == "__main__":
    end_by_signals()
    sys.exit(main())
