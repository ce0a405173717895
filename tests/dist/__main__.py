"""What ``make dist`` runs: build wheel and source distribution, check them, install the wheel where nothing else is.

``python -m tests.dist`` in the repository's root; the files end in ``dist/``.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tarfile
import tempfile
import zipfile
from email.message import Message
from email.parser import BytesParser
from pathlib import Path

from packaging.metadata import Metadata

from tests.dist.building import PINS, ROOT, UV, build, run

DIST = ROOT / "dist"
WANTED = ("py.typed", "get_provider_info.py", "simulator/__main__.py", "operators/events.py", "plugin.py", "page/page.js")


def check(wheel: Path, source: Path) -> Message:
    """Check metadata and contents; return the metadata."""
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        (metadata,) = (archive.read(name) for name in names if name.endswith(".dist-info/METADATA"))
    Metadata.from_email(metadata, validate=True)
    missing = [name for name in WANTED if f"airflow_provider_genesys/{name}" not in names]
    foreign = {name.split("/")[0] for name in names if not name.startswith("airflow_provider_genesys")}
    with tarfile.open(source) as archive:
        tested = any("/tests/unit/" in name for name in archive.getnames())
    if missing or foreign or not tested:
        raise SystemExit(f"the wheel lacks {missing} and has {sorted(foreign)}; the sdist has tests: {tested}")
    return BytesParser().parsebytes(metadata)


def is_reproducible(wheel: Path, source: Path) -> bool:
    """Tell whether the sdist, unpacked elsewhere at another time and for other eyes, gives the same archives."""
    with tempfile.TemporaryDirectory() as folder:
        with tarfile.open(source) as archive:
            archive.extractall(folder, filter="data")
        (unpacked,) = Path(folder).iterdir()
        for path in unpacked.rglob("*"):
            path.chmod(0o700 if path.is_dir() else 0o600)
            os.utime(path)
        again = build(Path(folder) / "dist", unpacked)
        return all(one.read_bytes() == other.read_bytes() for one, other in zip((wheel, source), again, strict=True))


def list_provider(wheel: Path, metadata: Message) -> str:
    """Install the wheel into an empty environment and return what Airflow says of the provider there."""
    with tempfile.TemporaryDirectory() as folder:
        run(UV, "venv", "--quiet", "--python", sys.executable, f"{folder}/venv")
        run(UV, "pip", "install", "--quiet", "--constraint", PINS, wheel, VIRTUAL_ENV=f"{folder}/venv")
        home = {"AIRFLOW_HOME": f"{folder}/airflow", "PYTHONPATH": ""}
        listed = json.loads(run(f"{folder}/venv/bin/airflow", "providers", "list", "--output", "json", **home))
        hooks = json.loads(run(f"{folder}/venv/bin/airflow", "providers", "hooks", "--output", "json", **home))
    (provider,) = (each for each in listed if each["package_name"] == metadata["Name"])
    types = {each["connection_type"] for each in hooks}
    if provider["version"] != metadata["Version"] or not {"genesys_cloud", "vonage_contact_center"} <= types:
        raise SystemExit(f"Airflow lists {provider} and the connection types {sorted(types)}")
    return f"{provider['package_name']} {provider['version']}"


def main() -> None:
    """Build, check, install."""
    shutil.rmtree(DIST, ignore_errors=True)
    wheel, source = build(DIST)
    metadata = check(wheel, source)
    if not is_reproducible(wheel, source):
        raise SystemExit("built again from the sdist, wheel or sdist are others")
    print(f"{wheel.name} and {source.name} are in dist/, the same if built again; Airflow lists {list_provider(wheel, metadata)}")  # noqa: T201


if __name__ == "__main__":
    main()
