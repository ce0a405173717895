"""What a run leaves the next one: what was told is not told again, and what is held back comes by itself."""

from __future__ import annotations

import json
import random
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_genesys.interactions.directory import Directory
from airflow_provider_genesys.interactions.reading import read_rows
from tests.harness.examples import examples
from tests.unit.interactions.contacts import FIRST, SECOND, contact, in_queue, with_agent
from tests.unit.interactions.interactions import DIRECTORY
from tests.unit.interactions.runs import NOW, Runs, counts, newer
from tests.unit.interactions.shipped import BERLIN, Everybody, sample
from tests.unit.interactions.world import CSV, JSON, LINE, OBJECT, mapping_of, rows


def test_what_waits_for_none_still_does_not_when_it_was_held_back(runs: Runs) -> None:
    other = contact("r", "20:00", "21:00", InitialContactId="a", InitiationMethod="CALLBACK")
    goes_on = SECOND | {"NextContactId": "r"}
    runs("one", [FIRST, goes_on, other], directory=replace(DIRECTORY, users={}), save=False)
    rejects = "\n".join(map(json.dumps, runs.lines("one", 1)))
    assert counts(runs("two", rejects, settle=timedelta(days=9)))[:4] == [2, 0, 0, 2]
    assert counts(runs("three"))[:4] == [2, 2, 0, 0]


def test_what_was_told_is_not_told_again(runs: Runs) -> None:
    alone = contact("c", "30:00", "31:00", **in_queue("Billing", "30:05", "31:00"))
    assert counts(runs("one", [FIRST, SECOND])) == [2, 2, 0, 0, 0, 0, 12]
    assert counts(runs("two", [FIRST, alone, SECOND])) == [3, 1, 2, 0, 0, 0, 4]
    assert counts(runs("three", [alone])) == [1, 0, 1, 0, 0, 0, 0]


def test_a_run_that_comes_again_gives_the_same_files_also_after_others(runs: Runs) -> None:
    young = contact("y", "30:00", "31:00", LastUpdateTimestamp="2026-11-17T07:30:00Z")
    inputs = {"one": [FIRST, SECOND, young], "two": [newer(FIRST, Attributes={"disposition": "Billing"})], "three": []}
    hour = timedelta(hours=1)
    for number, (key, records) in enumerate(inputs.items()):
        runs(key, records, settle=hour, now=NOW + number * hour)
    before = {key: runs.files(key) for key in inputs}
    assert counts(runs("two", inputs["two"], settle=hour, now=NOW + timedelta(days=2)))[:4] == [2, 1, 0, 1]
    for key, records in [*inputs.items(), *reversed(inputs.items())]:
        runs(key, records, settle=hour, now=NOW + timedelta(days=2))
        assert runs.files(key) == before[key], key
    # And what comes next finds all of it done, and nothing held back that was told.
    last = runs("four", [FIRST, SECOND, young], settle=hour, now=NOW + timedelta(days=3))
    assert counts(last)[1:3] == [0, 3]
    assert runs("five", [], now=NOW + timedelta(days=3))["records"] == 0


def test_a_run_that_did_not_save_is_as_if_it_had_not_been(runs: Runs) -> None:
    runs("one", [FIRST], save=False)
    assert counts(runs("two", [FIRST, SECOND]))[:2] == [2, 2]


def test_what_has_not_ended_comes_with_the_next_run_by_itself(runs: Runs) -> None:
    assert runs("one", [FIRST])["held_back"] == 1
    assert counts(runs("two", [])) == [1, 0, 0, 1, 0, 0, 0]
    assert counts(runs("three", [SECOND])) == [2, 2, 0, 0, 0, 0, 12]
    assert runs("four", [])["records"] == 0
    assert [each["sourceConfiguration"]["interactionId"] for each in runs.events("three")[:1]] == ["a"]


def test_the_file_and_line_of_what_is_held_back_are_kept(runs: Runs) -> None:
    runs("one", "\n\n" + json.dumps(FIRST))
    runs("two", [])
    (held,) = runs.lines("two", 2)
    assert (held["file"], held["line"], held["reason"]) == ("f1", 3, "it goes on in record 'b', which was not read")


def test_younger_than_settle_waits_and_the_newer_version_is_told(runs: Runs) -> None:
    first = contact("c", "30:00", "31:00", LastUpdateTimestamp="2026-11-17T07:00:00Z")
    later = first | {"LastUpdateTimestamp": "2026-11-17T07:10:00Z", "DisconnectReason": "OTHER"}
    hours = timedelta(hours=2)
    assert counts(runs("one", [first], settle=hours)) == [1, 0, 0, 1, 0, 0, 0]
    assert runs.lines("one", 2)[0]["reason"] == "it is younger than settle, and may still change"
    assert counts(runs("two", [later], settle=hours, now=NOW + timedelta(hours=1))) == [2, 0, 1, 1, 0, 0, 0]
    assert counts(runs("three", [], settle=hours, now=NOW + timedelta(hours=2))) == [1, 1, 0, 0, 0, 0, 2]
    assert runs.events("three")[1]["disconnectType"] == "System"


@pytest.mark.parametrize("shape", ["record", "segments"])
def test_without_a_version_that_is_a_time_the_last_time_in_it_counts(runs: Runs, shape: str) -> None:
    mapping = JSON.replace("record: {", f"record: {{shape: {shape}, ")
    ended = datetime(2026, 11, 16, 8, 1, tzinfo=UTC)
    minutes = timedelta(minutes=10)
    for version in (None, "7", "2026-11-16 08:00:00"):
        record = OBJECT | {"Id": f"{version}", "Updated": version}
        early = runs(f"early {version}", [record], mapping=mapping, settle=minutes, now=ended + minutes * 0.9)
        assert early["held_back"] == 1
        late = runs(f"late {version}", [record], mapping=mapping, settle=minutes, now=ended + minutes * 1.1)
        assert (late["converted"], late["superseded"]) == (1, 1)


def test_a_young_part_of_a_conversation_holds_all_of_it_back(runs: Runs) -> None:
    account = runs("one", [FIRST, newer(SECOND, LastUpdateTimestamp="2026-11-17T07:59:00Z")], settle=timedelta(hours=1))
    assert counts(account) == [2, 0, 0, 2, 0, 0, 0]
    assert counts(runs("two", [], settle=timedelta(hours=1), now=NOW + timedelta(hours=1)))[:2] == [2, 2]


def test_what_was_skipped_by_an_earlier_run_is_not_waited_for(runs: Runs) -> None:
    survey = contact("s", "09:00", "09:30", InitialContactId="a", InitiationMethod="DISCONNECT")
    before = FIRST | {"NextContactId": "s", "LastUpdateTimestamp": "2026-11-17T07:59:00Z"}
    runs("one", [before, survey], settle=timedelta(hours=1))
    assert counts(runs("two", [], settle=timedelta(hours=1), now=NOW + timedelta(hours=2)))[:2] == [1, 1]


def test_a_conversation_that_an_earlier_run_told_is_not_told_by_another_record(runs: Runs) -> None:
    runs("one", [OBJECT], mapping=JSON)
    account = runs("two", [OBJECT | {"Id": "c2", "First": "c1"}], mapping=JSON)
    assert account["rejected"] == 1
    reason = "its conversation 'c1' is told by record 'c1', and is not told twice"
    assert runs.lines("two", 1)[0]["reason"] == reason


def test_what_is_told_while_it_goes_on_is_continued_and_not_corrected(runs: Runs) -> None:
    mapping = JSON.replace("record: {", "record: {open: tell, ")
    goes_on = OBJECT | {"End": None, "Queue": OBJECT["Queue"] | {"Out": None}, "Updated": "1"}
    assert counts(runs("one", [goes_on], mapping=mapping)) == [1, 1, 0, 0, 0, 0, 2]
    assert counts(runs("two", [OBJECT | {"Updated": "2"}], mapping=mapping)) == [1, 1, 0, 0, 0, 0, 2]
    assert counts(runs("three", [OBJECT | {"Updated": "3"}], mapping=mapping))[2:] == [1, 0, 0, 0, 0]


def test_a_rejected_record_is_not_remembered(runs: Runs) -> None:
    bad = LINE.replace("Sales", "Golf")
    assert runs("one", rows(bad), mapping=CSV)["rejected"] == 1
    again = (runs.folder / "one" / "rejects.jsonl").read_text().replace("Golf", "Sales")
    assert counts(runs("two", again, mapping=CSV)) == [1, 1, 0, 0, 0, 0, 8]


CHAIN = [
    contact("p", "00:00", "03:00", NextContactId="q", **with_agent("Ann", "00:30", "03:00", "03:10")),
    contact(
        "q",
        "03:00",
        "06:00",
        InitialContactId="p",
        PreviousContactId="p",
        NextContactId="r",
        InitiationMethod="TRANSFER",
        **with_agent("Ben", "03:05", "06:00", "06:10"),
    ),
    contact(
        "r",
        "06:00",
        "09:00",
        InitialContactId="p",
        PreviousContactId="q",
        InitiationMethod="TRANSFER",
        **with_agent("Ann", "06:05", "09:00", "09:10"),
    ),
    contact("z", "30:00", "31:00", **in_queue("Billing", "30:05", "31:00")),
]


@examples(30)
@given(data=st.data())
def test_whatever_the_order_and_however_often_each_event_is_told_once(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    runs = Runs(tmp_path_factory.mktemp("runs"))
    whole = {each["eventId"]: each for each in _all_at_once(tmp_path_factory)}
    deliveries = data.draw(st.permutations([*CHAIN, *data.draw(st.lists(st.sampled_from(CHAIN), max_size=4))]))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(deliveries)), max_size=4)))
    settle = timedelta(hours=data.draw(st.sampled_from([0, 2])))
    parts = [deliveries[a:b] for a, b in zip([0, *cuts], [*cuts, len(deliveries)], strict=True)]
    told: list[Any] = []
    for number, part in enumerate(parts):
        now = datetime(2026, 11, 16, 10, tzinfo=UTC) + timedelta(hours=number)
        runs(f"{number}", part, settle=settle, now=now)
        if data.draw(st.booleans()):
            before = runs.files(f"{number}")
            runs(f"{number}", part, settle=settle, now=now + timedelta(hours=5))
            assert runs.files(f"{number}") == before
        told += runs.events(f"{number}")
    runs("last", [], settle=settle, now=NOW + timedelta(days=1))
    told += runs.events("last")
    assert Counter(each["eventId"] for each in told) == dict.fromkeys(whole, 1)
    assert {each["eventId"]: each for each in told} == whole


def _all_at_once(tmp_path_factory: pytest.TempPathFactory) -> list[Any]:
    runs = Runs(tmp_path_factory.mktemp("whole"))
    runs("whole", CHAIN)
    return runs.events("whole")


FOLLOWING = """\
times: {format: iso}
record: {shape: segments}
interaction:
  {id: Id, previous: From, direction: inbound, started: Begin, ended: End, ended_by: customer}
legs:
  - {kind: agent, party: Agent, started: Begin, answered: Begin}
"""


def followed(id_: str, previous: str | None, minute: int, agent: str) -> dict[str, Any]:
    begin, end = (f"2026-11-16T08:{each:02}:00Z" for each in (minute, minute + 5))
    return {"Id": id_, "From": previous, "Begin": begin, "End": end, "Agent": agent}


FOLLOWED = [followed("p", None, 0, "Ann"), followed("q", "p", 5, "Ben"), followed("r", "q", 10, "Ann")]


@pytest.mark.parametrize("order", ["pqr", "prq", "qpr", "rqp", "rpq", "qrp"])
def test_records_that_name_only_the_one_before_find_their_conversation_in_earlier_runs(runs: Runs, order: str) -> None:
    for id_ in order:
        runs(id_, [each for each in FOLLOWED if each["Id"] == id_], mapping=FOLLOWING)
    told = [each for id_ in order for each in runs.events(id_)]
    assert len({each["conversationId"] for each in told}) == 1
    ids = Counter(each["eventId"] for each in told)
    assert max(ids.values()) == 1
    whole = Runs(runs.folder / "whole")
    whole.folder.mkdir()
    whole("whole", FOLLOWED, mapping=FOLLOWING)
    assert ids.keys() == {each["eventId"] for each in whole.events("whole")}


SHIPPED = {
    "amazon_connect": ["connect_contact_records.jsonl"],
    "asterisk_cdr": ["asterisk_cdr_master.csv"],
    "cisco_uccx": ["uccx_contact_call_detail.csv", "uccx_agent_connection_detail.csv"],
    "nice_cxone": ["cxone_detail_comprehensive_with_hold.csv"],
    "vonage_interactions": ["vonage_interactions.json"],
}


@pytest.mark.parametrize("name", SHIPPED)
@pytest.mark.parametrize("seed", range(6))
def test_in_whatever_parts_and_order_the_records_of_a_platform_come_each_event_is_told_once(
    runs: Runs, name: str, seed: int
) -> None:
    zone = "" if name == "amazon_connect" else BERLIN
    mapping, chance = f"extends: {name}{zone}", random.Random(f"{name}{seed}")
    understood = mapping_of(mapping)
    files = [sample(file) for file in SHIPPED[name]]
    records = [row.record for file in files for row in read_rows(*file, understood, []) if row.record is not None]
    directory = Directory(source_id="s", users=Everybody(), queues=Everybody(), wrap_up_codes=Everybody())
    (runs.folder / "whole").mkdir()
    whole = Runs(runs.folder / "whole")
    whole("whole", records, mapping=mapping, directory=directory)
    if seed % 2:
        chance.shuffle(records)
    cuts = sorted(chance.randrange(len(records)) for _ in range(4))
    told: list[Any] = []
    for number, (begin, end) in enumerate(pairwise([0, *cuts, len(records)])):
        runs(f"{number}", records[begin:end], mapping=mapping, directory=directory)
        told += runs.events(f"{number}")
    ids = Counter(each["eventId"] for each in whole.events("whole"))
    more = [each["type"] for each in told if each["eventId"] not in ids]
    # One contact of the sample is corrected: if that comes after it was told, there is a disposition more.
    assert more in ([], ["communicationDispositionApplied"] if name == "amazon_connect" else [])
    assert Counter(each["eventId"] for each in told if each["eventId"] in ids) == ids
