"""Versions of records, of which the greatest counts."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from functools import reduce
from typing import Any, NamedTuple

_DIGEST = re.compile("#[0-9a-f]{32}")
"""What stands for all that a row says where it has no version; any order will do, if it is always the same."""
_NUMBER = re.compile(r"[-+]?[0-9]{1,40}(\.[0-9]{1,40})?([eE][-+]?[0-9]{1,2})?")
_FRACTION = re.compile(r"(?<=:[0-9]{2})[.,]([0-9]+)")
_NUMBERED = re.compile(r"([^0-9]*)([0-9]+(?:\.[0-9]+)*)([^0-9]*)")
_DAY = re.compile(r"[0-9]{1,2}\.[0-9]{1,2}\.[0-9]{4}|[0-9]{2}(\.[0-9]{2}){2}")


class VersionError(ValueError):
    """Versions of which nobody can tell which is the greater; the message says why."""


class _Key(NamedTuple):
    kind: str
    value: Any


def is_newer(version: str, other: str) -> bool:
    """Tell whether a version is greater than another.

    Both are times as ISO writes them, both with their zone or both without; numbers; or numbers with dots, with the
    same text around them, such as ``v9`` and ``v10``.

    :raises VersionError: they are different, and not of one of these kinds.
    """
    if version == other:
        return False
    for one, another in zip(_keys(version), _keys(other), strict=True):
        if one is not None and another is not None and one.kind == another.kind:
            return bool(one.value > another.value)
    both = " and ".join(map(repr, sorted((version, other))))
    raise VersionError(
        f"of its versions {both} nobody can tell the newer: they are "
        "times as 2026-11-16T08:00:00Z (for others say version: {time: ..., format: ...}), numbers, "
        "or such as v9 and v10"
    )


def newest(versions: Iterable[str | None]) -> str | None:
    """Return the greatest of the versions of several records; of such as have no order, that of their texts."""
    known = [version for version in versions if version is not None]
    return reduce(_greater, known) if known else None


def _greater(one: str, other: str) -> str:
    try:
        return other if is_newer(other, one) else one
    except VersionError:
        return max(one, other)


def _keys(version: str) -> tuple[_Key | None, ...]:
    """Return what a version is as each kind that it may be, in the order in which they are asked."""
    digest = _Key("digest", version) if _DIGEST.fullmatch(version) else None
    number = _Key("number", Decimal(version)) if _NUMBER.fullmatch(version) else None
    return digest, number, None if number else _time(version), _numbered(version)


def _time(version: str) -> _Key | None:
    """Return a time, to any part of a second."""
    fraction = _FRACTION.search(version)
    try:
        found = datetime.fromisoformat(_FRACTION.sub("", version, count=1))
    except ValueError:
        return None
    rest = Decimal(f"0.{fraction[1]}") if fraction else Decimal(0)
    if found.tzinfo is None:
        return _Key("local time", (found, rest))
    try:
        return _Key("time", (found.astimezone(UTC), rest))
    except OverflowError:
        return None


def _numbered(version: str) -> _Key | None:
    """Return a number with dots and the text around it; days are none, of which the first number says least."""
    found = _NUMBERED.fullmatch(version)
    if found is None or _DAY.fullmatch(found[2]):
        return None
    before, numbers, after = found.groups()
    return _Key(f"{before}#{after}", tuple(map(int, numbers.split("."))))
