"""However large an input is, it takes no more memory than a small one."""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
import tracemalloc
from pathlib import Path

import pytest

from airflow_provider_genesys.events.source import read
from tests.unit.events.contents import Content, dump
from tests.unit.interactions.test_calls_of_the_example import DATA, HEADER, ROOT

PEAK = r"""
import pathlib, re
def peak():  # not ru_maxrss, which a process inherits from the one that started it
    return int(re.search(r"VmHWM:\s+(\d+)", pathlib.Path("/proc/self/status").read_text())[1]) // 1024
"""
tells_its_peak = pytest.mark.skipif(
    not Path("/proc/self/status").exists(), reason="reads the peak of memory from Linux"
)


def block_of(end: bytes) -> bytes:
    return b"".join(b'{"number": %d, "filling": "%s"}%s' % (number, b"x" * 215, end) for number in range(1_000))


@pytest.mark.parametrize("form", ["lines", "array", "body lines", "one endless line"])
def test_a_big_stream_is_read_in_flat_memory(form: str) -> None:
    """It generates 6 MB or more; the same holds for any size."""
    lines, array = block_of(b"\n"), block_of(b",")
    body = dump({"userPresenceEvents": [json.loads(line) for line in lines.splitlines()[:100]]}) + b"\n"
    blocks, expected = {
        "lines": (lambda: itertools.repeat(lines, 24), 24_000),
        "array": (lambda: itertools.chain([b"["], itertools.repeat(array, 24), [b'{"end": 1}]']), 24_001),
        "body lines": (lambda: itertools.repeat(body, 200), 20_000),
        "one endless line": (lambda: itertools.chain([b'{"a": "'], itertools.repeat(b"x" * 250_000, 24)), 1),
    }[form]
    tracemalloc.start()
    try:
        count = sum(len(chunk.records) for chunk in read(Content(blocks), stream="user_presences"))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert count == expected
    assert peak < 4_000_000


@tells_its_peak
def test_many_calls_are_converted_in_flat_memory(tmp_path: Path) -> None:
    """8,000 calls make 64,000 events and 25 MB of JSON; held in memory, they would take 23 MB."""
    script = (
        PEAK
        + r"""
import sys
from airflow_provider_genesys.interactions.converting import convert
from airflow_provider_genesys.interactions.directory import Directory
from airflow_provider_genesys.interactions.ids import stable_id
from airflow_provider_genesys.interactions.mapping_file import read_mapping
header = sys.argv[2]
mapping = read_mapping(pathlib.Path(sys.argv[1]))
ids = {"users": {"Ann": stable_id("a")}, "queues": {"Sales": stable_id("q")}}
directory = Directory(source_id="s", wrap_up_codes={"resolved": stable_id("r")}, **ids)
def run(count):
    lines = (f"ID{n};Ann;01.01.2021;{n % 86400 / 86400};Sales;Y;Y;109;12:02:23 AM" for n in range(count))
    pathlib.Path("calls.csv").write_text("\n".join([header, *lines]))
    with open("events", "wb") as events, open("rejects", "wb") as rejects, open("held", "wb") as held:
        inputs = [("calls.csv", pathlib.Path("calls.csv"))]
        return convert(inputs, mapping, directory, events=events, rejects=rejects, held_back=held)
run(100)
before = peak()
account = run(8_000)
print(account.events_written, peak() - before)
"""
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(DATA / "calls.yaml"), HEADER],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=100,
        check=True,
    )
    events, growth = (int(number) for number in done.stdout.split())
    assert events == 64_000
    assert growth < 12


@tells_its_peak
def test_a_large_row_group_is_read_in_flat_memory(tmp_path: Path) -> None:
    """One row group of 400,000 rows, which would take 140 MB as Python's objects."""
    arrow = pytest.importorskip("pyarrow", reason="the extra parquet is not installed")
    parquet = pytest.importorskip("pyarrow.parquet", reason="the extra parquet is not installed")
    file = tmp_path / "calls.parquet"
    with parquet.ParquetWriter(file, arrow.schema([("id", arrow.int64()), ("text", arrow.string())])) as writer:
        count = 400_000
        ids, texts = arrow.array(range(count)), arrow.array([f"{number:0200d}" for number in range(count)])
        writer.write_table(arrow.table({"id": ids, "text": texts}), row_group_size=count)
    script = PEAK + (
        "from airflow_provider_genesys.interactions.parquet import ParquetRows\n"
        f"rows = ParquetRows('f', pathlib.Path({str(file)!r}), 10**6)\n"
        "records = rows.records(); next(records); before = peak()\n"
        "print(1 + sum(1 for _ in records), peak() - before)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    count_read, more = map(int, done.stdout.split())
    assert count_read == count
    assert more < 40
