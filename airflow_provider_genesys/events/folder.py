"""The folder of a publish, asked so that a stop is heard although its store hangs."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from airflow_provider_genesys.events.helper import aside
from airflow_provider_genesys.files.refusals import named
from airflow_provider_genesys.files.storage import answers_at_once

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from airflow_provider_genesys.files.storage import StoragePath

_T = TypeVar("_T")

# Seconds after which a stop is noticed: a signal handler may only set a flag.
_SLICE = 0.2


def apart(work: Callable[[], _T], check: Callable[[], None]) -> _T:
    """Do something on a thread of its own, and return what it returns, or raise what it raises.

    What is left to itself goes on until it has its answer, or the process ends.

    :param check: called before and meanwhile; what it raises ends the waiting.
    """
    check()
    ended = threading.Event()

    def wait() -> None:
        if not ended.wait(_SLICE):
            check()

    return aside(work, "genesys-store", wait=wait, ring=ended.set)


class Folder:
    """Where ledger and dead letters are kept.

    :param path: the folder.
    :param argument: name of the argument that leads there, for messages.
    :param check: called while the store has to be waited for; raises when the publish is to stop.
    """

    def __init__(self, path: StoragePath, argument: str, check: Callable[[], None]) -> None:
        self.path = path
        self.argument = argument
        self._check = check

    @cached_property
    def at_once(self) -> bool:
        """Whether it is on a disk of this machine; to look may itself lead onto a share that hangs."""
        return apart(lambda: answers_at_once(self.path), self._check)

    def ask(self, work: Callable[[], _T]) -> _T:
        """Do one thing with what is in the folder, as :meth:`wait_for`, and say of what its store refuses what it was.

        :raises GenesysConfigError: its store refuses it; or ``GenesysStorageError``, if that may pass.
        """
        with self.named():
            return self.wait_for(work)

    def wait_for(self, work: Callable[[], _T]) -> _T:
        """Do one thing with what is in the folder, on this thread only where it answers at once.

        One thing, such as one write: what is abandoned half-way goes on after the publish has ended.

        :raises OSError: its store refuses it.
        """
        return work() if self.at_once else apart(work, self._check)

    def named(self) -> AbstractContextManager[None]:
        """Name the folder in what its store refuses."""
        return named(self.argument, self.path)
