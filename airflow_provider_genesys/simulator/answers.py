"""What can be done to an answer's body that is still a right answer, but a nasty one."""

from __future__ import annotations

import json
import random
from typing import Any


def without_last_entities(body: bytes, count: int) -> bytes:
    """Return a listing without its last entities; its ``total`` stays, and what is no listing stays whole.

    :param count: how many to leave out.
    """
    listing = _decoded(body)
    if not isinstance(listing, dict) or not isinstance(listing.get("entities"), list):
        return body
    return _encoded({**listing, "entities": listing["entities"][:-count]})


def shuffled(body: bytes, seed: str) -> bytes:
    """Return a body with the keys of all its objects in another order; what is no JSON stays as it is.

    :param seed: what the order depends on.
    """
    value = _decoded(body)
    if value is None:
        return body
    return _encoded(_shuffled(value, random.Random(seed)))  # noqa: S311 (chance, not cryptography)


def _shuffled(value: Any, chance: random.Random) -> Any:
    if isinstance(value, list):
        return [_shuffled(item, chance) for item in value]
    if isinstance(value, dict):
        names = [*value]
        chance.shuffle(names)
        return {name: _shuffled(value[name], chance) for name in names}
    return value


def _decoded(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return None


def _encoded(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
