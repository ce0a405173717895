"""The input of a publish as a stream of records, whatever its form and size.

A record is the bytes of one event, not parsed: whoever validates records does so one by one, since three broken lines
joined can parse as three good events. Memory is bounded by ``MAX_RECORD`` and ``BLOCK``, never by the size of a file.

What ends the reading, since the input as a whole cannot be trusted then; the records before are delivered:

- ``GenesysSourceError``: no such file, no match for a glob, no UTF-8 text (a binary or UTF-16 file), a first line that
  is neither JSON nor the rest of it, binary data behind events, a gzip stream that is cut short or damaged, a record
  over ``MAX_RECORD`` that has no end, more than ``MAX_INLINE`` events as data, and a record that is no event and holds
  several, whether it is JSON or not, or one in a wrapper, or a body over ``MAX_RECORD``: to count it as one invalid
  event would hide how many they are (``bodies.refuse_wrapped``, ``foreign.form_of``);
- what the storage refuses while reading, as ``GenesysConfigError``, or ``GenesysStorageError`` where it may pass.

A record ends where its value ends, whatever white space is behind it, and where a block of the file ends decides
nothing. In JSON Lines a line also ends what is broken in it.

What makes a single record invalid, said in ``Chunk.errors``: being over ``MAX_RECORD`` (reading goes on behind it), an
API-shaped body without a list, or with something else among its events, an array or object in whose middle the file
ends. The rest is left to the validation: JSON or UTF-8 that is broken within a record, a record that is no object.
Commas between the values of an array are not policed, since nothing is lost by reading on. An empty list, alone, in
another or in a wrapper, is no record: an hour without events.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any, TypeAlias

from airflow_provider_genesys.events.bodies import (
    EMPTY_LIST,
    EXCERPT,
    MAX_RECORD,
    OTHER_OBJECT,
    WrappedEventsError,
    compact,
    events_in,
    has_no_rows,
    refuse_wrapped,
)
from airflow_provider_genesys.events.foreign import LONGEST_STRAY, form_of, is_binary
from airflow_provider_genesys.events.inputs import Content, OpenPath, Source, find_inputs
from airflow_provider_genesys.exceptions import GenesysSourceError
from airflow_provider_genesys.files.blocks import blocks_of, head_of, unzipped
from airflow_provider_genesys.files.refusals import reading
from airflow_provider_genesys.files.splitting import ValueSplitter, cut, split_lines

__all__ = ["BLOCK", "MAX_RECORD", "Chunk", "OpenPath", "Source", "describe", "read"]

BLOCK = 32 * 1024
"""Bytes read at a time, and about the most in a chunk. Of 256 kB the records are out of the processor's cache before
their turn comes, and the way in takes half as long again."""
CHUNK_RECORDS = 64

_NOTHING = re.compile(rb"(?:[\s,\x1e]|\xef\xbb\xbf)++")
"""What stands between events: separators, and the byte order mark of a file that was appended to another."""

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


def read(
    source: Source, *, stream: str, open_path: OpenPath = Path, argument: str = "source", block_size: int = BLOCK
) -> Iterator[Chunk]:
    """Read all records of the input.

    :param source: a path or glob (``str``), or JSON text when it begins with ``[`` or ``{``; a path object; a list of
        these; a list of events as ``dict``; lists in lists are the same as one. Files, and JSON text, hold JSON Lines,
        JSON values behind each other, a JSON array, API-shaped bodies or a JSON document over several lines; files may
        be gzipped. A folder of dead letters is the files in it.
    :param stream: such as ``conversations``; it decides which objects are API-shaped bodies.
    :param open_path: makes a path object of a path, such as Airflow's ``ObjectStoragePath``.
    :param argument: what the source was given as, for messages.
    :param block_size: bytes read at a time.
    :raises GenesysConfigError: when ``source`` is nothing that could be read, however often it is tried; or
        ``GenesysStorageError``, where its store may give it another time.
    :raises GenesysSourceError: when the input as a whole cannot be read; a missing file is noticed before the first
        chunk.
    """
    for name, content in find_inputs(source, open_path, argument):
        if isinstance(content, list):
            with _said_of(name, "element"):
                yield from _chunks(name, _inline_records(content, stream))
        else:
            yield from _file_chunks(name, blocks_of(content, block_size, argument), stream, block_size)


def describe(
    source: Source,
    *,
    open_path: OpenPath = Path,
    argument: str = "source",
    check: Callable[[Sequence[Content]], None] = lambda _: None,
) -> list[tuple[str, int | None]]:
    """Return the name of every input, in the order of reading, and its size in bytes, ``None`` for a list of events.

    :param check: looks at the inputs, and raises for what may not be one.
    :raises GenesysConfigError: when the argument is none that could be read.
    :raises GenesysSourceError: when a file is missing or a glob matches none.
    """
    inputs = find_inputs(source, open_path, argument)
    check([content for _, content in inputs])
    return [(name, _size(content, argument)) for name, content in inputs]


def _size(content: Content, argument: str) -> int | None:
    if isinstance(content, bytes):
        return len(content)
    if isinstance(content, list):
        return None
    with reading(argument, content):
        return int(content.stat().st_size)


# --- from a file to blocks of UTF-8 text ---


def _blocks(name: str, blocks: Iterator[bytes], size: int) -> Iterator[bytes]:
    """Return a file's text, decompressed and without byte order mark."""
    blocks = unzipped(blocks, size)
    head = head_of(blocks, 64)
    if b"\0" in head[:64] or head.startswith((b"\xfe\xff", b"\xff\xfe")):
        raise GenesysSourceError("is not UTF-8 text (a binary file, or UTF-16?)", file=name)
    return chain([head.removeprefix(b"\xef\xbb\xbf")], blocks)


# --- from blocks to records ---


def _file_chunks(name: str, raw: Iterator[bytes], stream: str, block_size: int) -> Iterator[Chunk]:
    last, unit = 0, "line"
    try:
        blocks = _blocks(name, raw, block_size)
        number, head = _first_line(blocks)
        with _said_of(name, unit):
            if (form := form_of(head[: MAX_RECORD + 1])) is not None:
                raise _no_json(number, form)
        chunks, unit = (_line_chunks, "line") if _is_json_lines(head) else (_value_chunks, "element")
        blocks = chain(iter([head]), blocks)
        del head  # which may be as long as a record: only the blocks hold it now, until it is read
        with _said_of(name, unit):
            for chunk in chunks(name, number, blocks, stream):
                last = chunk.lines[-1]
                yield chunk
    except (EOFError, zlib.error) as error:
        message = f"the gzip stream is cut short or damaged behind {unit} {last}"
        raise GenesysSourceError(message, file=name, line=last if last and unit == "line" else None) from error


def _no_json(number: int, form: str) -> WrappedEventsError:
    return WrappedEventsError(number, f"this is {form}, not JSON; a line of it is no event")


@contextmanager
def _said_of(name: str, unit: str) -> Iterator[None]:
    """Say of which file and line it is that a record holds several events."""
    try:
        yield
    except WrappedEventsError as error:
        if unit == "line":
            raise GenesysSourceError(str(error), file=name, line=error.number) from None
        raise GenesysSourceError(f"element {error.number}: {error}", file=name) from None


def _first_line(blocks: Iterator[bytes]) -> tuple[int, bytes]:
    """Take blocks until they hold the first line with something in it, or its first ``MAX_RECORD`` bytes.

    Return the number of the line in which they begin, too; what stands between events is dropped before it.
    """
    number, head = 1, b""
    for block in blocks:
        head += block
        start = match.end() if (match := _NOTHING.match(head)) else 0
        number += head.count(b"\n", 0, start)
        head = head[start:]
        if (b"\n" in head and len(head) > LONGEST_STRAY) or len(head) > MAX_RECORD:
            break
    return number, head


def _is_json_lines(head: bytes) -> bool:
    """Tell JSON Lines from an array or a document over several lines, whose first line ends where JSON goes on."""
    line, newline, _ = head[: MAX_RECORD + 1].partition(b"\n")
    if not newline and len(line) > MAX_RECORD:  # where it ends is not known
        return not line.startswith(b"[")
    return not (line.startswith(b"[") or (line.startswith(b"{") and line.rstrip().endswith((b"{", b"[", b",", b":"))))


def _line_chunks(file: str, first: int, blocks: Iterable[bytes], stream: str) -> Iterator[Chunk]:
    """Yield the records of JSON Lines: of a line as many as there are values in it."""
    long: ValueSplitter | None = None
    for number, lines, what in split_lines(blocks, MAX_RECORD, first):
        if what == "lines":
            yield from _short_chunks(file, number, lines, stream)
            continue
        long = long or ValueSplitter(MAX_RECORD)
        yield from _chunks(file, _long_records(number, long, lines[0], stream, is_end=what == "end"))
        if what == "end":
            long = None


def _short_chunks(file: str, number: int, lines: list[bytes], stream: str) -> Iterator[Chunk]:
    """Yield the records of whole lines."""
    records = [line.strip() for line in lines]
    if not _are_plain(records):
        yield from _chunks(file, _line_records(number, lines, stream))
        return
    for start in range(0, len(records), CHUNK_RECORDS):
        batch = records[start : start + CHUNK_RECORDS]
        yield Chunk(file, range(number + start, number + start + len(batch)), batch)


def _are_plain(records: list[bytes]) -> bool:
    """Tell whether each line is one record as it is; this runs for every record of the input.

    What is plain together is plain alone, so that where a block ends makes no difference.
    """
    text = b"".join(records)
    if len(text) > MAX_RECORD or min(map(len, records)) <= len("{}"):
        return False
    if b"[" in text and EMPTY_LIST.search(text):
        return False
    if (b"[" in text or b"\\" in text) and not all([has_no_rows(record) for record in records]):  # noqa: C419
        return False
    if not all([record.endswith(b"}") for record in records]):  # noqa: C419 (faster)
        return False
    # Most begin with the only brace in them, and the others hold theirs as values of properties.
    others = [record for record in records if record.rfind(b"{")]
    return not any(OTHER_OBJECT.search(record, 1) or record.find(b'Events"', 0, 80) > 0 for record in others)


def _line_records(number: int, lines: Iterable[bytes], stream: str) -> Iterator[_Record]:
    for line_number, line in enumerate(lines, number):
        record = line.strip()
        if len(record) > MAX_RECORD:
            yield from _long_records(line_number, ValueSplitter(MAX_RECORD), line, stream, is_end=True)
        elif record and _are_plain([record]):
            yield line_number, record, None, None
        elif record and not EMPTY_LIST.fullmatch(record):
            for value in cut(record, MAX_RECORD):
                yield from _events(line_number, value, stream)


def _long_records(number: int, splitter: ValueSplitter, text: bytes, stream: str, *, is_end: bool) -> Iterator[_Record]:
    """Yield what ends in a part of a line that is longer than a record."""
    for part in (text, b"") if is_end else (text,):
        for value in splitter.feed(part):
            yield from _events(number, value, stream)
    if is_end and splitter.rest is not None:
        yield from _events(number, splitter.rest, stream)


def _value_chunks(file: str, first: int, blocks: Iterable[bytes], stream: str) -> Iterator[Chunk]:
    """Yield the records of JSON arrays and of JSON documents over several lines."""
    return _chunks(file, _value_records(file, first, blocks, stream))


def _value_records(file: str, first: int, blocks: Iterable[bytes], stream: str) -> Iterator[_Record]:
    splitter = ValueSplitter(MAX_RECORD, first)
    number = 0
    for block in chain(blocks, [b""]):
        for value in splitter.feed(block):
            number += 1
            yield from _events(number, value, stream)
    if splitter.rest is None:
        return
    refuse_wrapped(number + 1, splitter.rest, stream)
    if len(splitter.rest) > MAX_RECORD:
        message = f"the record that begins here is over {MAX_RECORD:,} bytes and has no end"
        raise GenesysSourceError(message, file=file, line=splitter.rest_line)
    yield number + 1, splitter.rest[:EXCERPT], None, f"has no end: the file is torn (line {splitter.rest_line})"


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


def _events(number: int, record: bytes, stream: str) -> Iterator[_Record]:
    """Yield the events in a record, which in the most cases is one."""
    if not record.startswith((b"{", b"[")) and is_binary(record):
        raise _no_json(number, "binary data")
    if len(record) > MAX_RECORD:
        refuse_wrapped(number, record, stream)
        yield number, record.lstrip()[:EXCERPT], None, f"is over {MAX_RECORD:,} bytes"
        return
    if _NOTHING.fullmatch(record):
        return
    for text, kind, error in events_in(number, record, stream):
        yield number, text, kind, error


# --- events as data ---


def _inline_records(events: Iterable[Any], stream: str) -> Iterator[_Record]:
    """Yield the records of events handed over as data."""
    for number, event in enumerate(events, 1):
        try:
            record = compact(event)
        except (TypeError, ValueError, RecursionError) as error:
            yield number, repr(event).encode("utf-8", "replace")[:EXCERPT], None, f"is not JSON: {error}"
            continue
        yield from _events(number, record, stream)
