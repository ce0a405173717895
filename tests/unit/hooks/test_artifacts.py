"""Paths on any store."""

from __future__ import annotations

import pytest

from airflow_provider_genesys.exceptions import GenesysConfigError
from airflow_provider_genesys.tasks.paths import open_path


@pytest.mark.parametrize("path", ["nosuch://bucket/folder", "hdfs://bucket/folder"])
def test_a_store_that_is_not_there_is_named(path: str) -> None:
    with pytest.raises(GenesysConfigError, match=f"{path}: there is no such store, or its provider is not installed"):
        open_path(path)


def test_a_relative_path_is_local() -> None:
    assert open_path("a/b").path.endswith("/a/b")
