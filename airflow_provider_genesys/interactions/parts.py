"""What a value is put together from, or cut out of: several texts, a part of one, an element of a list."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from airflow_provider_genesys.interactions.scope import BadValueError

if TYPE_CHECKING:
    from airflow_provider_genesys.interactions.scope import Scope, Value

CUTS = ("after", "before", "before_last")
"""Verbs that take a part of a text, in the order in which they do: what is behind another text, or in front of it."""


def single(get: Callable[[Scope], Any], name: str) -> Callable[[Scope], Any]:
    """Return what gives a value, and refuses an object or a list.

    :raises BadValueError: it is one.
    """

    def one(scope: Scope) -> Any:
        value = get(scope)
        if isinstance(value, Mapping | list | tuple):
            raise BadValueError(f"{name} is no single value")
        return value

    return one


def joined(parts: Sequence[Value], sign: str, *, whole: bool = False) -> Callable[[Scope], str | None]:
    """Return what puts texts together, such as a date and a time; what is empty is left out.

    :param sign: what is between them.
    :param whole: whether there is nothing at all if the first is empty.
    """

    def get(scope: Scope) -> str | None:
        texts = [part.get(scope) for part in parts]
        if whole and texts[0] is None:
            return None
        return sign.join(text for text in texts if text is not None) or None

    return get


def part_of(get: Callable[[Scope], Any], verb: str, sign: str) -> Callable[[Scope], str | None]:
    """Return what takes a part of a text; all of it, where the sign is not in it.

    :param verb: one of :data:`CUTS`.
    """

    def cut(scope: Scope) -> str | None:
        text: str | None = get(scope)
        if text is None or sign not in text:
            return text
        if verb == "after":
            part = text.split(sign, 1)[1]
        else:
            part = text.split(sign, 1)[0] if verb == "before" else text.rsplit(sign, 1)[0]
        return part.strip() or None

    return cut


def elements(listed: Any, name: str) -> Iterator[Mapping[str, Any]]:
    """Yield the objects in a list; nothing is a list of none.

    :raises BadValueError: it is something else.
    """
    if listed is None:
        return
    if not isinstance(listed, list | tuple) or not all(isinstance(each, Mapping) for each in listed):
        raise BadValueError(f"{name} is no list of objects")
    yield from listed
