"""SIGKILL at random moments, then a try that finishes: nothing lost, and nothing twice but what was in flight."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.timeout(180)
def test_killed_at_50_moments_nothing_is_lost() -> None:
    """What counts as wrong is in ``tests.chaos.kills``, which says it and ends non-zero."""
    ended = subprocess.run(
        [sys.executable, "-m", "tests.chaos.kills", "--runs", "50", "--seed", "1"],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=170,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    figures = {line[:42].strip(): int(line[42:].replace(",", "")) for line in ended.stdout.splitlines()[-10:]}
    assert (figures["runs"], figures["events lost"], figures["runs with anything wrong"]) == (50, 0, 0)
    # Else it would have proved nothing: most runs were killed while they were at it, and repeated something.
    assert figures["kills"] >= 50
    assert figures["events repeated"] > 0
    assert figures["events unknown (on_unknown=dead_letter)"] > 0
