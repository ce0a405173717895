"""A shell in which there is no Airflow, and files for the commands that are run in it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from airflow_provider_genesys.simulator.process import SimulatorHandle

ROOT = Path(__file__).parents[3]
DEFINITIONS = (
    "- system_presence: Break\n  labels: {en_US: Smoke}\n- system_presence: Meal\n  labels: {en_US: Canteen}\n"
)
SOURCE = str(uuid.uuid4())
PRESENCE = str(uuid.uuid4())


class Shell:
    """Runs commands in a folder, with the environment of a pipeline that has no Airflow."""

    def __init__(self, folder: Path, simulator: SimulatorHandle) -> None:
        self.simulator = simulator
        self.folder = folder / "work"
        self.folder.mkdir()
        absent = folder / "without" / "airflow"
        absent.mkdir(parents=True)
        (absent / "__init__.py").write_text("raise ImportError('there is no Airflow here')\n")
        inherited = {
            name: value for name, value in os.environ.items() if not name.startswith(("GENESYS_CLOUD_", "AIRFLOW"))
        }
        self.environment = {
            **inherited,
            "PYTHONPATH": f"{absent.parent}{os.pathsep}{ROOT}",
            "GENESYS_CLOUD_CLIENT_ID": simulator.client_id,
            "GENESYS_CLOUD_CLIENT_SECRET": simulator.client_secret,
            "GENESYS_CLOUD_BASE_URL": simulator.base_url,
        }

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "airflow_provider_genesys", *arguments]
        pipe = subprocess.PIPE
        return subprocess.Popen(
            command,
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=pipe,
            stderr=pipe,
            text=True,
        )

    def run(self, *arguments: str) -> tuple[int, str, str]:
        """Run a command and return its exit code, standard output and standard error."""
        process = self.start(*arguments)
        output, errors = process.communicate(timeout=60)
        return process.returncode, output, errors

    def json(self, *arguments: str) -> tuple[int, Any]:
        code, output, errors = self.run(*arguments, "--json")
        assert output, errors
        return code, json.loads(output)

    def fails(self, *arguments: str) -> str:
        """Run a command that cannot do what it is told, and return the one line it says."""
        code, output, errors = self.run(*arguments)
        assert (code, output) == (2, "")
        assert errors.count("\n") == 1
        assert errors.startswith("error: ")
        return errors

    def write(self, name: str, text: str) -> str:
        (self.folder / name).write_text(text)
        return name


def events(number: int, **changes: str) -> str:
    return "".join(
        json.dumps(
            {
                "eventId": str(uuid.uuid4()),
                "userId": str(uuid.uuid4()),
                "sourceId": SOURCE,
                "presenceDefinitionId": PRESENCE,
                "eventDateTime": "2026-11-24T08:00:00.000Z",
                **changes,
            }
        )
        + "\n"
        for _ in range(number)
    )
