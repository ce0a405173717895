"""Numbers and times that a server tells: the one place that reads them, whatever stands there.

What is none, and what nobody can reckon with (infinite, no number, beyond the ends of time), is as if it had not been
told; what is missing then is for who asked. Python's own readers raise errors of several kinds for it.
"""

from __future__ import annotations

import math
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

_LARGEST = 10**15
"""Of whole numbers: no count of anything is larger, and up to it floats are exact."""


def number_of(told: Any) -> float | None:
    """Return the number that a header's text or a value of JSON is; ``None`` for a bool, too."""
    if isinstance(told, bool) or not isinstance(told, str | int | float):
        return None
    try:
        number = float(told)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def count_of(told: Any) -> int | None:
    """Return the count, a whole number from 0 on, that a header's text or a value of JSON is."""
    number = number_of(told)
    return int(number) if number is not None and 0 <= number <= _LARGEST and number.is_integer() else None


def time_of(told: Any) -> datetime | None:
    """Return the time that a value of JSON is, in ISO 8601, in UTC; without a zone it is UTC already."""
    try:
        return _in_utc(datetime.fromisoformat(told))
    except (TypeError, ValueError, OverflowError):
        return None


def http_date_of(told: str) -> datetime | None:
    """Return the time that a header's text is, as HTTP and mail write it, in UTC; without a zone it is UTC already."""
    try:
        return _in_utc(parsedate_to_datetime(told))
    except (TypeError, ValueError, OverflowError, IndexError):  # in all of these it gives up, by version
        return None


def _in_utc(time: datetime) -> datetime:
    return time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)
