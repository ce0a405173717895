"""Snapshots: complete or absent, however a run ends and however many overlap."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from fake_genesys import FakeGenesys, deployment, export, listing
from snapshot_world import DEPLOYMENTS, latest, name_of

from airflow_provider_genesys.exports.snapshot import Destination, verify
from airflow_provider_genesys.files import storage
from tests.harness.killed import Killed


@pytest.mark.parametrize("after", [False, True])
def test_killed_before_or_after_each_write_a_snapshot_is_complete_or_absent(
    root: Any, monkeypatch: pytest.MonkeyPatch, after: bool
) -> None:
    real = {name: getattr(storage, name) for name in ("replace", "put_new")}
    export(FakeGenesys(3), root)
    known = Destination(root).names()
    moment = 0
    while True:
        left = [moment]

        def write(name: str, path: Any, data: bytes, left: list[int] = left) -> None:
            left[0] -= 1
            if left[0] < 0 and not after:
                raise Killed
            real[name](path, data)
            if left[0] < 0:
                raise Killed

        with monkeypatch.context() as patch:
            patch.setattr(storage, "replace", lambda *given, write=write: write("replace", *given))
            patch.setattr(storage, "put_new", lambda *given, write=write: write("put_new", *given))
            try:
                export(FakeGenesys(4 + moment), root)
            except Killed:
                pass
            else:
                break
        names = Destination(root).names()
        assert set(known) <= set(names)
        for name in names:
            verify(Destination(root).path(name))
        assert verify(root).latest in {True, False}
        known = names
        moment += 1
    assert moment >= 5  # objects, two files of the diff, the manifest, latest.json
    assert verify(root).latest is True
    assert export(FakeGenesys(4 + moment), root)["changed"] is False


def test_a_run_that_began_earlier_and_ends_later_does_not_move_latest_back(root: Any) -> None:
    genesys = FakeGenesys()
    later: dict[str, Any] = {}

    def answer(_: Any) -> Any:
        genesys.answers[DEPLOYMENTS] = listing(deployment(0))
        later.update(export(FakeGenesys(2), root))
        return listing(deployment(0))

    genesys.answers[DEPLOYMENTS] = answer
    earlier = export(genesys, root)
    assert earlier["snapshot"] < later["snapshot"]
    assert latest(root)["snapshot"] == name_of(later["snapshot"])
    assert (later["previous"], earlier["previous"]) == (None, None)
    assert verify(root).latest is True


def test_whoever_was_faster_between_looking_and_writing_latest_is_seen(
    root: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = storage.replace
    later: dict[str, Any] = {}

    def replace(path: Any, data: bytes) -> None:
        if path.name == "latest.json" and not later:
            later["snapshot"] = "is on its way"
            later.update(export(FakeGenesys(2), root))
        real(path, data)

    monkeypatch.setattr(storage, "replace", replace)
    earlier = export(FakeGenesys(1), root)
    assert earlier["snapshot"] < later["snapshot"]
    assert latest(root)["snapshot"] == name_of(later["snapshot"])


def test_many_at_once_converge(root: Any) -> None:
    summaries: list[dict[str, Any]] = []
    threads = [
        threading.Thread(target=lambda number=number: summaries.append(export(FakeGenesys(number % 3), root)))
        for number in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    names = Destination(root).names()
    assert len(names) == len(summaries) == 8
    for name in names:
        verify(Destination(root).path(name))
    assert verify(root).latest is True
    assert latest(root)["snapshot"] == names[-1]
