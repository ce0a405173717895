"""Durations, in whatever notation a platform exports them."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal

NOTATIONS = ("seconds", "ms", "minutes", "hours", "days", "clock", "mm:ss")
"""What may be declared; nothing declared is a number of seconds, or a clock."""

TIME_OF_DAY = "time of day"
"""A clock, unless something is declared: a bare number may as well be the part of a day that spreadsheets keep."""

_NUMBER = re.compile(r"\d{1,12}(\.\d{1,30})?([eE][-+]?\d{1,2})?")
_CLOCK = re.compile(r"(\d{1,5}):([0-5]?\d):([0-5]?\d)(\.\d{1,9})?")
_CLOCK_12 = re.compile(r"(1[0-2]|0?[1-9]):([0-5]\d):([0-5]\d)(\.\d{1,9})? ?([AP])M", re.IGNORECASE)
_MINUTES = re.compile(r"(\d{1,6}):([0-5]?\d)(\.\d{1,9})?")
_MILLISECONDS = {"ms": 1, "seconds": 1000, "minutes": 60_000, "hours": 3_600_000, "days": 86_400_000}
_LONGEST = timedelta(days=3660)


def duration(text: str, notation: str | None = None, decimal: str = ".") -> timedelta:
    """Return a duration.

    :param text: such as ``143``, ``00:02:23`` or ``12:02:23 AM`` (as a spreadsheet shows 143 seconds).
    :param notation: one of :data:`NOTATIONS`, or :data:`TIME_OF_DAY`; ``days`` is rounded to whole seconds, as
        spreadsheets show them.
    :param decimal: the decimal sign of numbers.
    :raises ValueError: it is none; the message tells what is wanted, to follow *must be*.
    """
    plain = text.strip().replace(decimal, ".") if decimal != "." else text.strip()
    found = None
    if notation in _MILLISECONDS or (notation is None and _NUMBER.fullmatch(plain)):
        # A point that is not the decimal sign stands between thousands, or the number is of another notation.
        found = None if decimal != "." and "." in text else _of_number(plain, notation or "seconds")
    elif notation == "mm:ss":
        if match := _MINUTES.fullmatch(plain):
            found = timedelta(minutes=int(match[1]), seconds=int(match[2]), microseconds=_micro(match[3]))
    elif match := _CLOCK_12.fullmatch(plain):
        hours = int(match[1]) % 12 + (12 if match[5].upper() == "P" else 0)
        found = _of_clock(hours, match)
    elif match := _CLOCK.fullmatch(plain):
        found = _of_clock(int(match[1]), match)
    if found is None or found > _LONGEST:
        wanted = _WANTED.get(notation or "", _DEFAULT)
        raise ValueError(wanted if decimal == "." else f"{wanted}, with a comma as its decimal sign and no point")
    return found


def _of_number(text: str, notation: str) -> timedelta | None:
    if not text.isascii() or _NUMBER.fullmatch(text) is None:
        return None
    milliseconds = Decimal(text) * _MILLISECONDS[notation]
    if milliseconds > _LONGEST.total_seconds() * 1000:
        return None
    if notation == "days":
        return timedelta(seconds=round(milliseconds / 1000))
    return timedelta(microseconds=round(milliseconds * 1000))


def _of_clock(hours: int, match: re.Match[str]) -> timedelta:
    return timedelta(hours=hours, minutes=int(match[2]), seconds=int(match[3]), microseconds=_micro(match[4]))


def _micro(fraction: str | None) -> int:
    """Return millionths of what stands behind the seconds."""
    return round(Decimal(fraction) * 1_000_000) if fraction else 0


_DEFAULT = "a number of seconds, or a clock such as 00:02:23 or 12:02:23 AM"
_WANTED = {
    **{notation: f"a number of {notation}" for notation in _MILLISECONDS},
    "clock": "a clock such as 00:02:23 or 12:02:23 AM",
    "mm:ss": "minutes and seconds such as 2:23",
    TIME_OF_DAY: "a clock such as 09:30:00 or 09:30:00 AM; of a number `as` says what it counts, such as `as: days`",
}
