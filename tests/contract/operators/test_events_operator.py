"""The operator: templates, when it fails and how, what it pushes."""

from __future__ import annotations

import inspect
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from airflow.providers.common.compat.sdk import AirflowException, AirflowFailException

from airflow_provider_genesys.exceptions import GenesysError, GenesysLedgerError, GenesysSourceError
from airflow_provider_genesys.hooks.genesys_cloud import GenesysCloudHook
from airflow_provider_genesys.operators.events import GenesysCloudPublishEventsOperator
from tests.contract.worlds import routing_status
from tests.harness.fixtures import connect
from tests.harness.tasks import TaskInstance, context

if TYPE_CHECKING:
    from airflow_provider_genesys.simulator.process import SimulatorHandle

ID = "6a3af858-942f-489d-9700-5f9bcdcdae9b"
SUMMARY_KEYS = [
    *("stream", "read", "accepted", "rejected", "invalid", "duplicate", "unknown", "pending"),
    *("complete", "tries", "resumed", "accepted_before"),
    *("requests", "retries", "rate_limited_seconds", "duration_seconds"),
    *("ledger", "dead_letters", "kind", "reasons", "ledger_key", "began"),
]


def instance(**arguments: Any) -> TaskInstance:
    run_id = "scheduled__2026-01-01T00:00:00+00:00"
    return TaskInstance("publish", dag_id="statuses", run_id=run_id, **arguments)


def operator(tmp_path: Path, **arguments: Any) -> GenesysCloudPublishEventsOperator:
    given = {
        "stream": "user_routing_statuses",
        "source": [routing_status(1), routing_status(2)],
        "artifacts_path": f"file://{tmp_path}",
    }
    return GenesysCloudPublishEventsOperator(task_id="publish", **(given | arguments))


def run(task: GenesysCloudPublishEventsOperator, ti: TaskInstance | None = None) -> Any:
    return task.execute(context(ti or instance()))


def nothing_done(ti: TaskInstance, stream: str, why: str) -> None:
    """Assert that the summary has all its keys, that there is nothing in them, and that it says why."""
    summary = ti.pushed["summary"]
    assert why in summary.pop("failure")
    assert list(summary) == SUMMARY_KEYS
    assert {name: value for name, value in summary.items() if value} == {"stream": stream, "kind": "publish"}
    assert (summary["complete"], summary["read"], summary["ledger"]) == (False, 0, None)


def test_publishes_and_returns_the_summary(connected: SimulatorHandle, tmp_path: Path) -> None:
    ti = instance()
    summary = run(operator(tmp_path), ti)
    assert list(summary) == SUMMARY_KEYS
    assert ti.pushed == {"summary": summary}
    assert (summary["read"], summary["accepted"], summary["complete"]) == (2, 2, True)
    assert connected.ledger()["distinct"] == 2
    folder = tmp_path / "statuses" / "scheduled__2026-01-01T00%3A00%3A00%2B00%3A00" / "publish"
    assert summary["ledger"] == f"file://{folder}/ledger.json"
    assert json.loads((folder / "ledger.json").read_text())["complete"]
    assert len(json.dumps(summary)) < 1_000


def test_a_mapped_task_has_a_folder_for_each_index(connected: SimulatorHandle, tmp_path: Path) -> None:
    assert "/publish/3/ledger.json" in run(operator(tmp_path), instance(map_index=3))["ledger"]


def test_a_ledger_key_takes_the_place_of_dag_run_and_task(connected: SimulatorHandle, tmp_path: Path) -> None:
    assert run(operator(tmp_path, ledger_key="a/b"))["ledger"] == f"file://{tmp_path}/a%2Fb/ledger.json"


def test_too_many_bad_records_fail_for_good_after_all_the_rest_is_published(
    connected: SimulatorHandle, tmp_path: Path
) -> None:
    ti = instance()
    source = [routing_status(1), routing_status(2) | {"status": "Gone"}, routing_status(3)]
    with pytest.raises(
        AirflowFailException, match=r"1 of 3 events .* status must be .* \(once, such as <source>, line 2\)"
    ) as caught:
        run(operator(tmp_path, source=source), ti)
    assert isinstance(caught.value.__cause__, GenesysError)
    assert (ti.pushed["summary"]["accepted"], ti.pushed["summary"]["invalid"]) == (2, 1)
    assert connected.ledger()["distinct"] == 2


@pytest.mark.parametrize(("allowed", "passes"), [(1, True), ("34%", True), ("33%", False), ("1", True), (0, False)])
def test_max_rejected(connected: SimulatorHandle, tmp_path: Path, allowed: int | str, passes: bool) -> None:
    task = operator(tmp_path, source=[routing_status(1), {}, routing_status(3)], max_rejected=allowed)
    if passes:
        assert run(task)["invalid"] == 1
    else:
        with pytest.raises(AirflowFailException):
            run(task)


@pytest.mark.parametrize(
    ("argument", "value"),
    [
        ("stream", "presences"),
        ("max_rejected", "many"),
        ("max_rejected", "101%"),
        ("max_rejected", -1),
        ("max_rejected", None),
        ("on_unknown", "ignore"),
        ("max_in_flight", 0),
        ("max_in_flight", 101),
        ("max_in_flight", "12"),
        ("max_attempts", 0),
        ("max_rate_limit_wait", -1),
        ("requests_per_minute", -5),
        ("max_wait", -1),
        ("duplicate_window", -1),
        ("dead_letter_fields", "none"),
        ("ledger_key", ".."),
        ("ledger_key", ""),
    ],
)
def test_a_wrong_argument_is_named_before_anything_is_sent(
    connected: SimulatorHandle, tmp_path: Path, argument: str, value: Any
) -> None:
    task, ti = operator(tmp_path, **{argument: value}), instance()
    with pytest.raises(AirflowFailException, match=argument):
        run(task, ti)
    assert connected.requests()["total"] == 0
    nothing_done(ti, task.stream, argument)


def test_an_unreadable_source_may_be_retried(connected: SimulatorHandle, tmp_path: Path) -> None:
    with pytest.raises(GenesysSourceError, match=r"nothing\.jsonl"):
        run(operator(tmp_path, source=str(tmp_path / "nothing.jsonl")))
    assert connected.requests()["total"] == 0


def test_another_input_under_the_same_ledger_may_be_retried(connected: SimulatorHandle, tmp_path: Path) -> None:
    run(operator(tmp_path))
    with pytest.raises(GenesysLedgerError):
        run(operator(tmp_path, source=[routing_status(7), routing_status(8)]))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"password": "wrong"}, "authentication failed"),
        ({"login": "wrong"}, "client not found"),
        ({"login": None}, "login"),
    ],
)
def test_wrong_credentials_fail_for_good(
    connected: SimulatorHandle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: dict[str, Any], message: str
) -> None:
    connection = json.loads(connected.connection_json) | change
    monkeypatch.setenv("AIRFLOW_CONN_GENESYS_CLOUD_DEFAULT", json.dumps(connection))
    with pytest.raises(AirflowFailException, match=message) as caught:
        run(operator(tmp_path))
    assert connected.client_secret not in str(caught.value)
    assert connected.ledger()["accepted"] == 0


def test_a_missing_permission_fails_for_good_and_says_which(connected: SimulatorHandle, tmp_path: Path) -> None:
    connected.settings(permissions=[])
    with pytest.raises(AirflowFailException, match="routing:routingstatus:inject"):
        run(operator(tmp_path, source=[routing_status(number) for number in range(2_000)]))
    assert connected.requests()["totals"]["POST /api/v2/events/users/routingstatus"]["403"] == 1


def test_another_organisation_than_expected_is_not_written_to(
    connected: SimulatorHandle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect(connected, monkeypatch, expected_organization_id=ID)
    ti = instance()
    with pytest.raises(AirflowFailException, match="expected_organization_id"):
        run(operator(tmp_path), ti)
    assert connected.ledger()["accepted"] == 0
    nothing_done(ti, "user_routing_statuses", "expected_organization_id")


def test_without_a_connection_there_is_a_summary_too(tmp_path: Path) -> None:
    ti = instance()
    with pytest.raises(AirflowException, match="nowhere"):
        run(operator(tmp_path, genesys_cloud_conn_id="nowhere"), ti)
    nothing_done(ti, "user_routing_statuses", "nowhere")


def test_without_artifacts_path_it_warns_and_keeps_the_ledger_beside_airflow(
    connected: SimulatorHandle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("AIRFLOW_HOME", str(tmp_path))
    assert run(operator(tmp_path, artifacts_path=None))["ledger"].startswith(f"file://{tmp_path}/genesys/statuses/")
    assert "Should the worker be lost" in caplog.text


def test_the_option_is_taken_where_there_is_no_argument(
    connected: SimulatorHandle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIRFLOW__GENESYS__ARTIFACTS_PATH", f"file://{tmp_path}/option")
    assert run(operator(tmp_path, artifacts_path=None))["ledger"].startswith(f"file://{tmp_path}/option/statuses/")


def test_publish_events_of_the_hook_is_the_same_publisher(connected: SimulatorHandle, tmp_path: Path) -> None:
    hook = GenesysCloudHook()
    summary = hook.publish_events(
        "user_routing_statuses", [routing_status(1)], artifacts_path=str(tmp_path), ledger_key="mine", max_rejected="1%"
    )
    assert list(summary) == SUMMARY_KEYS
    assert summary["ledger"] == f"{'file://' * summary['ledger'].startswith('file')}{tmp_path}/mine/ledger.json"
    with pytest.raises(GenesysError, match="ledger_key"):
        hook.publish_events("user_routing_statuses", [routing_status(1)], artifacts_path=str(tmp_path))


def test_on_kill_before_and_in_a_call_is_heard_and_after_it_is_harmless(
    connected: SimulatorHandle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Airflow can be told to end before it calls the operator; a timeout it tells of when the call is over."""
    task = operator(tmp_path)
    task.on_kill()
    with pytest.raises(GenesysError, match="stopped"):
        run(task)
    assert connected.ledger()["accepted"] == 0
    task.on_kill()
    assert run(task)["accepted"] == 2
    monkeypatch.setattr(task, "push_link", lambda _: task.on_kill())
    with pytest.raises(GenesysError, match="stopped"):
        run(task)


def test_a_second_call_that_fails_early_tells_nothing_of_the_first(connected: SimulatorHandle, tmp_path: Path) -> None:
    task, ti = operator(tmp_path), TaskInstance()
    run(task)
    task.max_in_flight = 0
    with pytest.raises(AirflowFailException, match="max_in_flight"):
        task.execute(context(ti))
    assert (ti.pushed["summary"]["accepted"], ti.pushed["summary"]["complete"]) == (0, False)


@pytest.mark.parametrize("step", ["push_link", "get_publisher"])
def test_on_kill_before_there_is_a_publisher_is_heard_as_soon_as_there_is(
    connected: SimulatorHandle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """Such as while a secrets backend is asked for the connection."""
    task = operator(tmp_path)
    whose: Any = task if step == "push_link" else task.hook
    original = getattr(whose, step)
    monkeypatch.setattr(whose, step, lambda *args, **more: (task.on_kill(), original(*args, **more))[1])
    with pytest.raises(GenesysError, match="stopped"):
        run(task)
    assert connected.ledger()["accepted"] == 0
    assert run(operator(tmp_path))["accepted"] == 2


def test_template_fields_are_arguments_and_hold_every_path_and_connection() -> None:
    arguments = set(inspect.signature(GenesysCloudPublishEventsOperator.__init__).parameters)
    fields = set(GenesysCloudPublishEventsOperator.template_fields)
    assert fields <= arguments
    assert {name for name in arguments if name.endswith(("_conn_id", "_path"))} <= fields
    assert "source" in fields
    assert GenesysCloudPublishEventsOperator.template_ext == ()


def test_init_only_assigns(tmp_path: Path) -> None:
    task = GenesysCloudPublishEventsOperator(task_id="t", stream="{{ params.stream }}", source="{{ params.path }}")
    assert (task.stream, task.source) == ("{{ params.stream }}", "{{ params.path }}")
