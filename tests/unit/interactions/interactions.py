"""Interactions to try things with: some of each shape, and any that the model can hold."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, get_args

from hypothesis import strategies as st

from airflow_provider_genesys.interactions import model
from airflow_provider_genesys.interactions.directory import Directory
from airflow_provider_genesys.interactions.ids import stable_id
from airflow_provider_genesys.interactions.model import Customer, Interaction, Leg, Service, Span, Transfer, Wrap

NAMES = ("Ann", "Ben", "Sales", "Billing", "resolved", "Spanish")
DIRECTORY = Directory(
    source_id=stable_id("source"),
    **{
        section: {name: stable_id(section, name) for name in NAMES}
        for section in ("users", "queues", "wrap_up_codes", "skills", "languages")
    },
)
START = datetime(2026, 11, 16, 8, 0, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def queue(key: str = "queue", start: float = 0, end: float | None = 20, **more: Any) -> Leg:
    ended = None if end is None else at(end)
    return Leg(**{"key": key, "kind": "queue", "party": "Sales", "started": at(start), "ended": ended} | more)


def agent(
    key: str = "agent", start: float = 20, answer: float | None = 25, end: float | None = 100, **more: Any
) -> Leg:
    answered, ended = (None if time is None else at(time) for time in (answer, end))
    times = {"started": at(start), "answered": answered, "ended": ended}
    return Leg(**{"key": key, "kind": "agent", "party": "Ann"} | times | more)


def call(*legs: Leg, end: float | None = 100, **more: Any) -> Interaction:
    ended = None if end is None else at(end)
    return Interaction(**{"id": "c1", "direction": "inbound", "started": START, "ended": ended, "legs": legs} | more)


# Times are few, so that many are equal and many orders are possible.
_times = st.integers(0, 12).map(at) | st.sampled_from([at(1.0005), at(3.25)])
_names = st.sampled_from(NAMES)
_texts = st.none() | st.text(max_size=5)
_spans = st.lists(st.builds(Span, since=_times, until=st.none() | _times), max_size=2).map(tuple)
_keys = st.sampled_from(["a", "b", "c", "d"])
_any_leg = st.builds(
    Leg,
    key=_keys,
    kind=st.sampled_from(get_args(model.LegKind)),
    started=_times,
    party=st.none() | _names,
    interaction=_texts,
    skills=st.lists(_names, max_size=1).map(tuple),
    language=st.none() | _names,
    behalf_of=st.none() | _names,
    invited_by=st.none() | _keys,
    answered=st.none() | _times,
    ended=st.none() | _times,
    outcome=st.none() | st.sampled_from(get_args(model.Outcome)),
    holds=_spans,
    muted=_spans,
    recording=st.none() | st.booleans(),
    after_call_work=st.none() | st.booleans(),
    wrap=st.none() | st.builds(Wrap, ended=st.none() | _times, code=st.none() | _names, notes=_texts),
    left_by=st.none()
    | st.builds(
        Transfer,
        kind=st.sampled_from(get_args(model.TransferKind)),
        target=st.sampled_from(get_args(model.TransferTarget)),
        to=_names,
        at=_times,
        to_leg=st.none() | _keys,
        joined=st.none() | _times,
        done=st.none() | _times,
        result=st.sampled_from(get_args(model.TransferResult)),
    ),
)


@st.composite
def _likely_leg(draw: st.DrawFn, number: int) -> Leg:
    """Draw a leg whose times are in order, so that more than a few are told."""
    leg = draw(_any_leg)
    started, answered, ended, after = sorted(draw(st.tuples(_times, _times, _times, _times)))
    offered = leg.kind in {"agent", "phone", "customer"}
    answers = offered and draw(st.booleans())
    spans = (Span(since=answered, until=draw(st.none() | st.just(ended))),)
    return replace(
        leg,
        key="abcd"[number],
        party=draw(_names),
        started=started,
        answered=answered if answers else None,
        ended=draw(st.none() | st.just(ended)),
        invited_by=draw(st.none() | st.sampled_from(["customer", *"abcd"[:number]])),
        outcome=draw(st.none() | st.none() | st.just(leg.outcome)),
        skills=leg.skills if leg.kind == "queue" else (),
        language=leg.language if leg.kind == "queue" else None,
        behalf_of=None,
        holds=spans if answers and draw(st.booleans()) else (),
        muted=spans if answers and draw(st.booleans()) else (),
        recording=draw(st.none() | st.just(leg.recording)),
        after_call_work=leg.after_call_work if leg.kind == "agent" else None,
        wrap=Wrap(ended=draw(st.none() | st.just(after)), code="resolved") if answers and leg.kind == "agent" else None,
        left_by=replace(leg.left_by, at=answered) if leg.left_by and answers and draw(st.booleans()) else None,
    )


@st.composite
def interactions(draw: st.DrawFn, *, likely: bool) -> Interaction:
    """Draw any interaction that the model can hold, or one of those that may well be told."""
    count = draw(st.integers(0, 4))
    legs = [draw(_likely_leg(number) if likely else _any_leg) for number in range(count)]
    calls = bool(legs) and legs[0].kind == "agent" and legs[0].started == START and legs[0].invited_by is None
    direction = draw(st.sampled_from(get_args(model.Direction)[: 3 if calls or not likely else 2]))
    number = draw(_texts)
    answered = draw(st.none() | _times) if direction == "outbound" or not likely else None
    return Interaction(
        id=draw(st.text(min_size=likely, max_size=4)),
        direction=direction,
        started=START if likely else draw(_times),
        conversation=draw(_texts),
        medium=draw(st.sampled_from(get_args(model.Medium)[: 2 if number or not likely else 1])),
        ended=draw(st.none() | _times) if not likely else draw(st.none() | st.just(at(12))),
        customer=Customer(address=number, name=draw(_texts), answered=answered)
        if direction != "internal"
        else Customer(),
        service=Service(address=draw(_texts) or number, name=draw(_texts)),
        ended_by=draw(st.none() | st.sampled_from(get_args(model.EndedBy))),
        subject=draw(_texts),
        tag=draw(_texts),
        info=draw(st.lists(st.tuples(st.text(max_size=3), st.text(max_size=3)), max_size=1).map(tuple)),
        legs=tuple(legs),
    )
