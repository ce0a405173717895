"""Fixtures of the operators' tests: which waits are short, and what is told often."""

from __future__ import annotations

import pytest

from airflow_provider_genesys.events import progress
from airflow_provider_genesys.tasks import summaries


@pytest.fixture
def no_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Believe at once what reads show: that a plan is stale, that all of it is done."""
    monkeypatch.setattr("airflow_provider_genesys.presence.apply.applier._BELIEVE_STALE_AFTER", ())
    monkeypatch.setattr("airflow_provider_genesys.presence.apply.applier._LOST_AFTER", 0.0)


@pytest.fixture
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tell how far it is with each turn, on an Airflow that can be told."""
    monkeypatch.setattr(progress, "_FIRST", 0.0)
    monkeypatch.setattr(progress, "_INTERVAL", 0.02)
    monkeypatch.setattr(summaries, "airflow_version", "3.3.2")
