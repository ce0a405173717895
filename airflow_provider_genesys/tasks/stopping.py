"""What a task does when Airflow kills it, whether there is something to stop already or not yet."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol


class Stoppable(Protocol):
    """Work that can be asked to stop."""

    def stop(self) -> None:
        """Ask to stop; safe in a signal handler, and before the work has begun."""


class StoppableMixin:
    """The part of an operator whose work can be stopped; it comes before Airflow's class among the bases."""

    _work: Stoppable | None = None
    _is_killed = False
    _is_over = False

    @contextmanager
    def hearing_kills(self) -> Iterator[None]:
        """Have :meth:`on_kill` heard; one that came before, when Airflow had not called the operator yet, too.

        Not one that comes behind it: so Airflow tells of a timeout, and the same object may be called again.
        """
        self._is_over = False
        try:
            yield
        finally:
            self._work, self._is_killed, self._is_over = None, False, True

    def stop_on_kill(self, work: Stoppable) -> None:
        """Have :meth:`on_kill` stop this; if it came already, while there was nothing to stop, at once."""
        self._work = work
        if self._is_killed:
            work.stop()

    def on_kill(self) -> None:
        """Ask the work to stop: Airflow 3.3 calls this in a signal handler, and kills 5 s later."""
        if self._is_over:
            return
        self._is_killed = True
        if self._work is not None:
            self._work.stop()
