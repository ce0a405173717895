"""Keeps the processes of an Airflow, and ends them with whoever asked for them, even if that one is killed.

``python -m tests.browser.keeper FOLDER COMMANDS``: starts the commands, a JSON object of arguments by name, writes what
each says to ``FOLDER/<name>.log``, and ends all of them, and what they have started, when standard input is closed or
one of them ends by itself. To be started in a session of its own: what is in it belongs to it.
"""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import time
from pathlib import Path

import psutil

PATIENCE = 10.0


def start(folder: Path, commands: dict[str, list[str]]) -> dict[str, subprocess.Popen[bytes]]:
    """Start the commands, each with a log."""
    started = {}
    for name, command in commands.items():
        with (folder / f"{name}.log").open("wb") as log:
            started[name] = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT)
    return started


def ended(processes: dict[str, subprocess.Popen[bytes]]) -> list[str]:
    """Return the names of those that are over."""
    return [name for name, process in processes.items() if process.poll() is not None]


def stop(processes: dict[str, subprocess.Popen[bytes]]) -> None:
    """Ask them to end, wait a while, and kill what is left of the session."""
    for process in processes.values():
        process.terminate()
    until = time.monotonic() + PATIENCE
    while len(ended(processes)) < len(processes) and time.monotonic() < until:
        time.sleep(0.1)
    for process in psutil.process_iter():
        try:
            if process.pid != os.getpid() and os.getsid(process.pid) == os.getsid(0):
                process.kill()
        except (ProcessLookupError, psutil.NoSuchProcess):
            continue


def main(folder: str, commands: str) -> int:
    """Keep them until standard input is closed; return 1 if one of them ended before."""
    if os.getsid(0) != os.getpid():
        raise SystemExit("The keeper kills its whole session at the end: start it in one of its own")
    processes = start(Path(folder), json.loads(commands))
    while not (over := ended(processes)) and not select.select([0], [], [], 0.2)[0]:
        pass
    stop(processes)
    return 1 if over else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
