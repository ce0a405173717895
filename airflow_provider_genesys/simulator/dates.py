"""Dates that are made up: the same requests give the same ones."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)


class Dates:
    """Each date is a second after the one before, so that what is exported twice can be compared."""

    def __init__(self) -> None:
        self._given = 0

    def next(self) -> str:
        """Return the next date, as the API writes them."""
        self._given += 1
        return (BEGINNING + timedelta(seconds=self._given)).strftime("%Y-%m-%dT%H:%M:%S.000Z")
