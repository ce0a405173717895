"""Folders on the local disk for what is copied there to be asked; those that killed processes left are removed."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

from airflow_provider_genesys.exceptions import GenesysStorageError
from airflow_provider_genesys.files.locks import hold, remove_unless_held

_PREFIX = "genesys-state-"
_LEFT_OVER_AFTER = 86_400.0
"""Seconds without a write after which a folder is looked at: it is a killed process' if nobody holds its lock.

Time alone does not tell: the clock may jump by a day, and a machine may sleep for one.
"""
_LOCK = "lock"

_REFUSED = frozenset(
    {
        "attempt to write a readonly database",
        "database or disk is full",
        "disk I/O error",
        "unable to open database file",
    }
)
"""What SQLite says when the disk does not do what it asks; before Python 3.11 it tells no number."""


@contextmanager
def on_local_disk() -> Iterator[None]:
    """Say of what SQLite cannot keep on the local disk what it is: no fault of a file, and over once there is room.

    :raises GenesysStorageError: the disk is full, or refuses it otherwise.
    """
    try:
        yield
    except sqlite3.OperationalError as error:
        if str(error) not in _REFUSED:
            raise
        raise GenesysStorageError(
            f"the local disk ({tempfile.gettempdir()}, where records are sorted) cannot be read or written ({error}); "
            "make room there, or set TMPDIR to a larger disk"
        ) from error


@contextmanager
def scratch() -> Iterator[Path]:
    """Provide a folder that is gone afterwards."""
    _sweep()
    with tempfile.TemporaryDirectory(prefix=_PREFIX) as name, (Path(name) / _LOCK).open("wb") as lock:
        hold(lock.fileno())
        yield Path(name)


def _sweep() -> None:
    before = time.time() - _LEFT_OVER_AFTER
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        with suppress(OSError):  # another process may sweep too, and other users' folders are theirs
            if all(each.stat().st_mtime < before for each in (folder, *folder.iterdir())):
                lock = folder / _LOCK
                # Of a process that was killed before it had one. One that is there stays as old as it is.
                lock.open("ab").close()
                remove_unless_held(str(lock), partial(shutil.rmtree, folder), in_doubt=False)
