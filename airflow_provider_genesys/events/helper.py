"""What works beside the sending thread, and how it tells that it is done."""

from __future__ import annotations

import contextlib
import queue
import socket
import threading
from collections.abc import Callable
from typing import TypeVar

_T = TypeVar("_T")
_Done = Callable[[BaseException | None], None]


class Bell:
    """Ends a wait in a selector, from any thread and from signal handlers."""

    def __init__(self) -> None:
        self._hear, self._ring = socket.socketpair()
        self._hear.settimeout(0)
        self._ring.settimeout(0)

    def fileno(self) -> int:
        """Return what a selector waits for."""
        return self._hear.fileno()

    def ring(self) -> None:
        """End the wait, or the next one."""
        with contextlib.suppress(OSError):  # it rings already, or nobody listens any more
            self._ring.send(b"!")

    def hush(self) -> None:
        """Stop ringing."""
        with contextlib.suppress(BlockingIOError):
            self._hear.recv(4096)

    def close(self) -> None:
        """Free both ends."""
        self._hear.close()
        self._ring.close()


class Ending:
    """The end of a job before all is done, which ends every wait of its threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._told = False
        self._calls: set[threading.Event] = set()

    def set(self) -> None:
        """Tell it to all that wait, and to all that will."""
        with self._lock:
            self._told = True
            for call in self._calls:
                call.set()

    def wait(self, call: threading.Event, seconds: float) -> bool:
        """Wait until it is told or the event is set, so many seconds at most; return whether it is told."""
        with self._lock:
            if self._told:
                return True
            self._calls.add(call)
        try:
            call.wait(seconds)
        finally:
            with self._lock:
                self._calls.discard(call)
        return self._told


class Helper:
    """A thread that does one thing after another; a daemon, since it may wait when the process has to end.

    :param name: its name.
    """

    def __init__(self, name: str) -> None:
        self._inbox: queue.SimpleQueue[tuple[Callable[[], None], _Done] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)
        self._thread.start()

    def do(self, work: Callable[[], None], done: _Done) -> None:
        """Do something, then call ``done`` with what it raised, if anything."""
        self._inbox.put((work, done))

    def end(self) -> None:
        """Let the thread end when it is done."""
        self._inbox.put(None)

    def _work(self) -> None:
        while (task := self._inbox.get()) is not None:
            work, done = task
            try:
                work()
            except BaseException as error:  # noqa: BLE001 - the sending thread raises it
                done(error)
            else:
                done(None)
            del task, work, done


def aside(work: Callable[[], _T], name: str, *, wait: Callable[[], None], ring: Callable[[], None]) -> _T:
    """Do something on a thread of its own, and return what it returns, or raise what it raises.

    What is left to itself goes on until it has its answer, or the process ends.

    :param name: the thread's.
    :param wait: called until it is done; what it raises ends the waiting.
    :param ring: called by the thread when it is done, so that ``wait`` returns.
    """
    found: list[_T] = []
    ends: list[BaseException | None] = []

    def end(error: BaseException | None) -> None:
        ends.append(error)
        ring()

    helper = Helper(name)
    helper.do(lambda: found.append(work()), end)
    helper.end()
    while not ends:
        wait()
    if ends[0] is not None:
        raise ends[0]
    return found[0]
