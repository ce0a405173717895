"""The input is read as a stream: each record as it came in, none lost, whatever the form and the size of the blocks."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from airflow.providers.common.compat.sdk import ObjectStoragePath
from hypothesis import given
from hypothesis import strategies as st
from upath import UPath

from airflow_provider_genesys.events.source import MAX_RECORD, Chunk, describe, read
from airflow_provider_genesys.exceptions import GenesysSourceError
from tests.harness.examples import examples
from tests.unit.events.contents import BLOCK_SIZES, EVENT, PACKED, VALUE, Content, chunks_of, dump, records_of, rows_of


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
