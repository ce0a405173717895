"""Whatever holds several events gives each of them, or is an error of the source: it never counts as fewer records."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any, TypeAlias

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from airflow_provider_genesys.events.models import STREAMS
from airflow_provider_genesys.events.records import Event, Reader
from airflow_provider_genesys.events.source import read
from airflow_provider_genesys.exceptions import GenesysSourceError
from tests.contract.kinds import KINDS, event_of
from tests.harness.examples import examples
from tests.harness.tables import columns_of, names_of, numbered, rows_of
from tests.unit.events.contents import Content, dump

Events: TypeAlias = list[dict[str, Any]]


def presence(number: int, **more: object) -> dict[str, Any]:
    return {
        "userId": f"u{number}",
        "eventDateTime": f"2026-11-16T09:{number // 60:02}:{number % 60:02}.000Z",
        "presence": "x",
        **more,
    }


def count_of(text: bytes | Events, stream: str = "user_presences") -> int | None:
    """Return how many records an input has, ``None`` where it ends in an error of the source."""
    try:
        return sum(
            len(chunk.records) for chunk in read(Content(text) if isinstance(text, bytes) else text, stream=stream)
        )
    except GenesysSourceError as error:
        assert "would count as one event" in str(error)  # noqa: PT017 - where it is no such error it fails, as it should
        return None


def lines_of(events: Events) -> str:
    return "\n".join(map(json.dumps, events))


def letter(event: object, key: str = "event") -> dict[str, Any]:
    return {"dead_letter": {"fate": "invalid", "message": "eventDateTime is missing"}, key: event}


SHAPES: dict[str, Callable[[Events], Any]] = {
    "list": lambda events: events,
    "list in lists": lambda events: [[events[:1]], events[1:]],
    "under a key": lambda events: {"whatever": events},
    "under keys": lambda events: {"a": {"b": [{"c": events}]}},
    "behind nothing": lambda events: {"data": [None, *events]},
    "behind something else": lambda events: {"batch": [{"x": 1}, 5, "eventDateTime", *events]},
    "in lists of a wrapper": lambda events: {"batch": [[], [events[0]], events[1:]]},
    "by number": numbered,
    "by number under a key": lambda events: {"data": numbered(events)},
    "each under a key": lambda events: {"hits": [{"_source": event} for event in events]},
    "in a body that is a list in a list": lambda events: {"userPresenceEvents": [events]},
    "in a wrapper in a body": lambda events: {"userPresenceEvents": [{"data": events}]},
    "in the array of another stream": lambda events: {"otherEvents": events},
    "body and more": lambda events: {"userPresenceEvents": events, "more": 1},
    "first and next": lambda events: {**events[0], "next": events[1:]},
    "chain": lambda events: {**events[0], "next": {**events[1], "next": events[2:] or None}},
    "text under a key": lambda events: {"data": json.dumps(events)},
    "lines under a key": lambda events: {"x": lines_of(events)},
    "texts": lambda events: {"x": [json.dumps(event) for event in events]},
    "Python's text under a key": lambda events: {"x": repr(events)},
    "columns": columns_of,
    "columns under a key": lambda events: {"data": columns_of(events)},
    "numbered columns": lambda events: {name: numbered(values) for name, values in columns_of(events).items()},
    "split": lambda events: {"index": list(range(len(events))), "columns": names_of(events), "data": rows_of(events)},
    "split under a key": lambda events: {"data": {"columns": names_of(events), "rows": rows_of(events)}},
    "header": lambda events: {"header": names_of(events), "rows": rows_of(events)},
    "names": lambda events: {"records": rows_of(events), "names": names_of(events)},
    "described": lambda events: {"schema": [{"name": name} for name in names_of(events)], "rows": rows_of(events)},
    "CSV": lambda events: {"csv": "\n".join(",".join(row) for row in [names_of(events), *rows_of(events)])},
    "YAML": lambda events: {"x": "\n".join(f"- eventDateTime: {event['eventDateTime']}\n  y: 1" for event in events)},
    "letter": letter,
    "letter of text": lambda events: letter(lines_of(events)),
    "letter of a wrapper": lambda events: letter({"data": events}),
    "letter of a wrapper as text": lambda events: letter(json.dumps({"items": events})),
    "letter of letters": lambda events: letter("\n".join(json.dumps(letter(event)) for event in events)),
    "letter of a letter": lambda events: letter(json.dumps(letter(lines_of(events)))),
    "letter with a list": lambda events: letter(events, "events"),
}  # fmt: skip
ENCODINGS: dict[str, Callable[[Any], str]] = {
    "line": json.dumps,
    "compact": lambda value: json.dumps(value, separators=(",", ":")),
    "indented": lambda value: json.dumps(value, indent=2),
    "line breaks": lambda value: json.dumps(value, indent=0),
    "Python's text": repr,
    "text": lambda value: json.dumps(json.dumps(value)),
    "text of text": lambda value: json.dumps(json.dumps(json.dumps(value))),
    "Python's text as text": lambda value: json.dumps(repr(value)),
    "text in a text that is cut off": lambda value: json.dumps(json.dumps(value))[:-2],
    "escaped as .NET does": lambda value: '"' + json.dumps(value).replace('"', "\\u0022") + '"',
    "a bad byte": lambda value: json.dumps(value).replace("09:", "\udcff09:"),
    "without quotation marks": lambda value: json.dumps(value).replace('"', ""),
    "a broken text": lambda value: json.dumps(value).replace('": "x"', '": "a"b"'),
    "not a number": lambda value: json.dumps(value).replace(': "x"', ": NaN"),
}
EVENTS = st.integers(2, 12).map(lambda count: [presence(number) for number in range(count)])


@examples(400)
@given(
    events=EVENTS,
    shape=st.sampled_from(sorted(SHAPES)),
    encoding=st.sampled_from(sorted(ENCODINGS)),
    before=st.sampled_from(["", json.dumps(presence(59)) + "\n", "[" + json.dumps(presence(59)) + ","]),
    block_size=st.sampled_from([7, 32_768]),
)
def test_several_events_are_as_many_records_or_an_error(
    events: Events, shape: str, encoding: str, before: str, block_size: int
) -> None:
    text = ENCODINGS[encoding](SHAPES[shape](events)).encode("utf-8", "surrogateescape")
    count = count_of(before.encode() + text)
    assert count is None or count >= len(events) + bool(before)


@examples(100)
@given(
    count=st.integers(1, 4), cut_at=st.integers(0, 90), between=st.sampled_from(["", ",", " ", ",\n", "]}"]),
    begin=st.sampled_from(["", "[", '{"userPresenceEvents": [', '{"data": [']),
)  # fmt: skip
def test_whole_events_behind_a_tear_are_not_lost(count: int, cut_at: int, between: str, begin: str) -> None:
    """Of the torn one what is left is a record too, where it is more than a bracket."""
    torn = json.dumps(presence(0))[:cut_at]
    text = begin + torn + between + between.join(json.dumps(presence(number)) for number in range(1, count + 1))
    found = count_of(text.encode())
    assert found is None or found >= count + (len(torn) > 1)


SPOKEN = [
    'see "eventDateTime": it is missing',
    'eventDateTime: "2026-11-16" and "eventDateTime": "2026-11-17" differ',
    '{"eventDateTime": ',
    "eventDateTime, userId, presence",
    "'eventDateTime': None",
]


@pytest.mark.parametrize("said", SPOKEN)
@pytest.mark.parametrize(
    "wrong",
    [
        {"userId": 5},
        {"eventDateTime": 1_763_283_600},
        {"eventDateTime": {"$date": "2026-11-16T09:00:00Z"}},
        {"eventDateTime": ["2026-11-16T09:00:00Z"]},
        {"eventDateTime": None},
        {"unknown": 1},
        {"unknown": {"a": [{"b": 1}, {"b": 2}]}},
        {"unknown": [["a", 1], ["b", 2]]},
        {"presence": float("nan")},
        {"presence": "\udcff"},
    ],
)
@pytest.mark.parametrize("name", ["message", "presence"])
def test_a_wrong_event_whose_text_speaks_of_a_time_is_one_record(said: str, wrong: dict[str, Any], name: str) -> None:
    for event in ({**presence(1), name: said, **wrong}, {name: said, **presence(1), **wrong}):
        text = json.dumps(event, ensure_ascii=False).encode("utf-8", "surrogateescape")
        for content in (
            text,
            b"[" + text + b"]",
            dump(presence(2)) + b"\n" + text,
            dump(event, indent=1) if "presence" not in wrong else text,
        ):
            assert count_of(content) == 1 + content.startswith(dump(presence(2)))
        assert count_of(dump(letter(text.decode("utf-8", "replace")))) == 1


@pytest.mark.parametrize(
    "said",
    [
        'he said "eventDateTime": is missing',
        'the "eventDateTime": "2026-11-16T09:00:00Z" of',
        '"a" and "b"',
        "a {",
        "\\",
    ],
)
@pytest.mark.parametrize("more", [{}, {"additionalInfo": {"a": "b"}}])
def test_a_line_with_an_unescaped_quotation_mark_is_one_record(said: str, more: dict[str, Any]) -> None:
    event = {"userId": "u", "eventDateTime": "2026-11-16T09:00:00.000Z", **more, "message": "@"}
    text = json.dumps(event).replace("@", said).encode()
    assert count_of(text) == 1
    assert count_of(text + b"\n" + dump(presence(1))) == 2


@examples(300)
@example(
    of=("conversations", "communicationDispositionApplied"),
    said="eventDateTime, userId, presence",
    at=0.16796875,
    gap=36,
    put="",
)
@given(
    of=st.sampled_from(KINDS),
    said=st.sampled_from([said for said in SPOKEN if "{" not in said]),
    at=st.floats(0, 1, exclude_max=True),
    gap=st.integers(0, 40),
    put=st.sampled_from(["", '"', "}", "[", "]", ",", "\\", "'", "null", "eventDateTime", '"eventDateTime": ']),
)
def test_one_event_that_is_broken_anywhere_is_no_error(
    of: tuple[str, str], said: str, at: float, gap: int, put: str
) -> None:
    """But for a brace, or a time in an object within it: with that an event that is broken looks like two."""
    stream, kind = of
    event = {**({"type": kind} if kind else {}), **event_of(stream, kind, whole=True), "message": said}
    text = json.dumps(event)
    place = int(at * len(text))
    assume(not put.endswith(": ") or text.count("{", 0, place) - text.count("}", 0, place) < 2)
    broken = text[:place] + put + text[place + gap :]
    assert count_of(broken.encode(), stream) is not None
    neighbour = json.dumps(event_of(stream, kind))
    found = count_of("\n".join([neighbour, broken, neighbour]).encode(), stream)
    assert found is not None
    assert found >= 3


@pytest.mark.parametrize(("stream", "kind"), KINDS)
def test_an_event_is_never_refused_whatever_its_texts_say(stream: str, kind: str) -> None:
    event = event_of(stream, kind, whole=True)
    if kind:
        event = {"type": kind, **event}
    reader = Reader(STREAMS[stream], 10)
    whole = json.dumps([presence(1), presence(2)])
    for said in (*SPOKEN, whole, lines_of([presence(1), presence(2)]), repr([presence(1)] * 2), '{"data": []}'):
        for name in event:
            changed = {**event, name: {"a": said, "eventDateTime": said} if isinstance(event[name], dict) else said}
            text = dump(changed)
            if isinstance(reader.read(text, None, 0, "file", 1), Event):
                for content in (text, dump(changed, indent=1), b"[" + text + b"]"):
                    assert count_of(content, stream) == 1
            else:
                assert count_of(text, stream) in {1, None}


# --- an hour without events ---


@pytest.mark.parametrize(
    "nothing",
    [
        '{"data": []}', '{"userPresenceEvents": []}', '{\n "userPresenceEvents": [\n ]\n}', "[]", "", " \n",
        '{"count": 0, "data": [], "next": null}', '{"entities": [], "total": 0}', "[]\n[]",
        "[[]]", "[[], [ ]]", "[[[]], []]",
        '{"entities": [], "pageSize": 25, "pageNumber": 1, "total": 0, "firstUri": "/a", "pageCount": 1}',
        '{"data": [], "hasMore": false}', '{"data": [], "has_more": false, "per_page": 100}', '{"data": {"items": []}}',
        '{"results": [], "truncated": false}', '{"data": [[]]}',
    ],
)  # fmt: skip
def test_what_holds_nothing_is_no_record(nothing: str) -> None:
    assert count_of(nothing.encode()) == 0
    if "\n" not in nothing:
        assert count_of(dump(presence(1)) + b"\n" + nothing.encode() + b"\n" + dump(presence(2))) == 2


@pytest.mark.parametrize(
    "odd",
    [
        '{"data": [], "error": "unauthorized"}', '{"data": [], "total": 300}', '{"data": [], "ok": false}',
        '{"data": [], "hasMore": true}', '{"data": {"items": [], "error": "x"}}', '{"data": [], "page": {"items": 3}}',
        '{"data": [], "pageSize": [1]}', '{"data": [{"a": 1}], "data": []}',
        '{"tags": []}', '{"userRoutingStatusEvents": []}', "{}", '{"userPresenceEvents": {}}', '{"data": [null]}',
    ],
)  # fmt: skip
def test_what_may_say_more_than_nothing_is_not_passed_over(odd: str) -> None:
    assert count_of(odd.encode()) in {1, None}


@pytest.mark.parametrize("size", [100, 800])
@pytest.mark.parametrize("shape", SHAPES)
def test_what_is_too_long_to_be_parsed_is_not_one_record(shape: str, size: int, longest: int) -> None:
    """Of columns in alphabetical order the first one may fill all that is read of a record."""
    made = SHAPES[shape]
    hundred = [presence(number) | {"about": "x" * size} for number in range(100)]
    events = hundred * (1 + 11 * longest // (10 * len(dump(made(hundred)))))
    text = dump(made(events))
    assert len(text) > longest
    found = count_of(text)
    assert found is None or found >= len(events)


@pytest.mark.parametrize(
    "run", ["\\", '"', "[", "{", ": - ", "eventDateTime,", 'eventDateTime\\"', "\\n", '["x",', '{"a":', " ", "1"]
)
def test_a_look_at_what_is_broken_takes_no_longer_than_it_is_long(run: str) -> None:
    """Tried at each place of a long run, a search without a bound takes minutes."""
    broken = '{"a" b {"eventDateTime' + run * (150_000 // len(run))
    began = time.process_time()
    for text in (broken, json.dumps({"x": broken})):
        count_of(dump(presence(1)) + b"\n" + text.encode())
    assert time.process_time() - began < 4
