"""Shapes in which many events would count as one invalid record, and what stands between events."""

from __future__ import annotations

import base64
import bz2
import gzip
import json
import lzma
import zlib
from pathlib import Path

import pytest

from airflow_provider_genesys.events.source import MAX_RECORD, read
from airflow_provider_genesys.exceptions import GenesysSourceError

EVENTS = [
    {"userId": f"u{number}", "eventDateTime": f"2026-11-16T09:00:0{number}.000Z", "presence": "x"}
    for number in range(4)
]
LINES = [json.dumps(event) for event in EVENTS]


def _read(tmp_path: Path, text: str | bytes) -> list[bytes]:
    file = tmp_path / "events.json"
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    return [record for chunk in read(str(file), stream="user_presences") for record in chunk.records]


@pytest.mark.parametrize(
    ("key", "record"),
    [
        ("data", {"data": "\n".join(LINES)}),
        ("userPresenceEvents", {"userPresenceEvents": {str(at): event for at, event in enumerate(EVENTS)}}),
        ("userPresenceEvents", {"userPresenceEvents": json.dumps(EVENTS)}),
        ("data", {"eventDateTime": "2026-11-16T09:00:00.000Z", "userId": "x", "data": EVENTS}),
        ("data", {"data": EVENTS, "userId": "x", "eventDateTime": "2026-11-16T09:00:00.000Z"}),
    ],
)
@pytest.mark.parametrize("indent", [None, 2])
def test_an_object_that_holds_events_is_an_error_of_the_source(
    tmp_path: Path, key: str, record: dict[str, object], indent: int | None
) -> None:
    with pytest.raises(GenesysSourceError, match=f"holds events under the key '{key}'"):
        _read(tmp_path, json.dumps(record, indent=indent))


NAMES = list(EVENTS[0])
ROWS = [list(event.values()) for event in EVENTS]


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize(
    "table",
    [
        {name: {str(at): event[name] for at, event in enumerate(EVENTS)} for name in NAMES},
        {name: [event[name] for event in EVENTS] for name in NAMES},
        {"columns": NAMES, "index": [0, 1, 2, 3], "data": ROWS},
        {"columns": NAMES, "rows": ROWS},
    ],
)
@pytest.mark.parametrize("separators", [(", ", ": "), (",", ":")])
def test_a_table_is_an_error_of_the_source(
    tmp_path: Path, table: dict[str, object], indent: int | None, separators: tuple[str, str]
) -> None:
    with pytest.raises(GenesysSourceError, match="holds events as columns"):
        _read(tmp_path, json.dumps(table, indent=indent, separators=separators))


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("orient", ["columns", "list", "split"])
def test_a_table_that_is_too_long_for_a_record_is_an_error_of_the_source(
    tmp_path: Path, indent: int | None, orient: str, longest: int
) -> None:
    rows = EVENTS * 800
    columns = {name: [event[name] for event in rows] for name in NAMES}
    tables: dict[str, object] = {
        "columns": {name: {str(at): value for at, value in enumerate(values)} for name, values in columns.items()},
        "list": columns,
        "split": {"columns": NAMES, "index": list(range(len(rows))), "data": [list(event.values()) for event in rows]},
    }
    text = json.dumps(tables[orient], indent=indent)
    assert len(text) > longest
    with pytest.raises(GenesysSourceError, match="holds events as columns"):
        _read(tmp_path, text)


def test_a_time_that_is_an_object_is_one_invalid_record(tmp_path: Path) -> None:
    odd = [EVENTS[0] | {"eventDateTime": {"$date": "2026-11-16T09:00:00Z"}, "createdAt": {"$date": "x"}}] * 2
    assert len(_read(tmp_path, "\n".join(map(json.dumps, odd)))) == 2


@pytest.mark.parametrize("record", [{"userPresenceEvents": "none"}, {"userPresenceEvents": {"a": 1}}, {"usreId": "x"}])
def test_what_holds_no_event_is_one_invalid_record(tmp_path: Path, record: dict[str, object]) -> None:
    assert len(_read(tmp_path, json.dumps(record) + "\n" + LINES[0])) == 2


@pytest.mark.parametrize("indent", [None, 2])
def test_a_json_array_of_arrays_is_flattened(tmp_path: Path, indent: int | None) -> None:
    records = _read(tmp_path, json.dumps([EVENTS[:2], [EVENTS[2:]]], indent=indent))
    assert [json.loads(record) for record in records] == EVENTS


def test_lists_without_end_in_each_other_are_one_record(tmp_path: Path) -> None:
    assert len(_read(tmp_path, "[" * 5_000 + LINES[0] + "]" * 5_000)) == 1


@pytest.mark.parametrize("between", ["\n,\n", "\n\x1e\n", "\n\ufeff", "\ufeff", "\n\ufeff\n", "\n , \n"])
def test_what_stands_between_events_is_no_event(tmp_path: Path, between: str) -> None:
    records = _read(tmp_path, between.join(LINES))
    assert [json.loads(record) for record in records] == EVENTS


TORN = LINES[1][:60]


@pytest.mark.parametrize("between", ["", ",", " ", ",\n"])
@pytest.mark.parametrize("around", ["{}", "[{}]"])
@pytest.mark.parametrize("broken", [TORN, LINES[1].replace('"x"', '"a"b"'), LINES[1].replace('"x"', "{")])
def test_a_broken_value_swallows_no_others_unsaid(tmp_path: Path, between: str, around: str, broken: str) -> None:
    text = around.format(between.join([LINES[0], broken, *LINES[2:]]))
    with pytest.raises(GenesysSourceError, match=r"no JSON as a whole, and \d events"):
        _read(tmp_path, text)


@pytest.mark.parametrize("broken", [TORN, LINES[1].replace('"x"', '"a"b"'), LINES[1].replace('"x"', "NaN")])
def test_a_body_that_is_broken_is_told_as_that(tmp_path: Path, broken: str) -> None:
    body = '{"userPresenceEvents": [' + ", ".join([LINES[0], broken, *LINES[2:]]) + "]}"
    with pytest.raises(GenesysSourceError, match=r"no JSON as a whole, and 4 events|holds events"):
        _read(tmp_path, body)


def test_a_file_whose_first_line_is_torn_is_told_as_that(tmp_path: Path) -> None:
    with pytest.raises(GenesysSourceError, match="4 events seem to be in it"):
        _read(tmp_path, "\n".join(['{"userId": "u", "eventDateTime":', *LINES[1:]]))


def test_one_torn_event_is_one_invalid_record(tmp_path: Path) -> None:
    assert len(_read(tmp_path, LINES[0] + TORN)) == 2
    assert len(_read(tmp_path, "[" + ",".join([*LINES, TORN]))) == len(LINES) + 1


@pytest.mark.parametrize(
    "table",
    [
        {"fields": NAMES, "rows": ROWS},
        {
            name: {str(at): event[key] for at, event in enumerate(EVENTS)}
            for name, key in zip("abc", NAMES, strict=True)
        },
    ],
)
def test_tables_whose_columns_have_other_names_are_seen(tmp_path: Path, table: dict[str, object]) -> None:
    with pytest.raises(GenesysSourceError, match="holds events as columns"):
        _read(tmp_path, json.dumps(table))


# --- rows in another platform's words ---

FOREIGN = [{"user_id": f"u{number}", "at": f"2026-11-16T09:00:0{number}Z", "state": "Busy"} for number in range(4)]


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize(
    ("key", "record"),
    [
        ("presences", {"presences": FOREIGN}),
        ("presences", {"presences": FOREIGN, "total": 4, "next": "https://x.example/2"}),
        ("presences", {"userId": "u", "presences": FOREIGN}),
        ("presences", {"presences": [FOREIGN]}),
        ("presences", {"presences": list(map(json.dumps, FOREIGN))}),
        ("answer", {"answer": {"presences": FOREIGN}}),
        ("rows", {"fields": list(FOREIGN[0]), "rows": [list(row.values()) for row in FOREIGN], "more": False}),
        ("otherEvents", {"otherEvents": FOREIGN}),
        ("presences", {"presences": FOREIGN * (MAX_RECORD // 200)}),
    ],
)
def test_rows_under_whatever_key_are_an_error_of_the_source(
    tmp_path: Path, key: str, record: dict[str, object], indent: int | None
) -> None:
    with pytest.raises(GenesysSourceError, match=f"holds events under the key '{key}'"):
        _read(tmp_path, json.dumps(record, indent=indent))


def test_columns_in_other_words_are_an_error_of_the_source(tmp_path: Path) -> None:
    columns = {name: [row[name] for row in FOREIGN] for name in FOREIGN[0]}
    with pytest.raises(GenesysSourceError, match="holds events as columns"):
        _read(tmp_path, LINES[0] + "\n" + json.dumps(columns))


@pytest.mark.parametrize(
    "record",
    [
        {"presences": FOREIGN[:1]},
        {"presences": [[], [{}]]},
        {"tags": ["a", "b"]},
        {"userId": "u", "presence": "x", "tags": FOREIGN},
        {"userId": ["u"], "tags": ["a"]},
    ],
)
def test_what_holds_no_rows_is_one_invalid_record(tmp_path: Path, record: dict[str, object]) -> None:
    assert len(_read(tmp_path, json.dumps(record) + "\n" + LINES[0])) == 2


# --- what is no JSON ---

TEXT = "\n".join(LINES)
CSV = "\n".join(",".join(row) for row in [NAMES, *ROWS])
QUOTED = ['"' + line.replace('"', '""') + '"' for line in LINES]
PACKED = [zlib.compress(TEXT.encode()), bz2.compress(TEXT.encode()), lzma.compress(TEXT.encode())]


@pytest.mark.parametrize("before", ["", "\n\n", "\ufeff\n", "\ufeff\ufeff"])
@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("Base64", base64.b64encode(TEXT.encode()).decode()),
        ("Base64", base64.urlsafe_b64encode(TEXT.encode()).decode() + "\n"),
        ("Base64", base64.encodebytes(TEXT.encode()).decode()),
        ("XML or HTML", "<events>" + "<event><user>u</user></event>" * 4 + "</events>"),
        ("XML or HTML", '<?xml version="1.0"?>\n<events>' + "<event><user>u</user></event>" * 4 + "</events>"),
        ("XML or HTML", "<!DOCTYPE html>\n<html>\n<style>body {margin: 0}</style>\n<h1>Log in</h1></html>"),
        ("CSV", CSV),
        ("CSV", CSV.replace("\n", "\r")),
        ("CSV", CSV.replace("\n", "\r\n")),
        ("CSV", CSV.replace(",", ";").replace("eventDateTime", "at")),
        ("JSON in quotation marks", QUOTED[0]),
        ("JSON in quotation marks", "\n".join(QUOTED)),
        ("JSON in quotation marks", '"[' + ",".join(QUOTED) + ']"'),
        ("JSON in quotation marks", json.dumps(json.dumps(EVENTS))),
        ("plain text", "- userId: u\n  eventDateTime: 2026-11-16T09:00:00.000Z\n"),
    ],
)
@pytest.mark.parametrize("block_size", [1, 7, 100_000])
def test_an_input_that_is_no_json_is_an_error_that_says_what_it_is(
    tmp_path: Path, form: str, text: str, before: str, block_size: int
) -> None:
    file = tmp_path / "events.json"
    file.write_bytes((before + text).encode())
    with pytest.raises(GenesysSourceError, match=f"this is {form}, not JSON") as caught:
        list(read(str(file), stream="user_presences", block_size=block_size))
    assert caught.value.line == 1 + before.count("\n")


@pytest.mark.parametrize("packed", [*PACKED, gzip.compress(TEXT.encode())])
@pytest.mark.parametrize("before", [TEXT + "\n", json.dumps(EVENTS) + "\n", json.dumps(EVENTS[0], indent=1)])
def test_bytes_behind_events_are_an_error_of_the_source(tmp_path: Path, packed: bytes, before: str) -> None:
    with pytest.raises(GenesysSourceError, match="this is binary data, not JSON"):
        _read(tmp_path, before.encode() + packed)


def test_bytes_at_the_beginning_are_an_error_of_the_source(tmp_path: Path) -> None:
    for packed in PACKED:
        with pytest.raises(GenesysSourceError, match="binary"):
            _read(tmp_path, packed)


@pytest.mark.parametrize(
    "stray", ["no json", "\x1b[31mWARNING\x1b[0m: 5 events", "Gr\xfc\xdfe", LINES[1][40:], '{"userId": "use']
)
def test_a_stray_or_torn_line_is_one_invalid_record(tmp_path: Path, stray: str) -> None:
    for lines in ([*LINES, stray], [LINES[0], stray, *LINES[1:]]):
        assert len(_read(tmp_path, "\n".join(lines).encode("latin-1"))) == 1 + len(LINES)
    if stray != "\x1b[31mWARNING\x1b[0m: 5 events":
        assert len(_read(tmp_path, stray)) == 1


def test_a_file_that_was_cut_by_size_begins_with_one_invalid_record(tmp_path: Path) -> None:
    for end in ("", ",", " ,\r"):
        assert len(_read(tmp_path, "\n".join([LINES[0][20:] + end, *LINES]))) == 1 + len(LINES)
