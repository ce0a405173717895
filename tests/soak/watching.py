"""What processes hold, as the operating system tells, and whether that grows."""

from __future__ import annotations

import statistics
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import psutil

MB = 1024 * 1024
WARM_UP = 1 / 6
"""Share of the time after which everything is there that stays: pools, caches, the window for duplicates."""
COMPARED = 1 / 6
"""Share of the time that is looked at after that, and at the end."""
SLACK: dict[str, float] = {"memory": 5.0, "files": 3, "sockets": 3, "threads": 3, "children": 0}
"""By how much each may have grown from the first of these to the last.

A leak of one object a request would be far more: an hour has 18,000 requests. Below these are what differs from minute
to minute: the allocator's 5 MB, and as many connections and threads as happen to be in use at once.
"""


@dataclass(frozen=True)
class Held:
    """What a process holds at a moment.

    :param at: seconds since the watching began.
    :param memory: resident, in MB.
    :param files: open files, sockets apart.
    :param sockets: connections by IP, open or listening.
    """

    at: float
    memory: float
    files: int
    sockets: int
    threads: int
    children: int

    def __str__(self) -> str:
        """Say it in a line."""
        return (
            f"{self.memory:6.1f} MB {self.files:4} files {self.sockets:3} sockets {self.threads:3} threads "
            f"{self.children:2} children"
        )

    def beyond(self, before: Held) -> list[str]:
        """Return of what more is held than before; memory apart, which the allocator keeps for what comes next."""
        return [
            f"{getattr(self, name)} {name} are there after it, {getattr(before, name)} were before"
            for name in SLACK.keys() - {"memory"}
            if getattr(self, name) > getattr(before, name)
        ]


class Watched:
    """A process, and what it held over time.

    :param name: what to call it.
    :param process: the process.
    :param slack: where it may grow by more than :data:`SLACK`.
    """

    def __init__(self, name: str, process: psutil.Process, slack: dict[str, float] | None = None) -> None:
        self.name = name
        self._slack = SLACK | (slack or {})
        self._process = process
        self.begin()

    def begin(self) -> None:
        """Begin to count the time, and forget what was held before."""
        self._began = time.monotonic()
        self.course: list[Held] = []

    def look(self) -> Held:
        """Return what it holds now."""
        process = self._process
        with process.oneshot():
            sockets = len(process.net_connections(kind="inet"))
            return Held(
                at=time.monotonic() - self._began,
                memory=process.memory_info().rss / MB,
                files=process.num_fds() - sockets,
                sockets=sockets,
                threads=process.num_threads(),
                children=len(process.children(recursive=True)),
            )

    def note(self) -> Held:
        """Look, and keep it for :meth:`grown`."""
        held = self.look()
        self.course.append(held)
        return held

    def compared(self) -> dict[str, tuple[float, float]]:
        """Return of each thing what was held after the warm-up and what at the end: the mean of memory, else the most.

        The mean of memory, as one sample more or less is the allocator's matter.
        """
        end = self.course[-1].at
        first = [held for held in self.course if WARM_UP <= held.at / end <= WARM_UP + COMPARED]
        last = [held for held in self.course if held.at / end >= 1 - COMPARED]
        return {name: (_of(name, first), _of(name, last)) for name in SLACK}

    def grown(self) -> list[str]:
        """Return what has grown by more than :data:`SLACK`."""
        return [
            f"{self.name}: {name} grew from {first:,.1f} to {last:,.1f}, by more than {self._slack[name]:g}"
            for name, (first, last) in self.compared().items()
            if last - first > self._slack[name]
        ]


def _of(name: str, course: list[Held]) -> float:
    found: list[Any] = [getattr(held, name) for held in course]
    return statistics.fmean(found) if name == "memory" else max(found)
