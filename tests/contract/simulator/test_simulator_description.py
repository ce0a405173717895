"""The simulator against the published description, by schemathesis: what it is sent, and what it answers.

Requests are made of the description, good ones and wrong ones. No answer may have a status that is not described, say
other than its schema or have an error's code that its operation does not have, and none may be a failure of the server.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.config import SchemathesisConfig
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.contract.simulator.description import description
from tests.facts import facts
from tests.harness.fixtures import PLENTY

if TYPE_CHECKING:
    from airflow_provider_genesys.simulator.process import SimulatorHandle

EXAMPLES = 12
"""Requests of each kind to each operation; a thousand in all."""
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
OPERATIONS = {
    each.ok().label: each.ok()
    for each in schemathesis.openapi.from_dict(description(), config=SchemathesisConfig()).get_all_operations()
}
GOOD, WRONG = schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE


def _may_be_wrong(operation: Any) -> bool:
    """Tell whether there is a body, or a parameter of which not each text is a good one."""
    raw = operation.definition.raw
    return "requestBody" in raw or any(each["in"] == "query" for each in raw["parameters"])


WAYS = [(name, GOOD) for name in OPERATIONS] + [
    (name, WRONG) for name, each in OPERATIONS.items() if _may_be_wrong(each)
]
SHOP = "8f14e45f-ceea-4e7a-9a3b-1c2d3e4f5a6b"
BREAK = "227b37e2-f1d0-4dd0-8f50-badd7cf6d158"


class Organization:
    """An organisation with one of each, which is put there again when something of it is gone."""

    def __init__(self, simulator: SimulatorHandle) -> None:
        self._simulator = simulator
        self.begin()

    def begin(self) -> None:
        """Have it as at the start."""
        simulator = self._simulator
        simulator.reset()
        simulator.settings(requests_per_minute=PLENTY)
        labels = {"systemPresence": "Break", "languageLabels": {"en_US": "Smoke"}}
        definition = simulator.load_presence([labels])[0]["id"]
        simulator.load_webchat({"requireDeployment": True}, [{"id": SHOP, "name": "Shop"}])
        configuration = {
            "id": "messenger",
            "versions": [{"name": "Spring"}, {"name": "Summer"}],
            "draft": {"name": "A"},
        }
        deployment = {"id": SHOP, "name": "Shop", "configuration": {"id": "messenger", "version": "2"}}
        simulator.load_web_messaging([configuration, {"id": "spare", "draft": {"name": "B"}}], [deployment])
        users = [user["id"] for user in simulator.directory()["users"][:3]]
        sources = [source["id"] for source in simulator.presence()["sources"] if source["type"] != "System"]
        restoring = {"enabled": False, "restoreOnQueueEnabled": False, "restoreTimeMilliseconds": 0}
        self.parameters: dict[str, list[Any]] = {
            "definitionId": [definition, BREAK],
            "presenceId": [definition],
            "userId": users,
            "sourceId": [*sources, "purecloud"],
            "deploymentId": [SHOP],
            "configurationId": ["messenger", "spare"],
            "versionId": ["1", "2", "DRAFT"],
            "id": [users],
            "divisionId": [["*"]],
            "deactivated": ["true", "false"],
            "deleted": ["true", "false", "all"],
            "pageSize": ["1", "25"],
            "pageNumber": ["1", "2"],
        }
        self.properties: dict[str, list[Any]] = {
            "name": ["Lunch"],
            "type": ["User"],
            "primary": [False],
            "deactivated": [False],
            "divisionId": ["*"],
            "systemPresence": ["Break", "Meal"],
            "languageLabels": [{"en_US": "Lunch"}],
            "configuration": [deployment["configuration"]],
            "sourceId": sources,
            "restorePresenceSettings": [restoring],
            "defaultPrimaryPresenceRegisteredSourceId": sources,
        }
        """What leads further than to an error, in parameters and in bodies."""
        token = requests.post(
            f"{simulator.base_url}/oauth/token",
            {"grant_type": "client_credentials"},
            auth=(simulator.client_id, simulator.client_secret),
            timeout=30,
        ).json()["access_token"]
        self._headers = {"Authorization": f"Bearer {token}"}

    def ask(self, case: Any) -> int:
        """Send a request, hold its answer against the description, and return the status."""
        answer = case.call(base_url=self._simulator.base_url, headers=self._headers, timeout=30)
        case.validate_response(answer, checks=CHECKS)
        if case.method == "DELETE" and answer.status_code < 300:
            self.begin()
        return int(answer.status_code)


def bring_near(values: Any, there: dict[str, list[Any]], data: st.DataObject) -> None:
    """Put what there is into most requests: of any text that a path may have, next to none names something."""
    for name in values if isinstance(values, dict) else ():
        if name in there and data.draw(st.integers(0, 7)):
            values[name] = data.draw(st.sampled_from(there[name]))


def test_all_operations_that_are_described_are_asked() -> None:
    assert {f"{row['method']} {row['path']}" for row in facts("operations")} == OPERATIONS.keys()


def ask(organization: Organization, operation: str, mode: schemathesis.GenerationMode, count: int) -> Counter[int]:
    """Ask an operation so many times, and return the answers' statuses."""
    statuses: Counter[int] = Counter()

    @settings(
        max_examples=count,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=OPERATIONS[operation].as_strategy(generation_mode=mode), data=st.data())
    def once(case: Any, data: st.DataObject) -> None:
        bring_near(case.path_parameters, organization.parameters, data)
        if mode is GOOD:
            bring_near(case.query, organization.parameters, data)
            bring_near(case.body, organization.properties, data)
        statuses[organization.ask(case)] += 1

    once()
    return statuses


@pytest.mark.parametrize(("operation", "mode"), WAYS)
def test_answers_are_those_that_are_described(
    genesys_cloud_simulator: SimulatorHandle, operation: str, mode: schemathesis.GenerationMode
) -> None:
    organization = Organization(genesys_cloud_simulator)
    statuses = ask(organization, operation, mode, EXAMPLES)
    if mode is GOOD and min(statuses) >= 300:
        # What is made of a description depends on the texts in all of the code, too: a few may all be refused.
        statuses = ask(organization, operation, mode, 40 * EXAMPLES)
    assert mode is WRONG or min(statuses) < 300, statuses
