"""Times, as records have them, to moments in UTC."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Literal, TypeAlias
from zoneinfo import ZoneInfo

Fold: TypeAlias = Literal["first", "second", "reject"]
FOLDS: tuple[Fold, ...] = ("first", "second", "reject")
FORMATS = ("iso", "epoch", "epoch_ms")
"""Formats with a name; any other is a pattern as ``strptime`` takes it."""
YEARS = range(1990, 2100)
"""Of what lies outside them the format or the column is wrong."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NUMBER = re.compile(r"\d{1,16}(\.\d{1,9})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class TimeForm:
    """How a column's times are written.

    :param format: one of :data:`FORMATS`, or a pattern.
    :param zone: of times that do not tell theirs.
    :param fold: which is meant of a local time that comes twice, as clocks are put back.
    :param decimal: the decimal sign of numbers.
    """

    format: str = "iso"
    zone: ZoneInfo | None = None
    fold: Fold = "reject"
    decimal: str = "."

    def moment(
        self,
        text: str,
        time_of_day: timedelta | None = None,
        not_before: Callable[[], datetime | None] | None = None,
    ) -> datetime:
        """Return the moment that a text stands for, in UTC.

        :param time_of_day: what the clock showed, for texts that are days only.
        :param not_before: returns a time before which it cannot be; asked where a local time comes twice, of which the
            first that can be is meant.
        :raises ValueError: it is none, does not exist in its zone, or comes twice.
        """
        found = self._parsed(text)
        if time_of_day is not None:
            if found.time().isoformat() != "00:00:00" or not timedelta() <= time_of_day < timedelta(days=1):
                raise ValueError("is no day, or the time of the day is none")
            found += time_of_day
        if found.tzinfo is None:
            found = self._in_utc(found, not_before)
        if found.year not in YEARS:
            raise ValueError(f"is not between {YEARS.start} and {YEARS.stop - 1}: is it the right column and format?")
        return found if found.tzinfo is UTC else found.astimezone(UTC)

    def _parsed(self, text: str) -> datetime:
        try:
            if self.format in {"epoch", "epoch_ms"}:
                return self._of_epoch(text)
            return datetime.fromisoformat(text) if self.format == "iso" else datetime.strptime(text, self.format)  # noqa: DTZ007 - the zone follows
        except (ValueError, OverflowError):
            raise ValueError(f"is no time as {self.format}") from None

    def _of_epoch(self, text: str) -> datetime:
        plain = text.replace(self.decimal, ".")
        if not _NUMBER.fullmatch(plain) or (self.decimal != "." and "." in text):
            raise ValueError
        factor = 1_000_000 if self.format == "epoch" else 1000
        return _EPOCH + timedelta(microseconds=round(Decimal(plain) * factor))

    def _in_utc(self, local: datetime, not_before: Callable[[], datetime | None] | None) -> datetime:
        """Return the moment of a local time."""
        zone = self.zone
        if zone is None:
            raise ValueError("has no zone: give one as zone, such as Europe/Berlin or UTC")
        if local.year not in YEARS:  # beyond which conversions may overflow
            return local.replace(tzinfo=UTC)
        offsets = [local.replace(tzinfo=zone, fold=which).utcoffset() for which in (0, 1)]
        if offsets[0] == offsets[1] and offsets[0] is not None:  # which is nearly always: it exists, and only once
            return (local - offsets[0]).replace(tzinfo=UTC)
        readings = [local.replace(tzinfo=zone, fold=which).astimezone(UTC) for which in (0, 1)]
        moments = sorted({moment for moment in readings if moment.astimezone(zone).replace(tzinfo=None) == local})
        if not moments:
            raise ValueError(f"does not exist in {zone.key}: clocks were put forward")
        bound = not_before() if not_before and len(moments) > 1 else None
        if bound is not None:
            moments = [moment for moment in moments if moment >= bound]
            if not moments:
                raise ValueError(f"comes twice in {zone.key}, and cannot be either time, as not_before tells")
            return moments[0]
        if len(moments) > 1 and self.fold == "reject":
            raise ValueError(f"comes twice in {zone.key}, as clocks were put back: fold says which is meant")
        return moments[-1 if self.fold == "second" else 0]
