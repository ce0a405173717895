"""Stores and shares that never answer: stop is heard, whatever is done with them."""

from __future__ import annotations

import json
import os
import threading
import time
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from fsspec.implementations.memory import MemoryFileSystem
from upath import UPath

from airflow_provider_genesys.api.pacing import Limiter, RateLimit
from airflow_provider_genesys.events.delivery import StoppedError
from airflow_provider_genesys.events.ledger import Ledger
from airflow_provider_genesys.exceptions import GenesysError, GenesysEventsRejectedError
from airflow_provider_genesys.files import disks, storage
from tests.contract.events.slow_stores import HUNG, Hung, publisher, stop_when_asked, stopped_at_once, writes
from tests.contract.roads import LANES
from tests.contract.wire_server import after
from tests.contract.worlds import add_up, presences
from tests.harness.machine import HEARD, until

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.contract.roads import Road


@pytest.mark.parametrize("hangs", ["ledger", "owner"])
def test_stop_while_the_store_hangs(
    roads: Callable[[str], Road], store: UPath, monkeypatch: pytest.MonkeyPatch, hangs: str
) -> None:
    it = roads("http")
    cat = MemoryFileSystem.cat_file
    asked = threading.Event()

    def seconds(path: str) -> float:
        if it.server.requests < 20 or hangs not in path:
            return 0.0
        asked.set()
        return HUNG

    def slow_cat(self: Any, path: str, *arguments: Any, **more: Any) -> bytes:
        time.sleep(seconds(path))
        return cat(self, path, *arguments, **more)

    monkeypatch.setattr(MemoryFileSystem, "cat_file", slow_cat)
    with writes(monkeypatch, seconds):
        it.server.manner = after(0.05)  # so that it lasts for longer than the owner's file is believed
        running = publisher(it, store)
        stopped: list[float] = []

        def stop() -> None:
            asked.wait(60)
            time.sleep(0.3)
            stopped.append(time.monotonic())
            running.stop()

        threading.Thread(target=stop, daemon=True).start()
        with pytest.raises(GenesysError, match="stopped"):
            running.publish(presences(9_000, users=500))
        assert asked.is_set()
        assert time.monotonic() - stopped[0] < HEARD
        add_up(running.summary())


def test_a_turn_that_a_hung_store_kept_from_being_used_is_given_back(
    roads: Callable[[str], Road], store: UPath, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the process's next publish takes it for a request on its way, for as long as the process lives."""
    it, balance, asked, answers = roads("http"), Counter[str](), threading.Event(), threading.Event()
    acquire, release, intend = Limiter.acquire, Limiter.release, Ledger.intend

    def counted(limiter: Limiter) -> float:
        delay = acquire(limiter)
        balance["taken"] += not delay
        return delay

    def released(limiter: Limiter, limit: RateLimit | None) -> None:
        balance["given back"] += 1
        release(limiter, limit)

    def hung(ledger: Ledger, *arguments: Any, **more: Any) -> None:
        intend(ledger, *arguments, **more)
        if it.server.requests > LANES:
            asked.set()
            answers.wait()
            raise StoppedError  # as who looks before it sends

    monkeypatch.setattr(Limiter, "acquire", counted)
    monkeypatch.setattr(Limiter, "release", released)
    monkeypatch.setattr(Ledger, "intend", hung)
    running = publisher(it, store, on_unknown="dead_letter")
    threading.Thread(target=lambda: asked.wait(30) and running.stop(), daemon=True).start()
    with pytest.raises(GenesysError, match="stopped"):
        running.publish(presences(9_000, users=500))
    assert balance["taken"] > balance["given back"], "nothing hung with a turn"
    answers.set()
    until(lambda: balance["taken"] == balance["given back"])


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
    hung.hangs.clear()
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
    threading.Thread(target=lambda: hangs.wait(60) and running.stop(), daemon=True).start()
    began = time.monotonic()
    with pytest.raises(GenesysError, match="stopped"):
        running.publish(str(tmp_path / "share" / "events.jsonl"))
    assert time.monotonic() - began < HEARD
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
    monkeypatch.setattr(Ledger, "finish", finish)
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
    threading.Thread(target=lambda: hung.asked.wait(60) and running.stop(), daemon=True).start()
    begun = time.monotonic()
    with pytest.raises(StoppedError):
        running._client.wait(0.6, "too many requests")
    assert hung.asked.is_set()
    assert time.monotonic() - begun < HEARD


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
    threading.Thread(target=lambda: hangs.wait(60) and running.stop(), daemon=True).start()
    begun = time.monotonic()
    with pytest.raises(GenesysError, match="stopped"):
        running.publish(presences(10))
    assert time.monotonic() - begun < HEARD
