"""The Pythons of this machine, by their version."""

from __future__ import annotations

import shutil
import subprocess
from functools import cache
from pathlib import Path

from tests.dist.building import UV


@cache
def find_python(version: str) -> Path | None:
    """Return an interpreter such as that of ``3.12``: on the path, one that uv installed, or pyenv's.

    Nothing is loaded.

    pyenv is asked by itself, since what it puts on the path fails for each version but the chosen one.
    """
    found = _ask(UV, "python", "find", "--system", "--no-python-downloads", version)
    if found is None and shutil.which("pyenv"):
        prefix = _ask("pyenv", "prefix", version)
        found = f"{prefix}/bin/python" if prefix else None
    return Path(found) if found and Path(found).exists() else None


def _ask(*command: str) -> str | None:
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
    return done.stdout.strip() or None if done.returncode == 0 else None
