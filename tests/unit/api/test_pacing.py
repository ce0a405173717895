from __future__ import annotations

import math
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pacing_world import Server, World
from requests.structures import CaseInsensitiveDict

from airflow_provider_genesys.api.pacing import LONGEST_RESET, Limiter, RateLimit
from tests.harness.clock import Clock

LATENCIES = [0.05, 0.2, 0.8]


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


class TestAlone:
    @pytest.mark.parametrize("latency", LATENCIES)
    @pytest.mark.parametrize("seed", [1, 2, 3])
    def test_uses_the_allowance_without_refusals(self, latency: float, seed: int) -> None:
        world = World(seed=seed)
        world.add_task("one", latency=latency)
        world.run(660)
        outcome = world.outcome(60, 660)
        assert outcome.use >= 0.97
        assert outcome.refused < 0.001

    @pytest.mark.parametrize("requests", [5, 30])
    def test_small_publish_goes_at_once(self, requests: int) -> None:
        world = World()
        world.add_task("small", requests=requests, latency=0.1)
        world.run(60)
        assert world.finished["small"] < 1.5

    def test_small_publish_goes_at_once_after_a_few_requests_of_others(self) -> None:
        world = World()
        world.add_task("before", requests=4)
        world.add_task("small", start=10, requests=20, latency=0.1)
        world.run(60)
        assert world.finished["small"] - 10 < 1.5

    def test_requests_are_spread_over_the_window(self) -> None:
        world = World()
        world.add_task("one")
        world.run(121)
        seconds = [sum(second <= when < second + 10 for when, *_ in world.server.log) for second in range(60, 120, 10)]
        assert min(seconds) > 40
        assert max(seconds) < 60

    @pytest.mark.parametrize("allowed", [60, 180])
    def test_lower_allowance_than_usual(self, allowed: int) -> None:
        world = World(Server(allowed))
        world.add_task("one")
        world.run(360)
        outcome = world.outcome(60, 360)
        assert outcome.use >= 0.95
        assert outcome.refused < 0.001

    def test_high_allowance_leaves_the_lanes_as_the_bound(self) -> None:
        world = World(Server(3000))
        world.add_task("one", lanes=12, latency=0.2)
        world.run(120)
        mean_round_trip = 2 * 0.2 * 1.05
        assert world.outcome(0, 120).accepted.total() > 0.98 * 12 * 120 / mean_round_trip

    def test_allowance_that_changes(self) -> None:
        world = World()
        world.add_task("one")
        world.at(200, setattr, world.server, "allowed", 180)
        world.at(400, setattr, world.server, "allowed", 600)
        world.run(399)
        lowered = world.outcome(260, 399)
        world.run(600)
        raised = world.outcome(480, 600)
        assert world.outcome(0, 600).refused < 0.001
        assert lowered.use >= 0.95
        assert raised.use >= 0.95


class TestTogether:
    @pytest.mark.parametrize("tasks", [2, 4, 8])
    @pytest.mark.parametrize("seed", [1, 2, 3])
    def test_tasks_share_evenly(self, tasks: int, seed: int) -> None:
        world = World(seed=seed)
        world.add_tasks(tasks)
        world.run(360)
        outcome = world.outcome(60, 360)
        assert outcome.use >= 0.95
        assert outcome.refused < 0.005
        assert len(outcome.accepted) == tasks
        assert outcome.smallest_share() >= 0.8

    @pytest.mark.parametrize("latency", [0.05, 0.8])
    def test_eight_tasks_near_and_far(self, latency: float) -> None:
        world = World(seed=4)
        world.add_tasks(8, latency=latency)
        world.run(360)
        outcome = world.outcome(60, 360)
        assert outcome.use >= 0.95
        assert outcome.refused < 0.005
        assert outcome.smallest_share() >= 0.8

    def test_eight_tasks_at_the_same_moment_with_all_lanes(self) -> None:
        world = World()
        world.add_tasks(8, within=0, probe=False)
        world.run(360)
        assert world.outcome(0, 360).refused < 0.005
        outcome = world.outcome(60, 360)
        assert outcome.use >= 0.95
        assert outcome.smallest_share() >= 0.5

    def test_neither_distance_nor_lanes_buy_a_larger_share(self) -> None:
        world = World()
        for index in range(8):
            world.add_task(f"task {index}", latency=(0.03, 0.8)[index % 2], lanes=(4, 32)[index // 4])
        world.run(360)
        outcome = world.outcome(60, 360)
        assert outcome.refused < 0.005
        assert outcome.smallest_share() >= 0.8

    def test_more_tasks_than_the_lowest_weight_provides_for(self) -> None:
        world = World()
        world.add_tasks(32)
        world.run(360)
        outcome = world.outcome(120, 360)
        assert outcome.use >= 0.95
        assert outcome.refused < 0.01

    def test_what_a_task_leaves_goes_to_the_others(self) -> None:
        world = World()
        for index in range(4):
            world.add_task(f"task {index}", stop=150 if index else math.inf)
        world.run(270)
        assert world.outcome(60, 150).accepted["task 0"] < 0.4 * 450
        assert world.outcome(150, 210).accepted["task 0"] > 0.9 * 300
        assert world.outcome(210, 270).accepted["task 0"] > 0.95 * 300

    def test_late_starter_gets_its_share(self) -> None:
        world = World()
        world.add_task("early")
        world.add_task("late", start=100)
        world.run(280)
        assert world.outcome(100, 160).accepted["late"] > 0.25 * 300
        assert world.outcome(220, 280).accepted["late"] > 0.45 * 300

    def test_small_publish_beside_a_large_one(self) -> None:
        world = World()
        world.add_task("large")
        world.add_task("small", start=40, requests=20)
        world.run(120)
        assert world.finished["small"] - 40 < 25

    @pytest.mark.parametrize("tasks", [1, 4])
    def test_foreigner_that_heeds_nothing(self, tasks: int) -> None:
        world = World(seed=5)
        world.add_tasks(tasks)
        world.add_foreigner(rate=5)
        world.run(600)
        outcome = world.outcome(0, 600)
        assert outcome.accepted["foreigner"] > 0.4 * 3000
        assert outcome.use >= 0.95
        assert outcome.refused < 0.02

    def test_foreigner_that_takes_it_all_in_a_second(self) -> None:
        world = World(seed=6)
        world.add_task("one")
        world.add_foreigner(rate=100, busy=(1, 4), idle=(20, 40))
        world.run(600)
        outcome = world.outcome(0, 600)
        assert outcome.refused < 0.03
        assert outcome.accepted["one"] > 600


class TestOtherServers:
    """Nothing of this is documented; the limiter must come through it all the same."""

    @pytest.mark.parametrize("tasks", [1, 8])
    @pytest.mark.parametrize(("window", "use"), [("sliding", 0.55), ("oldest", 0.8)])
    def test_sliding_window(self, window: str, tasks: int, use: float) -> None:
        world = World(Server(window=window))
        world.add_tasks(tasks)
        world.run(420)
        outcome = world.outcome(120, 420)
        assert outcome.use >= use
        assert outcome.refused < 0.01

    @pytest.mark.parametrize("tasks", [1, 8])
    @pytest.mark.parametrize("grain", [5, 10])
    def test_coarse_reset(self, grain: int, tasks: int) -> None:
        world = World(Server(grain=grain))
        world.add_tasks(tasks)
        world.run(360)
        outcome = world.outcome(60, 360)
        assert outcome.use >= 0.95
        assert outcome.refused < 0.005

    @pytest.mark.parametrize("rounding", [math.floor, round])
    def test_reset_that_is_not_rounded_up(self, rounding: type[int]) -> None:
        world = World(Server(rounding=rounding))
        world.add_task("one")
        world.run(360)
        outcome = world.outcome(60, 360)
        assert outcome.use >= 0.95
        assert outcome.refused < 0.01

    @pytest.mark.parametrize("tasks", [1, 8])
    def test_headers_on_some_answers_only(self, tasks: int) -> None:
        world = World(Server(headers=0.3))
        world.add_tasks(tasks)
        world.run(360)
        outcome = world.outcome(60, 360)
        assert outcome.use >= 0.95
        assert outcome.refused < 0.005

    def test_headers_that_end_after_the_first_minutes(self) -> None:
        world = World()
        world.add_task("one")
        world.at(150, setattr, world.server, "headers", 0.0)
        world.run(540)
        outcome = world.outcome(180, 540)
        assert outcome.use >= 0.93
        assert outcome.refused < 0.01

    def test_no_headers(self) -> None:
        world = World(Server(headers=0.0))
        world.add_task("one")
        world.run(360)
        outcome = world.outcome(0, 360)
        assert outcome.use >= 0.97
        assert outcome.refused == 0

    def test_no_headers_and_several_tasks(self) -> None:
        """Refusals are all there is to learn from; without backing off, about 12 % are refused."""
        world = World(Server(headers=0.0))
        world.add_tasks(8)
        world.run(360)
        outcome = world.outcome(120, 360)
        assert outcome.use >= 0.95
        assert outcome.refused < 0.06


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
