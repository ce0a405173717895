"""What ``make matrix`` runs: the tests that meet Airflow, with the wheel, on each line of Airflow there is.

``python -m tests.matrix [--full] [--airflow LINE ...]`` in the repository's root. Each line is tried on one Python, the
oldest with all of these tests and the others with the core of them; with ``--full`` all lines are tried with all, on
all Pythons that are installed. The environments stay in ``.venv-<line>-python<version>``. What is tested is what was
built: the tests lie in a folder of their own, out of the source distribution, in which there is no package that could
be imported in place of the wheel's.

Nearly all that the tests do is wait for servers, so several run side by side.
"""

from __future__ import annotations

import argparse
import hashlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
from functools import cache
from pathlib import Path
from typing import NamedTuple

from tests.dist.building import ROOT, UV, build, run
from tests.harness.commands import say
from tests.matrix.pythons import find_python

PYTHONS = {
    "2.11": ("3.11", "3.12"),
    "3.0": ("3.12", "3.11"),
    "3.1": ("3.12", "3.11", "3.13"),
    "3.2": ("3.13", "3.11", "3.12"),
    "3.3": ("3.13", "3.12", "3.11"),
}
"""Each line of Airflow, which has its pins in ``constraints/``, and the Pythons it runs on: the usual one first."""

CORE = (
    "tests/unit/hooks",
    "tests/unit/operators",
    "tests/unit/triggers",
    "tests/unit/test_deprecations.py",
    "tests/unit/test_every_class.py",
    "tests/contract/hooks",
    "tests/contract/operators/test_publish_that_leaves.py",
    "tests/contract/sensors",
    "tests/contract/triggers",
)
ALL = (
    "tests/unit/hooks",
    "tests/unit/operators",
    "tests/unit/triggers",
    "tests/unit/test_deprecations.py",
    "tests/unit/test_every_class.py",
    "tests/unit/test_plugin.py",
    "tests/unit/test_storage.py",
    "tests/unit/test_storage_faults.py",
    "tests/unit/test_storage_leftovers.py",
    "tests/contract/hooks",
    "tests/contract/operators",
    "tests/contract/sensors",
    "tests/contract/transfers",
    "tests/contract/triggers",
    "tests/dags",
)
OLDEST = "2.11"
MEASURES = "tests/contract/triggers/test_triggers_on_one_loop.py"
"""It measures by the benchmarks, which are not in the source distribution, and wants the machine for itself."""
SIDE_BY_SIDE = ("-n", "4", "--dist", "loadfile", "--max-worker-restart", "0")
NAME = "airflow_provider_genesys"
WHERE = f"""
import sys
from importlib.metadata import version
from pathlib import Path
import {NAME}
there = Path({NAME}.__file__)
assert there.is_relative_to(sys.prefix), f"{{there}} is not the wheel's"
print("Airflow", version("apache-airflow"), "on Python", sys.version.split()[0])
"""


class Place(NamedTuple):
    """Where tests run: a line of Airflow on a Python."""

    airflow: str
    python: str

    @property
    def pins(self) -> Path:
        """The versions that are installed."""
        return ROOT / "constraints" / f"airflow-{self.airflow}.txt"

    @property
    def folder(self) -> Path:
        """The environment."""
        return ROOT / f".venv-{self.airflow}-python{self.python}"


def choose(airflows: list[str], *, full: bool) -> list[Place]:
    """Return where to run; a Python that is not installed is left out, and said once."""
    installed = cache(lambda python: find_python(python) is not None)
    chosen, missing = [], set()
    for airflow in airflows:
        there = [python for python in PYTHONS[airflow] if installed(python)]
        missing |= {python for python in PYTHONS[airflow] if python not in there}
        if not there:
            say(f"Airflow {airflow} is left out: none of its Pythons is installed ({', '.join(PYTHONS[airflow])})")
        chosen += [Place(airflow, python) for python in (there if full else there[:1])]
    for python in sorted(missing):
        say(f"Python {python} is not installed and left out")
    return chosen


def set_up(place: Place, wheel: Path) -> Path:
    """Install the wheel into the environment of a place, which is made where it is not there or out of date.

    :returns: the environment's Python.
    """
    python, ready = place.folder / "bin" / "python", place.folder / ".ready"
    wanted = hashlib.sha256(place.pins.read_bytes() + (ROOT / "pyproject.toml").read_bytes()).hexdigest()
    if not ready.exists() or ready.read_text() != wanted:
        say(f"Setting up {place.folder.name} (once, about a minute) ...")
        run(UV, "venv", "--quiet", "--clear", "--python", str(find_python(place.python)), place.folder)
        packages = (f"{NAME}[dev] @ {wheel.as_uri()}", "apache-airflow")
        options = ("--quiet", "--compile-bytecode", "--python", python, "--constraint", place.pins)
        run(UV, "pip", "install", *options, *packages)
        ready.write_text(wanted)
    run(UV, "pip", "install", "--quiet", "--python", python, "--no-deps", "--reinstall", wheel)
    return python


def unpack(source: Path, folder: Path) -> Path:
    """Unpack the source distribution without the package; return the folder of the rest."""
    with tarfile.open(source) as archive:
        archive.extractall(folder, filter="data")
    (unpacked,) = folder.iterdir()
    shutil.rmtree(unpacked / NAME)
    return unpacked


def try_out(python: Path, folder: Path, tests: tuple[str, ...], *options: str) -> tuple[str, bool]:
    """Run tests in the folder; return where that was and how long it took, and whether all passed."""
    asked = subprocess.run([python, "-c", WHERE], cwd=folder, check=True, stdout=subprocess.PIPE, text=True)
    where = asked.stdout.strip()
    say(f"{where}:")
    begin = time.monotonic()
    usual = ("-q", "--disable-warnings", "-p", "no:cacheprovider", "--ignore", MEASURES, *SIDE_BY_SIDE)
    command = [python, "-m", "pytest", *usual, *options, *tests]
    done = subprocess.run(command, cwd=folder, check=False)
    return f"{where}, {time.monotonic() - begin:.0f} s", done.returncode == 0


def main() -> None:
    """Build once, and try what was built in each place."""
    parser = argparse.ArgumentParser(prog="python -m tests.matrix", description=__doc__.splitlines()[0])
    parser.add_argument("--full", action="store_true", help="all tests that meet Airflow, on all Pythons")
    parser.add_argument("--airflow", nargs="+", choices=PYTHONS, default=[*PYTHONS], help="these lines only")
    asked = parser.parse_args()

    places = choose(asked.airflow, full=asked.full)
    results = []
    with tempfile.TemporaryDirectory(prefix="matrix-") as folder:
        wheel, source = build(Path(folder) / "dist")
        unpacked = unpack(source, Path(folder) / "source")
        for place in places:
            python = set_up(place, wheel)
            tests = ALL if asked.full or place.airflow == OLDEST else CORE
            profile = "thorough" if asked.full else "quick"
            results.append(try_out(python, unpacked, tests, "--hypothesis-profile", profile))
    for text, passed in results:
        say(f"{text}: {'passed' if passed else 'FAILED'}")
    sys.exit(not results or not all(passed for _, passed in results))


if __name__ == "__main__":
    main()
