"""Records that are happenings, and the mapping of Asterisk's queue_log that needs them."""

from __future__ import annotations

import json
import random
from collections import Counter
from datetime import date
from itertools import permutations

import pytest

from airflow_provider_genesys.exceptions import GenesysConfigError
from airflow_provider_genesys.interactions.explaining import explain
from airflow_provider_genesys.interactions.happenings import digest
from airflow_provider_genesys.interactions.mapping_file import mapping_of_text
from tests.unit.interactions.interactions import DIRECTORY
from tests.unit.interactions.logs import BEGIN, CALL, QUEUE_LOG, log, sample, well_told
from tests.unit.interactions.world import run, said


def told(*lines: str) -> list[str]:
    account, events, rejects, *_ = run(QUEUE_LOG, log(*lines))
    assert (account.rejected, account.held_back) == (0, 0), rejects
    return said(events)


def test_a_call_is_told_with_who_missed_it() -> None:
    account, events, *_ = run(QUEUE_LOG, log(*CALL))
    assert said(events) == [
        "00:00 externalEstablished",
        "00:00 routingEstablished",
        "00:03 userEstablished",
        "00:15 communicationEnded System",
        "00:25 userEstablished",
        "00:30 communicationAnswered",
        "00:30 communicationEnded TransferUser",
        "01:30 communicationEnded Self",
        "01:30 communicationEnded Peer",
    ]
    assert (account.records, account.converted, account.conversations) == (5, 5, 1)
    first = events[0]
    assert (first["ani"], first["aniName"], first["dnis"]) == ("+15550100", "Kim", "+15550199")
    assert first["sourceConfiguration"]["interactionId"] == "c.1"
    users = [each["userId"] for each in events if each["type"] == "userEstablished"]
    assert users == [DIRECTORY.users["Ben"], DIRECTORY.users["Ann"]]
    queue = events[1]["communicationId"]
    assert {each["initialConfiguration"]["invitedBy"] for each in events if "userId" in each} == {queue}


def test_ids_are_functions_of_the_platforms_ids() -> None:
    events = run(QUEUE_LOG, log(*CALL)).events
    assert events[0]["conversationId"] == "89a38f5c-814b-492e-b606-d9e8c87da940"
    assert events[4]["communicationId"] == "755eae9b-cb39-4dad-bbcc-939ab1b6d53e"
    assert events[-1]["eventId"] == "c467b62a-afe2-44e3-8e93-badc0315616d"


def test_a_row_is_known_by_the_same_digest_in_every_version() -> None:
    """It stands in the states of earlier runs, and orders rows of one time."""
    assert digest({"a": "späte", "b": None}) == digest({"b": None, "a": "späte"}) == "#325c4a81e679929db430dff15a7947a6"
    assert digest({"at": date(2026, 11, 16), "n": [1, 2]}) == "#abd56adf465e9a243e81a1d571c4009e"


def test_the_order_of_the_rows_makes_no_difference() -> None:
    results = {json.dumps(run(QUEUE_LOG, log(*order)).events) for order in permutations(CALL)}
    assert len(results) == 1


def test_a_row_that_is_there_twice_counts_once() -> None:
    account, events, *_ = run(QUEUE_LOG, log(*CALL, *CALL[2:4]), log(CALL[0]))
    assert (account.converted, account.superseded) == (5, 3)
    assert events == run(QUEUE_LOG, log(*CALL)).events


def test_who_leaves_a_queue_and_comes_back_to_it_in_the_same_second() -> None:
    lines = [
        "0|Sales|NONE|ENTERQUEUE||+15550100|1",
        "20|Sales|NONE|EXITWITHTIMEOUT|1|1|20",
        "20|Sales|NONE|ENTERQUEUE||+15550100|1",
        "20|Sales|NONE|EXITEMPTY|1|1|0",
        "20|Billing|NONE|ENTERQUEUE||+15550100|1",
        "25|Billing|NONE|ABANDON|1|1|5",
    ]
    random.Random(3).shuffle(lines)
    assert told(*lines) == [
        "00:00 externalEstablished",
        "00:00 routingEstablished",
        "00:20 routingEstablished",
        "00:20 routingEstablished",
        "00:20 communicationEnded TransferACD",
        "00:20 communicationEnded TransferACD",
        "00:25 communicationEnded Self",
        "00:25 communicationEnded Peer",
    ]


def test_whom_a_call_rang_as_the_caller_left() -> None:
    lines = ["0|Sales|NONE|ENTERQUEUE||+15550100|1", "12|Sales|Ann|RINGCANCELED|11800", "12|Sales|NONE|ABANDON|1|1|12"]
    assert told(*lines) == [
        "00:00 externalEstablished",
        "00:00 routingEstablished",
        "00:00 userEstablished",
        "00:12 communicationEnded Self",
        "00:12 communicationEnded Peer",
        "00:12 communicationEnded Peer",
    ]


def test_whole_seconds_do_not_let_a_phone_ring_before_the_caller_came() -> None:
    lines = ["0|Sales|NONE|ENTERQUEUE||+15550100|1", "15|Sales|Ann|RINGNOANSWER|15850", "16|Sales|NONE|ABANDON|1|1|16"]
    assert told(*lines)[2] == "00:00 userEstablished"
    long_before = lines[1].replace("15850", "16100")
    account, _, rejects, *_ = run(QUEUE_LOG, log(lines[0], long_before, lines[2]))
    assert (account.rejected, account.converted) == (3, 0)
    assert "leg 'agent:Ann': it began before the interaction did" in rejects[0]["reason"]


@pytest.mark.parametrize("event", ["BLINDTRANSFER", "TRANSFER"])
def test_a_blind_transfer_into_another_queue_and_out_of_all(event: str) -> None:
    lines = [
        "0|Sales|NONE|ENTERQUEUE||+15550100|1",
        "5|Sales|Ann|CONNECT|5|m.1|5",
        f"45|Sales|Ann|{event}|7002|queues|5|40|1",
    ]
    out = run(QUEUE_LOG, log(*lines)).events
    assert said(out)[-4:] == [
        "00:45 phoneTransfer",
        "00:45 endTransfer",
        "00:45 communicationEnded Transfer",
        "00:45 communicationEnded System",
    ]
    assert out[-4]["destinationPhoneNumber"] == "7002"
    for second in (45, 46):
        more = [f"{second}|Billing|NONE|ENTERQUEUE||+15550100|1", "60|Billing|NONE|ABANDON|1|1|14"]
        on = run(QUEUE_LOG, log(*lines, *more)).events
        passed_on = [each for each in on if each["type"] == "routingTransfer"]
        assert [each["destinationQueueId"] for each in passed_on] == [DIRECTORY.queues["Billing"]]
        assert said(on)[-2:] == ["01:00 communicationEnded Self", "01:00 communicationEnded Peer"]
        assert Counter(said(on))["00:45 communicationEnded TransferACD"] == 1


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        (["5|Sales|Ann|COMPLETEAGENT|5|40|1"], "COMPLETEAGENT of agent 'Ann', which did not begin in what was read"),
        (["5|Sales|Ann|CONNECT|5|m.1|2"], "CONNECT of queue 'Sales', which did not begin in what"),
        (["5|Sales|Ann|RINGNOANSWER|1000"], "RINGNOANSWER of 'Sales', which did not begin in what was read"),
        ([*CALL, "95|Sales|Ann|COMPLETEAGENT|30|65|1"], "sets ended of 'agent:Ann', which is set already"),
        ([CALL[1], "5|Sales|Ann|CONNECT|5|m.1|much"], "CONNECT: leg agent: started: data3 must be a number of seconds"),
        ([CALL[1], "5|Sales|Eve|RINGNOANSWER|1000", "7|Sales|NONE|ABANDON|1|1|1"], "agent 'Eve' is not in the direct"),
        (["0|Sales|NONE|DID|1"], "it has not ended"),
    ],
)
def test_what_cannot_be_told_is_refused_as_a_whole(lines: list[str], reason: str) -> None:
    result = run(QUEUE_LOG, log(*lines), log(*CALL, call="c.2"))
    kept = result.rejects or result.held_back
    assert (result.account.converted, len(kept)) == (len(CALL), len(lines))
    assert all(reason in each["reason"] for each in kept), kept
    assert len({each["conversationId"] for each in result.events}) == 1


def test_a_call_that_is_not_over_comes_with_the_next_file() -> None:
    for cut in range(1, len(CALL)):
        first = run(QUEUE_LOG, log(*CALL[:cut]))
        assert (first.account.held_back, first.events) == (cut, [])
        kept = "\n".join(map(json.dumps, first.held_back))
        assert run(QUEUE_LOG, kept, log(*CALL[cut:])).events == run(QUEUE_LOG, log(*CALL)).events


def test_what_is_told_so_far_is_continued_with_the_same_ids() -> None:
    mapping = QUEUE_LOG.replace("shape: log", "shape: log\n  open: tell")
    so_far, all_ = (run(mapping, log(*CALL[:count])).events for count in (4, 5))
    assert [each["eventId"] for each in so_far] == [each["eventId"] for each in all_][: len(so_far)]


def test_a_call_is_explained_with_all_its_lines() -> None:
    text = log(*CALL) + log(CALL[1], call="c.2")
    explained = explain([("queue_log", text.encode())], mapping_of_text(QUEUE_LOG, "m"), DIRECTORY, "c.1")
    assert len(explained.records) == explained.account["converted"] == len(CALL)
    at = "2026-11-16 08:00"
    assert explained.records[2]["understood"] == [
        "RINGNOANSWER, 2026-11-16 08:00:15Z",
        "interaction: direction inbound",
        f"agent Ben begins: party Ben, invited by Sales, started {at}:03Z, ended {at}:15Z, outcome missed",
    ]
    assert [json.dumps(each) for each in explained.events] == [
        json.dumps(each) for each in run(QUEUE_LOG, log(*CALL)).events
    ]
    assert "rings, Ben, invited by queue" in explained.timeline[2]
    by_line = explain([("queue_log", text.encode())], mapping_of_text(QUEUE_LOG, "m"), DIRECTORY, "6")
    assert by_line.account["held_back"] == 1


def test_lines_that_are_broken_or_of_no_call() -> None:
    text = f"{BEGIN}|NONE|NONE|NONE|QUEUESTART|\nbroken\n{'|' * 12}\n\n{log('5|Sales|NONE|NEWS|x')}"
    account, _, rejects, *_ = run(QUEUE_LOG, text)
    assert (account.records, account.skipped, account.rejected) == (4, 2, 2)
    assert [(each["line"], each["reason"]) for each in rejects] == [
        (2, "event is empty"),
        (3, "has 13 columns, and the header 10"),
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("record: {shape: log}\ninteraction: {id: Id}", r"the shape log needs record\.event"),
        ("record: {shape: log}\ninteraction: {id: Id}", "the shape log needs happenings"),
        ("record: {shape: log}", r"the shape log needs interaction\.id"),
        ("record: {shape: log, event: E, time: T}\nlegs: []", "legs stand under happenings"),
        ("happenings: {}", r"line 1: goes with record: {shape: log}, and this is record"),
        ("record: {event: E}", r"line 1: goes with record: {shape: log}, and this is record"),
        ("record: {shape: log, accurate_to: long}", "accurate_to must be a number of seconds"),
        ("record: {shape: log}\nhappenings:\n  A: {leg: []}", "line 3: in the happening A the name 'leg' is unknown"),
        ("record: {shape: log}\nhappenings:\n  A: {legs: [{}]}", "a leg needs kind"),
        ("record: {shape: log}\nhappenings:\n  A: {legs: [{kind: que}]}", "did you mean 'queue'"),
        ("record: {shape: log}\nhappenings:\n  A: {legs: [{kind: queue, if: opn}]}", "did you mean 'open'"),
        ("record: {shape: log}\nhappenings:\n  A: {legs: [{kind: queue, if: open, started: T}]}", "if is for them"),
        ("record: {shape: log}\nhappenings:\n  A: {interaction: {id: I}}", "id is that of all rows"),
        ("record: {shape: log}\nhappenings:\n  A: {interaction: {if: ended}}", "if can only be open"),
        ("record: {shape: log}\nhappenings:\n  A: {interaction: {version: I}}", "the name 'version' is unknown"),
        ("reads: {format: log}", "the format log needs header"),
        ("reads: {format: log, header: [T]}\ninteraction: {id: Ta, direction: inbound, started: T}", "no column 'Ta'"),
    ],
)
def test_mistakes_are_told_with_their_lines(text: str, message: str) -> None:
    with pytest.raises(GenesysConfigError, match=message):
        mapping_of_text(text, "m")


def test_the_sample_of_queue_log() -> None:
    result = sample(QUEUE_LOG, "asterisk_queue_log")
    well_told(result)
    counts = {"records": 52, "converted": 29, "skipped": 17, "superseded": 1, "held_back": 4, "rejected": 1}
    assert result.account.as_dict().items() >= (counts | {"events_written": 59, "conversations": 8}).items()
    assert [(each["line"], each["reason"]) for each in result.rejects] == [(48, "event is empty")]
    assert {each["record"]["call"] for each in result.held_back} == {"1795078200.4000", "1795132800.58600"}
    customers = [each for each in result.events if each["type"] == "externalEstablished"]
    assert len({each["conversationId"] for each in customers}) == len(customers) == 8
    ends = Counter(each.get("disconnectType") for each in result.events if each["type"] == "communicationEnded")
    assert ends == {"Self": 5, "Peer": 6, "System": 7, "TransferUser": 5, "TransferACD": 2, "Transfer": 1}
