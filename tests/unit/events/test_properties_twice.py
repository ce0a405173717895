"""A property that stands twice makes one record invalid, in whatever form it comes: no others, and none is lost."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_genesys.events.dead_letters import DeadLetter, DeadLetters
from airflow_provider_genesys.events.models import STREAMS
from airflow_provider_genesys.events.records import Event, Reader, Unsendable
from airflow_provider_genesys.events.source import read
from airflow_provider_genesys.exceptions import GenesysSourceError
from airflow_provider_genesys.files import storage
from tests.contract.worlds import presences
from tests.unit.events.contents import Content

ROWS = presences(5)
TEXTS = [json.dumps(row) for row in ROWS]
TWICE = '{"message":["anything"],"message":"ok",' + TEXTS[2][1:]
DEEP = '{"message":{"a":1,"a":2},"message":"ok",' + TEXTS[2][1:]


def letter(event: str) -> str:
    return '{"dead_letter":{"fate":"invalid"},"event":' + event + "}"


FORMS: dict[str, Callable[[list[str]], str]] = {
    "lines": "\n".join,
    "on one line": "".join,
    "list": lambda texts: f"[{','.join(texts)}]",
    "list over lines": lambda texts: "[\n" + ",\n".join(texts) + "\n]",
    "lists in a list": lambda texts: f"[[{texts[0]}],[{','.join(texts[1:])}]]",
    "body": lambda texts: '{"userPresenceEvents":[' + ",".join(texts) + "]}",
    "body over lines": lambda texts: '{\n"userPresenceEvents":[\n' + ",\n".join(texts) + "\n]}",
    "bodies": lambda texts: "\n".join(f'{{"userPresenceEvents":[{text}]}}' for text in texts),
    "letters": lambda texts: "\n".join(map(letter, texts)),
    "letters with text": lambda texts: "\n".join(letter(json.dumps(text)) for text in texts),
    "a body in a letter": lambda texts: letter('{"userPresenceEvents":[' + ",".join(texts) + "]}"),
    "a body as text in a letter": lambda texts: letter(json.dumps('{"userPresenceEvents":[' + ",".join(texts) + "]}")),
}


def records_of(text: str) -> list[Event | Unsendable]:
    return records_in(Content(text.encode()))


def records_in(source: Any) -> list[Event | Unsendable]:
    reader = Reader(STREAMS["user_presences"], 100)
    return [
        reader.read(record, None, ordinal, chunk.file, ordinal)
        for chunk in read(source, stream="user_presences")
        for ordinal, record in enumerate(chunk.records)
    ]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(("twice", "name"), [(TWICE, "message"), (DEEP, "a")])
def test_it_alone_is_invalid(form: str, twice: str, name: str) -> None:
    records = records_of(FORMS[form]([*TEXTS[:2], twice, *TEXTS[3:]]))
    assert len(records) == 5
    (invalid,) = (record for record in records if isinstance(record, Unsendable))
    assert (invalid.fate, invalid.reason) == ("invalid", "invalid.property_twice")
    assert f"{name!r}" in invalid.message
    sent = {record.event_id for record in records if isinstance(record, Event)}
    assert sent == {row["eventId"] for number, row in enumerate(ROWS) if number != 2}


@pytest.mark.parametrize("lists", [1, 2, 3, 5, 20])
@pytest.mark.parametrize("twice", [TWICE, DEEP])
@pytest.mark.parametrize("how", ["text", "text in a list", "text as JSON"])
def test_in_json_text_of_lists_in_lists_it_alone_is_invalid_too(lists: int, twice: str, how: str) -> None:
    text = "[" * lists + ",".join([*TEXTS[:2], twice, *TEXTS[3:]]) + "]" * lists
    source: Any = {"text": text, "text in a list": [[text]], "text as JSON": json.dumps([text])}[how]
    fates = [getattr(record, "reason", "") for record in records_in(source)]
    assert fates == ["", "", "invalid.property_twice", "", ""]


@pytest.mark.parametrize("lists", [50, 900, 3_000])
def test_however_deep_the_lists_it_is_not_sent(lists: int) -> None:
    try:
        records = records_in("[" * lists + TWICE + "]" * lists)
    except GenesysSourceError:
        return
    assert not [record for record in records if isinstance(record, Event)]


@pytest.mark.parametrize(
    "text",
    [
        f'{{"dead_letter":{{"fate":"invalid"}},"event":{TEXTS[0]},"event":{TEXTS[1]}}}',
        f'{{"dead_letter":"x","event":{json.dumps(TEXTS[0])},"event":{json.dumps(TEXTS[1])}}}',
        f'{{"event":{TEXTS[0]},"dead_letter":{{}},"event":null}}',
        f'{{"dead_letter":{{}},"dead_letter":{{}},"event":{TEXTS[0]}}}',
        f'{{"dead_letter":{{}},"event":[{TEXTS[0]}],"event":[{TEXTS[1]},{TEXTS[2]}]}}',
    ],
)
def test_a_dead_letter_in_which_a_property_stands_twice_is_invalid_as_a_whole(text: str) -> None:
    first, invalid, last = records_of("\n".join([TEXTS[3], text, TEXTS[4]]))
    assert isinstance(first, Event)
    assert isinstance(last, Event)
    assert isinstance(invalid, Unsendable)
    assert (invalid.reason, invalid.text) == ("invalid.property_twice", text.encode())


@pytest.mark.parametrize(
    "text",
    [
        f'{{"data":[{TEXTS[0]}],"data":[]}}',
        f'{{"userPresenceEvents":[{TEXTS[0]}],"userPresenceEvents":[]}}',
        f'{{"userPresenceEvents":[{TEXTS[0]}],"userPresenceEvents":[{TEXTS[1]}]}}',
        f'{{"userPresenceEvents":{{"0":{TEXTS[0]},"0":{TEXTS[1]}}}}}',
    ],
)
def test_a_wrapper_in_which_a_list_stands_twice_is_no_hour_without_events(text: str) -> None:
    try:
        records = records_of(f"{TEXTS[3]}\n{text}")
    except GenesysSourceError:
        return
    assert [type(record) for record in records] == [Event, Unsendable]


@pytest.mark.parametrize("twice", [TWICE, DEEP])
def test_its_dead_letter_holds_all_of_it_and_is_invalid_once_more(tmp_path: Path, twice: str) -> None:
    """With the last of the two only, a replay would send what nobody looked at."""
    (invalid,) = records_of(twice)
    assert isinstance(invalid, Unsendable)
    DeadLetters(tmp_path, STREAMS["user_presences"], "all").put(0, 1, [DeadLetter.of(invalid)], guard=lambda: None)
    text = storage.read(tmp_path / "dead-letters" / "00-000001.jsonl") or b""
    assert b"anything" in text or b'"a":1' in text
    (again,) = records_of(text.decode())
    assert isinstance(again, Unsendable)
    assert again.reason == "invalid.property_twice"
