"""Which of a mapping's columns a file does not have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from airflow_provider_genesys.interactions.mistakes import did_you_mean
from airflow_provider_genesys.interactions.rows import BROKEN


def unknown_columns(
    columns: Mapping[str, int], header: Sequence[str], where: str, values: Sequence[str]
) -> list[tuple[str, int]]:
    """Return what is wrong with the names of columns, by a header, and on which line of the mapping each is.

    Where a header is read in an encoding that it is not in, nothing is said of columns whose names may be broken in it.

    :param header: the names of all columns; those of Parquet also with dots, ``*`` being an element of a list.
    :param where: what is said of where they are not, such as ``in calls.csv``; may be empty.
    :param values: the mapping's own names for values, which may be meant too.
    """
    known = frozenset(header)
    is_broken = any(BROKEN in name for name in header)
    return [
        (f"there is no column {name!r}{f' {where}' if where else ''}{did_you_mean(name, [*values, *header])}", line)
        for name, line in columns.items()
        if not _is_there(name, known) and not (is_broken and not name.isascii())
    ]


def _is_there(name: str, known: frozenset[str]) -> bool:
    """Tell whether a column is known; or one whose text may be JSON, in which the rest of a dotted name is."""
    if name in known:
        return True
    parts = ["*" if part.isdigit() else part for part in name.split(".")]
    for length in range(len(parts), 0, -1):
        begin = ".".join(parts[:length])
        if begin in known:
            return length == len(parts) or not any(each.startswith(f"{begin}.") for each in known)
    return False
