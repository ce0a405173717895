"""What the commands among the tests have in common."""

from __future__ import annotations


def say(line: str) -> None:
    """Print a line at once."""
    print(line, flush=True)  # noqa: T201 - this is a command
