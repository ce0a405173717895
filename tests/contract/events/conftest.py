"""A folder in an object store, for tests of stores that are slow or away."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from fsspec.implementations.memory import MemoryFileSystem
from upath import UPath

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def store() -> Iterator[UPath]:
    """A folder in an object store, of this test alone: a write that hung in an earlier one may end in this."""
    yield UPath(f"memory://artifacts/{uuid4()}/task")
    MemoryFileSystem.store.clear()
