"""One transfer: who is published, what is written down, and how it ends."""

from __future__ import annotations

import json
import logging
from dataclasses import replace
from typing import Any

import pytest

from airflow_provider_genesys.exceptions import (
    GenesysConfigError,
    GenesysError,
    GenesysEventsRejectedError,
    GenesysLedgerError,
    GenesysSourceError,
)
from airflow_provider_genesys.mapping.transfer import check_source_id
from tests.harness.people import In, genesys, vonage
from tests.unit.mapping.transfer_world import SOURCE, STATE, Publisher, World, events_of, minute

USERS = 5
OTHER = "c7a1c0de-5e1f-4a7b-8c2d-90d3f1a2b301"
TEN = "2026-01-31T09:10:00.000Z"


@pytest.fixture
def world() -> Any:
    """Two on queue, one at lunch, one in a presence without a rule, and one that Vonage does not know."""
    users = {vonage(number): genesys(number) for number in range(USERS)}
    found = World(users)
    for number in range(4):
        found.presences[vonage(number)] = In(vonage(number), minute(number))
    found.presences[vonage(2)] = In(vonage(2), minute(10), "Away", "Lunch")
    found.presences[vonage(3)] = In(vonage(3), minute(3), "ExtendedAway", "Sick", "Absence", "p3")
    with found.storage():
        yield found


def change(world: World, number: int, **changes: Any) -> None:
    world.presences[vonage(number)] = replace(world.presences[vonage(number)], **changes)


def test_everybody_is_accounted_for(world: World, caplog: pytest.LogCaptureFixture) -> None:
    summary = world.run("1")
    assert {name: summary[name] for name in ("users", "read", "unchanged", "unmapped", "missing")} == {
        "users": 5,
        "read": 3,
        "unchanged": 0,
        "unmapped": 1,
        "missing": 1,
    }
    assert (summary["stream"], summary["accepted"], summary["complete"]) == ("user_presences", 3, True)
    assert summary["routing_statuses"]["accepted"] == 3
    assert events_of(world, "user_presences")[2] == {
        "userId": genesys(2),
        "eventDateTime": TEN,
        "sourceId": SOURCE,
        "presence": "Meal/Lunch",
    }
    assert events_of(world, "user_routing_statuses")[2] == {
        "agentId": genesys(2),
        "eventDateTime": TEN,
        "sourceId": SOURCE,
        "status": "OffQueue",
    }
    ids = {"vonage_user_id": vonage(3), "genesys_user_id": genesys(3)}
    said = {"category": "ExtendedAway", "sub_category": "Absence", "description": "Sick", "presence_id": "p3"}
    assert world.rows("1", "unmapped.jsonl") == [{**ids, "updated": "2026-01-31T09:03:00.000Z", **said}]
    assert world.rows("1", "missing.jsonl") == [{"vonage_user_id": vonage(4), "genesys_user_id": genesys(4)}]
    assert len(world.rows("1", "input.jsonl")) == len(world.rows("1", "routing_statuses.jsonl")) == 3
    left = {"category": "ExtendedAway", "sub_category": "Absence", "description": "Sick", "count": 1}
    assert (summary["unmapped_presences"], summary["missing_users"]) == ([left], [vonage(4)])
    warnings = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert any("ExtendedAway/Absence/Sick (1)" in each for each in warnings)
    assert any(vonage(4) in each for each in warnings)
    assert world.watermarks.keys() == {f"{vonage(number)} {genesys(number)}" for number in range(3)}


def test_the_next_run_publishes_what_has_changed(world: World) -> None:
    world.run("1")
    world.sent.clear()
    change(world, 0, updated=minute(20), category="Away")
    summary = world.run("2")
    assert [event["userId"] for event in events_of(world, "user_presences")] == [genesys(0)]
    assert (summary["read"], summary["unchanged"], summary["routing_statuses"]) == (1, 2, None)


def test_nothing_new_sends_nothing_and_is_complete(world: World) -> None:
    world.run("1")
    world.sent.clear()
    summary = world.run("2")
    assert world.sent == []
    assert (summary["read"], summary["complete"], summary["routing_statuses"]) == (0, True, None)


def test_a_stale_read_is_not_published(world: World, caplog: pytest.LogCaptureFixture) -> None:
    world.run("1")
    world.sent.clear()
    change(world, 2, updated=minute(9), category="Ready")
    assert world.run("2")["unchanged"] == 3
    assert world.sent == []
    assert "older presence than was published last: 1" in caplog.text
    assert world.watermarks[f"{vonage(2)} {genesys(2)}"][0] == TEN


@pytest.mark.parametrize(
    ("changes", "presences", "routing_statuses"),
    [
        ({"presence": "Meal/Dinner"}, ["Meal/Dinner"], []),
        ({"routing_status": "Idle"}, [], ["Idle"]),
        ({"presence": "Meal", "routing_status": None}, ["Meal"], []),
        ({"presence": "Meal", "routing_status": "Idle"}, ["Meal"], ["Idle"]),
        ({"routing_status": None}, [], []),
        ({"presence": " meal / LUNCH", "routing_status": " OffQueue "}, [], []),
        ({"presence": "meal/lunch", "routing_status": "Idle"}, [], ["Idle"]),
    ],
)
def test_of_another_rule_for_the_same_presence_what_has_changed_is_published(
    world: World, changes: dict[str, Any], presences: list[str], routing_statuses: list[str]
) -> None:
    world.run("1")
    world.sent.clear()
    first = world.rules[0]
    world.rules = [first | changes, *world.rules[1:]]
    summary = world.run("2")
    assert [event["presence"] for event in events_of(world, "user_presences")] == presences
    assert [event["status"] for event in events_of(world, "user_routing_statuses")] == routing_statuses
    assert all((event.get("userId") or event["agentId"]) == genesys(2) for _, event in world.sent)
    assert (summary["read"], summary["unchanged"]) == (len(presences), 3 - len(presences))
    assert (summary["routing_statuses"] or {}).get("accepted", 0) == len(routing_statuses)
    assert summary["complete"]
    world.sent.clear()
    assert world.run("3")["unchanged"] == 3
    assert world.sent == []


def test_a_routing_status_that_a_rule_has_lost_and_got_back_is_not_sent_again(world: World) -> None:
    world.run("1")
    world.sent.clear()
    before = world.rules
    world.rules = [before[0] | {"routing_status": None, "presence": "Meal/Dinner"}, *before[1:]]
    world.run("2")
    world.rules = [before[0] | {"presence": "Meal/Dinner"}, *before[1:]]
    world.run("3")
    assert [stream for stream, _ in world.sent] == ["user_presences"]


def test_a_new_presence_has_its_routing_status_sent_also_if_that_is_the_same(world: World) -> None:
    world.run("1")
    world.sent.clear()
    change(world, 0, updated=minute(20))
    world.run("2")
    assert [stream for stream, _ in world.sent] == ["user_presences", "user_routing_statuses"]


def test_the_unmapped_are_published_once_there_is_a_rule(world: World) -> None:
    world.run("1")
    world.sent.clear()
    world.rules = [*world.rules, {"presence": "Busy"}]
    assert world.run("2")["unmapped"] == 0
    assert [event["userId"] for event in events_of(world, "user_presences")] == [genesys(3)]


def test_another_user_in_genesys_cloud_gets_the_presence_too(world: World) -> None:
    world.run("1")
    world.sent.clear()
    world.users[vonage(0)] = genesys(9)
    world.run("2")
    assert [event["userId"] for event in events_of(world, "user_presences")] == [genesys(9)]


def test_too_many_rejected_fail_after_both_streams_and_the_state(world: World) -> None:
    world.refuse = frozenset({genesys(1), genesys(2)})
    with pytest.raises(GenesysEventsRejectedError, match="user_presences: too many"):
        world.run("1")
    assert len(events_of(world, "user_presences")) == len(events_of(world, "user_routing_statuses")) == 3
    assert len(world.watermarks) == 3
    assert world.transfer is not None
    assert world.transfer.summary()["rejected"] == 2
    sent = list(world.sent)
    with pytest.raises(GenesysEventsRejectedError):
        world.run("1")
    world.run("2")
    assert world.sent == sent


@pytest.mark.parametrize("streams", [("user_presences", "user_routing_statuses"), ("user_routing_statuses",)])
def test_where_not_one_is_accepted_the_state_stays_and_the_next_run_tells_again(
    world: World, streams: tuple[str, ...], caplog: pytest.LogCaptureFixture
) -> None:
    world.refuse = frozenset(f"{stream} {genesys(number)}" for stream in streams for number in range(USERS))
    for name in ("1", "1", "2"):
        caplog.clear()
        with pytest.raises(GenesysEventsRejectedError, match=f"{streams[0]}: too many"):
            world.run(name)
        assert f"{' and '.join(streams)}: not one event was accepted" in caplog.text
        assert str(STATE) not in world.files
    assert len(world.sent) == 12
    assert set(world.ids().values()) == {2}, "with the same ids"
    world.refuse = frozenset()
    assert world.run("3", source_id=OTHER)["accepted"] == 3
    assert json.loads(world.files[str(STATE)])["source_id"] == OTHER


def test_where_all_may_be_rejected_the_state_stays_too(world: World) -> None:
    world.refuse, world.tolerant = frozenset(map(genesys, range(USERS))), True
    assert world.run("1")["rejected"] == 3
    assert str(STATE) not in world.files


def test_a_run_without_events_fixes_no_source(world: World) -> None:
    world.rules = [{"description": "Tea", "presence": "Break"}]
    with pytest.raises(GenesysSourceError):
        world.run("1")
    assert str(STATE) not in world.files
    world.rules = [{"presence": "Busy"}]
    assert world.run("2", source_id=OTHER)["accepted"] == 4


def account_of_failed(world: World, error: type[GenesysError], message: str) -> dict[str, Any]:
    """Run a transfer that sees nobody; return the summary that it ends with."""
    with pytest.raises(error, match=message):
        world.run("1")
    assert world.transfer is not None
    return world.transfer.summary()


@pytest.mark.parametrize("unmapped", [0, 2])
def test_who_sees_nobody_fails_and_asks_again(world: World, unmapped: int) -> None:
    there = dict(world.presences)
    world.presences = {vonage(number): In(vonage(number), minute(number), "ExtendedAway") for number in range(unmapped)}
    summary = account_of_failed(world, GenesysSourceError, f"of 5 users Vonage tells nothing of {5 - unmapped}")
    assert (summary["users"], summary["missing"], summary["unmapped"]) == (5, 5 - unmapped, unmapped)
    assert (summary["read"], summary["complete"]) == (0, False)
    assert len(world.rows("1", "missing.jsonl")) == 5 - unmapped
    assert (world.sent, str(STATE) in world.files) == ([], False)

    world.presences = there
    assert world.run("1")["accepted"] == 3
    assert world.reads == 2


def test_a_map_without_a_rule_for_anybody_is_a_mistake_that_a_corrected_one_cures(world: World) -> None:
    del world.users[vonage(4)]
    world.rules = [{"description": "Tea", "presence": "Break"}]
    summary = account_of_failed(world, GenesysConfigError, "no rule matches the presence of any of the 4 users")
    assert (summary["users"], summary["unmapped"], summary["complete"]) == (4, 4, False)
    assert len(world.rows("1", "unmapped.jsonl")) == 4
    world.rules = [{"presence": "Busy"}]
    assert world.run("1")["accepted"] == 4


def test_one_user_who_is_seen_is_enough(world: World) -> None:
    world.run("1")
    world.sent.clear()
    world.presences = {vonage(0): world.presences[vonage(0)]}
    summary = world.run("2")
    assert (summary["unchanged"], summary["missing"], summary["complete"]) == (1, 4, True)


def test_a_publish_that_is_refused_altogether_moves_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Publisher, source: Any) -> Any:
        raise GenesysEventsRejectedError("25 requests running were refused", self.summary())

    with monkeypatch.context() as patch:
        patch.setattr(Publisher, "publish", refuse)
        with pytest.raises(GenesysEventsRejectedError, match="25 requests"):
            world.run("1")
    assert str(STATE) not in world.files
    assert world.sent == []
    world.run("1")
    assert (world.reads, len(world.watermarks)) == (1, 3)


def test_a_retry_does_not_read_again(world: World) -> None:
    world.refuse = frozenset({genesys(0)})
    with pytest.raises(GenesysEventsRejectedError):
        world.run("1")
    change(world, 1, updated=minute(30))
    del world.files[str(STATE)]
    world.rules = []
    with pytest.raises(GenesysEventsRejectedError):
        world.run("1")
    assert world.reads == 1
    assert len(world.watermarks) == 3


def test_a_cleared_old_run_moves_nothing_back(world: World) -> None:
    world.run("1")
    change(world, 0, updated=minute(20), category="Away")
    world.rules = [*world.rules[:2], world.rules[2] | {"presence": "Available"}]
    world.run("2")
    before = world.watermarks
    world.run("1")
    assert world.watermarks == before


def overtake(world: World, name: str, when: Any) -> None:
    """Let another run begin and end within the first step of the next one at which ``when`` is true."""

    def step() -> None:
        if when():
            world.on_step = lambda: None
            change(world, 0, updated=minute(20), category="Away")
            world.run(name)

    world.on_step = step


def test_who_was_overtaken_publishes_no_further_stream(world: World) -> None:
    overtake(world, "2", lambda: len(events_of(world, "user_presences")) == 1)
    with pytest.raises(GenesysLedgerError, match="taken over"):
        world.run("1")
    assert len(events_of(world, "user_presences")) == 6
    assert [event["status"] for event in events_of(world, "user_routing_statuses")] == ["Idle", "OffQueue"]


@pytest.mark.parametrize("files", range(5))
def test_a_zombie_does_not_write_over_what_its_successor_has_read(world: World, files: int) -> None:
    def folder() -> dict[str, bytes]:
        return {name: content for name, content in world.files.items() if name.startswith("/tasks/1/")}

    frozen: dict[str, bytes] = {}

    def freeze() -> None:
        if world.told == USERS and len(folder()) == files:
            world.on_step = lambda: None
            change(world, 0, updated=minute(20), category="Away")
            world.run("1")
            frozen.update(folder())

    world.on_step = freeze
    with pytest.raises(GenesysLedgerError, match="taken over"):
        world.run("1")
    assert folder() == frozen
    assert world.rows("1", "input.jsonl")[0]["presence"] == "Away"
    assert world.reads == 2


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "{}",
        '{"format":2}',
        '{"format":1,"source_id":"x","read":"r","counts":{},"watermarks":{}}',
        '{"format":1,"source_id":"x","read":"r","counts":{"users":1},"watermarks":{}}',
    ],
)
def test_an_unreadable_marker_is_an_error(world: World, text: str) -> None:
    world.files["/tasks/1/transfer.json"] = text.encode()
    with pytest.raises(GenesysLedgerError, match=r"transfer\.json"):
        world.run("1")
    assert (world.reads, world.sent) == (0, [])


def test_a_task_that_has_begun_keeps_its_source(world: World) -> None:
    world.run("1")
    marker = json.loads(world.files["/tasks/1/transfer.json"])
    other = marker | {"source_id": OTHER}
    world.files["/tasks/1/transfer.json"] = json.dumps(other).encode()
    with pytest.raises(GenesysConfigError, match="source_id: this task has begun"):
        world.run("1")


def test_an_unreadable_state_is_an_error_before_anything_is_read(world: World) -> None:
    world.files[str(STATE)] = b"{"
    with pytest.raises(GenesysLedgerError, match="cannot be read"):
        world.run("1")
    assert (world.reads, world.sent) == (0, [])


def test_stopped_while_reading(world: World) -> None:
    def stop() -> None:
        if world.reads and world.transfer is not None:
            world.transfer.stop()

    world.on_step = stop
    with pytest.raises(GenesysError, match="stopped"):
        world.run("1")
    assert world.sent == []
    assert "/tasks/1/transfer.json" not in world.files
    world.on_step = lambda: None
    assert world.run("1")["read"] == 3


def test_stopped_while_waiting_for_vonage(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def read(user_ids: list[str]) -> Any:
        assert world.transfer is not None
        world.transfer.stop()
        world.transfer.wait(60.0, "429")
        yield user_ids[0], None

    monkeypatch.setattr(world, "_read", read)
    with pytest.raises(GenesysError, match="stopped"):
        world.run("1")


def test_stop_reaches_the_publishers(world: World) -> None:
    world.run("1")
    assert world.transfer is not None
    world.transfer.stop()
    assert all(publisher.stopped for publisher in world.transfer._publishers.values())  # type: ignore[attr-defined]


@pytest.mark.parametrize("text", [SOURCE, f" {SOURCE.upper()} "])
def test_a_source_id(text: str) -> None:
    assert check_source_id(text) == SOURCE


@pytest.mark.parametrize(
    "text", [None, "", "acd", SOURCE.replace("-", ""), SOURCE.replace("-4a7b", "-1a7b"), f"{{{SOURCE}}}", 7]
)
def test_no_source_id(text: Any) -> None:
    with pytest.raises(GenesysConfigError, match="source_id"):
        check_source_id(text)
