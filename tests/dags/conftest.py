"""Airflow's database for the tests that run Dags: one for the whole run, in the home that tests/conftest.py made."""

from __future__ import annotations

import os
import time
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from packaging.version import Version

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
    if Version(version("apache-airflow")).release[:2] == (3, 2):
        _have_its_api_ready()
    return dags_in(os.environ["AIRFLOW__CORE__DAGS_FOLDER"])


def _have_its_api_ready() -> None:
    """Have ``dag.test()`` of Airflow 3.2 ask one API in its process for all tasks, and only when that has started.

    Airflow 3.2 starts one for each task and neither waits for it nor keeps it: a request may come before it is there,
    and the one that is collected as garbage ends the services of them all. 3.3 waits for each, and gives it its own.
    """
    from airflow.sdk.execution_time import supervisor  # noqa: PLC0415

    api = supervisor.in_process_api_server()
    api.transport  # noqa: B018 - it starts by this
    deadline = time.monotonic() + 60
    while not hasattr(api.app.state, "lifespan_called") or not hasattr(api.app.state, "svcs_registry"):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    supervisor.in_process_api_server = lambda: api


@pytest.fixture
def run_dag(dags: dict[str, Any], connected: SimulatorHandle, tmp_path: Path) -> Callable[..., DagRun]:
    """Run an example Dag against the simulator; its files go to ``tmp_path``."""

    def run(dag_id: str, **parameters: Any) -> DagRun:
        return dags[dag_id].test(run_conf={"folder": str(tmp_path)} | parameters)

    return run
