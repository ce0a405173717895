"""Any records of one conversation, put together, are told well or refused, in whatever order they come."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_genesys.interactions.gathering import gathered
from airflow_provider_genesys.interactions.model import Customer, Interaction
from tests.harness.examples import examples
from tests.unit.interactions.interactions import agent, at, call, interactions, queue
from tests.unit.interactions.test_telling import check


@st.composite
def _segments(draw: st.DrawFn) -> list[Interaction]:
    drawn = draw(st.lists(interactions(likely=True), min_size=1, max_size=3))
    shared = draw(st.sets(st.sampled_from(["a", "b"])))
    return [
        replace(
            each,
            id=f"record-{number}",
            conversation="c",
            direction=drawn[0].direction,
            medium=drawn[0].medium,
            customer=drawn[0].customer,
            legs=tuple(replace(leg, shared=leg.key in shared) for leg in each.legs),
        )
        for number, each in enumerate(drawn)
    ]


@examples(300)
@given(_segments())
def test_any_segments_are_told_well_or_refused(segments: list[Interaction]) -> None:
    whole = gathered(segments, "c")
    assert gathered(segments[::-1], "c") == whole
    ends = [each.ended for each in segments]
    assert whole.ended == (None if None in ends else max(end for end in ends if end is not None))
    check(whole)


def test_one_record_stays_what_it_is_but_for_its_keys() -> None:
    alone = call(queue(), agent(), ended_by="customer", customer=Customer(address="+1"))
    whole = gathered([alone])
    assert [leg.key for leg in whole.legs] == ["c1:queue", "c1:agent"]
    assert replace(whole, legs=()) == replace(alone, legs=())


def test_an_agent_who_left_and_whom_nobody_came_after_has_not_transferred() -> None:
    first = call(agent("a", 0, 5, 60), end=60, id="1", conversation="c")
    missed = call(agent("a", 40, None, 50), end=90, id="2", conversation="c")
    assert [leg.outcome for leg in gathered([first, missed]).legs] == [None, None]
    taken = replace(missed, legs=(agent("a", 40, 50, 90),))
    assert [leg.outcome for leg in gathered([first, taken]).legs] == ["transferred", None]
    said = replace(first, legs=(agent("a", 0, 5, 60, outcome="failed"),))
    assert [leg.outcome for leg in gathered([said, taken]).legs] == ["failed", None]


def test_a_shared_leg_is_answered_once_and_lasts_to_its_last_end() -> None:
    legs = [agent("a", 0, None, 10, shared=True), agent("a", 10, 15, 40, shared=True)]
    segments = [
        call(leg, end=end, id=str(end), conversation="c", started=leg.started)
        for leg, end in zip(legs, (10, 40), strict=True)
    ]
    (leg,) = gathered(segments).legs
    assert (leg.key, leg.started, leg.answered, leg.ended) == ("a", at(0), at(15), at(40))
