"""Users in Vonage and in Genesys Cloud: their ids, and a presence."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


def vonage(number: int) -> str:
    return f"{number:08}-aaaa-4aaa-8aaa-aaaaaaaaaaaa"


def genesys(number: int) -> str:
    return f"{number:08}-bbbb-4bbb-8bbb-bbbbbbbbbbbb"


@dataclass(frozen=True)
class In:
    """A presence in Vonage."""

    user_id: str
    updated: datetime
    category: str | None = "Ready"
    description: str | None = None
    sub_category: str | None = None
    presence_id: str | None = None
