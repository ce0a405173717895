"""Whole jobs on an object store that has weather: operators with all of their files on an S3, killed and tried again.

``python -m tests.store [--runs 13] [--seed N] [--only JOB ...]`` starts moto's S3, a proxy with weather before it and
the simulator, prints a table and what is wrong with which world, and ends non-zero if anything is. ``--show`` prints
what goes wrong in each, and runs nothing. A seed chooses the faults; kills come at real times.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.chaos import figures as figures_of_worlds
from tests.harness.commands import end_by_signals, one_or_more, say
from tests.store.weather import STORE, Leg, legs

if TYPE_CHECKING:
    from tests.chaos.server import Server
    from tests.store.jobs import Attempt, Job
    from tests.store.s3 import Store

SEED = 20260101
NAMES = ("publish", "publish-never-twice", "sync", "export", "transfer")


@dataclass(kw_only=True)
class Figures(figures_of_worlds.Figures):
    """What all worlds of a job together had."""

    faults: int = 0


def main(arguments: list[str] | None = None) -> int:
    """Run as the command line says; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.store", description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=one_or_more, default=len(STORE), help="worlds of each job")
    parser.add_argument("--first", type=int, default=0, help="number of the first world, to see one again")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--only", nargs="+", choices=NAMES, default=[*NAMES], metavar="JOB")
    parser.add_argument("--show", action="store_true", help="print what would go wrong, and run nothing")
    asked = parser.parse_args(arguments)
    worlds = range(asked.first, asked.first + asked.runs)
    if asked.show:
        for job in asked.only:
            for world in worlds:
                for number, leg in enumerate(legs(asked.seed, job, world), 1):
                    say(f"{job} {world}, try {number}: {leg}")
        return 0
    folder = Path(tempfile.mkdtemp(prefix="genesys-on-a-store-"))
    os.environ.setdefault("AIRFLOW_HOME", str(folder / "airflow"))
    try:
        found = _run_all(asked, worlds, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return 1 if any(figures.wrong for figures in found.values()) else 0


def _run_all(asked: argparse.Namespace, worlds: range, folder: Path) -> dict[str, Figures]:
    from tests.chaos.server import Server  # noqa: PLC0415 - Airflow is imported when its home is set
    from tests.store.s3 import running  # noqa: PLC0415

    found: dict[str, Figures] = {}
    say(f"seed {asked.seed}")
    with running(folder) as store, Server() as server:
        connect(store, server)
        for job in asked.only:
            began = time.monotonic()
            found[job] = Figures()
            for world in worlds:
                run(found[job], server, store, folder / job / f"{world}", job, seed=asked.seed, number=world)
            found[job].seconds = time.monotonic() - began
            _print_row(job, found[job], first=len(found) == 1)
    return found


def connect(store: Store, server: Server) -> None:
    """Have the connections of the tasks lead to these."""
    handle = server.handle
    os.environ |= {
        "AIRFLOW_CONN_STORE": store.connection_json,
        "AIRFLOW_CONN_GENESYS_CLOUD_DEFAULT": handle.connection_json,
        "AIRFLOW_CONN_VONAGE_CONTACT_CENTER_DEFAULT": handle.vonage_connection_json,
    }


def run(figures: Figures, server: Server, store: Store, folder: Path, name: str, *, seed: int, number: int) -> None:
    """Run a world, and add what it had to the figures.

    :param folder: a new one, for what its tries say and for copies of what is on the store.
    :param seed: of the whole run.
    :param number: the world's.
    """
    from tests.store.jobs import JOBS  # noqa: PLC0415 - as above

    figures.worlds += 1
    folder.mkdir(parents=True)
    server.begin(number)
    store.clear()
    schedule = legs(seed, name, number)
    try:
        job = JOBS[name](server, store, f"{seed}/{name}/{number}", folder)
        complaints = _World(figures, server, store, folder).run(job, schedule)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is what is wrong with this world
        said = [line for file in folder.glob("said") for line in file.read_text(errors="replace").splitlines()[-8:]]
        complaints = [f"{type(error).__name__}: {error}", *said]
    counts = store.log()["counts"]
    figures.faults += sum(count for what, count in counts.items() if ": " in what)
    figures.requests += sum(count for what, count in counts.items() if ": " not in what)
    accepted = server.accepted()
    figures.repeated += accepted.total() - len(accepted)
    told = "; ".join(map(str, schedule))
    figures.wrong += [f"{name} {number} ({told}): {complaint}" for complaint in complaints]


class _World:
    """Tries that go wrong as a schedule says, one that is calm, and what came of it."""

    def __init__(self, figures: Figures, server: Server, store: Store, folder: Path) -> None:
        self._figures, self._server, self._store, self._folder = figures, server, store, folder

    def run(self, job: Job, schedule: tuple[Leg, ...]) -> list[str]:
        """Return what is wrong."""
        from tests.chaos.kills import LANES  # noqa: PLC0415 - as above

        complaints: list[str] = []
        left = 0  # requests to the API that killed and failed tries had in flight
        self._server.calm(*job.rules)
        for attempt in job.attempts():
            for number, leg in enumerate(schedule, 1):
                self._server.weather(leg.api, job.rules)
                self._store.weather(*leg.rules(), seed=number)
                result = self._try(attempt, number, None if leg.killed is None else leg.killed * job.seconds)
                left += 0 if result and not result["error"] else LANES
                complaints += _told_wrongly(result, leg)
            self._server.calm(*job.rules)
            self._store.weather()
            self._server.settle()
            result = self._try(attempt, len(schedule) + 1, None) or {}
            if result["error"] is not None:
                return [*complaints, f"the last try ended with {result['error']}: {result['message']}"]
            complaints += job.complaints(result, left + self._server.unanswered())
        return complaints

    def _try(self, attempt: Attempt, number: int, killed_after: float | None) -> dict[str, Any] | None:
        from tests.chaos.tries import Try  # noqa: PLC0415 - as above

        result = Try(partial(quietly, attempt, number, self._folder / "said")).end(killed_after)
        self._figures.tries += 1
        if result is None:
            self._figures.kills += 1
        elif result["error"] is not None:
            self._figures.failed += 1
            self._figures.errors[result["error"]] += 1
        return result


def quietly(attempt: Attempt, number: int, file: Path) -> dict[str, Any]:
    """Make a try whose log goes into a file."""
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for each in (1, 2):
        os.dup2(descriptor, each)
    return attempt(number)


def _told_wrongly(result: dict[str, Any] | None, leg: Leg) -> list[str]:
    """Return what is wrong with how a try ended in bad weather: what may pass is for Airflow to try again."""
    if result and result["final"] and "no PUT any more" not in leg.store:
        return [f"no other try would be made after {leg}: {result['message']}"]
    return []


def _print_row(job: str, figures: Figures, *, first: bool) -> None:
    row = figures.row()
    if first:
        say(f"{'':<22}" + "".join(f"{name:>12}" for name in row))
    say(f"{job:<22}" + "".join(f"{number:>12,}" for number in row.values()))
    if figures.errors:
        say(f"{'':<22}  tries ended with {dict(figures.errors)}")
    for complaint in figures.wrong:
        say(complaint)


if __name__ == "__main__":
    end_by_signals()
    sys.exit(main())
