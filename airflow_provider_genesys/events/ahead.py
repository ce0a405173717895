"""Reading ahead, on a thread of its own, of an input that may keep its reader waiting."""

from __future__ import annotations

import stat
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from airflow_provider_genesys.events.inputs import INLINE_NAME
from airflow_provider_genesys.files.storage import answers_at_once, is_device

if TYPE_CHECKING:
    from airflow_provider_genesys.events.helper import Bell
    from airflow_provider_genesys.events.source import Chunk

_CHUNKS = 16


def may_keep_waiting(names: Iterable[str]) -> bool:
    """Tell whether reading an input may take long.

    :param names: names of its files as :func:`~airflow_provider_genesys.events.source.describe` gives them.
    """
    return not all(_is_plain_file(name) for name in names)


def said_of_pipes(names: Iterable[str]) -> str:
    """Say what a new try needs of an input that can be read once only; nothing where all of it are files.

    :param names: as those of :func:`may_keep_waiting`.
    """
    pipe = next((name for name in names if (path := _local(name)) is not None and is_device(path)), None)
    if pipe is None:
        return ""
    return f" {pipe} is a pipe, which is read once: a new try needs all of it written once more, from the beginning."


def _is_plain_file(name: str) -> bool:
    if name == INLINE_NAME:
        return True
    path = _local(name)
    try:
        return path is not None and stat.S_ISREG(path.stat().st_mode) and answers_at_once(path)
    except OSError:
        return False


def _local(name: str) -> Path | None:
    """Return the path that an input's name is on this machine; ``None`` of one on a store."""
    scheme, found, rest = name.partition("://")
    return None if found and scheme not in {"file", "local"} else Path(rest if found else name)


class ReadAhead:
    """Iterates over chunks that another thread reads.

    :param chunks: what it reads.
    :param bell: rung when there is something.
    :param wait: called while there is nothing; may raise.
    """

    def __init__(self, chunks: Iterator[Chunk], bell: Bell, wait: Callable[[], None]) -> None:
        self._chunks = chunks
        self._bell = bell
        self._wait = wait
        self._read: deque[Chunk] = deque()
        self._room = threading.Semaphore(_CHUNKS)
        self._failure: BaseException | None = None
        self._at_end = self._closed = False
        # A daemon: it may wait for a store when the process has to end.
        threading.Thread(target=self._work, name="genesys-reader", daemon=True).start()

    def __iter__(self) -> Iterator[Chunk]:
        """Yield the chunks; raises what reading them raised, behind the last."""
        while True:
            while not self._read:
                if self._at_end and not self._read:
                    if self._failure is not None:
                        raise self._failure
                    return
                self._wait()
            self._room.release()
            yield self._read.popleft()

    def close(self) -> None:
        """Read nothing more."""
        self._closed = True
        self._room.release()

    def _work(self) -> None:
        try:
            for chunk in self._chunks:
                self._read.append(chunk)
                self._bell.ring()
                self._room.acquire()
                if self._closed:
                    return
        except BaseException as error:  # noqa: BLE001 - the iterating thread raises it
            self._failure = error
        finally:
            self._at_end = True
            self._bell.ring()
