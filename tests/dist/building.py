"""Wheel and source distribution, as ``make dist`` and ``make matrix`` build them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
PINS = ROOT / "constraints" / "airflow-3.3.txt"
UV = str(Path(sys.executable).with_name("uv"))


def run(*command: str | Path, **environment: str) -> str:
    """Run a command and return what it prints; what it complains of is shown."""
    return subprocess.run(
        [str(part) for part in command], check=True, stdout=subprocess.PIPE, text=True, env={**os.environ, **environment}
    ).stdout


def build(folder: Path, root: Path = ROOT) -> tuple[Path, Path]:
    """Build into an empty folder, the wheel out of the source distribution; return both files."""
    run(UV, "build", "--quiet", "--build-constraint", PINS, "--out-dir", folder, root)
    (wheel,), (source,) = folder.glob("*.whl"), folder.glob("*.tar.gz")
    return wheel, source
