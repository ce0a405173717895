"""A record ends where its value ends: neither white space, nor line breaks, nor the blocks of a file decide."""

from __future__ import annotations

import gzip
import json
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from airflow_provider_genesys.events import source
from airflow_provider_genesys.events.bodies import OTHER_OBJECT
from airflow_provider_genesys.events.source import read
from airflow_provider_genesys.exceptions import GenesysSourceError
from tests.contract.kinds import KINDS, event_of
from tests.harness.examples import examples
from tests.unit.events.contents import BLOCK_SIZES, BOM, EVENT, PACKED, Content, dump, records_of


def event(number, **more):
    return {"eventId": f"{number:036}", "eventDateTime": "2026-01-31T10:00:00.000Z", "userId": "u" * 60, **more}


WHITE = st.text("\n \t\r", max_size=3).map(str.encode)


@examples(100)
@given(
    parts=st.lists(st.tuples(EVENT, WHITE), min_size=1, max_size=12),
    begin=WHITE,
    block_size=BLOCK_SIZES,
    pack=PACKED,
)
def test_values_behind_each_other_are_records_whatever_is_between(parts, begin, block_size, pack):
    text = begin + b"".join(dump(value) + white for value, white in parts)
    assert [json.loads(record) for _, record in records_of(pack(text), block_size=block_size)] == [
        value for value, _ in parts
    ]


PIECES = st.sampled_from(
    [
        dump(event(1)),
        dump(event(2)),
        dump(event(3, a={"b": ["x", "{"]}, c=[{"d": 1}, {"e": []}])),
        dump({"userPresenceEvents": [event(4), event(5)]}),
        dump([event(6), event(7)]),
        dump(event(8), indent=1),
        dump({"dead_letter": {"fate": "invalid"}, "event": event(9)}),
        dump({"dead_letter": {"fate": "invalid"}, "event": '{"a": 1}{"b": 2}'}),
        dump({"data": [event(10), event(11)]}),
        b'{"data": [' + dump(event(12)),
        b"{}",
        b'{"torn": [1, {"a',
        b'{"torn": ',
        b"]}",
        b'x "y{" z',
        b"5",
        b"\xff",
    ]
)
BETWEEN = st.sampled_from([b"", b"", b"\n", b"\n", b" ", b"\r\n", b",", b",\n", b"\n\n", b"\x1e"])


def rows_cut_at(text, *offsets):
    ends = [0, *offsets, len(text)]
    blocks = [text[start:end] for start, end in pairwise(ends) if start < end]
    rows = []
    try:
        for chunk in read(Content(lambda: iter(blocks)), stream="user_presences"):
            kinds = chunk.types or [None] * len(chunk.records)
            errors = [chunk.errors.get(index) for index in range(len(kinds))]
            rows += zip(chunk.lines, chunk.records, kinds, errors, strict=True)
    except GenesysSourceError as error:
        rows.append(str(error))
    return rows


@examples(60)
@given(parts=st.lists(st.tuples(PIECES, BETWEEN), min_size=1, max_size=6))
@example([(b'{"a": 1}', b""), (b'{"b": 2}', b"\n"), (b'{"c": 3}', b"")])
def test_where_a_block_ends_decides_nothing(parts):
    text = b"".join(piece + between for piece, between in parts)
    whole = rows_cut_at(text)
    for offset in range(1, len(text)):
        assert rows_cut_at(text, offset) == whole
    assert rows_cut_at(text, *range(1, len(text))) == whole


@pytest.mark.parametrize("pad", [0, 1, 2, 40])
@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzipped"])
@pytest.mark.parametrize("first", [b"", b'{"first": 1}\n', b'{\n"first": 1}\n', b"[]"])
def test_a_line_longer_than_a_record_is_cut_like_any_other(pad, pack, first, longest):
    lines = [dump(event(number, about="x" * 800)) for number in range(120)]
    text = first + b" " * pad + b"".join(lines)
    assert len(text) > longest
    for block_size in (4_099, source.BLOCK, 10_000_000):
        got = [record for _, record in records_of(pack(text), block_size=block_size)]
        assert got[-120:] == lines
        assert len(got) == 120 + (b"first" in first)


@pytest.mark.parametrize("form", ["array line", "bodies on a line", "letters on a line"])
def test_a_long_line_may_hold_whatever_a_file_may(form, longest):
    events = [event(number) for number in range(800)]
    assert len(dump(events)) > longest
    bodies = [{"userPresenceEvents": events[start : start + 100]} for start in range(0, 800, 100)]
    text = {
        "array line": b'{"first": 1}\n' + dump(events),
        "bodies on a line": b'{"first": 1}\n' + b"".join(map(dump, bodies)) + b"\n",
        "letters on a line": b'{"first": 1}' + b"".join(dump({"dead_letter": {}, "event": each}) for each in events),
    }[form]
    records = [json.loads(record) for _, record in records_of(text)]
    assert [record.get("event", record) for record in records[1:]] == events


def test_all_values_of_a_line_have_its_number():
    assert records_of(b'{"a": 1}{"b": 2} {"c": 3}\n{"d": 4}\n') == [
        (1, b'{"a": 1}'),
        (1, b'{"b": 2}'),
        (1, b'{"c": 3}'),
        (2, b'{"d": 4}'),
    ]


def test_what_is_torn_on_a_line_leaves_the_rest_of_it_and_the_next_line_alone():
    text = b'{"a": 1}{"b": 2}{"c"\n{"d": 4}\nno event {\n5 {"e": 5} nonsense of "some {" words\n{"f": 6}, \n'
    assert [record for _, record in records_of(text)] == [
        b'{"a": 1}',
        b'{"b": 2}',
        b'{"c"',
        b'{"d": 4}',
        b"no event {",
        b"5",
        b'{"e": 5}',
        b'nonsense of "some {" words',
        b'{"f": 6}',
    ]


def test_json_text_sequences_are_read():
    assert records_of(b'\x1e{"a": 1}\n\x1e{"b": 2}\n') == [(1, b'{"a": 1}'), (2, b'{"b": 2}')]


def test_a_dead_letter_that_holds_several_events_gives_each():
    inner = dump(event(1)).decode() + dump(event(2)).decode()
    letters = [
        {"dead_letter": {"fate": "invalid"}, "event": inner},
        {"dead_letter": {"fate": "invalid"}, "event": {"userPresenceEvents": [event(3), event(4)]}},
        {"dead_letter": {"fate": "invalid"}, "event": [event(5), event(6)]},
        {"dead_letter": {"fate": "invalid"}, "event": event(7, tags=["a"])},
        {"dead_letter": {"fate": "invalid"}, "event": "no event {"},
    ]
    for text in (b"\n".join(map(dump, letters)), dump(letters), b"".join(map(dump, letters))):
        records = [json.loads(record) for _, record in records_of(text)]
        assert records == [*(event(number) for number in range(1, 7)), *letters[3:]]


# --- events under some other key ---

HELD = '{"eventId": "1", "eventDateTime": "2026-01-31T10:00:00.000Z"}'


@pytest.mark.parametrize(
    ("wrapped", "key"),
    [
        ('{"data": [%s, %s]}', "data"),
        ('{"records": [%s, %s]}', "records"),
        ('{"count": 2, "next": {"page": 2}, "value": [%s, %s]}', "value"),
        ('{"hits": {"total": 2, "hits": [{"_source": %s}, {"_source": %s}]}}', "hits"),
        ('{"whatever": [%s, %s]}', "whatever"),
        ('{"whatever": [[%s], [%s]]}', "whatever"),
        ('{"userRoutingStatusEvents": [%s, %s]}', "userRoutingStatusEvents"),
        ('{"userPresenceEvents": [%s, %s], "more": 1}', "userPresenceEvents"),
        ('{"data": [], "more": "%.0s%.0s"}', "data"),
        ('{"Records": [{"body": 1}], "more": "%.0s%.0s"}', "Records"),
        ('{"data": %s, "n": "%.0s"}', "data"),
        ('{"Data": %s, "n": "%.0s"}', "Data"),
        ('{"event":%s,"n":"%.0s"}', "event"),
        ('{"record" : %s, "n": "%.0s"}', "record"),
        ('{"anything": %s, "n": "%.0s"}', "anything"),
        ('{"version": "0", "id": "1", "source": "genesys", "time": "t", "detail": %s, "n": "%.0s"}', "detail"),
        ('{"version": "0", "detail": {"topicName": "t", "eventBody": %s}, "n": "%.0s"}', "detail"),
        ('{"specversion": "1.0", "type": "com.example", "data": %s, "n": "%.0s"}', "data"),
        ('{"eventId": "another", "payload": %s, "n": "%.0s"}', "payload"),
        ('{"message": %s, "n": "%.0s"}', "message"),
        ('{"a": {"b": {"eventDateTime": 1}}, "n": "%.0s%.0s"}', "a"),
        ('{"a": {"userId": "u", "sourceId": "s"}, "n": "%.0s%.0s"}', "a"),
    ],
)
def test_events_under_another_key_are_an_error_of_the_source(wrapped, key):
    text = wrapped % (HELD, HELD)
    good = b'{"good": 1}'
    for content, place in (
        (good + b"\n" + text.encode(), "generated://file, line 2: "),
        (good + text.encode(), "generated://file, line 1: "),
        (b"[" + good + b"," + text.encode() + b"]", "generated://file: element 2: "),
        (gzip.compress(good + b"\n" + text.encode()), "generated://file, line 2: "),
        ([json.loads(good), json.loads(text)], "<source>: element 2: "),
    ):
        chunks = read(content if isinstance(content, list) else Content(content), stream="user_presences")
        assert [json.loads(record) for record in next(chunks).records] == [{"good": 1}]
        with pytest.raises(GenesysSourceError) as caught:
            next(chunks)
        assert str(caught.value) == (
            f"{place}this object holds events under the key {key!r}, and would count as one event: give the events "
            "themselves, one a line, as a JSON array, or in bodies as the API takes them"
        )
        assert caught.value.line == (int(place[-3]) if "line" in place else None)


@pytest.mark.parametrize("form", [b"%s", b"[%s]", b'{"good": 1}\n%s', BOM + b"%s\n"])
@pytest.mark.parametrize("key", ["userPresenceEvents", "data"])
def test_more_events_than_a_record_may_hold_are_no_single_invalid_one(form, key, longest):
    text = form % dump({key: [event(number) for number in range(800)]})
    assert len(text) > longest
    for block_size in (source.BLOCK, 10_000_000):
        with pytest.raises(GenesysSourceError, match=f"'{key}'.*would count as one event"):
            list(read(Content(text), stream="user_presences", block_size=block_size))


def test_what_is_torn_is_one_broken_line_and_stops_nothing():
    torn = dump({"userPresenceEvents": [event(1)]})[:-20]
    assert records_of(b'{"a": 1}\n' + torn + b'\n{"b": 2}\n') == [(1, b'{"a": 1}'), (2, torn), (3, b'{"b": 2}')]


@pytest.mark.parametrize(
    "value",
    [
        event(1, data=[{"a": 1}]),
        {"data": [{"a": 1}], **event(1)},
        {"data": ["a"], "more": 1},
        {"a": [{"b": 1}]},
        {"message": 'see "data": [{"eventDateTime": 1}]'},
        {"tags": []},
    ],
)
def test_an_event_may_have_lists(value):
    assert records_of(dump(value)) == [(1, dump(value))]


def test_json_text_that_holds_an_event_is_an_error_of_the_source_too():
    for text in (dump({"Type": "Notification", "Message": HELD}), dump({"body": f"[{HELD}]"})):
        with pytest.raises(GenesysSourceError, match=r"this object holds events under the key '(Message|body)'"):
            records_of(text)


# --- and no event is taken for what holds one ---


@pytest.mark.parametrize(("stream", "kind"), KINDS)
def test_no_event_is_taken_for_what_holds_one_whatever_it_lacks(stream, kind):
    for whole in (event_of(stream, kind, whole=True), event_of(stream, kind)):
        typed = {"type": kind, **whole} if kind else {**whole, "presence": "Break/Smoke"}
        lacking = [{key: value for key, value in typed.items() if key != name} for name in typed]
        misspelt = [{f"{key}_" if key == name else key: value for key, value in typed.items()} for name in typed]
        snaked = {f"_{key}": value for key, value in typed.items()}
        nested = [{**each, "message": {"at": 1}, "more": {"sourceId": "s", "text": "{}"}} for each in (typed, *lacking)]
        values = [typed, whole, *lacking, *misspelt, snaked, *nested, {"dead_letter": {"fate": "x"}, "event": typed}]
        for separators in ((",", ":"), (", ", ": "), (",", " : ")):
            texts = [json.dumps(value, separators=separators).encode() for value in values if value]
            for content in (b"\n".join(texts), b"[" + b",".join(texts) + b"]"):
                chunks = read(Content(content), stream=stream)
                assert [record for chunk in chunks for record in chunk.records] == texts


def test_objects_in_good_events_are_read_on_the_quick_way():
    for stream, kind in KINDS:
        for separators in ((",", ":"), (", ", ": "), (",", " : ")):
            text = json.dumps(event_of(stream, kind, whole=True), separators=separators).encode()
            assert OTHER_OBJECT.search(text, 1) is None
