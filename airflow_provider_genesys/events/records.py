"""From a record of the input to an event that may be sent, or the reason why it may not."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from hashlib import blake2b
from itertools import repeat
from typing import Any, NamedTuple, TypeAlias, final, get_origin, get_type_hints
from uuid import UUID

from pydantic import ValidationError
from typing_extensions import is_typeddict

from airflow_provider_genesys.events.models import MAX_BYTES, Stream, overhead_of
from airflow_provider_genesys.events.repeats import Repeats
from airflow_provider_genesys.events.texts import (
    InvalidRecordError,
    Repeated,
    compact,
    dead_letter,
    drop_nulls,
    explain,
    loads,
    misread_times,
    normalise,
    property_twice,
    split_type,
    telling_kind,
    text_of,
)
from airflow_provider_genesys.events.window import Window
from airflow_provider_genesys.files.canonical import canonical

# Only where the type is the first key can it be cut out without parsing; elsewhere the record is written anew.
# The white space of JSON: a vertical tab is none, and would be cut out with the type.
_LEADING_TYPE = re.compile(rb'\{_*"type"_*:_*"(\w{1,60})"_*,_*'.replace(b"_", rb"[ \t\n\r]"))
_LONGEST_HEAD = 80

ResolvePresence: TypeAlias = Callable[[str], str]
Row: TypeAlias = tuple[int, str, bytes, str, str, str, int]
"""An event as a plain tuple of what :class:`Event` has: made in a third of the time, and the garbage collector need not
watch it. Of nearly all events no more is asked than what to send."""
_Content: TypeAlias = tuple[Any, ...]
"""What is in an event: its kind, how many commas that takes in JSON, the names of its properties, and their values."""
# In the place of a record that is no event as it stands.
_NO_ROW: Row = (0, "", b"", "", "", "", 0)
_NO_CONTENT: _Content = ()
_Nested: TypeAlias = "tuple[tuple[str, _Nested], ...]"
"""Names of the properties that are objects or lists, each with those in it."""


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


@final
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
    """How events of a kind are checked."""

    kind: str
    validate: Callable[[bytes], dict[str, Any]]
    nested: _Nested


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
        self._window = Window(duplicate_window)
        self.repeats = Repeats()
        self._derives = False
        self._ways = {
            kind: _Way(kind, stream.validators[kind], _nested_in(model)) for kind, model in stream.kinds.items()
        }
        self._ways_by_head = {b'{"type":"%b"' % kind.encode(): way for kind, way in self._ways.items()}
        # Whatever its kind an event may be as large; those of some kinds a little larger, which the long way finds.
        self._most_bytes = MAX_BYTES - 2 - max(map(overhead_of, stream.kinds))
        self._only_way = None if stream.typed else next(iter(self._ways.values()))

    def end(self) -> None:
        """Tell of repeats, and forget what was read: 20 MB that stay otherwise as long as anybody knows the reader."""
        self.repeats.tell()
        self.repeats = Repeats()
        self._window.clear()

    def read(self, text: bytes, kind: str | None, ordinal: int, file: str, line: int) -> Event | Unsendable:
        """Return the event in ``text``, or why there is none.

        :param text: one record as it came in, UTF-8.
        :param kind: its kind where the input tells it otherwise than by ``type``.
        """
        record = self.read_all([text], [kind], [line], ordinal, file)[0]
        return record if isinstance(record, Unsendable) else Event._make(record)

    def read_all(
        self,
        texts: Sequence[bytes],
        kinds: Sequence[str | None] | None,
        lines: Sequence[int],
        ordinal: int,
        file: str,
    ) -> Sequence[Row | Unsendable]:
        """Do as :meth:`read` with records that follow each other, each for itself.

        Nearly all records are events as they are, and found to be in as few steps as there are, many at a time. All
        others, whatever is with them, are looked at anew in the long way.

        :param kinds: of each the kind as :meth:`read` takes it; ``None`` where that of none is told.
        :param ordinal: of the first one.
        """
        told = kinds or repeat(None)
        only_way, by_head, key_name = self._only_way, self._ways_by_head, self._stream.key
        rows: list[Row] = []
        contents: list[_Content] = []
        for number, (text, kind, line) in enumerate(zip(texts, told, lines, strict=False), ordinal):
            way, body = only_way, text
            if way is None and kind is None and (end := text.find(b',"', 0, _LONGEST_HEAD)) > 0:
                way, body = by_head.get(text[:end]), b"{" + text[end + 1 :]
            try:
                if way is None:
                    way, body = self._way_of(text, kind)
                name, validate, nested = way
                values = validate(body)
                row = (number, name, body, values["eventId"], values[key_name], file, line)
            except (LookupError, ValidationError):
                rows.append(_NO_ROW)
                contents.append(_NO_CONTENT)
                continue
            commas = len(values) - 1
            if nested:
                commas += _freeze(values, nested)
            rows.append(row)
            contents.append((name, commas, *values, *values.values()))
        if all(contents) and self._are_good(rows, contents):
            return rows
        return [
            row if content and self._is_good(row, content) else self._read_carefully(text, kind, number, file, line)
            for number, (row, content, text, kind, line) in enumerate(
                zip(rows, contents, texts, told, lines, strict=False), ordinal
            )
        ]

    def _are_good(self, rows: Sequence[Row], contents: Sequence[_Content]) -> bool:
        """Tell of events, each valid by itself, whether they may all be sent as they are, and remember them then.

        No text has fewer commas than its content takes, so that if the sums are equal each is equal, and in none of
        them anything stands twice.
        """
        bodies = b"".join([row[2] for row in rows])
        if (
            len(bodies) > self._most_bytes  # of one; all of a chunk are usually much less
            or bodies.count(b",") != sum([content[1] for content in contents])
            or not self._window.remember([row[3].lower() for row in rows], map(hash, contents))
        ):
            return False
        if self._derives:
            for row in rows:
                self.repeats.note(row[4], row[3])
        return True

    def _is_good(self, row: Row, content: _Content) -> bool:
        """Tell of one event that is valid whether it may be sent as it is, and remember it then.

        A text may have commas, too. Where it does, quotation marks tell as well that nothing stands twice; a text that
        has both is for the long way.
        """
        _, _, body, event_id, key, _, _ = row
        if (
            len(body) > self._most_bytes
            or (body.count(b",") != content[1] and body.count(b'"') != 2 * _texts_in(content[2:]))
            or self._window.seen(event_id.lower(), hash(content)) is not None
        ):
            return False
        if self._derives:
            self.repeats.note(key, event_id)
        return True

    def _way_of(self, text: bytes, kind: str | None) -> tuple[_Way, bytes]:
        """Return how a record is checked and what of it is sent; ``LookupError`` where a look does not tell."""
        if kind is not None:
            return self._ways[kind], text
        if match := _LEADING_TYPE.match(text):
            return self._ways[match[1].decode()], b"{" + text[match.end() :]
        raise LookupError

    def _read_carefully(self, text: bytes, kind: str | None, ordinal: int, file: str, line: int) -> Event | Unsendable:
        """Do as :meth:`read`, for a record that may be anything."""
        told, event_id, key = kind, "", ""
        try:
            kind, body, values = self._check(text, kind)
            event_id = values.get("eventId") or ""
            if not event_id:
                event_id = derive_event_id(self._stream, kind, body)
                body = b'{"eventId":"%s",' % event_id.encode() + body[1:].lstrip()
            key = values.get(self._stream.key) or event_id
            if len(body) > MAX_BYTES - 2 - overhead_of(kind):
                raise InvalidRecordError("invalid.size", f"takes more than the {MAX_BYTES:,} bytes of a request")
            commas = len(values) - 1 + _freeze(values, self._ways[kind].nested)
            # The content as read_all has it: what came one way may come again the other.
            seen = self._window.seen(event_id.lower(), hash((kind, commas, *values, *values.values())))
            if seen == "other":
                raise InvalidRecordError("event_id_reused", "eventId was used before for another event")
        except InvalidRecordError as error:
            reason, message = error.reason, error.message
            letter = dead_letter(text) if told is None else None
            if isinstance(letter, Repeated):
                twice = property_twice(letter.items())
                reason, message = twice.reason, twice.message
            elif letter is not None and letter.get("event") is not None:
                return self.read(text_of(letter["event"]), None, ordinal, file, line)
            elif letter is not None:
                reason, message = "invalid.dead_letter", "this dead letter holds ids only and cannot be sent"
            key = key or self._key_of(text)
            if self._derives:
                self.repeats.note_invalid(key)
            place = file, line, event_id, key
            sendable = telling_kind(text, told if self._stream.typed else None)
            return Unsendable(ordinal, "invalid", reason, message, sendable, *place)
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
        key = (event.get(self._stream.key) or event.get("eventId")) if isinstance(event, dict) else None
        return key if isinstance(key, str) else ""

    def _check(self, text: bytes, kind: str | None) -> tuple[str, bytes, dict[str, Any]]:
        """Return kind, text to send and values; raises :class:`InvalidRecordError`."""
        has_type = kind is None and self._stream.typed
        if self._only_way is not None:
            kind, body = self._only_way.kind, text
        elif kind is not None:
            body = text
        elif match := _LEADING_TYPE.match(text):
            kind, body = match[1].decode(), b"{" + text[match.end() :]
        else:
            kind, body = split_type(text)
        way = self._ways.get(kind)
        if way is None:
            raise InvalidRecordError("invalid.type", f"type {kind[:60]!r} is none of the kinds of {self._stream.name}")
        try:
            values = way.validate(body)
        except ValidationError as error:
            rewritten = self._rewrite(text, kind, misread_times(error), has_type=has_type)
            if rewritten is None:
                raise explain(error) from None
        else:
            loads(body)  # of properties that stand twice only the last was checked
            return kind, body, values
        try:
            return kind, rewritten, way.validate(rewritten)
        except ValidationError as error:
            raise explain(error) from None

    def _rewrite(self, text: bytes, kind: str, times: list[tuple[int | str, ...]], *, has_type: bool) -> bytes | None:
        """Return the text as the API takes it, where it is written as only this provider does, or ``None``.

        Properties that are null are left out: databases write them so, and whether the server takes them is
        unconfirmed. Times are brought to the one form that is sent, before an id is derived. A presence that is named
        by its label becomes the definition's id.

        :param text: the whole record: behind the type that is cut out another one may stand, and be null.
        :param times: places of the times that are not as the API takes them.
        :param has_type: whether the record says by ``type`` of which kind it is.
        """
        if not times and b"null" not in text and b'"presence"' not in text:
            return None
        try:
            event = loads(text)
        except (ValueError, RecursionError):
            return None
        if has_type:
            del event["type"]
        for place in times:
            normalise(event, place)
        event = drop_nulls(event)
        if self._resolve_presence is not None and isinstance(event, dict) and "presence" in event:
            if "presenceDefinitionId" in event:
                raise InvalidRecordError("invalid.presence", "presence and presenceDefinitionId exclude each other")
            # The id is derived first: it must not depend on what the definitions are today.
            event.setdefault("eventId", derive_event_id(self._stream, kind, compact(event)))
            try:
                event["presenceDefinitionId"] = self._resolve_presence(str(event.pop("presence")))
            except LookupError as error:
                raise InvalidRecordError("invalid.presence", str(error)) from None
        return compact(event)


def derive_event_id(stream: Stream, kind: str, text: bytes) -> str:
    """Return the ``eventId`` of an event that has none: the same for the same content, shaped as a V4 UUID.

    :param text: JSON text of the event without ``eventId`` and without ``type``.
    """
    event = json.loads(text)
    if stream.typed:
        event["type"] = kind
    content = b"%b\n%b" % (stream.name.encode(), canonical(event))
    digest = blake2b(content, digest_size=16, person=b"genesys-event-id").digest()
    return str(UUID(bytes=digest, version=4))


def with_type(stream: Stream, event: Event) -> bytes:
    """Return the text of an event as an input would hold it."""
    return b'{"type":"%s",' % event.kind.encode() + event.body[1:] if stream.typed else event.body


def _nested_in(model: Any) -> _Nested:
    """Return which properties of a kind, or of an object in it, are objects or lists."""
    if not is_typeddict(model):
        return ()
    types = get_type_hints(model).items()
    nested = [(name, each) for name, each in types if is_typeddict(each) or get_origin(each) in (dict, list)]
    return tuple((name, _nested_in(each)) for name, each in nested)


def _freeze(values: dict[str, Any], nested: _Nested) -> int:
    """Put tuples of all that they hold in the place of objects and lists; return how many commas they take in JSON.

    An object becomes its names, then its values.
    """
    commas = 0
    for name, inner in nested:
        if (held := values.get(name)) is not None:
            if inner:
                commas += _freeze(held, inner)
            if len(held) > 1:
                commas += len(held) - 1
            values[name] = (*held, *held.values()) if type(held) is dict else tuple(held)
    return commas


def _texts_in(content: _Content) -> int:
    """Return how many JSON strings make up the content of an object, names of properties included."""
    return sum(type(each) is str or (type(each) is tuple and _texts_in(each)) for each in content)
