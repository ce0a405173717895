"""Local files while they are written: under names of their own, which who writes holds, and what killed processes left.

A file that is written piece by piece may be open for hours, in a folder into which others write. So its age does not
tell whether anybody still writes it, but its lock does, of which the system lets go however a process ends.
"""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from hashlib import blake2b
from typing import IO

from airflow_provider_genesys.files.locks import hold, remove_unless_held

_PREFIX = ".genesys-"
_SUFFIX = ".tmp"
_LEFT_OVER_AFTER = 3600.0
"""Seconds after which a file that nobody holds is taken for a killed process': one that is not held at all, since it is
written at once, lives for milliseconds."""


def new_name(of: str = "") -> str:
    """Return a name for a file until it is whole.

    :param of: what it will be, if what is left of it is to be found by that.
    """
    return f"{_begin(of) if of else _PREFIX}{secrets.token_hex(8)}{_SUFFIX}"


def is_unfinished(name: str) -> bool:
    """Tell whether a name is that of a file that is not whole."""
    return name.startswith(_PREFIX) and name.endswith(_SUFFIX)


def create(name: str, mode: int = 0o666) -> int:
    """Make a file that is not there, and return its descriptor.

    :raises OSError: it cannot be made.
    """
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
    try:
        return os.open(name, flags, mode)
    except FileNotFoundError:  # the folder was removed since it was prepared
        os.makedirs(os.path.dirname(name), exist_ok=True)  # noqa: PTH103, PTH120
        return os.open(name, flags, mode)


@contextmanager
def held(folder: str, of: str, mode: int = 0o666) -> Iterator[tuple[str, IO[bytes]]]:
    """Provide a new file and its name, and remove it in the end unless it has another name by then.

    :param folder: where.
    :param of: what it will be.
    :param mode: who may read and write it.
    :raises OSError: it cannot be made.
    """
    name = f"{folder or '.'}/{new_name(of)}"
    with open(_locked(name, mode), "wb") as file:
        try:
            yield name, file
        finally:
            with suppress(OSError):
                os.unlink(name)  # noqa: PTH108


def _locked(name: str, mode: int) -> int:
    while True:
        descriptor = create(name, mode)
        hold(descriptor)
        if os.path.lexists(name):
            return descriptor
        os.close(descriptor)  # somebody else held it first, and took it for left


def sweep(folder: str, of: str) -> None:
    """Remove what killed processes left of one file, where it is certain that nobody writes it."""
    begin = _begin(of)
    _remove(folder, lambda entry: entry.name.startswith(begin), in_doubt=False)


def sweep_old(folder: str) -> None:
    """Remove what killed processes left of any file long ago, unless somebody still holds it."""
    before = time.time() - _LEFT_OVER_AFTER
    _remove(folder, lambda entry: entry.stat().st_mtime < before, in_doubt=True)


def _remove(folder: str, is_meant: Callable[[os.DirEntry[str]], bool], *, in_doubt: bool) -> None:
    with suppress(OSError), os.scandir(folder or ".") as entries:
        for entry in entries:
            with suppress(OSError):  # somebody has removed it, or other users' files are theirs in this folder
                if is_unfinished(entry.name) and is_meant(entry):
                    remove_unless_held(entry.path, partial(os.unlink, entry.path), in_doubt=in_doubt)


def _begin(of: str) -> str:
    return f"{_PREFIX}{blake2b(of.encode(errors='surrogateescape'), digest_size=6).hexdigest()}-"
