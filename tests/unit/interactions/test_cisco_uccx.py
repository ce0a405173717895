"""The mapping file for the tables of Cisco Unified CCX."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_genesys.exceptions import GenesysConfigError
from tests.unit.interactions.shipped import Told, sample, table

UCCX = "extends: cisco_uccx"
CALLS = (
    "contactID sessionID sessionSeqNum nodeID profileID contactType contactDisposition originatorDN startDateTime "
    "endDateTime calledNumber"
)
AGENTS = (
    "sessionID sessionSeqNum nodeID profileID resourceID startDateTime endDateTime ringTime talkTime holdTime "
    "workTime callWrapupData RNA"
)


def leg(session: int, begin: str, end: str, *, number: int = 0, disposition: int = 2, kind: int = 1) -> dict[str, Any]:
    key = {"sessionID": session, "sessionSeqNum": number, "nodeID": 1, "profileID": 1}
    how = {"contactType": kind, "contactDisposition": disposition, "originatorDN": "015550000500"}
    times = {"startDateTime": f"2026-11-16 09:{begin}.345", "endDateTime": f"2026-11-16 09:{end}.345"}
    return key | how | times | {"calledNumber": "7001"}


def offered(
    session: int, who: int, begin: str, end: str, *, ring: int, work: int = 0, number: int = 0, **more: Any
) -> dict[str, Any]:
    key = {"sessionID": session, "sessionSeqNum": number, "nodeID": 1, "profileID": 1, "resourceID": who}
    times = {"startDateTime": f"2026-11-16 09:{begin}.345", "endDateTime": f"2026-11-16 09:{end}.345"}
    return key | times | {"ringTime": ring, "workTime": work, "RNA": "f"} | more


def of_uccx(calls: list[dict[str, Any]], agents: list[dict[str, Any]]) -> Told:
    return Told(UCCX, ("calls.csv", table(CALLS, *calls)), ("agents.csv", table(AGENTS, *agents)))


def test_a_call_of_two_tables() -> None:
    told = of_uccx(
        [leg(1, "00:00", "03:15")],
        [
            offered(1, 8, "00:51", "03:25", ring=4, work=10, callWrapupData="Resolved"),
            offered(1, 7, "00:25", "00:37", ring=12, RNA="t"),
        ],
    )
    assert told.of("1-0-1-1") == [
        "09:00:00.345 external external",
        "09:00:25.345 user 7 rings, by external",
        "09:00:37.345 7 ended System",
        "09:00:51.345 user 8 rings, by external",
        "09:00:55.345 8 answered",
        "09:03:15.345 external ended System",
        "09:03:15.345 8 ended System",
        "09:03:25.345 8 dispositionapplied Resolved",
    ]
    account = told.account
    assert (account.records, account.converted, account.conversations) == (3, 3, 1)


def test_a_call_that_is_given_up_while_it_rings() -> None:
    told = of_uccx([leg(1, "00:00", "00:37", disposition=1)], [offered(1, 7, "00:25", "00:37", ring=12, RNA="t")])
    assert told.of("1-0-1-1")[2:] == ["09:00:37.345 external ended Self", "09:00:37.345 7 ended Peer"]


def test_a_transfer_is_the_next_leg_of_a_session() -> None:
    told = of_uccx(
        [leg(1, "00:00", "01:50"), leg(1, "01:39", "05:02", number=1)],
        [offered(1, 7, "00:14", "01:50", ring=6), offered(1, 8, "01:39", "05:47", ring=3, work=45, number=1)],
    )
    assert told.of("1-0-1-1")[3:] == [
        "09:01:39.345 user 8 rings, by 7",
        "09:01:42.345 8 answered",
        "09:01:50.345 7 ended TransferUser",
        "09:05:02.345 external ended System",
        "09:05:02.345 8 ended System",
        "09:05:47.345 8 dispositionapplied",
    ]


def test_a_call_out() -> None:
    told = of_uccx([leg(1, "00:00", "01:09", kind=2)], [offered(1, 7, "00:00", "01:09", ring=9)])
    assert told.of("1-0-1-1") == [
        "09:00:00.345 user 7 rings",
        "09:00:00.345 external external rings, by 7",
        "09:00:09.345 7 answered",
        "09:00:09.345 external answered",
        "09:01:09.345 7 ended System",
        "09:01:09.345 external ended System",
    ]


def test_an_agents_row_waits_for_the_call() -> None:
    told = of_uccx([leg(1, "00:00", "01:00")], [offered(2, 7, "00:14", "01:50", ring=6)])
    assert (told.account.converted, told.account.held_back) == (1, 1)
    assert told.held_back[0]["reason"] == "it goes on from record '2-0-1-1', which was not read"
    rows = [held["record"] for held in told.held_back]
    later = Told(UCCX, ("held", rows), ("calls.csv", table(CALLS, leg(2, "00:00", "01:50"))), ("a", table(AGENTS)))
    assert (later.account.converted, later.account.held_back) == (2, 0)


def test_the_columns_of_a_table_that_is_not_given_are_missed() -> None:
    with pytest.raises(GenesysConfigError) as raised:
        Told(UCCX, ("calls.csv", table(CALLS, leg(1, "00:00", "01:00"))))
    assert "own.yaml, line 1: there is no column 'resourceID' in any of the files" in str(raised.value)
    assert "'contactType'" not in str(raised.value)


def test_the_sample_of_cisco() -> None:
    told = Told(UCCX, sample("uccx_agent_connection_detail.csv"), sample("uccx_contact_call_detail.csv"))
    account = told.account
    assert (account.records, account.converted, account.conversations, account.events_written) == (15, 15, 7, 39)
    assert told.of("102-0-1-1") == [
        "09:20:00 external external",
        "09:20:25 user 2 rings, by external",
        "09:20:37 2 ended System",
        "09:20:51 user 1 rings, by external",
        "09:20:55 1 answered",
        "09:23:15 external ended System",
        "09:23:15 1 ended System",
        "09:23:25 1 dispositionapplied Resolved",
    ]
    assert told.of("101-0-1-1")[-1] == "09:11:00 external ended Self"
    assert "09:31:50 2 ended TransferUser" in told.of("103-0-1-1")
    assert told.of("106-0-1-1") == ["10:00:00 external external", "10:00:00 external ended System"]
