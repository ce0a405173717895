"""A state, and runs over it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.interactions.runs import Runs


@pytest.fixture
def runs(tmp_path: Path) -> Runs:
    return Runs(tmp_path)
