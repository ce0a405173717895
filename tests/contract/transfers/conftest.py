"""Fixtures of the transfers of records and of states, which are one program."""

from __future__ import annotations

import json
from contextlib import contextmanager
from itertools import product
from typing import TYPE_CHECKING, Any

import pytest

from airflow_provider_genesys.interactions.transfer import Transfer
from tests.contract.transfers.calls import CALLS, calls
from tests.harness.killed import Killed
from tests.unit.interactions.interactions import DIRECTORY
from tests.unit.interactions.world import CSV, rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from airflow_provider_genesys.simulator.process import SimulatorHandle

STEPS = ["_write_mark", "_publish", "_is_refused", "_move"]


@pytest.fixture
def folder(connected: SimulatorHandle, short_waits: None, tmp_path: Path) -> Path:
    """Return a folder with a mapping, a directory and calls beside a Dag's file."""
    (tmp_path / "m.yaml").write_text(CSV)
    names: dict[str, Any] = {name: dict(getattr(DIRECTORY, name)) for name in ("users", "queues", "wrap_up_codes")}
    (tmp_path / "d.yaml").write_text(json.dumps(names | {"source_id": DIRECTORY.source_id}))
    (tmp_path / "calls.csv").write_text(rows(*calls(0, CALLS)))
    return tmp_path


@pytest.fixture(params=product(STEPS, ["before", "after"]), ids=lambda param: f"{param[1]} {param[0]}")
def killed(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Callable[[], AbstractContextManager[None]]:
    """Kill the transfer that runs meanwhile, ``with killed():``, before or after one of its steps; each in turn."""
    step, when = request.param
    original = getattr(Transfer, step)

    def die(self: Any, *arguments: Any, **more: Any) -> Any:
        if when == "after":
            original(self, *arguments, **more)
        raise Killed

    @contextmanager
    def killing() -> Iterator[None]:
        with monkeypatch.context() as patch:
            patch.setattr(Transfer, step, die)
            with pytest.raises(Killed):
                yield

    return killing
