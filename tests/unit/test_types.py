"""What types say is what the rules beside them say: names of choices, and keys of rows."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, NotRequired, get_args, get_origin, get_type_hints

import pytest

from airflow_provider_genesys.api.operations import OPERATIONS, Operation
from airflow_provider_genesys.api.operations.names import (
    GenesysCloudListingName,
    GenesysCloudOperationName,
    GenesysCloudTokenOperationName,
    OperationName,
    VonageListingName,
    VonageOperationName,
)
from airflow_provider_genesys.arguments import read
from airflow_provider_genesys.events import settings as events
from airflow_provider_genesys.events.models import STREAMS
from airflow_provider_genesys.exceptions import GenesysConfigError
from airflow_provider_genesys.exports.resources import GROUPS, RESOURCES, GroupName, ResourceName
from airflow_provider_genesys.mapping.rules import PresenceMapRow, load_rules
from airflow_provider_genesys.operators.presence import GenesysCloudPlanPresenceDefinitionsOperator, OnChanges
from airflow_provider_genesys.preflight.references import ReferenceRow, References
from airflow_provider_genesys.presence.definitions import DefinitionRow, load_definitions
from airflow_provider_genesys.presence.plan import settings as plan
from airflow_provider_genesys.presence.users import UserPresenceRow, new_presences
from airflow_provider_genesys.sensors.presence import (
    GenesysCloudPresenceDefinitionsSensor,
    GenesysCloudUserPresenceSensor,
    Match,
    WaitFor,
)

REFERENCE = Path(__file__).parents[2] / "docs" / "reference.md"
UUID = "b7a1c0de-5e1f-4a7b-8c2d-90d3f1a2b301"


def test_a_name_of_a_stream_resource_or_operation_has_a_row() -> None:
    assert get_args(events.StreamName) == tuple(STREAMS)
    assert get_args(ResourceName) == tuple(RESOURCES)
    assert get_args(GroupName) == tuple(GROUPS)
    assert sorted(get_args(OperationName)) == sorted(OPERATIONS)


def test_a_name_of_an_operation_is_in_the_lists_that_its_row_says() -> None:
    def names(belongs: Callable[[Operation], bool]) -> list[str]:
        return sorted(name for name, row in OPERATIONS.items() if belongs(row))

    assert sorted(get_args(GenesysCloudOperationName)) == names(lambda row: row.system == "Genesys Cloud")
    assert sorted(get_args(VonageOperationName)) == names(lambda row: row.system == "Vonage Contact Center")
    assert sorted(get_args(GenesysCloudTokenOperationName)) == names(
        lambda row: row.system == "Genesys Cloud" and row.authentication == "bearer"
    )


def test_a_name_of_a_listing_is_that_of_what_is_read_page_by_page_for_many_ids_or_under_a_key_of_its_own() -> None:
    def names(system: str) -> set[str]:
        rows = [(name, row) for name, row in OPERATIONS.items() if row.system == system]
        many = {name for name, row in rows if row.paging != "none" or row.ids or row.listed != "entities"}
        single = {name for name, row in rows if row.method != "GET" or row.path.endswith("}")}
        return many - single

    genesys_cloud = set(get_args(GenesysCloudListingName))
    # Which of those without pages are listings too, their answers tell: see test_operations_by_name.py.
    assert names("Genesys Cloud") < genesys_cloud < set(get_args(GenesysCloudOperationName))
    assert names("Vonage Contact Center") == set(get_args(VonageListingName)) < set(get_args(VonageOperationName))


def test_resources_that_are_listings_are_read_by_listings_and_settings_by_none() -> None:
    for resource in RESOURCES.values():
        listings = {read.operation for read in resource.reads} & set(get_args(GenesysCloudListingName))
        assert listings == ({read.operation for read in resource.reads} if resource.is_listing else set())


@pytest.mark.parametrize(
    ("rules", "name", "choices"),
    [
        (events.RULES, "stream", events.StreamName),
        (events.RULES, "on_unknown", events.OnUnknown),
        (events.RULES, "dead_letter_fields", events.DeadLetterFields),
        (plan.RULES, "prune", plan.Prune),
        (plan.RULES, "labels", plan.Labels),
        (plan.RULES, "in_use", plan.InUse),
        (GenesysCloudPlanPresenceDefinitionsOperator.argument_rules, "on_changes", OnChanges),
        (GenesysCloudUserPresenceSensor.argument_rules, "match", Match),
        (GenesysCloudPresenceDefinitionsSensor.argument_rules, "wait_for", WaitFor),
    ],
)
def test_a_choice_is_what_its_type_says(rules: Any, name: str, choices: Any) -> None:
    for choice in get_args(choices):
        assert read(name, choice, rules[name]) == choice
        with pytest.raises(GenesysConfigError, match=re.escape(choice)):
            read(name, f"{choice}s", rules[name])


ROWS = [
    (DefinitionRow, {"system_presence": "Break", "labels": {"en": "x"}, "division": UUID, "active": True, "id": UUID}),
    (UserPresenceRow, {"user_id": UUID, "presence": "Break", "source_id": UUID, "message": "x"}),
    (
        PresenceMapRow,
        {
            "category": "Away",
            "sub_category": "x",
            "description": "x",
            "presence_id": "x",
            "presence": "Meal",
            "routing_status": "Idle",
        },
    ),
]
READERS: dict[Any, Any] = {
    DefinitionRow: load_definitions,
    UserPresenceRow: new_presences,
    PresenceMapRow: load_rules,
    ReferenceRow: lambda rows: References().add(rows),
}


@pytest.mark.parametrize(("row", "full"), ROWS)
def test_a_row_has_the_keys_that_are_read_and_may_leave_out_those_that_are_not_required(row: Any, full: Any) -> None:
    hints = get_type_hints(row, include_extras=True)
    read_rows = READERS[row]
    assert hints.keys() == full.keys()
    read_rows([full])
    with pytest.raises(GenesysConfigError, match="unknown"):
        read_rows([full | {"other": "x"}])
    for key, hint in hints.items():
        rest = {name: value for name, value in full.items() if name != key}
        if get_origin(hint) is NotRequired:
            read_rows([rest])
            read_rows([full | {key: None}])
        else:
            with pytest.raises(GenesysConfigError, match=key):
                read_rows([rest])


def test_a_reference_has_the_keys_that_are_read() -> None:
    for key in get_type_hints(ReferenceRow):
        References().add([{key: "x"}])
    with pytest.raises(GenesysConfigError, match=f"known are {', '.join(get_type_hints(ReferenceRow))}$"):
        References().add([{"other": "x"}])


def test_rows_are_in_the_reference() -> None:
    for row in READERS:
        assert f"{row.__module__}.{row.__name__}" in REFERENCE.read_text()
