"""What lies deeper in a record than a dotted name by itself leads to: JSON in a text, and each element of a list."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Protocol, TypeAlias

_DECODER = json.JSONDecoder(parse_float=str, parse_int=str, parse_constant=str)


class HasRecord(Protocol):
    """A record while its values are looked at."""

    @property
    def record(self) -> Mapping[str, Any]:
        """The record."""


_Get: TypeAlias = Callable[[HasRecord], Any]
_Condition: TypeAlias = Callable[[HasRecord], bool]


def unfolded(value: Any) -> Any:
    """Return the object or list that is written down as JSON in a text; all else, and broken JSON, as it is."""
    if not isinstance(value, str) or not value.startswith(("{", "[")):
        return value
    try:
        found = _DECODER.decode(value)
        if "\\u" in value:
            json.dumps(found, ensure_ascii=False).encode()  # which refuses halves of characters
    except (ValueError, RecursionError):
        return value
    return found


def any_of(name: str, matching: Callable[[_Get], Any]) -> _Condition:
    """Return a condition that is true if it is of any of the values to which a name with ``*`` leads.

    Where it leads to none, the condition is about what is empty.

    :param name: such as ``Contacts.*.State``.
    :param matching: makes the condition for one of them, of what returns that one.
    """
    parts = name.split(".")
    found: list[Any] = [None]
    condition = matching(lambda _: found[0])

    def test(scope: HasRecord) -> bool:
        for value in list(_values(scope.record, parts)) or [None]:
            found[:] = [value]
            if condition(scope):
                return True
        return False

    return test


def _values(value: Any, parts: list[str]) -> Iterator[Any]:
    """Yield what a name leads to; each element of a list for ``*``, and nothing where it leads nowhere."""
    if not parts:
        if value not in (None, "", {}, [], ()):
            yield str(value).lower() if isinstance(value, bool) else value if _is_deep(value) else str(value).strip()
        return
    value, (part, *rest) = unfolded(value), parts
    if part == "*" and isinstance(value, list | tuple):
        for each in value:
            yield from _values(each, rest)
    elif isinstance(value, Mapping):
        yield from _values(value.get(part), rest)
    elif isinstance(value, list | tuple) and part.isdigit() and int(part) < len(value):
        yield from _values(value[int(part)], rest)


def _is_deep(value: Any) -> bool:
    return isinstance(value, Mapping | list | tuple)
