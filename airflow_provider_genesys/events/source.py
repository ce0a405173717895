"""The input of a publish as a stream of records, whatever its form and size.

A record is the bytes of one event, not parsed: whoever validates records does so one by one, since three broken lines
joined can parse as three good events. Memory is bounded by ``MAX_RECORD`` and ``BLOCK``, never by the size of a file.

What ends the reading, since the input as a whole cannot be trusted then; the records before are delivered:

- ``GenesysSourceError``: no such file, no match for a glob, no UTF-8 text (a binary or UTF-16 file), a gzip stream that
  is cut short or damaged, a record over ``MAX_RECORD`` that has no end, more than ``MAX_INLINE`` events as data;
- whatever the storage raises while reading, unchanged.

What makes a single record invalid, said in ``Chunk.errors``: being over ``MAX_RECORD`` (reading goes on behind it), an
API-shaped body without events or with something else among them, an array or object in whose middle the file ends. The
rest is left to the validation: JSON or UTF-8 that is broken within a record, a record that is no object. Commas between
the values of an array are not policed, since nothing is lost by reading on.
"""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import Any, TypeAlias, cast

from airflow_provider_genesys.events.splitting import ValueSplitter, gunzip, split_lines
from airflow_provider_genesys.exceptions import GenesysSourceError
from airflow_provider_genesys.files.storage import StoragePath, is_local

MAX_RECORD = 1_000_000
"""Bytes of the longest record."""
MAX_INLINE = 10_000
"""Events that may be handed over as data."""
BLOCK = 32 * 1024
"""Bytes read at a time, and about the most in a chunk. Of 256 kB the records are out of the processor's cache before
their turn comes, and the way in takes half as long again."""
CHUNK_RECORDS = 64

_REMOTE_BLOCK = 4 * 1024 * 1024  # what fsspec fetches at a time; the stores' defaults go up to 50 MB
_EXCERPT = 2_000
_MAGIC = re.compile(r"[*?\[]")
_INLINE_NAME = "<source>"
_ARRAYS = {
    "user_presences": frozenset({"userPresenceEvents"}),
    "user_routing_statuses": frozenset({"userRoutingStatusEvents"}),
    "custom_kpi_attributions": frozenset({"customKpiAttributionEvents"}),
}
"""The arrays a body of a stream has; those of ``conversations`` are all whose name ends in ``Events``."""

Source: TypeAlias = str | StoragePath | Mapping[str, Any] | Sequence[str | StoragePath | Mapping[str, Any]]
OpenPath: TypeAlias = Callable[[str], StoragePath]
_Content: TypeAlias = StoragePath | bytes | list[Any]
_Record: TypeAlias = tuple[int, bytes, str | None, str | None]  # number, text, kind, error


@dataclass(slots=True)
class Chunk:
    """Records of one file, in their order; at least one and at most ``CHUNK_RECORDS``.

    :param file: the file's name for messages, without credentials; ``<source>`` for events handed over as data.
    :param lines: where each record is, counted from 1: its line in JSON Lines, else its number among the elements.
    :param records: the bytes of each event as they came in, without surrounding whitespace; an event out of an
        API-shaped body is written anew as compact JSON. A record out of a JSON array can have line breaks in it.
    :param types: for records out of an API-shaped body the array's name without ``Events``, for others ``None``;
        ``None`` when no record of the chunk is out of such a body.
    :param errors: index in ``records`` -> why this cannot be an event; the record is then an excerpt of at most 2 kB.
    """

    file: str
    lines: list[int] | range
    records: list[bytes]
    types: list[str | None] | None = None
    errors: dict[int, str] = field(default_factory=dict)


def read(source: Source, *, stream: str, open_path: OpenPath = Path, block_size: int = BLOCK) -> Iterator[Chunk]:
    """Read all records of the input.

    :param source: a path or glob (``str``), or JSON text when it begins with ``[`` or ``{``; a path object; a list of
        these; a list of events as ``dict``. Files, and JSON text, hold JSON Lines, a JSON array, API-shaped bodies
        or a JSON document over several lines; files may be gzipped.
    :param stream: such as ``conversations``; it decides which objects are API-shaped bodies.
    :param open_path: makes a path object of a path, such as Airflow's ``ObjectStoragePath``.
    :param block_size: bytes read at a time.
    :raises GenesysSourceError: when the input as a whole cannot be read; a missing file is noticed before the first
        chunk.
    """
    for name, content in _inputs(source, open_path):
        if isinstance(content, list):
            yield from _chunks(name, _inline_records(content, stream))
        else:
            yield from _file_chunks(name, content, stream, block_size)


def describe(source: Source, *, open_path: OpenPath = Path) -> list[tuple[str, int | None]]:
    """Return the name of every input, in the order of reading, and its size in bytes, ``None`` for a list of events.

    :raises GenesysSourceError: when a file is missing or a glob matches none.
    """
    return [(name, _size(content)) for name, content in _inputs(source, open_path)]


def _inputs(source: Source, open_path: OpenPath) -> list[tuple[str, _Content]]:
    """Return the name and the content of every input: a path object, JSON text, or events as data."""
    if isinstance(source, str) and source.lstrip()[:1] in {"[", "{"}:
        return [(_INLINE_NAME, source.encode("utf-8", "surrogatepass"))]
    if isinstance(source, Mapping):
        return [(_INLINE_NAME, [source])]
    items = list(source) if isinstance(source, Sequence) and not isinstance(source, str) else [source]
    if any(isinstance(item, Mapping) for item in items):
        if len(items) > MAX_INLINE:
            raise GenesysSourceError(f"{len(items):,} events as data, {MAX_INLINE:,} are the most: write JSON Lines")
        return [(_INLINE_NAME, items)]
    paths = [path for item in items for path in _paths(item, open_path)]
    return [(_name(path), path) for path in paths]


def _paths(item: Any, open_path: OpenPath) -> list[StoragePath]:
    """Return the files a path, a glob or a path object stands for."""
    if not isinstance(item, str):
        if not hasattr(item, "open"):
            raise GenesysSourceError(f"a source is made of paths or of events (dict), not of {type(item).__name__}")
        path = cast("StoragePath", item)
    elif not item.strip():
        raise GenesysSourceError("the source is an empty path")
    elif _MAGIC.search(item):
        return _glob(item, open_path)
    else:
        path = open_path(item)
    if path.is_file():
        return [path]
    if path.exists():
        raise GenesysSourceError(
            "is not a file; name a folder's files with a glob like folder/*.jsonl", file=_name(path)
        )
    raise GenesysSourceError("there is no such file", file=_name(path))


def _glob(pattern: str, open_path: OpenPath) -> list[StoragePath]:
    """Return the files that match, by name; as in a shell, hidden ones only if the pattern says so."""
    parts = pattern.split("/")
    first = next(index for index, part in enumerate(parts) if _MAGIC.search(part))
    folder = "/".join(parts[:first]) or ("/" if first else ".")
    found = open_path(folder).glob("/".join(parts[first:]))
    hidden = parts[-1].startswith(".")
    files = [path for path in found if (hidden or not path.name.startswith(".")) and path.is_file()]
    if not files:
        raise GenesysSourceError("no file matches", file=_name(pattern))
    return sorted(files, key=str)


def _name(path: object) -> str:
    """Return a path as a message may show it: without user information and, of a web address, without its query."""
    return re.sub(r"^(https?://[^?]*)\?.*", r"\1", re.sub(r"(?<=://)[^/]*@", "", str(path)))


def _size(content: _Content) -> int | None:
    if isinstance(content, bytes):
        return len(content)
    return None if isinstance(content, list) else int(content.stat().st_size)


# --- from a file to blocks of UTF-8 text ---


def _blocks(name: str, content: StoragePath | bytes, size: int) -> Iterator[bytes]:
    """Return a file's text, decompressed and without byte order mark."""
    blocks = _raw_blocks(content, size)
    head = _head(blocks, 2)
    blocks = chain([head], blocks)
    if head.startswith(b"\x1f\x8b"):
        blocks = gunzip(blocks, size)
    head = _head(blocks, 64)
    if b"\0" in head[:64] or head.startswith((b"\xfe\xff", b"\xff\xfe")):
        raise GenesysSourceError("is not UTF-8 text (a binary file, or UTF-16?)", file=name)
    return chain([head.removeprefix(b"\xef\xbb\xbf")], blocks)


def _raw_blocks(content: StoragePath | bytes, size: int) -> Iterator[bytes]:
    if isinstance(content, bytes):
        for start in range(0, len(content), size):
            yield content[start : start + size]
        return
    options = {} if is_local(content) else {"block_size": _REMOTE_BLOCK}
    with cast("Any", content).open("rb", **options) as file:
        while block := file.read(size):
            yield block


def _head(blocks: Iterator[bytes], least: int) -> bytes:
    """Take blocks until there are so many bytes, or all."""
    head = b""
    while len(head) < least and (block := next(blocks, b"")):
        head += block
    return head


# --- from blocks to records ---


def _file_chunks(name: str, content: StoragePath | bytes, stream: str, block_size: int) -> Iterator[Chunk]:
    last, unit = 0, "line"
    try:
        blocks = _blocks(name, content, block_size)
        head = _first_line(blocks)
        chunks, unit = (_line_chunks, "line") if _is_json_lines(head) else (_value_chunks, "element")
        for chunk in chunks(name, chain([head], blocks), stream):
            last = chunk.lines[-1]
            yield chunk
    except (EOFError, zlib.error) as error:
        message = f"the gzip stream is cut short or damaged behind {unit} {last}"
        raise GenesysSourceError(message, file=name, line=last if last and unit == "line" else None) from error


def _first_line(blocks: Iterator[bytes]) -> bytes:
    """Take blocks until they hold the first line that is not blank."""
    head = b""
    while b"\n" not in head.lstrip() and len(head) <= MAX_RECORD and (block := next(blocks, b"")):
        head += block
    return head


def _is_json_lines(head: bytes) -> bool:
    """Tell JSON Lines from an array or a document over several lines, whose first line ends where JSON goes on."""
    line = head.lstrip().partition(b"\n")[0].rstrip()
    return not (line.startswith(b"[") or (line.startswith(b"{") and line.endswith((b"{", b"[", b",", b":"))))


def _line_chunks(file: str, blocks: Iterable[bytes], stream: str) -> Iterator[Chunk]:
    """Yield the records of JSON Lines."""
    for first, lines in split_lines(blocks, MAX_RECORD):
        for start in range(0, len(lines), CHUNK_RECORDS):
            batch = lines[start : start + CHUNK_RECORDS]
            numbers = range(first + start, first + start + len(batch))
            records = [line.strip() for line in batch]
            if _is_plain(batch, records):
                yield Chunk(file, numbers, records)
            else:
                yield from _chunks(file, _line_records(numbers, batch, stream))


def _is_plain(lines: list[bytes], records: list[bytes]) -> bool:
    """Tell whether each line is a record as it is; this runs for every record of the input."""
    return (
        max(map(len, lines)) <= MAX_RECORD
        and min(map(len, records)) > len("{}")
        and not any([record.find(b'Events"', 0, 80) > 0 for record in records])  # noqa: C419 (a list is faster)
    )


def _line_records(numbers: Iterable[int], lines: Iterable[bytes], stream: str) -> Iterator[_Record]:
    for number, line in zip(numbers, lines, strict=True):
        if len(line) > MAX_RECORD:
            yield _too_long(number, line)
        elif record := line.strip():
            yield from _events(number, record, stream)


def _value_chunks(file: str, blocks: Iterable[bytes], stream: str) -> Iterator[Chunk]:
    """Yield the records of JSON arrays and of JSON documents over several lines."""
    return _chunks(file, _value_records(file, blocks, stream))


def _value_records(file: str, blocks: Iterable[bytes], stream: str) -> Iterator[_Record]:
    splitter = ValueSplitter(MAX_RECORD)
    number = 0
    for block in chain(blocks, [b""]):
        for value in splitter.feed(block):
            number += 1
            if len(value) > MAX_RECORD:
                yield _too_long(number, value)
            else:
                yield from _events(number, value, stream)
    if splitter.rest is None:
        return
    if len(splitter.rest) > MAX_RECORD:
        message = f"the record that begins here is over {MAX_RECORD:,} bytes and has no end"
        raise GenesysSourceError(message, file=file, line=splitter.rest_line)
    yield number + 1, splitter.rest[:_EXCERPT], None, f"has no end: the file is torn (line {splitter.rest_line})"


def _chunks(file: str, records: Iterable[_Record]) -> Iterator[Chunk]:
    """Gather records in chunks; those before an exception are delivered before it."""
    group: list[_Record] = []
    size = 0
    try:
        for record in records:
            group.append(record)
            size += len(record[1])
            if len(group) == CHUNK_RECORDS or size >= BLOCK:
                yield _chunk(file, group)
                group, size = [], 0
    except Exception:
        if group:
            yield _chunk(file, group)
        raise
    if group:
        yield _chunk(file, group)


def _chunk(file: str, group: list[_Record]) -> Chunk:
    numbers, records, types, errors = zip(*group, strict=True)
    return Chunk(
        file,
        list(numbers),
        list(records),
        list(types) if any(types) else None,
        {index: error for index, error in enumerate(errors) if error},
    )


def _too_long(number: int, value: bytes) -> _Record:
    return number, value.lstrip()[:_EXCERPT], None, f"is over {MAX_RECORD:,} bytes"


# --- API-shaped bodies and data ---


def _inline_records(events: Iterable[Any], stream: str) -> Iterator[_Record]:
    """Yield the records of events handed over as data."""
    for number, event in enumerate(events, 1):
        try:
            record = _compact(event)
        except (TypeError, ValueError, RecursionError) as error:
            yield number, repr(event).encode("utf-8", "replace")[:_EXCERPT], None, f"is not JSON: {error}"
            continue
        if len(record) > MAX_RECORD:
            yield _too_long(number, record)
        else:
            yield from _events(number, record, stream)


def _compact(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":"), allow_nan=False).encode()


def _events(number: int, record: bytes, stream: str) -> Iterable[_Record]:
    """Return a record as it is, or the events of an API-shaped body, by their time."""
    if record.find(b'Events"', 0, 80) > 0 and (body := _body(record, stream)) is not None:
        return [(number, text, kind, error) for text, kind, error in body]
    return [(number, record, None, "is an empty object" if record == b"{}" else None)]


def _body(record: bytes, stream: str) -> list[tuple[bytes, str | None, str | None]] | None:
    """Return text, kind and error of each event of an API-shaped body.

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
            return [(record[:_EXCERPT], None, "is an API-shaped body without a list of events")]
        pairs = [(name.removesuffix("Events"), event) for name, events in body.items() for event in events]
        pairs.sort(key=lambda pair: _moment(pair[1]))
        return [_body_event(kind, _compact(event), is_object=isinstance(event, dict)) for kind, event in pairs]
    except (ValueError, RecursionError):
        return None


def _body_event(kind: str, text: bytes, *, is_object: bool) -> tuple[bytes, str, str | None]:
    if is_object:
        return text, kind, None
    return text[:_EXCERPT], kind, f"is no object, in the array {kind}Events"


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
        moment = datetime.fromisoformat(event["eventDateTime"])
    except (TypeError, KeyError, ValueError):
        return float("-inf")
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
