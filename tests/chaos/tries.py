"""Tries as processes of their own, which are killed, and whose disk and clock go wrong."""

from __future__ import annotations

import datetime as dt
import errno
import json
import os
import resource
import select
import signal
import sys
import threading
import time
from collections.abc import Callable
from typing import Any, TypeAlias

from airflow_provider_genesys.files import storage
from tests.chaos.kills import be_a_try

Attempt: TypeAlias = Callable[[], dict[str, Any]]
"""Runs one try and returns what became of it."""
LONGEST = 60.0
"""Seconds after which a try hangs."""
_time = time.time


class Try:
    """A fork that makes a try.

    :param attempt: what it runs.
    :param full_after: writes after which its disk is full.
    :param largest: bytes that its files may have.
    :param jump: seconds by which its clock jumps, ``jump_at`` seconds after it began.
    """

    def __init__(
        self,
        attempt: Attempt,
        *,
        full_after: int | None = None,
        largest: int | None = None,
        jump: int = 0,
        jump_at: float = 0.0,
    ) -> None:
        self._receiver, sender = os.pipe()
        self._process = os.fork()
        if self._process == 0:
            os.close(self._receiver)

            def troubled() -> dict[str, Any]:
                if full_after is not None:
                    _fill_disk(full_after)
                if largest is not None:
                    _limit_files(largest)
                if jump:
                    threading.Timer(jump_at, _move_clock, [jump]).start()
                return attempt()

            be_a_try(troubled, sender)
        os.close(sender)

    def end(self, killed_after: float | None = None) -> dict[str, Any] | None:
        """Wait for its end, or kill it after so many seconds.

        :return: what it says; ``None`` if it was killed.
        :raises RuntimeError: it hangs, or ended without a word: an exception that is none of ours.
        """
        patience = LONGEST if killed_after is None else killed_after
        is_over = False
        try:
            is_over = bool(select.select([self._receiver], [], [], patience)[0])
        finally:  # also where the whole run is ended
            if not is_over:
                os.kill(self._process, signal.SIGKILL)
        with os.fdopen(self._receiver) as answer:
            text = answer.read()
        os.waitpid(self._process, 0)
        if not is_over and killed_after is not None:
            return None
        if not text:
            raise RuntimeError("a try hung" if not is_over else "a try ended with an exception that is none of ours")
        result: dict[str, Any] = json.loads(text)
        return result


class _Disk:
    """The module ``os`` as storage sees it, on a disk that is full after so many writes."""

    def __init__(self, writes: int) -> None:
        self._left = writes

    def __getattr__(self, name: str) -> Any:
        return getattr(os, name)

    def write(self, descriptor: int, data: Any) -> int:
        self._left -= 1
        if self._left < 0:
            os.write(descriptor, bytes(data)[: len(data) // 2])
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return os.write(descriptor, data)


def _fill_disk(writes: int) -> None:
    storage.os = _Disk(writes)  # type: ignore[assignment]


def _limit_files(size: int) -> None:
    """Let the kernel refuse what is larger, whoever writes: SQLite too."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


class _Kind(type):
    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, dt.datetime)


def _move_clock(seconds: int) -> None:
    """Move the time of day, in all modules of the provider; the monotonic clock does not jump, as none does."""
    real = dt.datetime

    class Moved(real, metaclass=_Kind):  # type: ignore[misc,valid-type]
        @classmethod
        def now(cls, tz: dt.tzinfo | None = None) -> dt.datetime:
            return real.now(tz) + dt.timedelta(seconds=seconds)

    time.time = lambda: _time() + seconds
    for name, module in [*sys.modules.items()]:
        if name.startswith("airflow_provider_genesys.") and getattr(module, "datetime", None) is real:
            module.datetime = Moved  # type: ignore[attr-defined]
        if name.startswith("airflow_provider_genesys.") and getattr(module, "dt", None) is dt:
            module.dt = _Dates(Moved)  # type: ignore[attr-defined]


class _Dates:
    """The module ``datetime`` with another class."""

    def __init__(self, moved: type) -> None:
        self.datetime = moved

    def __getattr__(self, name: str) -> Any:
        return getattr(dt, name)
