"""What an author gives as source becomes files, JSON text or events; what never could is refused for good."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from airflow.providers.common.compat.sdk import ObjectStoragePath
from upath import UPath

from airflow_provider_genesys.events.inputs import find_inputs
from airflow_provider_genesys.events.source import describe, read
from airflow_provider_genesys.exceptions import GenesysConfigError, GenesysSourceError
from airflow_provider_genesys.tasks.paths import open_path


class Lazy(Sequence):
    """Reads what is in it when it is asked for, as Airflow's XComs of a mapped task do."""

    def __init__(self, items):
        self.items = items

    def __len__(self):
        return len(self.items)

    def __getitem__(self, index):
        return self.items[index]


OPENERS = pytest.mark.parametrize("opener", [Path, UPath, ObjectStoragePath, open_path], ids=lambda each: each.__name__)
ODD_NAMES = ["report[1].jsonl", "a*.jsonl", "who?.jsonl", "[x].jsonl", "{y}.jsonl", "[!z]", "day 1.jsonl", "50%.jsonl"]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    for name in [*ODD_NAMES, "report1.jsonl", "a1.jsonl", "a2.jsonl", "x.jsonl", "f[1]/in.jsonl", "f1/out.jsonl"]:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps({"file": name}) + "\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def files_of(source, opener=open_path):
    found = [
        json.loads(record)["file"]
        for each in read(source, stream="user_presences", open_path=opener)
        for record in each.records
    ]
    assert len(describe(source, open_path=opener)) == len(found)
    return found


@OPENERS
@pytest.mark.parametrize("name", ODD_NAMES)
def test_a_file_that_has_just_the_name_is_that_file(folder, name, opener):
    assert files_of(f"{folder}/{name}", opener) == [name]
    assert files_of([f"{folder}/{name}"], opener) == [name]
    assert files_of(f"file://{folder}/{name}", UPath) == [name]


@pytest.mark.parametrize("opener", [Path, open_path])
@pytest.mark.parametrize("name", ODD_NAMES)
def test_so_it_is_where_the_path_is_relative(folder, name, opener):
    assert files_of(name, opener) == [name]


@OPENERS
def test_a_folder_that_has_just_the_name_of_a_part_of_a_glob_is_that_folder(folder, opener):
    assert files_of(f"{folder}/f[1]/*.jsonl", opener) == ["f[1]/in.jsonl"]
    assert files_of(f"{folder}/f[12]/*.jsonl", opener) == ["f1/out.jsonl"]
    assert files_of(f"{folder}/a?.jsonl", opener) == ["a*.jsonl", "a1.jsonl", "a2.jsonl"]
    assert files_of(f"file://{folder}/f[1]/*.jsonl", UPath) == ["f[1]/in.jsonl"]


def test_a_pattern_that_is_none_is_refused_for_good(folder):
    with pytest.raises(GenesysConfigError, match=r"source: .* cannot be read .*\*\*"):
        describe(f"{folder}/a**.jsonl")


@OPENERS
@pytest.mark.parametrize("name", ["x" * 300 + ".jsonl", "x" * 300 + "*.jsonl", "/".join(["long"] * 1_000)])
def test_a_name_too_long_for_any_file_is_told_by_argument(folder, name, opener):
    with pytest.raises(GenesysConfigError, match=r"events: .* cannot be read .*File name too long"):
        describe(f"{folder}/{name}", open_path=opener, argument="events")


def test_a_name_that_is_too_long_only_when_it_is_encoded_is_missing(folder):
    with pytest.raises(GenesysSourceError, match="there is no such file"):
        describe(f"{folder}/{'ö' * 100}", open_path=open_path)


def test_text_of_python_is_refused_for_good_however_long_it_is(folder):
    for length in range(150, 260, 7):
        text = str({"userId": "u" * length, "eventDateTime": "2026-11-16T09:12:58.000Z"})
        with pytest.raises(GenesysConfigError, match="tojson"):
            describe(text, open_path=open_path)


# --- dead letters and the folders of runs ---

NAMED = "dag/manual__2026-11-16T00%3A00%3A00%2B00%3A00/publish/dead-letters"
SHOWN = "dag/manual__2026-11-16T00:00:00+00:00/publish/dead-letters"


@pytest.fixture
def letters(tmp_path):
    (tmp_path / NAMED).mkdir(parents=True)
    for name in ("01-000001.jsonl", "00-000001.jsonl", "00-000002.jsonl", ".genesys-1.tmp"):
        (tmp_path / NAMED / name).write_text(json.dumps({"file": name}) + "\n")
    return tmp_path


@OPENERS
@pytest.mark.parametrize("scheme", ["", "file://"])
@pytest.mark.parametrize("shown", [NAMED, SHOWN])
def test_a_folder_of_dead_letters_is_the_files_in_it_also_of_a_run_as_airflow_shows_it(letters, shown, scheme, opener):
    opener = UPath if scheme and opener is Path else opener
    everything = ["00-000001.jsonl", "00-000002.jsonl", "01-000001.jsonl"]
    for ending in ("", "/", "/*.jsonl"):
        assert files_of(f"{scheme}{letters}/{shown}{ending}", opener) == everything
    assert files_of(f"{scheme}{letters}/{shown}/00-000002.jsonl", opener) == everything[1:2]
    assert files_of(f"{scheme}{letters}/dag/manual__2026-11-16T00:*/publish/dead-letters", opener) == everything


@OPENERS
def test_so_is_a_path_object_of_it(letters, opener):
    assert len(files_of(opener(str(letters / NAMED)))) == 3
    assert len(files_of([[opener(str(letters / NAMED))], str(letters / NAMED / "00-000001.jsonl")])) == 4


def test_a_folder_of_dead_letters_without_any_is_an_error(tmp_path):
    (tmp_path / "dead-letters").mkdir()
    with pytest.raises(GenesysSourceError, match="dead-letters: there are no dead letters in this folder"):
        describe(str(tmp_path / "dead-letters"))


# --- lists in lists ---


def test_a_list_in_itself_is_refused_for_good():
    itself = []
    itself.append(itself)
    with pytest.raises(GenesysConfigError, match="source has lists in lists that are too deep to be read"):
        describe(itself)


@pytest.mark.parametrize("nest", [list, tuple, Lazy])
def test_lists_in_lists_are_one(folder, nest):
    one, two = f"{folder}/a1.jsonl", Path(f"{folder}/a2.jsonl")
    assert files_of(nest([one, two])) == ["a1.jsonl", "a2.jsonl"]
    assert files_of(nest([nest([one]), nest([two, one]), []])) == ["a1.jsonl", "a2.jsonl", "a1.jsonl"]
    assert files_of([one, nest([nest([two])])]) == ["a1.jsonl", "a2.jsonl"]
    assert files_of(json.dumps([[one], [str(two)]])) == ["a1.jsonl", "a2.jsonl"]
    assert files_of(json.dumps([one, str(two)])) == ["a1.jsonl", "a2.jsonl"]
    assert files_of(json.dumps(one)) == ["a1.jsonl"]
    events = [{"n": 1}, {"n": 2}, {"n": 3}]
    for source in (nest([nest(events[:2]), nest(events[2:])]), json.dumps([events[:2], events[2:]])):
        (chunk,) = read(source, stream="user_presences")
        assert [json.loads(record) for record in chunk.records] == events
        assert (chunk.file, list(chunk.lines), chunk.errors) == ("<source>", [1, 2, 3], {})
    assert find_inputs('[[{"n":1,"n":2}],[{"n":3}]]', open_path, "records", things="records") == [
        ("<records>", b'[[{"n":1,"n":2}],[{"n":3}]]')
    ], "as data the first would be lost"
    texts = [chunk.records for chunk in read([json.dumps(events[:1]), '{"n": 2}'], stream="user_presences")]
    assert texts == [[b'{"n": 1}'], [b'{"n": 2}']]


# --- refused for good ---


@pytest.mark.parametrize(
    "rendered",
    [
        str(["a.jsonl", "b.jsonl"]),
        str([["it's.jsonl"], ["b.jsonl"]]),
        str(("a.jsonl", "b.jsonl")),
        str([{"userId": "a"}]),
        str({"userId": "a"}),
        "\n " + str([{"userId": "a"}] * 300),
        "[{\"a\": 1}, {'b': 2}]",
        str([{1: True}, None]),
        str([{}, {"a": None}]),
        str([{"a": dt.datetime(2026, 1, 1, tzinfo=dt.UTC)}]),
        str([Path("a.jsonl")]),
        str([UPath("memory://a.jsonl")]),
        "(1, 2)",
        "(1,)",
        "()",
        "(None, None)",
        " (dt.date(2026, 1, 1),) ",
        "{1, 2}",
        "frozenset({1, 2})",
        "dict_keys(['a', 'b'])",
        "LazySelectSequence([3 items])",
        "<generator object run at 0x7f>",
        "None",
        "null",
        "[",
        "{nope",
    ],
)
def test_text_that_a_template_made_of_data_is_refused_with_advice(rendered):
    for function in (lambda: describe(rendered), lambda: next(read([[rendered]], stream="user_presences"))):
        with pytest.raises(GenesysConfigError) as caught:
            function()
        assert "is neither JSON nor the name of a file" in str(caught.value)
        for advice in ("source=task.output", "{{ ... | tojson }}", "render_template_as_native_obj=True"):
            assert advice in str(caught.value)
        assert len(str(caught.value)) < 300


@pytest.mark.parametrize(
    ("given_source", "error", "message"),
    [
        ('[{"a\udcb1: 1}]', GenesysConfigError, "is neither JSON nor the name of a file"),
        ('[{"a": "\ud800", }]', GenesysConfigError, "is neither JSON nor the name of a file"),
        ("data\ud800.jsonl", GenesysSourceError, "there is no such file"),
        ("data\udcb1/*.jsonl", GenesysSourceError, "no file matches"),
        ("memory://data\ud800/a.jsonl", GenesysSourceError, "there is no such file"),
    ],
)
def test_half_a_surrogate_pair_is_a_mistake_like_another(given_source, error, message):
    for function in (lambda: next(read([[given_source]], stream="user_presences")), lambda: describe(given_source)):
        with pytest.raises(error, match=message):
            function()


def test_a_file_may_be_named_like_a_tuple(folder):
    file = folder / "(1, 2)"
    file.write_text('{"a": 1}')
    (chunk,) = read(str(file), stream="user_presences")
    assert chunk.records == [b'{"a": 1}']
    with pytest.raises(GenesysSourceError, match="there is no such file"):
        describe(str(folder / "(3)"))


def test_a_broken_value_among_json_is_left_to_the_validation():
    chunks = list(read('{"a": 1}\n{"b": \n{"c": 3}\n', stream="user_presences"))
    assert [record for chunk in chunks for record in chunk.records] == [b'{"a": 1}', b'{"b":', b'{"c": 3}']


@pytest.mark.parametrize(
    ("given_source", "message"),
    [
        ("", "source is an empty path"),
        (" ", "source is an empty path"),
        ([["", "a"]], "source is an empty path"),
        (5, "source is made of paths or of events (dict), not of int"),
        ([[5]], "source is made of paths or of events (dict), not of int"),
        (b"[]", "source is made of paths or of events (dict), not of bytes"),
        ({"a.jsonl"}, "source is made of paths or of events (dict), not of set"),
        (
            None,
            "source is made of paths or of events (dict), not of None: the task that should have given it gave nothing",
        ),
        (
            ["a.jsonl", [{"a": 1}]],
            "source has both paths and events in it: publish them in two tasks, or write a file",
        ),
        (
            [Path("a.jsonl"), {"a": 1}],
            "source has both paths and events in it: publish them in two tasks, or write a file",
        ),
    ],
)
def test_what_can_never_be_a_source_is_refused_for_good(given_source, message):
    for function in (lambda: next(read(given_source, stream="user_presences")), lambda: describe(given_source)):
        with pytest.raises(GenesysConfigError) as caught:
            function()
        assert str(caught.value) == message
