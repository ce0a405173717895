"""The window knows exactly the last so many events, however they were remembered."""

from __future__ import annotations

import random
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_genesys.events.window import Window
from tests.harness.examples import examples

_Events = list[tuple[str, int]]
_IDS = st.sampled_from("abcdefghij")
_RUNS = st.lists(st.lists(st.tuples(_IDS, st.integers(0, 1)), min_size=1, max_size=4), max_size=30)


class Exact:
    """The rule, as simply as it can be written."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._events: _Events = []

    @property
    def known(self) -> _Events:
        return self._events[-self._size :] if self._size else []

    def seen(self, event_id: str, content: int) -> str | None:
        for known, held in reversed(self.known):
            if known == event_id:
                return "same" if held == content else "other"
        self._events.append((event_id, content))
        return None


@examples(300)
@given(st.integers(0, 9), _RUNS)
def test_it_knows_the_last_so_many_events(size: int, runs: list[_Events]) -> None:
    window, exact = Window(size), Exact(size)
    for run in runs:
        expected = [exact.seen(event_id, content) for event_id, content in run]
        if window.remember([event_id for event_id, _ in run], [content << 4 for _, content in run]):
            assert expected == [None] * len(run)
        else:
            assert [window.seen(event_id, content << 4) for event_id, content in run] == expected


@pytest.mark.parametrize("size", [96, 100, 500])
def test_a_large_one_that_forgets_what_comes_again(size: int) -> None:
    chance = random.Random(size)
    window, exact = Window(size), Exact(size)
    for _ in range(20 * size // 32):
        # Of half as many ids again as it remembers: most come again shortly after they were forgotten.
        run = [(f"id {chance.randrange(size * 3 // 2)}", chance.randrange(2)) for _ in range(chance.randint(1, 64))]
        if chance.random() < 0.5:
            run = list(dict(run).items())
            run = [each for each in run if each[0] not in {known for known, _ in exact.known}]
        expected = [exact.seen(event_id, content) for event_id, content in run]
        if window.remember([event_id for event_id, _ in run], [content << 4 for _, content in run]):
            assert expected == [None] * len(run)
        else:
            assert [window.seen(event_id, content << 4) for event_id, content in run] == expected


@pytest.mark.parametrize("size", [1, 2, 7, 100, 101])
def test_the_first_one_is_forgotten_by_the_one_behind_the_window(size: int) -> None:
    window = Window(size)
    ids = (f"id {number}" for number in count())
    window.seen("first", 1)
    for _ in range(size - 1):
        window.seen(next(ids), 1)
    assert window.seen("first", 1) == "same"
    assert window.seen("first", 1 << 9) == "other"
    window.seen(next(ids), 1)
    assert window.seen("first", 1 << 9) is None
    assert window.seen("first", 1 << 9) == "same"


def test_new_events_are_remembered_many_at_a_time() -> None:
    window = Window(1_000)
    assert window.remember(["a", "b", "c"], [7, 7, 7])
    assert not window.remember(["d", "c"], [7, 7]), "one came before"
    assert not window.remember(["e", "e"], [7, 7]), "one comes twice"
    assert window.remember(["d", "e"], [7, 7]), "of those refused none is remembered"


def test_duplicates_of_long_ago_are_found_in_whatever_run() -> None:
    size = 20_000
    window = Window(size)
    for number in range(size):
        window.seen(str(number), hash(number) << 4)
    assert {window.seen(str(number), hash(number) << 4) for number in range(size)} == {"same"}
    assert {window.seen(str(number), hash(number + 1) << 4) for number in range(size)} == {"other"}


def test_it_forgets_all() -> None:
    window = Window(10)
    window.seen("a", 1)
    window.clear()
    assert window.seen("a", 1 << 9) is None
