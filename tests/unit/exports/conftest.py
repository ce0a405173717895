"""Where snapshots of the tests go, on each kind of store, and which of their files are written."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from airflow.providers.common.compat.sdk import ObjectStoragePath
from upath import UPath

from airflow_provider_genesys.files import storage

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(params=["path", "memory", "object-storage"])
def root(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Any]:
    """A folder that does not exist yet."""
    if request.param == "memory":
        folder = UPath(f"memory://{os.getpid()}-{tmp_path.name}/snapshots")
        yield folder
        if folder.exists():
            folder.fs.rm(folder.path, recursive=True)
    elif request.param == "object-storage":
        yield ObjectStoragePath(f"file://{tmp_path}/exports")
    else:
        yield tmp_path / "exports"


@pytest.fixture
def writes(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the files that are written, in order."""
    written: list[str] = []

    def noting(real: Any) -> Any:
        def write(path: Any, data: bytes, **arguments: Any) -> None:
            real(path, data, **arguments)
            written.append(f"{path.parent.name}/{path.name}" if path.name != "latest.json" else path.name)

        return write

    monkeypatch.setattr(storage, "replace", noting(storage.replace))
    monkeypatch.setattr(storage, "put_new", noting(storage.put_new))
    return written
