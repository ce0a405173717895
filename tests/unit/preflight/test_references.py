"""What an input refers to, whatever is in it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_genesys.events.source import Chunk, read
from airflow_provider_genesys.exceptions import GenesysConfigError
from airflow_provider_genesys.preflight import references as module
from airflow_provider_genesys.preflight.references import References


def collected(events: list[Any], stream: str = "user_presences") -> References:
    found = References()
    found.collect(read(events, stream=stream))
    return found


def texts(found: References, kind: Any) -> list[str]:
    return [mention.text for mention in found.of[kind].values()]


def test_each_reference_is_kept_once_with_its_first_place() -> None:
    found = collected(
        [
            {"userId": "U1", "sourceId": "s", "presence": "Break/Smoke"},
            {"userId": "u1", "sourceId": "s", "presenceDefinitionId": "d", "presence": "break/smoke"},
            {"agentId": "u2", "sourceId": "S"},
        ]
    )
    assert {kind: texts(found, kind) for kind in found.of} == {
        "users": ["U1", "u2"],
        "sources": ["s"],
        "definitions": ["d"],
        "names": ["Break/Smoke"],
    }
    assert found.of["users"]["u2"].place == "<source>, line 3"
    assert (found.read, found.unreadable, found.cut) == (3, 0, set())


def test_conversations_name_users_and_sources_too() -> None:
    body = {
        "userEstablishedEvents": [{"userId": "u1", "sourceConfiguration": {"sourceId": "s1"}}],
        "userTransferEvents": [{"destinationUserId": "u2"}, {"sourceConfiguration": "odd"}],
    }
    found = collected([body], "conversations")
    assert (sorted(texts(found, "users")), texts(found, "sources")) == (["u1", "u2"], ["s1"])


def test_dead_letters_are_looked_into() -> None:
    found = collected([{"dead_letter": {"userId": "no"}, "event": {"userId": "u1"}}, {"dead_letter": {}, "event": "{"}])
    assert (texts(found, "users"), found.unreadable) == (["u1"], 1)


def test_what_is_no_event_is_counted() -> None:
    chunk = Chunk("f", range(1, 6), [b"{", b"[]", b'"x"', b"{}", b'{"userId": "u"}'], errors={3: "is empty"})
    found = References()
    found.collect([chunk])
    assert (found.read, found.unreadable, texts(found, "users")) == (5, 4, ["u"])


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST", 10)
    found = collected([{"userId": f"u{number}", "sourceId": "s" * 500_000} for number in range(30)])
    assert len(found.of["users"]) == 10
    assert found.cut == {"users"}
    assert texts(found, "sources") == ["s" * 100]


VALUES = st.recursive(
    st.none() | st.integers() | st.text(), lambda inner: st.dictionaries(st.text(), inner), max_leaves=9
)
NAMES = ["userId", "agentId", "sourceId", "presence", "sourceConfiguration", "dead_letter", "event"]


@given(st.lists(st.dictionaries(st.sampled_from(NAMES), VALUES) | VALUES, max_size=9))
def test_nothing_in_a_record_raises(events: list[Any]) -> None:
    records = [json.dumps(event).encode() for event in events]
    found = References()
    found.collect([Chunk("f", range(len(records)), records)])
    assert found.read == len(records)
    assert found.unreadable >= sum(not isinstance(event, dict) for event in events)


def test_what_is_given_is_kept_beside_what_an_input_refers_to() -> None:
    found = References()
    found.add(({"sourceId": " S1 "}, {"userId": "u1", "presence": "Break/Smoke", "presenceDefinitionId": "d"}))
    found.collect(read([{"userId": "U1", "sourceId": "s1"}, {"agentId": "u2"}], stream="user_presences"))
    assert {kind: texts(found, kind) for kind in found.of} == {
        "users": ["u1", "u2"],
        "sources": ["S1"],
        "definitions": ["d"],
        "names": ["Break/Smoke"],
    }
    assert found.of["users"]["u1"].place == "<references>, line 2"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (None, "references must be a list of dictionaries, not NoneType"),
        ("[]", "references must be a list of dictionaries, not str"),
        ({"sourceId": "s"}, "references must be a list of dictionaries, not dict"),
        ([{"sourceId": "s"}, "s"], "<references>, line 2: must be a dictionary with keys such as userId, "),
        ([{}], "<references>, line 1: must be a dictionary"),
        ([{"sourceID": "s"}], "<references>, line 1: the key 'sourceID' is unknown; known are userId, agentId"),
        ([{1: "s"}], "<references>, line 1: the key 1 is unknown"),
        ([{"sourceId": 5}], "<references>, line 1: sourceId must be text, not 5"),
        ([{"sourceId": " "}], "<references>, line 1: sourceId must be text, not ' '"),
        ([{"userId": None}, {"user": "u"}], "line 1: userId must be text, not None; <references>, line 2: the key"),
    ],
)
def test_what_is_no_reference_is_told(given: Any, message: str) -> None:
    found = References()
    with pytest.raises(GenesysConfigError) as caught:
        found.add(given)
    assert message in str(caught.value)
    assert not any(found.of.values())
