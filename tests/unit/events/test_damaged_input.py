"""Records that are too long and files that are torn, cut short or damaged: what was good is read, the rest told."""

from __future__ import annotations

import gzip
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_genesys.events import source
from airflow_provider_genesys.events.source import MAX_RECORD, read
from airflow_provider_genesys.exceptions import GenesysSourceError, GenesysStorageError
from tests.harness.examples import examples
from tests.unit.events.contents import EVENT, Content, dump, records_of, rows_of

TOO_LONG = {
    "string": lambda longest: b'{"a": "' + b"x" * longest + b'"}',
    "nested": lambda longest: (
        b'{"userId": "u", "presence": "x", "a": [' + b'{"b":1,"c":"01234567890123456789"},' * (longest // 34) + b"1]}"
    ),
    "escapes": lambda longest: b'{"a": ["' + (b'\\"{[' + b"x" * 36) * (longest // 39) + b'"]}',
    "brackets": lambda longest: b'"' + b"{" * longest + b'"',
    "number": lambda longest: b"1" * (longest + 1),
}


def holds_of_what_is_too_long(long, form, block_size, said):
    parts = [b'{"b": 1}', long, long, b'{"c": 2}']
    text = b"\n".join(parts) if form == "lines" else b"[" + b",".join(parts) + b"]"
    got = rows_of(text, block_size=block_size)
    assert [(line, record[:20], error) for line, record, _, error in got] == [
        (1, b'{"b": 1}', None),
        (2, long[:20], said),
        (3, long[:20], said),
        (4, b'{"c": 2}', None),
    ]


@pytest.mark.parametrize("block_size", [1_001, source.BLOCK, 10_000_000])
@pytest.mark.parametrize("long", TOO_LONG)
@pytest.mark.parametrize("form", ["lines", "array"])
def test_a_record_that_is_too_long_is_an_error_and_reading_goes_on_behind_it(long, form, block_size, longest):
    holds_of_what_is_too_long(TOO_LONG[long](longest), form, block_size, "is over 100,000 bytes")


@pytest.mark.parametrize("form", ["lines", "array"])
def test_too_long_is_what_is_over_a_million_bytes(form):
    long = TOO_LONG["string"](MAX_RECORD - 8)
    assert len(long) == 1_000_001
    holds_of_what_is_too_long(long, form, source.BLOCK, "is over 1,000,000 bytes")


@pytest.mark.parametrize("form", ["lines", "array"])
def test_the_longest_record_allowed_is_passed_on(form):
    longest = b'{"a": "' + b"x" * (MAX_RECORD - 9) + b'"}'
    assert len(longest) == MAX_RECORD
    text = longest + b"\n" if form == "lines" else b"[" + longest + b"]"
    assert records_of(text) == [(1, longest)]


def test_white_space_is_no_part_of_a_record_however_much_it_is():
    spaces = b" " * (MAX_RECORD + 10)
    text = b'{"a": 1}\n' + spaces + b'{"b": 2}' + spaces + b'{"c": 3}\n'
    for block_size in (4_099, source.BLOCK, 10_000_000):
        assert records_of(text, block_size=block_size) == [(1, b'{"a": 1}'), (2, b'{"b": 2}'), (2, b'{"c": 3}')]


@examples(60)
@given(events=st.lists(EVENT, min_size=1, max_size=5), block_size=st.sampled_from([1, 7, 1000]), data=st.data())
def test_a_torn_array_gives_what_was_good_and_one_error(events, block_size, data):
    text = dump(events, indent=1)
    cut = data.draw(st.integers(1, len(text) - 1))
    got = rows_of(text[:cut], block_size=block_size)
    assert [json.loads(record) for _, record, _, error in got if not error] == events[: len(got) - 1]
    assert "the file is torn" in got[-1][3]
    assert [line for line, _, _, _ in got] == list(range(1, len(got) + 1))


def test_the_error_of_a_torn_array_names_the_line():
    got = rows_of(b'[\n{"a": 1},\n{"b":\n 2, "c": "')
    assert got == [
        (1, b'{"a": 1}', None, None),
        (2, b'{"b":\n 2, "c": "', None, "has no end: the file is torn (line 3)"),
    ]
    assert rows_of(b'[\n{"a": 1},\n')[1] == (2, b"[", None, "has no end: the file is torn (line 3)")


@pytest.mark.parametrize("block_size", [65_536, 10_000_000])
def test_a_value_without_end_that_may_have_swallowed_many_ends_the_reading(block_size, longest):
    text = b'[{"good": 1},\n{"a": ' + b'{"b": 1},' * (longest // 5)
    chunks = read(Content(text), stream="user_presences", block_size=block_size)
    assert next(chunks).records == [b'{"good": 1}']
    with pytest.raises(GenesysSourceError, match=r"file, line 2: .* has no end") as caught:
        next(chunks)
    assert caught.value.line == 2


def each_record(content):
    for chunk in read(content, stream="user_presences", block_size=1_000):
        yield from zip(chunk.lines, chunk.records, strict=True)


LINES = b"".join(b'{"number": %d, "id": "%064x"}\n' % (number, hash(str(number)) ** 4) for number in range(2_000))


@pytest.mark.parametrize("text", [LINES, b"[" + LINES.replace(b"\n", b",\n") + b"1]"], ids=["lines", "array"])
@pytest.mark.parametrize("keep", [5, 12, 1_000, 30_000, -9, -1])
def test_a_truncated_gzip_file_gives_what_was_good_and_then_an_error(text, keep):
    compressed = gzip.compress(text)
    got = []
    with pytest.raises(GenesysSourceError, match="cut short") as caught:
        got.extend(each_record(Content(compressed[:keep])))
    assert [json.loads(record)["number"] for _, record in got if record != b"1"] == list(range(len(got)))[:2_000]
    assert (len(got) > 100) == (keep not in {5, 12, 1_000})
    last, unit = (got[-1][0] if got else 0), "element" if text.startswith(b"[") and got else "line"
    assert str(caught.value).endswith(f": the gzip stream is cut short or damaged behind {unit} {last}")
    assert caught.value.line == (last if got and unit == "line" else None)


def test_a_damaged_gzip_file_is_an_error():
    compressed = bytearray(gzip.compress(LINES))
    compressed[-6] ^= 1
    with pytest.raises(GenesysSourceError, match="damaged"):
        list(read(Content(bytes(compressed)), stream="user_presences"))
    with pytest.raises(GenesysSourceError, match="damaged"):
        list(read(Content(gzip.compress(LINES) + b"rubbish"), stream="user_presences"))


def test_a_storage_that_fails_meanwhile_is_passed_on_behind_the_good_part():
    def failing():
        yield LINES
        raise ConnectionResetError("store went away")

    got = []
    with pytest.raises(GenesysStorageError, match=r"source: generated://file cannot be read .*store went away"):
        got.extend(each_record(Content(failing)))
    assert [record for _, record in got] == LINES.splitlines()


@pytest.mark.parametrize(
    "data", ['{"a": 1}\n'.encode("utf-16"), '{"a": 1}'.encode("utf-16-le"), b"PAR1\x15\x00\x15", b"\xff\xfe"]
)
def test_what_is_not_utf_8_is_refused_as_a_whole(data):
    with pytest.raises(GenesysSourceError, match="generated://file: is not UTF-8 text"):
        list(read(Content(data), stream="user_presences"))
