"""The mapping files for exports in CSV: Asterisk's call records, Cisco Unified CCX and NICE CXone."""

from __future__ import annotations

import csv
from io import StringIO
from typing import Any

import pytest

from airflow_provider_genesys.exceptions import GenesysConfigError
from airflow_provider_genesys.interactions.mapping_file import SHIPPED, mapping_of_text, read_mapping
from tests.unit.interactions.shipped import BERLIN, LATE, Told, sample


def table(columns: str, *rows: dict[str, Any], header: bool = True) -> bytes:
    """Return CSV of rows, of which each names what is not empty."""
    out = StringIO()
    writer = csv.DictWriter(out, columns.split(), restval="", lineterminator="\n")
    if header:
        writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


# --- Asterisk ---

CDR = "extends: asterisk_cdr" + BERLIN
CDR_COLUMNS = (
    "accountcode src dst dcontext clid channel dstchannel lastapp lastdata start answer end duration billsec "
    "disposition amaflags uniqueid userfield peeraccount linkedid sequence"
)
TRUNK, ANN, BEN = "PJSIP/trunk-0000000a", "PJSIP/ann-lee-0000000b", "PJSIP/102-0000000c"


def cdr(number: int, start: str, seconds: int, talk: int | None = None, **more: Any) -> dict[str, Any]:
    """Return a row of the call whose channel came at 2026-11-19 09:00:00 in Berlin; ``start`` is ``mm:ss``."""
    minutes, second = map(int, start.split(":"))
    begin = minutes * 60 + second
    times = [f"2026-11-19 09:{at // 60:02}:{at % 60:02}" for at in (begin, begin + seconds)]
    answered = None if talk is None else begin + seconds - talk
    return {
        "src": "015550000201",
        "dst": "7001",
        "clid": '"Fox, ""Red""" <015550000201>',
        "channel": TRUNK,
        "start": times[0],
        "end": times[1],
        "answer": "" if answered is None else f"2026-11-19 09:{answered // 60:02}:{answered % 60:02}",
        "duration": seconds,
        "billsec": talk or 0,
        "disposition": "NO ANSWER" if talk is None else "ANSWERED",
        "uniqueid": "1795075200.1000",
        "linkedid": "1795075200.1000",
        "sequence": number,
    } | more


def of_cdr(*rows: dict[str, Any], mapping: str = CDR) -> Told:
    return Told(mapping, ("Master.csv", table(CDR_COLUMNS, *rows, header=False)))


IN_QUEUE = {"lastapp": "Queue", "lastdata": "support,t,,,300"}


def test_attempts_that_ring_at_once_are_one_wait_in_the_queue() -> None:
    rows = [
        cdr(1, "0:00", 20, dstchannel=BEN, **IN_QUEUE),
        cdr(2, "0:00", 80, 60, dstchannel=ANN, **IN_QUEUE),
        cdr(3, "0:00", 20, dstchannel="Local/103@agents-0000000d;1", **IN_QUEUE),
    ]
    told = of_cdr(*rows)
    assert told.of("1795075200.1000-1") == [
        "08:00:00 external external",
        "08:00:00 routing support, by external",
        "08:00:00 user 102 rings, by support",
        "08:00:00 user ann-lee rings, by support",
        "08:00:00 user 103 rings, by support",
        "08:00:20 ann-lee answered",
        "08:00:20 support ended TransferUser",
        "08:00:20 102 ended System",
        "08:00:20 103 ended System",
        "08:01:20 external ended System",
        "08:01:20 ann-lee ended System",
    ]
    customer = told.events[0]
    assert (customer["ani"], customer["aniName"], customer["dnis"]) == ("015550000201", 'Fox, ""Red""', "7001")
    assert of_cdr(*reversed(rows)).events == told.events


def test_a_caller_whom_nobody_took_gave_up() -> None:
    told = of_cdr(cdr(1, "0:20", 45, 45, **IN_QUEUE))
    assert told.of("1795075200.1000-1")[2:] == ["08:01:05 external ended Self", "08:01:05 support ended Peer"]


def test_a_colleague_who_is_called_for_advice_and_takes_over() -> None:
    advice = {"channel": "PJSIP/ann-lee-0000000d", "uniqueid": "1795075260.1001", "src": "101", "dst": "102"}
    told = of_cdr(
        cdr(1, "0:00", 120, 110, dstchannel=ANN, **IN_QUEUE),
        cdr(2, "1:00", 60, 55, dstchannel=BEN, **advice),
        cdr(3, "2:00", 30, 30, dstchannel=BEN),
    )
    assert told.of("1795075200.1000-1")[5:] == [
        "08:01:00 user 102 rings, by ann-lee",
        "08:01:05 102 answered",
        "08:02:00 user 102 rings, by 102",
        "08:02:00 102 answered",
        "08:02:00 ann-lee ended TransferUser",
        "08:02:00 102 ended TransferUser",
        "08:02:30 external ended System",
        "08:02:30 102 ended System",
    ]


OUT = {"channel": ANN, "dstchannel": TRUNK, "src": "101", "dst": "015550000301", "lastapp": "Dial"}


def test_a_call_out_that_a_second_trunk_brings_through() -> None:
    told = of_cdr(cdr(1, "0:00", 5, disposition="CONGESTION", **OUT), cdr(2, "0:05", 65, 55, **OUT))
    assert told.of("1795075200.1000-1") == [
        "08:00:00 user ann-lee",
        "08:00:00 external external rings, by ann-lee",
        "08:00:15 external answered",
        "08:01:10 ann-lee ended System",
        "08:01:10 external ended System",
    ]
    assert told.events[1]["dnis"] == "015550000301"


@pytest.mark.parametrize(("disposition", "how"), [("NO ANSWER", "System"), ("BUSY", "Error"), ("FAILED", "Error")])
def test_a_call_out_that_nobody_took(disposition: str, how: str) -> None:
    told = of_cdr(cdr(1, "0:00", 5, disposition=disposition, **OUT))
    assert told.of("1795075200.1000-1")[2:] == [f"08:00:05 ann-lee ended {how}", f"08:00:05 external ended {how}"]


def test_a_call_among_colleagues() -> None:
    told = of_cdr(cdr(1, "0:00", 33, 30, channel=ANN, dstchannel=BEN, src="101", dst="102"))
    assert told.of("1795075200.1000-1")[:3] == [
        "08:00:00 user ann-lee",
        "08:00:00 user 102 rings, by ann-lee",
        "08:00:03 102 answered",
    ]


def test_the_trunks_have_names_of_their_own() -> None:
    mapping = f"{CDR}\nvalues: {{from_trunk: {{column: caller, table: {{my-sip: yes}}, otherwise: no}}}}"
    told = of_cdr(cdr(1, "0:00", 45, channel="PJSIP/my-sip-0000000a", **IN_QUEUE), mapping=mapping)
    assert told.of("1795075200.1000-1")[1] == "08:00:00 routing support, by external"


@pytest.mark.parametrize(
    ("epoch", "begins", "ends"),
    [("1792888200.9", "00:30:00", "00:55:00"), ("1792891800.9", "01:30:00", "01:55:00")],
)
def test_of_the_hour_that_comes_twice_the_channel_tells_which(epoch: str, begins: str, ends: str) -> None:
    local = {"start": "2026-10-25 02:30:00", "end": "2026-10-25 02:55:00", "uniqueid": epoch, "linkedid": epoch}
    told = of_cdr(cdr(1, "0:00", 1500, **IN_QUEUE) | local)
    lines = told.of(f"{epoch}-1")
    assert (lines[0][:8], lines[-1][:8]) == (begins, ends)


def test_a_time_that_is_there_twice_and_can_be_neither_is_rejected() -> None:
    told = of_cdr(cdr(1, "0:00", 5) | {"start": "2026-10-25 02:30:00"})
    assert "comes twice in Europe/Berlin, and cannot be either time" in told.rejects[0]["reason"]


def test_the_sample_of_asterisk() -> None:
    told = Told(CDR, sample("asterisk_cdr_master.csv"))
    account = told.account
    assert (account.records, account.converted, account.conversations, account.events_written) == (10, 10, 9, 52)
    assert told.of("1795075400.1200-4") == [
        "08:03:20 external external",
        "08:03:20 routing support, by external",
        "08:03:20 user 102 rings, by support",
        "08:03:35 user 101 rings, by support",
        "08:03:35 102 ended System",
        "08:03:52 101 answered",
        "08:03:52 support ended TransferUser",
        "08:04:52 external ended System",
        "08:04:52 101 ended System",
    ]
    begun = [told.of(f"{epoch}.1-{number}")[0][:8] for epoch, number in ((1792888200, 9), (1792891800, 10))]
    assert begun == ["00:30:00", "01:30:00"]
    assert (told.users.asked, told.queues.asked) == ({"101", "102"}, {"support", "billing"})


# --- Cisco Unified CCX ---

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


# --- NICE CXone ---

CXONE = "extends: nice_cxone" + BERLIN
CONTACTS = (
    "Contact_ID Master_Contact_ID Media_Name Contact_Name ANI_DIALNUM Skill_Name Agent_No SLA Start_Date Start_Time "
    "PreQueue InQueue Agent_Time PostQueue Abandon Disposition_Code"
)


def contact(id_: str, begin: str, *sums: int, master: str | None = None, **more: Any) -> dict[str, Any]:
    durations = dict(zip(("PreQueue", "InQueue", "Agent_Time", "PostQueue"), sums, strict=True))
    return {
        "Contact_ID": id_,
        "Master_Contact_ID": master or id_,
        "Media_Name": "Call",
        "Contact_Name": "Main number",
        "ANI_DIALNUM": "+15550100",
        "Skill_Name": "Support",
        "Agent_No": "101",
        "SLA": "0",
        "Start_Date": "11/16/2026",
        "Start_Time": begin,
        "Abandon": "N",
        "Disposition_Code": "12",
        **durations,
        **more,
    }


def of_cxone(*rows: dict[str, Any], mapping: str = CXONE) -> Told:
    return Told(mapping, ("contacts.csv", table(CONTACTS, *rows)))


def test_times_are_sums() -> None:
    assert of_cxone(contact("1", "09:00:00", 5, 10, 600, 12)).of("1") == [
        "08:00:00 external external",
        "08:00:05 routing Support, by external",
        "08:00:15 user 101 rings, by Support",
        "08:00:15 101 answered",
        "08:00:15 Support ended TransferUser",
        "08:10:15 101 ended Self",
        "08:10:15 101 dispositionapplied 12",
        "08:10:27 external ended System",
    ]


def test_a_second_transfer_is_of_the_same_conversation() -> None:
    rows = [
        contact("1", "09:00:00", 5, 10, 100, 0),
        contact("2", "09:01:50", 0, 5, 100, 0, master="1", Agent_No="102", SLA="-1"),
        contact("3", "09:03:30", 0, 20, 60, 0, master="2", Agent_No="103", Skill_Name="Billing"),
        contact("4", "09:00:00", 5, 10, 100, 0),
    ]
    told = of_cxone(*rows)
    assert (told.account.converted, told.account.conversations) == (4, 2)
    assert told.of("3") == told.of("1")
    assert told.of("1")[5:] == [
        "08:01:55 user 102 rings, by 101",
        "08:01:55 102 answered",
        "08:01:55 101 ended TransferUser",
        "08:01:55 101 dispositionapplied 12",
        "08:03:30 routing Billing, by 102",
        "08:03:35 102 ended TransferACD",
        "08:03:35 102 dispositionapplied 12",
        "08:03:50 user 103 rings, by Billing",
        "08:03:50 103 answered",
        "08:03:50 Billing ended TransferUser",
        "08:04:50 external ended System",
        "08:04:50 103 ended System",
        "08:04:50 103 dispositionapplied 12",
    ]
    assert of_cxone(*reversed(rows)).events == told.events


def test_a_contact_waits_for_its_master() -> None:
    told = of_cxone(
        contact("3", "09:00:00", 0, 5, 60, 0, master="2"), contact("2", "08:59:00", 0, 5, 60, 0, master="1")
    )
    assert told.account.held_back == 2
    assert {each["reason"] for each in told.held_back} == {"it goes on from record '1', which was not read"}


def test_the_last_of_a_row_that_comes_again_counts() -> None:
    told = of_cxone(
        contact("1", "09:00:00", 5, 10, 60, 0),
        contact("1", "09:00:00", 5, 10, 60, 0),
        contact("1", "09:00:00", 5, 10, 60, 0, Disposition_Code="15"),
    )
    assert (told.account.superseded, told.account.converted) == (2, 1)
    assert told.of("1")[-1] == "08:01:15 101 dispositionapplied 15"


def test_a_contact_given_up_one_of_the_flow_and_one_out() -> None:
    nobody = {"Agent_No": "", "Disposition_Code": ""}
    told = of_cxone(
        contact("1", "09:00:00", 15, 80, 0, 0, Abandon="Y", **nobody),
        contact("2", "10:00:00", 22, 0, 0, 0, SLA="-1", **nobody),
        contact("3", "11:00:00", 0, 0, 138, 0, SLA="-1", Skill_Name="Outbound"),
        contact("4", "12:00:00", 0, 0, 138, 0, Media_Name="Chat"),
    )
    assert told.of("1")[2:] == ["08:01:35 external ended Self", "08:01:35 Support ended Peer"]
    assert told.of("2") == ["09:00:00 external external", "09:00:22 external ended System"]
    assert told.of("3")[:3] == [
        "10:00:00 user 101",
        "10:00:00 external external rings, by 101",
        "10:00:00 external answered",
    ]
    assert told.account.skipped == 1


def test_which_hour_is_meant_is_not_guessed_unless_the_file_says_so() -> None:
    twice = contact("1", "02:30:00", 5, 5, 60, 0, Start_Date="10/25/2026")
    assert "fold says which is meant" in of_cxone(twice).rejects[0]["reason"]
    second = of_cxone(twice, mapping="extends: nice_cxone\ntimes: {zone: Europe/Berlin, fold: second}")
    assert second.of("1")[0] == "01:30:00 external external"
    never = of_cxone(contact("1", "02:30:00", 5, 5, 60, 0, Start_Date="03/28/2027"))
    assert "does not exist in Europe/Berlin" in never.rejects[0]["reason"]


def test_the_sample_of_cxone() -> None:
    told = Told(CXONE, sample("cxone_detail_comprehensive_with_hold.csv"))
    counts = {"records": 15, "converted": 9, "skipped": 1, "superseded": 2, "held_back": 0, "rejected": 3}
    assert told.account.as_dict() == counts | LATE | {"events_written": 56, "conversations": 8}
    assert [each["line"] for each in told.rejects] == [9, 10, 11]
    assert told.of("5001")[-1].endswith("dispositionapplied 15")
    assert told.of("5005") == told.of("5004")
    assert [line for line in told.of("5004") if "ended" in line] == [
        "08:10:30 Support ended TransferUser",
        "08:15:00 102 ended TransferUser",
        "08:18:19 external ended System",
        "08:18:19 103 ended System",
    ]
    over_midnight = told.of("5007")
    assert (over_midnight[0][:8], over_midnight[-1][:8]) == ("22:58:30", "23:23:30")


# --- all of them ---


@pytest.mark.parametrize("name", ["asterisk_cdr", "nice_cxone"])
def test_local_times_need_a_zone_before_the_first_record_is_read(name: str) -> None:
    local = r"line \d+: times as .* are local: give their zone"
    with pytest.raises(GenesysConfigError, match=rf"{name}\.yaml, {local}") as told:
        read_mapping(SHIPPED / f"{name}.yaml")
    assert f"in a mapping file of your own, which begins with extends: {name}" in str(told.value)
    with pytest.raises(GenesysConfigError, match=r"own\.yaml, line 1: times as .* are local") as told:
        mapping_of_text(f"extends: {name}", "own.yaml")
    assert "of your own" not in str(told.value)


def test_mistakes_in_a_file_that_extends_another_have_its_own_lines() -> None:
    text = """\
extends: nice_cxone
times: {zone: Europe/Berlin}
values:
  start: {time: [Start_Date, Start_Time], fold: fist}
interaction:
  tags: {column: Campaign}
legs:
  - {kind: queue, started: queued, parti: Skill_Name}
"""
    with pytest.raises(GenesysConfigError) as raised:
        mapping_of_text(text, "own.yaml")
    told = [line.strip() for line in str(raised.value).splitlines()]
    assert told[1].startswith("own.yaml, line 4: the fold 'fist' is unknown")
    assert told[2].startswith("own.yaml, line 6: in interaction the name 'tags' is unknown")
    assert told[3].startswith("own.yaml, line 8: in a leg the name 'parti' is unknown")
    assert len(told) == 4


def test_only_what_comes_with_the_provider_is_extended() -> None:
    with pytest.raises(GenesysConfigError, match=r"line 1: the mapping 'nice_cxon' is unknown.*'nice_cxone'\?"):
        mapping_of_text("extends: nice_cxon", "own.yaml")
    with pytest.raises(GenesysConfigError, match=r"line 1: the mapping '' is unknown; known are amazon_connect"):
        mapping_of_text("extends: [nice_cxone]", "own.yaml")
    with pytest.raises(GenesysConfigError, match="did you mean 'extends'"):
        mapping_of_text("extend: nice_cxone", "own.yaml")
