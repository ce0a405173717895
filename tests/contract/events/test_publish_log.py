"""What a publish tells in the log of an outage, of a pause, and of where a new try goes on."""

from __future__ import annotations

import logging
import re
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from airflow_provider_genesys.api import hosts, retry
from airflow_provider_genesys.events import progress, publisher, source
from airflow_provider_genesys.exceptions import GenesysServerError, GenesysTransportError
from tests.contract.worlds import SOURCE, World, presence, presences, write_lines

if TYPE_CHECKING:
    from airflow_provider_genesys.events.source import Chunk

EVENTS = "*/events/*"


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]


def published(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.getMessage().startswith("Settled ")]


@pytest.mark.parametrize(
    ("fault", "begins", "goes_on"),
    [
        ({"reset": "before"}, "A request has no clear answer: ", "sent again with the same ids"),
        ({"reset": "after"}, "A request has no clear answer: ", "sent again with the same ids"),
        ({"status": 503}, "A request has no clear answer: ", "sent again with the same ids"),
        ({"status": 502}, "A request has no clear answer: ", "sent again with the same ids"),
        ({"status": 503, "retry_after": 2}, "A request failed: ", "It is repeated in 2 s"),
    ],
)
def test_an_outage_is_one_warning_for_all_lanes(
    world: World, caplog: pytest.LogCaptureFixture, fault: dict[str, Any], begins: str, goes_on: str
) -> None:
    world.simulator.add_fault(path=EVENTS, after=5, count=24, **fault)
    summary = world.publish(presences(6000), max_in_flight=12)
    assert (summary["accepted"], summary["retries"]) == (6000, 24)
    (said,) = warnings(caplog)
    assert said.startswith(begins)
    assert goes_on in said
    assert "Lane" not in said


def test_a_host_that_answered_is_not_asked_about_the_region(
    world: World, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retry, "_FIRST_WAIT", 1.2)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        nobody = f"http://127.0.0.1:{taken.getsockname()[1]}"
    good, world.url = world.url, nobody
    _, error = world.fail(GenesysTransportError, presences(100), max_attempts=3)
    assert "is the region right, and may this machine reach the host?" in str(error)
    (said,) = warnings(caplog)
    assert said.startswith("A request failed: ")
    assert "ConnectionRefusedError" in said

    caplog.clear()
    world.url = good
    world.publish(presences(100))
    hosts.ANSWERED.add(nobody.removeprefix("http://"))
    world.url = nobody
    _, error = world.fail(GenesysTransportError, presences(100), max_attempts=1, republish=True)
    assert "it has answered before, so either it or the way to it is down" in str(error)
    assert "region" not in str(error)


def test_where_nobody_reads_the_log_no_line_is_made_and_who_follows_is_told_at_the_same_pace(
    world: World, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.WARNING, "airflow_provider_genesys")
    monkeypatch.setattr(progress, "_FIRST", 0.2)
    monkeypatch.setattr(progress, "_INTERVAL", 0.2)
    monkeypatch.setattr(progress.Lines, "line", lambda *_, **__: pytest.fail("nobody reads it"))
    world.simulator.add_fault(path=EVENTS, count=12, latency_ms=1_000)
    told: list[float] = []
    running = world.start(max_in_flight=12)
    running.tell = lambda: told.append(time.monotonic())
    began = time.monotonic()
    running.publish(presences(1_200))
    assert 2 <= len(told) <= 1 + (time.monotonic() - began) / 0.2


def test_no_events_a_second_have_a_reason(
    world: World, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.INFO)
    monkeypatch.setattr(progress, "_FIRST", 0.4)
    monkeypatch.setattr(progress, "_INTERVAL", 0.4)
    world.simulator.add_fault(path=EVENTS, count=1, latency_ms=1500)
    world.simulator.add_fault(path=EVENTS, after=12, count=30, status=503, retry_after=2)
    world.publish(presences(9000), max_in_flight=12)
    still = [line for line in published(caplog) if "; nothing new for " in line]
    # A slow machine reads for longer than until the first line.
    assert any(line.endswith("; waiting: a request is not answered yet") for line in still), still
    wanted = r"; waiting: the server answers HTTP 503, Service Unavailable \(\d+ requests?\)$"
    assert any(re.search(wanted, line) for line in published(caplog)), published(caplog)
    assert all("; waiting: " in line for line in still), still


def test_a_slow_input_is_the_reason(
    world: World, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.INFO)
    monkeypatch.setattr(progress, "_FIRST", 0.4)

    def slowly(*args: Any, **options: Any) -> Iterator[Chunk]:
        time.sleep(2.5)
        yield from source.read(*args, **options)

    monkeypatch.setattr(publisher, "read", slowly)
    monkeypatch.setattr(publisher, "may_keep_waiting", lambda _: True)
    world.publish(presences(100))
    wanted = (
        r"Settled 0 of 0 read so far: 0 accepted; nothing new for \d s, 0 requests in \d s; waiting: no more of the"
    )
    assert re.match(wanted, published(caplog)[0])


def test_a_new_try_says_from_where_it_goes_on(world: World, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    files = [
        write_lines(tmp_path / "monday.jsonl", [presence(0) | {"eventDateTime": "now"}, *presences(700)]),
        write_lines(tmp_path / "tuesday.jsonl", [presence(number) for number in range(700, 1000)]),
    ]
    world.simulator.add_fault(path=EVENTS, after=3, status=500)
    world.fail(GenesysServerError, files, max_in_flight=1, max_rejected=1)
    assert "goes on where" not in caplog.text
    world.simulator.clear_faults()
    assert world.publish(files, max_in_flight=1, max_rejected=1)["accepted"] == 1000
    (said,) = [record.getMessage() for record in caplog.records if "goes on where" in record.getMessage()]
    assert said == (
        "Try 2 goes on where the one before ended: 301 of its records are settled (300 accepted, 1 invalid). "
        "monday.jsonl and 1 more file are read from the beginning, and only what is not settled is sent."
    )
    caplog.clear()
    world.publish(files, max_in_flight=1, max_rejected=1)
    assert "goes on where" not in caplog.text


def test_changes_within_a_second_are_told_once(world: World, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    break_, on_queue = ({"presenceDefinitionId": each} for each in (SOURCE, "6a3af858-942f-489d-9700-5f9bcdcdae9b"))
    events = [presence(user, **each) for user in range(40) for each in (break_, on_queue, break_)]
    for event in events:
        del event["eventId"]
    summary = world.publish(write_lines(tmp_path / "day.jsonl", events))
    assert (summary["accepted"], summary["duplicate"]) == (80, 40)
    (said,) = warnings(caplog)
    assert "40 events without an eventId" in said
    assert "such as day.jsonl, line 3." in said
    assert "user 0" not in said


@pytest.mark.parametrize("nothing", ["", "[]", '{"data": []}', '{"userPresenceEvents": []}\n{"items": [], "total": 0}'])
def test_an_hour_without_events_is_a_success_that_says_so(
    world: World, caplog: pytest.LogCaptureFixture, tmp_path: Path, nothing: str
) -> None:
    caplog.set_level(logging.INFO)
    (tmp_path / "hour.jsonl").write_text(nothing)
    for _ in range(2):
        caplog.clear()
        summary = world.publish(str(tmp_path / "hour.jsonl"))
        assert (summary["read"], summary["complete"], summary["requests"]) == (0, True, 0)
        assert warnings(caplog) == []
        assert sum("There is no event in the input" in record.getMessage() for record in caplog.records) == 1
