"""Sources of presences: who may say what state a user is in."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from airflow_provider_genesys.simulator.consistency import DelayedStore
from airflow_provider_genesys.simulator.errors import ApiError
from airflow_provider_genesys.simulator.settings import Source

if TYPE_CHECKING:
    from airflow_provider_genesys.simulator.settings import Settings
    from airflow_provider_genesys.simulator.traffic import Clock

# Genesys Cloud itself. Under which id and name it is listed is published nowhere; these are made up.
PURECLOUD = "PURECLOUD"
SYSTEM_SOURCE = Source(id="0d0f3c52-6a0b-4c55-8d0e-6f1b8f7c2a10", name="Genesys Cloud")
# That there are limits is published, with an error code for each; what they are is not.
MAX_ACTIVE = 10
MAX_NAME = 100
MAX_DESCRIPTION = 255


class Sources:
    """All sources of an organisation: the System one, which nobody can change, and those that were registered.

    :param new_id: gives the next id by chance.
    :param clock: seconds that never go back.
    :param sources: the registered ones.
    """

    def __init__(self, new_id: Callable[[], str], clock: Clock, sources: Iterable[Source]) -> None:
        self._new_id = new_id
        self._store: DelayedStore[Source] = DelayedStore(clock)
        for source in (SYSTEM_SOURCE, *sources):
            self._store.write(source.id, source)

    def is_known(self, source_id: str) -> bool:
        """Say whether there is such a source, active or not."""
        return self._store.current(source_id) is not None

    def is_active(self, source_id: str) -> bool:
        """Say whether there is such a source and it is active."""
        source = self._store.current(source_id)
        return source is not None and not source.deactivated

    def all_current(self) -> list[Source]:
        """Return all sources as they are."""
        return self._store.all_current()

    def all_seen(self) -> list[Source]:
        """Return all sources as reads see them now."""
        return self._store.all_seen()

    def seen(self, source_id: str) -> Source:
        """Return a source as reads see it now.

        :raises ApiError: 404.
        """
        return _found(self._store.seen(source_id))

    def create(self, wanted: dict[str, Any], settings: Settings) -> Source:
        """Register a source.

        :param wanted: the request's body.
        :raises ApiError: 409 with the rule's code.
        """
        source = _source(self._store.unused_id(self._new_id), wanted)
        if not source.deactivated:
            self._require_room()
        self._write(source, settings)
        return source

    def replace(self, source_id: str, wanted: dict[str, Any], settings: Settings) -> Source:
        """Make a source what is wanted, whole.

        :param wanted: the request's body.
        :raises ApiError: 404, or 409 with the rule's code.
        """
        before = _found(self._store.current(source_id))
        if before is SYSTEM_SOURCE:
            raise _refused("systemsourcescannotbeupdated", "A source of type 'system' cannot be updated")
        after = _source(source_id, wanted)
        if before.deactivated and not after.deactivated:
            self._require_room()
        self._write(after, settings)
        return after

    def deactivate(self, source_id: str, settings: Settings) -> None:
        """Do what the API calls deleting.

        :raises ApiError: 404, here without a code of its own, or 409 for the System source.
        """
        before = self._store.current(source_id)
        if before is None:
            raise ApiError(404)
        if before is SYSTEM_SOURCE:
            raise _refused("systemsourcescannotbedeleted", "A source of type 'system' cannot be deleted")
        self._write(before.model_copy(update={"deactivated": True}), settings)

    def _require_room(self) -> None:
        active = sum(not source.deactivated for source in self._store.all_current() if source is not SYSTEM_SOURCE)
        if active >= MAX_ACTIVE:
            raise _refused("toomanyactivesources", "Max number of active sources reached")

    def _write(self, source: Source, settings: Settings) -> None:
        self._store.write(source.id, source, settings.consistency_delay_ms / 1000)


def source_json(source: Source) -> dict[str, Any]:
    """Return the API's model of a source."""
    kind = "System" if source is SYSTEM_SOURCE else "User"
    return {**source.model_dump(), "type": kind, "selfUri": f"/api/v2/presence/sources/{source.id}"}


def _source(source_id: str, wanted: dict[str, Any]) -> Source:
    name, description = wanted.get("name", ""), wanted.get("description", "")
    if not name.strip():
        raise _refused("namecannotbeblank", "A name must be provided for a source")
    if len(name) > MAX_NAME:
        raise _refused("nametoolong", "Name exceeded max character count")
    if len(description) > MAX_DESCRIPTION:
        raise _refused("descriptiontoolong", "Description exceeded max character count")
    return Source(id=source_id, name=name, description=description, deactivated=wanted.get("deactivated", False))


def _refused(code: str, message: str) -> ApiError:
    return ApiError(409, f"presenceservice.source.{code}", message)


def _found(source: Source | None) -> Source:
    if source is None:
        raise ApiError(404, "presenceservice.source.sourcenotfound", "The source was not found")
    return source
