from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from airflow_provider_genesys.api.operations import OPERATIONS, Operation, operation
from airflow_provider_genesys.api.urls import path_of, query_of
from airflow_provider_genesys.exceptions import GenesysConfigError

SPEC = Path(__file__).parents[4] / "shared" / "reference" / "openapi-core.json"
ROW = Operation(name="getThing", method="GET", path="/api/v2/things/{thingId}/parts/{part}", query=("expand", "state"))


def test_an_operation_is_found_by_name_and_alias():
    assert operation("getPresenceSources").path == "/api/v2/presence/sources"
    for row in set(OPERATIONS.values()):
        assert all(operation(name) is row for name in (row.name, *row.aliases))


def test_an_unknown_operation_is_refused_with_similar_names():
    with pytest.raises(GenesysConfigError, match=r"'getPresenceSourcs' is no known .* getPresenceSources"):
        operation("getPresenceSourcs")
    with pytest.raises(GenesysConfigError, match=r"known are .*postEventsConversations"):
        operation("zzz")


def test_every_row_can_be_called():
    for row in OPERATIONS.values():
        assert row.method in {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"}
        assert row.path.startswith("/")
        assert row.successor is None or row.successor in OPERATIONS


def test_event_posts_are_repeated_by_their_caller_only():
    posts = [row for row in OPERATIONS.values() if row.path.startswith("/api/v2/events/")]
    assert len(posts) == 4
    assert {row.repeat for row in posts} == {"caller"}


def test_the_presence_operations_are_there_by_both_of_their_names():
    genesys_cloud = {row for row in OPERATIONS.values() if row.system == "Genesys Cloud"}
    presence = {row for row in genesys_cloud if "presence" in row.path and "/events/" not in row.path}
    assert len(presence) == 27
    assert sorted(alias for row in presence for alias in row.aliases) == [
        "deletePresenceDefinition0",
        "getPresenceDefinition0",
        "getPresenceDefinitions0",
        "postPresenceDefinitions0",
        "putPresenceDefinition0",
    ]
    assert operation("getPresenceDefinitions0") is operation("getPresenceDefinitions")
    assert {row.method for row in presence if row.repeat != "client"} == {"POST"}
    assert all(row.repeat != "client" for row in presence if row.method == "POST")


def test_version_1_of_the_presence_definitions_names_its_successors():
    version_1 = [row for row in OPERATIONS.values() if row.path.startswith("/api/v2/presencedefinitions")]
    assert len(version_1) == 5
    for row in version_1:
        assert row.deprecated == "2024-02-01"
        successor = operation(row.successor)
        assert (successor.method, successor.deprecated) == (row.method, None)
    assert operation("getPresencedefinitions").paging == "page"
    assert operation("getPresenceDefinitions").paging == "none"


@pytest.mark.skipif(not SPEC.exists(), reason="the API description is not beside the project")
def test_rows_agree_with_the_api_description():
    paths = json.loads(SPEC.read_text())["paths"]
    described = {
        method["operationId"]: (name.upper(), path, method)
        for path, methods in paths.items()
        for name, method in methods.items()
    }
    checked = 0
    for row in set(OPERATIONS.values()):
        if row.name in described:
            method, path, details = described[row.name]
            query = {each["name"] for each in details.get("parameters", ()) if each["in"] == "query"}
            needs = details.get("x-inin-requires-permissions", {"permissions": []})
            # The description does not have the permission that changing another user's presence needs since 2025.
            permissions = needs["permissions"] if row.method != "PATCH" else ["presence:userPresence:edit"]
            assert (row.method, row.path, set(row.query), sorted(row.permissions)) == (
                method,
                path,
                query,
                sorted(permissions),
            )
            assert row.any_permission == (needs.get("type") == "ANY" and len(permissions) > 1), row.name
            assert (row.deprecated is not None) == details.get("deprecated", False), row.name
            assert (row.paging == "page") == ("pageNumber" in query), row.name
            checked += 1
    assert checked >= 3 + 27


def test_path_values_are_encoded():
    assert path_of(ROW, {"thingId": "a/b?c d", "part": 7}) == "/api/v2/things/a%2Fb%3Fc%20d/parts/7"


@pytest.mark.parametrize("value", ["", ".", "..", None])
def test_a_path_value_that_leads_elsewhere_is_refused(value):
    with pytest.raises(GenesysConfigError, match="thingId"):
        path_of(ROW, {"thingId": value, "part": 1})


def test_missing_and_unknown_parameters_are_refused_by_name():
    with pytest.raises(GenesysConfigError, match=r"needs path_params\['part'\]"):
        path_of(ROW, {"thingId": 1})
    with pytest.raises(GenesysConfigError, match="no path parameter 'thingID'; did you mean 'thingId'"):
        path_of(ROW, {"thingID": 1, "part": 1})
    with pytest.raises(GenesysConfigError, match="no query parameter 'expnd'; did you mean 'expand'"):
        query_of(ROW, {"expnd": 1})


def test_query_values_are_spelled_as_the_api_does():
    assert query_of(ROW, {"expand": ["a", True], "state": None}) == {"expand": ["a", "true"]}
    assert re.fullmatch("false", query_of(ROW, {"state": False})["state"])


def test_a_list_with_commas_is_one_value_where_the_row_says_so():
    row = operation("getAgentsPresencesUsers")
    assert query_of(row, {"userId": ["a", "b"]}) == {"userId": "a,b"}
    assert query_of(row, {"userId": "a,b"}) == {"userId": "a,b"}


def test_the_operations_of_vonage_are_its_own():
    rows = [row for row in OPERATIONS.values() if row.system == "Vonage Contact Center"]
    assert sorted(row.name for row in rows) == [
        "getAgentsPresenceDefinitions",
        "getAgentsPresencesUsers",
        "getAgentsUserPresence",
        "patchAgentsUserPresence",
    ]
    assert all(row.path.startswith("/agents/") and row.any_permission for row in rows)
    assert not [row for row in OPERATIONS.values() if row.path.startswith("/agents") and row not in rows]
