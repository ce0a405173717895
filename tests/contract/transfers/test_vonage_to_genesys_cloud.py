"""The transfer operator: templates, what it checks before it reads, when it fails and how, what it pushes."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from airflow.providers.common.compat.sdk import AirflowException, AirflowFailException, ObjectStoragePath
from airflow.providers.openlineage.extractors.base import DefaultExtractor
from openlineage.client.serde import Serde

from airflow_provider_genesys.api.vonage_contact_center import VonagePresence
from airflow_provider_genesys.exceptions import (
    GenesysAuthError,
    GenesysError,
    GenesysLedgerError,
    GenesysServerError,
    GenesysSourceError,
)
from airflow_provider_genesys.hooks.vonage_contact_center import VonageContactCenterHook
from airflow_provider_genesys.transfers.vonage_to_genesys_cloud import VonagePresenceToGenesysCloudOperator
from tests.harness.fixtures import connect
from tests.harness.people import genesys, vonage
from tests.harness.tasks import TaskInstance, context

if TYPE_CHECKING:
    from airflow_provider_genesys.simulator.process import SimulatorHandle

SOURCE = "b7a1c0de-5e1f-4a7b-8c2d-90d3f1a2b301"
OTHER = "c7a1c0de-5e1f-4a7b-8c2d-90d3f1a2b301"
BREAK = "227b37e2-f1d0-4dd0-8f50-badd7cf6d158"
BEGIN = datetime(2026, 1, 31, 9, tzinfo=UTC)
RULES = [
    {"category": "Away", "description": "Lunch", "presence": "Meal/Canteen", "routing_status": "OffQueue"},
    {"category": "Away", "presence": BREAK},
    {"category": "Ready", "presence": "On Queue", "routing_status": "Idle"},
]
USER_COUNTS = ["users", "unchanged", "unmapped", "missing", "unmapped_presences", "missing_users", "routing_statuses"]
PUBLISH_KEYS = [
    *("stream", "read", "accepted", "rejected", "invalid", "duplicate", "unknown", "pending"),
    *("complete", "tries", "resumed", "accepted_before"),
    *("requests", "retries", "rate_limited_seconds", "duration_seconds"),
    *("ledger", "dead_letters", "kind", "reasons", "ledger_key", "began"),
]


def instance(run: str = "1") -> TaskInstance:
    return TaskInstance("transfer", dag_id="statuses", run_id=f"manual__{run}")


class Vonage:
    """Stands for the client; the real one is used in the contract tests."""

    def __init__(self) -> None:
        self.presences: dict[str, VonagePresence] = {}
        self.reads = 0
        self.failure: GenesysError | None = None

    def put(self, number: int, category: str, description: str, minute: int = 0) -> None:
        updated = BEGIN + timedelta(minutes=minute)
        about = {"category_description": None, "sub_category": None, "selectable": True}
        self.presences[vonage(number)] = VonagePresence(vonage(number), updated, "p", description, category, **about)

    def view(self, *, wait: Any) -> Vonage:
        self.wait = wait
        return self

    def read_presences(self, user_ids: list[str]) -> Iterator[tuple[str, VonagePresence | None]]:
        self.reads += 1
        if self.failure is not None:
            raise self.failure
        for user_id in user_ids:
            yield user_id, self.presences.get(user_id)


@pytest.fixture
def connected(connected: SimulatorHandle) -> SimulatorHandle:
    """One that has the presence that the rules name."""
    connected.load_presence([{"systemPresence": "Meal", "languageLabels": {"en_US": "Canteen"}}])
    return connected


@pytest.fixture
def there(monkeypatch: pytest.MonkeyPatch) -> Vonage:
    """One at lunch, one having a break, one ready, one logged out."""
    found = Vonage()
    found.put(0, "Away", "Lunch")
    found.put(1, "Away", "Tea")
    found.put(2, "Ready", "Ready")
    found.put(3, "LoggedOut", "Logged out")
    monkeypatch.setattr(VonageContactCenterHook, "get_conn", lambda self: found)
    return found


def operator(tmp_path: Path, **arguments: Any) -> VonagePresenceToGenesysCloudOperator:
    given = {
        "user_map": {vonage(number): genesys(number) for number in range(5)},
        "presence_map": RULES,
        "source_id": SOURCE,
        "state_path": f"file://{tmp_path}/state/presences.json",
        "artifacts_path": f"file://{tmp_path}/artifacts",
    }
    return VonagePresenceToGenesysCloudOperator(task_id="transfer", **(given | arguments))


def run(task: VonagePresenceToGenesysCloudOperator, ti: TaskInstance | None = None, dag: str = "/dags/x.py") -> Any:
    return task.execute(context(ti or instance(), fileloc=dag))


def test_paths_are_taken_as_path_objects(connected: SimulatorHandle, there: Vonage, tmp_path: Path) -> None:
    (tmp_path / "users.csv").write_text(f"vonage_user_id,genesys_user_id\n{vonage(0)},{genesys(0)}\n")
    (tmp_path / "rules.json").write_text(json.dumps(RULES))
    for number, folder in enumerate((tmp_path, ObjectStoragePath(f"file://{tmp_path}"))):
        task = operator(
            tmp_path,
            user_map=folder / "users.csv",
            presence_map=folder / "rules.json",
            state_path=folder / str(number) / "state.json",
            artifacts_path=folder / "artifacts",
        )
        task.render_template_fields({})
        assert run(task, instance(str(number)))["users"] == 1
        assert (tmp_path / str(number) / "state.json").exists()


def kinds(simulator: SimulatorHandle) -> list[str]:
    return [row["kind"] for row in simulator.ledger_events()]


def nothing_done(ti: TaskInstance, why: str) -> None:
    """Assert that the summary has all its keys, that there is nothing in them, and that it says why."""
    summary = ti.pushed["summary"]
    assert re.search(why, summary.pop("failure"))
    assert list(summary) == [*PUBLISH_KEYS, *USER_COUNTS]
    assert (summary["complete"], summary["read"], summary["users"], summary["requests"]) == (False, 0, 0, 0)
    assert summary["routing_statuses"] is None


def test_without_a_connection_there_is_a_summary_too(tmp_path: Path) -> None:
    ti = instance()
    with pytest.raises(AirflowException, match="nowhere"):
        run(operator(tmp_path, genesys_cloud_conn_id="nowhere"), ti)
    nothing_done(ti, "nowhere")


def test_transfers_and_returns_the_summary(connected: SimulatorHandle, there: Vonage, tmp_path: Path) -> None:
    ti = instance()
    summary = run(operator(tmp_path), ti)
    assert list(summary) == [*PUBLISH_KEYS, *USER_COUNTS]
    assert ti.pushed == {"summary": summary}
    assert [summary[name] for name in ("users", "read", "unchanged", "unmapped", "missing")] == [5, 3, 0, 1, 1]
    assert (summary["accepted"], summary["complete"]) == (3, True)
    assert list(summary["routing_statuses"]) == PUBLISH_KEYS
    assert summary["routing_statuses"]["accepted"] == 2
    assert len(json.dumps(summary)) < 2_000
    assert kinds(connected) == ["userPresenceEvents"] * 3 + ["userRoutingStatusEvents"] * 2
    folder = tmp_path / "artifacts" / "statuses" / "manual__1" / "transfer"
    assert {path.name for path in folder.iterdir()} == {
        *("input.jsonl", "routing_statuses.jsonl", "unmapped.jsonl", "missing.jsonl", "transfer.json"),
        *("user_presences", "user_routing_statuses"),
    }
    assert summary["ledger"] == f"file://{folder}/user_presences/ledger.json"
    assert [json.loads(line) for line in (folder / "input.jsonl").read_text().splitlines()][1] == {
        "userId": genesys(1),
        "eventDateTime": "2026-01-31T09:00:00.000Z",
        "sourceId": SOURCE,
        "presenceDefinitionId": BREAK,
    }


def test_definitions_are_read_once_for_rules_and_events(
    connected: SimulatorHandle, there: Vonage, tmp_path: Path
) -> None:
    run(operator(tmp_path))
    assert connected.requests()["totals"]["GET /api/v2/presence/definitions"] == {"200": 2}  # active and deactivated


def test_the_next_run_transfers_what_has_changed(connected: SimulatorHandle, there: Vonage, tmp_path: Path) -> None:
    run(operator(tmp_path))
    there.put(1, "Ready", "Ready", minute=5)
    summary = run(operator(tmp_path), instance("2"))
    assert [summary[name] for name in ("users", "read", "unchanged", "unmapped", "missing")] == [5, 1, 2, 1, 1]
    assert connected.ledger() == {"accepted": 7, "distinct": 7, "duplicates": 0}


def test_nothing_new_posts_nothing(connected: SimulatorHandle, there: Vonage, tmp_path: Path) -> None:
    run(operator(tmp_path))
    before = connected.requests()["totals"]
    summary = run(operator(tmp_path), instance("2"))
    after = connected.requests()["totals"]
    assert {name: count for name, count in after.items() if "/events/" in name} == {
        name: count for name, count in before.items() if "/events/" in name
    }
    assert (summary["read"], summary["complete"], summary["routing_statuses"]) == (0, True, None)
    assert list(summary) == [*PUBLISH_KEYS, *USER_COUNTS]


def test_a_cleared_task_sends_and_reads_nothing(connected: SimulatorHandle, there: Vonage, tmp_path: Path) -> None:
    run(operator(tmp_path))
    state = (tmp_path / "state" / "presences.json").read_bytes()
    summary = run(operator(tmp_path))
    assert (there.reads, summary["accepted"], summary["complete"]) == (1, 3, True)
    assert connected.ledger()["accepted"] == 5
    assert (tmp_path / "state" / "presences.json").read_bytes() == state


def test_maps_in_files_beside_the_dag(connected: SimulatorHandle, there: Vonage, tmp_path: Path) -> None:
    rows = [f"{vonage(number)},{genesys(number)}" for number in range(5)]
    (tmp_path / "users.csv").write_text("\n".join(["vonage_user_id,genesys_user_id", *rows]))
    (tmp_path / "rules.yaml").write_text("\n".join(f"- {json.dumps(rule)}" for rule in RULES))
    task = operator(tmp_path, user_map="users.csv", presence_map="rules.yaml")
    assert run(task, dag=str(tmp_path / "dag.py"))["accepted"] == 3
    with pytest.raises(GenesysSourceError, match=r"/elsewhere/users\.csv: there is no such file"):
        run(task, instance("2"), dag="/elsewhere/dag.py")


@pytest.mark.parametrize("given", [json.dumps, lambda value: value], ids=["text", "data"])
def test_maps_from_an_earlier_task(connected: SimulatorHandle, there: Vonage, tmp_path: Path, given: Any) -> None:
    users = {vonage(number): genesys(number) for number in range(5)}
    assert run(operator(tmp_path, user_map=given(users), presence_map=given(RULES)))["accepted"] == 3


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("users.yaml", "- a\n", "user_map: users.yaml: is not a mapping"),
        ("users.yaml", "a: {", "user_map: users.yaml"),
        ("users.csv", "a,b\n", "user_map: users.csv, line 1: must name the columns"),
        ("users.csv", "vonage_user_id,genesys_user_id\n1,2\n", "user_map: the user map has 2 mistakes"),
        ("rules.yaml", "a: 1\n", "presence_map: rules.yaml: is not a list"),
        ("rules.yaml", "- a: 1\n", "presence_map: the presence map has"),
    ],
)
def test_a_wrong_document_names_its_argument(
    connected: SimulatorHandle, tmp_path: Path, name: str, text: str, message: str
) -> None:
    (tmp_path / name).write_text(text)
    argument = message.partition(":")[0]
    with pytest.raises(AirflowFailException, match=f"^{message}"):
        run(operator(tmp_path, **{argument: str(tmp_path / name)}))
    assert connected.requests()["total"] == 0


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (("source_id", "acd"), "source_id must be"),
        (("source_id", ""), "source_id must be"),
        (("state_path", "state.json"), "state_path must be an absolute path"),
        (("state_path", ""), "state_path must be"),
        (("state_path", None), "state_path must be"),
        (("user_map", {}), "the user map is empty"),
        (("user_map", {vonage(0): "john"}), "user 1: genesys_user_id is no UUID"),
        (("presence_map", []), "the presence map is empty"),
        (("presence_map", [{"presence": "Meal/Cantine"}]), r"rule 1: presence 'Meal/Cantine' is unknown; did you mean"),
        (("presence_map", [{"presence": "Lunch"}]), "rule 1: presence 'Lunch': 'Lunch' is no system presence"),
        (("presence_map", [{"presence": vonage(0)}]), "rule 1: presence .* no definition has this id"),
        (("max_rejected", "many"), "max_rejected"),
        (("on_unknown", "ignore"), "on_unknown"),
        (("max_in_flight", 0), "max_in_flight"),
        (("max_attempts", 0), "max_attempts"),
        (("max_rate_limit_wait", -1), "max_rate_limit_wait"),
        (("requests_per_minute", -5), "requests_per_minute"),
        (("max_wait", -1), "max_wait"),
        (("dead_letter_fields", "none"), "dead_letter_fields"),
    ],
)
def test_what_is_wrong_is_named_before_anything_is_read_or_sent(
    connected: SimulatorHandle, there: Vonage, tmp_path: Path, wrong: tuple[str, Any], message: str
) -> None:
    ti = instance()
    with pytest.raises(AirflowFailException, match=message):
        run(operator(tmp_path, **dict([wrong])), ti)
    nothing_done(ti, message)
    assert there.reads == 0
    assert not any("/events/" in name for name in connected.requests()["totals"])


def test_another_organisation_than_expected_is_not_written_to(
    connected: SimulatorHandle, there: Vonage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect(connected, monkeypatch, expected_organization_id=vonage(0))
    ti = instance()
    with pytest.raises(AirflowFailException, match="expected_organization_id"):
        run(operator(tmp_path), ti)
    nothing_done(ti, "expected_organization_id")
    assert (there.reads, connected.ledger()["accepted"]) == (0, 0)


def test_errors_in_vonage_name_its_connection(connected: SimulatorHandle, there: Vonage, tmp_path: Path) -> None:
    there.failure = GenesysAuthError(401, None, "Authorization has been denied for this request.")
    ti = instance()
    with pytest.raises(AirflowFailException, match=r"denied .*'vonage_contact_center_default'") as caught:
        run(operator(tmp_path), ti)
    assert "genesys_cloud_default" not in str(caught.value)
    assert [ti.pushed["summary"][name] for name in ("users", "read", "unmapped", "missing")] == [0, 0, 0, 0]
    there.failure = GenesysServerError(503)
    with pytest.raises(GenesysServerError):
        run(operator(tmp_path))
    there.failure = None
    assert run(operator(tmp_path))["complete"]


def test_too_many_rejected_fail_for_good_after_all_the_rest(
    connected: SimulatorHandle, there: Vonage, tmp_path: Path
) -> None:
    connected.add_fault(path="*/events/users/presence", partial={"retryable": False, "every": 2})
    ti = instance()
    with pytest.raises(AirflowFailException, match="1 of 3 events were not accepted"):
        run(operator(tmp_path), ti)
    summary = ti.pushed["summary"]
    assert (summary["rejected"], summary["complete"], summary["users"]) == (1, True, 5)
    assert summary["routing_statuses"]["accepted"] == 2
    assert len(list((tmp_path / "artifacts").rglob("dead-letters/*.jsonl"))) >= 1
    connected.clear_faults()
    assert run(operator(tmp_path), instance("2"))["unchanged"] == 3


def test_a_wrong_source_fails_in_each_run_and_a_corrected_one_gets_all(
    connected: SimulatorHandle, there: Vonage, tmp_path: Path
) -> None:
    connected.settings(require_known_sources=True, sources=[{"id": SOURCE, "name": "Platform"}])
    for name in ("1", "2"):
        with pytest.raises(AirflowFailException, match="3 of 3 events were not accepted"):
            run(operator(tmp_path, source_id=OTHER), instance(name))
        assert not (tmp_path / "state" / "presences.json").exists()
    assert connected.ledger()["accepted"] == 0
    assert run(operator(tmp_path), instance("3"))["accepted"] == 3
    assert run(operator(tmp_path), instance("4"))["unchanged"] == 3


def test_an_outage_of_genesys_is_retried_and_goes_on(connected: SimulatorHandle, there: Vonage, tmp_path: Path) -> None:
    connected.add_fault(path="*/events/users/routingstatus", status=500)
    ti = instance()
    with pytest.raises(GenesysServerError):
        run(operator(tmp_path, max_attempts=1), ti)
    assert (ti.pushed["summary"]["accepted"], ti.pushed["summary"]["routing_statuses"]["pending"]) == (3, 2)
    assert not (tmp_path / "state" / "presences.json").exists()
    connected.clear_faults()
    summary = run(operator(tmp_path))
    assert (there.reads, summary["routing_statuses"]["accepted"]) == (1, 2)
    assert connected.ledger()["duplicates"] == 0
    assert (tmp_path / "state" / "presences.json").exists()


def test_an_unreadable_state_may_be_retried(connected: SimulatorHandle, there: Vonage, tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "presences.json").write_text("{")
    with pytest.raises(GenesysLedgerError, match="cannot be read"):
        run(operator(tmp_path))
    assert connected.ledger()["accepted"] == 0


def test_on_kill_before_is_heard_and_after_is_harmless(
    connected: SimulatorHandle, there: Vonage, tmp_path: Path
) -> None:
    task = operator(tmp_path)
    task.on_kill()
    with pytest.raises(GenesysError, match="stopped"):
        run(task)
    assert connected.ledger()["accepted"] == 0
    task.on_kill()
    assert run(task)["accepted"] == 3


@pytest.mark.parametrize("while_waiting", [False, True])
def test_on_kill_while_reading_stops_it(
    connected: SimulatorHandle, there: Vonage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, while_waiting: bool
) -> None:
    task = operator(tmp_path)

    def read(user_ids: list[str]) -> Iterator[Any]:
        task.on_kill()
        if while_waiting:
            there.wait(600.0, "429")
        yield user_ids[0], None

    with monkeypatch.context() as patch:
        patch.setattr(there, "read_presences", read)
        with pytest.raises(GenesysError, match="stopped"):
            run(task)
    assert connected.ledger()["accepted"] == 0
    assert run(operator(tmp_path))["accepted"] == 3


@pytest.mark.parametrize("step", ["push_link", "_make_transfer"])
def test_on_kill_before_there_is_a_transfer_is_heard_as_soon_as_there_is(
    connected: SimulatorHandle, there: Vonage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    task = operator(tmp_path)
    original = getattr(task, step)
    monkeypatch.setattr(task, step, lambda context: (task.on_kill(), original(context))[1])
    with pytest.raises(GenesysError, match="stopped"):
        run(task)
    assert connected.ledger()["accepted"] == 0
    assert run(operator(tmp_path))["accepted"] == 3


def test_template_fields_are_arguments_and_hold_every_path_and_connection() -> None:
    arguments = set(inspect.signature(VonagePresenceToGenesysCloudOperator.__init__).parameters)
    fields = set(VonagePresenceToGenesysCloudOperator.template_fields)
    assert fields <= arguments
    assert {name for name in arguments if name.endswith(("_conn_id", "_path", "_map"))} <= fields
    assert VonagePresenceToGenesysCloudOperator.template_ext == ()


def test_init_only_assigns() -> None:
    given = {name: f"{{{{ params.{name} }}}}" for name in ("user_map", "presence_map", "source_id", "state_path")}
    task = VonagePresenceToGenesysCloudOperator(task_id="t", **given)
    assert {name: getattr(task, name) for name in given} == given


def test_what_it_read_and_wrote_is_told(connected: SimulatorHandle, there: Vonage, tmp_path: Path) -> None:
    task = operator(tmp_path)
    assert run(task)["complete"]
    found = DefaultExtractor(task).extract_on_complete(TaskInstance())
    assert found is not None
    assert [(each.namespace, each.name) for each in found.inputs] == [(connected.base_url, "presences/users")]
    assert [each.name for each in found.outputs] == ["events/user_presences", "events/user_routing_statuses"]
    account = json.loads(Serde.to_json(found.run_facets["genesys_account"]))
    assert {key: account[key] for key in ("users", "missing", "unmapped")} == {"users": 5, "missing": 1, "unmapped": 1}


def test_that_nothing_can_be_told_hides_no_failure(connected: SimulatorHandle, there: Vonage, tmp_path: Path) -> None:
    there.failure = GenesysAuthError(401, None, "no")
    task = operator(tmp_path, vonage_contact_center_conn_id="nowhere")
    with pytest.raises(AirflowFailException, match=r"no.*\(connection 'nowhere'\)"):
        run(task)
    assert DefaultExtractor(task).extract_on_complete(TaskInstance()) is None
