"""Stores that take their time, or refuse: lanes go on, and nothing is sent before its answer is on the store."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

import pytest
from fsspec.implementations.memory import MemoryFileSystem

from airflow_provider_genesys.events.keeping import OWNER_AGE
from airflow_provider_genesys.exceptions import (
    GenesysConfigError,
    GenesysError,
    GenesysLedgerError,
    GenesysStorageError,
)
from airflow_provider_genesys.files import storage
from tests.contract.events.slow_stores import publisher, writes
from tests.contract.wire_server import after, plain
from tests.contract.worlds import add_up, presences
from tests.harness.machine import least, until

if TYPE_CHECKING:
    from collections.abc import Callable

    from upath import UPath

    from tests.contract.roads import Road


def test_a_slow_store_is_written_on_another_thread_and_shared_by_the_lanes(
    roads: Callable[[str], Road], store: UPath, monkeypatch: pytest.MonkeyPatch
) -> None:

    def written() -> float:
        it = roads("http")
        with writes(monkeypatch, lambda path: 0.05 if "ledger" in path else 0.0) as threads:
            summary = publisher(it, store, max_in_flight=8, republish=True).publish(presences(9_000, users=500))
        assert (summary["accepted"], summary["complete"]) == (9_000, True)
        assert set(it.server.accepted.values()) == {1}
        return threads.count("genesys-ledger")

    assert 5 < least(written, enough=59) < 60, "lanes share the writes, if their answers come together"


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


def test_what_a_store_refuses_at_the_beginning_is_told_as_ever(
    roads: Callable[[str], Road], store: UPath, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: Any, path: str, *_: Any, **__: Any) -> None:
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr(MemoryFileSystem, "pipe_file", refuse)
    with pytest.raises(GenesysConfigError, match=r"artifacts_path: memory:.*Permission denied"):
        publisher(roads("http"), store).publish(presences(10))


def test_another_run_that_takes_over_on_a_store_ends_this_one(
    roads: Callable[[str], Road], store: UPath, monkeypatch: pytest.MonkeyPatch
) -> None:
    it = roads("http")

    def taken_over(connection: Any, number: int) -> bool | None:
        if number == 10:
            storage.replace(store / "owner.json", b"another")
        return plain(connection, number)

    it.server.manner = after(0.02, taken_over)
    running = publisher(it, store, client={"requests_per_minute": 1_200.0})
    with pytest.raises(GenesysLedgerError, match="taken over"):
        running.publish(presences(9_000, users=500))
    arrived = it.server.requests
    assert arrived < 60
    time.sleep(0.3)
    assert it.server.requests == arrived


@pytest.mark.parametrize("meanwhile", ["stop", "another run"])
def test_nothing_is_sent_behind_a_write_in_which_the_publish_has_ended(
    roads: Callable[[str], Road], store: UPath, monkeypatch: pytest.MonkeyPatch, meanwhile: str
) -> None:
    """With ``dead_letter`` a write precedes each body: what is sent after it would be there twice, and nobody know."""
    it, over = roads("http"), threading.Event()
    running = publisher(it, store, max_in_flight=1, on_unknown="dead_letter")
    pipe = MemoryFileSystem.pipe_file

    def late(self: Any, path: str, value: bytes, **more: Any) -> None:
        if b'"sent":20' in value and meanwhile == "stop":
            running.stop()
            over.wait(20)
        pipe(self, path, value, **more)
        if b'"sent":20' in value and meanwhile == "another run":
            storage.replace(store / "owner.json", b"another")
            time.sleep(OWNER_AGE + 0.1)

    monkeypatch.setattr(MemoryFileSystem, "pipe_file", late)
    with pytest.raises(GenesysError, match="stopped" if meanwhile == "stop" else "taken over"):
        running.publish(presences(20, users=1))
    over.set()
    until(lambda: not any(thread.name.startswith("genesys-lane") for thread in threading.enumerate()))
    assert it.server.requests == 0


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
