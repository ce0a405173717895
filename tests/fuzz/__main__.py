"""Fuzz the readers of foreign bytes, guided by what of the code each input reaches: ``python -m tests.fuzz``.

Each reader has a process of its own, with a limit of memory and of time for one input. What raises anything but the
provider's own errors, hangs or takes too much memory ends in ``.fuzz/<reader>/``, and makes the run fail.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from contextlib import ExitStack
from importlib.util import find_spec
from pathlib import Path

from tests.fuzz.targets import TARGETS
from tests.harness.commands import end_by_signals, one_or_more

FOLDER = Path(__file__).parents[2] / ".fuzz"
TOGETHER = 2


def main() -> None:
    """Fuzz the readers, two at a time."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=one_or_more, default=60, help="for each reader")
    parser.add_argument("--only", choices=TARGETS, action="append", help="this reader; may be given again")
    arguments = parser.parse_args()
    if find_spec("atheris") is None:
        sys.exit("atheris is not installed; `make fuzz` installs it")
    names = arguments.only or list(TARGETS)
    groups = [names[at : at + TOGETHER] for at in range(0, len(names), TOGETHER)]
    if failed := [name for group in groups for name in fuzz(group, arguments.seconds)]:
        sys.exit(f"failed: {', '.join(failed)}; what they were given is in {FOLDER}")


def fuzz(names: list[str], seconds: int) -> list[str]:
    """Fuzz some readers at the same time; return those that failed."""
    with ExitStack() as ends:
        running = {}
        for name in names:
            folder = FOLDER / name
            folder.mkdir(parents=True, exist_ok=True)
            with (folder / "log.txt").open("w") as log:
                command = [sys.executable, "-m", "tests.fuzz.one", name, str(seconds), str(folder)]
                running[name] = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)
            ends.callback(running[name].kill)
        return _failed(running, seconds)


def _failed(running: dict[str, subprocess.Popen[bytes]], seconds: int) -> list[str]:
    """Wait for them, say how each ended, and return those that failed."""
    failed = []
    for name, process in running.items():
        try:
            code = process.wait(seconds + 60)
        except subprocess.TimeoutExpired:
            process.kill()
            code = process.wait()
        lines = (FOLDER / name / "log.txt").read_text(errors="replace").splitlines()
        said = next((line for line in reversed(lines) if line.startswith("Done ")), "it did not end well")
        sys.stdout.write(f"{name}: {said}{f', exit code {code}' if code else ''}\n")
        sys.stdout.flush()
        if code:
            failed.append(name)
    return failed


if __name__ == "__main__":
    end_by_signals()
    main()
