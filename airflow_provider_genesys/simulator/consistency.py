"""Eventual consistency: what a read sees lags behind what was written."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from airflow_provider_genesys.simulator.traffic import Clock

Entity = TypeVar("Entity")


class DelayedStore(Generic[Entity]):
    """Entities by id, in the order of their creation; each write is seen by reads after a delay of its own.

    :param clock: seconds that never go back.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._versions: dict[str, list[tuple[float, Entity]]] = {}

    def write(self, entity_id: str, entity: Entity, delay: float = 0) -> None:
        """Write an entity, a new one or a new version.

        :param delay: seconds until reads see it.
        """
        self._versions.setdefault(entity_id, []).append((self._clock() + delay, entity))

    def discard(self, entity_id: str) -> None:
        """Forget that there ever was this entity."""
        del self._versions[entity_id]

    def current(self, entity_id: str) -> Entity | None:
        """Return an entity as it was last written."""
        versions = self._versions.get(entity_id)
        return versions[-1][1] if versions else None

    def all_current(self) -> list[Entity]:
        """Return all entities as they were last written."""
        return [versions[-1][1] for versions in self._versions.values()]

    def seen(self, entity_id: str) -> Entity | None:
        """Return an entity as a read sees it now."""
        now = self._clock()
        versions = self._versions.get(entity_id, ())
        return next((entity for seen_from, entity in reversed(versions) if seen_from <= now), None)

    def all_seen(self) -> list[Entity]:
        """Return all entities as a read sees them now."""
        return [entity for entity_id in self._versions if (entity := self.seen(entity_id)) is not None]

    def unused_id(self, new_id: Callable[[], str]) -> str:
        """Return the first new id that no entity has: chance that starts afresh gives the same ids again."""
        while (entity_id := new_id()) in self._versions:
            pass
        return entity_id
