"""Whether what is read is a record of the mapping, or something that holds records, and would count as one.

The rule for all shapes: a value is no record that has next to nothing of what the mapping reads, and holds objects that
have more of it. To skip or reject it as one record would hide how many are lost.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from airflow_provider_genesys.exceptions import GenesysSourceError
from airflow_provider_genesys.files.holding import (
    holds_nothing,
    is_made_of_columns,
    lists_in,
    parse,
    parts,
    shown,
    under,
)
from airflow_provider_genesys.interactions.scope import BadValueError, find

if TYPE_CHECKING:
    from airflow_provider_genesys.interactions.mapping_file import RecordMapping
    from airflow_provider_genesys.interactions.rows import Row
    from airflow_provider_genesys.interactions.scope import Record

_FEW = 1
"""Fields that something else may have too, such as ``status``."""
_MORE = 2
"""Fields that a record has more than what holds it, at least."""
_TOLD = 3
"""Names of fields in a message."""
_PLAIN = re.compile(r"[A-Za-z_][\w-]*")
_GIVE = "give the records themselves, one a line or as a JSON array"


def belonging(rows: Iterable[Row], fields: Fields, file: str) -> Iterator[Row]:
    """Yield the rows of an input; what holds no records, as an export writes it of an hour without any, is none.

    :param fields: what the mapping reads.
    :param file: the input's name, for messages.
    :raises GenesysSourceError: one holds records and would count as one; or not one has a field that the mapping reads,
        and some are skipped.
    """
    mapping = fields.mapping
    count = skipped = 0
    is_foreign = True
    for row in rows:
        wrong, is_there = fields.look_at(row)
        if wrong is not None:
            raise GenesysSourceError(wrong, file=row.file, line=row.line)
        if not is_there and row.record is not None and fields.are_none_in(row.record):
            continue
        is_foreign = is_foreign and not is_there
        skipped += is_foreign and row.record is not None and _is_skipped(row.record, mapping)
        count += 1
        yield row
    if skipped and is_foreign:
        names = ", ".join(list(mapping.columns)[:_TOLD])
        raise GenesysSourceError(
            f"not one of its records ({count:,}) has any of the fields that {mapping.file} reads, such as {names}, so "
            "that they would be skipped or rejected: they are another platform's, or hold the records in a way that is "
            "not known",
            file=file,
        )


def _is_skipped(record: Record, mapping: RecordMapping) -> bool:
    try:
        return mapping.skips(record)
    except BadValueError:
        return False  # it is rejected, and its reason says why


def _as_one(how: str, advice: str = _GIVE) -> str:
    return f"{how}, and would count as one record: {advice}"


class Fields:
    """What a mapping reads of a record, and how much of it is in what is read.

    Its columns are known by the keys that an object has at least where one may lead to something in it.
    """

    def __init__(self, mapping: RecordMapping) -> None:
        self.mapping = mapping
        self._columns: dict[str, set[str]] = {}
        for column in mapping.columns:
            for name in (column, column.split(".")[0]):
                self._columns.setdefault(name, set()).add(column)
        self._names = frozenset(self._columns)
        self._dialect = mapping.dialect

    def look_at(self, row: Row) -> tuple[str | None, bool]:
        """Say how a row holds records that would be lost, and what to do about it; and whether it has any field.

        This runs for every record: one that has several fields is looked at no further.
        """
        if row.record is None:
            return self._wrong_in_text(row.text), False
        there = len(self._names.intersection(row.record))
        if there > _FEW and not is_made_of_columns(row.record):
            return None, True
        return self._wrong_in(row.record), there > 0

    def held_in(self, record: Record, file: str, line: int) -> list[Any] | None:
        """Return the records that an object holds where the mapping says so; ``None`` of one that is a record itself.

        A record may have a list or an object of that name too.

        :param file: where it is, for messages.
        :param line: on which it begins there.
        :raises GenesysSourceError: it may be either, and what it holds would be lost.
        """
        held = None if self._dialect.records is None else record.get(self._dialect.records)
        if not isinstance(held, list | Mapping):
            return None
        is_record = len(self._names.intersection(record) - {self._dialect.records}) > _FEW
        own = len(self._values(dict(record))) if is_record else 0
        if is_record and not self._is_plain(held, own + _MORE):
            if self._is_plain(held, own + 1):
                raise GenesysSourceError(
                    f"this object has fields of a record itself, and holds records in {self._dialect.records!r}: if it "
                    f"is one, leave out reads: {{records: {self._dialect.records}}}, else {_GIVE}",
                    file=file,
                    line=line,
                )
            return None
        return held if isinstance(held, list) else [held]

    def are_none_in(self, record: Record) -> bool:
        """Tell whether a record says that there are none."""
        return holds_nothing(record, lambda name: name == self._dialect.records)

    def _wrong_in_text(self, text: str) -> str | None:
        """Look at what is no record for another reason, be it torn or too long."""
        if self._dialect.format != "json" or text[:1] not in {"{", '"'}:
            return None
        record = text.encode("utf-8", "replace")
        try:
            value = parse(record)
        except (ValueError, RecursionError):
            return self._wrong_in_torn(record)
        if isinstance(value, dict):
            return self._wrong_in(value)
        has_several = self._count(value, _MORE) > 1 or self._is_table({"": value})
        return _as_one("this is no object, and records are in it") if has_several else None

    def _wrong_in_torn(self, record: bytes) -> str | None:
        for name, before, first in lists_in(record):
            if name in self._names or not self._is_record_in(first):
                continue
            said = before.decode("utf-8", "replace")
            if sum(f'"{each}"' in said for each in self._names) > _FEW:
                return None  # nor does any list further behind have less before it
            return _as_one(under(name, "records"), self._say(name) if said.strip() == "{" else _GIVE)
        return None

    def _is_record_in(self, element: bytes) -> bool:
        try:
            return self._count(parse(element), _MORE) > 0
        except (ValueError, RecursionError):
            return False

    def _wrong_in(self, record: Record) -> str | None:
        outer = dict(record)
        values = self._values(outer)
        if len(values) > _FEW:
            return _as_one("this object holds records as columns") if self._are_columns(outer) else None
        enough = len(values) + _MORE
        found = {name: self._count(value, enough) for name, value in outer.items() if name not in self._names}
        if any(found.values()):
            name = max(found, key=found.__getitem__)
            is_plain = found[name] == sum(found.values()) and self._is_plain(outer[name], enough)
            return _as_one(under(name, "records"), self._say(name) if is_plain else _GIVE)
        return _as_one("this object holds records as rows") if not values and self._is_table(outer) else None

    def _values(self, value: Any) -> list[Any]:
        """Return what the fields lead to in an object, where they do."""
        names = self._names.intersection(value) if isinstance(value, dict) else ()
        columns = {column for name in names for column in self._columns[name]}
        found = (find(value, column, column.split(".")) for column in columns)
        return [each for each in found if each is not None]

    def _count(self, value: Any, enough: int) -> int:
        """Return how many objects in a value have so many of the fields."""
        return sum(len(self._values(part)) >= enough for part in parts(value))

    def _is_plain(self, value: Any, enough: int) -> bool:
        """Tell whether a value is a record, or a list of them."""
        return any(len(self._values(each)) >= enough for each in (value if isinstance(value, list) else [value]))

    def _are_columns(self, value: dict[str, Any]) -> bool:
        """Tell whether fields lead to nothing but columns: an object of several like objects has values in these."""
        if not is_made_of_columns(value):
            return False
        values = self._values(value)
        return len(values) > 1 and all(isinstance(each, dict | list) for each in values)

    def _is_table(self, outer: dict[str, Any]) -> bool:
        """Tell whether fields are columns in it, or their names stand in a list and rows of values in another."""
        found = [*parts(outer)]
        if any(isinstance(part, dict) and self._are_columns(part) for part in found):
            return True
        lists = [part for part in found if isinstance(part, list)]
        names = any(sum(isinstance(each, str) and each in self._names for each in part) >= _MORE for part in lists)
        return names and any(sum(isinstance(row, list) for row in part) > 1 for part in lists)

    def _say(self, key: str) -> str:
        """Return how to say where the records are, which only JSON knows, of a key that is no data."""
        if self._dialect.format != "json" or key == self._dialect.records or key != shown(key):
            return _GIVE
        written = key if _PLAIN.fullmatch(key) and key.casefold() != "null" else json.dumps(key)
        return f"say reads: {{records: {written}}} in the mapping, or in one of your own that extends it; or {_GIVE}"
