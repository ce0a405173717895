"""The files of what the API's description says agree with one another: none is forgotten or cut short."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.facts import fact, facts

OPERATIONS = {f"{row['method']} {row['path']}": row for row in facts("operations")}
BATCH = "BatchConversationEventRequest"


def parameters(rows: list[dict[str, Any]]) -> list[tuple[str, str, bool]]:
    return sorted((row["in"], row["name"], row.get("required", False)) for row in rows if row["in"] != "body")


def references(value: Any) -> Iterator[str]:
    """Return the names of the models that are named anywhere in a value."""
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        value = list(value.values())
    for each in value if isinstance(value, list) else ():
        yield from references(each)


def test_what_is_sent_and_answered_is_there_of_the_same_operations():
    assert facts("exchanges").keys() - OPERATIONS.keys() == set(), "write these into operations.json too"


@pytest.mark.parametrize("operation", OPERATIONS)
def test_an_operation_is_described_the_same_in_all_files(operation):
    row, exchange = OPERATIONS[operation], fact("exchanges", operation)
    assert parameters(exchange["parameters"]) == parameters(row["parameters"]), "exchanges.json, operations.json"
    bodies = [each["required"] for each in row["parameters"] if each["in"] == "body"]
    assert bodies == ([exchange["body"]["required"]] if "body" in exchange else []), "the same two files about a body"
    assert exchange["answers"], "write into exchanges.json what it answers"
    assert fact("error_codes", operation), "write into error_codes.json what its errors are"


def test_every_model_that_is_named_is_there_and_no_other():
    named = {*references(facts("exchanges")), *references(facts("models"))}
    assert named - facts("models").keys() == set(), "write these into models.json"
    assert facts("models").keys() - named == set(), "nothing in exchanges.json or models.json names these"


def test_the_body_of_conversations_has_the_arrays_of_the_kinds():
    arrays = {array: each["items"]["$ref"] for array, each in fact("models", BATCH)["properties"].items()}
    kinds = {row["array"]: row["model"] for row in facts("conversation_kinds")}
    assert arrays == kinds, f"write a kind both into {BATCH} of models.json and into conversation_kinds.json"


@pytest.mark.parametrize("row", facts("conversation_kinds"), ids=lambda row: row["array"])
def test_a_kind_is_described_the_same_in_both_files(row):
    model = fact("models", row["model"])
    required, properties = model.get("required", []), model["properties"]
    enums = {name: each["enum"] for name, each in properties.items() if "enum" in each}
    assert {name: row[name] for name in ("required", "optional", "enums")} == {
        "required": sorted(required),
        "optional": sorted(properties.keys() - set(required)),
        "enums": enums,
    }, f"of conversation_kinds.json, and of {row['model']} in models.json"
