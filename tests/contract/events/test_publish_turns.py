"""Turns of the loop, and what it waits for: a loop that spins does its work, and nothing else tells."""

from __future__ import annotations

import re
import threading
import time
from resource import RUSAGE_SELF, getrusage
from typing import TYPE_CHECKING, Any

import pytest

from airflow_provider_genesys.events import progress, sending
from airflow_provider_genesys.exceptions import GenesysError
from tests.contract.roads import COUNT, Road
from tests.contract.wire_server import GOOD, answer, from_on, plain, saying
from tests.contract.worlds import add_up, presences, write_lines

if TYPE_CHECKING:
    from collections.abc import Callable


def test_the_loop_does_not_spin_while_it_waits_for_the_first_answer(roads: Callable[[str], Road]) -> None:
    it = roads("http")
    it.server.manner = lambda connection, number: (
        (time.sleep(0.5 if number == 1 else 0), plain(connection, number)) and True
    )
    it.publish(1_000)
    assert it.publisher is not None
    assert it.publisher.turns < 60


@pytest.mark.parametrize("lanes", [12, 100])
@pytest.mark.parametrize(
    "spent",
    [
        answer(GOOD, "inin-ratelimit-count: 300", "inin-ratelimit-allowed: 300", "inin-ratelimit-reset: 60"),
        answer(b"{}", "Retry-After: 60", status="429 Too Many Requests"),
    ],
    ids=["told before", "429"],
)
def test_nearly_nothing_wakes_while_it_waits_for_its_allowance_and_stop_is_heard(
    roads: Callable[[str], Road], spent: bytes, lanes: int
) -> None:
    """Counted over all threads, those of the test's server among them, which have nothing to do."""
    it = roads("http")
    source = write_lines(it.folder / "in.jsonl", presences(40_000, users=2_000))
    it.server.manner = from_on(lanes + 4, saying(spent))
    publisher = it.start(max_in_flight=lanes)
    seen: dict[str, float] = {}

    def watch() -> None:
        before = -1
        while before != it.server.requests:  # until nothing goes any more
            before = it.server.requests
            time.sleep(1.0)
        switches, seen["began"] = getrusage(RUSAGE_SELF).ru_nvcsw, time.monotonic()
        time.sleep(4.0)
        seen["switches"] = getrusage(RUSAGE_SELF).ru_nvcsw - switches
        seen["requests"] = it.server.requests - before
        seen["stopped"] = time.monotonic()
        publisher.stop()

    watcher = threading.Thread(target=watch)
    watcher.start()
    with pytest.raises(GenesysError, match="stopped"):
        publisher.publish(source)
    assert time.monotonic() - seen["stopped"] < 1.0
    assert seen["requests"] == 0, "it waits"
    assert seen["switches"] <= 10 * 4
    summary = publisher.summary()
    add_up(summary)
    assert summary["accepted"] > 0


def test_the_loop_does_not_spin_while_it_waits_for_its_allowance(roads: Callable[[str], Road]) -> None:
    it = roads("http")
    publisher = it.start(client={"requests_per_minute": 60.0})
    threading.Timer(3.0, publisher.stop).start()
    with pytest.raises(GenesysError, match="stopped"):
        publisher.publish(presences(COUNT, users=200))
    assert 2 <= publisher.summary()["requests"] <= 5
    assert publisher.turns < 10 * 3 + 60, "and some while it reads the beginning"


def test_turns_for_a_request_at_full_speed(roads: Callable[[str], Road]) -> None:
    it = roads("http")
    summary = it.publish(20_000)
    assert it.publisher is not None
    assert it.publisher.turns <= 3 * summary["requests"]


def test_a_pause_after_429_is_told_in_the_log(roads: Callable[[str], Road], caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    it = roads("http")
    limited = saying(answer(b"{}", "Retry-After: 2", status="429 Too Many Requests"))
    it.server.manner = lambda connection, number: (limited if number == 12 else plain)(connection, number)
    summary = it.publish()
    assert (summary["accepted"], summary["rate_limited_seconds"] >= 2) == (COUNT, True)
    assert "rate limited (HTTP 429)" in caplog.text


def test_waits_for_the_allowance_are_told_as_the_helpers_tell_theirs(
    roads: Callable[[str], Road], caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the line of progress, and, where it is long, when it begins: here after the server has counted all of it."""
    caplog.set_level("INFO")
    monkeypatch.setattr(progress, "_FIRST", 1.5)
    it = roads("http")
    # A second request after 3 s: the loop, which wakes at least once a second, tells of the wait before it is over.
    publisher = it.start(client={"requests_per_minute": 20.0})
    threading.Timer(4.0, publisher.stop).start()
    with pytest.raises(GenesysError, match="stopped"):
        publisher.publish(presences(COUNT, users=200))
    assert re.search(r"; waiting: keeping to the rate limit \(\d+ requests?\)", caplog.text)
    caplog.clear()
    limited = saying(answer(b"{}", "Retry-After: 3", status="429 Too Many Requests"))
    it.server.manner = from_on(it.server.requests + 5, limited)
    publisher = it.start()
    threading.Timer(2.0, publisher.stop).start()
    with pytest.raises(GenesysError, match="stopped"):
        publisher.publish(presences(COUNT, users=200))
    assert "Waiting for 3 s: rate limited (HTTP 429)." in caplog.text
    assert publisher.turns < 200


def test_a_noted_answer_is_written_at_once_or_soon(
    roads: Callable[[str], Road], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Always before the lane's next request, and within 10 ms (here: 100) of the answer also while others are late."""
    it = roads("http")
    waits: list[float] = []
    free = sending.Sending._free

    def freed(self: Any, places: Any) -> None:
        waits.extend(time.monotonic() - place.heard_at for place in places if place.state is sending.State.NOTED)
        assert all(place.change <= self._keeper.written for place in places if place.state is sending.State.NOTED)
        free(self, places)

    monkeypatch.setattr(sending.Sending, "_free", freed)
    it.server.manner = lambda connection, number: (
        (time.sleep(0.3 if number % 4 == 0 else 0), plain(connection, number)) and True
    )
    it.publish(2_000)
    assert len(waits) > 5
    assert max(waits) < 0.1
