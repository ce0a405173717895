"""One page of Markdown with the provider beside its peers, and three charts: ``python -m benchmarks page``.

Everything on it is of the run that wrote it. It goes to ``docs/``, over what was there.
"""

from __future__ import annotations

import os
import platform
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from airflow_provider_genesys import __version__
from benchmarks import charts, cpu, memory, peers, throughput
from benchmarks.processes import ROOT, fast_server
from benchmarks.report import Figure

GROUP = "page"
PAGE = ROOT / "docs" / "side-by-side.md"
_THROUGHPUT, _CPU, _MEMORY = (f"side-by-side-{name}.svg" for name in ("throughput", "cpu", "memory"))
_LIMIT = throughput.PER_MINUTE * throughput.STEP / 60
"""Requests that are allowed in one step."""
_ROUNDS = 3
_INPUTS = (10_000, 100_000, 1_000_000, 3_000_000)
_STREAM = "user_presences"
_STREAMS = {"user_presences": "presences", "conversations": "conversation events"}


@dataclass(frozen=True)
class Found:
    """What a run has measured.

    :param comparisons: with the peers.
    :param courses: requests over time.
    :param costs: microseconds of CPU, by stream and by way.
    :param peaks: MB, by the number of events.
    """

    comparisons: Sequence[peers.Comparison]
    courses: Sequence[throughput.Course]
    costs: Mapping[str, Mapping[str, float]]
    peaks: Mapping[int, float]


def measure(folder: Path, say: Callable[[str], None]) -> Iterator[Figure]:
    """Measure, write the page and its charts, and yield what the peers and the page's own figures are."""
    began, load = datetime.now(UTC), os.getloadavg()[0]
    found = Found(
        courses=throughput.measure(folder, say),
        costs=cpu.per_event(folder, say, rounds=_ROUNDS),
        peaks=_peaks(folder, say),
        comparisons=list(peers.compare(folder, say)),
    )
    for name, chart in drawn(found).items():
        (PAGE.parent / name).write_text(chart, "utf-8")
    PAGE.write_text(written(found, _circumstances(began, load)), "utf-8")
    for comparison in found.comparisons:
        yield from peers.figures_of(comparison)
    yield Figure(GROUP, "all of it, with charts", str(PAGE.relative_to(ROOT)))


def _peaks(folder: Path, say: Callable[[str], None]) -> dict[int, float]:
    peaks = {}
    with fast_server() as server:
        for events in _INPUTS:
            say(f"Memory of {events:,} {_STREAM}")
            peaks[events] = memory.peak(folder, server.url, _STREAM, events)
    return peaks


def _circumstances(began: datetime, load: float) -> tuple[tuple[str, str], ...]:
    """Return what the figures depend on."""
    ended = datetime.now(UTC)
    return (
        ("date", f"{began:%Y-%m-%d %H:%M} UTC, {(ended - began).total_seconds() / 60:.1f} minutes"),
        ("machine", f"{platform.system()} {platform.release()}, {platform.machine()}"),
        ("processors", f"{os.cpu_count()} x {_processor()}"),
        (
            "load, which other programs have a part in",
            f"{load:.1f} at the beginning, {os.getloadavg()[0]:.1f} at the end",
        ),
        ("Python", platform.python_version()),
        ("Airflow", version("apache-airflow-core")),
        ("provider", __version__),
        ("official SDK", next(line for line in cpu.SDK_REQUIREMENTS.read_text().splitlines() if "==" in line)),
    )


def _processor() -> str:
    """Return the processor's name, where the system tells it."""
    file = Path("/proc/cpuinfo")
    rows = file.read_text().splitlines() if file.exists() else []
    return next((row.split(":", 1)[1].strip() for row in rows if row.startswith("model name")), platform.processor())


def drawn(found: Found) -> dict[str, str]:
    """Return the charts by the names of their files."""
    return {
        _THROUGHPUT: charts.lines(
            "Requests under the limit, by 1, 2 and 8 tasks",
            f"seconds since the first request; each point is the {throughput.STEP} s before it",
            f"requests in {throughput.STEP} seconds",
            [charts.Line(_tasks(course.tasks), course.points()) for course in found.courses],
            limit=("even pace", _LIMIT),
        ),
        _CPU: charts.bars(
            "CPU of an event, from its line to its answer",
            "microseconds",
            {_STREAMS[stream]: costs for stream, costs in found.costs.items()},
        ),
        _MEMORY: charts.lines(
            "Memory over the length of the input",
            "events of the input (logarithmic)",
            "MB above the imports",
            [charts.Line("provider", [(float(events), peak) for events, peak in found.peaks.items()])],
            limit=("target", memory.LIMIT),
            logarithmic=True,
        ),
    }


def written(found: Found, circumstances: Sequence[tuple[str, str]]) -> str:
    """Return the page.

    :param circumstances: names and values of what the figures depend on.
    """
    parts = [
        "# Side by side",
        (
            "Written by `python -m benchmarks page`, which `make bench` runs in the end: do not edit it. Every figure "
            "is of the one run that wrote the page, against servers on the same machine; what is computed and not "
            "measured says so. What is measured, and how, is in [benchmarks](benchmarks.md)."
        ),
        table(("", "of this run"), circumstances),
        *_beside_peers(found.comparisons),
        *_under_the_limit(found.courses),
        *_cpu(found.costs),
        *_memory(found.peaks),
    ]
    return "\n\n".join(parts) + "\n"


def _beside_peers(comparisons: Sequence[peers.Comparison]) -> Iterator[str]:
    yield "## Beside its peers"
    yield (
        "Requests and events are counted by the simulator, which answers about definitions and users after "
        f"{peers.LATENCY} ms and limits nothing here. *One request a definition* is a stand-in that asks for each "
        "definition alone, ten at a time, as Terraform does; it is not Terraform."
    )
    for comparison in comparisons:
        yield f"### {comparison.title}"
        yield table(("", *comparison.columns), comparison.rows)
        if comparison.note:
            yield comparison.note


def _under_the_limit(courses: Sequence[throughput.Course]) -> Iterator[str]:
    yield "## Throughput under the limit"
    yield (
        f"Tasks are processes that share one client. The simulator allows {throughput.PER_MINUTE} requests a minute, "
        f"and answers after {throughput.LATENCY} ms. The limit is one of a whole minute: more than the even pace of "
        f"{_LIMIT:.0f} in {throughput.STEP} s, as in the beginning, is no excess; what is one is answered with 429. "
        "The three were measured at the same time, each with a simulator of its own."
    )
    yield _image(_THROUGHPUT, "Requests in five seconds over a minute, by one, two and eight tasks, and the even pace")
    columns = (
        f"requests in {throughput.SECONDS} s",
        "of the limit",
        f"in {throughput.STEP} s: least, most",
        "answers 429",
    )
    yield table(("", *columns), [_course(course) for course in courses])


def _cpu(costs: Mapping[str, Mapping[str, float]]) -> Iterator[str]:
    ways = list(dict.fromkeys(way for each in costs.values() for way in each))
    yield "## CPU of an event"
    yield (
        f"At full speed, in microseconds of user and system mode: medians of {_ROUNDS} rounds of 100,000 events. The "
        "bare script checks nothing, accounts for nothing and stops at the first error; what the provider takes more "
        "is its checks, its search for duplicates and its ledger. A busy machine takes more from it than from a short "
        "loop: the figures of seven rounds are in [benchmarks](benchmarks.md)."
    )
    if cpu.SDK not in ways:
        yield "The official SDK could not be installed in this run, and is left out."
    yield _image(_CPU, f"Microseconds of CPU for an event by {', '.join(ways)}")
    rows = []
    for stream, each in costs.items():
        ratio, limit = each[cpu.OURS] / each[cpu.BARE], cpu.limit_of(stream)
        target = "" if limit is None else f"at most {limit:g}: {_met(ratio <= limit)}"
        rows.append((_STREAMS[stream], *(f"{each[way]:.1f}" for way in ways), f"{ratio:.2f}", target))
    yield table(("", *ways, f"{cpu.OURS} / {cpu.BARE} (computed)", "target"), rows)


def _memory(peaks: Mapping[int, float]) -> Iterator[str]:
    yield "## Memory over the length of the input"
    yield (
        f"The peak of a publish of presences, above what its imports take. The target is {memory.LIMIT:.0f} MB at "
        "most, however long the input."
    )
    yield _image(_MEMORY, "Megabytes above the imports over the number of events")
    rows = [(f"{events:,}", f"{peak:.1f}", _met(peak <= memory.LIMIT)) for events, peak in peaks.items()]
    yield table(("events", "MB", "target"), rows)


def table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table of Markdown.

    :raises ValueError: a row has not a cell for each column.
    """
    for row in rows:
        if len(row) != len(columns):
            raise ValueError(f"{len(row)} cells for {len(columns)} columns: {row}")
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines)


def _course(course: throughput.Course) -> tuple[str, ...]:
    sent = sum(course.counts)
    allowed = throughput.PER_MINUTE * throughput.SECONDS / 60
    return (
        _tasks(course.tasks),
        f"{sent:,}",
        f"{sent / allowed:.1%}",
        f"{min(course.counts)}, {max(course.counts)}",
        f"{course.throttled:.2%}",
    )


def _met(is_so: bool) -> str:  # noqa: FBT001 - the sentence is the name
    return "met" if is_so else "**not met**"


def _tasks(number: int) -> str:
    return "1 task" if number == 1 else f"{number} tasks"


def _image(file: str, text: str) -> str:
    return f"![{text}]({file})"
