"""Stores that take their time or never answer, and publishers that are told to stop meanwhile."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from fsspec.implementations.memory import MemoryFileSystem

from airflow_provider_genesys.exceptions import GenesysError
from tests.contract.worlds import add_up
from tests.harness.machine import HEARD

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from airflow_provider_genesys.events.publisher import Publisher
    from tests.contract.roads import Road

HUNG = 30.0


@contextmanager
def writes(monkeypatch: pytest.MonkeyPatch, seconds: Callable[[str], float]) -> Iterator[list[str]]:
    """Make each write to the store take so long; yields the threads that wrote."""
    pipe, threads = MemoryFileSystem.pipe_file, []

    def slow(self: Any, path: str, value: bytes, **more: Any) -> None:
        threads.append(threading.current_thread().name)
        time.sleep(seconds(path))
        pipe(self, path, value, **more)

    with monkeypatch.context() as patch:
        patch.setattr(MemoryFileSystem, "pipe_file", slow)
        yield threads


def publisher(road: Road, folder: Any, **settings: Any) -> Publisher:
    road.folder = folder
    return road.start(**{"client": {"read_timeout": 30.0}, **settings})


class Hung:
    """A store that never answers about some of its files, once it is told to hang."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, does: str, part: str) -> None:
        self.hangs = threading.Event()
        self.asked = threading.Event()
        method = getattr(MemoryFileSystem, does)

        def slow(fs: Any, path: str, *arguments: Any, **more: Any) -> Any:
            if self.hangs.is_set() and part in path:
                self.asked.set()
                time.sleep(HUNG)
            return method(fs, path, *arguments, **more)

        monkeypatch.setattr(MemoryFileSystem, does, slow)


@contextmanager
def stopped_at_once(hung: Hung, running: Publisher) -> Iterator[None]:
    """Ask to stop when the store has hung for a moment: what is within ends long before Airflow kills."""
    stopped: list[float] = []

    def stop() -> None:
        assert hung.asked.wait(60)
        time.sleep(0.3)
        stopped.append(time.monotonic())
        running.stop()

    threading.Thread(target=stop, daemon=True).start()
    yield
    assert time.monotonic() - stopped[0] < HEARD


def stop_when_asked(hung: Hung, running: Publisher, source: Any) -> None:
    """Publish, and ask to stop when the store hangs: the publish is not complete, and its account adds up."""
    with stopped_at_once(hung, running), pytest.raises(GenesysError, match="stopped"):
        running.publish(source)
    add_up(running.summary())
    assert not running.summary()["complete"]
