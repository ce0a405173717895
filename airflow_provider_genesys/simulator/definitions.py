"""Presence definitions: the organisation's statuses and the rules by which they change."""

from __future__ import annotations

import dataclasses
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from airflow_provider_genesys.simulator.consistency import DelayedStore
from airflow_provider_genesys.simulator.errors import ApiError
from airflow_provider_genesys.simulator.presence_models import (
    ALL_DIVISIONS,
    LABEL_LOCALES,
    SYSTEM_PRESENCES,
    SystemPresence,
)

if TYPE_CHECKING:
    from airflow_provider_genesys.simulator.settings import Settings
    from airflow_provider_genesys.simulator.traffic import Clock

MAX_ACTIVE = 30
DEFAULT_LOCALE = "en_US"
ALL_LOCALES = "ALL"
_LOCALE = re.compile(r"[a-z]{2,3}(_[A-Z][a-z]{3})?(_([A-Z]{2}|[0-9]{3}))?")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a request wants a definition to be.

    :param system_presence: ``None`` if the request names none, or none that there is.
    :param labels: texts by locale.
    """

    system_presence: SystemPresence | None
    labels: Mapping[str, str]
    division_id: str = ALL_DIVISIONS
    deactivated: bool = False


@dataclass(frozen=True, slots=True)
class Definition:
    """A presence definition.

    :param labels: texts by locale.
    :param is_system: whether it is one of the ten that every organisation has and nobody can change.
    """

    id: str
    system_presence: SystemPresence
    labels: Mapping[str, str]
    division_id: str
    deactivated: bool
    is_system: bool

    def labels_for(self, locale: str | None) -> dict[str, str]:
        """Return the labels that a read with this ``localeCode`` shows.

        What a read without one shows is unconfirmed. The stricter reading is a single label: whoever compares that
        with a file, or sends it back, finds out.

        :param locale: ``ALL`` for all of them. Else it is one label: in this language, else in ``en_US``, else the
            first.
        """
        if locale == ALL_LOCALES:
            return dict(self.labels)
        shown = next((code for code in (locale, DEFAULT_LOCALE) if code in self.labels), None) or next(
            iter(self.labels)
        )
        return {shown: self.labels[shown]}

    def as_json(self, locale: str | None = ALL_LOCALES) -> dict[str, Any]:
        """Return the model of v2, ``OrganizationPresenceDefinition``."""
        return {
            "id": self.id,
            "type": "System" if self.is_system else "User",
            "languageLabels": self.labels_for(locale),
            "systemPresence": self.system_presence.v2_name,
            "divisionId": self.division_id,
            "deactivated": self.deactivated,
            "selfUri": f"/api/v2/presence/definitions/{self.id}",
        }


class Definitions:
    """All definitions of an organisation.

    :param new_id: gives the next id by chance.
    :param clock: seconds that never go back.
    """

    def __init__(self, new_id: Callable[[], str], clock: Clock) -> None:
        self._new_id = new_id
        self._store: DelayedStore[Definition] = DelayedStore(clock)
        self._locales = LABEL_LOCALES
        self.writes: Counter[str] = Counter(created=0, updated=0, reactivated=0, deactivated=0)
        for presence in SYSTEM_PRESENCES:
            labels = {DEFAULT_LOCALE: presence.name}
            definition = Definition(presence.id, presence, labels, ALL_DIVISIONS, deactivated=False, is_system=True)
            self._store.write(definition.id, definition)

    def current(self, definition_id: str) -> Definition | None:
        """Return a definition as it is."""
        return self._store.current(definition_id)

    def all_current(self) -> list[Definition]:
        """Return all definitions as they are."""
        return self._store.all_current()

    def all_seen(self) -> list[Definition]:
        """Return all definitions as reads see them now."""
        return self._store.all_seen()

    def seen(self, definition_id: str) -> Definition:
        """Return a definition as reads see it now.

        :raises ApiError: 404.
        """
        return _found(self._store.seen(definition_id))

    def create(self, wanted: Wanted, settings: Settings) -> Definition:
        """Create a definition. Labels need not be unique.

        :raises ApiError: 409 with the rule's code.
        """
        definition = self._new(self._store.unused_id(self._new_id), wanted, settings)
        self._write("created", definition, settings)
        return definition

    def replace(self, definition_id: str, wanted: Wanted, settings: Settings) -> Definition:
        """Make a definition what is wanted, whole: what the request leaves out falls back to its default.

        :raises ApiError: 404, or 409 with the rule's code.
        """
        before = self.changeable(definition_id)
        system_presence = self._checked_presence(wanted, settings)
        if system_presence != before.system_presence and settings.system_presence_change == "refuse":
            raise ApiError(409, "request.conflict", "The system presence of a definition cannot be changed")
        after = dataclasses.replace(
            before, labels=dict(wanted.labels), division_id=wanted.division_id, deactivated=wanted.deactivated
        )
        if before.deactivated and not after.deactivated:
            self._require_room(after.system_presence)
        self._write(_action(before, after), after, settings)
        return after

    def deactivate(self, definition_id: str, settings: Settings) -> None:
        """Do what the API calls deleting.

        :raises ApiError: 404, or 409 for a System definition.
        """
        before = self.changeable(definition_id)
        self._write("deactivated", dataclasses.replace(before, deactivated=True), settings)

    def load(self, wanted: Sequence[tuple[str | None, Wanted]], settings: Settings) -> list[Definition]:
        """Put definitions there by the rules, yet seen at once and not counted as writes.

        Languages that their labels are in are the organisation's from then on, if they are spelt as languages are.

        :param wanted: with their ids; ``None`` for the next by chance.
        :raises ApiError: 409 with the rule's code, or if there is such an id; no definition is there then.
        """
        loaded: list[Definition] = []
        locales = self._locales
        self._locales |= {locale for _, each in wanted for locale in each.labels if _LOCALE.fullmatch(locale)}
        try:
            for definition_id, definition_wanted in wanted:
                loaded.append(self._load(definition_id, definition_wanted, settings))
        except ApiError:
            self._locales = locales
            for definition in loaded:
                self._store.discard(definition.id)
            raise
        return loaded

    def _load(self, definition_id: str | None, wanted: Wanted, settings: Settings) -> Definition:
        if definition_id is not None and self._store.current(definition_id):
            raise ApiError(409, message=f"There is a definition {definition_id}")
        definition = self._new(definition_id or self._store.unused_id(self._new_id), wanted, settings)
        self._store.write(definition.id, definition)
        return definition

    def changeable(self, definition_id: str) -> Definition:
        """Return a definition as it is, if it may change.

        :raises ApiError: 404, or 409 for a System definition; the description lists no code of its own for that.
        """
        definition = _found(self._store.current(definition_id))
        if definition.is_system:
            raise ApiError(409, "request.conflict", "A definition of type 'System' cannot be changed")
        return definition

    def _new(self, definition_id: str, wanted: Wanted, settings: Settings) -> Definition:
        system_presence = self._checked_presence(wanted, settings)
        if not wanted.deactivated:
            self._require_room(system_presence)
        labels, division_id, deactivated = dict(wanted.labels), wanted.division_id, wanted.deactivated
        return Definition(definition_id, system_presence, labels, division_id, deactivated, is_system=False)

    def _checked_presence(self, wanted: Wanted, settings: Settings) -> SystemPresence:
        """Return the wanted system presence, if all that is wanted is right."""
        if not wanted.labels:
            raise _refused("musthaveatleastonelocalelabeldefined", "At least one locale label must be defined")
        if not wanted.labels.keys() <= self._locales | settings.locales or not all(
            text.strip() for text in wanted.labels.values()
        ):
            raise _refused("localevaluesinvalid", "Invalid locale value")
        if wanted.system_presence is None:
            raise _refused("systempresencecannotbenull", "A valid system presence must be provided")
        if wanted.division_id != ALL_DIVISIONS and wanted.division_id not in settings.divisions:
            raise _refused("invaliddivisionid", "Invalid divisionId provided")
        return wanted.system_presence

    def _require_room(self, system_presence: SystemPresence) -> None:
        active = sum(
            definition.system_presence == system_presence and not (definition.deactivated or definition.is_system)
            for definition in self._store.all_current()
        )
        if active >= MAX_ACTIVE:
            message = "Too many presence definitions. Please delete a definition and try again"
            raise _refused("toomanyorganizationpresences", message)

    def _write(self, action: str, definition: Definition, settings: Settings) -> None:
        self.writes[action] += 1
        self._store.write(definition.id, definition, settings.consistency_delay_ms / 1000)


def _action(before: Definition, after: Definition) -> str:
    if before.deactivated == after.deactivated:
        return "updated"
    return "deactivated" if after.deactivated else "reactivated"


def _refused(code: str, message: str) -> ApiError:
    return ApiError(409, f"presenceservice.organizationpresence.{code}", message)


def _found(definition: Definition | None) -> Definition:
    if definition is None:
        code = "presenceservice.organizationpresence.organizationpresencenotfound"
        raise ApiError(404, code, "The presence definition does not exist")
    return definition
