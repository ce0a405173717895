"""Is a body right? If not, what is the first wrong thing in it, and why.

Made for speed, since every test and demo sends its events through here: the catalogue's lines become, once, tables of
plain functions. A check returns ``None`` for a right value; nothing is built for what is right.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any, NoReturn

from airflow_provider_genesys.simulator import chat_models, presence_models
from airflow_provider_genesys.simulator.errors import ApiError
from airflow_provider_genesys.simulator.events import ENUMS, OBJECTS, TYPE_OF, Operation

MAX_EVENTS = 100
MAX_BYTES = 512_000
SHOWN = 100


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a value: Genesys' error code, the path to the value within the event, and a message."""

    code: str
    path: str
    message: str


Check = Callable[[Any], Problem | None]
_HEX = "[0-9a-fA-F]"
_is_uuid = re.compile(f"{_HEX}{{8}}-{_HEX}{{4}}-{_HEX}{{4}}-{_HEX}{{4}}-{_HEX}{{12}}").fullmatch
_is_uuid4 = re.compile(f"{_HEX}{{8}}-{_HEX}{{4}}-4{_HEX}{{3}}-[89abAB]{_HEX}{{3}}-{_HEX}{{12}}").fullmatch
# yyyy-MM-ddTHH:mm:ss[.mmm]Z, to the letter: three decimals or none, and no other zone.
_is_datetime = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]{3})?Z"
).fullmatch


@lru_cache(maxsize=1024)
def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _invalid(value: Any, field_type: str, allowed: str) -> Problem:
    shown = json.dumps(value, ensure_ascii=False)
    if len(shown) > SHOWN:
        shown = shown[:SHOWN] + "..."
    return Problem(
        "invalid.value",
        "",
        f"Value [{shown}] is not valid for field type [{field_type}]. Allowable values are: {allowed}",
    )


def _check_text(value: Any) -> Problem | None:
    return None if type(value) is str else _invalid(value, "String", "strings")


def _check_uuid4(value: Any) -> Problem | None:
    return None if type(value) is str and _is_uuid4(value) else _invalid(value, "UUID", "UUIDs of version 4")


def _check_uuid(value: Any) -> Problem | None:
    return None if type(value) is str and _is_uuid(value) else _invalid(value, "UUID", "UUIDs")


def _check_datetime(value: Any) -> Problem | None:
    if type(value) is str and _is_datetime(value) and _is_day(value[:10]):
        return None
    message = "Dates must be specified as ISO-8601 strings. For example: yyyy-MM-ddTHH:mm:ss.SSSZ"
    return Problem("invalid.date", "", message)


def _check_boolean(value: Any) -> Problem | None:
    return None if type(value) is bool else _invalid(value, "Boolean", "true, false")


def _check_number(value: Any) -> Problem | None:
    return None if type(value) in (int, float) else _invalid(value, "Float", "numbers")


def _check_integer(value: Any) -> Problem | None:
    return None if type(value) is int else _invalid(value, "Long", "whole numbers")


def _check_reference(value: Any) -> Problem | None:
    return None if type(value) is dict else _invalid(value, "Object", "objects")


def _enum(name: str, values: tuple[str, ...]) -> Check:
    members = frozenset(values)

    def check(value: Any) -> Problem | None:
        return None if type(value) is str and value in members else _invalid(value, name, ", ".join(values))

    return check


def _array(check_item: Check) -> Check:
    def check(value: Any) -> Problem | None:
        if type(value) is not list:
            return _invalid(value, "Array", "arrays")
        for index, item in enumerate(value):
            if problem := check_item(item):
                return Problem(problem.code, f"[{index}]{problem.path}", problem.message)
        return None

    return check


def _check_text_map(value: Any) -> Problem | None:
    if type(value) is not dict:
        return _invalid(value, "Map", "objects")
    for name, item in value.items():
        if problem := _check_text(item):
            return Problem(problem.code, f".{name}", problem.message)
    return None


def _object(model: str, fields: str) -> Check:
    checks: dict[str, Check] = {}
    required = []
    for field in fields.split():
        name, _, declared = field.removesuffix("?").partition(":")
        checks[name] = _check_for(declared or TYPE_OF.get(name, "text"))
        if not field.endswith("?"):
            required.append(name)

    def check(value: Any) -> Problem | None:
        if type(value) is not dict:
            return _invalid(value, model, "objects")
        for name, item in value.items():
            check_field = checks.get(name)
            if check_field is None:
                return Problem(
                    "invalid.property", f".{name}", f"Value [{name}] is not a valid property for object [{model}]"
                )
            # A null stands for a property left out, as is usual; whether the real server is as lenient is unconfirmed.
            if item is not None and (problem := check_field(item)):
                return Problem(problem.code, f".{name}{problem.path}", problem.message)
        for name in required:
            if value.get(name) is None:
                return Problem("constraint.validation", f".{name}", "must not be null")
        return None

    return check


_SIMPLE: Mapping[str, Check] = {
    "text": _check_text,
    "text{}": _check_text_map,
    "uuid": _check_uuid,
    "uuid4": _check_uuid4,
    "datetime": _check_datetime,
    "boolean": _check_boolean,
    "number": _check_number,
    "integer": _check_integer,
    "object": _check_reference,
    "User": _check_reference,
}
_OBJECTS: Mapping[str, str] = {**OBJECTS, **presence_models.MODELS, **chat_models.MODELS}
_ENUMS: Mapping[str, tuple[str, ...]] = {**ENUMS, **presence_models.ENUMS, **chat_models.ENUMS}


def _check_for(type_name: str) -> Check:
    if type_name in _OBJECTS:
        return _object(type_name, _OBJECTS[type_name])
    if type_name in _ENUMS:
        return _enum(type_name, _ENUMS[type_name])
    if type_name.endswith("[]"):
        return _array(_check_for(type_name.removesuffix("[]")))
    if type_name not in _SIMPLE:
        raise LookupError(f"{type_name!r} is no type: a choice's words go into ENUMS, an object's fields into OBJECTS")
    return _SIMPLE[type_name]


def _singular(array: str) -> str:
    """Return the name of the model of an array's events: ``EndTransferEvent`` for ``endTransferEvents``."""
    return array[0].upper() + array[1:-1]


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _decode(body: bytes) -> Any:
    try:
        return json.loads(body.decode("utf-8"), parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise ApiError(400, "bad.request") from None


class ModelValidator:
    """Reads the bodies that hold one model, or an array of it.

    :param model: its name in the catalogue.
    """

    def __init__(self, model: str) -> None:
        self._check = _check_for(model)
        self._check_array = _array(self._check)

    def read(self, body: bytes) -> dict[str, Any]:
        """Return the object that a body holds; what is null is left out.

        :raises ApiError: 400 with the code for what is wrong.
        """
        return self.check(_decode(body))

    def check(self, value: Any) -> dict[str, Any]:
        """Return an object; what is null is left out.

        :raises ApiError: 400 with the code for what is wrong.
        """
        found: dict[str, Any] = _without_nulls(_checked(value, self._check))
        return found

    def read_array(self, body: bytes) -> list[dict[str, Any]]:
        """Return the objects of a body that is an array; what is null is left out.

        :raises ApiError: 400 with the code for what is wrong.
        """
        return self.check_array(_decode(body))

    def check_array(self, values: Any) -> list[dict[str, Any]]:
        """Return the objects of an array; what is null is left out.

        :raises ApiError: 400 with the code for what is wrong.
        """
        return [_without_nulls(item) for item in _checked(values, self._check_array)]


def _checked(value: Any, check: Check) -> Any:
    if problem := check(value):
        raise _refused(Problem(problem.code, problem.path.lstrip(".") or "body", problem.message))
    return value


def _without_nulls(value: Any) -> Any:
    """Leave out what is null, at any depth: no property may be, so none may come back as that."""
    if isinstance(value, dict):
        return {name: _without_nulls(item) for name, item in value.items() if item is not None}
    return [_without_nulls(item) for item in value] if isinstance(value, list) else value


class BatchValidator:
    """Reads the bodies of one operation.

    :param operation: the operation, with its arrays.
    """

    def __init__(self, operation: Operation) -> None:
        self._model = operation.model
        self._checks = {array: _object(_singular(array), fields) for array, fields in operation.arrays.items()}

    def read(self, body: bytes) -> list[tuple[str, dict[str, Any]]]:
        """Return the events of a body as pairs of array name and event, in the body's order.

        One wrong event refuses the body as a whole. Whether the real server does so for each of these faults, or gives
        some of them among ``errors``, is unconfirmed.

        :param body: the body as it came.
        :raises ApiError: 413 or 400 with the code for what is wrong; the message names array, index and field.
        """
        if len(body) > MAX_BYTES:
            message = f"The request is over the size limit. Maximum bytes: {MAX_BYTES}"
            raise ApiError(413, "request.entity.too.large", message)
        batch = _decode(body)
        if type(batch) is not dict:
            raise ApiError(400, "bad.request")
        events = self._flatten(batch)
        if not events:
            raise ApiError(400, "zero.events.submitted", "A minimum of 1 event must be submitted")
        if len(events) > MAX_EVENTS:
            message = f"Max allowed event count per request has been surpassed. Max batch size is {MAX_EVENTS}"
            raise ApiError(400, "max.batch.size.surpassed", message)
        for array, values in batch.items():
            self._check_array(array, values or ())
        return events

    def _flatten(self, batch: dict[str, Any]) -> list[tuple[str, Any]]:
        events: list[tuple[str, Any]] = []
        for array, values in batch.items():
            if array not in self._checks:
                raise _refused(
                    Problem(
                        "invalid.property", array, f"Value [{array}] is not a valid property for object [{self._model}]"
                    )
                )
            if type(values) is list:
                events += [(array, event) for event in values]
            elif values is not None:
                problem = _invalid(values, "Array", "arrays")
                raise _refused(Problem(problem.code, array, problem.message))
        return events

    def _check_array(self, array: str, values: list[Any] | tuple[()]) -> None:
        check = self._checks[array]
        for index, event in enumerate(values):
            if problem := check(event):
                raise _refused(Problem(problem.code, f"{array}[{index}]{problem.path}", problem.message))


def _refused(problem: Problem) -> ApiError:
    details = [{"errorCode": problem.code, "fieldName": problem.path}]
    return ApiError(400, problem.code, f"{problem.path}: {problem.message}", details)
