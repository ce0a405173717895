"""API-shaped bodies: their events in the order of time, and what is no body left as it is."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.harness.examples import examples
from tests.unit.events.contents import EVENT, dump, rows_of


@examples(60)
@given(
    events=st.lists(EVENT, min_size=1, max_size=30),
    block_size=st.sampled_from([1, 7, 1000]),
    form=st.sampled_from(["line", "element", "document", "indented document"]),
)
def test_api_shaped_bodies_give_their_events(events, block_size, form):
    body = {"userPresenceEvents": events}
    text = {
        "line": b"\n" + dump(body) + b"\n" + dump({"plain": 1}),
        "element": dump([{"plain": 1}, body]),
        "document": dump(body),
        "indented document": dump(body, indent=2),
    }[form]
    got = [row for row in rows_of(text, block_size=block_size) if row[1] != b'{"plain": 1}']
    assert [json.loads(record) for _, record, _, _ in got] == events
    assert {kind for _, _, kind, _ in got} == {"userPresence"}
    assert {line for line, _, _, _ in got} == {2 if form in {"line", "element"} else 1}
    assert not any(error for _, _, _, error in got)


def at(second, **rest):
    return {"eventDateTime": f"2024-05-01T10:00:{second}Z", **rest}


def test_events_of_a_body_are_sorted_by_time_over_all_arrays_and_stably():
    body = {
        "routingEstablishedEvents": [at("03"), at("01.500", n=1), at("01.500", n=2)],
        "communicationEndedEvents": [at("01"), {"n": 0}, {"eventDateTime": "2024-05-01T12:00:01.200+02:00"}],
    }
    got = rows_of(dump(body), "conversations")
    assert [(kind, json.loads(record)) for _, record, kind, _ in got] == [
        ("communicationEnded", {"n": 0}),
        ("communicationEnded", at("01")),
        ("communicationEnded", {"eventDateTime": "2024-05-01T12:00:01.200+02:00"}),
        ("routingEstablished", at("01.500", n=1)),
        ("routingEstablished", at("01.500", n=2)),
        ("routingEstablished", at("03")),
    ]


def test_events_of_a_body_are_sorted_by_time_however_that_is_written():
    times = [
        "2026-11-16T10:12Z",
        "20261116T101201Z",
        "2026-11-16 11:12:02 +01:00",
        "2026-11-16T10:12:03",
        " 2026-11-16T10:12:04Z",
    ]
    body = {"userPresenceEvents": [{"eventDateTime": time} for time in reversed(times)]}
    assert [json.loads(record)["eventDateTime"] for _, record, _, _ in rows_of(dump(body))] == times


@pytest.mark.parametrize(
    ("stream", "array"),
    [
        ("user_presences", "userPresenceEvents"),
        ("user_routing_statuses", "userRoutingStatusEvents"),
        ("custom_kpi_attributions", "customKpiAttributionEvents"),
        ("conversations", "userEstablishedEvents"),
    ],
)
def test_each_stream_knows_its_arrays(stream, array):
    assert rows_of(dump({array: [{"a": 1}]}), stream) == [(1, b'{"a":1}', array.removesuffix("Events"), None)]


@pytest.mark.parametrize(
    "text",
    [
        b'{"userRoutingStatusEvents": [{"a": 1}]}',
        b'{"userPresenceEvents": [{"a": 1}], "more": 1}',
        b'{"userPresenceEvents": [{"a": 1}], "userPresenceEvents": []}',
        b'{"userPresenceEvents": [{"a": NaN}]}',
        b'{"userPresenceEvents": [{"a": 1}',
        b'["userPresenceEvents", 1]',
        b'{"userPresenceEvents": ' + b"[" * 100_000,
    ],
)
def test_what_is_no_body_of_the_stream_is_left_to_the_validation(text):
    assert rows_of(b'{"first": 1}\n' + text) == [(1, b'{"first": 1}', None, None), (2, text, None, None)]


def test_a_body_without_a_list_of_events_is_an_error():
    text = b'{"userPresenceEvents": {"a": 1}}'
    assert rows_of(text) == [(1, text, None, "is an API-shaped body without a list of events")]


def test_an_empty_object_is_an_error():
    assert rows_of(b'{}\n{"a": 1}') == [(1, b"{}", None, "is an empty object"), (2, b'{"a": 1}', None, None)]


def test_what_is_no_object_in_a_body_is_an_error_and_the_rest_is_kept():
    got = rows_of(b'{"userPresenceEvents": [5, {"a": 1}, "x"]}')
    error = "is no object, in the array userPresenceEvents"
    assert got == [
        (1, b"5", "userPresence", error),
        (1, b'{"a":1}', "userPresence", None),
        (1, b'"x"', "userPresence", error),
    ]
