"""The mapping file for Asterisk's call records."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.interactions.shipped import BERLIN, Told, sample, table

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
