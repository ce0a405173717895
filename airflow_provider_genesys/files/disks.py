"""What the system tells of a local path: on whose disk it is, and where what is written to it goes."""

from __future__ import annotations

import os
from stat import S_ISDIR, S_ISLNK, S_ISREG

# What the names of file systems begin with whose files are on other machines or at the host of this one, or on a disk
# that several machines share: all of them may keep a reader waiting. OrangeFS calls itself pvfs2.
_SHARES = (
    *("nfs", "cifs", "smb", "fuse", "ceph", "gluster", "lustre", "afs", "gpfs", "beegfs", "davfs", "orangefs", "pvfs2"),
    *("weka", "9p", "virtiofs", "vboxsf", "prl_fs", "vmhgfs", "drvfs", "ocfs2", "gfs2"),
)


def is_on_own_disk(path: str) -> bool:
    """Tell whether a path is on a disk of this machine itself, and on no share of or with another one.

    Where the system does not tell what is mounted (macOS), it is taken for one.
    """
    target = os.path.realpath(path)
    mounts = [(point, kind) for point, kind in _mounts() if f"{target}/".startswith(f"{point.rstrip('/')}/")]
    _, kind = max(mounts, key=lambda mount: len(mount[0]), default=("", ""))
    return not kind.startswith(_SHARES)


def _mounts() -> list[tuple[str, str]]:
    """Return where file systems are mounted and their kinds; of several at one place the upper one comes first."""
    try:
        with open("/proc/self/mountinfo", encoding="utf-8", errors="surrogateescape") as file:  # noqa: PTH123
            rows = [line.partition(" - ") for line in file]
    except OSError:
        return []
    return [(left.split()[4].replace("\\040", " "), right.split()[0]) for left, _, right in reversed(rows)]


def destination(target: str) -> tuple[str, bool]:
    """Return where what is written to a local path goes, and whether it takes the place of what is there.

    Where a link leads is asked of the system, since those of ``/proc`` lead to pipes that have no path.
    """
    try:
        mode = os.lstat(target).st_mode
    except OSError:  # there is nothing, or what is wrong is told by who writes
        return target, True
    if S_ISLNK(mode):
        try:
            mode = os.stat(target).st_mode  # noqa: PTH116 (a Path object costs more than the call)
        except FileNotFoundError:  # which is what writing to it makes
            return os.path.realpath(target), True
        if S_ISREG(mode) or S_ISDIR(mode):
            return os.path.realpath(target), True
    return target, S_ISREG(mode) or S_ISDIR(mode)
