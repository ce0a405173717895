"""Any operation by its name: what it returns and pushes, what it refuses, when a retry is right."""

from __future__ import annotations

import json
import re
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException, BaseOperator

from airflow_provider_genesys.api.operations import OPERATIONS
from airflow_provider_genesys.exceptions import GenesysServerError, GenesysTransportError
from airflow_provider_genesys.operators.api import LARGEST_XCOM, GenesysCloudApiOperator
from tests.harness.fixtures import connect
from tests.harness.tasks import TaskInstance, context

if TYPE_CHECKING:
    from pathlib import Path

    from airflow_provider_genesys.simulator.process import SimulatorHandle

OTHER_ORGANIZATION = "c0ffee00-8f0c-4b3a-9a57-2f6f6f1f3c01"
BREAK = "227b37e2-f1d0-4dd0-8f50-badd7cf6d158"
SOURCES = "/api/v2/presence/sources"


pytestmark = pytest.mark.usefixtures("short_waits")


@pytest.fixture
def warnings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the operator warns of; Airflow's logger does not hand it on."""
    warned: list[str] = []

    def warning(message: str, *arguments: Any) -> None:
        if "cannot be called outside" not in message:
            warned.append(message % arguments)

    monkeypatch.setattr(GenesysCloudApiOperator, "log", SimpleNamespace(warning=warning))
    return warned


def run(operation: str, ti: TaskInstance | None = None, **arguments: Any) -> Any:
    task = GenesysCloudApiOperator(task_id="call", operation=operation, **arguments)
    return task.execute(context(ti))


def sent(simulator: SimulatorHandle, method: str | None = None) -> list[str]:
    requests = simulator.requests()["requests"]
    return [each["path"] for each in requests if method in {None, each["method"]} and "oauth" not in each["path"]]


def test_the_answer_is_returned_and_the_summary_pushed(connected: SimulatorHandle) -> None:
    ti = TaskInstance()
    answer = run("getPresenceSources", ti, query={"deactivated": "FALSE"})
    assert answer["total"] == len(answer["entities"]) == 2
    assert ti.pushed == {"summary": {"operation": "getPresenceSources", "count": 2, "destination": None, "requests": 1}}


@pytest.mark.parametrize(
    ("operation", "arguments", "count"),
    [
        ("headTokensMe", {}, 0),
        ("getOrganizationsMe", {}, 1),
        ("getSystempresences", {}, 10),
        ("getUsers", {"query": {"pageSize": 2}}, 2),
        ("getUsers", {"query": {"pageSize": 2}, "all_pages": True}, 5),
        ("getSystempresences", {"all_pages": True}, 10),
    ],
)
def test_what_is_counted(connected: SimulatorHandle, operation: str, arguments: dict[str, Any], count: int) -> None:
    connected.settings(users=5)
    ti = TaskInstance()
    answer = run(operation, ti, **arguments)
    assert ti.pushed["summary"]["count"] == count
    assert ti.pushed["summary"]["requests"] == len(sent(connected))
    assert isinstance(answer, list) == (operation == "getSystempresences" or "all_pages" in arguments)


def test_arguments_may_be_the_json_text_that_templates_make(connected: SimulatorHandle) -> None:
    created = run("postPresenceSources", body='{"name": "Switch"}')
    where = json.dumps({"sourceId": created["id"]})
    assert run("getPresenceSource", path_params=where)["name"] == "Switch"
    assert [each["id"] for each in run("getPresenceSources", query='{"deactivated": false}')["entities"]][-1:] == [
        created["id"]
    ]


@pytest.mark.parametrize(
    ("operation", "arguments", "message"),
    [
        ("getPresenceSourcs", {}, "did you mean getPresenceSources"),
        ("getPresenceSource", {}, "path parameter 'sourceId' is missing. It takes: path_params sourceId"),
        ("getPresenceSource", {"path_params": {"sourceId": "None"}}, "path parameter 'sourceId' cannot be 'None'"),
        ("getPresenceSource", {"path_params": "{'sourceId': 1}"}, "path_params is text, but no JSON"),
        ("getPresenceSource", {"path_params": ["a"]}, "path_params must be a mapping or its JSON text or None"),
        ("getPresenceSources", {"query": "[]"}, "query must be a mapping or its JSON text, not list"),
        ("getPresenceSources", {"query": {"deactivatd": "TRUE"}}, "did you mean 'deactivated'"),
        ("getPresenceSources", {"body": {}}, "a body is given, and it takes none"),
        ("postPresenceSources", {}, "the body is missing"),
        ("postPresenceSources", {"body": ""}, "body is text, but no JSON"),
        ("postPresenceSources", {"body": {"name": {1}}}, "the body cannot be written as JSON"),
        ("postPresenceSources", {"body": {}, "all_pages": True}, "is no listing: it is a POST"),
        ("postPresenceSources", {"body": {}, "destination": "/tmp/x"}, "destination is for operations that read"),
        ("getPresenceSources", {"destination": "sources.json"}, "must be an absolute path or an address on a store"),
        ("getPresenceSources", {"destination": ""}, "must be an absolute path or an address on a store"),
        ("getWebchatGuestConversationMembers", {"path_params": {"conversationId": "c"}}, "call it in a @task"),
        ("postWebchatGuestConversations", {"body": {}}, "call it in a @task"),
        ("getAgentsPresenceDefinitions", {}, "is an operation of Vonage Contact Center, and this client is Genesys"),
    ],
)
def test_what_is_wrong_is_told_before_anything_is_sent(
    connected: SimulatorHandle, operation: str, arguments: dict[str, Any], message: str
) -> None:
    ti = TaskInstance()
    with pytest.raises(AirflowFailException) as caught:
        run(operation, ti, **arguments)
    assert message in ti.pushed["summary"].pop("failure")
    assert ti.pushed == {"summary": {"operation": operation, "count": None, "destination": None, "requests": 0}}
    assert message in str(caught.value)
    assert "(connection 'genesys_cloud_default')" in str(caught.value)
    assert sent(connected) == []


def test_no_operation_that_deals_in_a_guests_token_can_be_called() -> None:
    for row in OPERATIONS.values():
        if row.authentication != "bearer":
            with pytest.raises(AirflowFailException, match=f"{row.name} takes or answers the token of a guest"):
                run(row.name)
    assert "guest_token" not in GenesysCloudApiOperator.template_fields


# --- large answers and files ---


def test_a_large_answer_is_refused_unless_it_has_a_destination(connected: SimulatorHandle, tmp_path: Path) -> None:
    connected.settings(users=1000)
    ti = TaskInstance()
    with pytest.raises(AirflowFailException, match=r"getUsers answers more than the 48,000 bytes .* destination"):
        run("getUsers", ti, query={"pageSize": 500})
    assert "name a file as destination" in ti.pushed["summary"].pop("failure")
    assert ti.pushed["summary"] == {"operation": "getUsers", "count": 500, "destination": None, "requests": 1}
    file = tmp_path / "deep" / "users.json"
    summary = run("getUsers", ti, query={"pageSize": 500}, destination=str(file))
    assert summary == {"operation": "getUsers", "count": 500, "destination": str(file), "requests": 1}
    assert ti.pushed["summary"] == summary
    page = json.loads(file.read_bytes())
    assert (len(page["entities"]), page["pageCount"]) == (500, 2)
    assert len(file.read_bytes()) > LARGEST_XCOM


def test_half_a_surrogate_pair_is_escaped_in_a_file(
    connected: SimulatorHandle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """JSON can hold it, and UTF-8 cannot."""
    answer = {"entities": [{"name": "\ud83d \N{SNOWMAN}"}]}
    monkeypatch.setattr(GenesysCloudApiOperator, "_ask", lambda *_: answer)
    run("getPresenceSources", destination=str(tmp_path / "sources.json"))
    assert json.loads((tmp_path / "sources.json").read_text("utf-8")) == answer


def test_all_pages_go_to_a_file_line_by_line(connected: SimulatorHandle, tmp_path: Path) -> None:
    connected.settings(users=[f"user \N{SNOWMAN} {number}" for number in range(1050)])
    file = tmp_path / "users.jsonl"
    file.write_text("of yesterday")
    summary = run("getUsers", query={"pageSize": 500}, all_pages=True, destination=f"file://{file}")
    assert summary == {"operation": "getUsers", "count": 1050, "destination": f"file://{file}", "requests": 3}
    lines = file.read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["id"] for line in lines] == [f"user \N{SNOWMAN} {number}" for number in range(1050)]
    assert "\N{SNOWMAN}" in lines[0]


def test_reading_for_an_xcom_stops_where_it_is_full(connected: SimulatorHandle) -> None:
    connected.settings(users=5000)
    ti = TaskInstance()
    with pytest.raises(AirflowFailException, match="name a file as destination"):
        run("getUsers", ti, query={"pageSize": 100}, all_pages=True)
    assert 0 < ti.pushed["summary"]["requests"] < 20


def test_what_stands_at_the_destination_stays_when_reading_fails(connected: SimulatorHandle, tmp_path: Path) -> None:
    file = tmp_path / "users.jsonl"
    file.write_text("of yesterday")
    connected.add_fault(path="/api/v2/users", status=500)
    ti = TaskInstance()
    with pytest.raises(GenesysServerError):
        run("getUsers", ti, all_pages=True, destination=str(file))
    assert file.read_text() == "of yesterday"
    assert ti.pushed["summary"].pop("failure").startswith("getUsers: HTTP 500")
    assert ti.pushed["summary"] == {"operation": "getUsers", "count": None, "destination": None, "requests": 1}


def test_a_large_answer_to_a_write_is_returned_since_it_is_done(
    connected: SimulatorHandle, warnings: list[str]
) -> None:
    users = [f"user {number}" for number in range(50)]
    connected.settings(users=users)
    body = [{"id": user, "presenceDefinition": {"id": BREAK}, "message": "x" * 1000} for user in users]
    answer = run("putUsersPresencesBulk", body=body)
    assert len(answer) == 50
    (warning,) = warnings
    assert re.fullmatch(r"putUsersPresencesBulk answered \d{5} bytes, which all go into the XCom", warning)


def test_a_page_that_is_not_the_only_one_is_returned_with_a_warning(
    connected: SimulatorHandle, warnings: list[str]
) -> None:
    connected.settings(users=5)
    assert len(run("getUsers", query={"pageSize": 2})["entities"]) == 2
    assert warnings == ["getUsers has more pages than this one: all_pages=True reads all"]
    warnings.clear()
    run("getUsers", query={"pageSize": 5})
    run("getUsers", query={"pageSize": 2}, all_pages=True)
    assert warnings == []


# --- guards and retries ---


def test_a_write_is_refused_in_another_organisation_and_a_read_is_not(
    connected: SimulatorHandle, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect(connected, monkeypatch, expected_organization_id=OTHER_ORGANIZATION)
    run("getPresenceSources")
    assert sent(connected) == [SOURCES]
    with pytest.raises(AirflowFailException, match=f"expected_organization_id is {OTHER_ORGANIZATION}"):
        run("postPresenceSources", body={"name": "Switch"})
    with pytest.raises(AirflowFailException, match="expected_organization_id"):
        run("deletePresenceSource", path_params={"sourceId": "x"})
    assert sent(connected, "POST") + sent(connected, "DELETE") == []


@pytest.mark.parametrize("fault", [{"status": 502}, {"status": 500}, {"reset": "after"}])
def test_what_may_have_been_carried_out_and_is_not_safe_to_repeat_is_not_retried(
    connected: SimulatorHandle, fault: dict[str, Any]
) -> None:
    connected.add_fault(path=SOURCES, method="POST", **fault)
    ti = TaskInstance()
    with pytest.raises(AirflowFailException, match="it may have been carried out: look, then clear the task") as caught:
        run("postPresenceSources", ti, body={"name": "Switch"})
    assert isinstance(caught.value.__cause__, GenesysServerError | GenesysTransportError)
    assert sent(connected, "POST") == [SOURCES]
    assert ti.pushed["summary"]["requests"] == 1


def test_what_was_certainly_not_carried_out_is_left_to_airflows_retries(
    connected: SimulatorHandle, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    connect(connected, monkeypatch, base_url="http://127.0.0.1:1")
    with pytest.raises(GenesysTransportError) as caught:
        run("postPresenceSources", body={"name": "Switch"})
    assert caught.value.sent is False


@pytest.mark.parametrize("operation", ["getPresenceSources", "putPresenceSettings"])
def test_what_is_safe_to_repeat_is_left_to_airflows_retries(connected: SimulatorHandle, operation: str) -> None:
    connected.add_fault(status=500)
    with pytest.raises(GenesysServerError):
        run(operation, **({"body": {}} if operation.startswith("put") else {}))


def test_a_missing_permission_fails_at_once_and_is_named(connected: SimulatorHandle) -> None:
    connected.settings(permissions=[])
    with pytest.raises(AirflowFailException, match="presence:source:view"):
        run("getPresenceSources")


def test_the_operator_is_as_airflow_wants_it() -> None:
    task = GenesysCloudApiOperator(task_id="call", operation="getUsers")
    own = set(GenesysCloudApiOperator.template_fields)
    assert own == {"genesys_cloud_conn_id", "operation", "path_params", "query", "body", "destination"}
    assert GenesysCloudApiOperator.template_ext == ()
    assert all(hasattr(task, name) for name in own)
    assert not any(hasattr(BaseOperator, name) for name in own)
