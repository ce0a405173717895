"""A task that runs again: resumed, cleared, stopped, with another input, with a ledger that is not what it was."""

from __future__ import annotations

import json
import logging
import signal
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_genesys.exceptions import (
    GenesysError,
    GenesysEventsRejectedError,
    GenesysLedgerError,
    GenesysPermissionError,
    GenesysServerError,
)
from airflow_provider_genesys.files import storage
from airflow_provider_genesys.files.ownership import Owner
from tests.contract.kinds import uid
from tests.contract.worlds import World, add_up, presences, write_lines
from tests.harness.killed import Killed
from tests.harness.machine import HEARD, SOON, until

EVENTS = "*/events/*"


def once(count: int) -> dict[str, int]:
    return {uid(number): 1 for number in range(count)}


@pytest.fixture
def half_done(world: World) -> World:
    """A task of 1,000 events, of which 300 were accepted when the server failed."""
    world.simulator.add_fault(path=EVENTS, after=3, status=500)
    summary, _ = world.fail(GenesysServerError, presences(1000), max_in_flight=1)
    assert summary["accepted"] == 300
    world.simulator.clear_faults()
    return world


def test_a_try_that_settles_nothing_counts_too(half_done: World, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    half_done.simulator.add_fault(path=EVENTS, status=500)
    assert half_done.fail(GenesysServerError, presences(1000))[0]["tries"] == 2
    half_done.simulator.clear_faults()
    summary = half_done.publish(presences(1000))
    assert (summary["tries"], summary["accepted"]) == (3, 1000)
    assert [f"Try {number} goes on" in caplog.text for number in (2, 3, 4)] == [True, True, False]


def test_what_each_run_of_a_shared_account_has_sent_is_told_when_either_is_cleared(half_done: World) -> None:
    def sent() -> tuple[int, int]:
        summary = half_done.publish(presences(1000))
        return summary["accepted"] - summary["accepted_before"], summary["accepted_before"]

    half_done.task = "dag/another run/task"
    assert sent() == (700, 300)
    half_done.task = "dag/run/task"
    assert sent() == (300, 700)
    half_done.task = "dag/another run/task"
    assert sent() == (700, 300)
    half_done.task = "dag/a third run/task"
    assert sent() == (0, 1000)


def test_a_cleared_task_sends_nothing(world: World, caplog: pytest.LogCaptureFixture) -> None:
    world.publish(presences(500))
    before = world.simulator.requests()["total"]
    summary = world.publish(presences(500))
    assert (summary["accepted"], summary["requests"], summary["complete"]) == (500, 0, True)
    assert (summary["tries"], summary["resumed"]) == (2, True)
    assert world.simulator.requests()["total"] == before
    assert "Nothing was sent" in caplog.text


def test_republish_sends_a_complete_account_again_with_the_same_ids(world: World) -> None:
    world.simulator.add_fault(path=EVENTS, partial={"retryable": False, "event_ids": [uid(3)]}, count=1)
    world.fail(GenesysEventsRejectedError, presences(500), max_in_flight=1)
    world.simulator.clear_faults()
    summary = world.publish(presences(500), republish=True)
    assert (summary["accepted"], summary["tries"], summary["rejected"]) == (500, 1, 0)
    assert world.accepted() == {uid(number): 1 if number == 3 else 2 for number in range(500)}
    assert not world.letters()
    (aside,) = (world.folder / "superseded").iterdir()
    assert json.loads((aside / "ledger.json").read_text())["lanes"][0]["counts"][:2] == [499, 1]
    assert len(list((aside / "dead-letters").iterdir())) == 1


def test_republish_goes_on_with_an_account_that_is_not_complete(half_done: World) -> None:
    assert half_done.publish(presences(1000), republish=True)["accepted"] == 1000
    assert half_done.accepted() == once(1000)


@pytest.mark.parametrize("writes", range(6))
def test_republish_killed_while_it_sets_aside(world: World, monkeypatch: pytest.MonkeyPatch, writes: int) -> None:
    world.simulator.add_fault(path=EVENTS, partial={"retryable": False, "every": 100}, count=20)
    world.publish(presences(500), max_rejected=100)
    letters = len(world.letters())
    world.simulator.clear_faults()
    left = [writes]

    def mortal(real: Any) -> Any:
        def call(*args: Any, **options: Any) -> Any:
            if left[0] == 0:
                raise Killed
            left[0] -= 1
            return real(*args, **options)

        return call

    with monkeypatch.context() as patch:
        patch.setattr(storage, "replace", mortal(storage.replace))
        patch.setattr(storage, "remove", mortal(storage.remove))
        with pytest.raises(Killed):
            world.start(republish=True).publish(presences(500))
    summary = world.publish(presences(500), republish=True)
    assert (summary["accepted"], summary["complete"], summary["rejected"]) == (500, True, 0)
    assert set(world.accepted().values()) <= {1, 2}
    assert not world.letters()
    (aside,) = (world.folder / "superseded").iterdir()
    assert sum(len(file.read_text().splitlines()) for file in (aside / "dead-letters").iterdir()) == letters


def test_another_input_is_refused_before_anything_is_sent(half_done: World) -> None:
    before = half_done.simulator.requests()["total"]
    for other in (presences(1001)[1:], [*presences(299), *presences(1000)[300:]], presences(150)):
        _, error = half_done.fail(GenesysLedgerError, other)
        assert "ledger.json" in str(error)
    assert half_done.simulator.requests()["total"] == before
    assert half_done.publish(presences(1000))["accepted"] == 1000
    assert half_done.accepted() == once(1000)


@pytest.mark.parametrize("first", [1, 64, 100, 999])
def test_a_longer_input_with_the_same_beginning_is_gone_on_with(world: World, tmp_path: Path, first: int) -> None:
    path = tmp_path / "day.jsonl"
    write_lines(path, presences(first))
    assert world.publish(str(path))["accepted"] == first
    write_lines(path, presences(1500))
    summary = world.publish(str(path))
    assert (summary["read"], summary["accepted"], summary["complete"]) == (1500, 1500, True)
    assert world.accepted() == once(1500)
    _, error = world.fail(GenesysLedgerError, presences(first))
    assert "a part of it is missing" in str(error)
    assert world.accepted() == once(1500)


def test_a_longer_input_is_resumed_while_it_is_not_complete(half_done: World) -> None:
    assert half_done.publish(presences(2000))["accepted"] == 2000
    assert half_done.accepted() == once(2000)


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: b"",
        lambda text: text[:-1],
        lambda text: text[: len(text) // 2],
        lambda text: b"\xff" + text,
        lambda text: b"null",
        lambda text: b"[]",
        lambda text: b"{}",
        lambda text: text.replace(b'"format":2', b'"format":3'),
        lambda text: text.replace(b'"user_presences"', b'"conversations"'),
        lambda text: text[: text.index(b'"lanes"')] + b'"lanes":[]}',
        lambda text: text[: text.index(b'"lanes"')] + b'"lanes":[{"next":1}]}',
        lambda text: text.replace(b'"digest":"', b'"digest":"0'),
    ],
)
def test_a_damaged_ledger_is_never_a_fresh_start(half_done: World, damage: Any) -> None:
    path = half_done.folder / "ledger.json"
    good = path.read_bytes()
    assert damage(good) != good
    path.write_bytes(damage(good))
    half_done.fail(GenesysLedgerError, presences(1000))
    assert half_done.accepted() == once(300)
    assert path.read_bytes() == damage(good)
    path.write_bytes(good)
    assert half_done.publish(presences(1000))["accepted"] == 1000
    assert half_done.accepted() == once(1000)


@pytest.mark.parametrize(("first", "second"), [(1, 12), (12, 1), (5, 7), (3, 100), (100, 3)])
def test_other_numbers_of_lanes_keep_the_account(world: World, first: int, second: int) -> None:
    world.simulator.add_fault(path=EVENTS, after=4, status=500)
    world.fail(GenesysServerError, presences(2000), max_in_flight=first)
    world.simulator.clear_faults()
    summary = world.publish(presences(2000), max_in_flight=second)
    assert (summary["accepted"], summary["complete"]) == (2000, True)
    assert world.accepted() == once(2000)
    assert len(world.ledger()["lanes"]) == first


@pytest.mark.parametrize("on_unknown", ["resend", "dead_letter"])
def test_a_resume_forgets_nothing_that_was_settled_behind_what_was_open(world: World, on_unknown: str) -> None:
    """The first events of the only body stay open, the later ones are accepted: the resumed body ends before them."""
    stubborn = {uid(number) for number in range(5)}
    world.simulator.add_fault(path=EVENTS, count=1, partial={"retryable": True, "event_ids": stubborn, "times": 9})
    world.simulator.add_fault(path=EVENTS, status=403)
    summary, _ = world.fail(GenesysPermissionError, presences(20), max_in_flight=1, on_unknown=on_unknown)
    assert summary["accepted"] == 15
    world.simulator.clear_faults()
    assert world.publish(presences(20), on_unknown=on_unknown)["accepted"] == 20
    summary = world.publish(presences(20), on_unknown=on_unknown)
    assert (summary["requests"], summary["complete"]) == (0, True)
    assert world.publish(presences(30), on_unknown=on_unknown)["accepted"] == 30
    assert world.accepted() == once(30)


@pytest.mark.parametrize("on_unknown", ["resend", "dead_letter"])
def test_what_the_server_called_retryable_is_sent_on_a_resume(world: World, on_unknown: str) -> None:
    """Stopped while it waits to send them again: nothing is unknown about events that were not accepted."""
    world.simulator.add_fault(path=EVENTS, partial={"retryable": True, "times": 30})
    publisher = world.start(max_in_flight=1, on_unknown=on_unknown, max_attempts=100)
    timer = threading.Timer(0.7, publisher.stop)
    timer.start()
    with pytest.raises(GenesysError, match="stopped"):
        publisher.publish(presences(100))
    timer.join()
    world.simulator.clear_faults()
    summary = world.publish(presences(100), on_unknown=on_unknown)
    assert (summary["accepted"], summary["unknown"]) == (100, 0)
    assert world.accepted() == once(100)


# --- told to stop ---


def test_stop_while_it_waits_to_send_again(world: World) -> None:
    """A request is repeated by the client, which is to wait as the publish does."""
    world.simulator.add_fault(path=EVENTS, status=429, retry_after=60)
    publisher, before = world.start(), {*threading.enumerate()}
    timer = threading.Timer(1.0, publisher.stop)
    timer.start()
    began = time.monotonic()
    with pytest.raises(GenesysError, match="stopped"):
        publisher.publish(presences(200))
    assert time.monotonic() - began < 1.0 + HEARD
    timer.join()
    assert publisher.summary()["accepted"] == 0
    for thread in {*threading.enumerate()} - before:
        thread.join(5)
        assert not thread.is_alive(), f"{thread.name} sleeps on"


@pytest.mark.parametrize("on_unknown", ["resend", "dead_letter"])
def test_stop_while_the_server_hangs(world: World, tmp_path: Path, on_unknown: str) -> None:
    world.simulator.add_fault(path=EVENTS, after=3, latency_ms=20_000)
    publisher = world.start(on_unknown=on_unknown, max_in_flight=6)
    stopped_at: list[float] = []

    def stop() -> None:
        until(lambda: publisher.summary()["requests"] == 3 + 6, "all lanes wait for an answer")
        time.sleep(0.3)
        stopped_at.append(time.monotonic())
        publisher.stop()

    stopper = threading.Thread(target=stop)
    stopper.start()
    with pytest.raises(GenesysError, match="stopped"):
        publisher.publish(presences(2000))
    assert time.monotonic() - stopped_at[0] < SOON
    stopper.join()
    summary = publisher.summary()
    add_up(summary)
    assert (summary["complete"], summary["accepted"]) == (False, len(world.accepted()))
    assert sum(lane["counts"][0] for lane in world.ledger()["lanes"]) == summary["accepted"]
    world.simulator.reset()
    world.simulator.settings(requests_per_minute=100_000)
    second = world.publish(presences(2000), on_unknown=on_unknown, max_rejected=600)
    assert second["accepted"] + second["unknown"] == 2000
    assert (second["unknown"] > 0) is (on_unknown == "dead_letter")
    assert set(world.accepted().values()) == {1}
    if on_unknown == "dead_letter":
        ids = {letter["dead_letter"]["event_id"] for letter in world.letters()}
        assert len(ids) == second["unknown"]
        again = World(world.simulator, tmp_path / "again").publish(f"{second['dead_letters']}/*.jsonl")
        assert again["accepted"] == len(ids)
        assert ids <= world.accepted().keys()


def test_an_exception_out_of_a_signal_handler(world: World) -> None:
    """As Airflow's execution timeout comes: a BaseException in the main thread, wherever it is."""

    class Timeout(BaseException):
        pass

    def raise_timeout(*_: object) -> None:
        raise Timeout

    def alarm() -> None:
        until(lambda: publisher.summary()["accepted"] >= 1_000)
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGALRM)

    world.simulator.settings(latency_ms=50)
    publisher = world.start(max_in_flight=4)
    before = signal.signal(signal.SIGALRM, raise_timeout)
    alarming = threading.Thread(target=alarm)
    alarming.start()
    try:
        with pytest.raises(Timeout):
            publisher.publish(presences(9000))
    finally:
        alarming.join()
        signal.signal(signal.SIGALRM, before)
    summary = publisher.summary()
    add_up(summary)
    assert 0 < summary["accepted"] == len(world.accepted()) < 9000
    world.simulator.settings(latency_ms=0)
    assert world.publish(presences(9000))["accepted"] == 9000
    assert world.accepted() == once(9000)


def test_a_run_that_was_replaced_while_it_waited_sends_nothing_more(world: World) -> None:
    world.simulator.add_fault(path=EVENTS, count=1, status=503, retry_after=5)
    publisher = world.start(max_in_flight=1)
    ended: list[BaseException] = []

    def run() -> None:
        try:
            publisher.publish(presences(50))
        except GenesysLedgerError as error:
            ended.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    until(lambda: world.event_posts() >= 1)
    Owner(world.folder / "owner.json", "dag/run/task", 2).take()
    thread.join(20)
    assert [type(error) for error in ended] == [GenesysLedgerError]
    assert world.event_posts() == 1
    assert world.accepted() == {}
