"""Many files written or read side by side: on a store each takes a round trip, and hundreds of them a minute.

On a local disk, which answers at once, they are taken one after the other by the caller's thread: others would only
wait for its lock.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

from airflow_provider_genesys.files import storage

if TYPE_CHECKING:
    from airflow_provider_genesys.files.storage import StoragePath

_T = TypeVar("_T")
_R = TypeVar("_R")

AT_A_TIME = 8
"""Requests to a store that are under way at a time, each in a thread."""


def replace_all(files: Sequence[tuple[StoragePath, bytes]]) -> None:
    """Write files, each as :func:`~airflow_provider_genesys.files.storage.replace` does; they are in one store.

    Returns when all are certainly written. After an error no more are begun, and which are written nobody knows.

    :param files: paths and contents.
    :raises OSError: one cannot be written; of several the first.
    """
    for _ in _each(lambda file: storage.replace(*file), files, [path for path, _ in files]):
        pass


def read_all(paths: Sequence[StoragePath]) -> Iterator[bytes | None]:
    """Yield the contents of files in their order, each as :func:`~airflow_provider_genesys.files.storage.read` does.

    Few are read ahead of what was taken, so that memory does not grow with their number.

    :param paths: the files; they are in one store.
    :raises OSError: one cannot be read; those before it were yielded.
    """
    return _each(storage.read, paths, paths)


def _each(work: Callable[[_T], _R], items: Iterable[_T], paths: Sequence[StoragePath]) -> Iterator[_R]:
    """Yield what becomes of each item, in their order."""
    if len(paths) < 2 or storage.is_local(paths[0]) or not storage.is_for_threads(paths[0]):  # noqa: PLR2004 - many
        yield from map(work, items)
        return
    under_way: deque[Future[_R]] = deque()
    with ThreadPoolExecutor(AT_A_TIME, thread_name_prefix="genesys-store") as threads:
        try:
            for item in items:
                under_way.append(threads.submit(work, item))
                if len(under_way) >= 2 * AT_A_TIME:
                    yield under_way.popleft().result()
            while under_way:
                yield under_way.popleft().result()
        finally:
            for each in under_way:
                each.cancel()
