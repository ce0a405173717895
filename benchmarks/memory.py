"""Peak memory of a publish above what the imports take: flat, however long the input is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks import samples
from benchmarks.processes import fast_server, run
from benchmarks.report import Figure, at_most

GROUP = "memory"
LIMIT = 40.0  # MB
_INPUTS = (("user_presences", 10_000), ("user_presences", 1_000_000), ("conversations", 250_000))
_LONG_INPUT = ("user_presences", 5_000_000)


def measure(folder: Path, say: Callable[[str], None], *, full: bool) -> Iterator[Figure]:
    """Yield the peak for each length.

    :param full: with the longest, 1.2 GB on disk.
    """
    with fast_server() as server:
        for stream, events in (*_INPUTS, _LONG_INPUT) if full else _INPUTS:
            say(f"Memory of {events:,} {stream}")
            yield at_most(GROUP, f"{events:,} {stream}", peak(folder, server.url, stream, events), LIMIT, "MB")


def peak(folder: Path, url: str, stream: str, events: int) -> float:
    """Return the most memory, in MB, that a publish of so many events has above what its imports take."""
    source = folder / "memory.jsonl"
    samples.write(stream, source, events)
    result = run("benchmarks.publish", stream, source, folder / f"{stream}-{events}", url).result
    source.unlink()
    return float(result["peak"] - result["imported"]) / 2**20
