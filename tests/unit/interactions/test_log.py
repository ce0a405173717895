"""Records that are happenings, and the mappings of Asterisk's queue_log and of Twilio's TaskRouter that need them."""

from __future__ import annotations

import json
import random
from collections import Counter
from itertools import pairwise, permutations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_genesys.events.models import STREAMS
from airflow_provider_genesys.events.records import Event, Reader
from airflow_provider_genesys.exceptions import GenesysConfigError
from airflow_provider_genesys.interactions.directory import Directory
from airflow_provider_genesys.interactions.explaining import explain
from airflow_provider_genesys.interactions.ids import stable_id
from airflow_provider_genesys.interactions.mapping_file import mapping_of_text, shipped_mapping
from tests.harness.examples import examples
from tests.unit.interactions.interactions import DIRECTORY
from tests.unit.interactions.shipped import SAMPLES
from tests.unit.interactions.test_segments import said
from tests.unit.interactions.world import Run, run

QUEUE_LOG = (shipped_mapping("asterisk_queue_log") or Path()).read_text("utf-8")
TASK_ROUTER = (shipped_mapping("twilio_taskrouter") or Path()).read_text("utf-8")
BEGIN = 1_794_816_000  # 2026-11-16T08:00:00Z

CALL = (
    "0|NONE|NONE|DID|+15550199",
    "0|Sales|NONE|ENTERQUEUE||+15550100|1|Kim",
    "15|Sales|Ben|RINGNOANSWER|12000",
    "30|Sales|Ann|CONNECT|30|m.1|5",
    "90|Sales|Ann|COMPLETECALLER|30|60|1",
)


def log(*lines: str, call: str = "c.1") -> str:
    """Return lines of a queue_log, of which each begins with seconds and lacks the call."""
    rows = (line.split("|", 1) for line in lines)
    return "".join(f"{BEGIN + int(second)}|{call}|{rest}\n" for second, rest in rows)


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


# --- Twilio ---


def task(second: int, event: str, task_id: str = "WT1", **data: Any) -> dict[str, Any]:
    """Return an invented event of TaskRouter."""
    about = {"task_sid": task_id, "task_channel_unique_name": "voice"}
    return {
        "sid": f"EV{second}{event}{data.get('reservation_sid', '')}",
        "event_type": event,
        "event_date_ms": (BEGIN + second) * 1000,
        "event_data": about | data,
    }


def reservation(second: int, event: str, sid: str, worker: str, **data: Any) -> dict[str, Any]:
    return task(second, f"reservation.{event}", reservation_sid=sid, worker_name=worker, **data)


INBOUND = [
    task(0, "task.created", task_attributes='{"direction": "inbound", "from": "+15550100", "to": "+15550199"}'),
    task(1, "task-queue.entered", task_queue_name="Sales"),
    reservation(2, "created", "WR1", "Ben"),
    reservation(17, "timeout", "WR1", "Ben"),
    reservation(18, "created", "WR2", "Ann"),
    reservation(22, "accepted", "WR2", "Ann"),
    reservation(82, "wrapup", "WR2", "Ann"),
    task(82, "task.wrapup"),
    reservation(90, "completed", "WR2", "Ann"),
    task(90, "task.completed"),
]
OUTBOUND = [
    task(0, "task.created", task_attributes='{"direction": "outbound", "to": "+15550100"}'),
    reservation(0, "created", "WR1", "Ann"),
    reservation(0, "accepted", "WR1", "Ann"),
    task(60, "task.transfer-initiated", transfer_mode="WARM", transfer_initiating_reservation_sid="WR1"),
    reservation(62, "created", "WR2", "Ben"),
    reservation(66, "accepted", "WR2", "Ben"),
    task(80, "task.transfer-completed"),
    reservation(81, "completed", "WR1", "Ann"),
    reservation(160, "completed", "WR2", "Ben"),
    task(160, "task.completed"),
]


@pytest.mark.parametrize("seed", range(4))
def test_a_task_of_twilio(seed: int) -> None:
    records = random.Random(seed).sample(INBOUND, len(INBOUND)) if seed else INBOUND
    account, events, *_ = run(TASK_ROUTER, [*records, records[0], task(5, "task.updated")])
    assert (account.converted, account.superseded, account.skipped) == (len(INBOUND), 1, 1)
    assert said(events) == [
        "00:00 externalEstablished",
        "00:01 routingEstablished",
        "00:02 userEstablished",
        "00:17 communicationEnded System",
        "00:18 userEstablished",
        "00:22 communicationAnswered",
        "00:22 communicationEnded TransferUser",
        "01:22 communicationEnded System",
        "01:22 communicationEnded System",
        "01:30 communicationDispositionApplied",
    ]
    assert (events[0]["ani"], events[0]["dnis"]) == ("+15550100", "+15550199")


@pytest.mark.parametrize("seed", range(4))
def test_an_outbound_task_with_a_warm_transfer(seed: int) -> None:
    records = random.Random(seed).sample(OUTBOUND, len(OUTBOUND)) if seed else OUTBOUND
    events = run(TASK_ROUTER, records).events
    assert said(events) == [
        "00:00 userEstablished",
        "00:00 externalEstablished",
        "00:00 communicationAnswered",
        "01:02 userEstablished",
        "01:02 consultTransfer",
        "01:06 communicationAnswered",
        "01:06 progressConsultTransfer",
        "01:21 endConsultTransfer",
        "01:21 communicationEnded TransferConsult",
        "02:40 communicationEnded System",
        "02:40 communicationEnded System",
    ]
    assert events[1]["dnis"] == "+15550100"


def test_a_transfer_that_nobody_takes_and_a_task_that_is_canceled() -> None:
    failed = [*OUTBOUND[:4], task(70, "task.transfer-failed"), reservation(90, "completed", "WR1", "Ann")]
    assert "consultTransfer" not in str(run(TASK_ROUTER, [*failed, task(90, "task.completed")]).events)
    rejected = [*OUTBOUND[:5], reservation(70, "rejected", "WR2", "Ben"), task(70, "task.transfer-failed")]
    events = run(TASK_ROUTER, [*rejected, *OUTBOUND[7:8], task(90, "task.completed")]).events
    assert said(events)[3:] == [
        "01:02 userEstablished",
        "01:02 consultTransfer",
        "01:10 endConsultTransfer",
        "01:10 communicationEnded System",
        "01:21 communicationEnded Self",
        "01:30 communicationEnded System",
    ]
    canceled = [*INBOUND[:2], task(60, "task.canceled", task_canceled_reason="hangup")]
    assert said(run(TASK_ROUTER, canceled).events)[2:] == [
        "01:00 communicationEnded Self",
        "01:00 communicationEnded Peer",
    ]
    chat = [task(0, "task.created") | {"event_data": {"task_sid": "WT1", "task_channel_unique_name": "chat"}}]
    assert run(TASK_ROUTER, chat).account.skipped == 1


# --- whatever the log ---

_EVENTS = [
    "NONE|DID|1",
    "NONE|ENTERQUEUE||+1|1",
    "NONE|ABANDON|1|1|1",
    "NONE|EXITWITHTIMEOUT|1|1|1",
    "Ann|RINGNOANSWER|1000",
    "Ben|RINGNOANSWER|0",
    "Ann|RINGCANCELED|2000",
    "Ann|CONNECT|1|m|1",
    "Ben|CONNECT|1|m|0",
    "Ann|COMPLETECALLER|1|1|1",
    "Ben|COMPLETEAGENT|1|1|1",
    "Ann|BLINDTRANSFER|7|q|1|1|1",
    "Ben|ATTENDEDTRANSFER|BRIDGE|x|1|1|1",
    "Ann|AGENTDUMP",
]
_queues = st.sampled_from(["Sales", "Billing"])
_any_row = st.tuples(st.integers(0, 9), _queues, st.sampled_from(_EVENTS))


@st.composite
def _likely_rows(draw: st.DrawFn) -> list[tuple[int, str, str]]:
    """Draw a call as Asterisk may write it, also with everything in one second."""
    rows, second = [], 0
    for _ in range(draw(st.integers(1, 3))):
        queue = draw(_queues)
        rows.append((second, queue, _EVENTS[1]))
        for _ in range(draw(st.integers(0, 2))):
            second += draw(st.integers(0, 3))
            rows.append((second, queue, draw(st.sampled_from(_EVENTS[4:7]))))
        second += draw(st.integers(0, 3))
        last = draw(st.sampled_from([*_EVENTS[2:4], None]))
        if last is None:
            rows.append((second, queue, draw(st.sampled_from(["Ann|CONNECT|1|m|0", "Ann|CONNECT|1|m|1"]))))
            second += draw(st.integers(0, 3))
            last = draw(st.sampled_from([_EVENTS[9], *_EVENTS[11:]])).replace("Ben", "Ann")
        rows.append((second, queue, last))
        second += draw(st.integers(0, 1))
    return rows


def well_told(result: Run) -> None:
    """Check what holds of all events that are told, whatever the rows."""
    reader = Reader(STREAMS["conversations"], 1000)
    begun: set[str] = set()
    over: set[str] = set()
    for number, event in enumerate(result.events):
        assert isinstance(reader.read(json.dumps(event).encode(), None, number, "f", 1), Event), event
        communication = event.get("communicationId")
        if event["type"].endswith("Established"):
            assert communication not in begun
            begun.add(communication)
        assert {value for key, value in event.items() if key.endswith("ommunicationId")} <= begun
        if event["type"] == "communicationEnded":
            assert communication not in over
            over.add(communication)
    assert begun == over
    assert len({each["eventId"] for each in result.events}) == len(result.events)
    assert all(one["eventDateTime"] <= other["eventDateTime"] for one, other in pairwise(result.events))


@examples(300)
@given(st.lists(_any_row, max_size=8) | _likely_rows(), st.randoms(use_true_random=False))
def test_any_log_is_told_well_or_refused_whatever_the_order(
    rows: list[tuple[int, str, str]], order: random.Random
) -> None:
    lines = [f"{second}|{queue}|{rest}" for second, queue, rest in rows]
    result = run(QUEUE_LOG, log(*lines))
    well_told(result)
    other = run(QUEUE_LOG, log(*order.sample(lines, len(lines))))
    assert other.events == result.events
    assert other.account == result.account
    assert {each["reason"] for each in other.rejects} == {each["reason"] for each in result.rejects}


def test_likely_logs_are_told_for_the_most_part() -> None:
    told_ones, tried = 0, 0

    @examples(200)  # enough of them also where there are few
    @given(_likely_rows())
    def count(rows: list[tuple[int, str, str]]) -> None:
        nonlocal told_ones, tried
        tried += 1
        told_ones += bool(run(QUEUE_LOG, log(*(f"{second}|{queue}|{rest}" for second, queue, rest in rows))).events)

    count()
    assert told_ones > tried / 3


EVERYTHING = """\
record: {shape: log, event: what, time: at, accurate_to: 1}
times: {format: epoch}
interaction: {id: id}
happenings:
  new:
    interaction:
      started: at
      direction: {column: how, table: {a: outbound, b: internal}, otherwise: inbound}
      customer: {address: number}
  reached: {interaction: {customer: {answered: at}}}
  queued: {legs: [{kind: queue, if: open, ended: at}, {kind: queue, key: key, party: key, started: at}]}
  rings: {legs: [{kind: agent, key: key, party: key, started: {time: at, minus: lasted}}]}
  invited: {legs: [{kind: agent, key: key, party: key, started: {time: at, minus: lasted}, invited_by: other}]}
  taken: {legs: [{kind: agent, key: key, answered: at}, {kind: queue, if: open, ended: at}]}
  missed: {legs: [{kind: agent, key: key, ended: at, outcome: missed}]}
  held: {legs: [{kind: agent, key: key, holds: [{since: {time: at, minus: lasted}, until: at}]}]}
  done: {legs: [{kind: agent, key: key, if: ended, wrap: {ended: at}}, {kind: agent, key: key, if: open, ended: at}]}
  passed:
    legs:
      - kind: agent
        key: key
        left_by:
          {kind: {column: how, table: {b: blind}, otherwise: consult}, target: agent, at: at, to_leg: {text: next}}
  refused: {legs: [{kind: agent, if: passing_on, left_by: {done: at, result: failed}}]}
  phoned: {legs: [{kind: phone, key: key, party: key, started: at, answered: at}]}
  ended: {interaction: {ended: at, ended_by: customer}}
  closed: {interaction: {if: open, ended: at}}
"""
_KINDS = [*mapping_of_text(EVERYTHING, "m").log._kinds]  # type: ignore[union-attr]


def _rows(kinds: st.SearchStrategy[str], seconds: st.SearchStrategy[int]) -> st.SearchStrategy[dict[str, str]]:
    texts = {
        "key": st.sampled_from(["Ann", "Ben", "Sales"]),
        "other": st.sampled_from(["Ann", "Sales", "customer"]),
        "how": st.sampled_from("abc"),
        "number": st.sampled_from(["", "+1"]),
        "lasted": st.sampled_from("012"),
    }
    times = seconds.map(lambda second: str(BEGIN + second))
    return st.fixed_dictionaries({"id": st.just("c"), "what": kinds, "at": times} | texts)


_begin, _end = _rows(st.just("new"), st.just(0)), _rows(st.sampled_from(["ended", "closed"]), st.integers(4, 8))
_between = st.lists(_rows(st.sampled_from(_KINDS), st.integers(0, 6)), max_size=7)


@examples(300)
@given(st.tuples(_begin, _between, _end), st.randoms(use_true_random=False))
def test_whatever_a_mapping_says_is_told_well_or_refused(parts: tuple[Any, Any, Any], order: random.Random) -> None:
    rows = [parts[0], *parts[1], parts[2]]
    result, other = run(EVERYTHING, rows), run(EVERYTHING, order.sample(rows, len(rows)))
    well_told(result)
    assert (other.events, other.account) == (result.events, result.account)


# --- the samples ---


def sample(mapping: str, name: str) -> Run:
    users = ("Amber Fox", "Basil Wren", "Cedar Lark", "amber.fox", "basil.wren", "cedar.lark")
    queues = ("support", "billing", "Support", "Billing")
    ids = {"users": {name: stable_id(name) for name in users}, "queues": {name: stable_id(name) for name in queues}}
    return run(mapping, SAMPLES / name, directory=Directory(source_id=stable_id("s"), **ids))


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


def test_the_sample_of_taskrouter() -> None:
    result = sample(TASK_ROUTER, "twilio_taskrouter_events.jsonl")
    well_told(result)
    counts = {"records": 25, "converted": 22, "skipped": 3, "superseded": 0, "held_back": 0, "rejected": 0}
    assert result.account.as_dict().items() >= (counts | {"events_written": 25, "conversations": 3}).items()
