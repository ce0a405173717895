"""Paths on any store."""

from __future__ import annotations

import pytest

from airflow_provider_genesys.exceptions import GenesysConfigError
from airflow_provider_genesys.tasks.paths import open_path


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("nosuch://bucket/folder", "there is no such store, or its provider is not installed"),
        ("hdfs://bucket/folder", "no package of Airflow's has a store for hdfs://"),
    ],
)
def test_a_store_that_is_not_there_is_named(path: str, told: str) -> None:
    with pytest.raises(GenesysConfigError, match=f"{path}: {told}"):
        open_path(path)


def test_a_relative_path_is_local() -> None:
    assert open_path("a/b").path.endswith("/a/b")
