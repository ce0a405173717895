"""Whether the columns that files have are those of the mapping."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from airflow_provider_genesys.exceptions import GenesysConfigError
from airflow_provider_genesys.interactions.columns import unknown_columns

if TYPE_CHECKING:
    from airflow_provider_genesys.interactions.mapping_file import RecordMapping


def check_header(name: str, number: int, header: Sequence[str], mapping: RecordMapping) -> None:
    """Make sure that a file has the columns of the mapping, and each once.

    :param name: the file's name for messages.
    :param number: the line of the header.
    :raises GenesysConfigError: it has not.
    """
    unknown = [] if mapping.dialect.several else unknown_columns(mapping.columns, header, f"in {name}")
    wrong = [f"{mapping.file}, line {line}: {message}" for message, line in unknown]
    twice = {each for each in header if each in mapping.columns and header.count(each) > 1}
    wrong += [f"{name}, line {number}: the column {each!r} is there twice" for each in sorted(twice)]
    if wrong:
        raise GenesysConfigError("\n  ".join(["the mapping does not fit the records:", *wrong]))


def check_tables(headers: Sequence[Sequence[str]], mapping: RecordMapping) -> None:
    """Make sure that each column of the mapping is in one of several tables at least.

    :param headers: the names of the columns of each file; records that come otherwise name none.
    :raises GenesysConfigError: there is one in no table.
    """
    known = {name for header in headers for name in header}
    wrong = [
        f"{mapping.file}, line {line}: {message}"
        for message, line in (unknown_columns(mapping.columns, sorted(known), "in any of the files") if headers else ())
    ]
    if wrong:
        raise GenesysConfigError("\n  ".join(["the mapping does not fit the records:", *wrong]))
