"""Presences by label, whose definitions take long to be read: the publish goes on meanwhile, and a stop is heard."""

from __future__ import annotations

import threading
import time
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from airflow_provider_genesys.events.presences import PatientResolver
from airflow_provider_genesys.exceptions import GenesysError, GenesysServerError
from tests.contract.wire_server import after
from tests.contract.worlds import add_up, presences
from tests.harness.machine import HEARD

if TYPE_CHECKING:
    from collections.abc import Callable

    from airflow_provider_genesys.events.publisher import Publisher
    from tests.contract.roads import Road

COUNT = 3_000
FOUND = "8f36c487-4e75-4da9-a5bc-d7916f1acda0"


def named(name: str = "Break/Smoke", *, every: int = COUNT) -> list[dict[str, Any]]:
    """Return events of which the last of so many names its presence."""
    rows = presences(COUNT, users=300)
    for row in rows[every - 1 :: every]:
        row.pop("presenceDefinitionId", None)
        row["presence"] = name
    return rows


def wait_for(condition: Callable[[], bool], seconds: float = 20.0) -> bool:
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.01)
    return condition()


@pytest.mark.parametrize("on_unknown", ["resend", "dead_letter"])
def test_answers_are_taken_while_definitions_are_read(roads: Callable[[str], Road], on_unknown: str) -> None:
    it, ready = roads("http"), []
    it.server.manner = after(0.2)

    def resolve(_: str) -> str:
        before = running.summary()["accepted"]
        ready.append(wait_for(lambda: running.summary()["accepted"] > before))
        return FOUND

    running: Publisher = it.start(resolve=resolve, on_unknown=on_unknown, client={"read_timeout": 30.0})
    summary = running.publish(named(every=COUNT))
    assert ready == [True]
    assert (summary["accepted"], summary["complete"]) == (COUNT, True)


def test_a_stop_is_heard_while_definitions_are_read(roads: Callable[[str], Road]) -> None:
    it, asked, over, stopped = roads("http"), threading.Event(), threading.Event(), []

    def resolve(_: str) -> str:
        asked.set()
        over.wait()
        return FOUND

    def stop() -> None:
        asked.wait(30)
        stopped.append(time.monotonic())
        running.stop()

    running = it.start(resolve=resolve, client={"read_timeout": 30.0})
    threading.Thread(target=stop, daemon=True).start()
    try:
        with pytest.raises(GenesysError, match="stopped"):
            running.publish(named())
        assert time.monotonic() - stopped[0] < HEARD
    finally:
        over.set()
    add_up(running.summary())
    assert running.summary()["accepted"] == it.server.accepted.total()


def test_what_reading_the_definitions_raises_ends_the_try_and_the_next_goes_on(roads: Callable[[str], Road]) -> None:
    it = roads("http")

    def resolve(_: str) -> str:
        raise GenesysServerError(503, "service.unavailable", "not now")

    with pytest.raises(GenesysServerError, match="not now"):
        it.start(resolve=resolve).publish(named())
    summary = it.start(resolve=lambda _: FOUND).publish(named())
    assert (summary["accepted"], summary["complete"]) == (COUNT, True)
    assert it.server.accepted.total() == COUNT


def test_each_name_is_asked_for_once_also_one_that_nobody_knows(roads: Callable[[str], Road]) -> None:
    it, asked = roads("http"), Counter[str]()

    def resolve(name: str) -> str:
        asked[name] += 1
        raise LookupError(f"presence {name!r} is unknown")

    summary = it.start(resolve=resolve, max_rejected="100%").publish(named(every=100))
    assert asked == {"Break/Smoke": 1}
    assert (summary["invalid"], summary["accepted"]) == (COUNT // 100, COUNT - COUNT // 100)
    assert summary["reasons"][0]["code"] == "invalid.presence"


def test_names_without_end_take_no_memory_without_end() -> None:
    resolver = PatientResolver(str.upper, lambda work: work())
    assert [resolver(f"a{number}") for number in range(20_000)] == [f"A{number}" for number in range(20_000)]
    assert len(resolver._found) <= 8_192
