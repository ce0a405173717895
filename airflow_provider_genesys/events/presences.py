"""Presences that events name by label, found while answers go on being taken."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from airflow_provider_genesys.events.records import ResolvePresence

# Names whose answer is remembered.
_NAMES = 8_192


class PatientResolver:
    """Asks for the definition of each name once, and not on the thread that sends: definitions may be read first.

    That takes as long as any request may, through 429s and outages, and meanwhile nobody would hear the answers to
    events, nor that the publish is to stop.

    :param resolve: finds the definition of a name, or raises ``LookupError``.
    :param meanwhile: does something while it sees to all else, and returns or raises what that does.
    """

    def __init__(self, resolve: ResolvePresence, meanwhile: Callable[[Callable[[], str]], str]) -> None:
        self._resolve = resolve
        self._meanwhile = meanwhile
        self._found: dict[str, str] = {}
        self._missing: dict[str, str] = {}

    def __call__(self, name: str) -> str:
        """Return the id of a definition.

        :raises LookupError: there is none.
        """
        if name not in self._found and name not in self._missing:
            self._find(name)
        if name in self._missing:
            raise LookupError(self._missing[name])
        return self._found[name]

    def _find(self, name: str) -> None:
        if len(self._found) + len(self._missing) >= _NAMES:
            self._found.clear()
            self._missing.clear()
        try:
            self._found[name] = self._meanwhile(partial(self._resolve, name))
        except LookupError as error:
            self._missing[name] = str(error)
