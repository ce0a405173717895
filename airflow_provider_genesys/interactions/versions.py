"""Versions of records."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation


def is_newer(version: str, other: str) -> bool:
    """Tell whether a version is greater than another: as numbers if both are, else as text, as times are."""
    try:
        return Decimal(version) > Decimal(other)
    except InvalidOperation:
        return version > other
