"""What a simulated account of Vonage Contact Center holds: definitions, users in presences, tokens with scopes."""

from __future__ import annotations

import random
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Self

from airflow_provider_genesys.simulator.traffic import RateLimit

if TYPE_CHECKING:
    from airflow_provider_genesys.simulator.tokens import Tokens
    from airflow_provider_genesys.simulator.traffic import Clock

CATEGORIES: Mapping[str, str] = {
    "LoggedOut": "Logged Out",
    "Away": "Away",
    "ExtendedAway": "Extended Away",
    "Ready": "Ready",
}
_SCOPES_OF_USERS = {f"{whose}:{right}" for whose in ("admin", "self", "users") for right in ("read", "write")}
SCOPES = frozenset({*_SCOPES_OF_USERS, "stats"})
LISTINGS = ("interactions", "queue-times", "agent-activities", "agent-activities/presence", "wfm/agent-states")
"""What there are statistics of."""
USERS = 30
_FIRST_CHANGE = datetime(2026, 1, 5, 8, tzinfo=UTC)

# Category, sub-category, description, selectable. An account begins with these; which a real one begins with, and
# which sub-categories there are, is published nowhere.
_DEFINITIONS = (
    ("LoggedOut", None, "Logged Out", True),
    ("Ready", None, "Ready", True),
    ("Away", None, "Away", True),
    ("Away", "Break", "Break", True),
    ("Away", "Lunch", "Lunch", True),
    ("Away", None, "Missed call", False),
    ("ExtendedAway", None, "Training", True),
    ("ExtendedAway", None, "Meeting", True),
)


@dataclass(frozen=True, slots=True)
class Definition:
    """A presence definition, which is also a user's ``presence``."""

    id: str
    category: str
    sub_category: str | None
    description: str
    selectable: bool
    category_description: str

    def as_json(self) -> dict[str, Any]:
        """Return the API's model."""
        category = {"categoryType": self.category, "description": self.category_description}
        if self.sub_category is not None:
            category["subCategory"] = self.sub_category
        return {
            "presenceId": self.id,
            "selectable": self.selectable,
            "category": category,
            "description": self.description,
        }


@dataclass(frozen=True, slots=True)
class Presence:
    """What a user is in, and since when."""

    definition_id: str
    updated: str


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that happened.

    :param body: as the API tells it.
    :param processed: when the account had it.
    """

    body: Mapping[str, Any]
    processed: datetime

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> Self:
        """Take something in: processed when it was put into a category, or else when it was over.

        :raises ValueError: its times are none; or ``LookupError`` or ``TypeError``.
        """
        began = datetime.fromisoformat(body["start"])
        over = began + timedelta(milliseconds=body.get("duration") or 0)
        processed = datetime.fromisoformat(body["categorizedAt"]) if body.get("categorizedAt") else over
        return cls(body, processed.astimezone(UTC))


class VonageAccount:
    """One account from a reset to the next.

    :param seed: what its ids and its users' presences depend on.
    :param tokens: its login server's tokens, which are none of Genesys Cloud's.
    :param clock: seconds that never go back.
    """

    def __init__(self, seed: int, tokens: Tokens, clock: Clock) -> None:
        self._chance = random.Random(f"{seed}:vonage")  # noqa: S311 (chance, not cryptography)
        self.tokens = tokens
        self.rate_limit = RateLimit(clock)
        self.scopes: dict[str, frozenset[str]] = {}
        self.definitions: dict[str, Definition] = {}
        self.users: dict[str, Presence] = {}
        self.items: dict[str, list[Item]] = {listing: [] for listing in LISTINGS}
        self.writes = 0
        for category, sub_category, description, selectable in _DEFINITIONS:
            self.put(Definition(self.new_id(), category, sub_category, description, selectable, CATEGORIES[category]))
        choices = list(self.definitions)
        for number in range(USERS):
            updated = to_text(_FIRST_CHANGE + timedelta(minutes=number))
            self.users[self.new_id()] = Presence(self._chance.choice(choices), updated)

    def new_id(self) -> str:
        """Return the next id."""
        return str(uuid.UUID(int=self._chance.getrandbits(128), version=4))

    def put(self, definition: Definition) -> None:
        """Add a definition, or put it in the place of the one with its id."""
        self.definitions[definition.id] = definition

    def change(self, user_id: str, definition_id: str) -> None:
        """Put a user in a presence, now."""
        self.users[user_id] = Presence(definition_id, to_text(datetime.now(UTC)))
        self.writes += 1

    def presence_json(self, user_id: str) -> dict[str, Any]:
        """Return the API's model of the presence a user is in."""
        presence = self.users[user_id]
        definition = self.definitions[presence.definition_id]
        return {"userId": user_id, "updated": presence.updated, "presence": definition.as_json()}

    def as_json(self) -> dict[str, Any]:
        """Return definitions, users' presences, how many were changed through the API, and what happened."""
        return {
            "definitions": [definition.as_json() for definition in self.definitions.values()],
            "users": {
                user_id: {"presenceId": presence.definition_id, "updated": presence.updated}
                for user_id, presence in self.users.items()
            },
            "statistics": {listing: [item.body for item in items] for listing, items in self.items.items()},
            "writes": self.writes,
        }


def to_text(moment: datetime) -> str:
    """Return a moment as the API spells it."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
