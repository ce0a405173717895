"""Every kind of event: what the provider lets through the server takes, and what it stops the server would refuse."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from airflow_provider_genesys.events.models import STREAMS
from airflow_provider_genesys.events.records import Event, Reader
from airflow_provider_genesys.simulator.errors import ApiError
from airflow_provider_genesys.simulator.events import OPERATIONS
from airflow_provider_genesys.simulator.validation import BatchValidator
from tests.contract.kinds import (
    CONVERSATIONS,
    ENUMERATIONS,
    KINDS,
    OTHERS,
    array_of,
    event_of,
    optional_of,
    required_of,
    uid,
)
from tests.facts import facts
from tests.harness.examples import examples

if TYPE_CHECKING:
    from tests.contract.worlds import World

SERVERS = {array: BatchValidator(operation) for operation in OPERATIONS for array in operation.arrays}


def typed(kind: str, event: dict[str, Any]) -> dict[str, Any]:
    return {"type": kind, **event} if kind else event


def sent_by_provider(stream: str, kind: str, event: dict[str, Any]) -> Event | None:
    record = Reader(STREAMS[stream], 10).read(json.dumps(typed(kind, event)).encode(), None, 0, "f", 1)
    return record if isinstance(record, Event) else None


def taken_by_server(stream: str, kind: str, event: bytes) -> bool:
    array = array_of(stream, kind)
    try:
        SERVERS[array].read(b'{"%s":[%s]}' % (array.encode(), event))
    except ApiError:
        return False
    return True


def test_the_three_readings_know_the_same_kinds() -> None:
    assert set(STREAMS) == {"conversations", *OTHERS}
    kinds = set(STREAMS["conversations"].kinds)
    assert kinds == set(CONVERSATIONS), (
        "write the kinds of events/kinds.py into CONVERSATIONS of tests/contract/kinds.py"
    )
    assert {array_of(stream, kind) for stream, kind in KINDS} == set(SERVERS), "write them into simulator/events.py"
    assert len(KINDS) == sum(len(stream.kinds) for stream in STREAMS.values()) == len(SERVERS)


def test_every_choice_is_tried_with_a_wrong_word() -> None:
    described = {
        name
        for operation in OPERATIONS
        for array in operation.arrays
        for name, schema in facts("models")
        .get(array[0].upper() + array[1:-1], {"properties": {}})["properties"]
        .items()
        if "enum" in schema
    }
    assert described == ENUMERATIONS, (
        "ENUMERATIONS of tests/contract/kinds.py has all that the description lists words for"
    )


@pytest.mark.parametrize("whole", [False, True])
@pytest.mark.parametrize("stream", list(STREAMS))
def test_one_of_each_kind_is_accepted(world: World, stream: str, whole: bool) -> None:
    kinds = [kind for name, kind in KINDS if name == stream]
    events = [typed(kind, event_of(stream, kind, number, whole=whole)) for number, kind in enumerate(kinds)]
    summary = world.publish(events, stream=stream)
    assert summary["accepted"] == len(kinds)
    assert {(row["eventId"], row["kind"]) for row in world.simulator.ledger_events()} == {
        (uid(number), array_of(stream, kind)) for number, kind in enumerate(kinds)
    }


@pytest.mark.parametrize("stream", list(STREAMS))
def test_events_without_an_id_get_one(world: World, stream: str) -> None:
    kinds = [kind for name, kind in KINDS if name == stream]
    events = [typed(kind, event_of(stream, kind, whole=True)) for kind in kinds]
    for event in events:
        del event["eventId"]
    assert world.publish(events, stream=stream)["accepted"] == len(kinds)
    assert len(world.accepted()) == len(kinds)


def wrong_events(stream: str, kind: str) -> dict[str, dict[str, Any]]:
    """Return events with one mistake each, by what it is about."""
    good = event_of(stream, kind, whole=True)
    wrong = {name: {key: value for key, value in good.items() if key != name} for name in required_of(stream, kind)}
    wrong["flavour"] = good | {"flavour": "sweet"}
    wrong |= {name: good | {name: "Unheard"} for name in ENUMERATIONS & good.keys()}
    wrong["eventDateTime "] = good | {"eventDateTime": "2026-02-29T00:00:00Z"}
    wrong["eventId"] = good | {"eventId": "4711"}
    for name in [name for name, value in good.items() if isinstance(value, dict)]:
        wrong[f"{name}.flavour"] = good | {name: good[name] | {"flavour": "sweet"}}
    return wrong


@pytest.mark.parametrize(("stream", "kind"), KINDS, ids=[kind or stream for stream, kind in KINDS])
def test_what_is_wrong_is_stopped_here_and_would_be_refused_there(stream: str, kind: str) -> None:
    for name, event in wrong_events(stream, kind).items():
        record = Reader(STREAMS[stream], 10).read(json.dumps(typed(kind, event)).encode(), None, 0, "f", 1)
        assert not isinstance(record, Event), (name, event)
        assert record.reason == f"invalid.{name.strip()}"
        assert not taken_by_server(stream, kind, json.dumps(event).encode()), (name, event)


def test_what_is_wrong_is_counted_and_the_rest_published(world: World) -> None:
    wrong = [
        typed(kind, event | {"eventId": uid(1000 * place + number)} if event.get("eventId") == uid(1) else event)
        for place, kind in enumerate(CONVERSATIONS)
        for number, event in enumerate(wrong_events("conversations", kind).values())
    ]
    good = [typed(kind, event_of("conversations", kind, 900_000 + place)) for place, kind in enumerate(CONVERSATIONS)]
    summary = world.publish([*wrong, *good], stream="conversations", max_rejected="100%")
    assert (summary["invalid"], summary["accepted"]) == (len(wrong), len(good))
    assert set(world.accepted()) == {event["eventId"] for event in good}
    assert len(world.letters()) == len(wrong)


VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 5),
    st.floats(allow_nan=False, allow_infinity=False, width=32),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=12),
    st.sampled_from(
        [uid(7), uid(7).upper(), uid(7).replace("-", ""), "3f2b8a60-1111-1222-8333-444455556666", "{" + uid(7) + "}"]
    ),
    st.sampled_from(
        [
            "2026-02-28T23:59:60Z",
            "2026-02-29T00:00:00Z",
            "2024-02-29T00:00:00.5Z",
            "2024-02-29T24:00:00Z",
            "2024-02-29t00:00:00z",
            "2024-02-29T00:00:00.123+00:00",
            "2024-02-29T00:00:00.123Z\n",
            "0000-01-01T00:00:00Z",
            "2100-02-29T00:00:00Z",
            "٢٠٢٤-02-29T00:00:00Z",
        ]
    ),
    st.sampled_from(["Completed", "completed", "Attended", "TransferUser", "Spam", "OffQueue", " Idle", ""]),
    st.lists(st.one_of(st.text(max_size=3), st.none(), st.just(uid(8))), max_size=2),
    st.dictionaries(st.sampled_from(["canHear", "to", "from", "sourceId", "x"]), st.text(max_size=3), max_size=3),
)


@st.composite
def mutations(draw: st.DrawFn) -> tuple[str, str, dict[str, Any]]:
    """Draw a kind and an event of it with one or two changes, inside nested objects too."""
    stream, kind = draw(st.sampled_from(KINDS))
    event = copy.deepcopy(event_of(stream, kind, whole=draw(st.booleans())))
    names = ["eventId", *required_of(stream, kind), *optional_of(stream, kind), "flavour"]
    for _ in range(draw(st.integers(1, 2))):
        target = draw(st.sampled_from([event, *(value for value in event.values() if isinstance(value, dict))]))
        name = draw(st.sampled_from(names if target is event else [*target, "audioState", "previousEmailId", "cc"]))
        if draw(st.booleans()):
            target[name] = draw(VALUES)
        else:
            target.pop(name, None)
    return stream, kind, event


def names_nobody(event: dict[str, Any]) -> bool:
    """Say whether an id is empty: the provider stops that, though the description sets no least length."""
    source, skills = event.get("sourceConfiguration"), event.get("skillIds")
    values = [*event.values(), *(source.values() if isinstance(source, dict) else ())]
    return "" in values or (isinstance(skills, list) and "" in skills)


@examples(800, suppress_health_check=[HealthCheck.too_slow])
@given(mutations())
def test_both_checks_agree(mutation: tuple[str, str, dict[str, Any]]) -> None:
    stream, kind, event = mutation
    record = sent_by_provider(stream, kind, event)
    if record is not None:
        assert taken_by_server(stream, kind, record.body)
    elif not names_nobody(event):
        assert not taken_by_server(stream, kind, json.dumps(event).encode())
