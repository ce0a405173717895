"""Artifacts that cannot be written: a clear error, and nothing lost by the try that follows."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from airflow_provider_genesys.files import storage
from tests.chaos.child import publish
from tests.contract.kinds import uid
from tests.contract.worlds import add_up, presences, write_lines
from tests.harness.simulated import accepted

if TYPE_CHECKING:
    from airflow_provider_genesys.simulator.process import SimulatorHandle
    from tests.chaos.conftest import Start

COUNT = 3_000
LANES = 6
BAD = {uid(number) for number in range(0, COUNT, 7)}


def test_an_artifacts_path_that_is_a_file_is_an_error_before_anything_is_sent(
    simulator: SimulatorHandle, start: Start, tmp_path: Path
) -> None:
    (tmp_path / "task").write_text("in the way")
    source = write_lines(tmp_path / "in.jsonl", presences(COUNT))
    result = start(tmp_path / "task" / "run", source).result()
    assert result["error"] == "GenesysConfigError"
    assert result["message"].startswith("artifacts_path: ")
    assert str(tmp_path / "task") in result["message"]
    assert simulator.requests()["total"] == 0


def test_a_folder_of_dead_letters_that_cannot_be_made(simulator: SimulatorHandle, start: Start, tmp_path: Path) -> None:
    simulator.add_fault(path="*/events/*", partial={"retryable": False, "event_ids": list(BAD)})
    folder, source = tmp_path / "task", write_lines(tmp_path / "in.jsonl", presences(COUNT))
    folder.mkdir()
    (folder / "dead-letters").write_text("in the way")
    result = start(folder, source, max_in_flight=LANES).result()
    add_up(result["summary"])
    assert result["error"] == "GenesysConfigError"
    (folder / "dead-letters").unlink()
    _finished(simulator, start, folder, source)


def test_files_that_may_not_grow(simulator: SimulatorHandle, start: Start, tmp_path: Path) -> None:
    """The process may write files of 2,000 bytes: enough for the owner, and not for the ledger or dead letters."""
    simulator.add_fault(path="*/events/*", partial={"retryable": False, "event_ids": list(BAD)})
    folder, source = tmp_path / "task", write_lines(tmp_path / "in.jsonl", presences(COUNT))
    result = start(folder, source, max_in_flight=LANES, file_size_limit=2_000).result()
    add_up(result["summary"])
    assert result["error"] == "GenesysStorageError"
    assert os.strerror(errno.EFBIG) in result["message"]
    assert not [path for path in folder.rglob("*") if path.name.startswith(".genesys-")]
    _finished(simulator, start, folder, source)


@pytest.mark.parametrize("on_unknown", ["resend", "dead_letter"])
@pytest.mark.parametrize("writes", [0, 1, 2, 3, 5, 8, 13, 21])
def test_a_disk_that_is_full_after_so_many_writes(
    simulator: SimulatorHandle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, writes: int, on_unknown: str
) -> None:
    simulator.add_fault(path="*/events/*", partial={"retryable": False, "event_ids": list(BAD)})
    simulator.settings(latency_ms=2)
    folder, source = tmp_path / "task", write_lines(tmp_path / "in.jsonl", presences(COUNT))
    settings: dict[str, Any] = {"max_in_flight": LANES, "max_rejected": "100%", "on_unknown": on_unknown}
    left, write = iter(range(writes)), os.write

    def full(descriptor: int, data: Any) -> int:
        # Storage alone writes through os.write here.
        if next(left, None) is None:
            write(descriptor, bytes(data)[: len(data) // 2])
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return write(descriptor, data)

    with monkeypatch.context() as patch:
        patch.setattr(storage.os, "write", full)
        result = publish(simulator.base_url, folder, source, settings)
    add_up(result["summary"])
    assert (result["error"], result["summary"]["complete"]) == ("GenesysStorageError", False)
    assert os.strerror(errno.ENOSPC) in result["message"]
    if writes == 0:
        assert simulator.requests()["total"] == 0
    second = publish(simulator.base_url, folder, source, settings)
    add_up(second["summary"])
    assert (second["error"], second["summary"]["complete"]) == (None, True)
    counts = accepted(simulator)
    if on_unknown == "dead_letter":
        assert set(counts.values()) == {1}
    else:
        assert second["summary"]["unknown"] == 0
        assert counts.keys() == {uid(number) for number in range(COUNT)} - BAD
        assert sum(counts.values()) - len(counts) <= LANES * 100
    assert second["summary"]["accepted"] + second["summary"]["rejected"] + second["summary"]["unknown"] == COUNT


def _finished(simulator: SimulatorHandle, start: Start, folder: Path, source: str) -> None:
    """Publish once more and compare the accounts."""
    result = start(folder, source, max_in_flight=LANES, max_rejected="100%").result()
    assert (result["error"], result["summary"]["complete"]) == (None, True)
    assert accepted(simulator).keys() == {uid(number) for number in range(COUNT)} - BAD
    assert result["summary"]["rejected"] == len(BAD)
