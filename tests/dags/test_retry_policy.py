"""The retry policy: decisions by what went wrong, and Airflow acting on them; an ``ImportError`` where it has none."""

from __future__ import annotations

import math
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import pytest
from packaging.version import Version

from airflow_provider_genesys.exceptions import (
    GenesysAuthError,
    GenesysConfigError,
    GenesysEventsRejectedError,
    GenesysNotFoundError,
    GenesysRateLimitError,
    GenesysServerError,
    GenesysTransportError,
    GenesysUnsafePlanError,
)
from tests.harness.bundles import dags_of_a_bundle

if TYPE_CHECKING:
    from pathlib import Path

    from airflow_provider_genesys.simulator.process import SimulatorHandle

HAS_POLICIES = Version(version("apache-airflow")) >= Version("3.3")
with_policies = pytest.mark.skipif(not HAS_POLICIES, reason="retry policies came with Airflow 3.3")
DAG = """
from datetime import timedelta

from airflow.sdk import DAG, task

from airflow_provider_genesys.hooks.genesys_cloud import GenesysCloudHook
from airflow_provider_genesys.policies import GenesysRetryPolicy

with DAG("retries", schedule=None):

    @task(retries=3, retry_delay=timedelta(hours=1), retry_policy=GenesysRetryPolicy())
    def call():
        from dataclasses import replace
        from airflow_provider_genesys.api.genesys_cloud import GenesysCloudClient

        settings = replace(GenesysCloudHook().get_connection_settings(), max_wait=0.5)
        GenesysCloudClient(settings).call("getUsers")

    call()
"""


@pytest.mark.skipif(HAS_POLICIES, reason="this Airflow has retry policies")
def test_where_airflow_has_no_policies_the_import_says_so() -> None:
    with pytest.raises(ImportError, match=r"GenesysRetryPolicy needs Airflow 3\.3 or newer"):
        import airflow_provider_genesys.policies  # noqa: F401, PLC0415


def wrapped(error: Exception) -> Exception:
    outer = RuntimeError("the user's own")
    outer.__cause__ = error
    return outer


@with_policies
@pytest.mark.parametrize(
    ("error", "action", "seconds"),
    [
        (GenesysRateLimitError(429, retry_after=41.2), "retry", 42),
        (GenesysServerError(503, retry_after=7), "retry", 7),
        (wrapped(GenesysRateLimitError(429, retry_after=3)), "retry", 3),
        (GenesysRateLimitError(429, retry_after=1e12), "retry", 86_400),
        (GenesysRateLimitError(429, retry_after=1e300), "retry", 86_400),
        (GenesysServerError(503, retry_after=-7), "retry", 0),
        (GenesysRateLimitError(429, retry_after=math.nan), "default", None),
        (GenesysRateLimitError(429, retry_after=math.inf), "default", None),
        (wrapped(GenesysServerError(503, retry_after=-math.inf)), "default", None),
        (GenesysAuthError(401, retry_after=math.nan), "fail", None),
        (GenesysRateLimitError(429), "default", None),
        (GenesysServerError(502), "default", None),
        (GenesysNotFoundError(404), "default", None),
        (GenesysTransportError("lost", sent=None), "default", None),
        (ValueError("not ours"), "default", None),
        (GenesysAuthError(401, retry_after=5), "fail", None),
        (GenesysConfigError("wrong"), "fail", None),
        (GenesysUnsafePlanError("unsafe"), "fail", None),
        (GenesysEventsRejectedError("refused", {}), "fail", None),
        (wrapped(GenesysEventsRejectedError("refused", {})), "fail", None),
    ],
)
def test_what_went_wrong_decides(error: Exception, action: str, seconds: int | None) -> None:
    from airflow_provider_genesys.policies import GenesysRetryPolicy  # noqa: PLC0415 - only on these versions

    decision = GenesysRetryPolicy().evaluate(error, 1, 3)
    delay = decision.retry_delay
    assert (decision.action.value, None if delay is None else delay.total_seconds()) == (action, seconds)


@with_policies
@pytest.mark.usefixtures("dags")
@pytest.mark.parametrize(
    ("fault", "tries"),
    [({"status": 429, "retry_after": 1, "count": 1}, 2), ({"status": 403}, 1)],
    ids=["rate limited", "forbidden"],
)
def test_airflow_tries_again_when_the_server_said_and_not_where_that_cures_nothing(
    fault: dict[str, Any],
    tries: int,
    connected: SimulatorHandle,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "retries.py").write_text(DAG)
    connected.add_fault(path="/api/v2/users", **fault)
    dag = dags_of_a_bundle(tmp_path, monkeypatch)["retries"]
    run = dag.test()  # with a retry_delay of an hour this would never end
    (instance,) = run.get_task_instances()
    assert (str(instance.state), instance.try_number) == ("success" if tries > 1 else "failed", tries)
