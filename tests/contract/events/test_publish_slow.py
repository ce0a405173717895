"""Stores, shares and sources that take their time, or never answer: lanes go on, answers are taken, stop is heard."""

from __future__ import annotations

import io
import json
import os
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from fsspec.implementations.memory import MemoryFileSystem
from upath import UPath

from airflow_provider_genesys.events import inputs
from airflow_provider_genesys.events.delivery import StoppedError
from airflow_provider_genesys.events.ledger import Ledger
from airflow_provider_genesys.exceptions import (
    GenesysConfigError,
    GenesysError,
    GenesysEventsRejectedError,
    GenesysLedgerError,
    GenesysStorageError,
)
from airflow_provider_genesys.files import disks, storage
from tests.contract.wire_server import after, plain
from tests.contract.worlds import add_up, presence, presences, write_lines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from airflow_provider_genesys.events.publisher import Publisher
    from tests.contract.roads import Road

HUNG = 30.0


@pytest.fixture
def store() -> Iterator[UPath]:
    """A folder in an object store."""
    folder = UPath("memory://artifacts/task")
    yield folder
    MemoryFileSystem.store.clear()


@contextmanager
def writes(monkeypatch: pytest.MonkeyPatch, seconds: Callable[[str], float]) -> Iterator[list[str]]:
    """Make each write to the store take so long; yields the threads that wrote."""
    pipe, threads = MemoryFileSystem.pipe_file, []

    def slow(self: Any, path: str, value: bytes, **more: Any) -> None:
        threads.append(threading.current_thread().name)
        time.sleep(seconds(path))
        pipe(self, path, value, **more)

    with monkeypatch.context() as patch:
        patch.setattr(MemoryFileSystem, "pipe_file", slow)
        yield threads


def publisher(road: Road, folder: Any, **settings: Any) -> Publisher:
    road.folder = folder
    return road.start(**{"client": {"read_timeout": 30.0}, **settings})


def test_a_slow_store_is_written_on_another_thread_and_shared_by_the_lanes(
    roads: Callable[[str], Road], store: UPath, monkeypatch: pytest.MonkeyPatch
) -> None:
    it = roads("http")
    with writes(monkeypatch, lambda path: 0.05 if "ledger" in path else 0.0) as threads:
        began = time.monotonic()
        summary = publisher(it, store, max_in_flight=8).publish(presences(9_000, users=500))
        took = time.monotonic() - began
    assert (summary["accepted"], summary["complete"]) == (9_000, True)
    assert set(it.server.accepted.values()) == {1}
    ours = [name for name in threads if name == "genesys-ledger"]
    assert 5 < len(ours) < 60, "lanes share the writes"
    assert took < 90 * 0.05, "as many writes as bodies would take longer"


def test_a_lane_sends_nothing_before_its_answer_is_on_the_store(
    roads: Callable[[str], Road], store: UPath, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With one lane: when a request arrives, all before it is written."""
    it = roads("http")
    written: list[int] = []

    def counting(connection: Any, number: int) -> bool | None:
        ledger = storage.read(store / "ledger.json")
        written.append(int(ledger.partition(b'"counts":[')[2].partition(b",")[0]) if ledger else 0)
        return plain(connection, number)

    it.server.manner = counting
    with writes(monkeypatch, lambda path: 0.02):
        publisher(it, store, max_in_flight=1).publish(presences(1_500))
    assert written == [100 * number for number in range(15)]


@pytest.mark.parametrize("hangs", ["ledger", "owner"])
def test_stop_while_the_store_hangs(
    roads: Callable[[str], Road], store: UPath, monkeypatch: pytest.MonkeyPatch, hangs: str
) -> None:
    it = roads("http")
    cat = MemoryFileSystem.cat_file
    hanging = threading.Event()

    def slow_cat(self: Any, path: str, *arguments: Any, **more: Any) -> bytes:
        if hanging.is_set() and hangs in path:
            time.sleep(HUNG)
        return cat(self, path, *arguments, **more)

    monkeypatch.setattr(MemoryFileSystem, "cat_file", slow_cat)
    with writes(monkeypatch, lambda path: HUNG if hanging.is_set() and hangs in path else 0.0):
        it.server.manner = after(0.02)
        running = publisher(it, store)
        threading.Timer(0.4, hanging.set).start()
        stopped: list[float] = []
        threading.Timer(0.8, lambda: stopped.append(time.monotonic()) or running.stop()).start()
        with pytest.raises(GenesysError, match="stopped"):
            running.publish(presences(9_000, users=500))
        assert time.monotonic() - stopped[0] < 2.9
        add_up(running.summary())


class Hung:
    """A store that never answers about some of its files, once it is told to hang."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, does: str, part: str) -> None:
        self.hangs = threading.Event()
        self.asked = threading.Event()
        method = getattr(MemoryFileSystem, does)

        def slow(fs: Any, path: str, *arguments: Any, **more: Any) -> Any:
            if self.hangs.is_set() and part in path:
                self.asked.set()
                time.sleep(HUNG)
            return method(fs, path, *arguments, **more)

        monkeypatch.setattr(MemoryFileSystem, does, slow)


@contextmanager
def stopped_at_once(hung: Hung, running: Publisher) -> Iterator[None]:
    """Ask to stop when the store has hung for a moment: what is within ends long before Airflow kills."""
    stopped: list[float] = []

    def stop() -> None:
        assert hung.asked.wait(10)
        time.sleep(0.3)
        stopped.append(time.monotonic())
        running.stop()

    threading.Thread(target=stop, daemon=True).start()
    yield
    assert time.monotonic() - stopped[0] < 1.0


def stop_when_asked(hung: Hung, running: Publisher, source: Any) -> None:
    """Publish, and ask to stop when the store hangs: the publish is not complete, and its account adds up."""
    with stopped_at_once(hung, running), pytest.raises(GenesysError, match="stopped"):
        running.publish(source)
    add_up(running.summary())
    assert not running.summary()["complete"]


SETTING_ASIDE = [
    ("pipe_file", "owner.json"),  # becoming the owner
    ("cat_file", "ledger.json"),  # looking how far it came
    ("pipe_file", "superseded"),  # setting the account aside
]


@pytest.mark.parametrize(
    ("does", "part"),
    [
        *SETTING_ASIDE,
        ("ls", "dead-letters"),  # removing what a killed try wrote
    ],
)
def test_stop_while_the_store_hangs_before_anything_is_sent(
    roads: Callable[[str], Road], store: UPath, monkeypatch: pytest.MonkeyPatch, does: str, part: str
) -> None:
    it = roads("http")
    publisher(it, store).publish(presences(300))
    hung = Hung(monkeypatch, does, part)
    hung.hangs.set()
    before = it.server.requests
    stop_when_asked(hung, publisher(it, store, republish=True), presences(300))
    assert it.server.requests == before


@pytest.mark.parametrize(("does", "part"), SETTING_ASIDE)
def test_stop_while_the_store_hangs_as_an_account_is_set_aside(
    roads: Callable[[str], Road], store: UPath, monkeypatch: pytest.MonkeyPatch, does: str, part: str
) -> None:
    it = roads("http")
    publisher(it, store).publish(presences(300))
    hung = Hung(monkeypatch, does, part)
    hung.hangs.set()
    running = publisher(it, store)
    with stopped_at_once(hung, running), pytest.raises(GenesysError, match="stopped"):
        running.set_aside()
    assert storage.read(store / "ledger.json") is not None


@pytest.mark.parametrize(("does", "part"), [("ls", "dead-letters"), ("open", "dead-letters")])
def test_stop_while_the_store_hangs_as_it_is_asked_what_was_refused(
    roads: Callable[[str], Road], store: UPath, monkeypatch: pytest.MonkeyPatch, does: str, part: str
) -> None:
    it = roads("http")
    publisher(it, store, max_rejected=1).publish([*presences(100), {"eventId": "no presence"}])
    running = publisher(it, store)
    assert list(running.refused_lines()) == [101]
    hung = Hung(monkeypatch, does, part)
    hung.hangs.set()
    with stopped_at_once(hung, running), pytest.raises(GenesysError, match="stopped"):
        list(running.refused_lines())


@pytest.mark.usefixtures("store")
@pytest.mark.parametrize(
    ("does", "source"),
    [
        ("info", "memory://inbox/events.jsonl"),  # looking whether it is there
        ("find", "memory://inbox/*.jsonl"),
        ("info", "memory://inbox/*.jsonl"),
        ("open", "memory://inbox/events.jsonl"),  # reading it
    ],
)
def test_stop_while_the_store_of_the_input_hangs(
    roads: Callable[[str], Road], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, does: str, source: str
) -> None:
    it = roads("http")
    lines = "".join(f"{json.dumps(each)}\n" for each in presences(300))
    storage.replace(UPath("memory://inbox/events.jsonl"), lines.encode())
    hung = Hung(monkeypatch, does, "inbox")
    hung.hangs.set()
    running = publisher(it, tmp_path, open_path=UPath)
    stop_when_asked(hung, running, source)
    assert not it.server.requests


def test_stop_while_a_share_with_the_input_hangs(
    roads: Callable[[str], Road], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A look at a file of a share that is gone may last for ever."""
    it = roads("http")
    stat, hangs = os.stat, threading.Event()

    def hung(path: Any, *arguments: Any, **more: Any) -> os.stat_result:
        if "share" in str(path):
            hangs.set()
            time.sleep(HUNG)
        return stat(path, *arguments, **more)

    monkeypatch.setattr(os, "stat", hung)
    running = publisher(it, tmp_path / "task")
    threading.Thread(target=lambda: hangs.wait(10) and running.stop(), daemon=True).start()
    began = time.monotonic()
    with pytest.raises(GenesysError, match="stopped"):
        running.publish(str(tmp_path / "share" / "events.jsonl"))
    assert time.monotonic() - began < 2.9
    assert not it.server.requests


def test_stop_while_the_store_hangs_as_a_try_goes_on(
    roads: Callable[[str], Road], store: UPath, monkeypatch: pytest.MonkeyPatch
) -> None:
    it = roads("http")
    first = publisher(it, store)
    threading.Timer(0.5, first.stop).start()
    it.server.manner = after(0.1)
    with pytest.raises(GenesysError, match="stopped"):
        first.publish(presences(9_000, users=500))
    hung = Hung(monkeypatch, "pipe_file", "ledger.json")
    hung.hangs.set()
    before = it.server.requests
    stop_when_asked(hung, publisher(it, store), presences(9_000, users=500))
    assert it.server.requests == before


def test_stop_while_the_store_hangs_when_all_is_settled(
    roads: Callable[[str], Road], store: UPath, monkeypatch: pytest.MonkeyPatch
) -> None:
    it = roads("http")
    hung = Hung(monkeypatch, "pipe_file", "ledger.json")
    finish = Ledger.finish

    def finishing(self: Ledger) -> None:
        hung.hangs.set()
        finish(self)

    monkeypatch.setattr(Ledger, "finish", finishing)
    stop_when_asked(hung, publisher(it, store), presences(300))
    assert it.publisher is not None
    assert it.publisher.summary()["accepted"] == 300
    hung.hangs.clear()
    requests = it.server.requests
    assert publisher(it, store).publish(presences(300))["complete"]
    assert it.server.requests == requests, "all was settled"


def test_why_events_were_refused_is_told_without_asking_the_store(
    roads: Callable[[str], Road], store: UPath, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Dead letters have it too; a store that hangs by then would keep the failure from being told."""
    it = roads("http")
    rows = [*presences(100), {"eventId": "no presence"}]
    hung = Hung(monkeypatch, "cat_file", "dead-letters")
    hung.hangs.set()
    with pytest.raises(GenesysEventsRejectedError, match="1 of 101 events were not"):
        publisher(it, store).publish(rows)
    assert not hung.asked.is_set()


def test_stop_while_the_store_hangs_after_a_wait_of_the_caller_s_own(
    roads: Callable[[str], Road], store: UPath, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Reading the input may ask for presence definitions, and wait; behind a wait the owner is looked at."""
    running = publisher(roads("http"), store)
    running.publish(presences(10))
    hung = Hung(monkeypatch, "cat_file", "owner.json")
    hung.hangs.set()
    threading.Thread(target=lambda: hung.asked.wait(10) and running.stop(), daemon=True).start()
    begun = time.monotonic()
    with pytest.raises(StoppedError):
        running._client.wait(0.6, "too many requests")
    assert hung.asked.is_set()
    assert time.monotonic() - begun < 2


def test_what_a_store_refuses_at_the_beginning_is_told_as_ever(
    roads: Callable[[str], Road], store: UPath, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: Any, path: str, *_: Any, **__: Any) -> None:
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr(MemoryFileSystem, "pipe_file", refuse)
    with pytest.raises(GenesysConfigError, match=r"artifacts_path: memory:.*Permission denied"):
        publisher(roads("http"), store).publish(presences(10))


def test_a_hung_share_is_heard_as_a_store_is(
    roads: Callable[[str], Road], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "share" / "task"
    monkeypatch.setattr(disks, "_mounts", lambda: [(str(tmp_path / "share"), "nfs4"), ("/", "ext4")])
    hangs, replace = threading.Event(), os.replace

    def hung(source: Any, target: Any) -> None:
        if "owner" in str(target):
            hangs.set()
            time.sleep(HUNG)
        replace(source, target)

    monkeypatch.setattr(os, "replace", hung)
    running = publisher(roads("http"), folder)
    threading.Thread(target=lambda: hangs.wait(10) and running.stop(), daemon=True).start()
    begun = time.monotonic()
    with pytest.raises(GenesysError, match="stopped"):
        running.publish(presences(10))
    assert time.monotonic() - begun < 2.9


def test_another_run_that_takes_over_on_a_store_ends_this_one(
    roads: Callable[[str], Road], store: UPath, monkeypatch: pytest.MonkeyPatch
) -> None:
    it = roads("http")
    it.server.manner = after(0.02)
    running = publisher(it, store, client={"requests_per_minute": 1_200.0})
    threading.Timer(0.5, lambda: storage.replace(store / "owner.json", b"another")).start()
    with pytest.raises(GenesysLedgerError, match="taken over"):
        running.publish(presences(9_000, users=500))
    arrived = it.server.requests
    assert arrived < 60
    time.sleep(0.3)
    assert it.server.requests == arrived


def test_a_store_that_cannot_be_written_ends_the_publish_and_a_retry_goes_on(
    roads: Callable[[str], Road], store: UPath, monkeypatch: pytest.MonkeyPatch
) -> None:
    it = roads("http")

    def full(path: str) -> float:
        if "ledger" in path and it.server.requests > 20:
            raise OSError(28, "No space left on device")
        return 0.0

    with writes(monkeypatch, full), pytest.raises(GenesysStorageError, match="No space left"):
        publisher(it, store).publish(presences(6_000, users=500))
    assert it.publisher is not None
    add_up(it.publisher.summary())
    summary = publisher(it, store).publish(presences(6_000, users=500))
    assert (summary["accepted"], summary["complete"], summary["resumed"]) == (6_000, True, True)
    assert sum(it.server.accepted.values()) <= 6_000 + 4 * 100


# --- sources ---


class Dripping(io.RawIOBase):
    """A file of which the beginning comes at once, and the rest late."""

    def __init__(self, text: bytes, at_once: int, seconds: float) -> None:
        super().__init__()
        self._pieces = [text[:at_once], text[at_once:]]
        self._seconds = seconds
        self._read = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if not self._pieces[0]:
            if len(self._pieces) == 1:
                return 0
            time.sleep(self._seconds)
            self._pieces.pop(0)
        count = min(len(buffer), len(self._pieces[0]))
        buffer[:count], self._pieces[0] = self._pieces[0][:count], self._pieces[0][count:]
        return count


@pytest.fixture
def drip(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], UPath]:
    """Make an input on a store, of 2,000 events at once and 2,000 after so many seconds."""

    def make(seconds: float) -> UPath:
        first, second = (
            b"".join(b"%b\n" % json.dumps(presence(number, users=200)).encode() for number in numbers)
            for numbers in (range(2_000), range(2_000, 4_000))
        )
        path = UPath("memory://inputs/day.jsonl")
        path.write_bytes(first + second)
        monkeypatch.setattr(
            type(path), "open", lambda self, *_, **__: io.BufferedReader(Dripping(first + second, len(first), seconds))
        )
        return path

    return make


def test_answers_are_taken_and_written_while_the_source_keeps_us_waiting(
    roads: Callable[[str], Road], drip: Callable[[float], UPath], tmp_path: Path
) -> None:
    it = roads("http")
    it.server.manner = after(0.1)
    accounts: list[int] = []
    source, running = drip(1.5), publisher(it, tmp_path / "task")

    def look() -> None:
        accounts.append(running.summary()["accepted"])
        ledger = (tmp_path / "task" / "ledger.json").read_text()
        accounts.append(sum(lane["counts"][0] for lane in json.loads(ledger)["lanes"]))

    threading.Timer(1.2, look).start()
    summary = running.publish(source)
    assert (summary["accepted"], summary["complete"]) == (4_000, True)
    assert min(accounts) >= 1_500
    assert running.turns < 400


def test_stop_while_the_source_keeps_us_waiting(
    roads: Callable[[str], Road], drip: Callable[[float], UPath], tmp_path: Path
) -> None:
    it = roads("http")
    source, running = drip(HUNG), publisher(it, tmp_path / "task")
    stopped: list[float] = []
    threading.Timer(0.8, lambda: stopped.append(time.monotonic()) or running.stop()).start()
    with pytest.raises(GenesysError, match="stopped"):
        running.publish(source)
    assert time.monotonic() - stopped[0] < 1.0
    assert running.summary()["accepted"] >= 1_500


def test_a_named_pipe_is_read_ahead_as_well(
    roads: Callable[[str], Road], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    it = roads("http")
    pipe = tmp_path / "pipe.jsonl"
    write_lines(tmp_path / "all.jsonl", presences(2_000))
    os.mkfifo(pipe)
    # Of a pipe that is no file; a store's path may say what it likes.
    monkeypatch.setattr(inputs, "kind_of", lambda path: "file")

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

    monkeypatch.setattr(type(path), "open", lambda self, *_, **__: io.BufferedReader(Torn(text, 1_000, 0)))
    with pytest.raises(GenesysStorageError, match=r"source: memory:\S*torn\.jsonl cannot be read .*the store hung up"):
        publisher(it, tmp_path / "task").publish(path)
    assert it.publisher is not None
    assert it.publisher.summary()["accepted"] > 800, "but for the block in which it broke"


def test_no_thread_is_left_behind(roads: Callable[[str], Road], store: UPath, drip: Callable[[float], UPath]) -> None:
    before = set(threading.enumerate())
    publisher(roads("http"), store).publish(drip(0.1))
    deadline = time.monotonic() + 5
    while any(thread.name.startswith("genesys") for thread in set(threading.enumerate()) - before):
        assert time.monotonic() < deadline, threading.enumerate()
        time.sleep(0.02)
