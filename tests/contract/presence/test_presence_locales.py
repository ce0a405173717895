"""Labels in languages that the provider's list lacks, in an organisation that has them or not."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest

from airflow_provider_genesys.api.genesys_cloud import GenesysCloudClient
from airflow_provider_genesys.api.settings import ClientSettings
from airflow_provider_genesys.presence.plan.plan import Plan
from airflow_provider_genesys.presence.plan.planner import plan_definitions
from airflow_provider_genesys.presence.plan.render import markdown
from airflow_provider_genesys.presence.plan.settings import PlanSettings

if TYPE_CHECKING:
    from airflow_provider_genesys.presence.plan.settings import Labels
    from airflow_provider_genesys.simulator.process import SimulatorHandle

LABELS = {"en_US": "Smoke", "fr_CA": "Fumer", "de": "Rauchen"}


@pytest.fixture
def client(genesys_cloud_simulator: SimulatorHandle) -> GenesysCloudClient:
    simulator = genesys_cloud_simulator
    simulator.load_presence([{"systemPresence": "Break", "languageLabels": LABELS}])
    return GenesysCloudClient(ClientSettings("simulator", "simulator", simulator.base_url, simulator.login_url))


def plan_of(client: GenesysCloudClient, labels: dict[str, str], how: Labels = "replace") -> Plan:
    return plan_definitions(client, [{"system_presence": "Break", "labels": labels}], PlanSettings(labels=how))[0]


def test_a_language_of_the_organisation_is_kept_and_others_are_replaced(client: GenesysCloudClient) -> None:
    (change,) = plan_of(client, {"en_US": "Smoke"}).changes
    assert change.after.labels == {"en_US": "Smoke", "fr_CA": "Fumer"}
    assert plan_of(client, {"en_US": "Smoke"}, "merge").changes == ()


def test_a_language_of_the_organisation_may_be_named(
    client: GenesysCloudClient, caplog: pytest.LogCaptureFixture
) -> None:
    assert plan_of(client, LABELS).changes == ()
    plan = plan_of(client, {**LABELS, "fr_CA": "Pause"})
    assert plan.changes[0].after.labels == {**LABELS, "fr_CA": "Pause"}
    assert plan.warnings == ()
    assert "warnings" not in plan.to_json()
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


def test_an_unknown_language_is_a_warning_in_log_and_markdown(
    client: GenesysCloudClient, caplog: pytest.LogCaptureFixture
) -> None:
    plan = plan_of(client, {**LABELS, "en_GB": "Fag"})
    (warning,) = plan.warnings
    assert "has a label in en_GB, in which the organisation has none yet" in warning
    assert warning in caplog.text
    assert "Warning: " in markdown(plan)
    assert "in which the organisation has none yet" in markdown(plan)
    assert warning.endswith("; of this language it is known to take en, en_US")
    assert plan.safe
    again = Plan.from_json(plan.to_json())
    assert (again, again.checksum) == (plan, plan.checksum)
