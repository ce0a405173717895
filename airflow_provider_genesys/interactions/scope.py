"""One record while its values are looked at, and what a value of a mapping file is once it is compiled."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from airflow_provider_genesys.interactions.depths import unfolded

Record: TypeAlias = Mapping[str, Any]


class BadValueError(ValueError):
    """A value of a record that is not what it should be; the message says which and why."""


@dataclass(slots=True)
class Scope:
    """One record while its values are looked at."""

    record: Record
    named: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Value:
    """A compiled value.

    :param get: returns text or a moment, or ``None`` where there is nothing.
    :param is_moment: which of them.
    :param words: texts that the mapping file itself gives it, such as those of a table, each with its line.
    """

    get: Callable[[Scope], Any]
    is_moment: bool = False
    words: tuple[tuple[str, int], ...] = ()


Condition: TypeAlias = Callable[[Scope], bool]


def find(record: Record, name: str, parts: Sequence[str]) -> Any:
    """Return what a column holds: one of just this name, else what the dotted name leads to; nothing is ``None``."""
    value = record.get(name)
    if value is None and len(parts) > 1:
        value = record
        for part in parts:
            value = unfolded(value)
            if isinstance(value, Mapping):
                value = value.get(part)
            elif isinstance(value, list | tuple) and part.isdigit() and int(part) < len(value):
                value = value[int(part)]
            else:
                return None
    if isinstance(value, str):
        value = value.strip()
    return None if value in ("", {}, [], ()) else value
