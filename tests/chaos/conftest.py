"""What the chaos tests share: the simulator with a large allowance, and tries as processes of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from airflow_provider_genesys.simulator.process import SimulatorHandle

ROOT = Path(__file__).parents[2]
SECONDS = 90


class Try:
    """A try of a task, running in a process of its own.

    :param command: what runs it.
    """

    def __init__(self, command: list[str]) -> None:
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        self.process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def result(self) -> dict[str, Any]:
        """Wait for its end and return what it says."""
        output, complaints = self.process.communicate(timeout=SECONDS)
        assert self.process.returncode == 0, complaints
        return json.loads(output)


Start = Callable[..., Try]


@pytest.fixture
def simulator(genesys_cloud_simulator: SimulatorHandle, short_waits: None) -> SimulatorHandle:
    """Give a Genesys Cloud with a large allowance.

    A try inside this process shortens its waits for itself; that the fixture has them short undoes it.
    """
    genesys_cloud_simulator.settings(requests_per_minute=1_000_000)
    return genesys_cloud_simulator


@pytest.fixture
def start(simulator: SimulatorHandle) -> Iterator[Start]:
    """Start tries; none of them outlives the test."""
    tries: list[Try] = []

    def start_try(folder: Path, source: str, **settings: Any) -> Try:
        arguments = [simulator.base_url, str(folder), source, json.dumps(settings)]
        tries.append(Try([sys.executable, "-m", "tests.chaos.child", *arguments]))
        return tries[-1]

    yield start_try
    for each in tries:
        each.process.kill()
        each.process.communicate(timeout=SECONDS)
