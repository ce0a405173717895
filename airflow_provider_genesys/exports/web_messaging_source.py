"""What a snapshot holds of web chat, if that is all there was."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from airflow_provider_genesys.exceptions import GenesysConfigError

SETTINGS = "webchat_settings"
DEPLOYMENTS = "webchat_deployments"

_WHY_NOT = {
    "gone": "web chat was gone when it was taken: give one from before",
    "forbidden": "the client was not allowed to read it: grant the permission webchat:deployment:read and export anew",
    "partial": "not all of it could be read: export anew",
    "absent": "there was none: export anew",
}


class Snapshot(Protocol):
    """As much of a snapshot as is needed."""

    def state(self, resource: str) -> str | None:
        """Return ``exported``, or why it is not; ``None`` for what nobody asked to export."""

    def entities(self, resource: str) -> Sequence[Mapping[str, Any]]:
        """Return the entities that were exported."""


def read_webchat(snapshot: Snapshot, name: str) -> tuple[Mapping[str, Any] | None, Sequence[Mapping[str, Any]]]:
    """Return web chat's settings, ``None`` if they were never set, and its deployments.

    :param snapshot: the snapshot.
    :param name: its name for messages.
    :raises GenesysConfigError: it does not hold all of both, and why.
    """
    for resource in (SETTINGS, DEPLOYMENTS):
        state = snapshot.state(resource)
        if state == "exported" or (state == "absent" and resource == SETTINGS):
            continue
        if state is None:
            raise GenesysConfigError(f"snapshot {name} does not hold {resource}: export both it and {_other(resource)}")
        raise GenesysConfigError(f"snapshot {name} has {resource} as {state}: {_WHY_NOT.get(state, 'export anew')}")
    settings = snapshot.entities(SETTINGS) if snapshot.state(SETTINGS) == "exported" else []
    return (settings[0] if settings else None), snapshot.entities(DEPLOYMENTS)


def _other(resource: str) -> str:
    return DEPLOYMENTS if resource == SETTINGS else SETTINGS
