"""What the API's documents say, trimmed to what tests hold the project against: names, types, enumerations, codes."""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any


@cache
def facts(name: str) -> Any:
    """Return the facts of a file here; each file says where they are from, and of when."""
    return json.loads((Path(__file__).parent / f"{name}.json").read_text("utf-8"))["facts"]


def fact(name: str, key: str) -> Any:
    """Return what a file here has under a key; where it has nothing, say what to write."""
    found = facts(name)
    assert key in found, f"write into tests/facts/{name}.json what the API's description says of {key!r}"
    return found[key]


def known(names: Iterable[str], missing: str) -> str:
    """Return the first of some names; where there is none, say what to write where."""
    found = next(iter(names), None)
    assert found is not None, missing
    return found
