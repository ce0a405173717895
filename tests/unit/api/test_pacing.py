from __future__ import annotations

import math

import pytest
from pacing_world import Server, World

LATENCIES = [0.05, 0.2, 0.8]


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
