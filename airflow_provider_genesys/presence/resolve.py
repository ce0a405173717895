"""Presences by name: what ``"Break/Smoke"`` is in this organisation.

An event and a user's presence name a definition by its id, which nobody knows by heart and which differs from one
organisation to the next. People write the system presence and the label, in any language the definition has one in.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from airflow_provider_genesys.exceptions import GenesysConfigError, GenesysError
from airflow_provider_genesys.presence.vocabulary import (
    SYSTEM_PRESENCES,
    did_you_mean,
    normalise_label,
    normalise_presence,
)
from airflow_provider_genesys.text import is_uuid

if TYPE_CHECKING:
    from airflow_provider_genesys.presence.state import Definition

_BUILT_IN = {definition_id: name for name, definition_id in SYSTEM_PRESENCES.items()}


def mistake_in_name(name: str) -> str | None:
    """Say why no organisation can have a presence of a name; ``None`` if one may, or it is an id.

    :param name: as :class:`PresenceResolver` takes it.
    """
    if is_uuid(name):
        return None
    try:
        _parted(name)
    except GenesysConfigError as error:
        return str(error)
    return None


def _parted(name: str) -> tuple[str, str]:
    """Return the system presence and the label of a name; of a built-in definition's the label is empty.

    :raises GenesysConfigError: no organisation can have a presence of this name.
    """
    primary, slash, label = name.partition("/")
    system_presence = normalise_presence(primary)
    if slash and not label.strip():
        raise GenesysConfigError("its label, which stands behind the slash, is empty")
    return system_presence, label


class UnresolvedPresenceError(GenesysError, LookupError):
    """A name that no definition has, or several, or only a deactivated one; the message names what there is."""


class PresenceResolver:
    """Finds the id of a presence definition by name. Reads the definitions once, when it first needs them.

    Safe to share between threads.

    :param read: returns the organisation's definitions, active and deactivated. What it raises leaves unchanged, and
        the next name asks it again.
    """

    def __init__(self, read: Callable[[], Sequence[Definition]]) -> None:
        self._read = read
        self._lock = threading.Lock()
        self._definitions: Sequence[Definition] | None = None
        self._answers: dict[str, str | UnresolvedPresenceError] = {}

    def __call__(self, name: str) -> str:
        """Return the id of a definition.

        :param name: ``"Break/Smoke"``: system presence, in any spelling, and label, in any of the definition's
            languages, regardless of case and of spaces around or doubled; ``"Break"``: the built-in definition of a
            system presence; or an id, which is returned as it is.
        :raises UnresolvedPresenceError: there is no active definition of that name, or more than one; it is a
            ``LookupError`` too.
        """
        if is_uuid(name):
            return name
        if name not in self._answers:
            try:
                self._answers[name] = self._find(name)
            except UnresolvedPresenceError as error:
                self._answers[name] = error
        answer = self._answers[name]
        if isinstance(answer, UnresolvedPresenceError):
            raise UnresolvedPresenceError(str(answer))  # another one each time: a traceback grows with each raise
        return answer

    def system_presence(self, definition_id: str) -> str:
        """Return what a definition is a kind of, such as ``OnQueue``. The built-in ones need no read.

        :param definition_id: its id, in capitals or not.
        :raises UnresolvedPresenceError: there is no such definition, or it is deactivated.
        """
        wanted = definition_id.lower()
        if wanted in _BUILT_IN:
            return _BUILT_IN[wanted]
        found = next((each for each in self._all() if each.id.lower() == wanted), None)
        if found is None:
            raise UnresolvedPresenceError(f"presence {definition_id!r} is unknown: no definition has this id")
        if found.deactivated:
            raise UnresolvedPresenceError(f"presence {definition_id!r} is deactivated: {found.name}")
        return found.system_presence

    def _find(self, name: str) -> str:
        try:
            system_presence, label = _parted(name)
        except GenesysConfigError as error:
            raise UnresolvedPresenceError(f"presence {name!r}: {error}") from None
        if not label:
            return SYSTEM_PRESENCES[system_presence]
        siblings = [each for each in self._all() if each.system_presence == system_presence]
        matches = [each for each in siblings if normalise_label(label) in _labels(each)]
        active = [each for each in matches if not each.deactivated]
        if len(active) == 1:
            return active[0].id
        raise UnresolvedPresenceError(f"presence {name!r} {_why_not(label, siblings, matches, active)}")

    def _all(self) -> Sequence[Definition]:
        with self._lock:
            if self._definitions is None:
                self._definitions = self._read()
            return self._definitions


def _labels(definition: Definition) -> set[str]:
    return {normalise_label(label) for label in definition.labels.values()}


def _why_not(
    label: str, siblings: Sequence[Definition], matches: Sequence[Definition], active: Sequence[Definition]
) -> str:
    if active:
        return f"is ambiguous, use one of the ids: {_described(active)}"
    if matches:
        return f"is deactivated: {_described(matches)}"
    known = sorted({text for each in siblings if not each.deactivated for text in each.labels.values()})
    return f"is unknown{did_you_mean(label, tuple(known))}" if known else "is unknown: it has no definitions"


def _described(definitions: Sequence[Definition]) -> str:
    return ", ".join(f"{each.id} ({each.name}, division {each.division})" for each in definitions)
