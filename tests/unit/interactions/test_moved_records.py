"""Records that name another conversation than the one that an earlier run told them in."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.interactions.contacts import MAPPING, contact, in_queue
from tests.unit.interactions.runs import Runs, counts

PLAIN = """
times: {format: iso}
interaction: {id: id, conversation: cv, version: v, direction: inbound, started: s, ended: e}
legs: []
"""
PARTS = f"record: {{shape: segments}}\n{PLAIN}".replace("legs: []", "")
SHAPES = pytest.mark.parametrize("mapping", [PLAIN, PARTS], ids=["record", "segments"])


def record(id_: str, conversation: str, version: str | None, **more: Any) -> dict[str, Any]:
    begun = {"s": "2026-11-16T10:00:00Z", "e": "2026-11-16T10:01:00Z"}
    return {"id": id_, "cv": conversation, "v": version, **begun, **more}


@SHAPES
def test_a_record_that_changes_its_conversation_is_not_told_a_second_time(runs: Runs, mapping: str) -> None:
    runs("one", [record("1", "A", "1")], mapping=mapping)
    told = [each["eventId"] for each in runs.events("one")]
    assert counts(runs("two", [record("1", "B", "2")], mapping=mapping)) == [1, 1, 0, 0, 1, 2, 0]
    corrections = runs.lines("two", 3)
    assert sorted(each["event"]["eventId"] for each in corrections) == sorted(told)
    assert {each["reason"] for each in corrections} == {
        "its record '1' is now of the conversation 'B', and was told in 'A'"
    }
    # What is known of it now is known once: neither version is told by a later run.
    assert counts(runs("three", [record("1", "A", "1"), record("1", "B", "2")], mapping=mapping))[1:3] == [0, 2]
    # Another record of that conversation is told as if the one that moved were not there.
    assert counts(runs("four", [record("2", "B", "1")], mapping=mapping)) == [1, 1, 0, 0, 0, 0, 2]
    # Back where it was told, there is nothing to be corrected.
    assert counts(runs("five", [record("1", "A", "3")], mapping=mapping)) == [1, 0, 1, 0, 0, 0, 0]


@SHAPES
def test_without_a_version_that_it_changed_its_conversation_is_put_down_once(runs: Runs, mapping: str) -> None:
    runs("one", [record("1", "A", None)], mapping=mapping)
    assert counts(runs("two", [record("1", "B", None)], mapping=mapping)) == [1, 1, 0, 0, 1, 2, 0]
    assert counts(runs("three", [record("1", "B", None)], mapping=mapping)) == [1, 0, 1, 0, 0, 0, 0]
    assert counts(runs("four", [record("1", "C", None)], mapping=mapping)) == [1, 1, 0, 0, 1, 2, 0]


@SHAPES
def test_it_and_another_record_of_that_conversation_in_one_run(runs: Runs, mapping: str) -> None:
    runs("one", [record("1", "A", "1")], mapping=mapping)
    account = runs("two", [record("1", "B", "2"), record("2", "B", "1")], mapping=mapping)
    assert counts(account) == [2, 2, 0, 0, 1, 2, 2]
    assert runs.events("two")[0]["sourceConfiguration"]["interactionId"] == "2"


@SHAPES
def test_in_one_input_the_older_one_is_superseded(runs: Runs, mapping: str) -> None:
    account = runs("one", [record("1", "A", "1"), record("1", "B", "2")], mapping=mapping)
    assert counts(account) == [2, 1, 1, 0, 0, 0, 2]


def test_of_a_conversation_of_several_only_what_it_told_is_wrong(runs: Runs) -> None:
    mapping = PARTS + "legs:\n  - {kind: queue, key: queue, party: q, started: s}\n"
    late = {"s": "2026-11-16T10:00:30Z", "e": "2026-11-16T10:00:50Z", "q": "Sales"}
    runs("one", [record("1", "A", "1", q="Billing"), record("2", "A", "1", **late)], mapping=mapping)
    account = runs("two", [record("2", "B", "2", **late)], mapping=mapping)
    assert (account["converted"], account["corrected_late"], account["events_written"]) == (1, 1, 0)
    wrong = {each["event"]["eventId"] for each in runs.lines("two", 3)}
    times = ("2026-11-16T10:00:30.000Z", "2026-11-16T10:00:50.000Z")
    its = {each["eventId"] for each in runs.events("one") if each["eventDateTime"] in times}
    assert wrong == its
    # The other one, when it comes again, is told with the one that moved away as before: nothing of it is new.
    assert counts(runs("three", [record("1", "A", "2", q="Billing")], mapping=mapping))[1:] == [0, 1, 0, 0, 0, 0]


@pytest.mark.parametrize("version", [None, "2"])
def test_each_that_leaves_a_conversation_which_it_does_not_change_is_put_down(runs: Runs, version: str | None) -> None:
    first = version and "1"
    runs("one", [record(id_, "A", first) for id_ in "123"], mapping=PARTS)
    for key, id_ in (("two", "2"), ("three", "3")):
        assert counts(runs(key, [record(id_, "B", version)], mapping=PARTS)) == [1, 1, 0, 0, 1, 0, 0]
    # And once.
    again = [record(id_, "B", version) for id_ in "23"]
    assert counts(runs("four", again, mapping=PARTS)) == [2, 0, 2, 0, 0, 0, 0]
    if version is None:
        assert counts(runs("five", [record("2", "C", None)], mapping=PARTS)) == [1, 1, 0, 0, 1, 0, 0]


def test_contacts_of_amazon_connect_with_another_initial_contact(runs: Runs) -> None:
    first = contact("c", "30:00", "31:00", **in_queue("Billing", "30:05", "31:00"))
    told = runs("one", [first], mapping=MAPPING)["events_written"]
    moved = first | {"InitialContactId": "other", "LastUpdateTimestamp": "2026-12-01T00:00:00Z"}
    assert counts(runs("two", [moved], mapping=MAPPING)) == [1, 1, 0, 0, 1, told, 0]
