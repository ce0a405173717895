"""What holds for all operators of presence: which arguments are templates, and what is checked first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException, BaseOperator

from tests.contract.operators.presence_tasks import plan, run, sync
from tests.harness.provider import provider_classes

if TYPE_CHECKING:
    from airflow_provider_genesys.simulator.process import SimulatorHandle

OPERATORS = [each for each in provider_classes("operators", "sensors") if each.__module__.endswith(".presence")]


@pytest.mark.parametrize("operator", OPERATORS, ids=lambda operator: operator.__name__)
def test_nothing_else_is_a_template(operator: type[BaseOperator]) -> None:
    what = {"definitions", "plan", "presences", "protected", "force_checksum", "user_ids", "source_id"}
    assert set(operator.template_fields) <= what | {"artifacts_path", "genesys_cloud_conn_id"}


@pytest.mark.parametrize("made", [plan, sync])
@pytest.mark.parametrize("path", ["nonsense", "~/x", "C:\\x"])
def test_where_a_plan_goes_is_checked_before_anything_is_asked(
    connected: SimulatorHandle, made: Any, path: str
) -> None:
    with pytest.raises(AirflowFailException, match="artifacts_path"):
        run(made(artifacts_path=path))
    assert connected.requests()["total"] == 0
