"""Records that are segments of a conversation, and the mapping of Amazon Connect that needs them."""

from __future__ import annotations

import json
from collections import Counter
from io import BytesIO
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_genesys.events.models import STREAMS
from airflow_provider_genesys.events.records import Event, Reader
from airflow_provider_genesys.exceptions import GenesysConfigError
from airflow_provider_genesys.interactions.converting import convert
from airflow_provider_genesys.interactions.directory import Directory
from airflow_provider_genesys.interactions.ids import stable_id
from airflow_provider_genesys.interactions.mapping_file import mapping_of_text, read_mapping
from tests.unit.interactions.contacts import CONNECT, FIRST, MAPPING, SECOND, contact, in_queue, time, with_agent
from tests.unit.interactions.interactions import DIRECTORY
from tests.unit.interactions.shipped import SAMPLES
from tests.unit.interactions.world import run, said

ROOT = Path(__file__).parents[3]


def test_a_chain_becomes_one_conversation_whatever_the_order() -> None:
    results = [run(MAPPING, [*order]) for order in permutations([FIRST, SECOND])]
    assert results[0].events == results[1].events
    assert said(results[0].events) == [
        "00:00 externalEstablished",
        "00:10 routingEstablished",
        "00:30 userEstablished",
        "00:30 communicationAnswered",
        "00:30 communicationEnded TransferUser",
        "04:40 userEstablished",
        "04:40 communicationAnswered",
        "05:00 communicationEnded TransferUser",
        "05:15 communicationDispositionApplied",
        "08:00 communicationEnded Self",
        "08:00 communicationEnded Peer",
        "09:00 communicationDispositionApplied",
    ]
    account = results[0].account
    assert (account.records, account.converted, account.conversations) == (2, 2, 1)
    sources = [
        each["sourceConfiguration"]["interactionId"] for each in results[0].events if "sourceConfiguration" in each
    ]
    assert sources == ["a", "a", "a", "b"]


def test_the_segments_may_be_in_several_files() -> None:
    assert run(MAPPING, [SECOND], json.dumps(FIRST)).events == run(MAPPING, [FIRST, SECOND]).events


def test_a_conversation_whose_next_record_is_not_there_is_held_back_and_comes_with_it() -> None:
    alone = run(MAPPING, [FIRST])
    assert (alone.account.held_back, alone.events) == (1, [])
    assert alone.held_back[0]["reason"] == "it goes on in record 'b', which was not read"
    later = run(MAPPING, "\n".join(map(json.dumps, alone.held_back)), [SECOND])
    assert later.events == run(MAPPING, [FIRST, SECOND]).events


def test_nobody_waits_for_a_record_that_was_read_and_does_not_count() -> None:
    last, chat = FIRST | {"NextContactId": "m"}, contact("m", "05:00", "06:00", Channel="CHAT", InitialContactId="a")
    account = run(MAPPING, [last, chat]).account
    assert (account.converted, account.skipped, account.held_back) == (1, 1, 0)
    assert run(MAPPING, [last]).account.held_back == 1


def test_what_is_told_so_far_is_continued_with_the_same_ids() -> None:
    mapping = MAPPING.replace("shape: segments", "shape: segments\n  open: tell")
    so_far, all_ = (run(mapping, records).events for records in ([FIRST], [FIRST, SECOND]))
    assert {each["eventId"] for each in so_far} < {each["eventId"] for each in all_}
    assert "communicationEnded Self" not in " ".join(said(so_far)[:6])


def test_a_newer_version_of_a_segment_takes_its_place() -> None:
    newer = SECOND | {"LastUpdateTimestamp": time("59:30"), "Attributes": {"disposition": "Billing"}}
    for records in ([FIRST, SECOND, newer], [newer, SECOND, FIRST]):
        account, events, *_ = run(MAPPING, records)
        assert (account.converted, account.superseded) == (2, 1)
        codes = [each["code"] for each in events if "code" in each]
        assert codes == [DIRECTORY.wrap_up_codes["resolved"], DIRECTORY.wrap_up_codes["Billing"]]


def test_the_records_of_a_conversation_have_one_fate() -> None:
    nobody = SECOND | with_agent("Eve", "04:40", "08:00", "09:00")
    account, events, rejects, *_ = run(MAPPING, [FIRST, nobody])
    assert (account.rejected, events) == (2, [])
    assert {each["reason"] for each in rejects} == {
        "agent 'Eve' is not in the directory, under users (as 2 records tell it)"
    }


def test_a_list_that_is_a_tuple_is_one_whenever_it_is_looked_at() -> None:
    account, _, rejects, *_ = run(MAPPING, [FIRST, SECOND | {"Agent": {"Username": ("Ben",)}}])
    assert (account.held_back, account.rejected) == (1, 1)
    assert rejects[0]["reason"] == "leg agent: party: Agent.Username is no single value"


def test_outbound_callback_and_what_does_not_count() -> None:
    records = [
        contact("o", "00:00", "02:00", InitiationMethod="OUTBOUND", **with_agent("Ann", "00:12", "02:00", "02:10"))
        | {"ConnectedToSystemTimestamp": time("00:12"), "DisconnectReason": "AGENT_DISCONNECT"},
        contact("u", "03:00", "03:40", InitiationMethod="OUTBOUND")
        | {"ConnectedToSystemTimestamp": None, "DisconnectReason": "TELECOM_UNANSWERED"},
        contact("q", "10:00", "11:00", NextContactId="k", DisconnectReason="CONTACT_FLOW_DISCONNECT"),
        contact("k", "10:50", "25:00", InitiationMethod="CALLBACK", InitialContactId="q", PreviousContactId="q")
        | in_queue("Sales", "10:50", "20:00")
        | with_agent("Ben", "20:00", "25:00", "25:10")
        | {"ConnectedToSystemTimestamp": time("20:20")},
        contact("m", "00:30", "00:40", InitiationMethod="MONITOR", InitialContactId="o"),
        contact("t", "00:30", "00:40", Channel="CHAT"),
    ]
    account, events, *_ = run(MAPPING, records)
    assert (account.converted, account.skipped, account.conversations) == (4, 2, 4)
    assert said(events) == [
        "00:00 userEstablished",
        "00:00 externalEstablished",
        "00:12 communicationAnswered",
        "02:00 communicationEnded Self",
        "02:00 communicationEnded Peer",
        "02:10 communicationDispositionApplied",
        "03:00 externalEstablished",
        "03:40 communicationEnded Error",
        "10:00 externalEstablished",
        "11:00 communicationEnded System",
        "20:00 userEstablished",
        "20:00 externalEstablished",
        "20:20 communicationAnswered",
        "25:00 communicationEnded Self",
        "25:00 communicationEnded Peer",
        "25:10 communicationDispositionApplied",
    ]
    assert [each["sourceConfiguration"].get("tagId") for each in events if "sourceConfiguration" in each][-1] == "q"


NUMBERED = """\
record: {shape: segments}
times: {format: epoch}
interaction:
  id: Id
  previous: From
  direction: {column: Way}
  started: {time: Begin}
  ended: {time: End}
  ended_by: {column: By}
  customer: {answered: Answered}
legs:
  - {kind: agent, when: {Who: present}, party: Who, started: Begin, answered: Begin, ended: End}
  - {kind: queue, when: {Queue: present}, key: Queue, shared: {text: yes}, party: Queue, started: Begin, ended: End}
"""


def segment(id_: str, begin: int, end: int | None, from_: str | None = None, **more: Any) -> dict[str, Any]:
    times = {"Begin": 1794816000 + begin, "End": None if end is None else 1794816000 + end}
    return {"Id": id_, "From": from_, "Way": "inbound"} | times | more


def test_a_record_is_of_the_conversation_that_it_goes_on_from_however_long_the_chain_is() -> None:
    chain = [segment(str(n), n * 10, n * 10 + 10, str(n - 1) if n else "0") for n in range(40)]
    others = [segment("x", 0, 10), segment("y", 10, 20, "x")]
    result = run(NUMBERED, [*reversed(chain), *others])
    assert (result.account.converted, result.account.conversations) == (42, 2)
    assert len({each["conversationId"] for each in result.events}) == 2
    ends = [each["eventDateTime"][14:19] for each in result.events if each["type"] == "communicationEnded"]
    assert sorted(ends) == ["00:20", "06:40"]
    assert run(NUMBERED, [*chain, *others]).events == result.events


def test_a_circle_of_any_length_is_rejected_as_a_whole() -> None:
    for names in ("ab", "abc", "abcdefg"):
        circle = [segment(name, n, 9, names[n - 1]) for n, name in enumerate(names)]
        account = run(NUMBERED, circle).account
        assert (account.converted, account.rejected) == (0, len(names))


def test_an_id_that_is_also_the_name_of_a_conversation_is_not_followed() -> None:
    mapping = NUMBERED.replace("previous: From", "conversation: From")
    records = [segment("1", 0, 10, "2"), segment("2", 0, 10, "1"), segment("3", 10, 20, "2")]
    result = run(mapping, records)
    assert (result.account.converted, result.account.conversations) == (3, 2)


def test_the_record_that_ended_last_says_when_and_by_whom() -> None:
    records = [
        segment("a", 0, 50, Who="Ann", By="agent"),
        segment("b", 10, 20, "a", Who="Ben", By="system"),
        segment("c", 15, 50, "a"),
    ]
    assert said(run(NUMBERED, records).events)[-2:] == [
        "00:50 communicationEnded Self",
        "00:50 communicationEnded Peer",
    ]
    ongoing = run(NUMBERED, [records[0], segment("b", 10, None, "a", Who="Ben")])
    assert ongoing.account.held_back == 2


def test_a_leg_that_is_shared_is_one_from_its_first_beginning_to_its_last_end() -> None:
    records = [
        segment("a", 0, 10, Queue="Sales"),
        segment("b", 10, 30, "a", Queue="Sales"),
        segment("c", 30, 40, "b", Queue="Billing"),
    ]
    lines = said(run(NUMBERED, records).events)
    assert lines == [
        "00:00 externalEstablished",
        "00:00 routingEstablished",
        "00:30 routingEstablished",
        "00:30 communicationEnded TransferACD",
        "00:40 communicationEnded System",
        "00:40 communicationEnded System",
    ]


def test_the_customer_of_a_call_out_may_answer_in_a_later_record() -> None:
    out = {"Way": "outbound"}
    events = run(NUMBERED, [segment("a", 0, 10, **out), segment("b", 10, 90, "a", Answered=1794816020, **out)]).events
    assert "00:20 communicationAnswered" in said(events)


@pytest.mark.parametrize("name", sorted(each.stem for each in CONNECT.parent.glob("*.yaml")))
def test_each_shipped_mapping_says_what_it_is_of(name: str) -> None:
    text = (CONNECT.parent / f"{name}.yaml").read_text("utf-8")
    assert text.startswith("# ")
    assert name in (ROOT / "docs" / "convert-records.md").read_text("utf-8")


def test_segments_need_what_they_share() -> None:
    text = "record: {shape: segments}\ninteraction: {id: Id, direction: inbound, started: A}"
    with pytest.raises(GenesysConfigError, match=r"the shape segments needs interaction\.conversation"):
        mapping_of_text(text, "m")
    with pytest.raises(GenesysConfigError, match="next goes with the shape segments"):
        mapping_of_text("interaction: {id: Id, direction: inbound, started: A, next: B}", "m")


@pytest.mark.parametrize("file", ["connect_contact_records.jsonl", "connect_contact_records_concatenated.json.gz"])
def test_the_sample_of_amazon_connect(file: str) -> None:
    names = {
        "users": ("amber.fox", "basil.wren", "cedar.lark"),
        "queues": ("Billing", "Support", "Callback"),
        "wrap_up_codes": ("resolved", "complaint"),
    }
    ids = {section: {name: stable_id(name) for name in known} for section, known in names.items()}
    files = [BytesIO(), BytesIO(), BytesIO()]
    account = convert(
        [(file, SAMPLES / file)],
        read_mapping(CONNECT),
        Directory(source_id=stable_id("connect"), **ids),
        events=files[0],
        rejects=files[1],
        held_back=files[2],
    )
    counts = {"records": 23, "converted": 18, "skipped": 3, "superseded": 2, "held_back": 0, "rejected": 0}
    late = {"corrected_late": 0, "contradicted": 0}
    assert account.as_dict() == counts | late | {"events_written": 110, "conversations": 16}
    lines = files[0].getvalue().splitlines()
    reader = Reader(STREAMS["conversations"], 1000)
    assert all(isinstance(reader.read(line, None, n, "f", n), Event) for n, line in enumerate(lines, 1))
    events = [json.loads(line) for line in lines]
    customers = {
        each["communicationId"]: each["conversationId"] for each in events if each["type"] == "externalEstablished"
    }
    ends = Counter(each["communicationId"] for each in events if each["type"] == "communicationEnded")
    assert len({*customers.values()}) == len(customers) == 16
    assert [ends[communication] for communication in customers] == [1] * 16
    begun = {each["communicationId"] for each in events if each["type"].endswith("Established")}
    assert ends == Counter(begun)


def test_the_queue_of_an_agent_who_calls_out_is_the_one_on_whose_behalf() -> None:
    times = {"ConnectedToSystemTimestamp": time("00:14"), **with_agent("Ann", "00:14", "05:00", "05:20")}
    done = run(
        MAPPING,
        [contact("o", "00:00", "05:00", InitiationMethod="OUTBOUND", **in_queue("Sales", "00:00", "00:00"), **times)],
    )
    assert [each["type"] for each in done.events][:2] == ["userEstablished", "externalEstablished"]
    assert done.events[0]["queueId"] == DIRECTORY.queues["Sales"]
    assert not [each for each in done.events if each["type"] == "routingEstablished"]


CIRCLES = """\
times: {format: iso}
record: {shape: segments}
interaction: {id: id, previous: before, direction: inbound, started: at, ended: to, customer: {address: from}}
"""


def test_records_that_go_on_from_each_other_in_a_circle_are_rejected() -> None:
    times = {"at": "2026-11-16T08:00:00Z", "to": "2026-11-16T08:01:00Z", "from": "+15550100"}
    links = {"a": "b", "b": "a", "c1": "c3", "c2": "c1", "c3": "c2", "d": "c1", "alone": "alone", "e": "", "f": "e"}
    done = run(CIRCLES, [{"id": id_, "before": before, **times} for id_, before in links.items()])
    assert (done.account.converted, done.account.rejected, done.account.conversations) == (3, 6, 2)
    assert {each["record"]["id"] for each in done.rejects} == {"a", "b", "c1", "c2", "c3", "d"}
    assert "in a circle: 'a' from 'b', 'b' from 'a'" in done.rejects[0]["reason"]
