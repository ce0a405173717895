"""The memory of this process. Imports next to nothing, since imports are among what is measured."""

from __future__ import annotations

from pathlib import Path


def peak_rss() -> int:
    """Return the most memory this process has ever had resident, in bytes."""
    status = Path("/proc/self/status")
    if status.exists():  # getrusage counts what the parent had when it forked
        row = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(row.split()[1]) * 1024
    import resource  # noqa: PLC0415 - Linux does without

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # bytes on macOS, which is what is left
