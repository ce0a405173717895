"""Records out of files: CSV, logs, JSON Lines, arrays and objects behind each other, gzipped or not, and Parquet.

Files are read as streams; of what is broken, one line is lost and not the next. A file of rejects that an earlier
conversion wrote is known by its first line, and read in whatever format the mapping wants.
"""

from __future__ import annotations

import codecs
import json
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

from airflow_provider_genesys.exceptions import GenesysError, GenesysSourceError
from airflow_provider_genesys.files.blocks import blocks_of, head_of, unzipped
from airflow_provider_genesys.files.storage import is_device
from airflow_provider_genesys.interactions.belonging import Fields, belonging
from airflow_provider_genesys.interactions.csv_rows import csv_rows, log_rows
from airflow_provider_genesys.interactions.headers import advice_on, check_header, columns_of
from airflow_provider_genesys.interactions.json_rows import is_unicode, json_rows
from airflow_provider_genesys.interactions.parquet import MAGIC, ParquetRows
from airflow_provider_genesys.interactions.rows import MAX_RECORD, Row

if TYPE_CHECKING:
    from airflow_provider_genesys.files.storage import StoragePath
    from airflow_provider_genesys.interactions.dialect import Dialect
    from airflow_provider_genesys.interactions.mapping_file import RecordMapping

_BLOCK = 64 * 1024
_WIDE = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_REJECT = ("file", "line", "reason", "record")
_REJECT_BEGINS = b'{"file":'
_DECODER = json.JSONDecoder(parse_float=str, parse_int=str)
"""Leaves numbers as they are written."""


def read_rows(
    name: str,
    content: StoragePath | bytes | Sequence[Any],
    mapping: RecordMapping,
    headers: list[Sequence[str]] | None = None,
) -> Iterator[Row]:
    """Read the records of one input.

    :param name: its name for messages.
    :param content: a file, the bytes of one, or records as data; or rows that were read before, which stay as they are.
    :param headers: takes the columns' names, if they stand in the first line of CSV.
    :raises GenesysConfigError: the columns of the file are not those of the mapping, or its store refuses it for good.
    :raises GenesysSourceError: the file as a whole cannot be read, or holds records in a way that the mapping does not
        tell.
    :raises GenesysStorageError: its store cannot give it at the moment.
    """
    fields = Fields(mapping)
    if isinstance(content, bytes) or not isinstance(content, Sequence):
        rows = _in_file(name, content, fields, headers)
    elif content and isinstance(content[0], Row):
        return iter(content)
    else:
        rows = _in_data(name, content, fields)
    return belonging(rows, fields, name)


def _in_file(
    name: str, content: StoragePath | bytes, fields: Fields, headers: list[Sequence[str]] | None
) -> Iterator[Row]:
    """Yield what is in a file, be it records of the mapping or not."""
    mapping = fields.mapping
    blocks = blocks_of(content, _BLOCK, "records")
    head = head_of(blocks, len(_REJECT_BEGINS))
    if head.startswith(MAGIC):
        yield from _parquet_rows(name, content, mapping, headers)
        return
    if (mapping.dialect.format == "parquet" or name.endswith(".parquet")) and not head.startswith(_REJECT_BEGINS):
        is_zipped = " It is gzipped as a whole, which is for other formats." if head.startswith(b"\x1f\x8b") else ""
        raise GenesysSourceError(f"is no Parquet, or torn: it does not begin with PAR1.{is_zipped}", file=name)
    lines = _lines(name, _text(name, chain([head], blocks), mapping.dialect.encoding))
    first = next(lines, None)
    if first is None:
        return
    lines = chain([first], lines)
    if _is_reject(first[1]):
        for number, line in lines:
            if line.strip():
                yield _given_again(name, number, line)
    elif mapping.dialect.format == "csv":
        yield from csv_rows(name, lines, mapping, headers)
    elif mapping.dialect.format == "log":
        yield from log_rows(name, lines, mapping.dialect)
    else:
        yield from json_rows(name, lines, mapping.dialect.records, fields.held_in)


def headers_of(inputs: Iterable[tuple[str, Any]], dialect: Dialect) -> Iterator[tuple[str, Sequence[str]]]:
    """Yield where there are columns, and their names, for messages; what cannot be read is told by who reads it.

    :param inputs: names, and files or what is in them. One is looked at, or all if they are of several tables.
    """
    found = []
    for name, content in islice(inputs, None if dialect.several else 1):
        with suppress(GenesysError):
            found.append((f"in {name}", _header(name, content, dialect)))
    headers = [(where, header) for where, header in found if header is not None]
    if dialect.several and headers:
        yield "in any of the files", sorted({column for _, header in headers for column in header})
    else:
        yield from headers


def _header(name: str, content: Any, dialect: Dialect) -> Sequence[str] | None:
    """Return the names of a file's columns, if it has any."""
    is_data = isinstance(content, Sequence) and not isinstance(content, bytes)
    if not dialect.has_columns or is_data or (not isinstance(content, bytes) and is_device(content)):
        return None  # out of a pipe the columns would come once
    blocks = blocks_of(content, _BLOCK, "records")
    head = head_of(blocks, len(_REJECT_BEGINS))
    if head.startswith(MAGIC):
        with closing(ParquetRows(name, content, MAX_RECORD)) as rows:
            return rows.names()
    if dialect.format == "parquet" or head.startswith(_REJECT_BEGINS):
        return None
    lines = _lines(name, _text(name, chain([head], blocks), dialect.encoding))
    line = next((line for _, line in lines if line.strip()), "").rstrip("\r\n")
    if advice_on(line, dialect.delimiter) is not None:
        return None  # what is wrong with it is told when it is read
    return columns_of(line, dialect.delimiter)


def _in_data(name: str, content: Sequence[Any], fields: Fields) -> Iterator[Row]:
    """Yield records that are given as data, and those that one of them holds where the mapping says so."""
    for number, record in enumerate(content, 1):
        row = _data(name, number, record)
        held = None if row.record is None else fields.held_in(row.record, name, number)
        yield from [row] if held is None else (_data(name, number, each) for each in held)


def _data(name: str, number: int, record: Any) -> Row:
    if not isinstance(record, Mapping):
        return Row(name, number, None, repr(record), "is no mapping of columns to values")
    if not is_unicode(record):
        return Row(name, number, None, ascii(record), "holds half a character")
    return Row(name, number, record)


def _text(name: str, blocks: Iterator[bytes], encoding: str) -> Iterator[str]:
    """Yield a file's text in pieces."""
    decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
    is_first, is_wide = True, codecs.lookup(encoding).name.startswith(("utf-16", "utf-32"))
    try:
        for block in unzipped(blocks, _BLOCK):
            if is_first and block.startswith(_WIDE) and not is_wide:
                raise GenesysSourceError(
                    f"begins as UTF-16 does, and is read as {encoding}: say reads: {{encoding: utf-16}}", file=name
                )
            text = decoder.decode(block)
            if is_first and text:
                is_first, text = False, text.removeprefix("\ufeff")
            yield text
        yield decoder.decode(b"", final=True)
    except (EOFError, zlib.error) as error:
        raise GenesysSourceError("the gzip stream is cut short or damaged", file=name) from error
    except UnicodeError as error:
        raise GenesysSourceError(f"is not {encoding} text", file=name) from error


def _lines(name: str, texts: Iterator[str]) -> Iterator[tuple[int, str]]:
    """Yield numbered lines with their line breaks; a longer one than a record comes in parts of one number."""
    number, rest = 1, ""
    for text in texts:
        if number == 1 and text.count("\0", 0, 64) * 4 > len(text[:64]):  # of UTF-16 every second sign is one
            raise GenesysSourceError(
                "is no text in the encoding of the mapping. Is it UTF-16? Then say reads: {encoding: utf-16-le}",
                file=name,
            )
        *lines, rest = (rest + text).split("\n")
        for line in lines:
            yield number, f"{line}\n"
            number += 1
        if len(rest) > MAX_RECORD:
            yield number, rest
            rest = ""
    if rest:
        yield number, rest


# --- rejects of an earlier conversion ---


def _is_reject(line: str) -> bool:
    if not line.startswith(_REJECT_BEGINS.decode()):
        return False
    try:
        return tuple(json.loads(line)) in (_REJECT, (*_REJECT, "links_read"))
    except (ValueError, RecursionError):
        return False


def _given_again(name: str, number: int, line: str) -> Row:
    """Return a reject with the file and line that it came from; one that could not be read still cannot.

    It was taken out of what held it before it was rejected, so it is not opened: what it holds is its own.
    """
    try:
        reject = _DECODER.decode(line)
        file, at, record = reject["file"], int(reject["line"]), reject["record"]
    except (ValueError, RecursionError, LookupError, TypeError):
        return Row(name, number, None, line.rstrip("\r\n"), "is no line of a file of rejects")
    if isinstance(record, dict):
        return Row(str(file), at, record, links_read=reject.get("links_read") is True)
    return Row(str(file), at, None, str(record), str(reject.get("reason")))


# --- Parquet ---


def _parquet_rows(
    name: str, content: StoragePath | bytes, mapping: RecordMapping, headers: list[Sequence[str]] | None
) -> Iterator[Row]:
    """Yield the rows of Parquet, which is read from its end, so a second time, whatever format the mapping names."""
    with closing(ParquetRows(name, content, MAX_RECORD)) as rows:
        if mapping.dialect.has_columns:
            header = rows.names()
            check_header(name, 1, header, mapping)
            if headers is not None:
                headers.append(header)
        for number, (record, reason) in enumerate(rows.records(), 1):
            yield Row(name, number, record, reason=reason)
