"""The JSON text of a record: read strictly, written anew, and what to say of one that is not valid."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from airflow_provider_genesys.events.kinds import DATE_TIME, PATTERN_MEANINGS
from airflow_provider_genesys.events.times import lacks_zone, normalised
from airflow_provider_genesys.text import and_more

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pydantic import ValidationError

_SAYINGS = {"missing": "is missing", "extra_forbidden": "is not a property of this event"}


class InvalidRecordError(Exception):
    """Why a record may not be sent."""

    def __init__(self, reason: str, message: str) -> None:
        self.reason = reason
        self.message = message
        super().__init__(message)


class Repeated(dict[str, Any]):
    """An object in which a property stands twice; ``json.dumps`` writes it again as it was, with all of them.

    So nothing of it is lost on its way to :func:`loads`, which refuses it.
    """

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        self._pairs = pairs

    def items(self) -> Any:
        """Return all pairs."""
        return self._pairs


def keeping_all(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Make an object of what JSON says of it; an ``object_pairs_hook``."""
    properties = dict(pairs)
    return properties if len(properties) == len(pairs) else Repeated(pairs)


def loads(text: str | bytes) -> Any:
    """Parse JSON; raises :class:`InvalidRecordError` if a property stands twice in it, at any depth."""
    return json.loads(text, object_pairs_hook=_once_each)


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    properties = dict(pairs)
    if len(properties) < len(pairs):
        raise property_twice(pairs)
    return properties


def property_twice(pairs: Iterable[tuple[str, Any]]) -> InvalidRecordError:
    """Return the error that names the first property that stands twice."""
    names = [name for name, _ in pairs]
    twice = next(name for name in names if names.count(name) > 1)
    return InvalidRecordError("invalid.property_twice", f"the property {twice[:80]!r} stands in it more than once")


def compact(event: Any) -> bytes:
    """Return a value as JSON text, as it is sent."""
    return json.dumps(event, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "surrogatepass")


def split_type(text: bytes) -> tuple[str, bytes]:
    """Take ``type`` out of a record where it is not the first key."""
    try:
        event = loads(text)
    except (ValueError, RecursionError):
        raise InvalidRecordError("invalid.json", "is not JSON") from None
    if not isinstance(event, dict):
        raise InvalidRecordError("invalid.json", "is not a JSON object")
    kind = event.pop("type", None)
    if not isinstance(kind, str):
        raise InvalidRecordError("invalid.type", "type is missing" if kind is None else "type must be a string")
    return kind, compact(event)


def telling_kind(text: bytes, kind: str | None) -> bytes:
    """Return a record with the ``type`` that its input told otherwise: a body by the name of an array, any text."""
    if kind is None or not text.startswith(b"{"):
        return text
    return b'{"type":%s%s%s' % (json.dumps(kind).encode(), b"" if text == b"{}" else b",", text[1:])


def dead_letter(text: bytes) -> dict[str, Any] | None:
    """Return the dead letter that a record is, if it is one: dead letters can be given as input, edited or not.

    One that is :class:`Repeated` holds several events, or none of which anybody knows what it was.
    """
    if b'"dead_letter"' not in text:
        return None
    try:
        letter = json.loads(text, object_pairs_hook=keeping_all)
    except (ValueError, RecursionError):
        return None
    return letter if isinstance(letter, dict) and letter.keys() - {"event"} == {"dead_letter"} else None


def text_of(event: Any) -> bytes:
    """Return the record that a dead letter holds; what was no JSON is in it as a string."""
    return event.encode("utf-8", "surrogatepass") if isinstance(event, str) else compact(event)


def misread_times(error: ValidationError) -> list[tuple[int | str, ...]]:
    """Return the places of all texts that were to be a time and are not as the API takes it."""
    details = error.errors(include_url=False, include_input=False)
    return [detail["loc"] for detail in details if detail.get("ctx", {}).get("pattern") == DATE_TIME]


def normalise(event: Any, place: tuple[int | str, ...]) -> None:
    """Bring the time at a place to the form that is sent; one that names no instant stays, to be refused."""
    *outer, last = place
    for part in outer:
        event = event[part]
    if isinstance(event[last], str):
        event[last] = normalised(event[last]) or event[last]


def drop_nulls(value: Any) -> Any:
    """Return a value without the properties that are null."""
    if isinstance(value, dict):
        return {key: drop_nulls(item) for key, item in value.items() if item is not None}
    return value


def explain(error: ValidationError) -> InvalidRecordError:
    """Tell what is wrong by name of the property and rule, never by value."""
    details = error.errors(include_url=False)
    first = details[0]
    if first["type"] == "json_invalid":
        return InvalidRecordError("invalid.json", f"is not JSON: {first['ctx']['error']}")
    place = ".".join(str(part) for part in first["loc"])[:80]
    if not place:
        return InvalidRecordError("invalid.json", "is not a JSON object")
    pattern = first.get("ctx", {}).get("pattern", "")
    said = first["msg"].replace("Input should be", "must be").replace("String should have", "must have")
    if pattern == DATE_TIME and lacks_zone(first["input"]):
        said, pattern = "has no zone: add Z if it is UTC, else its offset, such as +01:00", ""
    elif first["type"] == "string_type" and first["loc"][-1] == "eventDateTime":
        said = f"{PATTERN_MEANINGS[DATE_TIME]}, as text"  # seconds since 1970, of which nobody knows the unit
    saying = _SAYINGS.get(first["type"]) or PATTERN_MEANINGS.get(pattern) or said
    more = f" ({and_more(len(details) - 1)})" if len(details) > 1 else ""
    return InvalidRecordError(f"invalid.{place}", f"{place} {saying}{more}")
