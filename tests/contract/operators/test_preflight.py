"""The preflight as a task, at a simulated Genesys Cloud."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException

from airflow_provider_genesys.api import retry
from airflow_provider_genesys.exceptions import GenesysPreflightError, GenesysServerError, GenesysTransportError
from airflow_provider_genesys.operators.preflight import GenesysCloudPreflightOperator
from tests.contract.kinds import uid
from tests.contract.worlds import SOURCE, write_lines
from tests.harness.tasks import TaskInstance, context

if TYPE_CHECKING:
    from airflow_provider_genesys.simulator.process import SimulatorHandle
    from tests.contract.worlds import World as CalmWorld

OTHER = "c0ffee00-8f0c-4b3a-9a57-2f6f6f1f3c01"
STRANGER = "00000000-0000-4000-8000-000000000000"
INJECT = "presence:userPresence:inject"
USERS = [uid(number) for number in range(1_000, 1_030)]
READS = ["getPresenceSources", "getPresenceDefinitions", "getUsers"]
MAY_READ = ["presence:source:view", "presence:presenceDefinition:view"]


class World:
    """A Genesys Cloud that lacks nothing, an input that it fits, and a task that looks at both."""

    def __init__(self, simulator: SimulatorHandle, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.simulator = simulator
        self.folder = folder
        self.ti = TaskInstance()
        self._monkeypatch = monkeypatch
        simulator.settings(users=USERS)
        smoke, gone = simulator.load_presence(
            [
                {"systemPresence": "Break", "languageLabels": {"en_US": "Smoke"}},
                {"systemPresence": "Break", "languageLabels": {"en_US": "Gone"}, "deactivated": True},
            ]
        )
        self.smoke, self.gone = str(smoke["id"]), str(gone["id"])
        self.connect()

    def connect(self, *, login: str | None = None, secret: str | None = None, **extra: Any) -> None:
        connection = json.loads(self.simulator.connection_json)
        connection["extra"].update(extra)
        connection["login"] = login or connection["login"]
        connection["password"] = secret or connection["password"]
        self._monkeypatch.setenv("AIRFLOW_CONN_GENESYS_CLOUD_DEFAULT", json.dumps(connection))

    def write(self, *events: dict[str, Any] | str) -> str:
        return write_lines(self.folder / "events.jsonl", events)

    def event(self, number: int = 0, **changes: Any) -> dict[str, Any]:
        return {
            "eventDateTime": "2026-01-31T09:12:58.000Z",
            "userId": USERS[number % len(USERS)],
            "sourceId": SOURCE,
            "presenceDefinitionId": self.smoke,
        } | changes

    def run(self, source: Any = None, /, **arguments: Any) -> dict[str, Any]:
        if source is not None:
            arguments |= {"source": source, "stream": "user_presences"}
        task = GenesysCloudPreflightOperator(task_id="preflight", **arguments)
        result: dict[str, Any] = task.execute(context(self.ti))
        assert result == self.ti.pushed["summary"]
        return result

    def reasons(self, source: Any = None, /, **arguments: Any) -> list[str]:
        """Run it, see it fail for good, and return why."""
        with pytest.raises(AirflowFailException) as caught:
            self.run(source, **arguments)
        assert isinstance(caught.value.__cause__, GenesysPreflightError)
        summary = self.ti.pushed["summary"]
        assert summary["ok"] is False
        assert list(caught.value.__cause__.reasons) == summary["reasons"]
        assert all(reason in str(caught.value) for reason in summary["reasons"])
        return list(summary["reasons"])

    def asked(self) -> list[str]:
        return [
            f"{row['method']} {row['path']}"
            for row in self.simulator.requests(1_000)["requests"]
            if row["path"].startswith("/api/")
        ]


@pytest.fixture
def world(world: CalmWorld, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    return World(world.simulator, tmp_path, monkeypatch)


@pytest.fixture
def logged(capsys: pytest.CaptureFixture[str]) -> Iterator[Callable[[], str]]:
    """What the task logged: Airflow 3 prints it, and where Airflow 2 sends it depends on what ran before."""
    text = StringIO()
    handler, logger = logging.StreamHandler(text), logging.getLogger("airflow.task")
    logger.addHandler(handler)
    yield lambda: text.getvalue() or "".join(capsys.readouterr())
    logger.removeHandler(handler)


def test_nothing_is_missing(world: World, logged: Callable[[], str]) -> None:
    world.connect(expected_organization_id=world.simulator.settings()["organization"]["id"])
    source = world.write(world.event(), world.event(1, presence="break/smoke"), world.event(2, presence="Meal"), "{")
    summary = world.run(source, operations=[*READS, "postEventsUsersPresence"])
    assert summary == {
        "ok": True,
        "checks": {
            "access": "ok",
            "input": "ok",
            "organization": "ok",
            "permissions.getPresenceSources": "ok",
            "permissions.getPresenceDefinitions": "ok",
            "permissions.getUsers": "ok",
            "permissions.postEventsUsersPresence": "ok",
            "presence_source": "ok",
            "definitions": "ok",
            "users": "ok",
        },
        "reasons": [],
        "requests": 8,
    }
    assert len(world.asked()) == 8
    log = logged()
    assert "4 records, 1 of them no JSON objects" in log
    assert "permissions.postEventsUsersPresence" in log


def test_without_arguments_it_looks_at_the_organization(world: World) -> None:
    summary = world.run()
    assert summary["checks"] == {
        "access": "ok",
        "input": "skipped",
        "organization": "skipped",
        "permissions": "skipped",
        "presence_source": "ok",
        "definitions": "skipped",
        "users": "skipped",
    }
    assert summary["requests"] == 2


def test_all_that_is_missing_is_told_at_once(world: World) -> None:
    world.connect(expected_organization_id=OTHER)
    world.simulator.settings(permissions=MAY_READ, sources=[], user_states={USERS[1]: "inactive", USERS[2]: "deleted"})
    source = world.write(
        world.event(),
        world.event(1, presenceDefinitionId=STRANGER),
        world.event(2, presenceDefinitionId=world.gone),
        {**world.event(), "userId": STRANGER, "presence": "Break/Smokee"},
    )
    operations = ["postEventsUsersPresence", "postPresenceDefinitions", "getPresenceSources"]
    reasons = world.reasons(source, operations=operations)
    assert len(reasons) == 11
    text = "\n".join(reasons)
    for expected in (
        f"expected_organization_id is {OTHER}, but the client belongs to organisation",
        f"postEventsUsersPresence: no role of the client has the permission {INJECT}",
        "postPresenceDefinitions: no role of the client has the permission presence:presenceDefinition:add",
        "no presence source of type User is active",
        f"sourceId {SOURCE} is no active presence source",
        f"presence '{STRANGER}' is unknown",
        f"presence '{world.gone}' is deactivated: Break/Gone",
        "presence 'Break/Smokee' is unknown; did you mean",
        f"user {USERS[1]} is inactive (",
        f"user {USERS[2]} is deleted (",
        f"user {STRANGER} does not exist ({source}, line 4)",
    ):
        assert expected in text
    assert {method for method, _, _ in (row.partition(" ") for row in world.asked())} == {"GET", "HEAD"}


def _sources(world: World, *ids: str) -> None:
    world.simulator.settings(sources=[{"id": each, "name": f"Platform {each[:4]}"} for each in ids])


ALONE: dict[str, tuple[Callable[[World], Any], str]] = {
    "organization": (lambda w: w.connect(expected_organization_id=OTHER), "expected_organization_id is"),
    "permissions.postEventsUsersPresence": (
        lambda w: w.simulator.settings(permissions=MAY_READ),
        f"permission {INJECT}",
    ),
    "presence_source": (
        lambda w: _sources(w, SOURCE, OTHER),
        f"2 presence sources of type User are active, and one is supported: {SOURCE}",
    ),
    "definitions": (lambda w: w.write(w.event(presenceDefinitionId=STRANGER)), "is unknown: no definition has this id"),
    "users": (lambda w: w.simulator.settings(user_states={USERS[0]: "inactive"}), f"user {USERS[0]} is inactive"),
    "access": (lambda w: w.connect(secret="wrong"), "is the client secret (the connection's password) right?"),
    "input": (lambda w: (w.folder / "events.jsonl").unlink(), "there is no such file"),
}


@pytest.mark.parametrize("check", ALONE)
def test_each_is_told_alone(world: World, check: str) -> None:
    source = world.write(world.event())
    spoil, expected = ALONE[check]
    spoil(world)
    (reason,) = world.reasons(source, operations=["postEventsUsersPresence"])
    assert expected in reason
    checks = world.ti.pushed["summary"]["checks"]
    assert [name for name, status in checks.items() if status == "failed"] == [check]


def test_what_later_tasks_refer_to_is_looked_up_like_the_input(world: World) -> None:
    given = [{"sourceId": OTHER}, {"presence": "Break/Gone"}, {"presenceDefinitionId": STRANGER, "agentId": STRANGER}]
    assert sorted(world.reasons(references=given)) == sorted(
        [
            f"sourceId {OTHER} is no active presence source of type User (<references>, line 1)",
            f"presence 'Break/Gone' is deactivated: {world.gone} (Break/Gone, division *) (<references>, line 2)",
            f"presence '{STRANGER}' is unknown: no definition has this id (<references>, line 3)",
            f"user {STRANGER} does not exist (<references>, line 3)",
        ]
    )
    summary = world.run(references=[{"sourceId": SOURCE}, {"presence": "break/smoke", "userId": USERS[0]}])
    checks = {name: summary["checks"][name] for name in ("input", "presence_source", "definitions", "users")}
    assert checks == {"input": "skipped", "presence_source": "ok", "definitions": "ok", "users": "ok"}


def test_the_row_of_another_organization_says_which(world: World, logged: Callable[[], str]) -> None:
    world.connect(expected_organization_id=OTHER)
    (reason,) = world.reasons()
    log = " ".join(logged().split())
    assert "could not be looked at" not in log
    assert log.count(reason) == 2, "in the row and below the table"


def test_an_organization_that_may_not_be_read_could_not_be_looked_at(world: World, logged: Callable[[], str]) -> None:
    world.connect(expected_organization_id=OTHER)
    world.simulator.add_fault(path="*/organizations/me", status=403)
    (reason,) = world.reasons()
    assert "the client may not read its organisation" in reason
    assert "could not be looked at" in logged()


def test_a_client_of_another_region_is_told(world: World) -> None:
    world.connect(login="somebody else")
    (reason,) = world.reasons()
    assert "is the client id (the connection's login) right, and its organisation in this region?" in reason


def test_another_source_than_the_active_one_is_told(world: World) -> None:
    _sources(world, OTHER)
    (reason,) = world.reasons(world.write(world.event(), world.event(1)))
    assert f"sourceId {SOURCE} is no active presence source of type User" in reason
    assert reason.endswith("line 1)")


@pytest.mark.parametrize(
    ("path", "check"),
    [
        ("*/presence/sources", "presence_source"),
        ("*/presence/definitions", "definitions"),
        ("*/api/v2/users", "users"),
    ],
)
def test_a_403_halfway_is_a_reason_among_others(world: World, path: str, check: str) -> None:
    world.simulator.add_fault(path=path, status=403, code="missing.permissions", message="You are missing it")
    world.connect(expected_organization_id=OTHER)
    reasons = world.reasons(world.write(world.event()))
    assert any("HTTP 403 missing.permissions: You are missing it" in reason for reason in reasons)
    assert world.ti.pushed["summary"]["checks"][check] == "failed"
    assert len(reasons) == 2


def test_a_client_that_may_nothing_is_told_so_once(world: World) -> None:
    world.simulator.add_fault(path="/api/*", status=403)
    (reason,) = world.reasons(world.write(world.event()))
    assert reason.startswith("headTokensMe: HTTP 403")
    assert set(world.ti.pushed["summary"]["checks"].values()) == {"failed", "ok", "skipped"}


def test_where_permissions_cannot_be_asked_reads_are_tried(world: World) -> None:
    world.simulator.add_fault(path="*/subjects/me", status=404)
    world.simulator.settings(permissions=["presence:source:view"])
    operations = ["getPresenceSources", "getPresenceSettings", "postEventsUsersPresence", "getPresenceSource"]
    (reason,) = world.reasons(operations=operations)
    assert reason.startswith("getPresenceSettings: HTTP 403 missing.permissions")
    assert "presence:settings:view" in reason
    checks = world.ti.pushed["summary"]["checks"]
    assert {name: checks[f"permissions.{name}"] for name in operations} == {
        "getPresenceSources": "ok",
        "getPresenceSettings": "failed",
        "postEventsUsersPresence": "unproven",
        "getPresenceSource": "unproven",
    }
    assert world.simulator.ledger()["accepted"] == 0


@pytest.mark.parametrize("many", [300, 1_200])
def test_many_users_take_few_requests(world: World, many: int) -> None:
    users = [uid(10_000 + number) for number in range(many)]
    world.simulator.settings(users=users)
    summary = world.run(world.write(*(world.event(userId=user) for user in users for _ in range(3))))
    assert summary["checks"]["users"] == "ok"
    assert world.asked().count("GET /api/v2/users") == -(-many // 500)


def test_few_users_of_many_are_asked_for_by_id(world: World) -> None:
    users = [uid(10_000 + number) for number in range(1_200)]
    world.simulator.settings(users=users, user_states={users[-1]: "inactive"})
    (reason,) = world.reasons(world.write(*(world.event(userId=user) for user in users[-20:])))
    assert f"user {users[-1]} is inactive" in reason
    assert world.asked().count("GET /api/v2/users") == 1


def test_hundreds_of_unknown_users_are_told_in_short(world: World) -> None:
    strangers = [uid(50_000 + number) for number in range(300)]
    reasons = world.reasons(world.write(*(world.event(userId=user) for user in strangers)))
    assert len(reasons) == 51
    assert reasons[-1] == "and 250 more"


def test_passing_troubles_leave_for_a_retry(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retry.RetryPolicy.__init__, "__defaults__", (2, 900.0, 120.0))
    world.simulator.add_fault(path="*/presence/sources", status=503)
    world.connect(expected_organization_id=OTHER)
    with pytest.raises(GenesysServerError):
        world.run(world.write(world.event()))
    summary = world.ti.pushed["summary"]
    assert summary["ok"] is False
    assert summary["checks"] == {"access": "ok", "input": "ok", "organization": "failed", "permissions": "skipped"}


def test_no_answer_leaves_for_a_retry(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retry.RetryPolicy.__init__, "__defaults__", (2, 900.0, 120.0))
    world.connect(base_url="http://127.0.0.1:9", login_url="http://127.0.0.1:9")
    with pytest.raises(GenesysTransportError):
        world.run()
    assert world.ti.pushed["summary"]["ok"] is False


def test_a_wrong_connection_is_a_reason(world: World) -> None:
    world.connect(regoin="mypurecloud.de")
    reasons = world.reasons(str(world.folder / "none-*.jsonl"))
    assert "did you mean 'region'?" in reasons[0]
    assert "no file matches" in reasons[1]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"source": "x.jsonl"}, "source and stream go together"),
        ({"stream": "conversations"}, "source and stream go together"),
        ({"source": "x.jsonl", "stream": "calls"}, "not 'calls'"),
        ({"operations": ["getPresenceSourcs"]}, "'getPresenceSourcs' is no known operation; did you mean"),
        ({"operations": "getUsers"}, "operations must be a list"),
        ({"references": [{"source_id": SOURCE}]}, "the key 'source_id' is unknown; known are userId"),
    ],
)
def test_wrong_arguments_are_refused_before_anything_is_asked(
    world: World, arguments: dict[str, Any], message: str
) -> None:
    with pytest.raises(AirflowFailException, match=message):
        world.run(**arguments)
    assert world.asked() == []


def test_making_one_looks_at_nothing() -> None:
    task = GenesysCloudPreflightOperator(task_id="preflight", operations=None, source=1, stream=2)  # type: ignore[arg-type]
    assert set(task.template_fields) <= set(vars(task)) | {"operations"}
    assert task.template_ext == ()
