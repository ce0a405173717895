"""Records of CSV, and of logs, in which nothing is quoted."""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, TypeAlias

from airflow_provider_genesys.interactions.headers import check_header, columns_of
from airflow_provider_genesys.interactions.rows import BROKEN, MAX_RECORD, Row

if TYPE_CHECKING:
    from airflow_provider_genesys.interactions.dialect import Dialect
    from airflow_provider_genesys.interactions.mapping_file import RecordMapping

_Line: TypeAlias = tuple[int, str]
_MOST_LINES = 100
"""Of one row, whose cells have line breaks in them."""


def csv_rows(
    name: str, lines: Iterator[tuple[int, str]], mapping: RecordMapping, headers: list[Sequence[str]] | None
) -> Iterator[Row]:
    """Yield the records of CSV.

    A quoted cell may have line breaks in it. A quotation mark that is closed nowhere costs its own line and no other,
    so a line that is a row by itself is never taken for a part of the one before it.

    :param name: of the file, for messages.
    :param lines: of the file, numbered, with their line breaks.
    :param headers: takes the columns' names, if they stand in the first line.
    :raises GenesysConfigError: the columns are not those of the mapping.
    """
    dialect = mapping.dialect
    numbered = ((number, line.rstrip("\r\n")) for number, line in lines)
    header: Sequence[str] | None = dialect.header
    if header is None:
        number, line = next((each for each in numbered if each[1].strip()), (1, ""))
        header = columns_of(line, dialect.delimiter)
        check_header(name, number, header, mapping, line)
        if headers is not None:
            headers.append(header)
    waiting: deque[_Line] = deque()

    def following() -> _Line | None:
        return waiting.popleft() if waiting else next(numbered, None)

    while (each := following()) is not None:
        number, line = each
        if not line.strip():
            continue
        if BROKEN in line:
            yield Row(name, number, None, line[:MAX_RECORD], f"the line is not {dialect.encoding} text")
            continue
        values = _columns(line, dialect.delimiter)
        if values is None and '"' in line:
            values, rest = _over_lines(line, following, header, dialect.delimiter)
            waiting.extendleft(reversed(rest))
        if values is None:
            yield Row(name, number, None, line[:MAX_RECORD], _broken(line, dialect.delimiter))
        elif len(values) != len(header):
            reason = f"has {len(values)} columns, and the header {len(header)}"
            yield Row(name, number, None, line[:MAX_RECORD], reason)
        else:
            yield Row(name, number, dict(zip(header, values, strict=True)))


def log_rows(name: str, lines: Iterator[tuple[int, str]], dialect: Dialect) -> Iterator[Row]:
    """Yield the lines of a log, in which nothing is quoted; columns that are missing at the end are empty."""
    header = dialect.header or ()
    for number, line in lines:
        values = line.rstrip("\r\n").split(dialect.delimiter)
        if not line.strip():
            continue
        if BROKEN in line:
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


def _over_lines(
    line: str, following: Callable[[], _Line | None], header: Sequence[str], delimiter: str
) -> tuple[list[str] | None, list[_Line]]:
    """Return the columns of a row that goes on over lines, if it does, and the lines that are taken and none of it."""
    taken: list[_Line] = []
    text = line
    while len(taken) < _MOST_LINES and len(text) <= MAX_RECORD and (each := following()) is not None:
        taken.append(each)
        alone = _columns(each[1], delimiter)
        if BROKEN in each[1] or (alone is not None and len(alone) == len(header)):
            break
        text = f"{text}\n{each[1]}"
        values = _columns(text, delimiter) if '"' in each[1] else None
        if values is not None:
            return (values, []) if len(values) == len(header) else (None, taken)
    return None, taken


def _broken(line: str, delimiter: str) -> str:
    most = csv.field_size_limit()
    is_long = len(max(line.split(delimiter), key=len)) > most
    return f"a column is over {most:,} characters" if is_long else "a quotation mark is not closed on its line"
