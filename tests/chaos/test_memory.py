"""A million lines take no more memory than ten thousand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.contract.worlds import add_up

if TYPE_CHECKING:
    from airflow_provider_genesys.simulator.process import SimulatorHandle
    from tests.chaos.conftest import Start

LINE = (
    '{{"eventId":"{:08x}-0000-4000-8000-00000000abcd","eventDateTime":"2026-01-31T10:00:00.000Z",'
    '"userId":"user {}","sourceId":"b7a1c0de-5e1f-4a7b-8c2d-90d3f1a2b301"}}\n'
)
MOST = 40.0
# Names that differ in digits only would be one reason.
_NO_VALUE = str.maketrans("0123456789", "abcdefghij")


def write(path: Path, count: int, *, broken: bool) -> str:
    """Write so many lines; if ``broken``, each is invalid for a reason of its own."""
    with path.open("w") as file:
        for start in range(0, count, 10_000):
            lines = [LINE.format(number, number % 997) for number in range(start, min(start + 10_000, count))]
            if broken:
                lines = [
                    f'{line[:-2]},"property {str(start + n).translate(_NO_VALUE)}":1}}\n'
                    for n, line in enumerate(lines)
                ]
            file.writelines(lines)
    return str(path)


@pytest.mark.timeout(240)
def test_memory_is_flat(simulator: SimulatorHandle, start: Start, tmp_path: Path) -> None:
    simulator.settings(rate_limit_headers=False)
    used = {}
    for count in (10_000, 1_000_000):
        source = write(tmp_path / f"{count}.jsonl", count, broken=False)
        result = start(tmp_path / f"task {count}", source).result()
        add_up(result["summary"])
        assert (result["error"], result["summary"]["accepted"]) == (None, count)
        used[count] = result["memory"][1] - result["memory"][0]
    assert simulator.ledger()["accepted"] == 1_010_000
    assert used[1_000_000] <= MOST, used


@pytest.mark.timeout(120)
def test_memory_with_a_hundred_requests_on_their_way(simulator: SimulatorHandle, start: Start, tmp_path: Path) -> None:
    simulator.settings(rate_limit_headers=False, latency_ms=300)
    source = write(tmp_path / "in.jsonl", 150_000, broken=False)
    result = start(tmp_path / "task", source, max_in_flight=100).result()
    add_up(result["summary"])
    assert (result["error"], result["summary"]["accepted"]) == (None, 150_000)
    assert result["summary"]["requests"] <= 1_500 + 100
    assert simulator.ledger()["accepted"] == 150_000
    assert result["memory"][1] - result["memory"][0] <= MOST


@pytest.mark.timeout(120)
def test_memory_is_flat_when_nothing_is_right(simulator: SimulatorHandle, start: Start, tmp_path: Path) -> None:
    """Each of 100,000 records is invalid for a reason that no other has."""
    source = write(tmp_path / "in.jsonl", 100_000, broken=True)
    result = start(tmp_path / "task", source, max_rejected="100%").result()
    add_up(result["summary"])
    assert (result["error"], result["summary"]["invalid"]) == (None, 100_000)
    assert result["memory"][1] - result["memory"][0] <= MOST
    ledger = json.loads((tmp_path / "task" / "ledger.json").read_text())
    assert len(ledger["reasons"]) <= 12
    assert ledger["other_reasons"] > 90_000
    assert simulator.requests()["total"] == 0
