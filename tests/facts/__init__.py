"""What the API's documents say, trimmed to what tests hold the project against: names, types, enumerations, codes."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any


@cache
def facts(name: str) -> Any:
    """Return the facts of a file here; each file says where they are from, and of when."""
    return json.loads((Path(__file__).parent / f"{name}.json").read_text("utf-8"))["facts"]
