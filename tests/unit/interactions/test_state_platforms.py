"""The mappings for the platforms that tell what agents do."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

from airflow_provider_genesys.interactions.directory import Directory
from airflow_provider_genesys.interactions.ids import stable_id
from tests.unit.interactions.logs import log
from tests.unit.interactions.shipped import SAMPLES
from tests.unit.interactions.states import CONNECT, QUEUE_LOG, UCCX, WFM, agent_event, run

# --- Amazon Connect ---


def test_several_contacts_of_an_agent_of_connect() -> None:
    records = [
        agent_event(0, "ROUTABLE", kind="LOGIN"),
        agent_event(10, "ROUTABLE", "CONNECTING"),
        agent_event(20, "ROUTABLE", "CONNECTED", "CONNECTING"),
        agent_event(30, "ROUTABLE", "CONNECTED", "MISSED"),
        agent_event(40, "ROUTABLE", "ENDED", "CONNECTED_ONHOLD"),
        agent_event(50, "ROUTABLE", "ENDED"),
        agent_event(60, "ROUTABLE", "MISSED"),
        agent_event(70, "ROUTABLE"),
        agent_event(80, "CUSTOM", "CONNECTED", name="Break"),
        agent_event(90, "CUSTOM", "ENDED", name="Break"),
        agent_event(99, "OFFLINE", "CONNECTED", kind="LOGOUT"),
        agent_event(100, "ROUTABLE", kind="HEART_BEAT"),
    ]
    random.Random(5).shuffle(records)
    result = run(CONNECT, [*records, records[0]])
    assert result.said == [
        "08:00:00 On Queue",
        "08:00:00 Idle",
        "08:00:20 Interacting",
        "08:01:00 NotResponding",
        "08:01:10 Idle",
        "08:01:20 Break",
        "08:01:20 OffQueue",
        "08:01:39 Offline",
    ]
    assert (result.account.converted, result.account.skipped, result.account.superseded) == (6, 6, 1)


# --- Asterisk ---


def test_an_agent_is_what_he_is_in_the_highest_of_his_queues() -> None:
    lines = [
        "0|Sales|Ann|ADDMEMBER|",
        "1|Billing|Ann|ADDMEMBER|PAUSED",
        "2|Sales|Ann|PAUSE|Lunch",
        "3|Billing|Ann|UNPAUSE|",
        "4|Billing|Ann|REMOVEMEMBER|",
        "5|NONE|Ann|PAUSEALL|Meeting",
        "6|Sales|Ann|PAUSE|Coffee",
        "7|Sales|Ann|REMOVEMEMBER|",
    ]
    text = log(*lines, call="NONE")
    assert run(QUEUE_LOG, text).said == [
        "08:00:00 On Queue",
        "08:00:00 Idle",
        "08:00:02 Meal",
        "08:00:02 OffQueue",
        "08:00:03 On Queue",
        "08:00:03 Idle",
        "08:00:04 Meal",
        "08:00:04 OffQueue",
        "08:00:06 Busy",
        "08:00:07 Offline",
    ]


def test_a_pause_during_a_call_shows_when_the_calls_are_over() -> None:
    two = log("3|Sales|Ann|CONNECT|1|m|1", "9|Sales|Ann|COMPLETEAGENT|1|1|1", call="c.2")
    text = log(
        "0|Sales|Ann|ADDMEMBER|",
        "1|Sales|Ann|CONNECT|1|m|1",
        "5|Sales|Ann|PAUSE|Break",
        "7|Sales|Ann|COMPLETECALLER|1|1|1",
    )
    assert run(QUEUE_LOG, text, two).said == [
        "08:00:00 On Queue",
        "08:00:00 Idle",
        "08:00:01 Interacting",
        "08:00:09 Break",
        "08:00:09 OffQueue",
    ]


def test_a_file_that_begins_in_the_middle_and_a_restart() -> None:
    calls = log("1|Sales|Ann|COMPLETECALLER|1|1|1", "5|Sales|Ben|CONNECT|1|m|1")
    text = log("0|NONE|NONE|QUEUESTART|", "9|NONE|NONE|QUEUESTART|", "9|NONE|NONE|CONFIGRELOAD|", call="NONE")
    result = run(QUEUE_LOG, text, calls)
    assert result.said == [
        "08:00:01 On Queue",
        "08:00:01 Idle",
        "08:00:05 On Queue",
        "08:00:05 Interacting",
        "08:00:09 Idle",
    ]
    assert (result.account.converted, result.account.skipped) == (3, 2)


# --- Cisco and Vonage ---


def test_agents_of_uccx() -> None:
    def line(second: int, event: int, reason: int = 0) -> str:
        return f"Ann,2026-11-16 08:00:{second:02}.000,0,{event},{reason},1"

    lines = [
        line(0, 1),
        line(0, 2, 32760),
        line(1, 5),
        line(3, 6),
        line(4, 3),
        line(5, 4),
        line(6, 5),
        line(7, 6),
        line(7, 3),
        line(8, 2, 32763),
        line(9, 3),
        line(10, 7, 1),
    ]
    header = "agentID,eventDateTime,gmtOffset,eventType,reasonCode,profileID"
    for seed in range(3):
        rows = random.Random(seed).sample(lines, len(lines))
        assert run(UCCX, "\n".join([header, *rows])).said == [
            "08:00:00 Busy",
            "08:00:00 OffQueue",
            "08:00:04 On Queue",
            "08:00:04 Idle",
            "08:00:06 Interacting",
            "08:00:07 Idle",
            "08:00:08 NotResponding",
            "08:00:09 Idle",
            "08:00:10 Offline",
            "08:00:10 OffQueue",
        ]


def test_agents_of_vonage_in_pages_and_one_a_line() -> None:
    items = [
        {
            "agentId": "Ann",
            "start": f"2026-11-16T08:00:{second:02}.000Z",
            "duration": lasts,
            "state": state,
            "description": why,
        }
        for second, lasts, state, why in [
            (0, 1000, "Ready", None),
            (1, 2000, "Busy", "Inbound Phone"),
            (3, 1000, "Wrap", "Inbound Phone"),
            (4, 0, "Away", "Lunch"),
            (4, 1000, "Ready", None),
            (5, 1000, "ReadyRFO", "Ready (Outbound)"),
            (6, 1000, "Busy", "Outbound Phone"),
            (7, 1000, "Unexpected", "Inbound Phone"),
            (8, 1000, "Away", "Lunch"),
            (9, None, "LoggedOut", None),
        ]
    ]
    expected = [
        "08:00:00 On Queue",
        "08:00:00 Idle",
        "08:00:01 Interacting",
        "08:00:04 Idle",
        "08:00:05 Busy",
        "08:00:05 OffQueue",
        "08:00:07 On Queue",
        "08:00:07 NotResponding",
        "08:00:08 Meal",
        "08:00:08 OffQueue",
        "08:00:09 Offline",
    ]
    pages = [{"meta": {"page": 1}, "items": items[:6]}, {"meta": {"page": 2}, "items": items[5:]}]
    for text in (
        json.dumps(pages[0], indent=1) + json.dumps(pages[1]),
        "\n".join(map(json.dumps, items)),
        json.dumps(pages),
    ):
        assert run(WFM, text).said == expected
    many = {"items": [item | {"more": "x" * 5000} for item in items] * 40}
    assert run(WFM, json.dumps(many)).said == expected
    assert run(WFM, '{"items": [5]}').rejects[0]["reason"] == "is no object"


def test_rules_of_a_file_that_extends_another_come_before_those_there() -> None:
    """As a stranger wrote it: a rule for each state that he knew of, and none for two that the sample has too."""
    own = """\
extends: vonage_wfm_agent_states
presence_map:
  - {state: Ready, presence: On Queue, routing_status: Idle}
  - {state: ReadyRFO, presence: Available, routing_status: OffQueue}
  - {state: ExtendedAway, reason: Lunch, presence: Break, routing_status: OffQueue}
"""
    states = [
        *((0, "Ready", None), (1, "Unexpected", "Inbound Phone"), (2, "Away", "Auto away"), (3, "ReadyRFO", None)),
        *((4, "ExtendedAway", "Lunch"), (5, "Away", "Lunch")),
    ]
    told = run(own, [wfm_state(*each) for each in states])
    assert told.rejects == []
    assert [event["presence"] for event in told.presences] == ["On Queue", "Busy", "Available", "Break", "Meal"]
    assert [event["status"] for event in told.statuses] == ["Idle", "NotResponding", "OffQueue"]


def wfm_state(second: int, state: str, why: str | None) -> dict[str, Any]:
    start = f"2026-11-16T08:00:0{second}Z"
    return {"agentId": "Ann", "start": start, "duration": 1000, "state": state, "description": why}


# --- the samples ---


@pytest.mark.parametrize(
    ("mapping", "file", "counts", "presences", "statuses"),
    [
        (CONNECT, "connect_agent_events.jsonl", (25, 10, 14, 1, 0), 7, 9),
        (QUEUE_LOG, "asterisk_queue_log", (52, 22, 28, 1, 1), 7, 21),
        (UCCX, "uccx_agent_state_detail.csv", (16, 12, 3, 1, 0), 8, 12),
        (WFM, "vonage_wfm_agent_states.json", (14, 12, 2, 0, 0), 9, 9),
    ],
)
def test_the_samples(mapping: str, file: str, counts: tuple[int, ...], presences: int, statuses: int) -> None:
    names = ("Amber Fox", "Basil Wren", "Cedar Lark", "amber.fox", "basil.wren", "1", "2", "1544", "1545")
    directory = Directory(source_id=stable_id("s"), users={name: stable_id(name) for name in names})
    result = run(mapping, SAMPLES / file, directory=directory)
    account = result.account
    found = (account.records, account.converted, account.skipped, account.superseded, account.rejected)
    assert found == counts
    assert (len(result.presences), len(result.statuses)) == (presences, statuses)
