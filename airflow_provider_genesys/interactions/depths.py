"""What lies deeper in a record than a dotted name by itself leads to: JSON in a text, and each element of a list."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from airflow_provider_genesys.interactions.values import Condition, Scope

_Get: TypeAlias = "Callable[[Scope], Any]"
_DECODER = json.JSONDecoder(parse_float=str, parse_int=str, parse_constant=str)


def unfolded(value: Any) -> Any:
    """Return the object or list that is written down as JSON in a text; all else, and broken JSON, as it is."""
    if not isinstance(value, str) or not value.startswith(("{", "[")):
        return value
    try:
        return _DECODER.decode(value)
    except (ValueError, RecursionError):
        return value


def any_of(name: str, matching: Callable[[_Get], Condition]) -> Condition:
    """Return a condition that is true if it is of any of the values to which a name with ``*`` leads.

    :param name: such as ``Contacts.*.State``.
    :param matching: makes the condition for one of them, of what returns that one.
    """
    parts = name.split(".")
    found: list[Any] = [None]
    condition = matching(lambda _: found[0])

    def test(scope: Scope) -> bool:
        for value in _values(scope.record, parts):
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
