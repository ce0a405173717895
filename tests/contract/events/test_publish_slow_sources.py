"""Sources that take their time, or never answer: lanes go on, answers are taken, stop is heard."""

from __future__ import annotations

import io
import json
import os
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest
from upath import UPath

from airflow_provider_genesys.exceptions import GenesysError, GenesysStorageError
from tests.contract.events.slow_stores import HUNG, publisher
from tests.contract.wire_server import after
from tests.contract.worlds import presence, presences, write_lines
from tests.harness.machine import HEARD, growth, least, until

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.contract.roads import Road


class Dripping(io.RawIOBase):
    """A file of which the beginning comes at once, and the rest late."""

    def __init__(self, text: bytes, at_once: int, wait: Callable[[], None]) -> None:
        super().__init__()
        self._pieces = [text[:at_once], text[at_once:]]
        self._wait = wait
        self._read = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if not self._pieces[0]:
            if len(self._pieces) == 1:
                return 0
            self._wait()
            self._pieces.pop(0)
        count = min(len(buffer), len(self._pieces[0]))
        buffer[:count], self._pieces[0] = self._pieces[0][:count], self._pieces[0][count:]
        return count


@pytest.fixture
def drip(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], None]], UPath]:
    """Make an input on a store, of 2,000 events at once and 2,000 after a wait."""

    def make(wait: Callable[[], None]) -> UPath:
        first, second = (
            b"".join(b"%b\n" % json.dumps(presence(number, users=200)).encode() for number in numbers)
            for numbers in (range(2_000), range(2_000, 4_000))
        )
        path = UPath("memory://inputs/day.jsonl")
        path.write_bytes(first + second)
        monkeypatch.setattr(
            type(path), "open", lambda self, *_, **__: io.BufferedReader(Dripping(first + second, len(first), wait))
        )
        return path

    return make


def test_answers_are_taken_and_written_while_the_source_keeps_us_waiting(
    roads: Callable[[str], Road], drip: Callable[[Callable[[], None]], UPath], tmp_path: Path
) -> None:
    it = roads("http")
    it.server.manner = after(0.1)
    turns: list[float] = []

    def accounts() -> list[int]:
        path = tmp_path / "task" / "ledger.json"
        lanes = json.loads(path.read_text())["lanes"] if path.exists() else []
        return [running.summary()["accepted"], sum(lane["counts"][0] for lane in lanes)]

    def looked() -> float:
        return growth(lambda: running._sends.turns if running._sends else 0, 1.0)

    def wait() -> None:
        until(lambda: min(accounts()) >= 1_500, "what was read is accepted and written", within=30)
        turns.append(least(looked, enough=300))

    running = publisher(it, tmp_path / "task")
    summary = running.publish(drip(wait))
    assert (summary["accepted"], summary["complete"]) == (4_000, True)
    assert turns[0] <= 300


def test_stop_while_the_source_keeps_us_waiting(
    roads: Callable[[str], Road], drip: Callable[[Callable[[], None]], UPath], tmp_path: Path
) -> None:
    it = roads("http")
    source, running = drip(lambda: time.sleep(HUNG)), publisher(it, tmp_path / "task")
    stopped: list[float] = []

    def stop() -> None:
        until(lambda: running.summary()["accepted"] >= 1_500)
        stopped.append(time.monotonic())
        running.stop()

    threading.Thread(target=stop, daemon=True).start()
    with pytest.raises(GenesysError, match="stopped"):
        running.publish(source)
    assert time.monotonic() - stopped[0] < HEARD
    assert running.summary()["accepted"] >= 1_500


def test_a_named_pipe_is_read_ahead_as_well(roads: Callable[[str], Road], tmp_path: Path) -> None:
    it = roads("http")
    pipe = tmp_path / "pipe.jsonl"
    write_lines(tmp_path / "all.jsonl", presences(2_000))
    os.mkfifo(pipe)

    def write() -> None:
        with pipe.open("wb") as file:
            file.write((tmp_path / "all.jsonl").read_bytes())

    threading.Thread(target=write, daemon=True).start()
    assert publisher(it, tmp_path / "task").publish(pipe)["accepted"] == 2_000


def test_what_reading_ahead_raises_is_raised_after_all_before_it_is_published(
    roads: Callable[[str], Road], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    it = roads("http")
    path = UPath("memory://inputs/torn.jsonl")
    text = b"".join(b"%b\n" % json.dumps(row).encode() for row in presences(1_000))
    path.write_bytes(text)

    class Torn(Dripping):
        def readinto(self, buffer: Any) -> int:
            count = super().readinto(buffer)
            if not count:
                raise ConnectionResetError(104, "the store hung up")
            return count

    monkeypatch.setattr(type(path), "open", lambda self, *_, **__: io.BufferedReader(Torn(text, 1_000, lambda: None)))
    with pytest.raises(GenesysStorageError, match=r"source: memory:\S*torn\.jsonl cannot be read .*the store hung up"):
        publisher(it, tmp_path / "task").publish(path)
    assert it.publisher is not None
    assert it.publisher.summary()["accepted"] > 800, "but for the block in which it broke"


def test_no_thread_is_left_behind(
    roads: Callable[[str], Road], store: UPath, drip: Callable[[Callable[[], None]], UPath]
) -> None:
    before = set(threading.enumerate())
    publisher(roads("http"), store).publish(drip(lambda: time.sleep(0.1)))
    until(lambda: not any(each.name.startswith("genesys") for each in set(threading.enumerate()) - before))
