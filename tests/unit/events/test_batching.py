"""Bodies never exceed what the API takes, keep the order, and lose nothing."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_genesys.events import batching
from airflow_provider_genesys.events.batching import _FITS_ALWAYS, MAX_UNSENDABLE, Batcher, Body, encode, halves
from airflow_provider_genesys.events.kinds import CONVERSATION_KINDS
from airflow_provider_genesys.events.models import MAX_BYTES, MAX_EVENTS, array_of, overhead_of
from airflow_provider_genesys.events.records import Event, Unsendable
from tests.harness.examples import examples

if TYPE_CHECKING:
    import pytest

KINDS = ["userEstablished", "holdUpdated", "emailCommunicationDispositionApplied"]


def event(ordinal: int, size: int = 40, kind: str = "holdUpdated") -> Event:
    body = b'{"n":%d,"pad":"' % ordinal
    return Event(ordinal, kind, body + b"x" * max(0, size - len(body) - 2) + b'"}', "id", "key", "f", ordinal + 1)


def unsendable(ordinal: int) -> Unsendable:
    return Unsendable(ordinal, "invalid", "reason", "message", b"{", "f", ordinal + 1)


def batch(records: list[Event | Unsendable]) -> list[Body]:
    batcher = Batcher()
    bodies = [body for record in records if (body := batcher.add(record)) is not None]
    rest = batcher.flush()
    return bodies if rest is None else [*bodies, rest]


records = st.lists(
    st.one_of(
        st.tuples(st.just("event"), st.integers(20, 200), st.sampled_from(KINDS)),
        st.tuples(st.just("event"), st.integers(100_000, 511_000), st.sampled_from(KINDS)),
        st.tuples(st.just("bad"), st.just(0), st.just("")),
    ),
    max_size=350,
)


@examples(60)
@given(records)
def test_never_over_100_events_or_512000_bytes_and_nothing_lost(shapes: list[tuple[str, int, str]]) -> None:
    given_records = [
        event(ordinal, size, kind) if what == "event" else unsendable(ordinal)
        for ordinal, (what, size, kind) in enumerate(shapes)
    ]
    bodies = batch(given_records)
    for body in bodies:
        assert len(body.events) <= MAX_EVENTS
        assert len(encode(body.events)) <= MAX_BYTES
        assert body.records
    # In order over the bodies, and in order within each array of a body.
    got = [record.ordinal for body in bodies for record in sorted([*body.events, *body.unsendable])]
    assert got == list(range(len(given_records)))
    for body in bodies:
        assert body.last == max(record.ordinal for record in [*body.events, *body.unsendable])
        for array in json.loads(encode(body.events)).values():
            numbers = [row["n"] for row in array]
            assert numbers == sorted(numbers)


@examples(60)
@given(st.lists(st.tuples(st.integers(4_900, 5_300), st.sampled_from([*CONVERSATION_KINDS])), max_size=220))
def test_events_of_about_a_hundredth_of_a_body(shapes: list[tuple[int, str]]) -> None:
    bodies = batch([event(ordinal, size, kind) for ordinal, (size, kind) in enumerate(shapes)])
    assert [each.ordinal for body in bodies for each in body.events] == [*range(len(shapes))]
    assert all(len(encode(body.events)) <= MAX_BYTES for body in bodies)
    for body, following in pairwise(bodies):
        kinds = {each.kind for each in [*body.events, following.events[0]]}
        most = 2 + sum(len(each.body) + 1 for each in [*body.events, following.events[0]])
        assert len(body.events) == MAX_EVENTS or most + sum(map(overhead_of, kinds)) > MAX_BYTES


def test_of_the_largest_events_that_are_not_counted_a_hundred_of_all_kinds_fit() -> None:
    kinds = [*CONVERSATION_KINDS]
    full = batch([event(number, _FITS_ALWAYS, kinds[number % len(kinds)]) for number in range(MAX_EVENTS)])
    assert [len(body.events) for body in full] == [MAX_EVENTS]
    assert len(encode(full[0].events)) <= MAX_BYTES


def test_behind_a_large_event_each_is_counted_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    overhead = batching.overhead_of
    monkeypatch.setattr(batching, "overhead_of", lambda kind: (asked.append(kind), overhead(kind))[1])
    bodies = batch([event(number, 6_000 if number % 50 == 20 else 300) for number in range(200)])
    assert [len(body.events) for body in bodies] == [100, 100]
    assert asked == ["holdUpdated"] * 2


def test_exactly_100_and_101() -> None:
    assert [len(body.events) for body in batch([event(n) for n in range(100)])] == [100]
    assert [len(body.events) for body in batch([event(n) for n in range(101)])] == [100, 1]


def test_the_bytes_are_counted_exactly() -> None:
    frame = len(encode([event(0, 20)])) - 20
    exact = [event(0, 200_000), event(1, MAX_BYTES - frame - 200_000 - 1)]
    assert len(encode(exact)) == MAX_BYTES
    assert [len(body.events) for body in batch(exact)] in ([2], [1, 1])
    assert [len(body.events) for body in batch([exact[0], event(1, MAX_BYTES - frame - 200_000)])] == [1, 1]


def test_a_body_has_an_array_for_each_kind() -> None:
    body = json.loads(
        encode([event(0, kind="holdUpdated"), event(1, kind="userEstablished"), event(2, kind="holdUpdated")])
    )
    assert {name: [row["n"] for row in rows] for name, rows in body.items()} == {
        array_of("holdUpdated"): [0, 2],
        array_of("userEstablished"): [1],
    }


def test_many_unsendable_records_do_not_wait_for_ever() -> None:
    bodies = batch([unsendable(n) for n in range(MAX_UNSENDABLE + 1)])
    assert [body.records for body in bodies] == [MAX_UNSENDABLE, 1]


@given(st.integers(2, 100))
def test_halves(count: int) -> None:
    events = [event(n) for n in range(count)]
    first, second = halves(events)
    assert first + second == events
    assert 0 <= len(first) - len(second) <= 1
