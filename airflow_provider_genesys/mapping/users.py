"""Who is who: the user map, from users of Vonage to users of Genesys Cloud."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

from airflow_provider_genesys.exceptions import GenesysConfigError, GenesysMappingError
from airflow_provider_genesys.files.documents import pairs_of_text, read_text
from airflow_provider_genesys.files.storage import StoragePath
from airflow_provider_genesys.text import all_mistakes, is_uuid

COLUMNS = ("vonage_user_id", "genesys_user_id")
MAX_MISTAKES = 100
"""Mistakes that a message tells; a file of another kind has as many as lines."""

UserMap: TypeAlias = str | StoragePath | Mapping[str, str]

_WHY_NOT_TWICE = {
    "vonage_user_id": "",
    "genesys_user_id": ": which of two Vonage users it shall follow cannot be told",
}
_EXCERPT = 100


class _Row(NamedTuple):
    """One user as written; ``place`` is such as ``users.csv, line 7``."""

    place: str
    vonage: Any
    genesys: Any


def load_user_map(source: UserMap, *, open_path: Callable[[str], StoragePath] = Path) -> dict[str, str]:
    """Read and check the user map.

    :param source: path of a CSV file (its name ends in ``.csv``) with the columns ``vonage_user_id,genesys_user_id``,
        or of a YAML or JSON mapping; JSON text when it begins with ``{``; a path object; a mapping.
    :param open_path: makes a path object of a path, such as Airflow's ``ObjectStoragePath``.
    :return: Genesys user by Vonage user, at least one, in their order; ids are in small letters.
    :raises GenesysSourceError: there is no such file, or it is no UTF-8 text.
    :raises GenesysConfigError: it is of another form, or there are mistakes in it; the message lists them all, each
        with file, line and field.
    """
    users: dict[str, str] = {}
    mistakes: list[str] = []
    places: dict[tuple[str, str], str] = {}
    for place, *ids in _rows(source, open_path):
        written = zip(COLUMNS, ids, strict=True)
        row = {field: value.strip().lower() if isinstance(value, str) else value for field, value in written}
        found = [message for field, value in row.items() for message in _wrong(field, value)]
        found = found or [
            f"{field} {value} is there already, {places[field, value]}{_WHY_NOT_TWICE[field]}"
            for field, value in row.items()
            if (field, value) in places
        ]
        if not found:
            users[row["vonage_user_id"]] = row["genesys_user_id"]
            places |= dict.fromkeys(row.items(), place)
        mistakes += [f"{place}: {message}" for message in found]
    if mistakes:
        raise GenesysConfigError(all_mistakes("the user map has", mistakes, MAX_MISTAKES))
    if not users:
        raise GenesysConfigError("the user map is empty: no user would be transferred")
    return users


def _wrong(field: str, value: Any) -> Iterator[str]:
    """Tell what is wrong with an id, if anything."""
    if value is None or value == "":
        yield f"{field} is missing"
    elif not isinstance(value, str):
        yield f"{field} is not text"
    elif not is_uuid(value):
        yield f"{field} is no UUID: {value[:_EXCERPT]!r}"


def _rows(source: UserMap, open_path: Callable[[str], StoragePath]) -> Iterator[_Row]:
    if isinstance(source, Mapping):
        return (_Row(f"user {number}", *pair) for number, pair in enumerate(source.items(), start=1))
    if isinstance(source, str):
        if source.lstrip().startswith("{"):
            return _rows_of_mapping(source, "user_map")
        if not source.strip():
            raise GenesysConfigError("user_map is an empty path")
        source = open_path(source)
    if not hasattr(source, "open"):
        raise GenesysConfigError(f"user_map is a path or a mapping, not {type(source).__name__}")
    read = _rows_of_csv if source.name.lower().endswith(".csv") else _rows_of_mapping
    return read(read_text(source, "user_map"), source.name)


def _rows_of_mapping(text: str, name: str) -> Iterator[_Row]:
    return (_Row(f"{name}, line {pair.line}", pair.key, pair.value) for pair in pairs_of_text(text, name))


def _rows_of_csv(text: str, name: str) -> Iterator[_Row]:
    """Yield the rows of a CSV file; further columns, such as the users' names, are for people."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = [column.strip() for column in next(reader, [])]
        if any(header.count(column) != 1 for column in COLUMNS):
            found = (text.splitlines() or [""])[0][:_EXCERPT]
            raise GenesysMappingError(
                f"{name}, line 1: must name the columns {' and '.join(COLUMNS)}, separated by commas; found {found!r}"
            )
        wanted = [header.index(column) for column in COLUMNS]
        for row in reader:
            if any(field.strip() for field in row):
                place = f"{name}, line {reader.line_num}"
                yield _Row(place, *(row[index] if index < len(row) else None for index in wanted))
    except csv.Error as error:
        raise GenesysConfigError(f"{name}, line {reader.line_num}: is not CSV: {error}") from error
