"""Records out of files: CSV, logs, JSON Lines, arrays and objects behind each other, gzipped or not, and Parquet.

Files are read as streams; of what is broken, one line is lost and not the next. A file of rejects that an earlier
conversion wrote is known by its first line, and read in whatever format the mapping wants.
"""

from __future__ import annotations

import codecs
import csv
import json
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple

from airflow_provider_genesys.exceptions import GenesysSourceError
from airflow_provider_genesys.files.blocks import blocks_of, head_of, unzipped
from airflow_provider_genesys.interactions.headers import check_header
from airflow_provider_genesys.interactions.parquet import MAGIC, ParquetRows

if TYPE_CHECKING:
    from airflow_provider_genesys.files.storage import StoragePath
    from airflow_provider_genesys.interactions.dialect import Dialect
    from airflow_provider_genesys.interactions.mapping_file import RecordMapping
    from airflow_provider_genesys.interactions.scope import Record

MAX_RECORD = 1_000_000
"""Characters of the longest record."""
MAX_PAGE = 64 * MAX_RECORD
"""Characters of the longest page of an answer."""
_BLOCK = 64 * 1024
_REJECT = ("file", "line", "reason", "record")
_REJECT_BEGINS = b'{"file":'
_BROKEN = "\N{REPLACEMENT CHARACTER}"
_DECODER = json.JSONDecoder(parse_float=str, parse_int=str, parse_constant=str)
"""Leaves numbers as they are written."""
_SURE = 16
"""Characters from the end of a block within which what is broken may only be cut off."""


class Row(NamedTuple):
    """A record as it was found.

    :param file: name of the file.
    :param line: the line in which it begins, counted from 1; of Parquet the row.
    :param record: what it holds by column; ``None`` if it cannot be read.
    :param text: the text that cannot be read.
    :param reason: why not.
    """

    file: str
    line: int
    record: Record | None
    text: str = ""
    reason: str = ""


def read_rows(
    name: str,
    content: StoragePath | bytes | Sequence[Any],
    mapping: RecordMapping,
    headers: list[Sequence[str]] | None = None,
) -> Iterator[Row]:
    """Read the records of one input.

    :param name: its name for messages.
    :param content: a file, the bytes of one, or records as data.
    :param headers: takes the columns' names, if they stand in the first line of CSV.
    :raises GenesysConfigError: the columns of the file are not those of the mapping, or its store refuses it for good.
    :raises GenesysSourceError: the file as a whole cannot be read.
    :raises GenesysStorageError: its store cannot give it at the moment.
    """
    if isinstance(content, Sequence) and not isinstance(content, bytes):
        for number, record in enumerate(content, 1):
            yield _data(name, number, record)
        return
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
        yield from (_given_again(name, number, line) for number, line in lines if line.strip())
    elif mapping.dialect.format == "csv":
        yield from _csv_rows(name, lines, mapping, headers)
    elif mapping.dialect.format == "log":
        yield from _log_rows(name, lines, mapping.dialect)
    else:
        yield from _json_rows(name, lines, mapping.dialect.records)


def _data(name: str, number: int, record: Any) -> Row:
    if not isinstance(record, Mapping):
        return Row(name, number, None, repr(record), "is no mapping of columns to values")
    if not _is_unicode(record):
        return Row(name, number, None, ascii(record), "holds half a character")
    return Row(name, number, record)


def _text(name: str, blocks: Iterator[bytes], encoding: str) -> Iterator[str]:
    """Yield a file's text in pieces."""
    decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
    is_first = True
    try:
        for block in unzipped(blocks, _BLOCK):
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
        *lines, rest = (rest + text).split("\n")
        for line in lines:
            yield number, f"{line}\n"
            number += 1
        if len(rest) > MAX_RECORD:
            yield number, rest
            rest = ""
        if "\0" in rest[:64] and number == 1:
            raise GenesysSourceError("is no text in the encoding of the mapping", file=name)
    if rest:
        yield number, rest


# --- rejects of an earlier conversion ---


def _is_reject(line: str) -> bool:
    if not line.startswith(_REJECT_BEGINS.decode()):
        return False
    try:
        return tuple(json.loads(line)) == _REJECT
    except (ValueError, RecursionError):
        return False


def _given_again(name: str, number: int, line: str) -> Row:
    """Return a reject with the file and line that it came from; one that could not be read still cannot."""
    try:
        reject = _DECODER.decode(line)
        file, at, record = reject["file"], int(reject["line"]), reject["record"]
    except (ValueError, RecursionError, LookupError, TypeError):
        return Row(name, number, None, line.rstrip("\r\n"), "is no line of a file of rejects")
    if isinstance(record, dict):
        return Row(str(file), at, record)
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


# --- CSV ---


def _csv_rows(
    name: str, lines: Iterator[tuple[int, str]], mapping: RecordMapping, headers: list[Sequence[str]] | None
) -> Iterator[Row]:
    """Yield the records of CSV; one never spans lines, so that a stray quotation mark costs one record alone."""
    dialect = mapping.dialect
    filled = ((number, line.rstrip("\r\n")) for number, line in lines)
    filled = ((number, line) for number, line in filled if line.strip())
    header: Sequence[str] | None = dialect.header
    if header is None:
        number, line = next(filled, (1, ""))
        header = [column.strip() for column in _columns(line, dialect.delimiter) or []]
        check_header(name, number, header, mapping)
        if headers is not None:
            headers.append(header)
    for number, line in filled:
        if _BROKEN in line:
            yield Row(name, number, None, line[:MAX_RECORD], f"the line is not {dialect.encoding} text")
            continue
        values = _columns(line, dialect.delimiter)
        if values is None:
            most = csv.field_size_limit()
            is_long = len(max(line.split(dialect.delimiter), key=len)) > most
            reason = (
                f"a column is over {most:,} characters" if is_long else "a quotation mark is not closed on its line"
            )
            yield Row(name, number, None, line[:MAX_RECORD], reason)
        elif len(values) != len(header):
            reason = f"has {len(values)} columns, and the header {len(header)}"
            yield Row(name, number, None, line[:MAX_RECORD], reason)
        else:
            yield Row(name, number, dict(zip(header, values, strict=True)))


def _log_rows(name: str, lines: Iterator[tuple[int, str]], dialect: Dialect) -> Iterator[Row]:
    """Yield the lines of a log, in which nothing is quoted; columns that are missing at the end are empty."""
    header = dialect.header or ()
    for number, line in lines:
        values = line.rstrip("\r\n").split(dialect.delimiter)
        if not line.strip():
            continue
        if _BROKEN in line:
            yield Row(name, number, None, line[:MAX_RECORD], f"the line is not {dialect.encoding} text")
        elif len(values) > len(header):
            reason = f"has {len(values)} columns, and the header {len(header)}"
            yield Row(name, number, None, line[:MAX_RECORD], reason)
        else:
            yield Row(name, number, dict(zip(header, values, strict=False)))


def _columns(line: str, delimiter: str) -> list[str] | None:
    try:
        return next(csv.reader([line], delimiter=delimiter, strict=True), [])
    except csv.Error:
        return None


# --- JSON ---


def _json_rows(name: str, lines: Iterator[tuple[int, str]], records: str | None) -> Iterator[Row]:
    """Yield the records of JSON Lines, of arrays, and of objects behind each other; and those of pages, if there are.

    A value may span lines. What is broken ends with its line, and reading goes on behind that.

    :raises GenesysSourceError: the file ends within an array: what was to come is not known.
    """
    text, line, at = "", 1, 0
    depth = 0
    is_over = False
    longest = MAX_RECORD if records is None else MAX_PAGE
    while True:
        start = at
        while at < len(text) and text[at] in " \t\r\n,[]\x1e":
            at += 1
        depth = max(0, depth + text.count("[", start, at) - text.count("]", start, at))
        if at == len(text):
            line, text = next(lines, (0, ""))
            if not text:
                if depth:
                    raise GenesysSourceError("ends within an array that was begun, so it is torn", file=name)
                return
            at = 0
            continue
        line += text.count("\n", start, at)
        try:
            value, end = _DECODER.raw_decode(text, at)
        except (json.JSONDecodeError, RecursionError) as error:
            goes_on, is_long = _may_go_on(error, text), len(text) - at > longest
            if goes_on and not is_long and not is_over:
                more = _as_much_again(lines, len(text) - at, longest)
                text, at, is_over = text[at:] + more, 0, not more
                continue
            end = text.find("\n", at)
            end = len(text) if end < 0 else end
            reason = f"is over {longest:,} characters" if goes_on and is_long else "is no JSON"
            yield Row(name, line, None, text[at:end][:MAX_RECORD], reason)
            is_over = False
        else:
            listed = value.get(records) if records is not None and isinstance(value, dict) else None
            if isinstance(listed, list):
                yield from (_listed(name, line, each) for each in listed)
            else:
                yield _object(name, line, value, text[at:end])
        line += text.count("\n", at, end)
        at = end


def _as_much_again(lines: Iterator[tuple[int, str]], length: int, longest: int) -> str:
    """Take lines for a value that has no end yet: as long as what is there, so that it is parsed a few times only."""
    taken: list[str] = []
    wanted = min(length, longest + 1 - length)
    while wanted > 0 and (more := next(lines, (0, ""))[1]):
        taken.append(more)
        wanted -= len(more)
    return "".join(taken)


def _may_go_on(error: Exception, text: str) -> bool:
    """Tell whether what is broken may only be cut off by the end of what is read."""
    if not isinstance(error, json.JSONDecodeError):
        return False
    return error.msg.startswith("Unterminated string") or error.pos >= len(text.rstrip()) - _SURE


def _object(name: str, line: int, value: Any, text: str) -> Row:
    if not isinstance(value, dict):
        return Row(name, line, None, text[:MAX_RECORD], "is no object")
    if _BROKEN in text:
        return Row(name, line, None, text[:MAX_RECORD], "holds what is no text")
    if "\\u" in text and not _is_unicode(value):
        return Row(name, line, None, text[:MAX_RECORD], "holds half a character")
    return Row(name, line, value)


def _listed(name: str, line: int, value: Any) -> Row:
    """Return an element of a page."""
    if not _is_unicode(value):
        return Row(name, line, None, ascii(value)[:MAX_RECORD], "holds half a character")
    return _object(name, line, value, json.dumps(value, ensure_ascii=False))


def _is_unicode(value: Any) -> bool:
    try:
        json.dumps(value, ensure_ascii=False, default=str).encode()
    except UnicodeEncodeError:
        return False
    return True
