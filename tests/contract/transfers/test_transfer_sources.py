"""Which source a transfer tells by: a wrong one moves no state, and another one needs what its events were told by."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException

from airflow_provider_genesys.exceptions import GenesysServerError
from tests.contract.transfers.calls import CALLS, EVENTS, POST, artifacts, calls, instance, operator, run
from tests.harness.simulated import accepted
from tests.harness.tasks import context
from tests.unit.interactions.interactions import DIRECTORY
from tests.unit.interactions.world import JSON, OBJECT, begun_at, rows

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from pathlib import Path

    from airflow_provider_genesys.simulator.process import SimulatorHandle

WRONG = "5b0d0f6e-9a55-4a5e-8a0b-5f2a6b1c7d99"


def name_source(folder: Path, source_id: str) -> None:
    """Have the directory name a source."""
    file = folder / "d.yaml"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"source_id": source_id}))


def know_only_the_right_source(simulator: SimulatorHandle) -> None:
    simulator.settings(require_known_sources=True, sources=[{"id": DIRECTORY.source_id, "name": "Platform"}])


def sources_of(events: Path) -> set[str]:
    """Return the sources that a file of events names."""
    told = [json.loads(line) for line in events.read_text().splitlines()]
    return {each["sourceConfiguration"]["sourceId"] for each in told if "sourceConfiguration" in each}


def test_where_not_one_event_is_accepted_the_state_stays(
    connected: SimulatorHandle, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    connected.add_fault(path=POST, partial={"retryable": False, "every": 1})
    with pytest.raises(AirflowFailException, match="480 of 480 events were not accepted"):
        run(folder)
    assert "Not one event that names the source was accepted" in caplog.text
    assert not (folder / "state.db").exists()
    connected.clear_faults()
    # The same run sends it again where it is told to, and another one tells it as well.
    assert run(folder, republish=True)["accepted"] == CALLS * EVENTS
    assert run(folder, "2")["read"] == 0
    assert set(accepted(connected).values()) == {1}


@pytest.mark.parametrize("fields", ["all", "ids"])
@pytest.mark.parametrize("cure", ["clear", "new run"])
def test_a_wrong_source_moves_nothing_though_most_events_are_accepted(
    connected: SimulatorHandle, folder: Path, caplog: pytest.LogCaptureFixture, cure: str, fields: Any
) -> None:
    know_only_the_right_source(connected)
    name_source(folder, WRONG)
    ti = instance("1")
    with pytest.raises(AirflowFailException, match="180 of 480 events were not accepted"):
        run(folder, ti=ti, dead_letter_fields=fields)
    assert (ti.pushed["summary"]["accepted"], ti.pushed["summary"]["rejected"]) == (300, 180)
    assert "Not one event that names the source was accepted, of conversations" in caplog.text
    assert not (folder / "state.db").exists()
    with pytest.raises(AirflowFailException, match="180 of 480 events were not accepted"):
        run(folder, dead_letter_fields=fields)  # a clear alone neither sends nor moves anything
    assert not (folder / "state.db").exists()
    name_source(folder, DIRECTORY.source_id)
    again = {"republish": True} if cure == "clear" else {"name": "2"}
    assert run(folder, **again)["accepted"] == CALLS * EVENTS  # type: ignore[arg-type]
    assert sources_of(artifacts(folder, again.get("name", "1")) / "events.jsonl") == {DIRECTORY.source_id}  # type: ignore[arg-type]
    assert set(accepted(connected).values()) == {1}
    assert run(folder, "3")["read"] == 0


def test_a_wrong_source_moves_nothing_where_dead_letters_are_gone(connected: SimulatorHandle, folder: Path) -> None:
    know_only_the_right_source(connected)
    name_source(folder, WRONG)
    for _ in range(2):
        with pytest.raises(AirflowFailException, match="180 of 480"):
            run(folder)
        for each in (artifacts(folder) / "conversations" / "dead-letters").iterdir():
            each.unlink()
    assert not (folder / "state.db").exists()


def test_calls_that_go_on_name_no_source_and_move_the_state(connected: SimulatorHandle, folder: Path) -> None:
    (folder / "m.yaml").write_text(JSON.replace("record: {", "record: {open: tell, "))
    goes_on = OBJECT | {"End": None, "Queue": OBJECT["Queue"] | {"Out": None}, "Updated": "1"}
    (folder / "calls.csv").write_text(json.dumps(goes_on))
    assert run(folder)["accepted"] == 2
    (folder / "calls.csv").write_text(json.dumps(OBJECT | {"Updated": "2"}))
    # Of its two ends one is refused: that is no word about the source.
    connected.add_fault(path=POST, partial={"retryable": False, "every": 2})
    with pytest.raises(AirflowFailException, match="1 of 2 events were not accepted"):
        run(folder, "2")
    assert run(folder, "3")["read"] == 0


def test_a_state_of_what_is_held_back_is_about_no_source(
    connected: SimulatorHandle, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    know_only_the_right_source(connected)
    name_source(folder, WRONG)
    with begun_at(datetime(2026, 11, 16, tzinfo=UTC)):
        assert run(folder, "0", settle="1h")["conversion"]["held_back"] == CALLS
    assert (folder / "state.db").exists()
    with pytest.raises(AirflowFailException, match="180 of 480"):
        run(folder)
    name_source(folder, DIRECTORY.source_id)
    (folder / "calls.csv").write_text(rows())
    assert run(folder, republish=True)["accepted"] == CALLS * EVENTS
    assert caplog.text.count(f"The state was about the source {WRONG}, by which no other run has told anything") == 1
    assert run(folder, "2")["read"] == 0


def test_a_source_that_took_the_events_is_left_by_the_only_run_that_told_by_it(
    connected: SimulatorHandle, folder: Path
) -> None:
    name_source(folder, WRONG)
    run(folder)
    name_source(folder, DIRECTORY.source_id)
    message = f"is about the source {WRONG}, not {DIRECTORY.source_id}.*clear that run, a transfer with republish=True;"
    with pytest.raises(AirflowFailException, match=message):
        run(folder, "2")
    assert run(folder, republish=True)["accepted"] == CALLS * EVENTS
    assert run(folder, "2")["read"] == 0
    assert max(accepted(connected).values()) == 1


def test_a_source_by_which_several_runs_have_told_needs_another_state(connected: SimulatorHandle, folder: Path) -> None:
    name_source(folder, WRONG)
    run(folder)
    (folder / "calls.csv").write_text(rows(*calls(0, CALLS + 1)))
    run(folder, "2")
    name_source(folder, DIRECTORY.source_id)
    before = (folder / "state.db").read_bytes()
    for name in ("1", "2"):
        with pytest.raises(AirflowFailException, match="give another state_path, or move this one away"):
            run(folder, name, republish=True)
    assert (folder / "state.db").read_bytes() == before
    other = {"state_path": f"file://{folder}/other.db", "republish": True}
    assert run(folder, "2", **other)["accepted"] == (CALLS + 1) * EVENTS
    assert max(accepted(connected).values()) == 1


def test_a_publish_by_the_wrong_source_that_is_not_complete_is_set_aside(
    connected: SimulatorHandle, folder: Path
) -> None:
    name_source(folder, WRONG)
    connected.add_fault(path=POST, status=503, after=1)
    with pytest.raises(GenesysServerError):
        run(folder, max_attempts=1, max_in_flight=2)
    connected.clear_faults()
    name_source(folder, DIRECTORY.source_id)
    before = accepted(connected)
    assert before
    assert run(folder, republish=True)["accepted"] == CALLS * EVENTS
    assert len(accepted(connected)) == len(before) + CALLS * EVENTS
    assert len(list((artifacts(folder) / "conversations" / "superseded").glob("*/ledger.json"))) == 1
    assert run(folder, "2")["read"] == 0


ANEW = [(step, when) for step in ("_begin_anew", "_convert", "_publish", "_move") for when in ("before", "after")]


@pytest.mark.parametrize("killed", ANEW, indirect=True, ids=lambda param: f"{param[1]} {param[0]}")
def test_begun_anew_by_the_right_source_and_killed_between_any_two_steps(
    connected: SimulatorHandle, folder: Path, killed: Callable[[], AbstractContextManager[None]]
) -> None:
    know_only_the_right_source(connected)
    name_source(folder, WRONG)
    with pytest.raises(AirflowFailException, match="180 of 480"):
        run(folder)
    wrong = accepted(connected)
    name_source(folder, DIRECTORY.source_id)
    with killed():
        operator(folder, republish=True).execute(context(instance("1"), fileloc=str(folder / "dag.py")))
    assert run(folder, republish=True)["accepted"] == CALLS * EVENTS
    assert len(accepted(connected)) == len(wrong) + CALLS * EVENTS
    assert run(folder, "2")["read"] == 0


STATE: dict[str, Any] = {}
NO_STATE: dict[str, Any] = {"state_path": None}
OTHER_IDS = "under ids of the source that it was sent for"
SAME_IDS = "may be sent once more, with the same ids"


@pytest.mark.parametrize(
    ("change", "first", "then", "begun", "told", "not_told"),
    [
        ("source_id", STATE, STATE, "with another one", OTHER_IDS, SAME_IDS),
        ("source_id", STATE, NO_STATE, "with another one", OTHER_IDS, SAME_IDS),
        ("state_path", STATE, NO_STATE, "with a state", SAME_IDS, OTHER_IDS),
        ("state_path", NO_STATE, STATE, "without a state", SAME_IDS, OTHER_IDS),
    ],
)
def test_a_task_that_has_begun_keeps_its_source_and_its_state(
    connected: SimulatorHandle,
    folder: Path,
    caplog: pytest.LogCaptureFixture,
    *,
    change: str,
    first: dict[str, Any],
    then: dict[str, Any],
    begun: str,
    told: str,
    not_told: str,
) -> None:
    connected.add_fault(path=POST, status=403)
    with pytest.raises(AirflowFailException):
        run(folder, **first)
    connected.clear_faults()
    if change == "source_id":
        name_source(folder, WRONG)
    with pytest.raises(AirflowFailException, match=f"{change}: this task has begun {begun}, and goes on only so"):
        run(folder, **then)
    assert run(folder, republish=True, **then)["accepted"] == CALLS * EVENTS
    assert told in caplog.text
    assert not_told not in caplog.text
