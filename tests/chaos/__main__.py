"""Worlds in which much goes wrong at once, for every job, chosen by a seed.

``python -m tests.chaos [--runs 20] [--seed N] [--only JOB ...]`` prints a table, what is wrong with which world, and
ends non-zero if anything is. ``--show`` prints what each world is made of, and runs nothing. The same seed chooses the
same faults; kills, restarts and jumps come at real times, and which request a fault strikes is the server's matter, so
that what they hit is another request each time.
"""

from __future__ import annotations

import argparse
import logging
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

from tests.chaos.jobs import JOBS
from tests.chaos.schedule import legs
from tests.chaos.server import Server
from tests.chaos.worlds import Figures, run
from tests.harness.commands import end_by_signals, one_or_more

SEED = 20260101


def main(arguments: list[str] | None = None) -> int:
    """Run as the command line says; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=one_or_more, default=20, help="worlds of each job")
    parser.add_argument("--first", type=int, default=0, help="number of the first world, to see one again")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--only", nargs="+", choices=JOBS, default=[*JOBS], metavar="JOB")
    parser.add_argument("--show", action="store_true", help="print what would go wrong, and run nothing")
    options = parser.parse_args(arguments)
    worlds = range(options.first, options.first + options.runs)
    if options.show:
        for job in options.only:
            for world in worlds:
                for number, leg in enumerate(legs(options.seed, job, world), 1):
                    print(f"{job} {world}, try {number}: {leg}")  # noqa: T201 - this is a command
        return 0
    logging.basicConfig(level=logging.CRITICAL)
    found = {}
    folder = Path(tempfile.mkdtemp(prefix="genesys-chaos-"))
    # For the job that is an operator.
    os.environ.setdefault("AIRFLOW_HOME", str(folder / "airflow"))
    os.environ.setdefault("AIRFLOW__LOGGING__LOGGING_LEVEL", "CRITICAL")
    try:
        with Server() as server:
            for job in options.only:
                began = time.monotonic()
                found[job] = Figures()
                for world in worlds:
                    run(found[job], server, folder / job / f"{world}", job, seed=options.seed, number=world)
                found[job].seconds = time.monotonic() - began
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    _print(found, options.seed)
    return 1 if any(figures.wrong for figures in found.values()) else 0


def _print(found: dict[str, Figures], seed: int) -> None:
    print(f"seed {seed}")  # noqa: T201 - this is a command
    rows = [figures.row() for figures in found.values()]
    print(f"{'':<22}" + "".join(f"{name:>12}" for name in rows[0]))  # noqa: T201
    for job, row in zip(found, rows, strict=True):
        print(f"{job:<22}" + "".join(f"{number:>12,}" for number in row.values()))  # noqa: T201
    for figures in found.values():
        for complaint in figures.wrong:
            print(complaint)  # noqa: T201


if __name__ == "__main__":
    end_by_signals()
    sys.exit(main())
