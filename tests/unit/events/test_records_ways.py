"""The quick way of reading a record and the long one come to the same, for every kind and in whatever form it is."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_genesys.events.models import STREAMS
from airflow_provider_genesys.events.records import Event, Reader, Row, Unsendable, _freeze, _nested_in, _texts_in
from tests.contract.kinds import KINDS, event_of, uid
from tests.harness.examples import examples

_TEXT = st.text(max_size=6) | st.sampled_from([",", '"', "\\", "a, b", 'say "yes", twice', "ü\u2028", "", "x" * 40])
_ODD = st.none() | st.booleans() | st.floats(allow_nan=False) | st.lists(_TEXT, max_size=2) | _TEXT
_LAYOUTS: list[tuple[str, str]] = [(",", ":"), (", ", ": "), (" ,\t", " :\r")]


def shuffled(draw: Callable[..., Any], value: Any) -> Any:
    """Return a value with the properties of its objects in any order, and some texts changed."""
    if isinstance(value, dict):
        return {name: shuffled(draw, value[name]) for name in draw(st.permutations(list(value)))}
    if isinstance(value, str) and value.startswith(("some ", "queue", "Re:", "späte", "ünï")):
        return draw(_TEXT)
    return value


def places(value: Any) -> list[dict[str, Any]]:
    """Return all objects in a value, and itself."""
    if not isinstance(value, dict):
        return []
    return [value, *(place for inner in value.values() for place in places(inner))]


@st.composite
def texts(draw: Callable[..., Any], stream: str, kind: str) -> tuple[bytes, str | None]:
    """Return the text of a record, mostly a good one, and its kind if that is told apart."""
    event = shuffled(draw, event_of(stream, kind, draw(st.integers(1, 3)), whole=draw(st.booleans())))
    change = draw(st.sampled_from(["none", "none", "drop", "odd", "upper", "null", "no id"]))
    if change == "no id":
        del event["eventId"]
    elif change == "upper":
        event["eventId"] = event["eventId"].upper()
    elif change != "none":
        place = draw(st.sampled_from(places(event)))
        name = draw(st.sampled_from([*place, "odd"]))
        if change == "drop":
            place.pop(name, None)
        else:
            place[name] = None if change == "null" else draw(_ODD)
    told = None
    if stream == "conversations":
        place = draw(st.sampled_from(["first", "last", "told"]))
        event = {"type": kind} | event if place == "first" else event | {"type": kind}
        if place == "told":
            told = event.pop("type")
    text = json.dumps(event, separators=draw(st.sampled_from(_LAYOUTS)), ensure_ascii=draw(st.booleans()))
    if draw(st.integers(0, 4)) == 0:  # a property twice, or something that looks like it
        at = draw(st.sampled_from([index for index, sign in enumerate(text) if sign == "{"]))
        more = draw(st.sampled_from(['"eventId":"x",', '"canHear":true,', '"trunk":7,', '"a":[{"b":1}],', '"a":"{",']))
        text = text[: at + 1] + more + text[at + 1 :]
    return text.encode("utf-8", "surrogatepass"), told


@pytest.mark.parametrize(("stream", "kind"), KINDS)
@examples(100)
@given(st.data())
def test_both_ways_come_to_the_same(stream: str, kind: str, data: st.DataObject) -> None:
    records = data.draw(st.lists(texts(stream, kind), min_size=1, max_size=6))
    window, cut = data.draw(st.integers(0, 4)), data.draw(st.integers(1, 6))
    quick, careful = Reader(STREAMS[stream], window), Reader(STREAMS[stream], window)
    careful._derives = True
    got: list[Row | Unsendable] = []
    for first in range(0, len(records), cut):
        part = records[first : first + cut]
        got += quick.read_all([text for text, _ in part], [told for _, told in part], range(first, 9), first, "f")
    expected = [careful._read_carefully(text, told, number, "f", number) for number, (text, told) in enumerate(records)]
    assert got == expected
    assert [type(record) is Unsendable for record in got] == [type(record) is Unsendable for record in expected]


@pytest.mark.parametrize(("stream", "kind"), KINDS)
@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize("turned", [True, False])
@pytest.mark.parametrize("separators", [(",", ":"), (", ", ": ")])
def test_a_good_record_goes_the_quick_way(
    stream: str, kind: str, *, whole: bool, turned: bool, separators: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    event = event_of(stream, kind, whole=whole)
    if turned:
        event = dict(reversed(event.items()))
    if stream == "custom_kpi_attributions":
        event |= {"conversationId": uid(7)}
    text = json.dumps({"type": kind} | event if kind else event, separators=separators).encode()
    reader = Reader(STREAMS[stream], 100)
    monkeypatch.delattr(Reader, "_read_carefully")
    record = reader.read(text, None, 7, "day.jsonl", 8)
    assert isinstance(record, Event)
    assert json.loads(record.body) == event
    assert (record.ordinal, record.event_id, record.key) == (7, event["eventId"], event[STREAMS[stream].key])
    assert (record.file, record.line) == ("day.jsonl", 8)


@pytest.mark.parametrize("wrong", [{}, {"message": "another"}, {"odd": 1}], ids=["duplicate", "reused id", "invalid"])
def test_a_record_that_is_not_sent_sends_no_other_the_long_way(
    wrong: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    said = ["hello, you", 'say "hello" now', "hello"]
    events = [event_of("user_presences", "", number) | {"message": said[number % 3]} for number in range(1, 61)]
    records = [json.dumps(each).encode() for each in [*events[:30], events[20] | wrong, *events[30:]]]
    reader = Reader(STREAMS["user_presences"], 100)
    careful: list[bytes] = []
    long_way = reader._read_carefully
    monkeypatch.setattr(reader, "_read_carefully", lambda text, *more: (careful.append(text), long_way(text, *more))[1])
    got = reader.read_all(records, None, range(1, 62), 0, "f")
    assert careful == [records[30]]
    assert [number for number, record in enumerate(got) if isinstance(record, Unsendable)] == [30]


@given(
    st.recursive(
        st.text(max_size=5) | st.booleans() | st.floats(allow_nan=False) | st.lists(st.text(max_size=3)),
        lambda inner: st.dictionaries(st.text(max_size=3), inner, max_size=4),
        max_leaves=8,
    ),
    st.booleans(),
)
def test_commas_and_quotation_marks_tell_that_nothing_stands_twice(value: Any, ascii_only: bool) -> None:
    values = {"x": value}
    text = json.dumps(values, ensure_ascii=ascii_only)
    plain, texts_in_it = json.dumps(value, ensure_ascii=ascii_only), "".join(strings(value))
    commas = _freeze(values, shape_of(values))
    content = (*values, *values.values())
    hash(content)
    assert text.count(",") >= commas
    assert text.count('"') >= 2 * _texts_in(content)
    assert "," in texts_in_it or text.count(",") == commas
    assert '\\"' in plain or text.count('"') == 2 * _texts_in(content)
    twice = '{"x":0,' + text[1:]
    assert twice.count(",") > commas
    assert twice.count('"') > 2 * _texts_in(content)


def strings(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [*value, *(text for inner in value.values() for text in strings(inner))]
    return [text for inner in value for text in strings(inner)] if isinstance(value, list) else []


def shape_of(value: Any) -> Any:
    if not isinstance(value, dict):
        return ()
    return tuple((name, shape_of(inner)) for name, inner in value.items() if isinstance(inner, dict | list))


def test_what_is_nested_is_known_of_every_kind() -> None:
    for stream, kind in KINDS:
        event = event_of(stream, kind, whole=True)
        model = STREAMS[stream].kinds[kind or next(iter(STREAMS[stream].kinds))]
        assert len(shape_of(event)) == len(_nested_in(model)), kind
        values = json.loads(json.dumps(event))
        _freeze(values, _nested_in(model))
        hash(tuple(values.values()))


def fates(stream: str, texts: list[str]) -> set[str]:
    """Return the reasons of the last of some records, in all ways of reading them."""
    records = [text.encode() for text in texts]
    at_once, one_by_one, carefully = (Reader(STREAMS[stream], 100) for _ in range(3))
    results = [
        at_once.read_all(records, None, range(9), 0, "f")[-1],
        [one_by_one.read(text, None, 0, "f", 1) for text in records][-1],
        [carefully._read_carefully(text, None, 0, "f", 1) for text in records][-1],
    ]
    return {last.reason if isinstance(last, Unsendable) else "" for last in results}


@pytest.mark.parametrize(
    ("one", "other", "reason"),
    [
        ("-1", "-2", "event_id_reused"),  # of which Python's hashes are equal, as of all these
        ("1", "2305843009213693952", "event_id_reused"),
        ("0.5", "1152921504606846976", "event_id_reused"),
        ("-1.0", "-1", "duplicate"),
        ("100", "1e2", "duplicate"),
        ("0", "-0.0", "duplicate"),
    ],
)
def test_numbers_are_the_same_if_their_values_are(one: str, other: str, reason: str) -> None:
    event = json.dumps(event_of("custom_kpi_attributions", "", whole=True) | {"associatedValue": "?"})
    assert fates("custom_kpi_attributions", [event.replace('"?"', number) for number in (one, other)]) == {reason}


@pytest.mark.parametrize("kind", ["userEstablished", "emailUserEstablished"])
@pytest.mark.parametrize("with_id", [True, False])
def test_texts_of_any_names_are_the_same_in_whatever_order(kind: str, *, with_id: bool) -> None:
    event = {"type": kind} | event_of("conversations", kind, whole=True)
    if not with_id:
        del event["eventId"]

    def text(**more: str) -> str:
        return json.dumps(event | {"initialConfiguration": event["initialConfiguration"] | {"additionalInfo": more}})

    assert fates("conversations", [text(a="1", b="2"), text(b="2", a="1")]) == {"duplicate"}
    assert fates("conversations", [text(a="1", b="2"), text(b="1", a="2")]) == (
        {"event_id_reused"} if with_id else {""}
    )
