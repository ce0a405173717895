"""The catalogue against the API's published description, and the validator against the catalogue."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest

from airflow_provider_genesys.simulator.errors import ApiError
from airflow_provider_genesys.simulator.events import CONVERSATIONS, ENUMS, OBJECTS, OPERATIONS, TYPE_OF, Operation
from airflow_provider_genesys.simulator.validation import BatchValidator
from tests.facts import fact, facts, known

CONVERSATION, PRESENCE, ROUTING, KPI = (BatchValidator(operation) for operation in OPERATIONS)


def fields(line: str) -> dict[str, tuple[str, bool]]:
    """Return type and whether required, by name, of a line of the catalogue."""
    parsed = {}
    for field in line.split():
        name, _, declared = field.removesuffix("?").partition(":")
        parsed[name] = (declared or TYPE_OF.get(name, "text"), not field.endswith("?"))
    return parsed


def published_type(name: str, schema: dict[str, Any]) -> str:
    """Return the catalogue's name for the type of a property in the published description."""
    if "$ref" in schema:
        return str(schema["$ref"].rpartition("/")[2])
    if "enum" in schema:
        names = (each for each, values in ENUMS.items() if values == tuple(schema["enum"]))
        return known(names, f"write the words of {name!r} into ENUMS of simulator/events.py: {schema['enum']}")
    if schema["type"] == "object":
        assert schema["additionalProperties"]["type"] == "string"
        return "text{}"
    if schema.get("format") == "date-time":
        return "datetime"
    text = schema.get("described", "text")
    if schema["type"] == "array":
        return f"{text}[]"
    types = {"string": text, "boolean": "boolean", "number": "number"}
    assert schema["type"] in types, f"{name!r}: write {schema['type']!r} into types here, SAMPLES and WRONG"
    return types[schema["type"]]


def published_fields(model: dict[str, Any]) -> dict[str, tuple[str, bool]]:
    required = model.get("required", [])
    return {name: (published_type(name, schema), name in required) for name, schema in model["properties"].items()}


def test_the_conversation_kinds_are_the_published_ones():
    published = {
        entry["array"]: (set(entry["required"]), set(entry["optional"])) for entry in facts("conversation_kinds")
    }
    ours = {
        array: (
            {name for name, (_, required) in fields(line).items() if required},
            {name for name, (_, required) in fields(line).items() if not required},
        )
        for array, line in CONVERSATIONS.items()
    }
    assert ours == published, "in CONVERSATIONS of simulator/events.py, and tests/facts/conversation_kinds.json"


@pytest.mark.parametrize("operation", OPERATIONS[:3], ids=lambda operation: operation.model)
def test_every_field_has_its_published_type(operation):
    for array, line in operation.arrays.items():
        published = published_fields(fact("models", array[0].upper() + array[1:-1]))
        # The description of this field in two models is that of another field, by mistake; elsewhere it is a V4 UUID.
        if array in {"routingTransferEvents", "emailRoutingTransferEvents"}:
            assert published["initiatingCommunicationId"] == ("text", True)
            published["initiatingCommunicationId"] = ("uuid4", True)
        assert fields(line) == published, array


def test_every_nested_object_has_its_published_fields():
    for name, line in OBJECTS.items():
        assert fields(line) == published_fields(fact("models", name)), name


def test_a_type_that_is_written_nowhere_is_told():
    operation = Operation("/", "Batch", "x:y:z", {"xEvents": "eventId x:Nowhere"}, "eventId")
    with pytest.raises(LookupError, match="'Nowhere' is no type: a choice's words go into ENUMS"):
        BatchValidator(operation)


def uuid4() -> str:
    return str(uuid.uuid4())


SAMPLES = {
    "uuid4": uuid4,
    "uuid": lambda: str(uuid.uuid1()),
    "uuid4[]": lambda: [uuid4()],
    "text": lambda: "text",
    "text[]": lambda: ["text"],
    "text{}": lambda: {"any": "text"},
    "datetime": lambda: "2026-11-21T08:30:00.250Z",
    "boolean": lambda: True,
    "number": lambda: 1.5,
}
WRONG = {
    "uuid4": (str(uuid.uuid1()), "invalid.value"),
    "uuid": ("not-a-uuid", "invalid.value"),
    "uuid4[]": (["x"], "invalid.value"),
    "text": (7, "invalid.value"),
    "text[]": ("text", "invalid.value"),
    "text{}": ({"any": 1}, "invalid.value"),
    "datetime": ("2026-11-21T08:30:00+01:00", "invalid.date"),
    "boolean": ("true", "invalid.value"),
    "number": (True, "invalid.value"),
}


def sample(type_name: str, *, whole: bool) -> Any:
    if type_name in OBJECTS:
        return event_of(OBJECTS[type_name], whole=whole)
    if type_name in ENUMS:
        return ENUMS[type_name][-1]
    return SAMPLES[type_name]()


def event_of(line: str, *, whole: bool) -> dict[str, Any]:
    """Return an event with all of its fields, or only with the required ones."""
    return {name: sample(kind, whole=whole) for name, (kind, required) in fields(line).items() if required or whole}


ARRAYS = [(operation, array, line) for operation in OPERATIONS for array, line in operation.arrays.items()]


def refusal(validator: BatchValidator, body: Any) -> ApiError:
    with pytest.raises(ApiError) as caught:
        validator.read(body if isinstance(body, bytes) else json.dumps(body).encode())
    return caught.value


@pytest.mark.parametrize(("operation", "array", "line"), ARRAYS, ids=[array for _, array, _ in ARRAYS])
def test_a_kind_takes_its_fields_and_no_others(operation, array, line):
    validator = BatchValidator(operation)
    whole, bare = event_of(line, whole=True), event_of(line, whole=False)
    assert validator.read(json.dumps({array: [whole, bare]}).encode()) == [(array, whole), (array, bare)]
    assert refusal(validator, {array: [bare, {**whole, "surprise": 1}]}).details == [
        {"errorCode": "invalid.property", "fieldName": f"{array}[1].surprise"}
    ]
    for name, (kind, required) in fields(line).items():
        without = {key: value for key, value in whole.items() if key != name}
        for incomplete in (without, {**whole, name: None}):
            if required:
                assert refusal(validator, {array: [incomplete]}).code == "constraint.validation"
            else:
                validator.read(json.dumps({array: [incomplete]}).encode())
        wrong, code = WRONG.get(kind, ("wrong", "invalid.value"))
        error = refusal(validator, {array: [whole, {**whole, name: wrong}]})
        assert (error.status, error.code) == (400, code)
        assert error.message.startswith(f"{array}[1].{name}")


def presence(**changes: Any) -> dict[str, Any]:
    event = {
        "eventId": "3f0c4f2e-5a1b-4c3d-8e9f-0a1b2c3d4e5f",
        "eventDateTime": "2026-11-21T08:30:00Z",
        "userId": "agent 7",
        "sourceId": "0b8f5f0e-3c55-4a6e-9d6f-1c2b3a4d5e6f",
    }
    return {**event, **changes}


@pytest.mark.parametrize("moment", ["2024-02-29T00:00:00Z", "2026-11-21T23:59:59.999Z"])
def test_dates_of_the_published_form_pass(moment):
    PRESENCE.read(json.dumps({"userPresenceEvents": [presence(eventDateTime=moment)]}).encode())


@pytest.mark.parametrize(
    "moment",
    [
        "2026-02-29T00:00:00Z",
        "2026-13-01T00:00:00Z",
        "2026-11-21T24:00:00Z",
        "2026-11-21T08:60:00Z",
        "2026-11-21T08:30:60Z",
        "2026-11-21T08:30Z",
        "2026-11-21T08:30:00",
        "2026-11-21T08:30:00.1Z",
        "2026-11-21T08:30:00.123456Z",
        "2026-11-21T08:30:00+00:00",
        "2026-11-21 08:30:00Z",
        "2026-11-21T08:30:00Z\n",
        "٢٠٢٦-11-21T08:30:00Z",
        "",
        1795246200000,
    ],
)
def test_other_dates_refuse_the_body(moment):
    error = refusal(PRESENCE, {"userPresenceEvents": [presence(eventDateTime=moment)]})
    assert (error.status, error.code) == (400, "invalid.date")


@pytest.mark.parametrize(
    "event_id",
    [
        "3f0c4f2e-5a1b-5c3d-8e9f-0a1b2c3d4e5f",
        "3f0c4f2e-5a1b-4c3d-ce9f-0a1b2c3d4e5f",
        "3f0c4f2e5a1b4c3d8e9f0a1b2c3d4e5f",
        "{3f0c4f2e-5a1b-4c3d-8e9f-0a1b2c3d4e5f}",
        "3f0c4f2e-5a1b-4c3d-8e9f-0a1b2c3d4e5f\n",
    ],
)
def test_an_event_id_must_be_a_uuid_of_version_4_and_the_usual_variant(event_id):
    assert refusal(PRESENCE, {"userPresenceEvents": [presence(eventId=event_id)]}).code == "invalid.value"


def test_the_routing_status_event_takes_a_uuid_of_any_version():
    event = {
        "eventId": str(uuid.uuid1()),
        "eventDateTime": "2026-11-21T08:30:00Z",
        "agentId": "x",
        "sourceId": "y",
        "status": "Idle",
    }
    ROUTING.read(json.dumps({"userRoutingStatusEvents": [event]}).encode())


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 400, "bad.request"),
        (b"{", 400, "bad.request"),
        (b"[]", 400, "bad.request"),
        (b"\xff\xfe{}", 400, "bad.request"),
        (b'{"userPresenceEvents": [{"associatedValue": NaN}]}', 400, "bad.request"),
        (b"[" * 100_000, 400, "bad.request"),
        (b"{}", 400, "zero.events.submitted"),
        (b'{"userPresenceEvents": []}', 400, "zero.events.submitted"),
        (b'{"userPresenceEvents": null}', 400, "zero.events.submitted"),
        (b'{"userPresenceEvents": {}}', 400, "invalid.value"),
        (b'{"userPresenceEvents": ["x"]}', 400, "invalid.value"),
        (b'{"userPresenceEvents": [null]}', 400, "invalid.value"),
        (b'{"endTransferEvents": []}', 400, "invalid.property"),
        (b" " * 512_001, 413, "request.entity.too.large"),
    ],
)
def test_a_body_that_is_wrong_as_a_whole(body, status, code):
    error = refusal(PRESENCE, body)
    assert (error.status, error.code) == (status, code)


def test_a_body_holds_at_most_100_events_and_512000_bytes_over_all_arrays():
    held = {
        "eventDateTime": "2026-11-21T08:30:00Z",
        "conversationId": uuid4(),
        "communicationId": uuid4(),
        "held": True,
    }
    voice, email = ([{**held, "eventId": uuid4()} for _ in range(50)] for _ in range(2))
    body = {"holdUpdatedEvents": voice, "emailHoldUpdatedEvents": email}
    full = json.dumps(body).encode().ljust(512_000)
    assert len(CONVERSATION.read(full)) == 100
    assert refusal(CONVERSATION, full + b" ").status == 413
    email.append({**held, "eventId": uuid4()})
    assert refusal(CONVERSATION, body).code == "max.batch.size.surpassed"
