"""The kinds against the published API description, and the rules that it states."""

from __future__ import annotations

import datetime as dt
import json
import re

import pytest
from pydantic import TypeAdapter, ValidationError

from airflow_provider_genesys.events import kinds
from airflow_provider_genesys.events.models import CONVERSATION_KINDS, STREAMS, array_of
from tests.facts import fact, facts

ID = "6a3af858-942f-489d-9700-5f9bcdcdae9b"
PRESENCE = {"eventId": ID, "eventDateTime": "2021-01-01T09:12:58.000Z", "userId": "u", "sourceId": ID}


def check(stream: str, kind: str, event: dict[str, object]) -> None:
    STREAMS[stream].validators[kind](json.dumps(event).encode())


def test_beside_conversations_there_are_three_streams() -> None:
    assert set(STREAMS) == {"conversations", "user_presences", "user_routing_statuses", "custom_kpi_attributions"}
    assert array_of("userPresence") == "userPresenceEvents"


def test_kinds_agree_with_the_published_description() -> None:
    rows = facts("conversation_kinds")
    described = {row["array"].removesuffix("Events") for row in rows}
    assert described == set(CONVERSATION_KINDS), "write a kind into tests/facts/conversation_kinds.json too"
    for row in rows:
        schema = TypeAdapter(CONVERSATION_KINDS[row["array"].removesuffix("Events")]).json_schema()
        properties = schema["properties"]
        # Only the id may be left out, since it is derived then.
        assert {*schema["required"], "eventId"} == set(row["required"]), row["array"]
        assert set(properties) == {*row["required"], *row["optional"]}, row["array"]
        for name, values in row["enums"].items():
            assert properties[name]["enum"] == values, (row["array"], name)
        for name, nested in schema.get("$defs", {}).items():
            described = fact("models", name)
            assert set(nested["properties"]) == set(described["properties"]), name
            assert set(nested.get("required", ())) == set(described.get("required", ())), name
            for each, value in nested["properties"].items():
                assert value.get("enum") == described["properties"][each].get("enum"), (name, each)


@pytest.mark.parametrize(
    "date",
    ["2021-01-01T09:12:58.000Z", "2021-12-31T23:59:59Z", "2024-02-29T00:00:00Z", "2000-02-29T00:00:00.999Z"],
)
def test_documented_dates_pass(date: str) -> None:
    check("user_presences", "userPresence", PRESENCE | {"eventDateTime": date})


@pytest.mark.parametrize(
    "date",
    [
        "2021-02-29T00:00:00Z",
        "1900-02-29T00:00:00Z",
        "2021-04-31T00:00:00Z",
        "2021-13-01T00:00:00Z",
        "2021-01-01T24:00:00Z",
        "2021-01-01T00:60:00Z",
        "2021-01-01T00:00:60Z",
        "2021-01-01 00:00:00Z",
        "2021-01-01T00:00:00",
        "2021-01-01T00:00:00+00:00",
        "2021-01-01T00:00:00.123456Z",
        "2021-01-01T00:00:00.000Z\n",
        1609459200,
    ],
)
def test_other_dates_do_not_pass(date: object) -> None:
    with pytest.raises(ValidationError):
        check("user_presences", "userPresence", PRESENCE | {"eventDateTime": date})


def test_every_day_of_some_years_and_no_other() -> None:
    day = re.compile(f"^{kinds._DATE}$")
    for year in (0, 1, 4, 10, 400, 999, 1200, 1900, 1999, 2000, 2023, 2024, 2100, 2400, 9999):
        for month in range(14):
            for number in range(33):
                text = f"{year:04}-{month:02}-{number:02}"
                assert bool(day.match(text)) == _exists(text), text


def _exists(text: str) -> bool:
    try:
        dt.date.fromisoformat(text)
    except ValueError:
        return False
    return True


@pytest.mark.parametrize(
    ("stream", "kind", "change"),
    [
        ("user_presences", "userPresence", {"eventId": "6a3af858-942f-189d-9700-5f9bcdcdae9b"}),
        ("user_presences", "userPresence", {"eventId": ID.replace("-", "")}),
        ("user_presences", "userPresence", {"sourceId": "our platform"}),
        ("user_presences", "userPresence", {"userId": ""}),
        ("user_presences", "userPresence", {"userId": 1}),
        ("user_presences", "userPresence", {"surprise": 1}),
        ("user_presences", "userPresence", {"type": "userPresence"}),
    ],
)
def test_what_the_description_rules_out(stream: str, kind: str, change: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        check(stream, kind, PRESENCE | change)


def test_nothing_is_converted() -> None:
    hold = {"eventDateTime": "2021-01-01T09:12:58Z", "conversationId": ID, "communicationId": ID, "held": "true"}
    with pytest.raises(ValidationError):
        check("conversations", "holdUpdated", hold)
    check("conversations", "holdUpdated", hold | {"held": True})


def test_email_addresses_are_required() -> None:
    event = {
        "eventDateTime": "2021-01-01T09:12:58Z",
        "conversationId": ID,
        "communicationId": ID,
        "initialConfiguration": {"to": "a@example.com"},
        "sourceConfiguration": {"sourceId": "acd", "interactionId": "1"},
    }
    with pytest.raises(ValidationError, match="from"):
        check("conversations", "emailFlowEstablished", event)
    check(
        "conversations",
        "emailFlowEstablished",
        event | {"initialConfiguration": {"to": "a@example.com", "from": "b@example.com", "cc": []}},
    )
