"""Records of Parquet files: typed values, dotted names, torn files, and stores that refuse."""

from __future__ import annotations

import json
import sys
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from airflow_provider_genesys.exceptions import GenesysConfigError, GenesysSourceError, GenesysStorageError
from airflow_provider_genesys.interactions import parquet as reader
from airflow_provider_genesys.interactions import reading
from airflow_provider_genesys.interactions.mapping_file import mapping_of_text
from tests.unit.interactions.world import CSV, HEADER, JSON, LINE, OBJECT, UNFILTERED, rows, run

TYPED = """\
reads: {format: parquet}
times: {zone: Europe/Berlin}
values: {start: {time: [day, clock]}}
interaction:
  id: id
  direction: {column: how.direction, table: {IN: inbound}}
  started: start
  ended: {time: [start], plus: [wait, {column: talk_ms, as: ms}]}
  customer: {address: how.numbers.0}
  info: {paid: paid}
legs:
  - {kind: queue, party: topic.name, started: start, ended: {time: start, plus: wait}}
  - each: {part: parts}
    kind: agent
    key: part.id
    party: part.name
    started: part.since
    answered: part.since
    after_call_work: part.worked
"""
RECORD: dict[str, Any] = {
    "id": 4711,
    "day": date(2026, 11, 16),
    "clock": time(9, 0),
    "wait": timedelta(seconds=10),
    "talk_ms": Decimal("90000.000"),
    "paid": 1e16,
    "how": {"direction": b"IN", "numbers": ["+15550100"]},
    "topic": '{"name": "Sales"}',
    "parts": [{"id": 1, "name": "Ann", "since": datetime.fromisoformat("2026-11-16T09:00:10"), "worked": True}],
}


@pytest.fixture
def arrow() -> Any:
    return pytest.importorskip("pyarrow", reason="the extra parquet is not installed")


def written(records: list[dict[str, Any]], schema: Any = None, **options: Any) -> bytes:
    import pyarrow as pa  # noqa: PLC0415
    from pyarrow import parquet  # noqa: PLC0415

    file = BytesIO()
    parquet.write_table(pa.Table.from_pylist(records, schema=schema), file, **options)
    return file.getvalue()


def read(content: Any, mapping: str = UNFILTERED) -> list[reading.Row]:
    return list(reading.read_rows("f.parquet", content, mapping_of_text(mapping, "m.yaml")))


def test_typed_values_are_told_as_their_texts(arrow: Any) -> None:
    found = run(TYPED, written([RECORD]))
    assert found.account.converted == 1, found.rejects
    times = {event["eventDateTime"] for event in found.events}
    assert times == {"2026-11-16T08:00:00.000Z", "2026-11-16T08:00:10.000Z", "2026-11-16T08:01:40.000Z"}
    assert found.events[0]["ani"] == "+15550100"
    (row,) = read(written([RECORD]), TYPED)
    assert row.record == {
        "id": "4711",
        "day": "2026-11-16",
        "clock": "09:00:00",
        "wait": "10.0",
        "talk_ms": "90000.000",
        "paid": "10000000000000000",
        "how": {"direction": "IN", "numbers": ["+15550100"]},
        "topic": '{"name": "Sales"}',
        "parts": [{"id": "1", "name": "Ann", "since": "2026-11-16T09:00:10", "worked": True}],
    }


def test_times_keep_their_moment_in_whatever_unit_and_zone(arrow: Any) -> None:
    at = datetime(2026, 11, 16, 9, 0, 0, 250000, tzinfo=ZoneInfo("Europe/Berlin"))
    for unit in ("s", "ms", "us", "ns"):
        schema = arrow.schema(
            [
                ("zoned", arrow.timestamp(unit, "Europe/Berlin")),
                ("plain", arrow.timestamp(unit)),
                ("deep", arrow.list_(arrow.struct([("at", arrow.timestamp(unit, "America/New_York"))]))),
                ("named", arrow.map_(arrow.string(), arrow.timestamp(unit))),
            ]
        )
        value = at.replace(microsecond=0) if unit == "s" else at
        plain = value.replace(tzinfo=None)
        record = {"zoned": value, "plain": plain, "deep": [{"at": value}], "named": [("x", plain)]}
        (row,) = read(written([record], schema))
        fraction = "" if unit == "s" else ".250000"
        assert row.record == {
            "zoned": f"2026-11-16T08:00:00{fraction}+00:00",
            "plain": f"2026-11-16T09:00:00{fraction}",
            "deep": [{"at": f"2026-11-16T08:00:00{fraction}+00:00"}],
            "named": {"x": f"2026-11-16T09:00:00{fraction}"},
        }


def test_times_of_old_writers_and_nanoseconds_are_read(arrow: Any) -> None:
    schema = arrow.schema([("at", arrow.timestamp("ns"))])
    content = written(
        [{"at": datetime.fromisoformat("2026-11-16T09:00")}], schema, use_deprecated_int96_timestamps=True
    )
    assert [row.record for row in read(content)] == [{"at": "2026-11-16T09:00:00"}]
    table = arrow.table({"at": arrow.array([1_700_000_000_123_456_789, None], arrow.timestamp("ns"))})
    file = BytesIO()
    from pyarrow import parquet  # noqa: PLC0415

    parquet.write_table(table, file)
    assert [row.record for row in read(file.getvalue())] == [{"at": "2023-11-14T22:13:20.123456"}, {"at": None}]


def test_a_mapping_for_another_format_reads_parquet_too(arrow: Any, tmp_path: Path) -> None:
    file = tmp_path / "named-otherwise.bin"
    file.write_bytes(written([OBJECT, OBJECT | {"Id": "c2"}]))
    assert run(JSON, file).events == run(JSON, [OBJECT, OBJECT | {"Id": "c2"}]).events
    texts = dict(zip(HEADER.split(";"), LINE.split(";"), strict=True))
    assert run(CSV, written([texts])).events == run(CSV, rows(LINE)).events


def test_columns_that_are_not_there_are_told_before_any_row_is_read(arrow: Any) -> None:
    mapping = TYPED.replace("how.direction", "how.directoin").replace("wait", "waits").replace("parts}", "prats}")
    with pytest.raises(GenesysConfigError) as failure:
        run(mapping, written([RECORD]))
    assert str(failure.value).splitlines() == [
        "the mapping does not fit the records:",
        "  m.yaml, line 6: there is no column 'how.directoin' in f1; did you mean 'how.direction'?",
        "  m.yaml, line 8: there is no column 'waits' in f1; did you mean 'wait'?",
        "  m.yaml, line 13: there is no column 'prats' in f1; did you mean 'parts'?",
    ]


def test_rejects_are_told_by_their_row_and_can_be_given_again(arrow: Any) -> None:
    unknown = RECORD | {"id": 4712, "topic": '{"name": "Nobody knows"}'}
    found = run(TYPED, written([RECORD, unknown]))
    assert (found.account.converted, found.account.rejected) == (1, 1)
    assert found.rejects[0]["line"] == 2
    again = run(TYPED, found.rejects_file.replace(b"Nobody knows", b"Sales"))
    assert (again.account.converted, again.account.records) == (1, 1)


def test_what_cannot_be_read_costs_its_row_alone(arrow: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MAX_RECORD", 1000)
    no_text = arrow.Array.from_buffers(arrow.string(), 4, arrow.array([b"\xff\xfe", b"ok", b"x" * 999, b""]).buffers())
    far = arrow.array([0, 0, 0, 10**18], arrow.timestamp("us"))
    file = BytesIO()
    from pyarrow import parquet  # noqa: PLC0415

    parquet.write_table(arrow.table({"s": no_text, "at": far}), file)
    found = read(file.getvalue())
    assert [row.line for row in found if row.record is not None] == [2]
    assert [row.reason.split(":")[0] for row in found] == [
        "holds what is no text",
        "",
        "is over 1,000 characters",
        "holds what cannot be read",
    ]


def test_a_torn_file_is_an_error_that_names_it(arrow: Any, tmp_path: Path) -> None:
    whole = written([RECORD | {"id": number} for number in range(2000)])
    broken = bytearray(whole)
    broken[4:40] = bytes(36)
    for content in (whole[:-1], whole[: len(whole) // 2], whole[:4], b"", whole[1:], bytes(broken)):
        file = tmp_path / "calls.parquet"
        file.write_bytes(content)
        with pytest.raises(GenesysSourceError, match=r"^calls\.parquet: is no Parquet, or torn"):
            list(reading.read_rows(file.name, file, mapping_of_text(TYPED, "m.yaml")))


def test_a_format_of_parquet_reads_nothing_else(arrow: Any) -> None:
    import gzip  # noqa: PLC0415

    with pytest.raises(GenesysSourceError, match=r"f1: is no Parquet, or torn: it does not begin with PAR1\.$"):
        run(TYPED, "id;day\n")
    with pytest.raises(GenesysSourceError, match="gzipped as a whole"):
        run(TYPED, gzip.compress(written([RECORD])))
    with pytest.raises(GenesysConfigError, match="encoding goes with the formats csv and json and log"):
        mapping_of_text(TYPED.replace("format: parquet", "format: parquet, encoding: cp1252"), "m.yaml")


def test_without_pyarrow_the_error_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(GenesysConfigError, match=r"f1 is Parquet.*pip install 'airflow-provider-genesys\[parquet\]'"):
        run(JSON, b"PAR1 and more")


def test_a_store_that_gives_no_more_is_told_from_a_torn_file(arrow: Any) -> None:
    from upath import UPath  # noqa: PLC0415

    content = written([RECORD])
    path = UPath("memory://parquet/calls.parquet")
    path.write_bytes(content)
    assert len(read(path, TYPED)) == 1

    class Failing(BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            raise TimeoutError("the store does not answer")

    class Store:
        name = "calls.parquet"
        protocol = "memory"
        opened = 0

        def open(self, mode: str, **options: Any) -> Any:
            self.opened += 1
            return BytesIO(content) if self.opened == 1 else Failing(content)

        def __str__(self) -> str:
            return "memory://calls.parquet"

    with pytest.raises(GenesysStorageError, match=r"records: memory://calls\.parquet cannot be read"):
        read(Store(), TYPED)


def test_nothing_is_what_is_no_number() -> None:
    assert [reader._digits(number) for number in (1e22, 0.5, 1e-7, float("nan"))] == [
        "10000000000000000000000",
        "0.5",
        "0.0000001",
        None,
    ]
    assert json.dumps(reader._readable({"a": [Decimal("1E+2")]})) == '{"a": ["100"]}'
