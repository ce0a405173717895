"""Who still uses what is on the local disk, by locks, of which the system lets go however a process ends."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable
from contextlib import ExitStack, suppress


def hold(descriptor: int) -> None:
    """Hold an open file until it is closed; on a file system without locks it is held by nobody."""
    with suppress(OSError):
        fcntl.flock(descriptor, fcntl.LOCK_EX)


def remove_unless_held(file: str, remove: Callable[[], object], *, in_doubt: bool) -> None:
    """Remove what a killed process left, unless somebody holds it, or takes hold of it first.

    :param file: what is held.
    :param remove: removes what is left.
    :param in_doubt: whether to remove it where nobody can tell: there are no locks, or the file is another user's.
    :raises OSError: as the callable does.
    """
    with ExitStack() as files:
        try:
            mode = "r+b" if os.access(file, os.W_OK) else "rb"  # on some shares only who may write may hold
            held = files.enter_context(open(file, mode))  # noqa: PTH123
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        except OSError:
            if not in_doubt:
                return
        remove()
