"""Records that come again and say something else: what is new is told, and what cannot be sent is put down, once."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from airflow_provider_genesys.interactions.directory import Directory
from airflow_provider_genesys.interactions.ids import stable_id
from tests.unit.interactions.contacts import FIRST, SECOND
from tests.unit.interactions.interactions import DIRECTORY
from tests.unit.interactions.runs import NOW, Runs, counts, newer
from tests.unit.interactions.shipped import Everybody, sample
from tests.unit.interactions.world import CSV, JSON, LINE, OBJECT, rows


def test_a_correction_sends_what_is_new_and_names_what_cannot_be_sent(runs: Runs) -> None:
    without = SECOND | {"Attributes": None, "Agent": SECOND["Agent"] | {"AfterContactWorkEndTimestamp": None}}
    runs("one", [FIRST, without])
    # The disposition is new; that after-call work was needed was told otherwise.
    assert counts(runs("two", [newer(SECOND)])) == [1, 1, 0, 0, 1, 1, 1]
    assert [each["type"] for each in runs.events("two")] == ["communicationDispositionApplied"]
    (correction,) = runs.lines("two", 3)
    assert (correction["file"], correction["line"]) == ("f1", 1)
    assert correction["reason"] == "it was told with other content"
    assert correction["event"]["type"] == "userEstablished"
    # Another disposition is told under an id of its own; of none there is nothing that could be sent.
    other = newer(SECOND, LastUpdateTimestamp="2026-11-18T09:00:00Z", Attributes={"disposition": "Billing"})
    # What stays wrong was put down before.
    assert counts(runs("three", [other])) == [1, 1, 0, 0, 1, 0, 1]
    gone = newer(without, LastUpdateTimestamp="2026-11-19T09:00:00Z")
    assert counts(runs("four", [gone]))[4:] == [1, 1, 0]
    assert [each["reason"] for each in runs.lines("four", 3)] == ["it was told, and is no more"]


def of_day(day: int, disposition: str) -> dict[str, Any]:
    return SECOND | {"LastUpdateTimestamp": f"2026-11-{day}T09:00:00Z", "Attributes": {"disposition": disposition}}


def test_another_disposition_is_told_under_an_id_with_the_version_in_it_and_once(runs: Runs) -> None:
    runs("one", [FIRST, of_day(17, "resolved")])
    first = [each for each in runs.events("one") if each["type"] == "communicationDispositionApplied"][-1]
    codes, ids = [first["code"]], [first["eventId"]]
    for number, code in enumerate(("Billing", "resolved", "Billing"), 18):
        correction = of_day(number, code)
        assert counts(runs(str(number), [correction])) == [1, 1, 0, 0, 1, 0, 1]
        (event,) = runs.events(str(number))
        assert event | {"code": "", "eventId": ""} == first | {"code": "", "eventId": ""}
        assert event["eventId"] == stable_id(first["eventId"], correction["LastUpdateTimestamp"])
        codes.append(event["code"])
        ids.append(event["eventId"])
        # A newer version that says the same of it is no correction.
        again = correction | {"LastUpdateTimestamp": f"2026-11-{number}T10:00:00Z"}
        assert counts(runs(f"{number} again", [again])) == [1, 0, 1, 0, 0, 0, 0]
    assert codes == [DIRECTORY.wrap_up_codes[code] for code in ("resolved", "Billing", "resolved", "Billing")]
    assert len({*ids}) == len(ids)
    before = runs.files("18")
    runs("18", [of_day(18, "Billing")])
    assert runs.files("18") == before


def test_the_correction_in_the_sample_of_amazon_connect(runs: Runs) -> None:
    """Golden: the day's records, then the disposition that was set the day after, which is all that is sent of it."""
    _, content = sample("connect_contact_records.jsonl")
    records = [json.loads(line) for line in content.splitlines()]
    day = [each for each in records if each["LastUpdateTimestamp"] != "2026-11-17T10:02:03Z"]
    assert len(day) == len(records) - 1
    directory = Directory(source_id="s", users=Everybody(), queues=Everybody(), wrap_up_codes=Everybody())
    runs("day", day, mapping="extends: amazon_connect", directory=directory)
    account = runs("after", records, mapping="extends: amazon_connect", directory=directory)
    assert (account["converted"], account["corrected_late"], account["contradicted"]) == (1, 1, 0)
    (event,) = runs.events("after")
    (before,) = [
        each
        for each in runs.events("day")
        if each["type"] == "communicationDispositionApplied" and each["communicationId"] == event["communicationId"]
    ]
    assert event == {
        "type": "communicationDispositionApplied",
        "eventId": "0f47c5a7-2e43-4cc3-8f07-b83e886f1f54",
        "eventDateTime": "2026-11-16T08:05:05.000Z",
        "conversationId": before["conversationId"],
        "communicationId": before["communicationId"],
        "code": stable_id("complaint"),
    }
    assert before == event | {"eventId": before["eventId"], "code": stable_id("resolved")}


def test_a_newer_version_that_says_the_same_is_no_correction(runs: Runs) -> None:
    runs("one", [FIRST, SECOND])
    assert counts(runs("two", [newer(FIRST, SomethingNew=[2])])) == [1, 0, 1, 0, 0, 0, 0]


def test_an_older_version_than_what_was_told_is_superseded(runs: Runs) -> None:
    runs("one", [newer(FIRST), newer(SECOND)])
    changed = FIRST | {"DisconnectReason": "OTHER", "Attributes": {"disposition": "Billing"}}
    assert counts(runs("two", [changed])) == [1, 0, 1, 0, 0, 0, 0]


def test_a_part_that_comes_late_is_told_with_what_was_told_before(runs: Runs) -> None:
    first = FIRST | {"NextContactId": None}
    runs("one", [first])
    account = runs("two", [SECOND])
    assert (account["converted"], account["corrected_late"]) == (1, 1)
    said = {(each["type"], each.get("userId")) for each in runs.events("two")}
    assert ("userEstablished", DIRECTORY.users["Ben"]) in said
    assert ("externalEstablished", None) not in said
    ids = Counter(each["eventId"] for key in ("one", "two") for each in runs.events(key))
    assert max(ids.values()) == 1


@pytest.mark.parametrize("versions", [("1", "2"), ("9", "10")])
def test_records_that_are_whole_interactions(runs: Runs, versions: tuple[str, str]) -> None:
    old, new = (LINE.replace("c1;1", f"c1;{version}") for version in versions)
    assert counts(runs("one", rows(old, LINE.replace("c1", "c2")), mapping=CSV)) == [2, 2, 0, 0, 0, 0, 16]
    assert counts(runs("two", rows(old), mapping=CSV)) == [1, 0, 1, 0, 0, 0, 0]
    corrected = rows(new.replace("Ann;Y", "Ann;N"), old)
    assert counts(runs("three", corrected, mapping=CSV)) == [2, 1, 1, 0, 1, 0, 1]
    assert [each["type"] for each in runs.events("three")] == ["communicationDispositionApplied"]
    assert counts(runs("four", rows(old), mapping=CSV)) == [1, 0, 1, 0, 0, 0, 0]


WITHOUT_VERSION = CSV.replace("  version: Version\n", "")
OF_PARTS = WITHOUT_VERSION.replace("interaction:", "record: {shape: segments}\ninteraction:").replace(
    "  id: Id\n", "  id: Id\n  conversation: Id\n"
)


@pytest.mark.parametrize("mapping", [WITHOUT_VERSION, OF_PARTS], ids=["record", "segments"])
def test_a_correction_without_a_version_is_put_down_once(runs: Runs, mapping: str) -> None:
    other = LINE.replace("Ann;Y", "Ann;N")
    runs("one", rows(LINE), mapping=mapping)
    # Another disposition has no version that could be in its id, so it is never told.
    assert counts(runs("two", rows(other), mapping=mapping)) == [1, 1, 0, 0, 1, 1, 0]
    assert counts(runs("three", rows(other), mapping=mapping)) == [1, 0, 1, 0, 0, 0, 0]
    # What was told first is right for what was told; what is new to say of it is put down, and once too.
    assert counts(runs("four", rows(LINE), mapping=mapping)) == [1, 0, 1, 0, 0, 0, 0]
    third = other.replace("0:01:30", "0:02:30")
    assert counts(runs("five", rows(third), mapping=mapping))[1:6] == [1, 0, 0, 1, 3]
    for key in ("six", "seven"):
        assert counts(runs(key, rows(third), mapping=mapping)) == [1, 0, 1, 0, 0, 0, 0]
    # An end that is no more is put down with the rest, and not again.
    gone = LINE.replace(";Ann;", ";;")
    assert runs("eight", rows(gone), mapping=mapping)["contradicted"] > 0
    assert counts(runs("nine", rows(gone), mapping=mapping)) == [1, 0, 1, 0, 0, 0, 0]
    # A run that comes again puts down what it put down.
    before = runs.files("two")
    assert counts(runs("two", rows(other), mapping=mapping))[4:6] == [1, 1]
    assert runs.files("two") == before


def test_what_is_new_in_a_correction_without_a_version_is_told_with_all_that_is_wrong(runs: Runs) -> None:
    without = LINE.replace("Ann;Y", ";")
    runs("one", rows(without.replace(";C;", ";A;")), mapping=WITHOUT_VERSION)
    assert counts(runs("two", rows(without), mapping=WITHOUT_VERSION))[4:] == [1, 1, 0]
    account = runs("three", rows(LINE), mapping=WITHOUT_VERSION)
    assert (account["converted"], account["contradicted"], account["events_written"] > 0) == (1, 2, True)
    assert counts(runs("four", rows(LINE), mapping=WITHOUT_VERSION)) == [1, 0, 1, 0, 0, 0, 0]


def test_what_is_put_down_is_not_put_down_again_when_there_is_more_to_tell(runs: Runs) -> None:
    mapping = JSON.replace("record: {", "record: {open: tell, ").replace("  version: Updated\n", "")
    queue = OBJECT["Queue"] | {"Out": None}
    goes_on = OBJECT | {"End": None, "Queue": queue}
    runs("one", [goes_on], mapping=mapping)
    renamed = goes_on | {"Queue": queue | {"Name": "Billing"}}
    assert counts(runs("two", [renamed], mapping=mapping)) == [1, 1, 0, 0, 1, 1, 0]
    assert counts(runs("three", [renamed], mapping=mapping)) == [1, 0, 1, 0, 0, 0, 0]
    ended = OBJECT | {"Queue": OBJECT["Queue"] | {"Name": "Billing"}}
    account = runs("four", [ended], mapping=mapping)
    assert (account["converted"], account["contradicted"], account["events_written"]) == (1, 0, 2)
    assert counts(runs("five", [ended], mapping=mapping)) == [1, 0, 1, 0, 0, 0, 0]


def test_of_two_corrections_in_one_run_only_the_one_that_counts_is_put_down(runs: Runs) -> None:
    other, third = LINE.replace(";C;", ";A;"), LINE.replace(";C;", ";X;")
    runs("one", rows(LINE), mapping=WITHOUT_VERSION)
    assert counts(runs("two", rows(other, third), mapping=WITHOUT_VERSION))[:5] == [2, 1, 1, 0, 1]
    assert counts(runs("three", rows(other), mapping=WITHOUT_VERSION))[:5] == [1, 1, 0, 0, 1]
    assert counts(runs("four", rows(third), mapping=WITHOUT_VERSION)) == [1, 0, 1, 0, 0, 0, 0]


def test_what_was_put_down_is_forgotten_with_its_conversation(runs: Runs) -> None:
    day, other = timedelta(days=1), rows(LINE.replace("Ann;Y", "Ann;N"))
    runs("one", rows(LINE), mapping=WITHOUT_VERSION)
    runs("two", other, mapping=WITHOUT_VERSION)
    runs("three", [], mapping=JSON, now=NOW + 20 * day)
    assert counts(runs("four", other, mapping=WITHOUT_VERSION, now=NOW + 29 * day))[4:] == [0, 0, 0]
    runs("five", [], mapping=JSON, now=NOW + 60 * day)
    with sqlite3.connect(runs.folder / "state.db") as database:
        assert database.execute("SELECT count(*) FROM corrected").fetchone() == (0,)


def test_of_two_versions_in_one_run_the_newer_is_remembered(runs: Runs) -> None:
    old, newest = LINE.replace("Ann;Y", "Ann;N"), LINE.replace("c1;1", "c1;2")
    runs("one", rows(old, newest), mapping=CSV)
    assert counts(runs("two", rows(newest), mapping=CSV)) == [1, 0, 1, 0, 0, 0, 0]
    assert counts(runs("three", rows(newest.replace("c1;2", "c1;3")), mapping=CSV)) == [1, 0, 1, 0, 0, 0, 0]
