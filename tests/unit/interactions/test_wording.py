"""An interaction and its events in words."""

from __future__ import annotations

import re

from hypothesis import given

from airflow_provider_genesys.interactions.checks import UntellableError
from airflow_provider_genesys.interactions.model import Interaction, Service, Span, Transfer, Wrap
from airflow_provider_genesys.interactions.telling import tell
from airflow_provider_genesys.interactions.wording import events_in_words, interaction_in_words, names_in
from tests.unit.interactions.interactions import DIRECTORY, agent, at, call, interactions, queue


def timeline(interaction: Interaction) -> list[str]:
    """Return what happens from 20 seconds on: passed, who and what."""
    events = [event for _, event in tell(interaction, DIRECTORY)]
    lines = events_in_words(events, names_in([interaction], DIRECTORY))
    return [" ".join(line.split()[2:]).rpartition(" (")[0] for line in lines if line.split()[2] >= "+0:00:20"]


@given(interactions(likely=True))
def test_whatever_is_told_has_words_a_line_for_each_event(interaction: Interaction) -> None:
    assert all(line.strip() for line in interaction_in_words(interaction))
    try:
        events = [event for _, event in tell(interaction, DIRECTORY)]
    except UntellableError:
        return
    lines = events_in_words(events, names_in([interaction], DIRECTORY))
    assert len(lines) == len(events)
    for line, event in zip(lines, events, strict=True):
        assert re.fullmatch(rf"\S+ \S+Z +\+\d+:\d\d:\d\d  \S.*  \S.*  \({event['type']}\)", line, re.DOTALL), line


def test_a_consultation_and_a_hold() -> None:
    consulted = agent("agent-2", 60, 65, 120, party="Ben")
    transfer = Transfer(
        kind="consult", target="agent", to="Ben", to_leg="agent-2", at=at(60), joined=at(65), done=at(80)
    )
    legs = queue(), agent(end=80, holds=(Span(since=at(58), until=at(80)),), left_by=transfer), consulted
    assert timeline(call(*legs, end=120, ended_by="customer")) == [
        "+0:00:20 agent rings, Ann, invited by queue",
        "+0:00:20 queue passes on to an agent, and leaves",
        "+0:00:25 agent answers",
        "+0:00:58 agent puts the other side on hold",
        "+0:01:00 agent 2 rings, Ben, invited by agent",
        "+0:01:00 agent begins a consultation agent 2",
        "+0:01:05 agent 2 answers",
        "+0:01:05 agent is answered by the other side agent 2",
        "+0:01:20 agent goes on after the hold",
        "+0:01:20 - the consultation is over",
        "+0:01:20 agent passes on after a consultation, and leaves",
        "+0:02:00 customer hangs up",
        "+0:02:00 agent 2 is left: another one hangs up",
    ]


def test_a_blind_transfer_to_a_number_and_a_wrap_up_without_a_code() -> None:
    transfer = Transfer(kind="blind", target="number", to="+15550123", at=at(50), done=at(100))
    lines = timeline(call(agent(left_by=transfer, wrap=Wrap(ended=at(130))), ended_by="customer"))
    assert "+0:00:50 agent begins a transfer to +15550123" in lines
    assert "+0:01:40 - the transfer is over: Completed" in lines
    assert lines[-1] == "+0:02:10 agent wraps up without a code"


def test_what_a_record_says() -> None:
    transfer = Transfer(kind="blind", target="queue", to="Billing", at=at(50.25), done=at(100))
    leg = agent(
        holds=(Span(since=at(30)),), left_by=transfer, recording=True, wrap=Wrap(ended=at(130), code="resolved")
    )
    whole = call(queue(skills=("Spanish",)), leg, end=None, conversation="k1", tag="t", info=(("Site", "Rome"),))
    whole = Interaction(**{name: getattr(whole, name) for name in whole.__slots__} | {"service": Service(name="Shop")})
    assert interaction_in_words(whole) == [
        "interaction c1: voice, inbound, conversation k1, began 2026-11-16 08:00:00Z, has not ended, tag t, Site Rome",
        "our side: Shop",
        "leg queue: queue Sales, from 2026-11-16 08:00:00Z, to 2026-11-16 08:00:20Z, skills Spanish",
        (
            "leg agent: agent Ann, from 2026-11-16 08:00:20Z, answered 2026-11-16 08:00:25Z, to 2026-11-16 08:01:40Z, "
            "on hold from 2026-11-16 08:00:30Z to ?, recorded, wraps up until 2026-11-16 08:02:10Z with resolved, "
            "blind transfer to queue Billing at 2026-11-16 08:00:50.250Z, completed"
        ),
    ]
