from __future__ import annotations

import re

import pytest

from airflow_provider_genesys.api.operations import OPERATIONS, SUBJECTS, operation
from airflow_provider_genesys.api.operations.__main__ import main
from airflow_provider_genesys.api.urls import query_of
from airflow_provider_genesys.exceptions import GenesysConfigError
from tests.facts import facts

UNDESCRIBED = {
    "postEventsRoutingCustomkpiattributions",
    *("getWidgetsDeployments", "getWidgetsDeployment", "postWidgetsDeployments", "putWidgetsDeployment"),
    "deleteWidgetsDeployment",
    *("headTokensMe", "getAuthorizationSubjectsMe", "getOrganizationsMe", "getUsers"),
    *("getRoutingQueues", "getRoutingWrapupcodes", "getRoutingSkills", "getRoutingLanguages"),
    *(row.name for row in OPERATIONS.values() if row.path.startswith("/api/v2/webchat/guest/")),
}
"""The operations of Genesys Cloud of which there is no description among the facts."""


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


def test_rows_agree_with_the_api_description():
    described = {each["name"]: each for each in facts("operations")}
    rows = {row.name: row for row in OPERATIONS.values() if row.system == "Genesys Cloud"}
    assert set(described) <= set(rows)
    assert set(rows) - set(described) == UNDESCRIBED, (
        "write what the API's description says of an operation into the files of tests/facts, or, where nobody has it, "
        "its name into UNDESCRIBED"
    )
    rows = {name: rows[name] for name in described}
    for row in rows.values():
        details = described[row.name]
        parameters = details["parameters"]
        query = {each["name"] for each in parameters if each["in"] == "query"}
        # The description does not have the permission that changing another user's presence needs since 2025.
        permissions = details["permissions"] if row.method != "PATCH" else ["presence:userPresence:edit"]
        assert (row.method, row.path, set(row.query), sorted(row.permissions)) == (
            details["method"],
            details["path"],
            query,
            sorted(permissions),
        )
        assert row.any_permission == (details["any"] and len(permissions) > 1), row.name
        assert (row.deprecated is not None) == details["deprecated"], row.name
        assert row.needs_body == any(each["in"] == "body" and each["required"] for each in parameters), row.name
        needed = tuple(each["name"] for each in parameters if each["in"] == "query" and each["required"])
        assert row.required_query == needed, row.name
        paging = "page" if "pageNumber" in query else "cursor" if {"pageSize", "after"} <= query else "none"
        assert row.paging == paging, row.name


def test_rows_agree_with_the_documents_the_project_started_from():
    webchat = facts("sdk_methods")["webchat"]
    assert len(webchat) == 19
    for each in webchat:
        row = operation(each["name"])
        assert (row.method, row.path) == (each["method"], each["path"]), row.name
        assert (sorted(row.query), row.needs_body) == (each["query"], each["body"]), row.name
        assert row.deprecated, row.name
    others = facts("sdk_methods")["events_and_presence"]
    assert len(others) == 3 + 27
    for each in others:
        row = operation(each["name"])
        assert (row.method, row.path) == (each["method"], each["path"]), each["name"]


def test_what_a_guest_does_is_authorised_by_the_guests_token_and_starting_by_none():
    chat = {row.name: row for row in OPERATIONS.values() if row.path.startswith("/api/v2/webchat/")}
    assert len(chat) == 19
    start = chat.pop("postWebchatGuestConversations")
    assert (start.authentication, start.permissions) == ("none", ())
    for row in chat.values():
        assert row.authentication == ("guest" if "/guest/" in row.path else "bearer"), row.name
        assert bool(row.permissions) == (row.authentication == "bearer"), row.name


def test_deployments_of_web_chat_live_on_in_web_messaging_and_the_rest_does_not():
    for row in OPERATIONS.values():
        if row.path.startswith("/api/v2/webchat/deployments"):
            successor = operation(row.successor)
            assert (successor.method, successor.deprecated) == (row.method, None)
            assert successor.path == row.path.replace("webchat", "webdeployments")
        elif row.path.startswith("/api/v2/webchat/"):
            assert (row.successor, bool(row.deprecated)) == (None, True), row.name


def test_nothing_that_creates_or_sends_is_repeated_by_the_client():
    for row in OPERATIONS.values():
        harmless = row.method != "POST" and row.name != "patchAgentsUserPresence"  # which moves "updated"
        assert (row.repeat == "client") == harmless, row.name


def test_each_operation_is_of_one_subject():
    rows = [row for rows in SUBJECTS.values() for row in rows]
    assert len(rows) == len(set(rows)) == len(set(OPERATIONS.values()))
    assert len(OPERATIONS) == len(rows) + sum(len(row.aliases) for row in rows)  # no name twice


@pytest.mark.parametrize("width", [60, 80, 200])
def test_the_table_fits_the_terminal_and_tells_everything(capsys, monkeypatch, width):
    monkeypatch.setenv("COLUMNS", str(width))
    main([])
    printed = capsys.readouterr().out
    lines = printed.splitlines()
    assert set(OPERATIONS) <= set(re.findall(r"\w+", printed))
    wide = [line for line in lines if len(line) > width]
    assert all(" " not in line.strip() for line in wide)  # a path that is longer is not broken
    assert (
        "    permission: presence:presenceDefinition:delete or presence:presenceDefinition:edit" in lines or width < 90
    )
    assert (
        any("deprecated since 2025-04 or earlier, use getWebdeploymentsDeployments" in line for line in lines)
        or width < 90
    )


def test_the_markdown_has_a_row_for_each_operation(capsys):
    main(["--markdown"])
    printed = capsys.readouterr().out
    assert [line for line in printed.splitlines() if line.startswith("### ")] == [f"### {title}" for title in SUBJECTS]
    cells = {line.split(" | ")[0]: line for line in printed.splitlines() if line.startswith("| `")}
    assert set(cells) == {f"| `{row.name}`" for row in OPERATIONS.values()}
    for row in OPERATIONS.values():
        line = cells[f"| `{row.name}`"]
        assert line.count(" | ") == 2
        told = (f"{row.method} {row.path}", *row.query, *row.permissions, *row.aliases, row.deprecated, row.successor)
        assert all(each in line for each in told if each), line


def test_a_list_with_commas_is_one_value_where_the_row_says_so():
    row = operation("getAgentsPresencesUsers")
    assert query_of(row, {"userId": ["a", "b"]}) == {"userId": "a,b"}
    assert query_of(row, {"userId": "a,b"}) == {"userId": "a,b"}


def test_what_a_query_cannot_do_without_is_told(capsys):
    needing = {row.name: row.required_query for row in OPERATIONS.values() if row.required_query}
    statistics = ("AgentActivities", "AgentActivitiesPresence", "Interactions", "QueueTimes", "WfmAgentStates")
    assert needing == {"getAgentsPresencesUsers": ("userId",)} | {f"getStats{each}": ("start",) for each in statistics}
    main(["--markdown"])
    assert "query: `userId` (needed)<br>" in capsys.readouterr().out
    assert all(set(row.query) >= {*row.required_query, *row.comma_lists} for row in OPERATIONS.values())


def test_the_operations_of_vonage_are_its_own():
    rows = [row for row in OPERATIONS.values() if row.system == "Vonage Contact Center"]
    statistics = [row for row in rows if row.path.startswith("/stats/")]
    assert len(statistics) == 8
    assert {(row.method, row.permissions, row.accept) for row in statistics} == {
        ("GET", ("stats",), "application/vnd.newvoicemedia.v3+json")
    }
    rows = [row for row in rows if row not in statistics]
    assert sorted(row.name for row in rows) == [
        "getAgentsPresenceDefinitions",
        "getAgentsPresencesUsers",
        "getAgentsUserPresence",
        "patchAgentsUserPresence",
    ]
    assert all(row.path.startswith("/agents/") and row.any_permission for row in rows)
    others = [row for row in OPERATIONS.values() if row not in rows + statistics]
    assert not [row for row in others if row.path.startswith(("/agents", "/stats"))]
