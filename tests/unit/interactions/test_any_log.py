"""Happenings, whatever they are: they are told well or refused, in whatever order they come."""

from __future__ import annotations

import random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_genesys.interactions.mapping_file import mapping_of_text
from tests.harness.examples import examples
from tests.unit.interactions.logs import BEGIN, QUEUE_LOG, log, well_told
from tests.unit.interactions.world import run

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
