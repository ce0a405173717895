"""Client CPU of a published event, from its line to its answer, beside two ways without the provider.

Each way is a process of its own. It sends a few thousand events to warm up, and then counts what the file that is
measured costs, from the first line to the last answer. The ways take turns, and ratios are medians over those rounds,
so that a busy machine slows all of them alike; the lowest and the highest tell how busy it was.

Nothing is kept on one processor, since no worker is. What a client costs that is, is told apart: there it hands its
lock around for less.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import samples
from benchmarks.processes import ROOT, apart_from, fast_server, run
from benchmarks.report import Figure, at_least, at_most

GROUP = "CPU"
BARE, OURS, SDK = "bare script", "provider", "official SDK"
_ROUNDS = 7
_WARM_UP = 3_000
_LESS_THAN_SDK = 1.9
_SDK_ENVIRONMENT = ROOT / ".bench" / "sdk"
SDK_REQUIREMENTS = Path(__file__).with_name("requirements-sdk.txt")

_Way = Callable[[Path, Path, Path, str], dict[str, Any]]
"""Sends a file after another to warm up, with a folder for artifacts, to a server; returns what it cost."""


@dataclass(frozen=True)
class _Situation:
    """Under which circumstances the ways are compared.

    :param name: what is told of it.
    :param limit: what the provider may cost at most, as a multiple of the bare script; ``None`` where it only informs.
    :param latency: milliseconds until the server answers.
    :param per_minute: requests a minute that both keep to; 0 for as many as they can.
    :param pinned: whether the client is kept on one processor.
    :param airflow: whether the provider's process has imported Airflow.
    :param sdk: whether the official SDK is compared too.
    """

    name: str
    stream: str
    events: int
    limit: float | None
    latency: float = 0
    per_minute: float = 0
    pinned: bool = False
    airflow: bool = False
    sdk: bool = False


_SITUATIONS = (
    _Situation("full speed", "user_presences", 100_000, 1.3, sdk=True),
    _Situation("full speed", "conversations", 100_000, 1.45, sdk=True),
    _Situation("full speed, Airflow imported", "user_presences", 100_000, 1.3, airflow=True),
    _Situation("20 ms", "user_presences", 20_000, None, latency=20),
    _Situation("100 ms", "user_presences", 10_000, 1.0, latency=100),
    _Situation("300 a minute, 100 ms", "user_presences", 10_000, 1.5, latency=100, per_minute=300),
    _Situation("full speed, on one processor", "user_presences", 100_000, None, pinned=True),
    _Situation("full speed, on one processor", "conversations", 100_000, None, pinned=True),
)


def measure(folder: Path, say: Callable[[str], None]) -> Iterator[Figure]:
    """Yield the figures of each situation."""
    try:
        sdk = install_sdk(say)
    except (OSError, subprocess.CalledProcessError) as error:
        sdk = None
        yield Figure(GROUP, SDK, f"cannot be installed: {error}")
    for situation in _SITUATIONS:
        costs = _costs(situation, folder, sdk if situation.sdk else None, say)
        yield from _figures(situation, costs)
    load = "; ".join(f"{value:.1f}" for value in os.getloadavg())
    yield Figure(GROUP, f"load of the machine over the last 1, 5 and 15 minutes, {os.cpu_count()} processors", load)


def per_event(folder: Path, say: Callable[[str], None], *, rounds: int) -> dict[str, dict[str, float]]:
    """Return microseconds of an event at full speed, medians over few rounds, by stream and by way.

    The official SDK is left out where it cannot be installed.
    """
    try:
        sdk = install_sdk(say)
    except (OSError, subprocess.CalledProcessError):
        sdk = None
    return {
        situation.stream: {
            way: _microseconds(situation, each)
            for way, each in _costs(situation, folder, sdk, say, rounds=rounds).items()
        }
        for situation in _SITUATIONS
        if situation.sdk
    }


def limit_of(stream: str) -> float | None:
    """Return what the provider may cost at full speed at most, as a multiple of the bare script."""
    return next(situation.limit for situation in _SITUATIONS if situation.sdk and situation.stream == stream)


def _costs(
    situation: _Situation, folder: Path, sdk: str | None, say: Callable[[str], None], *, rounds: int = _ROUNDS
) -> dict[str, list[dict[str, Any]]]:
    """Return what each way cost, round by round."""
    warm_up, source = folder / "warm-up.jsonl", folder / "input.jsonl"
    samples.write(situation.stream, warm_up, _WARM_UP)
    samples.write(situation.stream, source, situation.events)
    ways = _ways(situation, sdk)
    costs: dict[str, list[dict[str, Any]]] = {way: [] for way in ways}
    with (
        fast_server(situation.latency, 0 if situation.per_minute else 10_000_000) as server,
        apart_from(server.pid) if situation.pinned else nullcontext(),
    ):
        for number in range(rounds):
            say(f"CPU, {situation.stream}, {situation.name}: round {number + 1} of {rounds}")
            for way, send in ways.items():
                artifacts = folder / f"{situation.stream}-{situation.name}-{number}"
                costs[way].append(send(warm_up, source, artifacts, server.url))
    return costs


def _ways(situation: _Situation, sdk: str | None) -> dict[str, _Way]:
    stream, per_minute = situation.stream, situation.per_minute
    more = [*(["--per-minute", per_minute] if per_minute else []), *(["--airflow"] if situation.airflow else [])]
    ways: dict[str, _Way] = {
        BARE: lambda warm_up, source, _, url: run("benchmarks.bare", stream, warm_up, source, url, per_minute).result,
        OURS: lambda warm_up, source, artifacts, url: (
            run("benchmarks.publish", stream, source, artifacts, url, "--warm-up", warm_up, *more).result
        ),
    }
    if sdk:
        ways[SDK] = lambda warm_up, source, _, url: (
            run("benchmarks.sdk", stream, warm_up, source, url, python=sdk).result
        )
    return ways


def _figures(situation: _Situation, costs: Mapping[str, list[dict[str, Any]]]) -> Iterator[Figure]:
    what = f"{situation.stream}, {situation.name}"
    for way, rounds in costs.items():
        microseconds = _microseconds(situation, rounds)
        yield Figure(GROUP, f"{what}: {way}", f"{microseconds:.2f} us/event", microseconds)
    yield _compared(f"{what}: provider / bare script", costs[OURS], costs[BARE], at_most, situation.limit)
    if SDK in costs:
        yield _compared(f"{what}: official SDK / provider", costs[SDK], costs[OURS], at_least, _LESS_THAN_SDK)
    provider = costs[OURS]
    requests = provider[0]["summary"]["requests"]
    for name, key in (("switches", "switches"), ("writes of the ledger", "writes"), ("turns of the loop", "turns")):
        number = statistics.median(cost[key] for cost in provider) / requests
        yield Figure(GROUP, f"{what}: {name} a request", f"{number:.2f}", number)
    if situation.per_minute:
        number = statistics.median(cost["switches"] / cost["seconds"] for cost in provider)
        yield Figure(GROUP, f"{what}: wake-ups a second", f"{number:.1f}", number)


def _microseconds(situation: _Situation, rounds: list[dict[str, Any]]) -> float:
    return float(statistics.median(cost["cpu"] for cost in rounds)) / situation.events * 1e6


def _compared(
    what: str,
    costs: list[dict[str, Any]],
    others: list[dict[str, Any]],
    judge: Callable[[str, str, float, float, str], Figure],
    limit: float | None,
) -> Figure:
    """Return the median of the ratios, round by round, with the lowest and the highest."""
    ratios = sorted(cost["cpu"] / other["cpu"] for cost, other in zip(costs, others, strict=True))
    ratio = statistics.median(ratios)
    unit = f"x ({ratios[0]:.2f} to {ratios[-1]:.2f})"
    if limit is None:
        return Figure(GROUP, what, f"{ratio:.2f} {unit}", ratio)
    figure = judge(GROUP, what, ratio, limit, "x")
    return Figure(GROUP, what, f"{ratio:.2f} {unit}", ratio, figure.target, figure.met)


def install_sdk(say: Callable[[str], None]) -> str:
    """Make the SDK's environment, once for each version, and return its interpreter."""
    python = _SDK_ENVIRONMENT / "bin" / "python"
    installed = _SDK_ENVIRONMENT / "installed.txt"
    wanted = SDK_REQUIREMENTS.read_text()
    if not installed.exists() or installed.read_text() != wanted:
        say("Installing the official SDK to compare with (once)")
        subprocess.run([sys.executable, "-m", "venv", "--clear", _SDK_ENVIRONMENT], check=True)
        subprocess.run([python, "-m", "pip", "install", "-qq", "-r", SDK_REQUIREMENTS], check=True)
        installed.write_text(wanted)
    return str(python)
