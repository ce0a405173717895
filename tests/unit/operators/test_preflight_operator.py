"""The preflight operator: there is a summary at every end. What it finds is in the contract tests."""

from __future__ import annotations

from typing import Any

import pytest
from airflow.providers.common.compat.sdk import AirflowException, AirflowFailException

from airflow_provider_genesys.operators.preflight import GenesysCloudPreflightOperator
from tests.harness.tasks import TaskInstance, context


def failed(error: type[Exception], message: str, **arguments: Any) -> dict[str, Any]:
    """Run it, see it fail, and return what it has pushed."""
    ti = TaskInstance()
    with pytest.raises(error, match=message):
        GenesysCloudPreflightOperator(task_id="preflight", **arguments).execute(context(ti))
    return ti.pushed


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"operations": ["getPresenceSourcs"]}, "did you mean"),
        ({"operations": "getUsers"}, "operations must be a list"),
        ({"source": "x.jsonl"}, "source and stream go together"),
        ({"references": [{"source_id": "x"}]}, "the key 'source_id' is unknown"),
    ],
)
def test_wrong_arguments_have_a_summary(arguments: dict[str, Any], message: str) -> None:
    pushed = failed(AirflowFailException, message, **arguments)
    assert message in pushed["summary"].pop("failure")
    assert pushed == {"summary": {"ok": False, "checks": {}, "reasons": [], "requests": 0}}


def test_without_a_connection_there_is_a_summary_too() -> None:
    pushed = failed(AirflowException, "nowhere", genesys_cloud_conn_id="nowhere")
    assert "nowhere" in pushed["summary"].pop("failure")
    assert pushed == {"summary": {"ok": False, "checks": {}, "reasons": [], "requests": 0}}


def test_all_it_looks_for_is_templated() -> None:
    fields = set(GenesysCloudPreflightOperator.template_fields)
    of_records = {"mapping", "directory", "source_id"}
    assert fields == {"genesys_cloud_conn_id", "operations", "source", "stream", "references"} | of_records
