"""Objects as exports write them in other shapes: as names and rows, as columns, and by number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

Objects: TypeAlias = Sequence[Mapping[str, Any]]


def names_of(objects: Objects) -> list[str]:
    return sorted({name for each in objects for name in each})


def rows_of(objects: Objects) -> list[list[Any]]:
    names = names_of(objects)
    return [[each.get(name) for name in names] for each in objects]


def columns_of(objects: Objects) -> dict[str, list[Any]]:
    return {name: [each.get(name) for each in objects] for name in names_of(objects)}


def numbered(values: Sequence[Any]) -> dict[str, Any]:
    return {str(at): value for at, value in enumerate(values)}
