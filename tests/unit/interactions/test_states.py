"""Records that tell what agents do: one moment, one state, whatever the order of the records."""

from __future__ import annotations

import json
import random
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_genesys.interactions.directory import Directory
from airflow_provider_genesys.interactions.ids import stable_id
from tests.harness.examples import examples
from tests.unit.interactions.interactions import DIRECTORY
from tests.unit.interactions.logs import log
from tests.unit.interactions.states import ANY_LINE, QUEUE_LOG, SIMPLE, run, says


def test_a_state_that_says_nothing_new_gives_no_event() -> None:
    records = [
        says(0, "Free"),
        says(5, "Talks"),
        says(6, "Talks"),
        says(9, "Free"),
        says(20, "Away", "Lunch"),
        says(30, "away", "Coffee"),
        says(30, "Away", "Coffee"),
        says(40, "Out"),
    ]
    account, presences, statuses, rejects = run(SIMPLE, records)
    assert [each["reason"] for each in rejects] == ["state 'away' is none of record.highest: Talks, Free, Away, Out"]
    assert (account.converted, account.skipped, account.rejected) == (6, 1, 1)
    assert [each.get("presence") for each in presences] == ["OnQueue", "Meal/Canteen", "Break", None]
    assert [each["status"] for each in statuses] == ["Idle", "Interacting", "Idle", "OffQueue"]
    assert presences[0] == {
        "eventId": "dccf42ae-f890-4f95-ad2a-777e30cb53b2",
        "eventDateTime": "2026-11-16T08:00:00.000Z",
        "userId": DIRECTORY.users["Ann"],
        "sourceId": DIRECTORY.source_id,
        "presence": "OnQueue",
    }
    assert statuses[0]["eventId"] == "6fa84125-b63b-4b4b-8406-d82bd37fc8b3"


def test_a_state_without_a_rule_is_rejected_and_the_rest_told() -> None:
    account, presences, _, rejects = run(SIMPLE, [says(0, "Free"), says(5, "Away", "Golf"), says(9, "Away", "Lunch")])
    assert [each["reason"] for each in rejects] == [
        "no rule of the presence map matches the state 'Away', reason 'Golf'"
    ]
    assert (account.converted, len(presences)) == (2, 2)
    mended = run(SIMPLE, [says(5, "Away", "Golf")], rules=[{"reason": "golf", "presence": "Away"}])
    assert mended.presences[0]["presence"] == "Away"


def test_rejects_can_be_given_again() -> None:
    first = run(SIMPLE, [says(0, "Free", who="Eve"), says(1, "Dances"), {"Who": "Ann"}, "x"])
    assert [each["reason"] for each in first.rejects] == [
        "agent 'Eve' is not in the directory, under users",
        "state 'Dances' is none of record.highest: Talks, Free, Away, Out",
        "since is empty",
        "is no mapping of columns to values",
    ]
    again = run(SIMPLE, "\n".join(map(json.dumps, first.rejects)))
    assert again.rejects == first.rejects


@pytest.mark.parametrize(
    ("before", "same_moment", "after"),
    [
        ("Out", ["Free", "Away"], "Away"),
        ("Away", ["Free", "Out"], "Out"),
        ("Free", ["Out", "Free"], "Free"),
        ("Away", ["Free", "Away"], "Away"),
        ("Free", ["Talks", "Talks"], "Talks"),
    ],
)
def test_of_one_moment_the_last_counts_whatever_the_order(before: str, same_moment: list[str], after: str) -> None:
    for order in permutations(same_moment):
        records = [says(0, before, "Lunch"), *(says(5, state, "Lunch") for state in order), says(9, "Out")]
        result = run(SIMPLE, records)
        direct = run(SIMPLE, [says(0, before, "Lunch"), says(5, after, "Lunch"), says(9, "Out")])
        assert (result.presences, result.statuses) == (direct.presences, direct.statuses)
        assert result.account.rejected == 0


def test_two_states_of_one_moment_of_which_none_is_known_to_be_the_last() -> None:
    mapping = SIMPLE.replace(", highest: [Talks, Free, Away, Out]", "")
    result = run(mapping, [says(0, "Out"), says(5, "Free"), says(5, "Talks"), says(9, "Talks")])
    assert {each["reason"] for each in result.rejects} == {
        "another record says something else of the same moment, and record.highest does not tell which is the last"
    }
    assert (result.account.rejected, result.said[-1]) == (2, "08:00:09 Interacting")


def test_an_agent_with_two_names_is_one() -> None:
    both = Directory(source_id=DIRECTORY.source_id, users={"a": stable_id("a"), "A": stable_id("a")})
    result = run(SIMPLE, [says(0, "Free", who="a"), says(0, "Free", who="A"), says(1, "Free", who="A")], directory=both)
    assert len(result.presences) == 1


_row = st.builds(
    says,
    st.integers(0, 6),
    st.sampled_from(["Talks", "Free", "Away", "Out"]),
    st.sampled_from(["Lunch", "Coffee", "Golf", None]),
    st.sampled_from(["Ann", "Ben"]),
)


@examples(200)
@given(st.lists(_row, max_size=9), st.randoms(use_true_random=False))
def test_any_states_are_told_well_whatever_the_order(rows: list[Any], order: random.Random) -> None:
    check(SIMPLE, [rows], [order.sample(rows, len(rows))])


@examples(200)
@given(st.lists(ANY_LINE, max_size=9), st.randoms(use_true_random=False))
def test_any_log_is_told_well_whatever_the_order(rows: list[str], order: random.Random) -> None:
    check(QUEUE_LOG, [log(*rows)], [log(*order.sample(rows, len(rows)))])


def check(mapping: str, one: Any, other: Any) -> None:
    first, second = run(mapping, *one), run(mapping, *other)
    assert (first.account, first.presences, first.statuses) == (second.account, second.presences, second.statuses)
    assert sorted(each["reason"] for each in first.rejects) == sorted(each["reason"] for each in second.rejects)
