"""What the commands among the tests have in common."""

from __future__ import annotations

import argparse
import signal
import sys


def say(line: str) -> None:
    """Print a line at once."""
    print(line, flush=True)  # noqa: T201 - this is a command


def end_by_signals() -> None:
    """Have SIGTERM, as CI sends it, and SIGALRM end the command as an exception does.

    What it started is stopped then, and its folders are removed, as they are by Ctrl-C. It is for commands only: in a
    process of tests SIGALRM is another's.
    """
    for ending in (signal.SIGTERM, signal.SIGALRM):
        signal.signal(ending, lambda number, _: sys.exit(f"ended by signal {number}"))


def one_or_more(text: str) -> int:
    """Return how many, for an argument: a run of none would find nothing wrong."""
    if (number := int(text)) < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return number
