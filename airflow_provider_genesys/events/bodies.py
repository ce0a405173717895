"""Records that hold several events: API-shaped bodies, dead letters, and what wraps events in some other way."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Set
from datetime import UTC, datetime
from typing import Any, TypeAlias

from airflow_provider_genesys.events.counting import (
    TIME,
    begins_with_column_within,
    count,
    count_in_text,
    has_event_behind_tear,
    is_table,
    is_table_in_text,
)
from airflow_provider_genesys.events.models import STREAMS
from airflow_provider_genesys.events.texts import Repeated, keeping_all
from airflow_provider_genesys.events.times import instant
from airflow_provider_genesys.files.holding import (
    LISTS,
    holds_nothing,
    is_wrapper,
    lists_in,
    parse,
    parts,
    shown,
    under,
)
from airflow_provider_genesys.files.splitting import cut

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
    rb"\{" + b"".join(rb'(?<!%b"%b\{)' % (name, colon) for name in _NESTED for colon in (b":", b": ", b" : "))
)
"""An object that is no value of a property of events, as most are written: it begins another event, or holds one."""
_TIME = re.compile(rb'"(?:eventDateTime|dead_letter)"\s*+:')
EMPTY_LIST = re.compile(rb"\[\s*+\]")
_OWN_TIMES = (b'"eventDateTime":"', b'"eventDateTime": "')
"""A time as an event has it. A table has lists of times, or names of columns, in its place."""
_AS_COLUMNS = "this object holds events as columns"


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


def has_no_rows(record: bytes) -> bool:
    """Tell whether a record has a time of its own, or neither a list in it nor a text of several lines: no table."""
    return (
        _OWN_TIMES[0] in record
        or _OWN_TIMES[1] in record
        or not (b"[" in record or (b"\\" in record and b"\\n" in record))
    )


def events_in(number: int, record: bytes, stream: str, depth: int = LISTS) -> Iterator[Part]:
    """Yield the record as it is, or the events in it: of an API-shaped body by their time, of a list as they stand.

    Of what holds nothing but an empty list there is none.

    :param number: line or element of the record.
    :param depth: how many lists may be in each other.
    :raises WrappedEventsError: it holds events, and is neither.
    """
    if b'"dead_letter"' in record and (letter := _letter(record)) is not None:
        held = None if isinstance(letter, Repeated) else _held(letter)
        found = [each for value in cut(held or b"", MAX_RECORD) for each in events_in(number, value, stream)]
        is_one = held is None or (len(found) == 1 and found[0][0] == held)
        yield from [(record, None, None)] if is_one else found
    elif record[:1] == b"[" and b"{" in record and depth:
        for value in cut(record, MAX_RECORD):
            yield from events_in(number, value, stream, depth - 1)
    elif record.find(b'Events"', 0, 80) > 0 and (body := _body(record, stream)) is not None:
        for text, kind, error in body:
            refuse_wrapped(number, text, stream)
            yield text, kind, error
    elif not _is_nothing(record, stream):
        refuse_wrapped(number, record, stream)
        yield record, None, "is an empty object" if record == b"{}" else None


def refuse_wrapped(number: int, record: bytes, stream: str) -> None:
    """Raise :class:`WrappedEventsError` if events would be lost in a record that counts as one.

    The rule for all shapes: a record is none that is no event itself and names the time of several, as a key, however
    it is written; nor is a wrapper of one event.
    """
    if record[:1] == b"{" and has_no_rows(record) and not OTHER_OBJECT.search(record, 1):
        return
    try:
        how = _seen_in(parse(record), stream)
    except (ValueError, RecursionError):
        how = _seen_in_text(record, stream)
    if how is not None:
        raise WrappedEventsError(number, how)


def _seen_in(value: Any, stream: str) -> str | None:
    """Say what a value holds that is no event, if it holds some."""
    if isinstance(value, dict):
        properties = STREAMS[stream].properties
        if isinstance(value.get(TIME, {}), dict | list) and "dead_letter" not in value and is_table(value):
            return _AS_COLUMNS
        name = _named_beside(value, properties) if TIME in value else _named_in(value, properties)
        return None if name is None else under(name, "events")
    if is_table(value):
        return "this list holds events as rows"
    events = sum(count(value))
    return f"this is no object, and {events} events are in it" if events > 1 else None


def _named_beside(event: dict[str, Any], properties: Set[str]) -> str | None:
    """Return the name under which an event holds another one; a text that only speaks of one is none.

    What is no property makes it no event. What is one is its own, whatever it says.
    """
    for name, held in event.items():
        if name not in properties:
            objects, texts = count(held)
            if objects or texts > 1:
                return name
    return None


def _named_in(outer: dict[str, Any], properties: Set[str]) -> str | None:
    """Return the name under which an object that has no time holds events, or what wraps one, such as ``detail``."""
    if "dead_letter" in outer:
        outer = {name: held for name, held in outer.items() if name != "dead_letter"}
    elif (name := _envelope(outer, properties)) is not None:
        return name
    # A text under the name of a property is the event's own, whatever it speaks of.
    counted = {name: count(held)[0] if name in properties else sum(count(held)) for name, held in outer.items()}
    return max(counted, key=counted.__getitem__) if sum(counted.values()) > 1 else None


def _seen_in_text(record: bytes, stream: str) -> str | None:
    """Say what a record holds that is no JSON, or too long to be parsed, if it seems to hold several events."""
    text = record.decode("utf-8", "replace")
    is_too_long = len(record) > MAX_RECORD
    if is_table_in_text(text) or (is_too_long and begins_with_column_within(text)):
        return _AS_COLUMNS
    if is_too_long and (name := _holder(record, STREAMS[stream].properties)) is not None:
        if _is_array(name, stream):
            return f"the body with the array {shown(name)!r} is over {MAX_RECORD:,} bytes"
        return under(name, "events")
    events = count_in_text(text)
    if events < 2 and has_event_behind_tear(text, STREAMS[stream].properties):  # noqa: PLR2004
        events = 2
    return f"this is no JSON as a whole, and {events} events seem to be in it" if events > 1 else None


def _holder(record: bytes, properties: Set[str]) -> str | None:
    """Return the name of the first list that seems to hold events or rows; ``None`` for an event or a dead letter."""
    for name, before, first in lists_in(record):
        if _TIME.search(before):
            return None
        if is_wrapper(name) or b"eventDateTime" in first:
            return name
        said = before.decode("utf-8", "replace")
        if first and sum(f'"{each}"' in said for each in properties) <= 1:
            return name
    return None


def _is_nothing(record: bytes, stream: str) -> bool:
    """Tell whether a record is an empty list, or a wrapper of one, as an export writes it of an hour without events."""
    if b"[" not in record or len(record) > EXCERPT or not EMPTY_LIST.search(record):
        return False
    try:
        return holds_nothing(json.loads(record, object_pairs_hook=keeping_all), lambda name: _is_array(name, stream))
    except (ValueError, RecursionError):
        return False


def _envelope(outer: dict[str, Any], properties: Set[str]) -> str | None:
    """Return the name under which an object that has no time holds an event, such as ``detail``; else ``None``.

    No event lacks its time and has in it an object that has one, and is more of an event than itself, nor one of two
    properties while it has none, nor rows under a name that exports use, nor several under any name while it has one
    property at most.
    """
    own = outer.keys() & properties
    is_bare = len(own) <= 1
    for name, value in outer.items():
        for part in parts({name: value}):
            if isinstance(part, dict) and any(
                (held == [] or _rows_in(held)) if is_wrapper(key) else _rows_in(held) > 1 and is_bare
                for key, held in part.items()
            ):
                return name
            held = part.keys() & properties if isinstance(part, dict) and part.keys() != {name} else set()
            if len(held) > len(own) and (TIME in held or (len(held) > 1 and not own)):
                return name
    return None


def _rows_in(value: Any) -> int:
    """Return how many objects, also as text, or lists of values a list has in it, and in lists in it."""
    if not isinstance(value, list):
        return 0
    rows = sum(isinstance(each, dict) or (isinstance(each, str) and each.lstrip()[:1] == "{") for each in value)
    return rows + sum(_rows_in(each) or bool(each) for each in value if isinstance(each, list))


def _letter(record: bytes) -> dict[str, Any] | None:
    """Return the dead letter that a record is; ``None`` for what is none."""
    try:
        letter = json.loads(record, object_pairs_hook=keeping_all)
    except (ValueError, RecursionError):
        return None
    return letter if isinstance(letter, dict) and letter.keys() == {"dead_letter", "event"} else None


def _held(letter: dict[str, Any]) -> bytes:
    """Return what a dead letter holds, as text."""
    event = letter["event"]
    return (
        event.strip().encode("utf-8", "surrogatepass")
        if isinstance(event, str)
        else json.dumps(event, separators=(",", ":")).encode()
    )


def _is_array(name: str, stream: str) -> bool:
    """Tell whether a body of the stream has its events under a name."""
    arrays = _ARRAYS.get(stream)
    return name in arrays if arrays else name.endswith("Events")


def _body(record: bytes, stream: str) -> list[Part] | None:
    """Return the events of an API-shaped body.

    One in which a property stands twice has it twice here too: it alone is invalid, which the validation will say.
    ``None`` when this is something else, or no JSON, which that says as well.
    """
    try:
        body = json.loads(record, object_pairs_hook=keeping_all, parse_constant=_refuse)
        if not isinstance(body, dict) or isinstance(body, Repeated):
            return None
        if not all(_is_array(name, stream) for name in body):
            return None
        if not all(isinstance(events, list) for events in body.values()):
            if _seen_in(parse(record), stream) is not None:
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
