from __future__ import annotations

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st
from requests.structures import CaseInsensitiveDict

from airflow_provider_genesys.api.pacing import LONGEST_RESET, Limiter, RateLimit
from tests.harness.clock import Clock


@pytest.fixture
def clock() -> Clock:
    return Clock()


def joined(clock: Clock, limit: RateLimit) -> Limiter:
    """Give a limiter that has had its first answer."""
    limiter = Limiter(clock=clock)
    assert limiter.acquire() == 0.0
    limiter.release(limit)
    return limiter


def granted_at_once(limiter: Limiter) -> int:
    count = 0
    while limiter.acquire() == 0.0:
        count += 1
    return count


def granted_within(limiter: Limiter, clock: Clock, seconds: float) -> int:
    """How many requests one lane may send in this time, if none is ever answered."""
    count = 0
    end = clock.now + seconds
    while clock.now < end:
        wait = limiter.acquire()
        count += not wait
        clock.now += wait
    return count


class TestWithoutHeaders:
    @pytest.mark.parametrize("requests_per_minute", [1, 30, 300, 3000])
    def test_no_minute_has_more_than_asked(self, requests_per_minute: int, clock: Clock) -> None:
        limiter = Limiter(requests_per_minute, clock)
        clock.now += 3600
        count = granted_within(limiter, clock, 60)
        assert 0.95 * requests_per_minute <= count <= requests_per_minute + 1

    def test_answers_change_nothing(self, clock: Clock) -> None:
        limiter = Limiter(300, clock)
        for _ in range(50):
            assert limiter.acquire() == 0.0
            limiter.release(None)
            clock.now += 0.25
        assert limiter.share is None

    def test_one_refusal_of_all_lanes_halves_the_pace_which_then_grows(self, clock: Clock) -> None:
        limiter = Limiter(300, clock)
        for _ in range(12):
            limiter.pause(10)
        clock.now += 10
        assert granted_within(limiter, clock, 60) == pytest.approx(150, abs=3)
        for _ in range(30):
            limiter.release(None)
            clock.now += 3
        assert granted_within(limiter, clock, 60) == pytest.approx(300, abs=5)


class TestPause:
    def test_nothing_goes_before_its_end(self, clock: Clock) -> None:
        limiter = joined(clock, RateLimit(1, 300, 60))
        limiter.pause(30)
        assert limiter.acquire() == pytest.approx(30)
        limiter.pause(5)
        clock.now += 29
        assert limiter.acquire() == pytest.approx(1)

    def test_no_burst_after_it(self, clock: Clock) -> None:
        limiter = joined(clock, RateLimit(1, 300, 60))
        limiter.pause(30)
        clock.now += 30
        assert limiter.acquire() > 0
        assert granted_within(limiter, clock, 1) < 10


class TestLearning:
    def test_share(self, clock: Clock) -> None:
        limiter = Limiter(clock=clock)
        assert limiter.share is None
        limiter.acquire()
        limiter.release(RateLimit(75, 300, 30))
        assert limiter.share == 0.25

    def test_answer_that_comes_late_from_the_window_before_changes_nothing(self, clock: Clock) -> None:
        limiter = joined(clock, RateLimit(200, 300, 20))
        for _ in range(2):
            assert limiter.acquire() == 0.0
        clock.now += 20
        limiter.release(RateLimit(1, 300, 60))
        limiter.release(RateLimit(299, 300, 1))
        assert limiter.share == 1 / 300

    def test_answer_without_headers_counts(self, clock: Clock) -> None:
        limiter = joined(clock, RateLimit(10, 100, 60))
        assert limiter.acquire() == 0.0
        limiter.release(None)
        assert limiter.share == 0.11

    def test_burst_is_a_tenth_of_what_is_left(self, clock: Clock) -> None:
        assert 25 <= granted_at_once(joined(clock, RateLimit(1, 300, 60))) <= 30

    def test_burst_is_small_beside_others(self, clock: Clock) -> None:
        assert granted_at_once(joined(clock, RateLimit(100, 300, 50))) <= 5

    def test_low_weight_grows_again_where_the_allowance_is_tiny(self, clock: Clock) -> None:
        limiter = joined(clock, RateLimit(1, 1, 60))
        for _ in range(6):
            limiter.pause(1)
            clock.now += 2
        start = clock.now
        while wait := limiter.acquire():
            clock.now += wait
        assert clock.now - start < 15 * 60

    def test_used_up_means_waiting_for_the_reset(self, clock: Clock) -> None:
        limiter = joined(clock, RateLimit(300, 300, 20))
        start = clock.now
        while wait := limiter.acquire():
            assert wait <= 1
            clock.now += wait
        assert 20 <= clock.now - start < 22


@st.composite
def limits(draw: st.DrawFn) -> RateLimit:
    allowed = draw(st.integers(1, 5000))
    count = draw(st.integers(0, allowed + 50))
    return RateLimit(count, allowed, draw(st.floats(0, LONGEST_RESET)))


@given(limit=limits(), steps=st.lists(st.floats(0, 3), max_size=60))
def test_never_goes_beyond_what_is_left(limit: RateLimit, steps: list[float]) -> None:
    clock = Clock()
    limiter = joined(clock, limit)
    end = clock.now + limit.reset
    count = 0
    for step in steps:
        clock.now += step
        if clock.now >= end:
            break
        count += granted_at_once(limiter)
    assert count <= max(limit.allowed - limit.count, 0)


def drive(limiter: Limiter, clock: Clock, events: list[object]) -> Iterator[tuple[float, float]]:
    """Play events: a limit or ``None`` answers a request if one is in flight, a number lets time pass, a string pauses.

    :return: for each time it asks, the limiter's answer and the seconds that remain of a pause.
    """
    in_flight = 0
    paused_until = clock.now
    for event in events:
        if isinstance(event, float):
            clock.now += event
        elif isinstance(event, str):
            limiter.pause(float(event))
            paused_until = max(paused_until, clock.now + float(event))
        elif in_flight:
            limiter.release(event)
            in_flight -= 1
        wait = limiter.acquire()
        in_flight += not wait
        yield wait, paused_until - clock.now
    for _ in range(in_flight):
        limiter.release(None)


EVENTS = st.lists(st.one_of(limits(), st.none(), st.floats(0, 100), st.integers(0, 100).map(str)), max_size=40)


@given(events=EVENTS, requests_per_minute=st.floats(0.1, 10_000))
def test_waits_are_short_and_pauses_kept(events: list[object], requests_per_minute: float) -> None:
    clock = Clock()
    for wait, paused in drive(Limiter(requests_per_minute, clock), clock, events):
        if paused > 0:
            assert wait == pytest.approx(paused)
        else:
            assert 0 <= wait <= 1


@given(events=EVENTS)
def test_never_waits_for_ever(events: list[object]) -> None:
    clock = Clock()
    limiter = Limiter(clock=clock)
    list(drive(limiter, clock, events))
    deadline = clock.now + 100 + LONGEST_RESET + 20 * 60
    while wait := limiter.acquire():
        clock.now += wait
        assert clock.now < deadline


def test_threads_share_one_count(clock: Clock) -> None:
    expected = granted_at_once(joined(clock, RateLimit(1, 100_000, 60)))
    limiter = joined(clock, RateLimit(1, 100_000, 60))
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(12) as pool:
            counts = list(pool.map(lambda _: granted_at_once(limiter), range(12)))
    finally:
        sys.setswitchinterval(interval)
    assert sum(counts) == expected


class TestFromHeaders:
    def test_reads_all_three(self) -> None:
        headers = CaseInsensitiveDict(
            {"ININ-RateLimit-Count": "1", "ININ-RateLimit-Allowed": "180", "ININ-RateLimit-Reset": "61"}
        )
        assert RateLimit.from_headers(headers) == RateLimit(1, 180, 61)

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("count", None),
            ("count", "many"),
            ("count", "-1"),
            ("allowed", None),
            ("allowed", ""),
            ("allowed", "0"),
            ("reset", None),
            ("reset", "nan"),
            ("reset", "inf"),
            ("reset", "-5"),
            ("reset", "1700000000"),
        ],
    )
    def test_garbage_is_no_limit(self, name: str, value: str | None) -> None:
        headers = {"inin-ratelimit-count": "1", "inin-ratelimit-allowed": "300", "inin-ratelimit-reset": "60"}
        assert RateLimit.from_headers(headers) is not None
        if value is None:
            del headers[f"inin-ratelimit-{name}"]
        else:
            headers[f"inin-ratelimit-{name}"] = value
        assert RateLimit.from_headers(headers) is None
