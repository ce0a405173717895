"""Bodies that are refused, in part or as a whole: who is at fault, how many requests it costs to find out."""

from __future__ import annotations

import json
import random
import threading
import zlib
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from airflow_provider_genesys.events.intake import _Lanes
from airflow_provider_genesys.events.models import STREAMS, Stream, UserPresence
from airflow_provider_genesys.exceptions import GenesysError, GenesysEventsRejectedError
from tests.contract.kinds import uid
from tests.contract.worlds import Answer, Meddler, World, ids_in, presence, presences, refusing

EVENTS = "*/events/*"
Meddle = Callable[[Any], Meddler]


def reasons(world: World) -> Counter[str]:
    return Counter(letter["dead_letter"]["reason"] for letter in world.letters())


# --- errors inside a 200 ---


def test_final_partial_errors_are_dead_letters_and_the_rest_is_published(world: World) -> None:
    bad = {uid(number) for number in (0, 99, 100, 555, 999)}
    world.simulator.add_fault(path=EVENTS, partial={"retryable": False, "event_ids": bad, "message": "User is gone"})
    summary, error = world.fail(GenesysEventsRejectedError, presences(1000))
    assert (summary["accepted"], summary["rejected"], summary["complete"]) == (995, 5, True)
    assert {letter["dead_letter"]["event_id"] for letter in world.letters()} == bad
    assert reasons(world) == {"User is gone": 5}
    assert "User is gone (5 times, such as <source>, line " in str(error)
    assert world.accepted() == {event["eventId"]: 1 for event in presences(1000) if event["eventId"] not in bad}
    assert all(letter["dead_letter"]["correlation_id"] for letter in world.letters())


def test_what_the_server_refuses_counts_as_in_between(world: World, caplog: pytest.LogCaptureFixture) -> None:
    """Break, On Queue, Break in one second: once the On Queue is published as a dead letter, a Break is missing."""
    again = {name: value for name, value in presence(1).items() if name != "eventId"}
    world.simulator.add_fault(path=EVENTS, partial={"retryable": False, "event_ids": {uid(2)}})
    refused = presence(2, userId=again["userId"])
    summary, _ = world.fail(GenesysEventsRejectedError, [again, refused, again])
    assert (summary["accepted"], summary["rejected"], summary["duplicate"]) == (1, 1, 1)
    assert "Left out as duplicates: 1 event without an eventId" in caplog.text


@pytest.mark.parametrize(("allowed", "fails"), [(4, True), (5, False), ("0.4%", True), ("0.5%", False)])
def test_max_rejected_counts_what_was_not_accepted(world: World, allowed: Any, fails: bool) -> None:
    bad = {uid(number) for number in range(3)}
    world.simulator.add_fault(path=EVENTS, partial={"retryable": False, "event_ids": bad})
    source = [*presences(998), presence(1000, userId=7), presence(1001, status="x")]
    if fails:
        world.fail(GenesysEventsRejectedError, source, max_rejected=allowed)
    else:
        assert world.publish(source, max_rejected=allowed)["complete"] is True
    assert len(world.accepted()) == 995


@pytest.mark.parametrize("on_unknown", ["resend", "dead_letter"])
@pytest.mark.parametrize("times", [1, 3])
def test_retryable_partial_errors_go_again(world: World, times: int, on_unknown: str) -> None:
    world.simulator.add_fault(path=EVENTS, partial={"retryable": True, "probability": 0.1, "times": times})
    summary = world.publish(presences(1000), on_unknown=on_unknown)
    assert (summary["accepted"], summary["complete"]) == (1000, True)
    assert world.accepted() == {event["eventId"]: 1 for event in presences(1000)}


def test_retryable_for_ever_is_a_dead_letter_when_out_of_attempts(world: World) -> None:
    bad = {uid(number) for number in (5, 6)}
    world.simulator.add_fault(path=EVENTS, partial={"retryable": True, "event_ids": bad, "times": 1000})
    summary, _ = world.fail(GenesysEventsRejectedError, presences(300), max_attempts=4, max_in_flight=1)
    assert (summary["accepted"], summary["rejected"]) == (298, 2)
    assert {letter["dead_letter"]["attempts"] for letter in world.letters()} == {4}
    assert world.event_posts() == 3 + 3


@pytest.mark.parametrize("row", [{"message": "no id"}, {"eventId": uid(999_999), "message": "other id"}, {}])
def test_errors_that_name_none_of_the_events_are_found_by_halving(
    world: World, meddle: Meddle, row: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    """Events may have been taken and go again: that is told, and counted."""

    def one_is_bad(path: str, body: bytes, forward: Callable[[], Answer]) -> Answer:
        ids = ids_in(body)
        if uid(33) in ids and len(ids) == 1:
            return 200, json.dumps({"errors": [row]}).encode()
        status, text = forward()
        return status, json.dumps({"errors": [row]}).encode() if uid(33) in ids else text

    meddle(one_is_bad)
    summary, _ = world.fail(GenesysEventsRejectedError, presences(300), max_in_flight=1)
    assert (summary["accepted"], summary["rejected"]) == (299, 1)
    assert [letter["dead_letter"]["event_id"] for letter in world.letters()] == [uid(33)]
    assert world.event_posts() + 1 == summary["requests"] <= 3 + 14  # the last answer is not the simulator's
    assert summary["retries"] == summary["requests"] - 3
    assert "An answer does not say which events were accepted: HTTP 200" in caplog.text


# --- bodies refused as a whole ---


@pytest.mark.parametrize("on_unknown", ["resend", "dead_letter"])
def test_a_stop_among_many_bad_events_leaves_a_next_try_that_comes_to_the_end(
    world: World, meddle: Meddle, on_unknown: str
) -> None:
    """They stand far apart. Were they all left open, the next try would begin with them, and blow the fuse."""
    bad = {uid(number) for number in range(0, 98, 6)} | {uid(98)}
    refuse = refusing(bad)
    stopped: list[bytes] = []

    def stop_at_the_last(path: str, body: bytes, forward: Callable[[], Answer]) -> Answer:
        if ids_in(body) == [uid(98)] and not stopped:
            stopped.append(body)
            assert world.publisher is not None
            world.publisher.stop()
        return refuse(path, body, forward)

    meddle(stop_at_the_last)
    settings: dict[str, Any] = {"max_in_flight": 1, "on_unknown": on_unknown, "max_rejected": "10%"}
    world.fail(GenesysError, presences(600), **settings)
    assert stopped
    summary = world.publish(presences(600), **settings)
    assert (summary["complete"], summary["rejected"], summary["accepted"]) == (True, len(bad), 600 - len(bad))
    assert set(world.accepted().values()) == {1}


def test_a_next_try_that_finds_nothing_but_bad_events_of_all_lanes_comes_to_the_end(
    world: World, meddle: Meddle
) -> None:
    """None of them is ever accepted, and all lanes together have more than one may have."""
    users: dict[int, int] = {}
    for number in range(1_000):
        users.setdefault(_Lanes(12)[f"user {number}"], number)
    events = [presence(number, userId=f"user {users[number % 12]}") for number in range(12 * 92)]
    bad = {event["eventId"] for event in events[12 * 90 :]}
    refuse = refusing(bad)
    good, all_accepted, lock = {event["eventId"] for event in events} - bad, threading.Event(), threading.Lock()

    def keep_bad_ones_to_the_end(path: str, body: bytes, forward: Callable[[], Answer]) -> Answer:
        ids = {*ids_in(body)}
        if ids <= bad:
            assert all_accepted.wait(30)
        answer = refuse(path, body, forward)
        with lock:
            if not ids & bad:
                good.difference_update(ids)
            if not good and not all_accepted.is_set():
                assert world.publisher is not None
                world.publisher.stop()
                all_accepted.set()
        return answer

    meddle(keep_bad_ones_to_the_end)
    stopped, _ = world.fail(GenesysError, events, max_rejected="10%")
    assert (stopped["accepted"], stopped["rejected"]) == (1_080, 0)
    summary = world.publish(events, max_rejected="10%")
    assert (summary["complete"], summary["rejected"], summary["accepted"]) == (True, 24, 1_080)
    assert set(world.accepted().values()) == {1}


@pytest.mark.parametrize("status", [400, 413])
@pytest.mark.parametrize("bad", [0, 37, 99])
def test_one_bad_event_costs_its_body_at_most_14_requests(world: World, meddle: Meddle, bad: int, status: int) -> None:
    meddler = meddle(refusing({uid(bad)}, status))
    summary, _ = world.fail(GenesysEventsRejectedError, presences(300), max_in_flight=1)
    assert (summary["accepted"], summary["rejected"], summary["complete"]) == (299, 1, True)
    assert [letter["dead_letter"]["event_id"] for letter in world.letters()] == [uid(bad)]
    assert reasons(world) == {"invalid.value": 1}
    assert len(meddler.bodies) <= 3 + 14
    assert set(world.accepted().values()) == {1}


def test_the_simulator_itself_refuses_what_the_local_check_does_not_know(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after a change of the API: the server refuses a property that the provider still takes."""

    class Outdated(UserPresence):
        mood: str

    stream = STREAMS["user_presences"]
    outdated = Stream(stream.name, stream.operation, stream.key, {"userPresence": UserPresence | Outdated})
    monkeypatch.setitem(STREAMS, "user_presences", outdated)
    bad = {3, 250, 251, 700}
    source = [presence(number, **({"mood": "good"} if number in bad else {})) for number in range(1000)]
    summary, error = world.fail(GenesysEventsRejectedError, source)
    assert (summary["accepted"], summary["rejected"]) == (996, 4)
    assert {letter["event"]["eventId"] for letter in world.letters()} == {uid(number) for number in bad}
    assert reasons(world) == {"invalid.property": 4}
    assert "Value [mood] is not a valid property" in str(error)
    assert world.accepted() == {uid(number): 1 for number in range(1000) if number not in bad}


@pytest.mark.parametrize("seed", range(4))
def test_bad_events_anywhere_are_each_found(world: World, meddle: Meddle, seed: int) -> None:
    chance = random.Random(seed)
    bad = {uid(number) for number in chance.sample(range(2000), 20)}
    meddle(refusing(bad))
    summary, _ = world.fail(GenesysEventsRejectedError, presences(2000), max_in_flight=6)
    assert (summary["accepted"], summary["rejected"]) == (1980, 20)
    assert {letter["dead_letter"]["event_id"] for letter in world.letters()} == bad


def test_a_bad_event_in_every_lane_at_once_does_not_blow_the_fuse(world: World, meddle: Meddle) -> None:
    """Twelve lanes that each look for one bad event are refused dozens of times before one of them is through."""
    world.simulator.settings(latency_ms=20)
    first = presences(100, users=1)  # the probe, which is fine
    lanes = [f"agent {number}" for number in range(600)]
    events = [presence(1000 + number, userId=lanes[number % 600]) for number in range(1200)]
    first_of_lane = {zlib.crc32(event["userId"].encode()) % 12: event["eventId"] for event in reversed(events)}
    bad = set(first_of_lane.values())
    assert len(bad) == 12
    meddle(refusing(bad))
    summary, _ = world.fail(GenesysEventsRejectedError, [*first, *events])
    assert (summary["accepted"], summary["rejected"]) == (1300 - 12, 12)


def test_a_body_bad_as_a_whole_blows_the_fuse_and_nothing_becomes_a_dead_letter(world: World) -> None:
    world.simulator.add_fault(path=EVENTS, refuse_whole_body=True)
    summary, error = world.fail(GenesysEventsRejectedError, presences(2000))
    assert (summary["accepted"], summary["rejected"], summary["pending"]) == (0, 0, summary["read"])
    assert world.event_posts() == 25
    assert not world.letters()
    assert "not single events" in str(error)
    world.simulator.clear_faults()
    assert world.publish(presences(2000))["accepted"] == 2000


@pytest.mark.parametrize("on_unknown", ["resend", "dead_letter"])
def test_a_fuse_blown_later_leaves_all_that_was_refused_pending(world: World, on_unknown: str) -> None:
    world.simulator.add_fault(path=EVENTS, refuse_whole_body=True, after=3)
    summary, _ = world.fail(GenesysEventsRejectedError, presences(2000), max_in_flight=1, on_unknown=on_unknown)
    assert (summary["accepted"], summary["rejected"], summary["unknown"]) == (300, 0, 0)
    assert world.event_posts() == 3 + 25
    world.simulator.clear_faults()
    summary = world.publish(presences(2000), on_unknown=on_unknown)
    assert (summary["accepted"], summary["unknown"]) == (2000, 0)
    assert set(world.accepted().values()) == {1}
    assert not world.letters()


def test_409_is_repeated_once(world: World) -> None:
    world.simulator.add_fault(path=EVENTS, after=1, count=1, status=409)
    assert world.publish(presences(300), max_in_flight=1)["accepted"] == 300
    assert world.event_posts() == 4


def test_a_409_that_stays_is_halved(world: World, meddle: Meddle) -> None:
    meddler = meddle(refusing({uid(42)}, 409, "request.conflict"))
    summary, _ = world.fail(GenesysEventsRejectedError, presences(300), max_in_flight=1)
    assert (summary["accepted"], summary["rejected"]) == (299, 1)
    assert reasons(world) == {"request.conflict": 1}
    assert ids_in(meddler.bodies[0]) == ids_in(meddler.bodies[1])
    assert len(meddler.bodies) <= 3 + 1 + 14


def test_being_in_refused_bodies_uses_up_no_attempt_of_a_retryable_event(world: World, meddle: Meddle) -> None:
    """Event 1 stands beside the bad one to the last half, and is then said to be retryable, once."""
    failed: Counter[str] = Counter()

    def change(path: str, body: bytes, forward: Callable[[], Answer]) -> Answer:
        ids = ids_in(body)
        if uid(0) in ids:
            return 400, b'{"code":"invalid.value"}'
        if uid(1) in ids and not failed[uid(1)]:
            failed[uid(1)] += 1
            row = {"eventId": uid(1), "message": "later", "retryable": True}
            return 200, json.dumps({"errors": [row]}).encode()
        return forward()

    meddle(change)
    summary, _ = world.fail(GenesysEventsRejectedError, presences(100), max_in_flight=1)
    assert (summary["accepted"], summary["rejected"]) == (99, 1)
    assert world.accepted()[uid(1)] == 1


def test_an_unknown_source_is_said_per_event(world: World) -> None:
    world.simulator.settings(require_known_sources=True)
    source = [presence(number, **({"sourceId": uid(5)} if number % 10 == 0 else {})) for number in range(100)]
    summary, error = world.fail(GenesysEventsRejectedError, source)
    assert (summary["accepted"], summary["rejected"]) == (90, 10)
    assert "is not registered (10 times, such as " in str(error)
