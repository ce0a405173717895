"""What a part of a process cost, by the operating system's account. Imports next to nothing."""

from __future__ import annotations

import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def counted() -> Iterator[dict[str, float]]:
    """Count what is done inside.

    Filled in the end: ``cpu``, seconds of CPU in user and system mode by all threads; ``switches``, how often one of
    them waited for something; ``seconds`` that it took.
    """
    found: dict[str, float] = {}
    before, began = resource.getrusage(resource.RUSAGE_SELF), time.monotonic()
    yield found
    after = resource.getrusage(resource.RUSAGE_SELF)
    found["cpu"] = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    found["switches"] = after.ru_nvcsw - before.ru_nvcsw
    found["seconds"] = time.monotonic() - began
