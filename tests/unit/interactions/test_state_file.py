"""The state between runs: what it forgets and when it is refused; and what a killed process left of it is removed."""

from __future__ import annotations

import os
import signal
import sqlite3
import tempfile
import time
from datetime import timedelta
from pathlib import Path

import pytest

from airflow_provider_genesys.exceptions import GenesysConfigError, GenesysLedgerError
from airflow_provider_genesys.interactions.directory import Directory
from airflow_provider_genesys.interactions.memory import Memory
from airflow_provider_genesys.interactions.scratch import scratch
from airflow_provider_genesys.interactions.state import State
from tests.unit.interactions.contacts import FIRST, SECOND, contact, in_queue
from tests.unit.interactions.interactions import DIRECTORY
from tests.unit.interactions.runs import NOW, Runs, counts, newer


def test_after_a_month_it_is_forgotten(runs: Runs) -> None:
    open_ = contact("o", "00:00", None)
    runs("one", [FIRST, SECOND, open_])
    size = (runs.folder / "state.db").stat().st_size
    day = timedelta(days=1)
    runs("two", [newer(FIRST, Attributes={"disposition": "Billing"})], now=NOW + 20 * day)
    assert counts(runs("three", [FIRST, SECOND], now=NOW + 31 * day)) == [3, 0, 2, 1, 0, 0, 0]
    # The second run told of the conversation, which is remembered whole; of what is open nothing is left.
    assert counts(runs("four", [SECOND], now=NOW + 32 * day)) == [1, 0, 1, 0, 0, 0, 0]
    runs("five", [], now=NOW + 62 * day)
    assert counts(runs("six", [FIRST, SECOND], now=NOW + 62 * day)) == [2, 2, 0, 0, 0, 0, 12]
    assert (runs.folder / "state.db").stat().st_size <= size


def test_forgetting_what_is_held_back_is_said(runs: Runs, caplog: pytest.LogCaptureFixture) -> None:
    runs("one", [FIRST])
    runs("two", [], now=NOW + timedelta(days=31))
    assert "1 records are held back for 30 days, and are forgotten now" in caplog.text
    assert runs("three", [], now=NOW + timedelta(days=31))["records"] == 0


def test_a_state_of_another_source_is_refused(runs: Runs) -> None:
    runs("one", [FIRST, SECOND])
    other = Directory(source_id="another", users=DIRECTORY.users, queues=DIRECTORY.queues)
    with pytest.raises(GenesysConfigError, match=r"state_path: .* is about the source .*, not another"):
        runs("two", [FIRST], directory=other)


def test_a_state_by_which_only_the_same_run_told_goes_with_its_source(
    runs: Runs, caplog: pytest.LogCaptureFixture
) -> None:
    other = Directory(source_id="another", users=DIRECTORY.users, queues=DIRECTORY.queues)
    alone = contact("c", "30:00", "31:00", **in_queue("Billing", "30:05", "31:00"))
    runs("zero", [FIRST], directory=other)
    runs("one", [alone], directory=other)
    # What is held back is of no source, and what the run itself told is replaced.
    told = {each["eventId"] for each in runs.events("one")}
    goes = "The state was about the source another"
    assert counts(runs("one", [alone, SECOND], save=False))[:2] == [3, 3]
    assert goes not in caplog.text  # as long as the state is what it was
    assert counts(runs("one", [alone, SECOND]))[:2] == [3, 3]
    assert caplog.text.count(goes) == 1
    assert not told & {each["eventId"] for each in runs.events("one")}
    assert counts(runs("two", [alone, FIRST, SECOND]))[1:3] == [0, 3]
    with pytest.raises(GenesysConfigError, match="give another state_path"):
        runs("zero", [FIRST], directory=other)


@pytest.mark.parametrize("content", [b"", b"no database", b"SQLite format 3\x00" + bytes(100)])
def test_a_state_that_cannot_be_read_is_no_fresh_start(runs: Runs, content: bytes) -> None:
    (runs.folder / "state.db").write_bytes(content)
    with pytest.raises(GenesysLedgerError, match="What was told is not known any more"):
        runs("one", [FIRST])
    assert (runs.folder / "state.db").read_bytes() == content


def test_a_state_of_another_version_is_refused(runs: Runs) -> None:
    runs("one", [])
    with sqlite3.connect(runs.folder / "state.db") as database:
        database.execute("PRAGMA user_version = 7")
    with pytest.raises(GenesysLedgerError, match=r"format 7 is not this version's \(4\)"):
        runs("two", [])


def test_who_lost_the_state_writes_nothing(runs: Runs) -> None:
    runs("one", [FIRST])
    before = (runs.folder / "state.db").read_bytes()
    state = State(runs.folder / "state.db", DIRECTORY.source_id, key="two")
    state.take()
    with state.begin(Memory) as memory:
        State(runs.folder / "state.db", DIRECTORY.source_id, key="three").take()
        memory.finish(superseded=(), skipped=(), held_back=())
        with pytest.raises(GenesysLedgerError, match="another run of this task has taken over"):
            state.move(memory.file)
    assert (runs.folder / "state.db").read_bytes() == before
    assert not [each for each in runs.folder.iterdir() if each.name.startswith(".genesys")]


def test_copies_that_a_killed_process_left_are_removed(
    runs: Runs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    old, new, others = (tmp_path / "temporary" / name for name in ("genesys-state-1", "genesys-state-2", "else"))
    for folder in (old, new, others):
        folder.mkdir(parents=True)
        (folder / "state.db").touch()
    long_ago = time.time() - 2 * 86_400
    for path in (old, others, new, old / "state.db", others / "state.db"):
        os.utime(path, (long_ago, long_ago))
    runs("one", [FIRST])
    assert sorted(each.name for each in (tmp_path / "temporary").iterdir()) == ["else", "genesys-state-2"]


def test_a_folder_in_use_stays_when_the_clock_jumps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It may jump by a day; also a machine may sleep for one, and another process look then."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    now = time.time()
    with scratch() as used:
        (used / "told.db").write_bytes(b"told")
        monkeypatch.setattr(time, "time", lambda: now + 100_000)
        with scratch() as other:
            assert (used / "told.db").read_bytes() == b"told"
    assert not used.exists()
    assert not other.exists()


def test_a_folder_of_a_killed_process_goes_with_its_lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    process = os.fork()
    if process == 0:
        with scratch():
            os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(process, 0)
    (left,) = tmp_path.iterdir()
    now = time.time()
    with scratch():
        assert left.exists()
    monkeypatch.setattr(time, "time", lambda: now + 100_000)
    with scratch():
        assert not left.exists()
