"""Files that are written by processes killed at random moments: whole, or as they were before."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_genesys.exports.snapshot import Destination, verify
from airflow_provider_genesys.files import storage
from tests.unit.exports.fake_genesys import FakeGenesys, export

ROOT = Path(__file__).parents[2]

WRITER = """
import sys
import tempfile
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from airflow_provider_genesys.files import storage
target, number = Path(sys.argv[2]), 0
while True:
    storage.replace(target, b'{"number": %d, "filling": "%s"}' % (number, b"x" * 300_000))
    number += 1
    if number == 1:
        print("writing", flush=True)
"""


def test_a_killed_process_never_leaves_a_torn_file(tmp_path: Path) -> None:
    target = tmp_path / "ledger.json"
    randomly = random.Random(20)
    for _ in range(60):
        command = [sys.executable, "-I", "-S", "-c", WRITER, str(ROOT), str(target)]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as writer:
            try:
                assert writer.stdout.readline() == b"writing\n"
                time.sleep(randomly.uniform(0, 0.004))
            finally:
                writer.kill()
        assert len(json.loads(target.read_bytes())["filling"]) == 300_000

    left_over = [path for path in tmp_path.iterdir() if path != target]
    assert left_over, "no process was killed while it wrote: the test shows nothing"
    assert storage.list_names(tmp_path) == ["ledger.json"]
    assert not list(tmp_path.glob("*.json*"))[1:]

    # The next process sweeps the old ones and leaves one that may be somebody's who is writing now.
    for path in left_over[1:]:
        os.utime(path, (0, 0))
    storage._prepare.cache_clear()
    storage.replace(target, b"whole")
    assert sorted(tmp_path.iterdir()) == sorted([target, left_over[0]])


CHILD = """
import sys
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from tests.unit.exports.fake_genesys import FakeGenesys, deployment, export, listing
print("ready", flush=True)
for day in range(1000):
    genesys = FakeGenesys()
    genesys.answers["getWebchatDeployments"] = listing(*[deployment(n, day=f"{sys.argv[3]}-{day}") for n in range(20)])
    export(genesys, Path(sys.argv[2]))
"""


@pytest.fixture
def start_child(tmp_path: Path) -> Any:
    children: list[subprocess.Popen[bytes]] = []

    def start(label: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-c", CHILD, str(ROOT), str(tmp_path / "to"), label]
        child = subprocess.Popen(command, stdout=subprocess.PIPE)
        children.append(child)
        assert child.stdout is not None
        assert child.stdout.readline() == b"ready\n"
        return child

    yield start
    for child in children:
        child.kill()
        child.wait(10)
        assert child.stdout is not None
        child.stdout.close()


def test_sigkill_at_random_moments_while_two_processes_write(tmp_path: Path, start_child: Any) -> None:
    chance = random.Random(20261125)
    seen: set[str] = set()
    for round_ in range(4):
        children = [start_child(f"{round_}-{number}") for number in range(2)]
        time.sleep(chance.uniform(0.05, 0.5))
        for child in children:
            os.kill(child.pid, signal.SIGKILL)
            assert child.wait(10) == -signal.SIGKILL
        names = Destination(tmp_path / "to").names()
        assert seen <= set(names)
        for name in set(names) - seen:
            verify(Destination(tmp_path / "to").path(name))
        seen = set(names)
        if names:
            assert verify(tmp_path / "to").latest in {None, True, False}
    assert len(seen) > 4
    export(FakeGenesys(), tmp_path / "to")
    assert verify(tmp_path / "to").latest is True
