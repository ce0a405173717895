"""Which state each user is in, as each source has it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from airflow_provider_genesys.simulator.presence_models import OFFLINE
from airflow_provider_genesys.simulator.sources import PURECLOUD, SYSTEM_SOURCE


@dataclass(frozen=True, slots=True)
class UserPresence:
    """The state a source has a user in.

    :param modified: when that began, to the millisecond; empty for the state that everybody begins in.
    """

    definition_id: str = OFFLINE.id
    message: str = ""
    modified: str = ""


BEGINNING = UserPresence()


class UserPresences:
    """The presences of all users, and which source is each one's primary one."""

    def __init__(self) -> None:
        self._presences: dict[str, dict[str, UserPresence]] = {}
        self._primary_sources: dict[str, str] = {}
        self.writes = 0

    def of(self, user_id: str, source: str) -> UserPresence:
        """Return the state a source has a user in.

        :param source: a key of `source_key`.
        """
        return self._presences.get(user_id, {}).get(source, BEGINNING)

    def all(self) -> Mapping[str, Mapping[str, UserPresence]]:
        """Return the states that were ever set, by user and source."""
        return MappingProxyType(self._presences)

    def set(self, user_id: str, source: str, definition_id: str | None, message: str | None) -> None:
        """Set what is not ``None``, as of now."""
        self._put(user_id, source, definition_id, message, _now())

    def load(self, user_id: str, definition_id: str) -> None:
        """Let Genesys Cloud itself have a user in a state since ever, which is not counted as a write."""
        self._presences.setdefault(user_id, {})[PURECLOUD] = UserPresence(definition_id)

    def take_event(self, event: Mapping[str, Any]) -> None:
        """Set what a presence event says, unless the state it found began later than the event.

        That the latest ``eventDateTime`` wins, whatever the order of arrival, is unconfirmed.
        """
        user_id, source, moment = (
            event["userId"],
            source_key(event["sourceId"]),
            _to_milliseconds(event["eventDateTime"]),
        )
        if moment >= self.of(user_id, source).modified:
            self._put(user_id, source, event.get("presenceDefinitionId"), event.get("message"), moment)

    def primary_source(self, user_id: str) -> str | None:
        """Return the source that was made a user's primary one, if any was."""
        return self._primary_sources.get(user_id)

    def set_primary_source(self, user_id: str, source: str) -> None:
        """Make a source a user's primary one."""
        self._primary_sources[user_id] = source

    def _put(self, user_id: str, source: str, definition_id: str | None, message: str | None, moment: str) -> None:
        before = self.of(user_id, source)
        self._presences.setdefault(user_id, {})[source] = UserPresence(
            definition_id=definition_id or before.definition_id,
            message=before.message if message is None else message,
            modified=moment,
        )
        self.writes += 1


def source_key(source_id: str) -> str:
    """Return what a source's presences are kept under: Genesys Cloud's own source has two names."""
    return PURECLOUD if source_id == SYSTEM_SOURCE.id or source_id.upper() == PURECLOUD else source_id


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _to_milliseconds(moment: str) -> str:
    """Return a moment with its milliseconds, so that moments compare as text."""
    return moment if "." in moment else moment.replace("Z", ".000Z")
