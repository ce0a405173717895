"""The soak in short: its accounts are those of an hour; that nothing grows in one only ``make soak`` tells."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from contextlib import ExitStack
from pathlib import Path

import psutil
import pytest

from tests.soak.runs import Publishing, Waiting
from tests.soak.watching import Held, Watched


@pytest.mark.timeout(240)
def test_publishes_agree_with_the_server_and_leave_nothing_open(tmp_path: Path) -> None:
    said: list[str] = []
    with ExitStack() as stack:
        run = Publishing(stack, tmp_path, 8, said.append, faults=0.2)
        wrong = run.go(threading.Event())
    assert wrong == [], said
    assert any("reset after" in line or "truncate" in line or "504" in line for line in said), said


@pytest.mark.timeout(240)  # 20 s, on a machine that does nothing else
def test_deferred_sensors_are_all_told_by_the_triggerer(tmp_path: Path) -> None:
    said: list[str] = []
    with ExitStack() as stack:
        run = Waiting(stack, tmp_path, 4, said.append, sensors=5, interval=1)
        wrong = run.go(threading.Event())
    assert wrong == [], said


def test_an_end_from_outside_is_told(tmp_path: Path) -> None:
    said: list[str] = []
    over = threading.Event()
    over.set()
    with ExitStack() as stack:
        assert Publishing(stack, tmp_path, 8, said.append).go(over) == ["it was ended before"]


def test_what_grows_is_found() -> None:
    held = {"memory": 100.0, "files": 9, "sockets": 13, "threads": 12, "children": 0}
    for name, allowed, leaked in (("memory", 4.0, 12.0), ("sockets", 2, 6), ("threads", 2, 6), ("children", 0, 1)):
        for growth, wrong in ((allowed, 0), (leaked, 1)):
            watched = Watched("it", psutil.Process(os.getpid()))
            watched.course = [
                Held(at=float(at), **{**held, name: held[name] + growth * (at >= 30)})  # type: ignore[arg-type]
                for at in range(61)
            ]
            assert len(watched.grown()) == wrong, (name, growth, watched.grown())


def test_what_is_left_open_is_found() -> None:
    before = Held(at=0, memory=100.0, files=4, sockets=0, threads=1, children=0)
    after = Held(at=9, memory=130.0, files=3, sockets=2, threads=1, children=0)
    assert after.beyond(before) == ["2 sockets are there after it, 0 were before"]


def test_a_process_is_looked_at(tmp_path: Path) -> None:
    """Another one, in which nothing is closed by whoever collects the garbage of earlier tests."""
    (tmp_path / "file").touch()
    code = "import sys; print(flush=True); input(); file = open(sys.argv[1]); print(flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", code, tmp_path / "file"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdout.readline()  # while it begins it still has files of the one that starts it
        watched = Watched("it", psutil.Process(process.pid))
        watched.note()
        process.stdin.write(b"\n")
        process.stdin.flush()
        process.stdout.readline()
        held = watched.note()
        process.kill()
    assert held.files == watched.course[0].files + 1
    assert held.memory > 1
    assert held.threads >= 1
