"""What a compiled value does with a record: functions that give text, a moment or a duration, made of other values."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from airflow_provider_genesys.interactions.durations import duration
from airflow_provider_genesys.interactions.scope import BadValueError, Condition, Scope, Value

if TYPE_CHECKING:
    from airflow_provider_genesys.interactions.moments import TimeForm

_LONGEST = 60


def constant(text: str, line: int) -> Value:
    """Return a text that stands for itself, on a line of the mapping file."""
    return Value(lambda _: text, words=((text, line),))


def first_of(values: Sequence[Value], *, is_moment: bool) -> Value:
    """Return a value that is the first of several that is there."""

    def get(scope: Scope) -> Any:
        for value in values:
            if (found := value.get(scope)) is not None:
                return found
        return None

    return Value(get, is_moment, tuple(word for value in values for word in value.words))


def only_when(condition: Condition, value: Value) -> Value:
    """Return a value where a condition is true, else nothing."""
    return replace(value, get=lambda scope: value.get(scope) if condition(scope) else None)


def checked(value: Value, choices: Sequence[str], name: str) -> Value:
    """Return a value that may be nothing but certain texts; raises :class:`BadValueError` for any other."""

    def get(scope: Scope) -> Any:
        text = value.get(scope)
        if text is not None and text not in choices:
            raise BadValueError(f"{name} must be one of {', '.join(choices)}, not {_cut(text)}")
        return text

    return Value(get)


def looked_up(value: Value, table: Mapping[str, str], other: Value | None, name: str) -> Callable[[Scope], Any]:
    """Return what a table says of a value; of one that is not in it ``other``, else raises :class:`BadValueError`."""

    def get(scope: Scope) -> Any:
        text = value.get(scope)
        if text in table:
            return table[text]
        if other is not None:
            return other.get(scope)
        if text is None:
            return None
        raise BadValueError(f"{name} {_cut(text)} is not in the table")

    return get


def moment_of(
    value: Value, form: TimeForm, at: Callable[[Scope], timedelta] | None, shown: str, bound: Value | None = None
) -> Callable[[Scope], datetime | None]:
    """Return what makes a moment of a text.

    :param at: gives the time of the day, of texts that are days only.
    :param shown: what a message calls the text.
    :param bound: gives a time before which it cannot be.
    """

    def get(scope: Scope) -> datetime | None:
        text = value.get(scope)
        if text is None:
            return None
        try:
            not_before = partial(bound.get, scope) if bound else None
            return form.moment(text, at(scope) if at else None, not_before)
        except BadValueError:
            raise
        except ValueError as error:
            raise BadValueError(f"{shown} {_cut(text)} {error}") from None

    return get


def moved(
    moment: Callable[[Scope], datetime | None], durations: Callable[[Scope], timedelta], sign: int
) -> Callable[[Scope], datetime | None]:
    """Return what gives a moment so much later, or earlier where ``sign`` is -1."""

    def get(scope: Scope) -> datetime | None:
        found = moment(scope)
        return None if found is None else found + sign * durations(scope)

    return get


def lasting(value: Value, notation: str | None, decimal: str, shown: str) -> Callable[[Scope], timedelta]:
    """Return what makes a duration of a text, which has to be there.

    :param notation: as :func:`~airflow_provider_genesys.interactions.durations.duration` takes it, as ``decimal``.
    :param shown: what a message calls the text.
    """

    def get(scope: Scope) -> timedelta:
        text = value.get(scope)
        if text is None:
            raise BadValueError(f"{shown} is empty, and a duration is wanted")
        try:
            return duration(text, notation, decimal)
        except ValueError as error:
            raise BadValueError(f"{shown} must be {error}, not {_cut(text)}") from None

    return get


def text_of(value: Any) -> str | None:
    """Return what a condition compares: of an object or a list, or of a time, nothing is equal to a text."""
    return value if isinstance(value, str) else None


def _cut(text: str) -> str:
    """Return a value as a message may repeat it."""
    return repr(text if len(text) <= _LONGEST else f"{text[:_LONGEST]}...")
