"""What lies in a folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


def files_in(folder: Path) -> dict[str, bytes]:
    """Return the bytes of each file in a folder and in those below it, by its path from there."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def lines_of(path: str) -> list[Any]:
    """Return what is in the lines of a file, of which each is JSON."""
    return [json.loads(line) for line in Path(path).read_text().splitlines()]
