"""Who owns a file, on stores that show late what was written to them, or lose it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from airflow_provider_genesys.exceptions import GenesysLedgerError
from airflow_provider_genesys.files import ownership, storage
from airflow_provider_genesys.files.ownership import Owner

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("late", range(4))
def test_an_owner_that_is_shown_late_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, late: int) -> None:
    monkeypatch.setattr(ownership, "_LOOKS", (0.0,) * 4)
    owner, looks, read = Owner(tmp_path / "owner.json", "dag/run/task", 1), [], storage.read
    owner.take()
    monkeypatch.setattr(storage, "read", lambda path: looks.append(path) or (read(path) if len(looks) > late else None))
    owner.check()
    assert len(looks) == late + 1


def test_an_owner_that_is_gone_is_not_another_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ownership, "_LOOKS", (0.0,) * 4)
    owner = Owner(tmp_path / "owner.json", "dag/run/task", 1)
    owner.take()
    (tmp_path / "owner.json").unlink()
    with pytest.raises(GenesysLedgerError, match="it is gone"):
        owner.check()
    Owner(tmp_path / "owner.json", "dag/run/task", 2).take()
    with pytest.raises(GenesysLedgerError, match="has taken over"):
        owner.check()


def test_a_look_that_takes_long_is_young_enough_when_it_comes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    owner = Owner(tmp_path / "owner.json", "dag/run/task", 1)
    owner.take()
    read = storage.read
    monkeypatch.setattr(storage, "read", lambda path: (time.sleep(0.6), read(path))[1])
    owner.check()
    assert owner.is_sure(0.5), "else it is looked at again and again, and nothing is sent"
