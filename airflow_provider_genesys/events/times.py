"""Times as other systems write them, brought to the one form that is sent: ``yyyy-MM-ddTHH:mm:ss.SSSZ``.

Only what names one instant is brought to it: a time without a zone is not, and neither is a leap second, which the
form cannot hold.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

# The marks between the parts are in all of a date, or of a time, or in none: ISO 8601's extended and basic format. A
# place in brackets, as Java writes it behind the offset, says no more about the instant.
_WRITTEN = re.compile(
    r"\s*(?P<year>[0-9]{4})(?P<dash>-?)(?P<month>[0-9]{2})(?P=dash)(?P<day>[0-9]{2})"
    r"(?:[Tt]|\s+|(?<=[0-9]{8}))"
    r"(?P<hour>[0-9]{2})(?P<colon>:?)(?P<minute>[0-9]{2})"
    r"(?:(?P=colon)(?P<second>[0-9]{2})(?:[.,](?P<decimals>[0-9]+))?)?"
    r"(?P<zone>\s*(?:[Zz]|UTC|GMT|(?P<sign>[+-])(?P<hours>[01][0-9]|2[0-3])(?::?(?P<minutes>[0-5][0-9]))?)"
    r"(?:\[[\w/+-]+\])?)?\s*"
)
_MIDNIGHT_AT_THE_END = 24


def instant(text: str) -> datetime | None:
    """Return what instant a text names, in UTC, cut to the microsecond; ``None`` if it names none.

    :param text: date and time with a zone, as Python, pandas and databases write them: ``T`` or blanks between them,
        with or without hyphens, colons and seconds, a point or comma before any number of decimals, ``Z``, ``UTC`` or
        an offset (``+01:00``, ``+0100``, ``+01``).
    """
    written = _WRITTEN.fullmatch(text)
    if written is None or written["zone"] is None:
        return None
    hour, minute, second = (int(written[part] or 0) for part in ("hour", "minute", "second"))
    decimals = written["decimals"] or ""
    at_the_end = hour == _MIDNIGHT_AT_THE_END
    if at_the_end and (minute or second or decimals.strip("0")):
        return None
    offset = timedelta(hours=int(written["hours"] or 0), minutes=int(written["minutes"] or 0))
    zone = timezone(-offset if written["sign"] == "-" else offset)
    year, month, day = (int(written[part]) for part in ("year", "month", "day"))
    try:
        local = datetime(
            year, month, day, 0 if at_the_end else hour, minute, second, int(f"{decimals}000000"[:6]), tzinfo=zone
        )
        return (local + timedelta(days=at_the_end)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None  # a day or an hour that does not exist, or before year 1 or after 9999 in UTC


def normalised(text: str) -> str | None:
    """Return the same instant as ``yyyy-MM-ddTHH:mm:ss.SSSZ``, rounded down; ``None`` if the text names none.

    :param text: as :func:`instant` takes it.
    """
    moment = instant(text)
    return None if moment is None else f"{moment.replace(tzinfo=None).isoformat(timespec='milliseconds')}Z"


def lacks_zone(text: str) -> bool:
    """Return whether the text is date and time, and all that it lacks is a zone."""
    return instant(text) is None and instant(f"{text.rstrip()}Z") is not None
