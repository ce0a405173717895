"""Who and what there is to route by: users, queues, wrap-up codes, skills and languages."""

from __future__ import annotations

import random
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

ROUTING = ("queues", "wrapupcodes", "skills", "languages")
_NAMES: Mapping[str, Sequence[str]] = {
    "queues": ("Queue 1", "Queue 2", "Queue 3", "Queue 4"),
    "wrapupcodes": ("Done", "Not done"),
    "skills": ("Skill 1", "Skill 2"),
    "languages": ("English", "Spanish"),
}
_STATELESS = ("queues", "wrapupcodes")
_FIRST_EXTENSION = 1001


def seeded_users(seed: int, wanted: int | Sequence[str]) -> dict[str, dict[str, Any]]:
    """Return users by id, the same for the same seed.

    :param wanted: their ids, or how many there are to be.
    """
    chance = random.Random(f"{seed}:users")  # noqa: S311 (chance, not cryptography)
    ids = [random_uuid(chance) for _ in range(wanted)] if isinstance(wanted, int) else wanted
    return {user_id: user(user_id, number) for number, user_id in enumerate(ids, start=1)}


def user(user_id: str, number: int, given: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return a user as the API's model has one.

    :param number: the how many-th it is, of which what is not given is made up.
    :param given: ``name``, ``email``, ``employeeId`` and ``extension``, as far as they matter.
    """
    known = {
        "name": f"Agent {number}",
        "email": f"agent{number}@example.com",
        "employeeId": f"E{number}",
        "extension": f"{_FIRST_EXTENSION - 1 + number}",
        **(given or {}),
    }
    return {
        "id": user_id,
        "name": known["name"],
        "email": known["email"],
        "username": known["email"],
        "primaryContactInfo": [
            {"address": known["email"], "mediaType": "EMAIL", "type": "PRIMARY"},
            {"mediaType": "PHONE", "type": "WORK", "extension": known["extension"]},
        ],
        "employerInfo": {"employeeId": known["employeeId"]},
        "selfUri": f"/api/v2/users/{user_id}",
    }


def seeded_routing(seed: int) -> dict[str, list[dict[str, Any]]]:
    """Return what there is to route by, the same for the same seed."""
    chance = random.Random(f"{seed}:routing")  # noqa: S311 (as above)
    return {
        kind: [routed(kind, {"id": random_uuid(chance), "name": name}) for name in names]
        for kind, names in _NAMES.items()
    }


def routed(kind: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return a queue, wrap-up code, skill or language as the API's model has one.

    :param given: its ``id`` and ``name``, and its ``state`` if it is not active.
    """
    state = {} if kind in _STATELESS else {"state": "active"}
    return {**state, **given, "selfUri": f"/api/v2/routing/{kind}/{given['id']}"}


def random_uuid(chance: random.Random) -> str:
    """Return the next id that chance makes up."""
    return str(uuid.UUID(int=chance.getrandbits(128), version=4))
