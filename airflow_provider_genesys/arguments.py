"""What an argument may be: the one place that decides it, for operators, sensors, transfers, hooks and settings.

An argument is of its type, and nothing is taken for it that only looks like it: text is no number and no bool, and a
bool is no number. Two things are allowed for, since templates make them: a whole number is text where text is wanted,
and a path object is the path it stands for. Text in which a template still stands is nothing at all.
"""

from __future__ import annotations

import math
import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

from airflow_provider_genesys.exceptions import GenesysConfigError
from airflow_provider_genesys.files.refusals import visible_path
from airflow_provider_genesys.files.storage import StoragePath

_LONGEST = 80
"""Characters of a value that a message repeats."""

LONGEST_WAIT = 3_155_760_000
"""Seconds that anything may wait: a century, since dates have an end. Who means for ever can say so with that."""

_TEMPLATE = re.compile(r"{[{%]")

AnyPath: TypeAlias = str | os.PathLike[str] | StoragePath
"""A path as Dag authors write it: text, ``pathlib.Path`` or Airflow's ``ObjectStoragePath``."""


def _as_it_is(value: Any) -> Any:
    return value


@dataclass(frozen=True, slots=True)
class ArgumentRule:
    """What one argument may be.

    :param wanted: that in words, to follow *must be*.
    :param accepts: tells whether a value is that.
    :param read: returns what an accepted value stands for.
    :param secret: whether messages must not repeat a value.
    """

    wanted: str
    accepts: Callable[[Any], bool]
    read: Callable[[Any], Any] = _as_it_is
    secret: bool = False

    def __or__(self, other: ArgumentRule) -> ArgumentRule:
        """Return the rule for what may be one or the other."""
        return ArgumentRule(
            f"{self.wanted} or {other.wanted}",
            lambda value: self.accepts(value) or other.accepts(value),
            lambda value: self.read(value) if self.accepts(value) else other.read(value),
            self.secret or other.secret,
        )


def read(name: str, value: Any, rule: ArgumentRule) -> Any:
    """Return what an argument stands for.

    :param name: its name, for the message.
    :param value: what was given.
    :param rule: what it may be.
    :raises GenesysConfigError: it is something else; the message names the argument, what was given, unless that may
        be a secret, and what is allowed.
    """
    value = at_once(value)
    if rule.accepts(value):
        return rule.read(value)
    given = type(value).__name__ if rule.secret else _shown(value)
    raise GenesysConfigError(f"{name} must be {rule.wanted}, not {given}")


def one_of(*choices: str) -> ArgumentRule:
    """Return the rule for one of some words."""
    return ArgumentRule(_listed(choices), lambda value: isinstance(value, str) and value in choices)


def number(lowest: float, highest: float | None = None, *, whole: bool = False) -> ArgumentRule:
    """Return the rule for a number from the lowest to the highest, both of which it may be; without end it is none."""

    def accepts(value: Any) -> bool:
        if isinstance(value, bool) or not isinstance(value, int if whole else int | float):
            return False
        return bool(lowest <= value < math.inf and (highest is None or value <= highest))

    kind = "a whole number" if whole else "a number"
    return ArgumentRule(f"{kind} from {lowest:,} {'on' if highest is None else f'to {highest:,}'}", accepts)


def templated(rule: ArgumentRule) -> ArgumentRule:
    """Return the rule for a whole number that may come out of a template, which makes text of it."""

    def number_in(value: Any) -> Any:
        is_number = isinstance(value, str) and value.strip().isascii() and value.strip().isdigit()
        return int(value) if is_number else value

    return replace(rule, accepts=lambda value: rule.accepts(number_in(value)), read=number_in)


def optional(rule: ArgumentRule, *, blank: bool = False) -> ArgumentRule:
    """Return the rule for what may be left out.

    :param rule: what it is else.
    :param blank: whether text without anything in it, as templates make it of nothing, is left out too.
    """

    def left_out(value: Any) -> bool:
        return value is None or (blank and isinstance(value, str) and not value.strip())

    return replace(
        rule,
        wanted=f"{rule.wanted} or None",
        accepts=lambda value: left_out(value) or rule.accepts(value),
        read=lambda value: None if left_out(value) else rule.read(value),
    )


def is_list(value: Any) -> bool:
    """Tell whether it is a list: text and bytes, which have a length too, are none."""
    return isinstance(value, Sequence) and not isinstance(value, str | bytes | bytearray)


def at_once(value: Any) -> Any:
    """Return a value as it is, but a list that Airflow reads only when it is asked for with all that is in it.

    The results of a mapped task are read one by one otherwise, and for the one behind the last Airflow logs an error.
    """
    if not is_list(value):
        return value
    if not isinstance(value, list | tuple):
        with suppress(TypeError, ValueError):  # not all that has an order can be cut; on Airflow 3.0 no results can
            value = value[:]
    return [at_once(each) for each in value] if any(map(is_list, value)) else value


def _is_rendered(text: str) -> bool:
    """Tell whether no template stands in a text; JSON may have such braces in its texts, but begins with one alone."""
    start = text.lstrip()
    return _TEMPLATE.search(start) is None or (start[:1] in {"[", "{"} and _TEMPLATE.match(start) is None)


def _is_text(value: Any) -> bool:
    if isinstance(value, int):
        return not isinstance(value, bool)
    return isinstance(value, str) and value.strip() not in {"", "None"} and _is_rendered(value)


def _is_path(value: Any) -> bool:
    value = _spelt(value)
    return isinstance(value, str) and _is_text(value) and "\0" not in value


def _spelt(value: Any) -> Any:
    """Return the text of a path object, and all else as it is."""
    if hasattr(value, "storage_options"):  # Airflow's ObjectStoragePath, of which not every version is an os.PathLike
        return str(value)
    return os.fspath(value) if isinstance(value, os.PathLike) else value


def _path(value: Any) -> Any:
    """Return a path as text, which says where it is; but an object that has options besides stays as it is."""
    beside = getattr(value, "storage_options", {}).keys() - {"conn_id"}  # the connection is in the text as well
    return value if beside else _spelt(value)


def _is_source(value: Any) -> bool:
    if is_list(value):
        return all(map(_is_source, value))
    return isinstance(value, Mapping) or _is_path(value)


def _source(value: Any) -> Any:
    if is_list(value):
        return [_source(each) for each in value]
    return value if isinstance(value, Mapping) else _path(value)


FLAG = ArgumentRule("True or False", lambda value: isinstance(value, bool))
TEXT = ArgumentRule("text", _is_text, str)
SECRET = ArgumentRule("text", lambda value: isinstance(value, str) and _is_rendered(value), secret=True)
PATH = ArgumentRule("a path", _is_path, _path)
FILE = replace(PATH, wanted="an absolute path or an address on a store")
FOLDER = replace(PATH, wanted="a folder, its absolute path or its address on a store")
TIME = ArgumentRule(
    "a time with a zone, such as 2026-11-16T08:00:00Z",
    lambda value: _time(value) is not None,
    lambda value: _time(value),  # noqa: PLW0108 - it is defined below
)
MAPPING = ArgumentRule("a mapping", lambda value: isinstance(value, Mapping))
JSON_TEXT = ArgumentRule("its JSON text", lambda value: isinstance(value, str) and _is_rendered(value))
ROWS = ArgumentRule(
    "a list of mappings", lambda value: is_list(value) and all(isinstance(each, Mapping) for each in value)
)
TEXTS = ArgumentRule(
    "a list of text",
    lambda value: is_list(value) and all(map(_is_text, value)),
    lambda value: [str(each) for each in value],
)
SOME_TEXTS = replace(
    TEXTS, wanted="a list of at least one text", accepts=lambda value: TEXTS.accepts(value) and len(value) > 0
)
ITERABLE = ArgumentRule(
    "a list of ids", lambda value: isinstance(value, Iterable) and not isinstance(value, str | bytes)
)
CALLABLE = ArgumentRule("something to call", callable)


def _time(value: Any) -> datetime | None:
    """Return a time, or what the text of one stands for; ``None`` for all else, and for a time without a zone."""
    try:
        time = datetime.fromisoformat(value.strip()) if isinstance(value, str) else value
        is_a_moment = isinstance(time, datetime) and time.utcoffset() is not None and time.astimezone(UTC)
    except (ValueError, OverflowError):  # the latter at the ends of time, which another zone is beyond
        return None
    return time if is_a_moment else None


def _percent(value: Any) -> float | None:
    """Return the number in a text such as ``0.5%``; ``None`` for all else."""
    return float(value.strip()[:-1]) if isinstance(value, str) and value.strip().endswith("%") else None


def _is_amount(value: Any) -> bool:
    """Tell whether it is a number or a share, or the text of one, which a template makes of it."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return False
    try:
        percent = _percent(value)
        return 0 <= float(value) < math.inf if percent is None else 0 <= percent <= 100  # noqa: PLR2004 - per cent
    except (ValueError, OverflowError):
        return False


def amount_of(value: float | str, count: int) -> float:
    """Return how many of so many an :data:`AMOUNT` is."""
    percent = _percent(value)
    return float(value) if percent is None else count * percent / 100


_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_DURATION = re.compile(r"(\d{1,9}(?:\.\d{1,9})?) ?([smhd])")


def _duration(value: Any) -> timedelta | None:
    """Return the duration that a text such as ``2h`` or ``90 m`` tells, or that a value is; else ``None``."""
    if isinstance(value, timedelta):
        return value if timedelta() <= value <= _LONGEST_DURATION else None
    match = _DURATION.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None or float(match[1]) > _LONGEST_DURATION / timedelta(**{_UNITS[match[2]]: 1}):
        return None
    return timedelta(**{_UNITS[match[2]]: float(match[1])})


_LONGEST_DURATION = timedelta(days=365)
DURATION = ArgumentRule(
    "a duration of up to a year: a timedelta, or text such as '90m', '2h' or '1d'",
    lambda value: _duration(value) is not None,
    _duration,
)
AMOUNT = ArgumentRule("a number from 0 on, or a share such as '0.5%'", _is_amount)
SOURCE = ArgumentRule("a path, a list of paths, events (dict) or their JSON text", _is_source, _source)


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


def _shown(value: Any) -> str:
    """Return a value as a message may repeat it: what could hold anything is named by its type."""
    value = _spelt(value)
    if isinstance(value, str):
        shown = repr(visible_path(value))
        shown = shown if len(shown) <= _LONGEST else f"{shown[:_LONGEST]}..."
        if not _is_rendered(value):
            return f"{shown}, a template that nothing has rendered (is it a template field?)"
        return f"{shown}, which a template makes of nothing" if value.strip() == "None" else shown
    if value is None or isinstance(value, bool | int | float):
        return repr(value)
    if is_list(value) and all(isinstance(each, str | int | float | None) for each in value):
        shown = f"[{', '.join(map(_shown, value))}]"
        return shown if len(shown) <= _LONGEST else f"{shown[:_LONGEST]}..."
    if is_list(value):
        odd = sorted({type(each).__name__ for each in value})
        return f"a {type(value).__name__} of {' and '.join(odd)}"
    return value.isoformat() if isinstance(value, datetime) else type(value).__name__
