"""The provider beside what one would take instead, in the same run against the same simulator.

Three comparisons: presence definitions one by one, as Terraform manages them; the presences of users one by one; and
the official SDK's loop where one request in a hundred goes wrong. Requests and events are counted by the simulator.
"""

from __future__ import annotations

import json
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from airflow_provider_genesys.simulator.process import running_simulator
from benchmarks import samples
from benchmarks.cpu import install_sdk
from benchmarks.one_by_one import token
from benchmarks.processes import run
from benchmarks.report import Figure

if TYPE_CHECKING:
    from airflow_provider_genesys.simulator.process import SimulatorHandle

GROUP = "peers"
LATENCY = 50
"""Milliseconds until an answer, of definitions and users."""
DEFINITIONS, CHANGED = 200, 10
USERS, SAMPLE = 50_000, 500
EVENTS = 200_000
FAULTS: tuple[dict[str, Any], ...] = (
    {"reset": "before"},
    {"reset": "after"},
    {"status": 503, "retry_after": 0},
    {"status": 504, "acts": True},
    {"partial": {"retryable": True, "every": 10}},
)
"""What goes wrong, each with a fifth of one request in a hundred; of the last, one event in ten inside a 200."""
_SHARE = 0.01
_KINDS = ("Available", "Away", "Break", "Busy", "Meal", "Meeting", "OnQueue", "Training")
"""Of each, 30 definitions may be active."""
_PLENTY = "1000000"

_Say = Callable[[str], None]


@dataclass(frozen=True)
class Comparison:
    """A table of ways beside each other.

    :param title: what was to be done.
    :param columns: what was counted.
    :param rows: the way, and the figure in each column as a person reads it.
    :param note: what has to be known beside the figures.
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""


def measure(folder: Path, say: _Say) -> Iterator[Figure]:
    """Yield a line for each figure."""
    for comparison in compare(folder, say):
        yield from figures_of(comparison)


def figures_of(comparison: Comparison) -> Iterator[Figure]:
    """Yield a line for each way."""
    for way, *figures in comparison.rows:
        told = ", ".join(f"{figure} {column}" for column, figure in zip(comparison.columns, figures, strict=True))
        yield Figure(GROUP, f"{comparison.title}: {way}", told)


def compare(folder: Path, say: _Say) -> Iterator[Comparison]:
    """Yield the comparisons."""
    yield from definitions(folder, say)
    yield users(folder, say)
    yield faults(folder, say)


def definitions(folder: Path, say: _Say) -> Iterator[Comparison]:
    """Yield a comparison where nothing is to change, where a few definitions are, and where all are new."""
    there = [
        {"systemPresence": _KINDS[number % len(_KINDS)], "languageLabels": {"en_US": f"Reason {number}"}}
        for number in range(DEFINITIONS)
    ]
    rows = [{"system_presence": body["systemPresence"], "labels": body["languageLabels"]} for body in there]
    german = [{"de": "Pause"} if place < CHANGED else {} for place in range(DEFINITIONS)]
    few = [{**row, "labels": {**row["labels"], **more}} for row, more in zip(rows, german, strict=True)]
    for title, wanted, loaded in (
        (f"{DEFINITIONS} definitions, none to change", rows, there),
        (f"{DEFINITIONS} definitions, {CHANGED} to change", few, there),
        (f"{DEFINITIONS} definitions, all new", rows, []),
    ):
        say(title)
        found = []
        for module in ("in_bulk", "one_by_one"):
            with _simulator() as simulator:
                ids = [row["id"] for row in simulator.load_presence(loaded)] if loaded else []
                file = folder / "definitions.json"
                by_id = {
                    number: {**body, "languageLabels": row["labels"]}
                    for number, body, row in zip(ids, there, wanted, strict=False)
                    if row["labels"] != body["languageLabels"]
                }
                terraform = {"ids": ids, "changed": by_id, "new": [] if ids else there}
                file.write_text(json.dumps(wanted if module == "in_bulk" else terraform))
                found.append(_asked(simulator, module, "definitions", file))
                _check(simulator, wanted)
        ours, theirs = found
        yield Comparison(
            title,
            ("requests", "seconds"),
            (
                ("provider: plan and apply, one request at a time", f"{ours[0]:,}", f"{ours[1]:.1f}"),
                ("one request a definition, ten at a time", f"{theirs[0]:,}", f"{theirs[1]:.1f}"),
            ),
            note=slower(ours, theirs),
        )


def slower(ours: tuple[int, float], theirs: tuple[int, float]) -> str:
    """Return what is to be said where the provider takes longer, empty where it does not.

    :param ours: requests and seconds.
    :param theirs: the same of what asks ten at a time.
    """
    if ours[1] <= theirs[1]:
        return ""
    return (
        f"The provider is slower here, {ours[1]:.1f} s and not {theirs[1]:.1f} s. It writes one definition after "
        "another on purpose: of an apply that is killed, or whose answer is lost, the fate of one definition at most "
        "is unknown then, and a definition that is created twice is two. Nor would more at a time win anything under "
        "the usual 300 requests a minute, which are not the limit here: there the provider's "
        f"{ours[0]:,} requests take {ours[0] / 5:.0f} s at least, and the other {theirs[0]:,} take {theirs[0] / 5:.0f} "
        "s (computed: five a second)."
    )


def users(folder: Path, say: _Say) -> Comparison:
    """Compare reading the presences of users; one by one a sample is read, and the rest computed."""
    ids = [f"{number:08}-942f-489d-9700-5f9bcdcdae9b" for number in range(USERS)]
    file = folder / "users.json"
    with _simulator() as simulator:
        simulator.settings(users=ids)
        simulator.load_presence(users=dict.fromkeys(ids, "227b37e2-f1d0-4dd0-8f50-badd7cf6d158"))
        say(f"The presences of {USERS:,} users, in bulk")
        file.write_text(json.dumps(ids))
        requests, seconds = _asked(simulator, "in_bulk", "users", file)
        say(f"The presences of {SAMPLE} of them, one by one")
        file.write_text(json.dumps(ids[:SAMPLE]))
        before = requests
        all_requests, of_sample = _asked(simulator, "one_by_one", "users", file)
    times = USERS / SAMPLE
    each = (all_requests - before) / SAMPLE
    return Comparison(
        f"The presences of {USERS:,} users",
        ("requests", "seconds"),
        (
            ("provider: in bulk", f"{requests:,}", f"{seconds:.0f}"),
            (
                f"one by one ({SAMPLE} were read in {of_sample:.1f} s; the rest is computed from that)",
                f"{each * USERS:,.0f}",
                f"{of_sample * times:,.0f}",
            ),
        ),
        note=f"Requests and seconds of one by one are computed, {times:.0f} times those of {SAMPLE} users.",
    )


def faults(folder: Path, say: _Say) -> Comparison:
    """Compare what becomes of events where one request in a hundred goes wrong."""
    source = folder / "events.jsonl"
    samples.write("user_presences", source, EVENTS)
    ids = {json.loads(line)["eventId"] for line in source.read_text().splitlines()}
    rows: list[tuple[str, ...]] = []
    say(f"{EVENTS:,} events, no request goes wrong")
    with running_simulator("--requests-per-minute", _PLENTY) as simulator:
        calm = {"the provider": _publish(source, folder / "calm", simulator)["seconds"]}
    for name, arguments in (
        ("provider", ()),
        ('provider, `on_unknown="dead_letter"`', ("--on-unknown", "dead_letter")),
    ):
        say(f"{EVENTS:,} events, 1 % of requests go wrong: {name}")
        with _faulty() as simulator:
            artifacts = folder / f"artifacts {len(rows)}"
            result = _publish(source, artifacts, simulator, *arguments)
            rows.append(_fates(name, simulator, ids, _told(artifacts), result["seconds"]))
            assert sum(result["summary"][fate] for fate in ("accepted", "unknown", "rejected")) == EVENTS
    try:
        python = install_sdk(say)
    except (OSError, subprocess.CalledProcessError) as error:
        rows.append((f"the official SDK cannot be installed: {error}", *[""] * 6))
    else:
        with running_simulator("--requests-per-minute", _PLENTY) as simulator:
            calm["the SDK's loop"] = _loop(python, 1, source, simulator)["seconds"]
        for tries, name in (
            (1, "SDK's loop that goes on after an error"),
            (5, "SDK's loop that tries again, five times in all"),
        ):
            say(f"{EVENTS:,} events, 1 % of requests go wrong: {name}")
            with _faulty() as simulator:
                result = _loop(python, tries, source, simulator)
                rows.append(_fates(name, simulator, ids, set(result["told"]), result["seconds"]))
    columns = (
        "requests gone wrong",
        "not arrived",
        "of these not told",
        "accepted twice",
        "told as failed, and accepted",
        "seconds",
    )
    without = " and ".join(f"{way} {seconds:.1f} s" for way, seconds in calm.items())
    return Comparison(
        f"{EVENTS:,} events, 1 % of the requests go wrong",
        columns,
        tuple(rows),
        note=(
            "*Of these not told* is what was lost without a word. By default the provider sends again, with the same "
            "ids, what an answer was lost of: so some arrive twice. With `dead_letter` none does, and it tells of each "
            f"whose fate it does not know. Where no request goes wrong, the same takes {without}. What it takes longer "
            "here is the pauses that the provider makes before it tries again, longer each time, so that a server in "
            "trouble is left alone."
        ),
    )


def _publish(source: Path, artifacts: Path, simulator: SimulatorHandle, *arguments: str) -> dict[str, Any]:
    return run("benchmarks.publish", "user_presences", source, artifacts, simulator.base_url, *arguments).result


def _loop(python: str, tries: int, source: Path, simulator: SimulatorHandle) -> dict[str, Any]:
    url = simulator.base_url
    return run("benchmarks.sdk_loop", tries, source, url, token(url), python=python).result


def _fates(name: str, simulator: SimulatorHandle, ids: set[str], told: set[str], seconds: float) -> tuple[str, ...]:
    """Return a row: what the server has, beside what the way tells of it.

    :param told: ids of the events that the way tells not to be certainly there.
    """
    accepted = Counter(row["eventId"] for row in simulator.ledger_events())
    log = simulator.requests(10 * EVENTS // 100)
    struck = sum(row["fault"] is not None for row in log["requests"])
    missing = ids - accepted.keys()
    return (
        name,
        f"{struck}",
        f"{len(missing):,}",
        f"{len(missing - told):,}",
        f"{sum(count > 1 for count in accepted.values()):,}",
        f"{len(told & accepted.keys()):,}",
        f"{seconds:.0f}",
    )


def _told(artifacts: Path) -> set[str]:
    """Return the ids of the events of which a publish has left dead letters."""
    return {
        json.loads(line)["dead_letter"]["event_id"]
        for file in (artifacts / "dead-letters").glob("*.jsonl")
        for line in file.read_text().splitlines()
    }


def _simulator() -> Any:
    return running_simulator("--latency", str(LATENCY), "--requests-per-minute", _PLENTY)


@contextmanager
def _faulty() -> Iterator[SimulatorHandle]:
    """Run a simulator of which one request about events in a hundred goes wrong."""
    with running_simulator("--requests-per-minute", _PLENTY) as simulator:
        simulator.seed(7)
        for rule in FAULTS:
            simulator.add_fault(path="*/events/*", probability=_SHARE / len(FAULTS), **rule)
        yield simulator


def _asked(simulator: SimulatorHandle, module: str, what: str, file: Path) -> tuple[int, float]:
    """Return how many requests to the API there were in all, those for a token apart, and the seconds of this one."""
    result = run(f"benchmarks.{module}", what, simulator.base_url, file).result
    totals = simulator.requests(0)["totals"]
    requests = sum(sum(statuses.values()) for name, statuses in totals.items() if " /api/" in name)
    return requests, result["seconds"]


def _check(simulator: SimulatorHandle, wanted: list[dict[str, Any]]) -> None:
    """See that what was measured was done."""
    there = [row["languageLabels"] for row in simulator.presence()["definitions"] if row["type"] == "User"]
    missing = [row for row in wanted if row["labels"] not in there]
    if missing or len(there) != len(wanted):
        raise RuntimeError(f"{len(missing)} definitions are not as wanted, of {len(there)}")
