"""From a record of the input to an event that may be sent, or the reason why it may not."""

from __future__ import annotations

import json
import marshal
import re
from collections import deque
from collections.abc import Callable
from hashlib import blake2b
from typing import Any, Literal, NamedTuple, TypeAlias, get_origin, get_type_hints
from uuid import UUID

from pydantic import ValidationError
from typing_extensions import is_typeddict

from airflow_provider_genesys.events.models import DATE_TIME, MAX_BYTES, PATTERN_MEANINGS, Stream, overhead_of
from airflow_provider_genesys.events.repeats import Repeats
from airflow_provider_genesys.events.times import lacks_zone, normalised

# Only where the type is the first key can it be cut out without parsing; elsewhere the record is written anew.
_LEADING_TYPE = re.compile(rb'\{\s*"type"\s*:\s*"(\w{1,60})"\s*,\s*')
# The last format in which equal values are equal bytes: later ones also tell which objects are shared.
_MARSHAL_FORMAT = 2

_TABLES = 64

_SAYINGS = {"missing": "is missing", "extra_forbidden": "is not a property of this event"}


ResolvePresence: TypeAlias = Callable[[str], str]


class Event(NamedTuple):
    """A record that may be sent.

    :param ordinal: place among all records of the input, counted from 0.
    :param kind: name of its kind, such as ``userEstablished``.
    :param body: the JSON text to send.
    :param event_id: its ``eventId``.
    :param key: the conversation, user or agent it is about.
    :param file: name of the input file.
    :param line: line or element in it, counted from 1.
    """

    ordinal: int
    kind: str
    body: bytes
    event_id: str
    key: str
    file: str
    line: int


class Unsendable(NamedTuple):
    """A record that is not sent.

    :param ordinal: place among all records of the input, counted from 0.
    :param fate: ``invalid``, ``duplicate`` or ``unknown``.
    :param reason: short code, such as ``invalid.eventDateTime``, for counting.
    :param message: what is wrong, without the values, which may be a customer's.
    :param text: the record as it came in, with ``type`` also where the input told the kind otherwise.
    :param file: name of the input file.
    :param line: line or element in it, counted from 1.
    :param event_id: its ``eventId``, empty if none could be read.
    :param key: the conversation, user or agent it is about, empty if none could be read.
    """

    ordinal: int
    fate: str
    reason: str
    message: str
    text: bytes
    file: str
    line: int
    event_id: str = ""
    key: str = ""


class _Way(NamedTuple):
    """How events of a kind are checked.

    :param of_texts: whether all properties are strings.
    :param flat: whether none is an object or a list.
    """

    kind: str
    validate: Callable[[bytes], dict[str, Any]]
    most_bytes: int
    of_texts: bool
    flat: bool


class InvalidRecordError(Exception):
    """Why a record may not be sent."""

    def __init__(self, reason: str, message: str) -> None:
        self.reason = reason
        self.message = message
        super().__init__(message)


class Reader:
    """Checks records one after the other; keeps the window in which duplicates are found.

    :param stream: what the records are events of.
    :param duplicate_window: how many of the last events are remembered.
    :param resolve_presence: returns the id of the presence definition that an event's ``presence`` names, or raises
        ``LookupError`` with what is wrong; without it ``presence`` is a property like any other.
    """

    def __init__(self, stream: Stream, duplicate_window: int, resolve_presence: ResolvePresence | None = None) -> None:
        self._stream = stream
        self._resolve_presence = resolve_presence
        self._validators = stream.validators
        self._most_bytes = {kind: MAX_BYTES - 2 - overhead_of(kind) for kind in stream.kinds}
        self._only_kind = None if stream.typed else next(iter(stream.kinds))
        self._key = stream.key
        self._window = _Window(duplicate_window)
        self.repeats = Repeats()
        self._derives = False
        self._ways = {kind: self._way(kind, model) for kind, model in stream.kinds.items()}
        self._ways_by_type = {kind.encode(): way for kind, way in self._ways.items()}
        self._only_way = None if stream.typed else self._ways[next(iter(stream.kinds))]

    def _way(self, kind: str, model: Any) -> _Way:
        hints = get_type_hints(model) if is_typeddict(model) else {"": object}
        types = {get_origin(each) or each for each in hints.values()}
        return _Way(
            kind,
            self._validators[kind],
            self._most_bytes[kind],
            of_texts=types <= {str, Literal},
            flat=types <= {str, Literal, bool, float},
        )

    def read(self, text: bytes, kind: str | None, ordinal: int, file: str, line: int) -> Event | Unsendable:
        """Return the event in ``text``, or why there is none.

        Nearly all records are events as they are, and found to be in as few steps as there are. All others, whatever
        is with them, are looked at anew in the long way.

        :param text: one record as it came in, UTF-8.
        :param kind: its kind where the input tells it otherwise than by ``type``.
        """
        way, body = self._only_way, text
        if way is None and kind is not None:
            way = self._ways.get(kind)
        elif way is None and (match := _LEADING_TYPE.match(text)):
            way, body = self._ways_by_type.get(match[1]), b"{" + text[match.end() :]
        if way is None:
            return self._read_carefully(text, kind, ordinal, file, line)
        name, validate, most_bytes, of_texts, flat = way
        try:
            values = validate(body)
        except ValidationError:
            return self._read_carefully(text, kind, ordinal, file, line)
        event_id, key = values.get("eventId"), values.get(self._key)
        if (
            event_id
            and key
            and len(body) <= most_bytes
            and body.count(b'"') == 2 * (2 * len(values) if of_texts else _texts_in(values))
            and self._window.seen(event_id.lower(), name, values, flat) is None
        ):
            if self._derives:
                self.repeats.note(key, event_id)
            return tuple.__new__(Event, (ordinal, name, body, event_id, key, file, line))
        return self._read_carefully(text, kind, ordinal, file, line)

    def _read_carefully(self, text: bytes, kind: str | None, ordinal: int, file: str, line: int) -> Event | Unsendable:
        """Do as :meth:`read`, for a record that may be anything."""
        told, event_id, key = kind, "", ""
        try:
            kind, body, values = self._check(text, kind)
            event_id = values.get("eventId") or ""
            if not event_id:
                event_id = derive_event_id(self._stream, kind, body)
                body = b'{"eventId":"%s",' % event_id.encode() + body[1:].lstrip()
            key = values.get(self._key) or event_id
            if len(body) > self._most_bytes[kind]:
                raise InvalidRecordError("invalid.size", f"takes more than the {MAX_BYTES:,} bytes of a request")
            seen = self._window.seen(event_id.lower(), kind, values, self._ways[kind].flat)
            if seen == "other":
                raise InvalidRecordError("event_id_reused", "eventId was used before for another event")
        except InvalidRecordError as error:
            reason, message = error.reason, error.message
            letter = _dead_letter(text) if told is None else None
            if letter is not None and letter.get("event") is not None:
                return self.read(_text_of(letter["event"]), None, ordinal, file, line)
            if letter is not None:
                reason, message = "invalid.dead_letter", "this dead letter holds ids only and cannot be sent"
            place = file, line, event_id, key or self._key_of(text)
            return Unsendable(ordinal, "invalid", reason, message, self._telling_kind(text, told), *place)
        if seen == "same":
            self.repeats.duplicate(text, key, event_id, file, line)
            message = "the same event came before"
            return Unsendable(ordinal, "duplicate", "duplicate", message, text, file, line, event_id, key)
        # Ids are derived in this way only: an input whose events all bring theirs pays nothing for it.
        self._derives = True
        self.repeats.note(key, event_id)
        return Event(ordinal, kind, body, event_id, key, file, line)

    def _key_of(self, text: bytes) -> str:
        """Return the key of a record that is not valid: it may be valid in a later try, and must not change lanes."""
        try:
            event = json.loads(text)
        except (ValueError, RecursionError):
            return ""
        key = (event.get(self._key) or event.get("eventId")) if isinstance(event, dict) else None
        return key if isinstance(key, str) else ""

    def _telling_kind(self, text: bytes, told: str | None) -> bytes:
        """Return a record with the ``type`` that its input told otherwise, so that its dead letter can be sent."""
        if told is None or not self._stream.typed:
            return text
        return b'{"type":"%s"%s%s' % (told.encode(), b"" if text == b"{}" else b",", text[1:])

    def _check(self, text: bytes, kind: str | None) -> tuple[str, bytes, dict[str, Any]]:
        """Return kind, text to send and values; raises :class:`InvalidRecordError`."""
        if self._only_kind is not None:
            kind, body = self._only_kind, text
        elif kind is not None:
            body = text
        elif match := _LEADING_TYPE.match(text):
            kind, body = match[1].decode(), b"{" + text[match.end() :]
        else:
            kind, body = _split_type(text)
        validate = self._validators.get(kind)
        if validate is None:
            raise InvalidRecordError("invalid.type", f"type {kind[:60]!r} is none of the kinds of {self._stream.name}")
        try:
            values = validate(body)
        except ValidationError as error:
            rewritten = self._rewrite(body, kind, _misread_times(error))
            if rewritten is None:
                raise _explain(error) from None
        else:
            _loads(body)  # of properties that stand twice only the last was checked
            return kind, body, values
        try:
            return kind, rewritten, validate(rewritten)
        except ValidationError as error:
            raise _explain(error) from None

    def _rewrite(self, body: bytes, kind: str, times: list[tuple[int | str, ...]]) -> bytes | None:
        """Return the text as the API takes it, where it is written as only this provider does, or ``None``.

        Properties that are null are left out: databases write them so, and whether the server takes them is
        unconfirmed. Times are brought to the one form that is sent, before an id is derived. A presence that is named
        by its label becomes the definition's id.

        :param times: places of the times that are not as the API takes them.
        """
        if not times and b"null" not in body and b'"presence"' not in body:
            return None
        try:
            event = _loads(body)
        except (ValueError, RecursionError):
            return None
        for place in times:
            _normalise(event, place)
        event = _drop_nulls(event)
        if self._resolve_presence is not None and isinstance(event, dict) and "presence" in event:
            if "presenceDefinitionId" in event:
                raise InvalidRecordError("invalid.presence", "presence and presenceDefinitionId exclude each other")
            # The id is derived first: it must not depend on what the definitions are today.
            event.setdefault("eventId", derive_event_id(self._stream, kind, _compact(event)))
            try:
                event["presenceDefinitionId"] = self._resolve_presence(str(event.pop("presence")))
            except LookupError as error:
                raise InvalidRecordError("invalid.presence", str(error)) from None
        return _compact(event)


def derive_event_id(stream: Stream, kind: str, text: bytes) -> str:
    """Return the ``eventId`` of an event that has none: the same for the same content, shaped as a V4 UUID.

    :param text: JSON text of the event without ``eventId`` and without ``type``.
    """
    event = json.loads(text)
    if stream.typed:
        event["type"] = kind
    canonical = f"{stream.name}\n{json.dumps(event, sort_keys=True, separators=(',', ':'), ensure_ascii=False)}"
    digest = blake2b(canonical.encode(), digest_size=16, person=b"genesys-event-id").digest()
    return str(UUID(bytes=digest, version=4))


def with_type(stream: Stream, event: Event) -> bytes:
    """Return the text of an event as an input would hold it."""
    return b'{"type":"%s",' % event.kind.encode() + event.body[1:] if stream.typed else event.body


class _Window:
    """The last so many events by hash of id and of content; hashes, since 100,000 ids would take 25 MB."""

    def __init__(self, size: int) -> None:
        self._size = size
        # Many small tables rather than a large one, whose memory is needed twice whenever it is built anew: 10 MB.
        self._contents_by_id: list[dict[int, int]] = [{} for _ in range(_TABLES)]
        self._order: deque[int] = deque()

    def seen(self, event_id: str, kind: str, values: dict[str, Any], flat: bool) -> str | None:  # noqa: FBT001 - it is called for every record
        """Remember an event; return ``same`` or ``other`` if its id came before, with the same or another content.

        Content is compared by value: the checked ``values`` come in the model's order, whatever that of the text was.

        :param flat: whether events of its kind hold no objects or lists, which have no hash.
        """
        key = hash(event_id)
        if flat:
            content = hash((kind, *values, *values.values()))
        else:
            content = hash((kind, marshal.dumps(values, _MARSHAL_FORMAT)))
        content_by_id = self._contents_by_id[key % _TABLES]
        known = content_by_id.get(key)
        if known is not None:
            return "same" if known == content else "other"
        if self._size:
            if len(self._order) >= self._size:
                oldest = self._order.popleft()
                del self._contents_by_id[oldest % _TABLES][oldest]
            content_by_id[key] = content
            self._order.append(key)
        return None


def _dead_letter(text: bytes) -> dict[str, Any] | None:
    """Return the dead letter that a record is, if it is one: dead letters can be given as input, edited or not."""
    if b'"dead_letter"' not in text:
        return None
    try:
        letter = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return letter if isinstance(letter, dict) and letter.keys() - {"event"} == {"dead_letter"} else None


def _text_of(event: Any) -> bytes:
    """Return the record that a dead letter holds; what was no JSON is in it as a string."""
    return event.encode("utf-8", "surrogatepass") if isinstance(event, str) else _compact(event)


def _split_type(text: bytes) -> tuple[str, bytes]:
    """Take ``type`` out of a record where it is not the first key."""
    try:
        event = _loads(text)
    except (ValueError, RecursionError):
        raise InvalidRecordError("invalid.json", "is not JSON") from None
    if not isinstance(event, dict):
        raise InvalidRecordError("invalid.json", "is not a JSON object")
    kind = event.pop("type", None)
    if not isinstance(kind, str):
        raise InvalidRecordError("invalid.type", "type is missing" if kind is None else "type must be a string")
    return kind, _compact(event)


def _loads(text: bytes) -> Any:
    """Parse a record; raises :class:`InvalidRecordError` if a property stands twice in it, at any depth."""
    return json.loads(text, object_pairs_hook=_once_each)


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    properties = dict(pairs)
    if len(properties) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise InvalidRecordError("invalid.property_twice", f"the property {twice[:80]!r} stands in it more than once")
    return properties


def _texts_in(values: dict[str, Any]) -> int:
    """Return how many JSON strings make up a checked object, names of properties included.

    A text with so many quotation marks, two for each, holds nothing that is not among the values: a property that
    stands twice has one string more, and a quotation mark within a string counts too.
    """
    count = 2 * len(values)
    for value in values.values():
        if type(value) is not str:
            count += _texts_in(value) - 1 if type(value) is dict else len(value) - 1 if type(value) is list else -1
    return count


def _misread_times(error: ValidationError) -> list[tuple[int | str, ...]]:
    """Return the places of all texts that were to be a time and are not as the API takes it."""
    details = error.errors(include_url=False, include_input=False)
    return [detail["loc"] for detail in details if detail.get("ctx", {}).get("pattern") == DATE_TIME]


def _normalise(event: Any, place: tuple[int | str, ...]) -> None:
    """Bring the time at a place to the form that is sent; one that names no instant stays, to be refused."""
    *outer, last = place
    for part in outer:
        event = event[part]
    if isinstance(event[last], str):
        event[last] = normalised(event[last]) or event[last]


def _drop_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _drop_nulls(item) for key, item in value.items() if item is not None}
    return value


def _compact(event: Any) -> bytes:
    return json.dumps(event, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "surrogatepass")


def _explain(error: ValidationError) -> InvalidRecordError:
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
    more = f" (and {len(details) - 1} more)" if len(details) > 1 else ""
    return InvalidRecordError(f"invalid.{place}", f"{place} {saying}{more}")
