"""Records: what is sent, what is not and why, derived ids, duplicates."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_genesys.events.models import STREAMS
from airflow_provider_genesys.events.records import Event, Reader, Unsendable, with_type

ID = "6a3af858-942f-489d-9700-5f9bcdcdae9b"
OTHER = "5e5c5c66-ea97-4e7f-ac41-6424784829f2"
PRESENCE = {"eventId": ID, "eventDateTime": "2021-01-01T09:12:58.000Z", "userId": "u1", "sourceId": OTHER}
ANSWERED = {
    "type": "communicationAnswered",
    "eventDateTime": "2021-01-01T09:12:58.000Z",
    "conversationId": ID,
    "communicationId": OTHER,
}


def read(event: Any, stream: str = "user_presences", kind: str | None = None) -> Event | Unsendable:
    return Reader(STREAMS[stream], 100).read(_text(event), kind, 7, "day.jsonl", 8)


def _text(event: Any) -> bytes:
    return event if isinstance(event, bytes) else json.dumps(event).encode()


def sent(record: Event | Unsendable) -> dict[str, Any]:
    assert isinstance(record, Event), record
    return json.loads(record.body)


def reason(record: Event | Unsendable) -> tuple[str, str]:
    assert isinstance(record, Unsendable), record
    assert (record.ordinal, record.file, record.line) == (7, "day.jsonl", 8)
    return record.reason, record.message


def test_a_good_line_is_forwarded_as_it_came() -> None:
    line = b'{ "sourceId" : "%s", "userId":"u1" ,"eventDateTime":"2021-01-01T09:12:58.000Z","eventId":"%s"}' % (
        OTHER.encode(),
        ID.encode(),
    )
    record = read(line)
    assert isinstance(record, Event)
    assert (record.body, record.event_id, record.key, record.kind) == (line, ID, "u1", "userPresence")


def test_a_leading_type_is_cut_out_and_the_rest_stays() -> None:
    text = _text(ANSWERED | {"eventId": ID})
    assert text.startswith(b'{"type": "communicationAnswered", ')
    record = read(text.replace(b'", "eventDateTime"', b'" ,  "eventDateTime"', 1), "conversations")
    assert isinstance(record, Event)
    assert (record.kind, record.key) == ("communicationAnswered", ID)
    assert record.body == b"{" + text.split(b", ", 1)[1]
    assert sent(record) == {name: value for name, value in ANSWERED.items() if name != "type"} | {"eventId": ID}


def test_a_type_elsewhere_gives_the_same_event() -> None:
    event = ANSWERED | {"eventId": ID}
    last = {name: event[name] for name in [*list(event)[1:], "type"]}
    assert sent(read(event, "conversations")) == sent(read(last, "conversations"))


def test_kind_of_an_api_shaped_body_needs_no_type() -> None:
    untyped = {name: value for name, value in ANSWERED.items() if name != "type"}
    by_array = read(untyped, "conversations", "communicationAnswered")
    assert sent(by_array) == sent(read(ANSWERED, "conversations"))


# The derived ids are part of the contract: a new version must give the ids that an old one sent.
def test_golden_derived_ids() -> None:
    presence = {name: value for name, value in PRESENCE.items() if name != "eventId"}
    golden = [read(presence), read(ANSWERED, "conversations"), read(presence | {"message": "Überstunden"})]
    assert [record.event_id for record in golden if isinstance(record, Event)] == [
        "d2ad361d-060c-4e2f-ba55-453f0a43c017",
        "b7ee2643-252a-4e0d-bcc7-7949ea88daf8",
        "f49741e2-cbff-45da-8828-f8bf6d1021d7",
    ]


def test_a_derived_id_is_sent_and_depends_on_content_not_on_form() -> None:
    event = {name: value for name, value in PRESENCE.items() if name != "eventId"}
    one = sent(read(event))
    turned = sent(read(dict(reversed(event.items()))))
    spaced = sent(read(json.dumps(event, indent=2).encode()))
    assert one["eventId"] == turned["eventId"] == spaced["eventId"]
    assert one["eventId"][14] == "4"
    assert one["eventId"][19] in "89ab"
    assert sent(read(event | {"userId": "u2"}))["eventId"] != one["eventId"]
    assert {name: value for name, value in one.items() if name != "eventId"} == event


def test_nulls_are_left_out() -> None:
    assert sent(read(PRESENCE | {"message": None})) == PRESENCE
    assert reason(read(PRESENCE | {"userId": None})) == ("invalid.userId", "userId is missing")


@pytest.mark.parametrize(
    ("event", "stream", "expected"),
    [
        (PRESENCE | {"x": 1}, "user_presences", ("invalid.x", "x is not a property of this event")),
        (b"{", "user_presences", ("invalid.json", "is not JSON: EOF while parsing an object at line 1 column 1")),
        (b"[1]", "user_presences", ("invalid.json", "is not a JSON object")),
        (b"7", "conversations", ("invalid.json", "is not a JSON object")),
        (b'{"type": "x"', "conversations", ("invalid.json", "is not JSON")),
        ({"a": 1}, "conversations", ("invalid.type", "type is missing")),
        ({"a": 1, "type": 5}, "conversations", ("invalid.type", "type must be a string")),
        (
            {"type": "odd", "a": 1},
            "conversations",
            ("invalid.type", "type 'odd' is none of the kinds of conversations"),
        ),
        (
            PRESENCE | {"eventDateTime": "yesterday"},
            "user_presences",
            ("invalid.eventDateTime", "eventDateTime must be a UTC time such as 2026-01-31T09:12:58.000Z"),
        ),
        (PRESENCE | {"sourceId": "x"}, "user_presences", ("invalid.sourceId", "sourceId must be a V4 UUID")),
        (
            PRESENCE | {"message": "x" * 520_000},
            "user_presences",
            ("invalid.size", "takes more than the 512,000 bytes of a request"),
        ),
        (
            {"agentId": "a", "sourceId": "s", "status": "Gone", "eventDateTime": "2021-01-01T09:12:58.000Z"},
            "user_routing_statuses",
            (
                "invalid.status",
                "status must be 'OffQueue', 'Idle', 'Interacting', 'Communicating' or 'NotResponding'",
            ),
        ),
    ],
)
def test_reasons_name_the_field_and_never_the_value(event: Any, stream: str, expected: tuple[str, str]) -> None:
    assert reason(read(event, stream)) == expected


def test_the_first_of_several_mistakes_is_named_and_the_others_counted() -> None:
    assert reason(read({"userId": "u"})) == ("invalid.eventDateTime", "eventDateTime is missing (and 1 more)")


def test_three_broken_lines_are_three_invalid_records() -> None:
    reader = Reader(STREAMS["user_presences"], 100)
    lines = [b'{"eventId": "', b'x", "userId":', b' "u"}']
    assert [type(reader.read(line, None, 0, "f", 1)) for line in lines] == [Unsendable] * 3


def test_duplicates_by_content_and_reused_ids() -> None:
    reader = Reader(STREAMS["user_presences"], 100)

    def fate(event: Any) -> str:
        record = reader.read(_text(event), None, 0, "f", 1)
        return "event" if isinstance(record, Event) else f"{record.fate} {record.reason}"

    assert fate(PRESENCE) == "event"
    assert fate(PRESENCE) == "duplicate duplicate"
    assert fate(dict(reversed(PRESENCE.items()))) == "duplicate duplicate"
    assert fate(PRESENCE | {"eventId": ID.upper()}) == "invalid event_id_reused"
    assert fate(PRESENCE | {"userId": "u2"}) == "invalid event_id_reused"
    assert fate(PRESENCE | {"eventId": OTHER}) == "event"


def test_duplicates_of_events_with_nested_values() -> None:
    event = {
        "type": "externalEstablished",
        "eventId": ID,
        "eventDateTime": "2021-01-01T09:12:58.000Z",
        "conversationId": ID,
        "communicationId": ID,
        "initialConfiguration": {"inbound": True, "alerting": False},
        "sourceConfiguration": {"sourceId": "acd", "interactionId": "1"},
    }
    turned = event | {"initialConfiguration": {"alerting": False, "inbound": True}}
    changed = event | {"initialConfiguration": {"alerting": True, "inbound": True}}
    reader = Reader(STREAMS["conversations"], 100)
    records = [reader.read(_text(each), None, 0, "f", 1) for each in (event, turned, changed)]
    assert [record.reason if isinstance(record, Unsendable) else "sent" for record in records] == [
        "sent",
        "duplicate",
        "event_id_reused",
    ]


def test_the_window_forgets() -> None:
    reader = Reader(STREAMS["user_presences"], 2)
    ids = [f"{number:08}-942f-489d-9700-5f9bcdcdae9b" for number in range(3)]
    for each in ids:
        assert isinstance(reader.read(_text(PRESENCE | {"eventId": each}), None, 0, "f", 1), Event)
    assert isinstance(reader.read(_text(PRESENCE | {"eventId": ids[0]}), None, 0, "f", 1), Event)
    assert isinstance(reader.read(_text(PRESENCE | {"eventId": ids[2]}), None, 0, "f", 1), Unsendable)


def resolving(event: Any, asked: list[str] | None = None) -> Event | Unsendable:
    def resolve(name: str) -> str:
        if asked is not None:
            asked.append(name)
        if name != "Break/Smoke":
            raise LookupError(f"no active definition is named {name}")
        return OTHER

    return Reader(STREAMS["user_presences"], 100, resolve).read(_text(event), None, 7, "day.jsonl", 8)


def test_a_presence_named_by_its_label_becomes_the_definitions_id() -> None:
    named = PRESENCE | {"presence": "Break/Smoke"}
    assert sent(resolving(named)) == PRESENCE | {"presenceDefinitionId": OTHER}
    assert reason(resolving(PRESENCE | {"presence": "Break/Tea"})) == (
        "invalid.presence",
        "no active definition is named Break/Tea",
    )
    assert reason(resolving(named | {"presenceDefinitionId": OTHER}))[0] == "invalid.presence"
    assert reason(read(named))[0] == "invalid.presence"
    asked: list[str] = []
    assert sent(resolving(PRESENCE, asked)) == PRESENCE
    assert asked == []


def test_the_id_is_derived_before_the_presence_is_resolved() -> None:
    named = {name: value for name, value in PRESENCE.items() if name != "eventId"} | {"presence": "Break/Smoke"}
    by_name = sent(resolving(named))
    by_id = sent(resolving({name: value for name, value in by_name.items() if name != "eventId"}))
    assert by_name["presenceDefinitionId"] == OTHER
    assert by_name["eventId"] != by_id["eventId"]
    assert by_name["eventId"] == sent(resolving(dict(reversed(named.items()))))["eventId"]


def test_a_dead_letter_is_read_as_its_event() -> None:
    assert sent(read({"dead_letter": {"reason": "x"}, "event": PRESENCE})) == PRESENCE
    assert reason(read({"dead_letter": {"reason": "x"}, "event": '{"torn'}))[0] == "invalid.json"
    assert reason(read({"dead_letter": {"reason": "x"}}))[0] == "invalid.dead_letter"


@given(
    st.dictionaries(
        st.sampled_from([*PRESENCE, "message", "presenceDefinitionId", "odd"]),
        st.one_of(st.none(), st.booleans(), st.text(max_size=40), st.sampled_from([ID, OTHER, "2021-01-01T00:00:00Z"])),
    )
)
def test_any_object_is_an_event_or_has_a_reason(event: dict[str, Any]) -> None:
    record = read(event)
    if isinstance(record, Event):
        assert json.loads(record.body).items() >= {k: v for k, v in event.items() if v is not None}.items()
    else:
        assert record.reason
        assert record.message
        assert record.text == _text(event)


@given(st.binary(max_size=60))
def test_any_bytes_are_an_event_or_have_a_reason(text: bytes) -> None:
    for stream in STREAMS.values():
        assert isinstance(Reader(stream, 10).read(text, None, 0, "f", 1), Unsendable)


def test_with_type_gives_the_record_back() -> None:
    record = read(ANSWERED | {"eventId": ID}, "conversations")
    assert isinstance(record, Event)
    assert json.loads(with_type(STREAMS["conversations"], record)) == ANSWERED | {"eventId": ID}


CONVERSATION = {
    "type": "userEstablished",
    "eventId": "0b7a1c0d-5e1f-4a7b-8c2d-90d3f1a2b301",
    "eventDateTime": "2026-01-31T09:12:58.000Z",
    "conversationId": "1b7a1c0d-5e1f-4a7b-8c2d-90d3f1a2b301",
    "communicationId": "2b7a1c0d-5e1f-4a7b-8c2d-90d3f1a2b301",
    "userId": "3b7a1c0d-5e1f-4a7b-8c2d-90d3f1a2b301",
    "afterCallWorkRequired": True,
    "initialConfiguration": {"audioState": {"canHear": True}, "additionalInfo": {"a": "b", "c": "d"}},
    "sourceConfiguration": {"sourceId": "s", "interactionId": "i"},
}


@pytest.mark.parametrize(
    ("text", "twice"),
    [
        ('"message":["anything"],"message":"ok"', "message"),
        ('"message":"ok","message":"ok"', "message"),
        ('"message":null,"message":"ok"', "message"),
        ('"message":"ok","message":null', "message"),
        ('"message" : 1,"message":"ok"', "message"),
        ('"message":{"a":1,"a":2},"message":"ok"', "a"),
        ('"m\\u0065ssage":1,"message":"ok"', "message"),
        ('"message":"a \\" b","userId":"another"', "userId"),
        ('"sourceId":7,"message":"ok"', "sourceId"),
    ],
)
@pytest.mark.parametrize("with_id", [True, False])
def test_a_property_that_stands_twice_is_invalid(text: str, twice: str, with_id: bool) -> None:
    """pydantic takes the last of them and never looks at the first, which would be sent unchecked."""
    event = {key: value for key, value in PRESENCE.items() if with_id or key != "eventId"}
    line = ("{" + text + "," + json.dumps(event)[1:]).encode()
    record = Reader(STREAMS["user_presences"], 100).read(line, None, 0, "f", 1)
    assert isinstance(record, Unsendable)
    assert (record.fate, record.reason) == ("invalid", "invalid.property_twice")
    assert f"'{twice}'" in record.message


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"canHear": true', '"canHear": 7, "canHear": true'),
        ('"a": "b"', '"a": ["x"], "a": "b"'),
        ('"interactionId"', '"sourceId": "t", "interactionId"'),
        ('"afterCallWorkRequired": true', '"afterCallWorkRequired": true, "afterCallWorkRequired": true'),
        ('"type": "userEstablished", ', '"eventId": "x", "type": "userEstablished", '),
        ('"userId"', '"type": "holdUpdated", "userId"'),
        ('"type": "userEstablished", ', '"type": "holdUpdated", "type": "userEstablished", '),
    ],
)
@pytest.mark.parametrize("told", [True, False])
def test_at_any_depth_and_in_any_form(old: str, new: str, told: bool) -> None:
    text = json.dumps(CONVERSATION)
    assert old in text
    kind = None
    if told:  # as out of an API-shaped body
        kind, text = "userEstablished", text.replace('"type": "userEstablished", ', "")
        if old not in text:
            return
    reader = Reader(STREAMS["conversations"], 100)
    assert isinstance(reader.read(text.encode(), kind, 0, "f", 1), Event)
    record = reader.read(text.replace(old, new).encode(), kind, 0, "f", 1)
    assert isinstance(record, Unsendable)
    assert record.fate == "invalid"


_NAMES = ("eventId", "eventDateTime", "conversationId", "communicationId")
_ANSWERED = json.dumps({name: CONVERSATION[name] for name in _NAMES})[1:-1]


@pytest.mark.parametrize("name", ['"type"', '"ty\\u0070e"'])
@pytest.mark.parametrize(
    "text",
    [
        '{"type":"communicationAnswered",%s:null,' + _ANSWERED + "}",
        '{"type":"communicationAnswered",' + _ANSWERED + ",%s:null}",
        "{" + _ANSWERED + ',"type":"communicationAnswered",%s:null}',
        "{" + _ANSWERED + ',%s:null,"type":"communicationAnswered"}',
    ],
)
def test_a_type_that_stands_twice_and_is_null_once_is_invalid(text: str, name: str) -> None:
    reader = Reader(STREAMS["conversations"], 100)
    twice = reader.read((text % name).encode(), None, 0, "f", 1)
    assert isinstance(twice, Unsendable)
    assert twice.reason == "invalid.property_twice"
    assert "'type'" in twice.message
    once = reader.read((text % '"notes"').replace("Answered", "DispositionApplied").encode(), None, 0, "f", 1)
    assert isinstance(once, Event)
    assert json.loads(once.body) == json.loads("{" + _ANSWERED + "}")


def test_where_the_input_tells_the_kind_a_null_type_is_no_property() -> None:
    record = Reader(STREAMS["conversations"], 100).read(
        ('{"type":null,' + _ANSWERED + "}").encode(), "communicationAnswered", 0, "f", 1
    )
    assert isinstance(record, Event)
    assert json.loads(record.body) == json.loads("{" + _ANSWERED + "}")


@pytest.mark.parametrize("space", ["\x0b", "\f", "\x1c", "\xa0", " ", "\t", "\r\n"])
@pytest.mark.parametrize("behind", ["{", '"type"', ":", '"communicationAnswered"', ","])
def test_around_the_type_there_is_the_white_space_of_json_only(space: str, behind: str) -> None:
    text = '{"type":"communicationAnswered",' + _ANSWERED + "}"
    text = text.replace(behind, behind + space, 1)
    record = Reader(STREAMS["conversations"], 100).read(text.encode(), None, 0, "f", 1)
    assert (record.reason if isinstance(record, Unsendable) else "") == ("" if space in " \t\r\n" else "invalid.json")
