"""What ``make live`` stands on, in short: its Dags can be read, and it leaves no process behind."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import psutil
import pytest

from tests.live import night
from tests.live.api import OVER, LiveError, until
from tests.live.cases import CASES, WAITING
from tests.live.processes import kill_tree

PARENT = "import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', {child!r}], process_group=0); {wait}"
WAIT = "time.sleep(600)"


def test_each_case_has_its_dags(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from airflow.models import DagBag  # noqa: PLC0415 - after the home is set

    monkeypatch.setenv("LIVE_FOLDER", str(tmp_path))
    monkeypatch.setenv("LIVE_NIGHT", "2")
    bag = DagBag(str(Path(__file__).with_name("dags")))
    assert bag.import_errors == {}
    assert {name for _, names in CASES.values() for name in names} <= bag.dags.keys()
    asked = {getattr(task, "genesys_cloud_conn_id", None) for dag in bag.dags.values() for task in dag.tasks}
    assert {*night.connections(2)} <= asked
    assert set(WAITING) <= CASES.keys()


def test_who_is_killed_leaves_nobody_behind() -> None:
    parent = subprocess.Popen([sys.executable, "-c", PARENT.format(child=f"import time; {WAIT}", wait=WAIT)])
    children = until("the child is there", psutil.Process(parent.pid).children, within=30)
    kill_tree(parent.pid)
    parent.wait(30)
    gone, alive = psutil.wait_procs(children, timeout=30)
    assert (len(gone), alive) == (1, [])


def test_what_does_not_come_is_not_waited_for_longer_than_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(LiveError, match="not in 0 s: it is there; there was None"):
        until("it is there", lambda: None, within=0, every=0.01)
    over = threading.Timer(0.1, OVER.set)
    over.start()
    try:
        with pytest.raises(LiveError, match="ended before: it is there"):
            until("it is there", lambda: None, within=60)
    finally:
        over.join()
        OVER.clear()
