"""Plans for tests, with their settings by name."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from airflow_provider_genesys.presence.plan.plan import Plan, make_plan
from airflow_provider_genesys.presence.plan.settings import PlanSettings

_SETTINGS = {field.name for field in fields(PlanSettings)} - {"in_use"}


def planned(desired: Any, existing: Any, *, in_use: Any = None, **options: Any) -> Plan:
    """Make a plan.

    :param in_use: ids of the definitions that users are in; ``None`` plans with ``in_use="ignore"``.
    :param options: settings, and arguments of ``make_plan``.
    """
    settings = {name: value for name, value in options.items() if name in _SETTINGS}
    others = {name: value for name, value in options.items() if name not in _SETTINGS}
    asks = PlanSettings(**settings, in_use="ignore" if in_use is None else "refuse")
    return make_plan(desired, existing, asks, in_use=in_use or frozenset(), **others)
