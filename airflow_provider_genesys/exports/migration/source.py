"""What a snapshot holds of web chat, if that is all there was."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from airflow_provider_genesys.exceptions import GenesysConfigError

if TYPE_CHECKING:
    from airflow_provider_genesys.exports.snapshot import Snapshot

SETTINGS = "webchat_settings"
DEPLOYMENTS = "webchat_deployments"
WIDGETS = "widget_deployments"

_WHY_NOT = {
    "gone": "web chat was gone when it was taken: give one from before",
    "forbidden": "the client was not allowed to read it: grant the permission webchat:deployment:read and export anew",
    "partial": "not all of it could be read: export anew",
}


def read_webchat(snapshot: Snapshot) -> tuple[Mapping[str, Any] | None, Sequence[Mapping[str, Any]]]:
    """Return web chat's settings, ``None`` if they were never set, and its deployments.

    :param snapshot: the snapshot.
    :raises GenesysConfigError: it does not hold all of both, and why.
    :raises GenesysSourceError: it is damaged.
    """
    for resource in (SETTINGS, DEPLOYMENTS):
        state = snapshot.state(resource)
        if state is None:
            raise GenesysConfigError(
                f"snapshot {snapshot.path} does not hold {resource}: export both {SETTINGS} and {DEPLOYMENTS}"
            )
        if state != "exported" and not (state == "absent" and resource == SETTINGS):
            raise GenesysConfigError(
                f"snapshot {snapshot.path} has {resource} as {state}: {_WHY_NOT.get(state, 'export anew')}"
            )
    settings = snapshot.entities(SETTINGS)
    return (settings[0] if settings else None), snapshot.entities(DEPLOYMENTS)


def read_widgets(snapshot: Snapshot) -> tuple[Sequence[Mapping[str, Any]], Sequence[str]]:
    """Return the deployments of widgets, and what a plan is to say where it cannot have them.

    Many organisations have none, so that a snapshot without them will do.

    :param snapshot: the snapshot.
    :raises GenesysConfigError: it holds only some of them.
    :raises GenesysSourceError: it is damaged.
    """
    state = snapshot.state(WIDGETS)
    if state == "exported":
        return snapshot.entities(WIDGETS), ()
    if state == "partial":
        raise GenesysConfigError(f"snapshot {snapshot.path} has {WIDGETS} as {state}: {_WHY_NOT[state]}")
    why = {
        None: f"the snapshot does not hold {WIDGETS}: export them, too, with include=['webchat']",
        "forbidden": f"{WIDGETS} is forbidden in the snapshot: grant widgets:deployment:view and export anew",
        "gone": f"{WIDGETS} were gone when the snapshot was taken: give one from before",
    }.get(state, f"the snapshot has {WIDGETS} as {state}: export anew")
    return (), (f"Web chats that live in deployments of widgets are not in this plan: {why}, unless there are none",)
