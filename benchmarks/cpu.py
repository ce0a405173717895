"""Client CPU of a published event, from JSON Lines to the answer, beside two ways without the provider.

Each way is a process of its own, kept on one processor, and posts to the same fast server on another. What a process
costs however few events it sends (imports, a token, twelve threads) is measured with few and subtracted. The ways take
turns, and the ratios are medians over those rounds, so that a busy machine slows all of them alike.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks import samples
from benchmarks.processes import ROOT, Run, apart_from, fast_server, run
from benchmarks.report import Figure, at_least, at_most

GROUP = "CPU"
_EVENTS = 200_000
_FEW = 2_000
_ROUNDS = 5
# What the provider may cost at most, as a multiple of the bare script.
_LIMITS = {"user_presences": 1.5, "conversations": 1.7}
_LESS_THAN_SDK = 1.5
_SDK_ENVIRONMENT = ROOT / ".bench" / "sdk"
_SDK_REQUIREMENTS = Path(__file__).with_name("requirements-sdk.txt")

_Way = Callable[[Path, Path, str], Run]


def measure(folder: Path, say: Callable[[str], None]) -> Iterator[Figure]:
    """Yield the figures of both streams."""
    try:
        sdk = _install_sdk(say)
    except (OSError, subprocess.CalledProcessError) as error:
        sdk = None
        yield Figure(GROUP, "official SDK", f"cannot be installed: {error}")
    for stream, limit in _LIMITS.items():
        costs = _costs(stream, folder, sdk, say)
        for way, values in costs.items():
            microseconds = statistics.median(values) * 1e6
            yield Figure(GROUP, f"{stream}: {way}", f"{microseconds:.2f} us/event", microseconds)
        ratio = _ratio(costs["provider"], costs["bare script"])
        yield at_most(GROUP, f"{stream}: provider / bare script", ratio, limit, "x")
        if sdk:
            ratio = _ratio(costs["official SDK"], costs["provider"])
            yield at_least(GROUP, f"{stream}: official SDK / provider", ratio, _LESS_THAN_SDK, "x")


def _costs(stream: str, folder: Path, sdk: str | None, say: Callable[[str], None]) -> dict[str, list[float]]:
    """Return seconds of CPU an event, by way and round."""
    many, few = folder / f"{stream}-many.jsonl", folder / f"{stream}-few.jsonl"
    samples.write(stream, many, _EVENTS)
    samples.write(stream, few, _FEW)
    ways = _ways(stream, sdk)
    costs: dict[str, list[float]] = {way: [] for way in ways}
    with fast_server() as server, apart_from(server.pid):
        for number in range(_ROUNDS):
            say(f"CPU of {_EVENTS:,} {stream}: round {number + 1} of {_ROUNDS}")
            for way, send in ways.items():
                artifacts = folder / f"{stream}-{number}"
                spent = send(many, artifacts / "many", server.url).cpu - send(few, artifacts / "few", server.url).cpu
                costs[way].append(spent / (_EVENTS - _FEW))
    many.unlink()
    return costs


def _ways(stream: str, sdk: str | None) -> dict[str, _Way]:
    ways: dict[str, _Way] = {
        "bare script": lambda source, _, url: run("benchmarks.bare", stream, source, url),
        "provider": lambda source, artifacts, url: run("benchmarks.publish", stream, source, artifacts, url),
    }
    if sdk:
        ways["official SDK"] = lambda source, _, url: run("benchmarks.sdk", stream, source, url, python=sdk)
    return ways


def _ratio(costs: list[float], others: list[float]) -> float:
    return statistics.median(cost / other for cost, other in zip(costs, others, strict=True))


def _install_sdk(say: Callable[[str], None]) -> str:
    """Make the SDK's environment, once for each version, and return its interpreter."""
    python = _SDK_ENVIRONMENT / "bin" / "python"
    installed = _SDK_ENVIRONMENT / "installed.txt"
    wanted = _SDK_REQUIREMENTS.read_text()
    if not installed.exists() or installed.read_text() != wanted:
        say("Installing the official SDK to compare with (once)")
        subprocess.run([sys.executable, "-m", "venv", "--clear", _SDK_ENVIRONMENT], check=True)
        subprocess.run([python, "-m", "pip", "install", "-qq", "-r", _SDK_REQUIREMENTS], check=True)
        installed.write_text(wanted)
    return str(python)
