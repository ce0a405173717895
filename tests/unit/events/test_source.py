"""The input is read as a stream: each record as it came in, none lost, whatever the form and the size of the blocks."""

from __future__ import annotations

import gzip
import io
import json
from pathlib import Path

import pytest
from airflow.providers.common.compat.sdk import ObjectStoragePath
from hypothesis import given
from hypothesis import strategies as st
from upath import UPath

from airflow_provider_genesys.events import source
from airflow_provider_genesys.events.source import MAX_RECORD, Chunk, describe, read
from airflow_provider_genesys.exceptions import GenesysSourceError, GenesysStorageError
from tests.harness.examples import examples


class Content:
    """A path object of something else than a disk; ``open`` gives what ``file.read`` would from generated blocks."""

    protocol = "generated"

    def __init__(self, blocks, name="generated://file"):
        self.blocks = blocks
        self.name = self.path = name

    def __str__(self):
        return self.name

    @property
    def fs(self):
        return self

    def info(self, path):
        return {"name": path, "type": "file"}

    def invalidate_cache(self, path=None):
        """Forget listings, of which there are none."""

    def open(self, mode, block_size):
        assert mode == "rb"
        return Generated(self.blocks() if callable(self.blocks) else iter([self.blocks]))


class Generated(io.RawIOBase):
    def __init__(self, blocks):
        super().__init__()
        self.blocks = blocks
        self.rest = b""

    def readable(self):
        return True

    def readinto(self, buffer):
        self.rest = self.rest or next(self.blocks, b"")
        block, self.rest = self.rest[: len(buffer)], self.rest[len(buffer) :]
        buffer[: len(block)] = block
        return len(block)


def chunks_of(data, stream="user_presences", **options) -> list[Chunk]:
    """Return the chunks of a file's content, after checking what holds for all."""
    chunks = list(read(Content(data), stream=stream, **options))
    for chunk in chunks:
        assert 1 <= len(chunk.records) <= 64
        assert len(chunk.lines) == len(chunk.records)
        assert chunk.types is None or len(chunk.types) == len(chunk.records)
        assert all(len(chunk.records[index]) <= 2_000 for index in chunk.errors)
        assert sum(map(len, chunk.records[:-1])) <= 2 * source.BLOCK
    return chunks


def records_of(data, stream="user_presences", **options) -> list[tuple[int, bytes]]:
    chunks = chunks_of(data, stream, **options)
    assert not any(chunk.errors for chunk in chunks)
    return [pair for chunk in chunks for pair in zip(chunk.lines, chunk.records, strict=True)]


def rows_of(data, stream="user_presences", **options) -> list[tuple[int, bytes, str | None, str | None]]:
    """Return line, record, type and error of each record."""
    return [
        (line, record, chunk.types[index] if chunk.types else None, chunk.errors.get(index))
        for chunk in chunks_of(data, stream, **options)
        for index, (line, record) in enumerate(zip(chunk.lines, chunk.records, strict=True))
    ]


TEXT = st.text(st.sampled_from('ab"\\{}[],:\n é😀'), max_size=8)
OWN = {"userId": "u", "presence": "x"}
"""Properties of an event: an object without them that holds rows is none, but a wrapper of them."""
VALUE = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3).map(OWN.__or__),
    max_leaves=12,
)
EVENT = st.dictionaries(TEXT, VALUE, max_size=4).map(OWN.__or__)
BOM = b"\xef\xbb\xbf"
PACKED = st.sampled_from(
    [lambda data: data, gzip.compress, lambda data: BOM + data, lambda data: gzip.compress(BOM + data)]
)
BLOCK_SIZES = st.sampled_from([1, 2, 3, 7, 64, 1000, source.BLOCK])


def dump(value, **options):
    return json.dumps(value, ensure_ascii=False, **options).encode()


@examples(60)
@given(
    events=st.lists(EVENT, max_size=30),
    block_size=BLOCK_SIZES,
    end=st.sampled_from([b"\n", b"\r\n", b"\n\n", b" \n\t\n"]),
    last_end=st.booleans(),
    pack=PACKED,
)
def test_json_lines_are_passed_on_as_they_are(events, block_size, end, last_end, pack):
    lines = [dump(event) for event in events]
    text = end.join(lines) + (end if last_end else b"")
    step = end.count(b"\n")
    got = records_of(pack(text), block_size=block_size)
    assert got == [(1 + index * step, line) for index, line in enumerate(lines)]


@examples(60)
@given(
    events=st.lists(EVENT, max_size=30),
    block_size=BLOCK_SIZES,
    indent=st.sampled_from([None, 0, 1, "\t"]),
    pack=PACKED,
)
def test_an_array_gives_its_elements(events, block_size, indent, pack):
    text = b" \n" + dump(events, indent=indent)
    got = records_of(pack(text), block_size=block_size)
    assert [line for line, _ in got] == list(range(1, len(events) + 1))
    assert [json.loads(record) for _, record in got] == events


@examples(60)
@given(
    events=st.lists(EVENT, min_size=1, max_size=8),
    block_size=BLOCK_SIZES,
    pack=PACKED,
)
def test_documents_over_several_lines_follow_each_other(events, block_size, pack):
    text = b"\n".join(dump(event, indent=2) for event in events)
    got = records_of(pack(text), block_size=block_size)
    assert [json.loads(record) for _, record in got] == events
    assert [line for line, _ in got] == list(range(1, len(events) + 1))


@examples(60)
@given(values=st.lists(VALUE, max_size=20), block_size=st.sampled_from([1, 2, 3, 5, 1000]))
def test_an_array_passes_on_whatever_is_in_it(values, block_size):
    got = rows_of(dump(values), block_size=block_size)
    assert [json.loads(record) for _, record, _, _ in got] == [each for value in values for each in flat(value)]
    assert {record for _, record, _, error in got if error} <= {b"{}"}


def flat(value):
    """What a list of lists is the same as: nothing, where all are empty; one without an object in it is one record."""
    if isinstance(value, list) and "[]" in json.dumps(value) and not json.dumps(value).strip("[], "):
        return []
    if isinstance(value, list) and "{" in json.dumps(value) and any(isinstance(each, dict | list) for each in value):
        return [inner for each in value for inner in flat(each)]
    return [value]


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


def test_broken_lines_stay_apart():
    lines = [b'{"a": [1', b"2", b"]}", b'{"b": "\xff"}', b"[", b"nonsense", b'{"c": 1}']
    assert records_of(b"\n".join(lines)) == list(enumerate(lines, 1))


def test_lines_that_end_in_commas_are_read_like_an_array():
    assert records_of(b'{"a": 1},\n{"b": 2},\n{"c": 3}') == [(1, b'{"a": 1}'), (2, b'{"b": 2}'), (3, b'{"c": 3}')]


def test_what_follows_an_array_is_read_too():
    text = b'[{"a": 1}]\n[{"b": 2}]\n5'
    for block_size in (1, 2, 1000):
        assert records_of(text, block_size=block_size) == [(1, b'{"a": 1}'), (2, b'{"b": 2}'), (3, b"5")]


@pytest.mark.parametrize("block_size", [999, 10_000_000])
def test_many_lines_and_elements_keep_their_numbers(block_size):
    lines = [b'{"n": %d}' % number for number in range(1_000)]
    assert records_of(b"\n".join(lines), block_size=block_size) == list(enumerate(lines, 1))
    assert records_of(b"[" + b",".join(lines) + b"]", block_size=block_size) == list(enumerate(lines, 1))


@pytest.mark.parametrize("text", [b"", b"\n \r\n", b"\xef\xbb\xbf", b"[]", b" [ ]\n", gzip.compress(b"", mtime=0)])
def test_nothing_gives_no_record(text):
    assert chunks_of(text) == []


def test_many_members_of_a_gzip_file_are_read_with_padding_between():
    text = gzip.compress(b'{"a": 1}\n{"b"') + b"\0" * 9 + gzip.compress(b': 2}\n{"c": 3}') + b"\0" * 9
    for block_size in (1, 2, 5, 1000):
        assert records_of(text, block_size=block_size) == [(1, b'{"a": 1}'), (2, b'{"b": 2}'), (3, b'{"c": 3}')]


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


# --- what a source may be ---


def names_and_records(given_source, **options):
    return [(chunk.file, chunk.records) for chunk in read(given_source, stream="user_presences", **options)]


@pytest.mark.parametrize("text", ['[{"a": 1}, {"b": 2}]', '\n  [{"a": 1},\n{"b": 2}]', '{"a": 1}\n{"b": 2}\n'])
def test_json_text_is_data(text):
    assert names_and_records(text) == [("<source>", [b'{"a": 1}', b'{"b": 2}'])]
    assert describe(text) == [("<source>", len(text))]


def test_a_list_of_events_is_data():
    events = [{"a": "é"}, {"userPresenceEvents": [{"b": 1}, {"c": 1}]}, {}]
    (chunk,) = read(events, stream="user_presences")
    assert chunk == Chunk(
        "<source>",
        [1, 2, 2, 3],
        [b'{"a":"\\u00e9"}', b'{"b":1}', b'{"c":1}', b"{}"],
        [None, "userPresence", "userPresence", None],
        {3: "is an empty object"},
    )
    assert describe(events) == [("<source>", None)]
    assert names_and_records(tuple(events)) == names_and_records(events)
    assert names_and_records({"a": 1}) == [("<source>", [b'{"a":1}'])]
    assert names_and_records([]) == []


def test_what_is_not_json_in_a_list_of_events_is_an_error_of_its_own():
    (chunk,) = read([{"a": {1, 2}}, {"a": float("nan")}, {"b": 1}, {"a": "x" * MAX_RECORD}], stream="user_presences")
    assert sorted(chunk.errors) == [0, 1, 3]
    assert chunk.errors[0] == "is not JSON: Object of type set is not JSON serializable"
    assert chunk.errors[3] == "is over 1,000,000 bytes"
    assert chunk.records[2] == b'{"b":1}'
    assert max(map(len, chunk.records)) == 2_000


def test_10_000_events_are_the_most_that_are_taken_as_data():
    assert sum(len(chunk.records) for chunk in read([{"a": 1}] * 10_000, stream="user_presences")) == 10_000
    with pytest.raises(GenesysSourceError, match="10,001 events as data, 10,000 are the most: write JSON Lines"):
        list(read([{"a": 1}] * 10_001, stream="user_presences"))


@pytest.fixture
def files(tmp_path):
    (tmp_path / "more").mkdir()
    for name in ("b.jsonl", "a.jsonl", "c.json", "more/d.jsonl", ".hidden.jsonl"):
        (tmp_path / name).write_text(f'{{"file": "{name}"}}\n')
    (tmp_path / "empty.txt").touch()
    return tmp_path


@pytest.mark.parametrize(
    ("open_path", "scheme"),
    [(Path, ""), (UPath, ""), (UPath, "file://"), (ObjectStoragePath, ""), (ObjectStoragePath, "file://")],
)
def test_paths_and_globs_are_read_in_name_order(files, open_path, scheme):
    root = f"{scheme}{files}"

    def found(given_source):
        return [Path(name).name for name, _ in names_and_records(given_source, open_path=open_path)]

    assert found(f"{root}/*.jsonl") == ["a.jsonl", "b.jsonl"]
    assert found(f"{root}/*") == ["a.jsonl", "b.jsonl", "c.json"]
    assert found(f"{root}/*/*.jsonl") == ["d.jsonl"]
    assert found(f"{root}/**/*.jsonl") == ["a.jsonl", "b.jsonl", "d.jsonl"]
    assert found(f"{root}/.h*") == [".hidden.jsonl"]
    assert found([f"{root}/c.json", f"{root}/[ab].jsonl"]) == ["c.json", "a.jsonl", "b.jsonl"]
    assert found(open_path(f"{root}/b.jsonl")) == ["b.jsonl"]
    assert found([open_path(f"{root}/b.jsonl"), f"{root}/a.jsonl"]) == ["b.jsonl", "a.jsonl"]
    assert found(f"{root}/empty.txt") == []
    assert describe([f"{root}/c.json", f"{root}/e*"], open_path=open_path) == [
        (f"{root}/c.json", 19),
        (f"{root}/empty.txt", 0),
    ]


def test_a_relative_path_and_glob(files, monkeypatch):
    monkeypatch.chdir(files)
    assert describe(["c.json", "*.jsonl"]) == [("c.json", 19), ("a.jsonl", 20), ("b.jsonl", 20)]


def test_files_of_an_object_store_are_read():
    root = UPath("memory://source-test")
    for name in ("b.jsonl.gz", "a.jsonl.gz"):
        root.fs.pipe_file((root / "x" / name).path, gzip.compress(dump({"file": name})))
    try:
        assert names_and_records(f"{root}/x/*.gz", open_path=UPath) == [
            ("memory://source-test/x/a.jsonl.gz", [b'{"file": "a.jsonl.gz"}']),
            ("memory://source-test/x/b.jsonl.gz", [b'{"file": "b.jsonl.gz"}']),
        ]
        assert names_and_records(root / "x" / "b.jsonl.gz")[0][0] == "memory://source-test/x/b.jsonl.gz"
    finally:
        root.fs.rm(root.path, recursive=True)


@pytest.mark.parametrize(
    ("given_source", "message"),
    [
        ("{}/none.jsonl", "{}/none.jsonl: there is no such file"),
        (["{}/a.jsonl", "{}/none.jsonl"], "{}/none.jsonl: there is no such file"),
        ("{}/x*.jsonl", "{}/x*.jsonl: no file matches"),
        ("{}/none/*.jsonl", "{}/none/*.jsonl: no file matches"),
        ("{}/more", "{}/more: is not a file; name a folder's files with a glob like folder/*.jsonl"),
    ],
)
def test_what_cannot_be_a_source_is_named(files, given_source, message):
    def fill(value):
        return value.replace("{}", str(files)) if isinstance(value, str) else value

    filled = [fill(item) for item in given_source] if isinstance(given_source, list) else fill(given_source)
    for function in (lambda: next(read(filled, stream="user_presences")), lambda: describe(filled)):
        with pytest.raises(GenesysSourceError) as caught:
            function()
        assert str(caught.value) == fill(message)


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("s3://conn_id@bucket/x.jsonl", "s3://bucket/x.jsonl"),
        ("s3://key:pa@ss@bucket/x@y.jsonl", "s3://bucket/x@y.jsonl"),
        ("https://bucket.example/x.jsonl?signature=secret", "https://bucket.example/x.jsonl"),
    ],
)
def test_a_name_has_no_credentials(path, name):
    (chunk,) = read(Content(b'{"a": 1}', path), stream="user_presences")
    assert chunk.file == name
