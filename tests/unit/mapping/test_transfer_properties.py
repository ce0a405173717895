"""Whatever the world, and wherever a transfer is killed or overtaken: nothing is lost, and ids are stable."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_genesys.exceptions import GenesysConfigError, GenesysLedgerError, GenesysSourceError
from airflow_provider_genesys.mapping.rules import first_match, load_rules
from airflow_provider_genesys.mapping.watermarks import timestamp
from tests.harness.killed import Killed
from tests.harness.people import In, genesys, vonage
from tests.unit.mapping.transfer_world import STATE, World, events_of, minute

USERS = 4
STATE_TEXT = str(STATE)
PRESENCES = st.tuples(st.sampled_from(["Ready", "Away", "LoggedOut"]), st.sampled_from([None, "Lunch"]))
# What Vonage tells in one run: of each user a presence, or nothing.
TELLINGS = st.lists(st.none() | PRESENCES, min_size=USERS, max_size=USERS)
# The same, with somebody in a presence that has a rule.
USEFUL_TELLINGS = TELLINGS.filter(lambda telling: any(each and each[0] != "LoggedOut" for each in telling))


def tell(world: World, telling: list[Any], now: int) -> None:
    """Let Vonage tell something else; who is in the same presence as before is so since then."""
    for number, presence in enumerate(telling):
        user = vonage(number)
        before = world.presences.get(user)
        if presence is None:
            world.presences.pop(user, None)
        elif before is None or (before.category, before.description) != presence:
            world.presences[user] = In(user, minute(now), *presence)


def expected(world: World) -> set[tuple[str, str, str]]:
    """Return what has to be published of what Vonage tells now: user, time, presence."""
    rules = load_rules(world.rules)
    return {
        (world.users[user], timestamp(presence.updated), rule.presence)
        for user, presence in world.presences.items()
        if (rule := first_match(rules, presence)) is not None
    }


def published(world: World) -> set[tuple[str, str, str]]:
    return {
        (event["userId"], event["eventDateTime"], event["presence"]) for event in events_of(world, "user_presences")
    }


def killer(after: int) -> Callable[[], None]:
    """Return what kills the process at a step."""
    left = after

    def step() -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise Killed

    return step


def nothing() -> None:
    """Do nothing at a step."""


@given(st.lists(TELLINGS, min_size=1, max_size=4), st.lists(st.integers(0, 40), max_size=8))
def test_killed_anywhere_nothing_is_lost(tellings: list[Any], kills: list[int]) -> None:
    world = World({vonage(number): genesys(number) for number in range(USERS)})
    killed = 0
    with world.storage():
        for now, telling in enumerate(tellings):
            tell(world, telling, now)
            summary = None
            while summary is None:
                world.on_step = killer(kills[killed]) if killed < len(kills) else nothing
                try:
                    summary = world.run(str(now))
                except Killed:
                    killed += 1
                except (GenesysSourceError, GenesysConfigError):
                    assert expected(world) == set()
                    break
            else:
                assert expected(world)
                assert (summary["complete"], summary["users"]) == (True, USERS)
            assert expected(world) <= published(world)
    # One presence of one user has one id, and only what was on its way at a kill, one event here, is sent again.
    ids = world.ids()
    different = {(stream, *sorted(event.items())) for stream, event in world.sent}
    assert len(ids) == len(different)
    assert ids.total() - len(ids) <= killed


@given(USEFUL_TELLINGS, USEFUL_TELLINGS, st.integers(0, 40))
def test_of_two_runs_at_once_one_moves_the_state(first: list[Any], second: list[Any], when: int) -> None:
    """The second run begins and ends within a step of the first, which then cannot move the state any more."""
    world = World({vonage(number): genesys(number) for number in range(USERS)})
    steps, overtaken = 0, False

    def overtake() -> None:
        nonlocal steps, overtaken
        steps += 1
        # Before the second step the first run does not own the state, and takes it from the second.
        if steps == when + 2 and STATE_TEXT not in world.files:
            overtaken = True
            world.on_step = nothing
            tell(world, second, 1)
            world.run("second")

    with world.storage():
        tell(world, first, 0)
        world.on_step = overtake
        if not (lost := _loses(world, "first")):
            assert not overtaken
            return
        assert lost == overtaken
        assert expected(world) <= published(world)
        marks = world.watermarks
        world.run("first")
        assert all(world.watermarks[user] >= mark for user, mark in marks.items())
        world.run("third")
        assert expected(world) <= published(world)


def _loses(world: World, name: str) -> bool:
    """Run a transfer; return whether another has taken over."""
    try:
        world.run(name)
    except GenesysLedgerError:
        return True
    return False
