"""The published description of the API as OpenAPI, put together again of what :mod:`tests.facts` has of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tests.facts import fact, facts

_ERROR = {"$ref": "ErrorBody"}
_UUID = "^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$"
"""What descriptions call a UUID in words, without a format."""
_MOMENT = (
    "^20[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]([.][0-9]{3})?Z$"
)
"""A moment as the API writes it; what JSON Schema's ``date-time`` may be is more than that."""


def description() -> dict[str, Any]:
    """Return the description of all operations whose bodies and answers are known, which is those without a guest.

    Objects have the properties that are described, and no others; errors have the codes of their operation and status.
    """
    paths: dict[str, Any] = {}
    for operation, exchange in facts("exchanges").items():
        method, path = operation.split()
        paths.setdefault(path, {})[method.lower()] = _operation(operation, exchange)
    return {
        "openapi": "3.0.2",
        "info": {"title": "Genesys Cloud Platform API", "version": "v2"},
        "paths": paths,
        "components": {"schemas": {name: _schema(model) for name, model in facts("models").items()}},
    }


def _operation(operation: str, exchange: dict[str, Any]) -> dict[str, Any]:
    answers = {status: _answer(schema) for status, schema in exchange["answers"].items()}
    errors = {
        status: _answer({"allOf": [_ERROR, {"required": ["code", "status"], "properties": _said(status, codes)}]})
        for status, codes in fact("error_codes", operation).items()
    }
    body = exchange.get("body")
    return {
        "operationId": operation,
        "parameters": [{**each, "schema": _schema(each["schema"])} for each in exchange["parameters"]],
        "responses": answers | errors,
        **({} if body is None else {"requestBody": {"required": body["required"], **_content(body["schema"])}}),
    }


def _said(status: str, codes: Sequence[str]) -> dict[str, Any]:
    """Return what an error has to say: the codes that there are for its status."""
    return {"code": {"type": "string", "enum": [*codes]}, "status": {"type": "integer", "enum": [int(status)]}}


def _answer(schema: dict[str, Any] | None) -> dict[str, Any]:
    return {"description": ""} | ({} if schema is None else _content(schema))


def _content(schema: dict[str, Any]) -> dict[str, Any]:
    return {"content": {"application/json": {"schema": _schema(schema)}}}


def _schema(schema: dict[str, Any]) -> dict[str, Any]:
    """Return a schema of the facts as OpenAPI has it."""
    if "$ref" in schema:
        return {"$ref": f"#/components/schemas/{schema['$ref'].rpartition('/')[2]}"}
    found = {name: value for name, value in schema.items() if name != "described"}
    if "uuid" in schema.get("described", ""):
        found["pattern"] = _UUID
    if schema.get("format") == "date-time":
        found = {"type": "string", "pattern": _MOMENT}
    if "properties" in schema:
        found["properties"] = {name: _schema(each) for name, each in schema["properties"].items()}
        if "type" in schema:
            found.setdefault("additionalProperties", False)
    for name in ("items", "additionalProperties"):
        if isinstance(found.get(name), dict):
            found[name] = _schema(found[name])
    if "allOf" in schema:
        found["allOf"] = [_schema(each) for each in schema["allOf"]]
    return found
