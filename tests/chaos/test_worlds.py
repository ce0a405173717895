"""A few of the worlds of ``make chaos``, and that a seed chooses them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.chaos import records, schedule
from tests.chaos.__main__ import main
from tests.chaos.jobs import JOBS
from tests.chaos.server import Server
from tests.chaos.tries import Try


def test_a_seed_chooses_what_goes_wrong(capsys: pytest.CaptureFixture[str]) -> None:
    chosen = []
    for seed in ("1", "1", "2"):
        assert main(["--seed", seed, "--show"]) == 0
        chosen.append(capsys.readouterr().out)
    assert chosen[0] == chosen[1] != chosen[2]
    # All kinds of faults are among the worlds that are usually run.
    assert all(
        f" {name}" in chosen[0] for name in (*schedule.WEATHER, "killed", "clock", "disk full", "two", "no file")
    )
    assert "simulator restarted" in chosen[0]


@pytest.mark.timeout(120)
@pytest.mark.parametrize("job", JOBS)
def test_two_worlds(job: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--seed", "1", "--runs", "2", "--only", job]) == 0, capsys.readouterr().out


def test_a_publish_that_leaves_is_told_to_wait_and_goes_on_with_another_worker(tmp_path: Path) -> None:
    """Without weather and kills: what the worlds of this job are about happens in them."""
    with Server() as server:
        (world := tmp_path / "3").mkdir()
        server.begin(3)
        job = JOBS["publish-deferred"](server, world)
        server.calm(*job.rules)
        result = Try(next(job.attempts())).end()
        assert result is not None
        assert result["error"] is None, result
        assert result["deferred"] >= 2
        assert not (world / "deferral.json").exists()
        assert job.complaints(result, server.unanswered()) == []
        assert job.complaints({"summary": result["summary"] | {"accepted": 1}}, 0) != []


def test_records_that_find_no_room_to_be_sorted_are_an_error_of_ours(tmp_path: Path) -> None:
    """SQLite's own error is no ``OSError``; nobody is at this address, as none is asked."""
    file = records.write(tmp_path / "in.json", records.chains(0, 50))
    attempt = Try(lambda: records.transfer("http://127.0.0.1:1", tmp_path, "run", file), largest=2_000)
    result = attempt.end()
    assert result is not None
    assert result["error"] == "GenesysStorageError"
    assert "local disk" in result["message"]
    assert "TMPDIR" in result["message"]
