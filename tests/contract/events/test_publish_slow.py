"""Stores that take their time, or refuse: lanes go on, and nothing is sent before its answer is on the store."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

import pytest
from fsspec.implementations.memory import MemoryFileSystem

from airflow_provider_genesys.exceptions import GenesysConfigError, GenesysLedgerError, GenesysStorageError
from airflow_provider_genesys.files import storage
from tests.contract.events.slow_stores import publisher, writes
from tests.contract.wire_server import after, plain
from tests.contract.worlds import add_up, presences

if TYPE_CHECKING:
    from collections.abc import Callable

    from upath import UPath

    from tests.contract.roads import Road


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
