"""Shapes in which many events would count as one invalid record, and what stands between events."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from airflow_provider_genesys.events.source import read
from airflow_provider_genesys.exceptions import GenesysSourceError

EVENTS = [
    {"userId": f"u{number}", "eventDateTime": f"2026-11-16T09:00:0{number}.000Z", "presence": "x"}
    for number in range(4)
]
LINES = [json.dumps(event) for event in EVENTS]


def _read(tmp_path: Path, text: str) -> list[bytes]:
    file = tmp_path / "events.json"
    file.write_text(text, encoding="utf-8")
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
    tmp_path: Path, indent: int | None, orient: str
) -> None:
    rows = EVENTS * 8_000
    columns = {name: [event[name] for event in rows] for name in NAMES}
    tables: dict[str, object] = {
        "columns": {name: {str(at): value for at, value in enumerate(values)} for name, values in columns.items()},
        "list": columns,
        "split": {"columns": NAMES, "index": list(range(len(rows))), "data": [list(event.values()) for event in rows]},
    }
    with pytest.raises(GenesysSourceError, match="holds events as columns"):
        _read(tmp_path, json.dumps(tables[orient], indent=indent))


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
