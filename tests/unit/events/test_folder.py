"""What is asked of a publish's folder: on this thread where it answers at once, and never without hearing a stop."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest
from upath import UPath

from airflow_provider_genesys.events import folder as module
from airflow_provider_genesys.events.folder import Folder
from airflow_provider_genesys.exceptions import GenesysStorageError
from tests.harness.machine import HEARD

STORE = UPath("memory://artifacts/task")


class StopError(Exception):
    """Told to stop."""


def never() -> None:
    """Be told nothing."""


def after(seconds: float) -> tuple[float, object]:
    until = time.monotonic() + seconds

    def check() -> None:
        if time.monotonic() > until:
            raise StopError

    return until, check


def test_a_disk_is_asked_on_this_thread_and_a_store_on_another(tmp_path: Path) -> None:
    here = threading.get_ident()
    assert Folder(tmp_path, "artifacts_path", never).ask(threading.get_ident) == here
    assert Folder(STORE, "artifacts_path", never).ask(threading.get_ident) != here


@pytest.mark.parametrize("path", [Path.cwd(), STORE])
def test_what_is_raised_there_is_raised_here(path: Path | UPath) -> None:
    def full() -> None:
        raise OSError(28, "No space left on device")

    folder = Folder(path, "artifacts_path", never)
    with pytest.raises(GenesysStorageError, match=r"artifacts_path: .*No space left"):
        folder.ask(full)
    with pytest.raises(OSError, match="No space left"):
        folder.wait_for(full)
    with pytest.raises(ZeroDivisionError):
        folder.ask(lambda: 1 / 0)


def test_a_store_that_hangs_is_left_to_itself() -> None:
    until, check = after(0.1)
    over = threading.Event()
    with pytest.raises(StopError):
        Folder(STORE, "artifacts_path", check).ask(over.wait)
    assert time.monotonic() - until < HEARD, "it would wait for ever"
    over.set()


def test_what_is_stopped_asks_nothing() -> None:
    asked: list[int] = []
    _, check = after(-1)
    with pytest.raises(StopError):
        Folder(STORE, "artifacts_path", check).ask(lambda: asked.append(1))
    time.sleep(0.05)
    assert asked == []


def test_a_share_that_hangs_when_it_is_looked_whether_it_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    until, check = after(0.1)
    over = threading.Event()
    monkeypatch.setattr(module, "answers_at_once", lambda path: over.wait())
    with pytest.raises(StopError):
        Folder(Path("/mnt/share/task"), "artifacts_path", check).ask(never)
    assert time.monotonic() - until < HEARD, "it would wait for ever"
    over.set()
