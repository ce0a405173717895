"""Records that hold several events: API-shaped bodies, dead letters, and what wraps events in some other way."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from itertools import islice
from typing import Any, TypeAlias

from airflow_provider_genesys.events.models import STREAMS
from airflow_provider_genesys.events.splitting import cut
from airflow_provider_genesys.events.times import instant

MAX_RECORD = 1_000_000
"""Bytes of the longest record."""
EXCERPT = 2_000
"""Bytes kept of a record that cannot be an event."""

Part: TypeAlias = tuple[bytes, str | None, str | None]
"""Text, kind and error of an event."""

_ARRAYS = {
    "user_presences": frozenset({"userPresenceEvents"}),
    "user_routing_statuses": frozenset({"userRoutingStatusEvents"}),
    "custom_kpi_attributions": frozenset({"customKpiAttributionEvents"}),
}
"""The arrays a body of a stream has; those of ``conversations`` are all whose name ends in ``Events``."""
_NESTED = (b"Configuration", b"audioState", b"additionalInfo")
OTHER_OBJECT = re.compile(
    rb"\{(?<!\n\{)" + b"".join(rb'(?<!%b"%b\{)' % (name, colon) for name in _NESTED for colon in (b":", b": ", b" : "))
)
"""An object that is no value of a property of events, as most are written: it begins another event, or holds one."""
COLUMNS = re.compile(rb'(?:eventDateTime"\s*+:\s*+[\[{]|columns"\s*+:\s*+\[)')
"""What a table may have, and no event."""
_FIRST_COLUMN = re.compile(rb'\s*+\{\s*+"(\w+)"\s*+:\s*+(?:\{\s*+"0"\s*+:|\[\s*+"[^"]*+"\s*+,)')
_AS_COLUMNS = "this object holds events as columns"
_HELD = re.compile(rb'"((?:[^"\\]|\\.){1,80}+)"\s*+:\s*+\[[\s\[]*+("?\{|\])', re.DOTALL)
"""A list of objects, of objects as text, or of nothing, and its name."""
_TIME = re.compile(rb'"(?:eventDateTime|dead_letter)"\s*+:')
# How far is looked: more lists, or a longer first element, only something else than events has.
_LISTS = 20
_ELEMENT = 20_000
_DEPTH = 3
_WRAPPERS = re.compile(
    r"(?i:body|contents?|data|docs|documents|elements|entities|entries|events|hits|items|list|messages|objects|page|"
    r"payloads?|records|response|results?|rows|values?)"
)
"""Names under which events are held even if these lack their time, or there are none."""


class WrappedEventsError(ValueError):
    """A record holds several events in a way that is not for us to guess.

    :param number: line or element of the record.
    :param how: such as ``this object holds events as columns``.
    """

    def __init__(self, number: int, how: str) -> None:
        self.number = number
        super().__init__(
            f"{how}, and would count as one event: give the events themselves, one a line, as a JSON array, or in "
            "bodies as the API takes them"
        )


def events_in(number: int, record: bytes, stream: str, depth: int = _LISTS) -> Iterator[Part]:
    """Yield a record as it is, or the events in it: of an API-shaped body by their time, of a list as they stand.

    :param number: line or element of the record.
    :param depth: how many lists may be in each other.
    :raises WrappedEventsError: it holds events, and is neither.
    """
    if b'"dead_letter"' in record and (values := _letter_values(record)) is not None:
        for value in values:
            yield from events_in(number, value, stream)
    elif record[:1] == b"[" and b"{" in record and depth:
        for value in cut(record, MAX_RECORD):
            yield from events_in(number, value, stream, depth - 1)
    elif record.find(b'Events"', 0, 80) > 0 and (body := _body(record, stream)) is not None:
        yield from body
    else:
        refuse_wrapped(number, record, stream)
        yield record, None, "is an empty object" if record == b"{}" else None


def refuse_wrapped(number: int, record: bytes, stream: str, *, has_end: bool = True) -> None:
    """Raise :class:`WrappedEventsError` if a record holds several events.

    :param has_end: whether this is the whole record; what is torn within a file is no JSON, for the validation to say.
    """
    if len(record) > MAX_RECORD and _begins_with_columns(record, stream):
        raise WrappedEventsError(number, _AS_COLUMNS)
    name = _holder(record) if b"[" in record else None
    as_columns = COLUMNS.search(record) is not None
    if has_end and (name is not None or as_columns or OTHER_OBJECT.search(record, 1)):
        outer = _object(record)
        if as_columns and outer is not None and _are_columns(outer):
            raise WrappedEventsError(number, _AS_COLUMNS)
        if name is None or outer is None or "eventDateTime" in outer:
            name = _envelope(outer, stream) if outer is not None else None
    if name is None:
        return
    arrays = _ARRAYS.get(stream)
    if len(record) > MAX_RECORD and (name in arrays if arrays else name.endswith("Events")):
        raise WrappedEventsError(number, f"the body with the array {name!r} is over {MAX_RECORD:,} bytes")
    raise WrappedEventsError(number, f"this object holds events under the key {name!r}")


def _holder(record: bytes) -> str | None:
    """Return the name of the first list that seems to hold events; ``None`` for an event or a dead letter."""
    for match in islice(_HELD.finditer(record), _LISTS):
        if _TIME.search(record, 0, match.start()):
            return None
        name = match[1].decode("utf-8", "replace")
        first = cut(record[match.end() - 1 : match.end() + _ELEMENT], _ELEMENT)[0] if match[2] != b"]" else b""
        if _WRAPPERS.fullmatch(name) or b"eventDateTime" in first:
            return name
    return None


def _object(record: bytes) -> dict[str, Any] | None:
    """Return the object that a record is; ``None`` for a dead letter, and for what is no object, or broken."""
    try:
        value = json.loads(record)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) and "dead_letter" not in value else None


def _envelope(outer: dict[str, Any], stream: str) -> str | None:
    """Return the name under which an object that is surely no event holds one, such as ``detail``; else ``None``.

    No event lacks its time and has in it an object that has one, and is more of an event than itself. None has
    beside its time a list of objects with theirs, under a name that no event of the stream has.
    """
    properties = STREAMS[stream].properties
    if "eventDateTime" in outer:
        return next((str(name) for name, value in outer.items() if name not in properties and _are_timed(value)), None)
    own = outer.keys() & properties
    for name, value in outer.items():
        for inner in _objects(value, _DEPTH):
            held = inner.keys() & properties
            if len(held) > len(own) and ("eventDateTime" in held or (len(held) > 1 and not own)):
                return str(name)
    return None


def _are_columns(outer: dict[str, Any]) -> bool:
    """Tell whether an object is a table, as pandas writes one: its columns by name, or their names beside the rows."""
    names, times = outer.get("columns"), outer.get("eventDateTime")
    if isinstance(names, list) and "eventDateTime" in names:
        return True
    if isinstance(times, dict):
        return len(times) > 1 and any(
            isinstance(value, dict) and value.keys() == times.keys()
            for name, value in outer.items()
            if name != "eventDateTime"
        )
    return isinstance(times, list) and len(times) > 1


def _begins_with_columns(record: bytes, stream: str) -> bool:
    """Tell a table too long to be parsed: its first column is a property of events with several values."""
    first = _FIRST_COLUMN.match(record)
    if first is None:
        return False
    name = first[1].decode()
    if name == "columns":
        return b'"eventDateTime"' in record[: record.find(b"]") + 1]
    return name in STREAMS[stream].properties


def _are_timed(value: Any) -> bool:
    """Tell whether a value is a list that begins with an object that has a time."""
    return isinstance(value, list) and bool(value) and isinstance(value[0], dict) and "eventDateTime" in value[0]


def _objects(value: Any, depth: int) -> Iterator[dict[str, Any]]:
    """Yield the objects in a value, also in JSON text in it; of a list, or of several values as text, in the first."""
    if isinstance(value, str) and value.lstrip()[:1] in {"{", "["}:
        with suppress(ValueError, RecursionError):
            value = json.loads(cut(value.strip().encode("utf-8", "surrogatepass"), MAX_RECORD)[0])
    if isinstance(value, list):
        value = value[0] if value else None
    if isinstance(value, dict):
        yield value
        if depth:
            for each in value.values():
                yield from _objects(each, depth - 1)


def _letter_values(record: bytes) -> list[bytes] | None:
    """Return what the dead letter that a record is holds, if that is not a single event."""
    try:
        letter = json.loads(record)
    except (ValueError, RecursionError):
        return None
    if not isinstance(letter, dict) or letter.keys() != {"dead_letter", "event"}:
        return None
    event = letter["event"]
    if isinstance(event, str):
        values = cut(event.strip().encode("utf-8", "surrogatepass"), MAX_RECORD)
        return values if len(values) > 1 else None
    lists = event.values() if isinstance(event, dict) else [event]
    if any(isinstance(items, list) and items and not isinstance(items[0], str) for items in lists):
        return cut(compact(event), MAX_RECORD)
    return None


def _body(record: bytes, stream: str) -> list[Part] | None:
    """Return the events of an API-shaped body.

    ``None`` when this is something else, or no JSON, which the validation will say.
    """
    arrays = _ARRAYS.get(stream)
    try:
        body = json.loads(record, object_pairs_hook=_distinct, parse_constant=_refuse)
        if not isinstance(body, dict) or not all(
            name in arrays if arrays else name.endswith("Events") for name in body
        ):
            return None
        if not any(body.values()) or not all(isinstance(events, list) for events in body.values()):
            if _envelope(body, stream) is not None:
                return None
            return [(record[:EXCERPT], None, "is an API-shaped body without a list of events")]
        pairs = [(name.removesuffix("Events"), event) for name, events in body.items() for event in events]
        pairs.sort(key=lambda pair: _moment(pair[1]))
        return [_body_event(kind, compact(event), is_object=isinstance(event, dict)) for kind, event in pairs]
    except (ValueError, RecursionError):
        return None


def _body_event(kind: str, text: bytes, *, is_object: bool) -> Part:
    if is_object:
        return text, kind, None
    return text[:EXCERPT], kind, f"is no object, in the array {kind}Events"


def compact(value: Any) -> bytes:
    """Return a value as JSON text; raises what ``json.dumps`` does."""
    return json.dumps(value, separators=(",", ":"), allow_nan=False).encode()


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Make a dict of an object whose names differ: of two arrays with one name the first would be lost."""
    result = dict(pairs)
    if len(result) < len(pairs):
        raise ValueError("a name occurs twice in an object")
    return result


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")


def _moment(event: Any) -> float:
    """Return when an event was, in seconds; what has no such time comes first."""
    try:
        written = event["eventDateTime"]
        moment = _quickly(written) or instant(written) or instant(f"{written}Z")
    except (TypeError, KeyError):
        moment = None
    if moment is None:
        return float("-inf")
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _quickly(written: str) -> datetime | None:
    """Return the time that Python reads in a text, much sooner than :func:`instant` does, if it reads one."""
    try:
        return datetime.fromisoformat(written)
    except ValueError:
        return None
