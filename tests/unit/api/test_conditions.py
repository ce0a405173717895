"""What keeps requests waiting is told once a minute, in words, with what happens next."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from airflow_provider_genesys.api.conditions import Conditions
from airflow_provider_genesys.exceptions import GenesysTransportError
from tests.harness.clock import Clock

if TYPE_CHECKING:
    import pytest


def messages(caplog: pytest.LogCaptureFixture) -> list[str]:
    found = [record.getMessage() for record in caplog.records]
    caplog.clear()
    return found


def test_what_lasts_is_told_once_a_minute(caplog: pytest.LogCaptureFixture) -> None:
    clock = Clock()
    conditions = Conditions(clock)
    for _ in range(150):
        for _ in range(12):
            conditions.outage("no answer from api within 30 s", 5.0)
        clock.now += 1
    assert len(messages(caplog)) == 3


def test_a_lost_answer_and_a_refused_connection_are_one_outage(caplog: pytest.LogCaptureFixture) -> None:
    conditions = Conditions(Clock())
    conditions.lost_answer(GenesysTransportError("the connection to api broke", sent=None), 8)
    conditions.outage("cannot connect to api", 2.0)
    (said,) = messages(caplog)
    assert said == (
        "A request has no clear answer: the connection to api broke. Its events may have arrived all the same; they "
        "are sent again with the same ids, as are those of every other request that fails so, with longer and longer "
        "waits, until each was sent 8 times. If that does not help, this try ends, and the next one goes on from there."
    )


def test_an_outage_and_the_rate_limit_are_two_conditions(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    conditions = Conditions(Clock())
    conditions.outage("HTTP 503", 2.0)
    conditions.rate_limit("rate limited (HTTP 429)", 2.0)
    outage, pause = messages(caplog)
    assert outage == (
        "A request failed: HTTP 503. It is repeated in 2 s, and with longer waits after that, as is every other one "
        "that fails so."
    )
    assert pause == "Waiting for 2 s: rate limited (HTTP 429). Then requests go on by themselves."


def test_a_short_wait_is_not_told_and_does_not_hide_a_long_one(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    conditions = Conditions(Clock())
    conditions.outage("HTTP 503", 0.9)
    conditions.rate_limit("keeping to the rate limit", 0.9)
    assert messages(caplog) == []
    conditions.outage("HTTP 503", 1.9)
    conditions.rate_limit("keeping to the rate limit", 50.0)
    assert len(messages(caplog)) == 2
