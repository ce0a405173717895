"""Folders on the local disk for what is copied there to be asked; those that killed processes left are removed."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_PREFIX = "genesys-state-"
_LEFT_OVER_AFTER = 86_400.0
"""Seconds without a write after which a folder is a killed process': one in use is written to all the time."""


@contextmanager
def scratch() -> Iterator[Path]:
    """Provide a folder that is gone afterwards."""
    _sweep()
    with tempfile.TemporaryDirectory(prefix=_PREFIX) as name:
        yield Path(name)


def _sweep() -> None:
    before = time.time() - _LEFT_OVER_AFTER
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        with suppress(OSError):  # another process may sweep too, and other users' folders are theirs
            if all(each.stat().st_mtime < before for each in (folder, *folder.iterdir())):
                shutil.rmtree(folder)
