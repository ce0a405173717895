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
    :param name: under which they are held.
    :param is_long: whether it is an API-shaped body that is too long.
    """

    def __init__(self, number: int, name: str, *, is_long: bool) -> None:
        self.number = number
        kind = f"the body with the array {name!r} is over {MAX_RECORD:,} bytes" if is_long else ""
        super().__init__(
            f"{kind or f'this object holds events under the key {name!r}'}, and would count as one event: give the "
            "events themselves, one a line, as a JSON array, or in bodies as the API takes them"
        )


def events_in(number: int, record: bytes, stream: str) -> Iterator[Part]:
    """Yield a record as it is, or the events in it: of an API-shaped body by their time.

    :param number: line or element of the record.
    :raises WrappedEventsError: it holds events, and is neither.
    """
    if b'"dead_letter"' in record and (values := _letter_values(record)) is not None:
        for value in values:
            yield from events_in(number, value, stream)
    elif record.find(b'Events"', 0, 80) > 0 and (body := _body(record, stream)) is not None:
        yield from body
    else:
        refuse_wrapped(number, record, stream)
        yield record, None, "is an empty object" if record == b"{}" else None


def refuse_wrapped(number: int, record: bytes, stream: str, *, has_end: bool = True) -> None:
    """Raise :class:`WrappedEventsError` if a record holds several events.

    :param has_end: whether this is the whole record; what is torn within a file is no JSON, for the validation to say.
    """
    name = _holder(record) if b"[" in record else None
    if name is not None and has_end and _timeless(record) is None:
        return
    if name is None and has_end and OTHER_OBJECT.search(record, 1):
        name = _envelope(record, stream)
    if name is None:
        return
    arrays = _ARRAYS.get(stream)
    is_body = name in arrays if arrays else name.endswith("Events")
    raise WrappedEventsError(number, name, is_long=is_body and len(record) > MAX_RECORD)


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


def _timeless(record: bytes) -> dict[str, Any] | None:
    """Return the object that a record is if it has no time of its own, also behind what else it holds."""
    try:
        event = json.loads(record)
    except (ValueError, RecursionError):
        return None
    return event if isinstance(event, dict) and event.keys().isdisjoint({"eventDateTime", "dead_letter"}) else None


def _envelope(record: bytes, stream: str) -> str | None:
    """Return the name under which an object that is surely no event holds one, such as ``detail``; else ``None``.

    No event lacks its time and has in it an object that has one, and is more of an event than itself.
    """
    outer = _timeless(record)
    if outer is None:
        return None
    properties = STREAMS[stream].properties
    own = outer.keys() & properties
    for name, value in outer.items():
        for inner in _objects(value, _DEPTH):
            held = inner.keys() & properties
            if len(held) > len(own) and ("eventDateTime" in held or (len(held) > 1 and not own)):
                return str(name)
    return None


def _objects(value: Any, depth: int) -> Iterator[dict[str, Any]]:
    """Yield the objects in a value, also in JSON text in it; of a list, in its first element."""
    if isinstance(value, str) and value.lstrip()[:1] in {"{", "["}:
        with suppress(ValueError, RecursionError):
            value = json.loads(value)
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
