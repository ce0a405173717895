"""A mapping file with the least in it: what it makes of a record with more, and which mistakes are told of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from airflow_provider_genesys.exceptions import GenesysConfigError
from airflow_provider_genesys.interactions.mapping_file import mapping_of_text

if TYPE_CHECKING:
    from airflow_provider_genesys.interactions.model import Interaction

LEAST = """\
interaction:
  id: Id
  direction: inbound
  started: Begin
"""
BEGIN = {"Id": "c1", "Begin": "2026-11-16T08:00:00Z"}


def made(more: str, **record: Any) -> Interaction:
    """Return what a mapping makes of a record; its interaction has an id, a direction and a beginning already."""
    return mapping_of_text(LEAST + more, "m.yaml").understood(BEGIN | record).interaction


def mistakes(text: str) -> list[str]:
    with pytest.raises(GenesysConfigError) as raised:
        mapping_of_text(text, "m.yaml")
    return [line.strip() for line in str(raised.value).splitlines()]
