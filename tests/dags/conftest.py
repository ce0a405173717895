"""Airflow's database for the tests that run Dags: one for the whole run, in the home that tests/conftest.py made."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.harness.bundles import dags_in

if TYPE_CHECKING:
    from collections.abc import Callable

    from airflow.models.dagrun import DagRun

    from airflow_provider_genesys.simulator.process import SimulatorHandle


@pytest.fixture(scope="session")
def dags() -> dict[str, Any]:
    """The example Dags by id, as Airflow finds them; running them needs its database, which is made here."""
    from airflow.configuration import AIRFLOW_HOME, conf  # noqa: PLC0415 - after the home is set
    from airflow.utils.db import initdb  # noqa: PLC0415

    home = os.environ["AIRFLOW_HOME"]
    if home != AIRFLOW_HOME or home not in conf.get("database", "sql_alchemy_conn"):
        pytest.exit(f"Airflow was imported before its home was set, and would write to {AIRFLOW_HOME}")
    initdb()
    return dags_in(os.environ["AIRFLOW__CORE__DAGS_FOLDER"])


@pytest.fixture
def run_dag(dags: dict[str, Any], connected: SimulatorHandle, tmp_path: Path) -> Callable[..., DagRun]:
    """Run an example Dag against the simulator; its files go to ``tmp_path``."""

    def run(dag_id: str, **parameters: Any) -> DagRun:
        return dags[dag_id].test(run_conf={"folder": str(tmp_path)} | parameters)

    return run
