"""Times as other systems write them, brought to the one form that is sent: ``yyyy-MM-ddTHH:mm:ss.SSSZ``.

Only what names one instant is brought to it: a time without a zone is not, and neither is a leap second, which the
form cannot hold.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

_WRITTEN = re.compile(
    r"(?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2})(?:[Tt]| +)(?P<hour>[0-9]{2}):(?P<rest>[0-5][0-9]:[0-5][0-9])"
    r"(?:[.,](?P<decimals>[0-9]+))?"
    r"(?P<zone> ?(?:[Zz]|UTC|(?P<sign>[+-])(?P<hours>[01][0-9]|2[0-3])(?::?(?P<minutes>[0-5][0-9]))?))?"
)
_MIDNIGHT_AT_THE_END = "24"


def normalised(text: str) -> str | None:
    """Return the same instant as ``yyyy-MM-ddTHH:mm:ss.SSSZ``, rounded down; ``None`` if the text names none.

    :param text: date and time with a zone, as Python, pandas and databases write them: ``T`` or blanks between them, a
        point or comma before any number of decimals, ``Z``, ``UTC`` or an offset (``+01:00``, ``+0100``, ``+01``).
    """
    written = _WRITTEN.fullmatch(text)
    if written is None or written["zone"] is None:
        return None
    at_the_end = written["hour"] == _MIDNIGHT_AT_THE_END
    if at_the_end and (written["rest"] != "00:00" or (written["decimals"] or "").strip("0")):
        return None
    microseconds = int(f"{written['decimals'] or ''}000000"[:6])
    hour = "00" if at_the_end else written["hour"]
    offset = timedelta(hours=int(written["hours"] or 0), minutes=int(written["minutes"] or 0))
    try:
        local = datetime.fromisoformat(f"{written['day']}T{hour}:{written['rest']}") + timedelta(days=at_the_end)
        zone = timezone(-offset if written["sign"] == "-" else offset)
        instant = local.replace(microsecond=microseconds, tzinfo=zone).astimezone(UTC)
    except (ValueError, OverflowError):
        return None  # a day that does not exist, or before year 1 or after 9999 in UTC
    return f"{instant.replace(tzinfo=None).isoformat(timespec='milliseconds')}Z"


def lacks_zone(text: str) -> bool:
    """Return whether the text is date and time, and all that it lacks is a zone."""
    return normalised(text) is None and normalised(f"{text}Z") is not None
