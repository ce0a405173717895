"""Dags in files, as Airflow finds them in a folder."""

from __future__ import annotations

import json
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from packaging.version import Version

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def dags_in(folder: str | Path) -> dict[str, Any]:
    """Return the Dags of a folder by id, ready to run; all of its files can be read."""
    from airflow.models import DagBag  # noqa: PLC0415 - after the home is set

    bag = DagBag(str(folder))
    assert bag.import_errors == {}
    if Version(version("apache-airflow")).major == 2:  # whose dag.test() puts no aliases of Assets into the database
        bag.sync_to_db()
    return bag.dags


def dags_of_a_bundle(folder: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Return the Dags of a folder that is no other test's, which Airflow 3 wants to have as a bundle."""
    name = f"{folder.parent.name}-{folder.name}".replace("_", "-")
    bundle = {"name": name, "kwargs": {"path": str(folder)}}
    bundle["classpath"] = "airflow.dag_processing.bundles.local.LocalDagBundle"
    monkeypatch.setenv("AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_CONFIG_LIST", json.dumps([bundle]))
    return dags_in(folder)
