"""How the files of a platform's records are written."""

from __future__ import annotations

import codecs
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from airflow_provider_genesys.files.documents import Node
    from airflow_provider_genesys.interactions.mistakes import Mistakes

FORMATS = ("csv", "json", "log", "parquet")
READS = ("format", "delimiter", "encoding", "header", "decimal", "tables", "records")
"""What a mapping file may say of it."""
TABLES = ("one", "several")


@dataclass(frozen=True, slots=True)
class Dialect:
    """How the records' files are written.

    A file of Parquet is known by its first bytes, whatever the format is.

    :param format: one of :data:`FORMATS`; ``json`` is JSON Lines, arrays, and objects behind each other; ``log``
        lines that know no quotation marks and whose last columns may be missing; ``parquet`` nothing but Parquet.
    :param delimiter: between the columns of CSV or a log.
    :param encoding: of the text.
    :param header: names of the columns of CSV or a log; ``None`` if the first line of CSV has them.
    :param records: of JSON whose objects may be pages of an answer, or envelopes, the name of the list in them that has
        the records, or of the record.
    :param several: whether the files are of several tables, each with some of the columns.
    """

    format: str = "json"
    delimiter: str = ","
    encoding: str = "utf-8"
    header: tuple[str, ...] | None = None
    several: bool = False
    records: str | None = None

    @property
    def has_columns(self) -> bool:
        """Whether each record has all columns, so that one that a file does not have is a mistake."""
        return self.format in {"csv", "parquet"}


def read_dialect(reads: Mapping[str, Node], mistakes: Mistakes) -> tuple[Dialect, str]:
    """Return how files are written, and the decimal sign of numbers in them.

    :param reads: what a mapping file says of it, by the names of :data:`READS`.
    :param mistakes: where what is wrong is noted.
    """
    texts = {name: each.value for name, each in reads.items() if name != "header" and isinstance(each.value, str)}
    for name in reads.keys() - texts.keys() - {"header"}:
        mistakes.add(reads[name].line, f"{name} must be text")
    format_ = texts.get("format", "json")
    if format_ not in FORMATS:
        mistakes.unknown(reads["format"].line, "the format", format_, FORMATS)
    given = texts.get("delimiter", "|" if format_ == "log" else ",")
    delimiter = {"tab": "\t"}.get(given, given)
    if len(delimiter) != 1 or delimiter in '"\r\n':
        mistakes.add(reads["delimiter"].line, "delimiter must be one sign, or tab")
    decimal = texts.get("decimal", ".")
    if decimal not in {".", ","}:
        mistakes.add(reads["decimal"].line, "decimal must be . or ,")
    tables = _tables(reads, texts, mistakes)
    _refuse_stray(reads, format_, mistakes)
    encoding = _encoding(reads.get("encoding"), texts.get("encoding", "utf-8"), mistakes)
    header = _header(reads.get("header"), mistakes)
    if format_ == "log" and header is None:
        mistakes.add(reads["format"].line, "the format log needs header, a list of all columns' names")
    return Dialect(format_, delimiter, encoding, header, tables == "several", texts.get("records")), decimal


def _tables(reads: Mapping[str, Node], texts: Mapping[str, str], mistakes: Mistakes) -> str:
    tables = texts.get("tables", "one")
    if tables not in TABLES:
        mistakes.unknown(reads["tables"].line, "tables", tables, TABLES)
    if tables == "several" and "header" in reads:
        mistakes.add(reads["tables"].line, "several tables have their columns' names in their first lines")
    return tables


def _refuse_stray(reads: Mapping[str, Node], format_: str, mistakes: Mistakes) -> None:
    """Note what goes with another format."""
    of_formats = {
        "delimiter": ("csv", "log"),
        "encoding": ("csv", "json", "log"),
        "header": ("csv", "log"),
        "records": ("json",),
        "tables": ("csv", "parquet"),
    }
    for name, formats in of_formats.items():
        if name in reads and format_ in FORMATS and format_ not in formats:
            words = f"{'formats' if len(formats) > 1 else 'format'} {' and '.join(formats)}"
            mistakes.add(reads[name].line, f"{name} goes with the {words}")


def _encoding(node: Node | None, name: str, mistakes: Mistakes) -> str:
    try:
        if not codecs.lookup(name)._is_text_encoding:  # noqa: SLF001 - what open() itself asks
            raise LookupError
    except LookupError:
        if node is not None:
            mistakes.add(node.line, f"there is no encoding {name!r}; try utf-8, utf-16 or cp1252")
        return "utf-8"
    return name


def _header(node: Node | None, mistakes: Mistakes) -> tuple[str, ...] | None:
    if node is None or node.value == "true":
        return None
    if not isinstance(node.value, list) or not node.value:
        mistakes.add(node.line, "header must be a list of all columns' names; left out, the first line has them")
        return None
    names = tuple(str(each.value) for each in node.value)
    if len(set(names)) < len(names):
        mistakes.add(node.line, "header has a name twice")
    return names
