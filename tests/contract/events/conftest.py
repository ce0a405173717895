"""A folder in an object store, for tests of stores that are slow or away."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from fsspec.implementations.memory import MemoryFileSystem
from upath import UPath

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def store() -> Iterator[UPath]:
    """A folder in an object store."""
    folder = UPath("memory://artifacts/task")
    yield folder
    MemoryFileSystem.store.clear()
