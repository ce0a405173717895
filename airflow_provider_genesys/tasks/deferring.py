"""Handing a wait on to the triggerer.

A trigger is named as Airflow itself keeps it, by a class path and arguments: triggers stand beside operators and
sensors, of which none imports another.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from airflow.triggers.base import BaseTrigger

_TRIGGERS = "airflow_provider_genesys.triggers.genesys_cloud"
GRACE = 120.0
"""Seconds after a trigger's own deadline at which Airflow ends the waiting, where no triggerer is there to do it."""


def looking_trigger(**arguments: Any) -> BaseTrigger:
    """Return what looks again and again, see ``GenesysCloudLookTrigger``."""
    return _made("GenesysCloudLookTrigger", arguments)


def _made(name: str, arguments: dict[str, Any]) -> BaseTrigger:
    trigger: BaseTrigger = getattr(import_module(_TRIGGERS), name)(**arguments)
    return trigger
