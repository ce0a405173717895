"""What is configured, as who watches it keeps it from poll to poll, and what differs from one to the next.

It imports nothing of the job: whoever watches does so on the loop of all triggers, which nothing may hold.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, TypeAlias

State: TypeAlias = Mapping[str, Mapping[str, Any]]
"""By resource: its ``state``, its ``fingerprint``, and under ``entities`` a digest of each by id, where they fit."""

_MOST_NAMED = 10  # ids of each kind of change that are told; an event ends in Airflow's database
_MOST_BYTES = 48_000  # of a state that is kept; Airflow's store takes 65,535


def changes(before: State, now: State) -> dict[str, dict[str, Any]]:
    """Return what is different, by resource; of one that was not seen before nothing is.

    :return: of each resource that changed its ``state`` now; how many entities are different (``count``; ``None`` where
        the earlier state was too large to be kept whole); and the ids of up to ten ``added``, ``removed`` and
        ``modified`` ones.
    """
    return {
        name: _change(before[name], after)
        for name, after in now.items()
        if name in before and before[name].get("fingerprint") != after["fingerprint"]
    }


def _change(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    old, new = before.get("entities"), after["entities"]
    if old is None:
        return {"state": after["state"], "count": None, "added": [], "removed": [], "modified": []}
    added, removed = sorted(new.keys() - old.keys()), sorted(old.keys() - new.keys())
    modified = sorted(key for key in new.keys() & old.keys() if new[key] != old[key])
    return {
        "state": after["state"],
        "count": len(added) + len(removed) + len(modified),
        "added": added[:_MOST_NAMED],
        "removed": removed[:_MOST_NAMED],
        "modified": modified[:_MOST_NAMED],
    }


def kept(state: State) -> State:
    """Return a state that fits into Airflow's store: without the entities of the largest resources, if need be."""
    kept = {name: dict(one) for name, one in state.items()}
    for name in sorted(kept, key=lambda name: len(kept[name]["entities"] or ()), reverse=True):
        if len(json.dumps(kept)) <= _MOST_BYTES:
            break
        kept[name]["entities"] = None
    return kept


def as_state(value: object) -> State | None:
    """Return what was kept, or ``None`` where it is nothing that was kept by this version."""
    if not isinstance(value, Mapping):
        return None
    wanted = {"state", "fingerprint", "entities"}
    return value if all(isinstance(one, Mapping) and wanted <= one.keys() for one in value.values()) else None
