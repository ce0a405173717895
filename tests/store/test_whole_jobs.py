"""A few of the worlds of ``make store``, that a seed chooses them, and what a job on a store asks it for."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.chaos.tries import Try
from tests.store import __main__ as worlds
from tests.store import weather

if TYPE_CHECKING:
    from tests.chaos.server import Server
    from tests.store.s3 import Store


def test_a_seed_chooses_what_goes_wrong(capsys: pytest.CaptureFixture[str]) -> None:
    chosen = []
    for seed in ("1", "1", "2"):
        assert worlds.main(["--seed", seed, "--show"]) == 0
        chosen.append(capsys.readouterr().out)
    assert chosen[0] == chosen[1] != chosen[2]
    assert all(f"{job} " in chosen[0] for job in worlds.NAMES)
    assert all(f" {name}" in chosen[0] for name in (*weather.STORE, *weather.API, "killed"))


@pytest.mark.parametrize("job", worlds.NAMES)
def test_a_world(job: str, server: Server, store: Store, tmp_path: Path) -> None:
    figures = worlds.Figures()
    worlds.run(figures, server, store, tmp_path / "world", job, seed=8, number=0)
    assert figures.wrong == []
    # A try may be killed before the store's first fault comes: what goes wrong depends on the machine's pace too.
    assert figures.faults + figures.kills > 0


def test_a_look_at_the_owner_is_one_request(server: Server, store: Store, tmp_path: Path) -> None:
    """A second one would be a longer time in which another run can take over, and a publish twice as slow."""
    from tests.store.jobs import JOBS  # noqa: PLC0415 - its packages may be missing

    server.begin(0)
    store.clear()
    job = JOBS["publish"](server, store, "asked", tmp_path)
    attempt = next(iter(job.attempts()))
    result = Try(partial(worlds.quietly, attempt, 1, tmp_path / "said")).end()
    assert result is not None
    assert result["error"] is None
    asked, folder = store.log()["asked"], "asked/artifacts/dag/run/publish"
    assert asked.get(f"HEAD {folder}/owner.json", 0) == 0
    assert asked[f"GET {folder}/owner.json"] > asked[f"PUT {folder}/ledger.json"]
