"""Kill a publishing process at random moments, let another try finish, and compare its account with the server's.

``python -m tests.chaos.kills --runs 1000 [--seed N]`` prints a table and ends non-zero when an event was lost, was
sent again though it was not in flight, or an account does not add up. Every run publishes the same file, kills one to
three tries with SIGKILL, and then lets one finish; every fourth run says ``on_unknown="dead_letter"``, where no event
may be accepted twice.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import random
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

from airflow_provider_genesys.simulator.process import SimulatorHandle, running_simulator
from tests.chaos import child
from tests.contract.kinds import uid
from tests.contract.worlds import FATES, presence, write_lines
from tests.harness.commands import end_by_signals, one_or_more
from tests.harness.simulated import accepted

EVENTS = 3_000
LANES = 8
# Refused by the server, invalid, the same again: each run has all fates.
REFUSED, INVALID, DUPLICATES = 30, 20, 40


Attempt: TypeAlias = Callable[[], dict[str, Any]]
"""Runs one try and returns what became of it."""


@dataclass
class Figures:
    """What all runs together found."""

    runs: int = 0
    kills: int = 0
    too_late: int = 0
    lost: int = 0
    repeated: int = 0
    refused_later: int = 0
    most_repeated: int = 0
    unknown: int = 0
    wrong: list[str] = field(default_factory=list)


def main(arguments: list[str] | None = None) -> int:
    """Run as the command line says; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=one_or_more, default=50)
    parser.add_argument("--seed", type=int, default=20260101)
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.ERROR)
    began = time.monotonic()
    figures = Figures()
    folder = Path(tempfile.mkdtemp(prefix="genesys-kills-"))
    try:
        with running_simulator("--requests-per-minute", "1000000") as simulator:
            source = write_lines(folder / "input.jsonl", events())
            for run in range(options.runs):
                _run(figures, simulator, folder / f"{run}", source, random.Random(f"{options.seed}:{run}"))
                shutil.rmtree(folder / f"{run}", ignore_errors=True)
                if sys.stdout.isatty() or (run + 1) % 50 == 0:
                    end = "\r" if sys.stdout.isatty() else "\n"
                    print(f"{run + 1} of {options.runs} runs, {figures.kills} kills", end=end, flush=True)  # noqa: T201
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    _print(figures, time.monotonic() - began)
    return 1 if figures.lost or figures.wrong else 0


def events() -> list[dict[str, Any]]:
    """Return what is published: events of all fates, in an order that is always the same."""
    found = [presence(number, users=200) for number in range(EVENTS)]
    found += [presence(number, users=200, status="x") for number in range(EVENTS, EVENTS + INVALID)]
    found += found[:DUPLICATES]
    random.Random(7).shuffle(found)
    return found


def _run(figures: Figures, simulator: SimulatorHandle, folder: Path, source: str, chance: random.Random) -> None:
    simulator.reset()
    seed = chance.randrange(10_000)
    simulator.seed(seed)
    _go_wrong(simulator, chance)
    never_twice = figures.runs % 4 == 3
    settings = {
        "max_in_flight": LANES,
        "max_rejected": "100%",
        "on_unknown": "dead_letter" if never_twice else "resend",
    }
    attempt = partial(child.publish, simulator.base_url, folder, source, settings)
    figures.runs += 1
    kills = 0
    for _ in range(chance.randint(1, 3)):
        if killed(attempt, chance.uniform(0.0, 0.45)):
            kills += 1
            settle_down(simulator)
    figures.kills += kills
    figures.too_late += kills == 0
    result = finish(attempt)
    for complaint in _compare(figures, simulator, folder, result, kills, never_twice=never_twice):
        figures.wrong.append(f"run {figures.runs - 1}: {complaint}")


def _go_wrong(simulator: SimulatorHandle, chance: random.Random) -> None:
    simulator.settings(requests_per_minute=1_000_000, latency_ms=chance.uniform(5, 20))
    simulator.add_fault(path="*/events/*", status=503, retry_after=0, probability=0.05)
    simulator.add_fault(path="*/events/*", status=413, probability=0.02)
    refused = [uid(number) for number in range(REFUSED)]
    rule = {"retryable": False, "event_ids": refused} if chance.random() < 0.5 else {"retryable": True, "every": 50}
    simulator.add_fault(path="*/events/*", partial=rule)


def killed(attempt: Attempt, after: float) -> bool:
    """Run a try and kill it after so many seconds; return whether it was still running."""
    process = os.fork()
    if process == 0:
        be_a_try(attempt, None)
    deadline = time.monotonic() + after
    while time.monotonic() < deadline:
        if os.waitpid(process, os.WNOHANG)[0]:
            return False
        time.sleep(0.002)
    os.kill(process, signal.SIGKILL)
    os.waitpid(process, 0)
    return True


def finish(attempt: Attempt) -> dict[str, Any]:
    """Run a try to its end and return what it says."""
    receiver, sender = os.pipe()
    process = os.fork()
    if process == 0:
        os.close(receiver)
        be_a_try(attempt, sender)
    os.close(sender)
    with os.fdopen(receiver) as answer:
        text = answer.read()
    os.waitpid(process, 0)
    result: dict[str, Any] = json.loads(text)
    return result


def be_a_try(attempt: Attempt, sender: int | None) -> None:
    """Never returns: the process ends here."""
    write, status = os.write, 1  # as it is before the attempt fills the disk
    try:
        text = json.dumps(attempt())
        if sender is not None:
            write(sender, text.encode())
        status = 0
    except BaseException:
        traceback.print_exc()
        raise
    finally:
        os._exit(status)


def settle_down(simulator: SimulatorHandle) -> None:
    """Wait until the server has dealt with what the killed process had sent."""
    before = -1
    while (accepted := simulator.ledger()["accepted"]) != before:
        before = accepted
        time.sleep(0.03)


def _compare(
    figures: Figures,
    simulator: SimulatorHandle,
    folder: Path,
    result: dict[str, Any],
    kills: int,
    *,
    never_twice: bool,
) -> list[str]:
    """Return what is wrong after a run."""
    summary = result["summary"]
    taken = accepted(simulator)
    letters = [
        json.loads(line)["dead_letter"]
        for file in (folder / "dead-letters").glob("*.jsonl")
        for line in file.read_text().splitlines()
    ]
    by_fate = Counter(letter["fate"] for letter in letters)
    rejected = {letter["event_id"] for letter in letters if letter["fate"] == "rejected"}
    unknown = {letter["event_id"] for letter in letters if letter["fate"] == "unknown"}
    lost = {uid(number) for number in range(EVENTS)} - taken.keys() - rejected - unknown
    repeated = sum(taken.values()) - len(taken)
    # Sent by a try that was killed before the answer, taken by the server, and refused when it was sent again: the last
    # answer is the one that counts, and no ledger can know of the first.
    taken_before = rejected & taken.keys()
    figures.refused_later += len(taken_before)
    figures.lost += len(lost)
    figures.repeated += repeated
    figures.unknown += len(unknown)
    figures.most_repeated = max(figures.most_repeated, repeated // max(kills, 1))
    checks = {
        f"the try ended with {result['error']}: {result['message']}": result["error"] is None,
        f"{len(lost)} events are lost": not lost,
        f"the account does not add up: {summary}": summary["read"] == sum(summary[fate] for fate in FATES),
        f"it is not complete: {summary}": summary["complete"] and summary["pending"] == 0,
        f"{summary['read']} read": summary["read"] == EVENTS + INVALID + DUPLICATES,
        f"dead letters {by_fate} are not those of {summary}": all(
            summary[fate] == by_fate[fate] for fate in ("rejected", "invalid", "unknown")
        ),
        f"{summary['accepted']} accepted, {len(taken.keys() - unknown - taken_before)} by the server": (
            summary["accepted"] == len(taken.keys() - unknown - taken_before)
        ),
        f"{len(taken_before)} both accepted and rejected in {kills} kills": len(taken_before) <= kills * LANES,
        f"{repeated} repeated in {kills} kills": repeated <= (0 if never_twice else kills * LANES * 100),
        f"{summary['duplicate']} duplicates": summary["duplicate"] == DUPLICATES,
        f"{summary['invalid']} invalid": summary["invalid"] == INVALID,
    }
    return [complaint for complaint, right in checks.items() if not right]


def _print(figures: Figures, seconds: float) -> None:
    rows = {
        "runs": figures.runs,
        "kills": figures.kills,
        "runs that ended before the kill": figures.too_late,
        "events lost": figures.lost,
        "events repeated": figures.repeated,
        "most repeated per kill": figures.most_repeated,
        "refused when repeated": figures.refused_later,
        "events unknown (on_unknown=dead_letter)": figures.unknown,
        "runs with anything wrong": len(figures.wrong),
        "seconds": round(seconds),
    }
    for name, number in rows.items():
        print(f"{name:<42}{number:>10,}")  # noqa: T201 - this is a command
    for complaint in figures.wrong[:20]:
        print(complaint)  # noqa: T201 - as above


if __name__ == "__main__":
    end_by_signals()
    sys.exit(main())
