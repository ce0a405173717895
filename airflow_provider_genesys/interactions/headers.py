"""Whether the columns that files have are those of the mapping."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from airflow_provider_genesys.exceptions import GenesysMappingError
from airflow_provider_genesys.interactions.columns import unknown_columns
from airflow_provider_genesys.interactions.rows import BROKEN

if TYPE_CHECKING:
    from airflow_provider_genesys.interactions.mapping_file import RecordMapping

_DELIMITERS = (";", ",", "\t", "|")
_EXCELS = re.compile(r'"?sep=(.)"?\s*')
"""The line that Excel writes, or wants, in front of the columns' names."""


def columns_of(line: str, delimiter: str) -> list[str]:
    """Return the columns' names that stand in a first line; none if it is no CSV."""
    try:
        return [column.strip() for column in next(csv.reader([line], delimiter=delimiter, strict=True), [])]
    except csv.Error:
        return []


def advice_on(line: str, delimiter: str) -> str | None:
    """Say what is wrong with a first line that is cut by another delimiter, or is no header: ``None`` if nothing is."""
    if (excels := _EXCELS.fullmatch(line)) is not None:
        other = "" if excels[1] == delimiter else f", and say {_say(excels[1])}"
        return f"is Excel's {line.strip()} and not the columns' names: delete the line{other}"
    if len(columns_of(line, delimiter)) > 1:
        return None
    count, other = max((len(columns_of(line, each)), each) for each in _DELIMITERS)
    if count <= 1:
        return None
    return f"is one column by the delimiter {delimiter!r}, and {count} by {other!r}: say {_say(other)}"


def _say(delimiter: str) -> str:
    name = "tab" if delimiter == "\t" else f'"{delimiter}"'
    return f"reads: {{delimiter: {name}}}"


def check_header(name: str, number: int, header: Sequence[str], mapping: RecordMapping, line: str = "") -> None:
    """Make sure that a file has the columns of the mapping, and each once.

    :param name: the file's name for messages.
    :param number: the line of the header.
    :param line: the header as it is written, if it is.
    :raises GenesysMappingError: it has not.
    """
    if (advice := advice_on(line, mapping.dialect.delimiter)) is not None and {*mapping.columns} - {*header}:
        raise GenesysMappingError(f"the mapping does not fit the records: {name}, line {number}: {advice}")
    unknown = [] if mapping.dialect.several else _unknown(mapping, header, f"in {name}")
    wrong = []
    may_be_broken = any(not column.isascii() for column in mapping.columns if column not in header)
    if any(BROKEN in column for column in header) and (unknown or (may_be_broken and not mapping.dialect.several)):
        advice = f"is not {mapping.dialect.encoding} text: say reads: {{encoding: cp1252}}, or which it is"
        wrong.append(f"{name}, line {number}: {advice}")
    wrong += [f"{mapping.file}, line {line}: {message}" for message, line in unknown]
    twice = {each for each in header if each in mapping.columns and header.count(each) > 1}
    wrong += [f"{name}, line {number}: the column {each!r} is there twice" for each in sorted(twice)]
    if wrong:
        raise GenesysMappingError("\n  ".join(["the mapping does not fit the records:", *wrong]))


def _unknown(mapping: RecordMapping, header: Sequence[str], where: str) -> list[tuple[str, int]]:
    return unknown_columns(mapping.columns, header, where, mapping.value_names)


def check_tables(headers: Sequence[Sequence[str]], mapping: RecordMapping) -> None:
    """Make sure that each column of the mapping is in one of several tables at least.

    :param headers: the names of the columns of each file; records that come otherwise name none.
    :raises GenesysMappingError: there is one in no table.
    """
    known = {name for header in headers for name in header}
    wrong = [
        f"{mapping.file}, line {line}: {message}"
        for message, line in (_unknown(mapping, sorted(known), "in any of the files") if headers else ())
    ]
    if wrong:
        raise GenesysMappingError("\n  ".join(["the mapping does not fit the records:", *wrong]))
