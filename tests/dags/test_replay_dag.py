"""The example Dag that publishes dead letters once more, run by Airflow: shown, approved, sent; and what it refuses."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from airflow_provider_genesys.exceptions import GenesysPermissionError
from airflow_provider_genesys.hooks.genesys_cloud import GenesysCloudHook
from airflow_provider_genesys.tasks.replay import find_replay
from tests.contract.worlds import presence, write_lines
from tests.dags.approvals import HITL, a_person_who_says
from tests.harness.bundles import dags_of_a_bundle

if TYPE_CHECKING:
    from collections.abc import Callable

    from airflow.models.dagrun import DagRun

    from airflow_provider_genesys.simulator.process import SimulatorHandle

REPLAY = "genesys_cloud_replay"
NUMBER = "+49 170 1234567"
PUBLISHING = """
from airflow.providers.common.compat.sdk import DAG
from airflow_provider_genesys.operators.events import GenesysCloudPublishEventsOperator

folder = {folder!r}
publish = {{"stream": "user_presences", "source": folder + "/day.jsonl", "max_rejected": "100%"}}

with DAG("publishing", schedule=None):
    GenesysCloudPublishEventsOperator(task_id="by_option", **publish)
    GenesysCloudPublishEventsOperator(task_id="of_its_own", artifacts_path=folder + "/own", **publish)
    GenesysCloudPublishEventsOperator(task_id="by_key", artifacts_path=folder + "/own", ledger_key="calls-1", **publish)
    GenesysCloudPublishEventsOperator.partial(
        task_id="mapped", stream="user_presences", max_rejected="100%"
    ).expand(source=[folder + "/day.jsonl", folder + "/day.jsonl"])
    GenesysCloudPublishEventsOperator(task_id="all_well", stream="user_presences", source=folder + "/good.jsonl")
"""
CASES = [
    pytest.param({"task_id": "by_option"}, {}, id="by_option"),
    pytest.param({"task_id": "of_its_own"}, {"artifacts_path": True}, id="of_its_own"),
    pytest.param(
        {"task_id": "by_key", "ledger_key": "calls-1"},
        {"artifacts_path": True, "ledger_keys": ["calls-*"], "task_id": "by_key"},
        id="by_key",
    ),
    pytest.param({"task_id": "mapped", "map_index": 0}, {}, id="mapped-0"),
]


@pytest.fixture
def published(
    dags: dict[str, Any], connected: SimulatorHandle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> dict[str, str]:
    """Publish what is refused in part, since its source is not registered yet; return the ids of the run."""
    monkeypatch.setenv("AIRFLOW__GENESYS__ARTIFACTS_PATH", f"file://{tmp_path}/artifacts")
    write_lines(tmp_path / "good.jsonl", [presence(number) for number in range(3)])
    bad = [presence(number, presence=f"Break/{NUMBER}") for number in range(100, 103)]
    write_lines(tmp_path / "day.jsonl", [*(presence(number) for number in range(3, 6)), *bad])
    (tmp_path / "dags").mkdir()
    (tmp_path / "dags" / "publishing.py").write_text(PUBLISHING.format(folder=str(tmp_path)))
    with monkeypatch.context() as patch:
        run = dags_of_a_bundle(tmp_path / "dags", patch)["publishing"].test()
    assert run.state == "success"
    assert connected.ledger()["distinct"] == 6
    return {"dag_id": "publishing", "run_id": run.run_id}


@pytest.fixture
def replay(dags: dict[str, Any]) -> Callable[..., DagRun]:
    """Run the Dag with some ids."""

    def run(ids: dict[str, Any], **more: Any) -> DagRun:
        # All of them: what one run of dag.test() was given is the next one's default.
        return dags[REPLAY].test(run_conf={"map_index": -1, "ledger_key": None} | ids | more)

    return run


def allow(monkeypatch: pytest.MonkeyPatch, *entries: dict[str, Any]) -> None:
    monkeypatch.setenv(f"AIRFLOW_VAR_{REPLAY.upper()}", json.dumps(entries))


def states(run: DagRun) -> dict[tuple[str, int], str]:
    return {(one.task_id, one.map_index): str(one.state) for one in run.get_task_instances()}


def mend(simulator: SimulatorHandle) -> None:
    """Make the presence that nobody knew."""
    simulator.load_presence([{"systemPresence": "Break", "languageLabels": {"en_US": NUMBER}}])


@pytest.mark.parametrize(("ids", "entry"), CASES)
def test_what_was_shown_and_approved_is_sent_with_the_same_ids(
    *,
    published: dict[str, str],
    replay: Callable[..., DagRun],
    connected: SimulatorHandle,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    ids: dict[str, Any],
    entry: dict[str, Any],
) -> None:
    own = {"artifacts_path": f"{tmp_path}/own"} if "artifacts_path" in entry else {}
    allow(monkeypatch, {"dag_id": "another"}, {"dag_id": "publishing", **entry, **own})
    mend(connected)
    before = {row["eventId"] for row in connected.ledger_events()}
    with a_person_who_says("Approve", REPLAY) as asked:
        run = replay(published | ids)
    found = states(run)
    assert set(found.values()) == {"success"}, found
    assert found["publish", 0] == "success"
    new = [row["eventId"] for row in connected.ledger_events() if row["eventId"] not in before]
    assert sorted(new) == [presence(number)["eventId"] for number in range(100, 103)]
    subject, body = asked
    assert f"publishing, {ids['task_id']}" in subject
    assert "3 events of user\\_presences" in body or "3 events of user_presences" in body
    row = r"\| 3 \| invalid \| invalid\.presence: is unknown \| day\.jsonl, line 4 \|"
    assert re.search(row, body), body
    assert "are missing" not in body
    assert NUMBER not in body
    assert "1234567" not in json.dumps(run.get_task_instance("look").xcom_pull(task_ids="look"))


def test_a_rejected_replay_sends_nothing(
    published: dict[str, str],
    replay: Callable[..., DagRun],
    connected: SimulatorHandle,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    allow(monkeypatch, {"dag_id": "publishing"})
    mend(connected)
    before = connected.ledger()
    with a_person_who_says("Reject", REPLAY):
        run = replay(published | {"task_id": "by_option"})
    assert {state for (task, _), state in states(run).items() if task not in ("look", "ask")} == {"skipped"}
    assert connected.ledger() == before


@pytest.mark.parametrize("also", [[], [{"dag_id": REPLAY}]], ids=["by the original's entry", "by its own too"])
def test_what_is_refused_once_more_fails_and_has_dead_letters_that_can_be_replayed_in_turn(
    *,
    published: dict[str, str],
    replay: Callable[..., DagRun],
    connected: SimulatorHandle,
    monkeypatch: pytest.MonkeyPatch,
    also: list[dict[str, str]],
) -> None:
    allow(monkeypatch, {"dag_id": "publishing"}, *also)
    with a_person_who_says("Approve", REPLAY):
        first = replay(published | {"task_id": "by_option"})
    assert states(first)["publish", 0] == "failed"
    accepted = connected.ledger()["accepted"]
    of_the_first = {"dag_id": REPLAY, "run_id": first.run_id, "task_id": "publish", "map_index": 0}
    with a_person_who_says("Approve", REPLAY):
        second = replay(of_the_first)
    assert states(second)["publish", 0] == "failed"
    mend(connected)
    with a_person_who_says("Approve", REPLAY) as asked:
        third = replay(of_the_first | {"run_id": second.run_id})
    assert states(third)["publish", 0] == "success"
    assert "replayed before" not in asked[1]
    assert connected.ledger()["distinct"] == 9
    assert connected.ledger()["accepted"] == accepted + 3


def test_a_replay_s_letters_are_allowed_only_where_those_are_that_it_published(
    published: dict[str, str],
    replay: Callable[..., DagRun],
    connected: SimulatorHandle,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    allow(monkeypatch, {"dag_id": "publishing"})
    with a_person_who_says("Approve", REPLAY):
        first = replay(published | {"task_id": "by_option"})
    mend(connected)
    allow(monkeypatch, {"dag_id": REPLAY})
    second = replay({"dag_id": REPLAY, "run_id": first.run_id, "task_id": "publish", "map_index": 0})
    assert states(second)["look", -1] == "failed"
    assert connected.ledger()["distinct"] == 6


@pytest.mark.parametrize(("ids", "entry"), CASES)
def test_the_same_letters_are_not_sent_by_a_second_replay_which_says_who_did(
    *,
    published: dict[str, str],
    replay: Callable[..., DagRun],
    connected: SimulatorHandle,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    ids: dict[str, Any],
    entry: dict[str, Any],
) -> None:
    own = {"artifacts_path": f"{tmp_path}/own"} if "artifacts_path" in entry else {}
    allow(monkeypatch, {"dag_id": "publishing", **entry, **own})
    mend(connected)
    with a_person_who_says("Approve", REPLAY):
        first = replay(published | ids)
    assert states(first)["publish", 0] == "success"
    after = connected.ledger()
    assert after["distinct"] == 9
    for _ in range(2):  # of which the second tells of the first replay too, not of the one that sent nothing
        with a_person_who_says("Approve", REPLAY) as asked:
            again = replay(published | ids)
        assert again.state == "success"
        assert states(again)["publish", 0] == "skipped"
        assert connected.ledger() == after
        told = asked[1].replace("\\", "")
        assert "**They were replayed before:**" in told
        assert first.run_id in told
        assert ": 3 accepted. **Nothing would be sent.**" in told
        assert "They are published by" not in told


def test_letters_that_were_corrected_are_sent_and_what_was_accepted_of_them_is_said_before(
    published: dict[str, str],
    replay: Callable[..., DagRun],
    connected: SimulatorHandle,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    allow(monkeypatch, {"dag_id": "publishing"})
    with a_person_who_says("Approve", REPLAY):
        first = replay(published | {"task_id": "by_option"})
    assert states(first)["publish", 0] == "failed"
    for file in (tmp_path / "artifacts").glob("publishing/*/by_option/dead-letters/*.jsonl"):
        file.write_text(file.read_text().replace(f"Break/{NUMBER}", "Meal"))
    with a_person_who_says("Approve", REPLAY) as asked:
        second = replay(published | {"task_id": "by_option"})
    assert states(second)["publish", 0] == "success"
    assert connected.ledger()["distinct"] == 9
    assert "replayed before, and have changed since:" in asked[1]
    assert ": 3 invalid\n" in asked[1]
    assert "**All 3 would be sent, also those that were accepted then.**" in asked[1]


def publish_beside(ids: dict[str, Any]) -> dict[str, Any]:
    """Publish the letters as another run of the replay would."""
    (letters,) = find_replay(ids).letters.values()
    hook = GenesysCloudHook()
    return hook.publish_events(
        "user_presences", str(letters.folder), artifacts_path=None, folder=letters.replay_folder, max_in_flight=1
    )


def test_a_replay_goes_on_where_one_stopped(
    published: dict[str, str],
    replay: Callable[..., DagRun],
    connected: SimulatorHandle,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    allow(monkeypatch, {"dag_id": "publishing"})
    mend(connected)
    ids = published | {"task_id": "by_option"}
    connected.add_fault(path="*/events/*", partial={"retryable": True, "every": 3}, count=1)
    connected.add_fault(path="*/events/*", status=403, count=1)
    accepted = connected.ledger()["accepted"]
    with pytest.raises(GenesysPermissionError):
        publish_beside(ids)
    before = connected.ledger()["distinct"]
    assert 6 < before < 9
    with a_person_who_says("Approve", REPLAY) as asked:
        run = replay(ids)
    assert states(run)["publish", 0] == "success"
    assert f"**The rest would be sent: {9 - before} of 3.**" in asked[1]
    assert connected.ledger()["distinct"] == 9
    assert connected.ledger()["accepted"] == accepted + 3


def test_of_two_that_waited_at_once_one_sends(
    *,
    published: dict[str, str],
    replay: Callable[..., DagRun],
    connected: SimulatorHandle,
    monkeypatch: pytest.MonkeyPatch,
    dags: dict[str, Any],
) -> None:
    allow(monkeypatch, {"dag_id": "publishing"})
    mend(connected)
    ids = published | {"task_id": "by_option"}
    accepted = connected.ledger()["accepted"]
    original = dags[REPLAY].get_task("streams").python_callable

    def meanwhile(found: Any) -> Any:
        publish_beside(ids)
        return original(found)

    monkeypatch.setattr(dags[REPLAY].get_task("streams"), "python_callable", meanwhile)
    with a_person_who_says("Approve", REPLAY) as asked:
        run = replay(ids)
    assert "replayed before" not in asked[1]
    assert states(run)["publish", 0] == "skipped"
    assert connected.ledger()["distinct"] == 9
    assert connected.ledger()["accepted"] == accepted + 3


def test_letters_that_changed_after_they_were_shown_are_not_sent(
    *,
    published: dict[str, str],
    replay: Callable[..., DagRun],
    connected: SimulatorHandle,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    dags: dict[str, Any],
) -> None:
    allow(monkeypatch, {"dag_id": "publishing"})
    mend(connected)
    before = connected.ledger()
    (folder,) = (tmp_path / "artifacts").glob("publishing/*/by_option/dead-letters")
    original = dags[REPLAY].get_task("streams").python_callable

    def meanwhile(found: Any) -> Any:
        (folder / "more.jsonl").write_text(json.dumps(presence(999)) + "\n")
        return original(found)

    monkeypatch.setattr(dags[REPLAY].get_task("streams"), "python_callable", meanwhile)
    with a_person_who_says("Approve", REPLAY):
        run = replay(published | {"task_id": "by_option"})
    assert states(run)["publish", 0] == "failed"
    assert connected.ledger() == before


@pytest.mark.parametrize(
    ("ids", "entries"),
    [
        pytest.param({"task_id": "by_option"}, [], id="nothing is allowed"),
        pytest.param({"task_id": "by_option"}, [{"dag_id": "another"}], id="another Dag is"),
        pytest.param({"task_id": "by_option"}, [{"dag_id": "publishing", "task_id": "x"}], id="another task is"),
        pytest.param({"task_id": "all_well"}, [{"dag_id": "publishing"}], id="all was accepted"),
        pytest.param({"task_id": "nothing"}, [{"dag_id": "publishing"}], id="there is no such task"),
        pytest.param({"task_id": "../publishing"}, [{"dag_id": "publishing"}], id="an id that is a path"),
        pytest.param({"task_id": "by_option", "ledger_key": "calls-1"}, [{"dag_id": "publishing"}], id="no key is"),
    ],
)
def test_what_is_not_allowed_or_not_there_is_refused_before_anybody_is_asked(
    *,
    published: dict[str, str],
    replay: Callable[..., DagRun],
    connected: SimulatorHandle,
    monkeypatch: pytest.MonkeyPatch,
    ids: dict[str, Any],
    entries: list[dict[str, Any]],
) -> None:
    allow(monkeypatch, *entries)
    before = connected.ledger()
    run = replay(published | ids)
    found = states(run)
    assert found.pop(("look", -1)) == "failed"
    assert set(found.values()) == {"upstream_failed"}
    assert connected.ledger() == before


@pytest.mark.parametrize("confirm", [False, True])
def test_an_airflow_that_cannot_ask_takes_a_parameter(
    published: dict[str, str],
    connected: SimulatorHandle,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    confirm: bool,
) -> None:
    monkeypatch.setitem(sys.modules, HITL, None)
    example = Path(__file__).parents[2] / "example_dags" / "dead_letters.py"
    (tmp_path / "older").mkdir()
    (tmp_path / "older" / "dead_letters.py").write_text(example.read_text("utf-8"))
    dag = dags_of_a_bundle(tmp_path / "older", monkeypatch)[REPLAY]
    assert "ask" not in dag.task_ids
    allow(monkeypatch, {"dag_id": "publishing"})
    mend(connected)
    run = dag.test(run_conf=published | {"task_id": "by_option", "confirm": confirm})
    assert run.state == "success"
    after = connected.ledger()
    assert after["distinct"] == (9 if confirm else 6)
    if confirm:
        again = dag.test(run_conf=published | {"task_id": "by_option", "confirm": True})
        assert states(again)["publish", 0] == "skipped"
        assert connected.ledger() == after
