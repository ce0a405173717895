"""A record as it was found in a file, whatever its format."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from airflow_provider_genesys.interactions.scope import Record

MAX_RECORD = 1_000_000
"""Characters of the longest record."""
BROKEN = "\N{REPLACEMENT CHARACTER}"
"""What stands in a text for bytes that are none in its encoding."""


class Row(NamedTuple):
    """A record as it was found.

    :param file: name of the file.
    :param line: the line in which it begins, counted from 1; of Parquet the row.
    :param record: what it holds by column; ``None`` if it cannot be read.
    :param text: the text that cannot be read.
    :param reason: why not.
    :param links_read: whether all records that it goes on in, or from, were read when it was rejected: given again, it
        does not wait for those that were no part of what was rejected.
    """

    file: str
    line: int
    record: Record | None
    text: str = ""
    reason: str = ""
    links_read: bool = False
