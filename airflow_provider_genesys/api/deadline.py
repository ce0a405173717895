"""A moment at which waiting ends, whatever a server or the network does."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

_Result = TypeVar("_Result")


class Deadline:
    """A moment so many seconds from now.

    :param seconds: from now on.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._moment = time.monotonic() + seconds
        self._bell = threading.Condition()

    @property
    def left(self) -> float:
        """Seconds until then, at least 0."""
        return max(0.0, self._moment - time.monotonic())

    def end(self) -> None:
        """Have it be now: whoever waits until then, in whatever thread, waits no longer."""
        with self._bell:
            self._moment = time.monotonic()
            self._bell.notify_all()

    def bound(self, work: Callable[[], _Result]) -> _Result:
        """Return what some work returns, or raise what it raises, if it ends in time.

        The timeouts of sockets bound each piece of an answer, and nothing bounds a look-up of a name: so the work is
        done by a thread of its own, which is left to itself when its time is over.

        :raises TimeoutError: it has not ended.
        """
        if not self.left:
            raise TimeoutError
        worker = _Worker(work, self._bell)
        worker.start()
        with self._bell:
            while not worker.is_done and self.left:
                self._bell.wait(self.left)
        if not worker.is_done:
            raise TimeoutError
        return worker.result()


class _Worker(threading.Thread, Generic[_Result]):
    """Does one thing; a daemon, so that it keeps no process alive."""

    def __init__(self, work: Callable[[], _Result], bell: threading.Condition) -> None:
        super().__init__(name="genesys-bounded", daemon=True)
        self.is_done = False
        self._work = work
        self._bell = bell
        self._results: list[_Result] = []
        self._failure: BaseException | None = None

    def run(self) -> None:
        try:
            self._results.append(self._work())
        except BaseException as error:  # noqa: BLE001 - who waits raises it
            self._failure = error
        with self._bell:
            self.is_done = True
            self._bell.notify_all()

    def result(self) -> _Result:
        if self._failure is not None:
            raise self._failure
        return self._results[0]
