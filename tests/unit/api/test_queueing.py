"""The queue for turns: who goes first, who wakes, and that nobody is forgotten."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import pytest

from airflow_provider_genesys.api import queueing
from airflow_provider_genesys.api.queueing import KEEPING, Queue


class Job:
    """Threads in a queue, and a limiter that gives the turns that a test lets it."""

    def __init__(self) -> None:
        self.queue = Queue(self.rest)
        self.turns = threading.Semaphore(0)
        self.nap = 0.02
        self.order: list[str] = []
        self.rests: list[str] = []
        self.reasons: dict[str, Callable[[], str]] = {}
        self.deaf = False
        """Whether no call is heard."""
        self.ended = threading.Event()
        self._threads: list[threading.Thread] = []

    def rest(self, call: threading.Event, seconds: float, why: Callable[[], str]) -> None:
        name = threading.current_thread().name
        self.reasons[name] = why
        if self.ended.is_set():
            raise InterruptedError
        if seconds:
            self.rests.append(name)
            (self.ended if self.deaf else call).wait(seconds)
        if self.ended.is_set():
            raise InterruptedError

    def ask(self) -> float:
        return 0.0 if self.turns.acquire(blocking=False) else self.nap

    def wait(self, name: str, pause: float = 0.0) -> None:
        """Have a thread of that name wait for its turn; return when it does."""

        def work() -> None:
            try:
                self.queue.turn(self.ask, pause, "a pause")
            except InterruptedError:
                self.order.append(f"{name} ended")
            else:
                self.order.append(name)

        self._threads.append(threading.Thread(target=work, name=name))
        self._threads[-1].start()
        until(lambda: name in self.rests)

    def end(self) -> None:
        """End all waits; who leaves calls the next."""
        self.ended.set()
        for place in self.queue._places[:1]:
            place.call.set()
        for thread in self._threads:
            thread.join(10)
            assert not thread.is_alive()

    def give(self, turns: int) -> None:
        """Give turns one by one, each when the one before is taken."""
        for _ in range(turns):
            count = len(self.order)
            self.turns.release()
            until(lambda count=count: len(self.order) > count)


def until(happened: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not happened():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.001)


@pytest.fixture
def job() -> Iterator[Job]:
    job = Job()
    yield job
    job.end()


def test_first_come_first_served(job: Job) -> None:
    for name in "abcde":
        job.wait(name)
    job.give(5)
    assert job.order == ["a", "b", "c", "d", "e"]


def test_only_the_first_wakes(job: Job) -> None:
    for name in "abcde":
        job.wait(name)
    until(lambda: job.rests.count("a") >= 10)
    assert [job.rests.count(name) for name in "bcde"] == [1, 1, 1, 1]
    job.give(1)
    until(lambda: job.rests.count("b") >= 10)
    assert [job.rests.count(name) for name in "cde"] == [1, 1, 1]


def test_a_pause_that_ends_wakes_nobody_whose_turn_is_not_next(job: Job) -> None:
    job.wait("first")
    for name in "abc":
        job.wait(name, pause=1.0)
    assert job.reasons["a"]() == "a pause"
    time.sleep(1.1)
    assert job.reasons["a"]() == KEEPING, "what is told of it changes all the same"
    assert [job.rests.count(name) for name in "abc"] == [1, 1, 1]
    job.give(4)
    assert job.order == ["first", "a", "b", "c"]


def test_who_is_in_a_pause_lets_others_go_and_loses_nothing_by_it(job: Job) -> None:
    began = time.monotonic()
    job.wait("long", pause=1.5)
    job.wait("short", pause=1.2)
    assert not job.queue.is_due
    job.wait("now")
    assert job.queue.is_due
    job.give(1)
    job.give(2)
    assert time.monotonic() - began >= 1.5, "a turn was there, but not for them"
    assert job.order == ["now", "short", "long"]
    assert job.rests.count("long") <= 3, "nor is it called each time that another has gone"


def test_the_first_one_s_end_calls_the_next(job: Job) -> None:
    job.nap = 60.0
    job.wait("a")
    job.wait("b")
    job.end()
    assert job.order == ["a ended", "b ended"]
    assert not job.queue._places


def test_an_end_is_heard_before_a_turn_that_is_there(job: Job) -> None:
    job.turns.release()
    job.ended.set()
    with pytest.raises(InterruptedError):
        job.queue.turn(job.ask, 0.0, KEEPING)
    assert job.turns.acquire(blocking=False)


def test_who_is_never_called_gets_a_turn_all_the_same(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once in a while it asks itself, and where it is refused, it sleeps as long again."""
    monkeypatch.setattr(queueing, "_UNCALLED", -0.9)
    job.deaf, job.nap = True, 60.0
    job.wait("never asks again")
    job.wait("forgotten")
    until(lambda: job.rests.count("forgotten") >= 3)
    job.give(1)
    assert job.order == ["forgotten"]


def test_many_threads_get_a_turn_each(job: Job) -> None:
    job.nap = 0.0001
    names = [str(number) for number in range(50)]
    for number, name in enumerate(names):
        job.wait(name, pause=number % 7 / 100)
    for _ in names:
        job.turns.release()
    until(lambda: len(job.order) == len(names))
    assert sorted(job.order) == sorted(names)


def test_it_is_a_plain_wait_too(job: Job) -> None:
    began = time.monotonic()
    job.queue(0.05, "some reason")
    assert time.monotonic() - began >= 0.05
    assert job.reasons[threading.current_thread().name]() == "some reason"
    assert not job.queue._places
