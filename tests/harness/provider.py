"""All that Airflow is told of, so that a check of "every operator" has the one that is added tomorrow."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from importlib import import_module

from airflow_provider_genesys.get_provider_info import get_provider_info

KINDS = ("operators", "sensors", "transfers", "hooks", "triggers")
"""The parts of the provider's info that name modules; a part that it does not have names none."""
TASKS = ("operators", "sensors", "transfers")
BASE_OF_HOOKS = "airflow_provider_genesys.hooks.base.ClientHook"
"""It speaks to no system itself, so that nobody makes one."""


def provider_modules(*kinds: str) -> list[str]:
    """Return the names of the modules that the provider's info lists, of these kinds or of all."""
    info = get_provider_info()
    parts = [part for kind in kinds or KINDS for part in info.get(kind, [])]  # type: ignore[attr-defined]
    return [name for part in parts for name in part.get("python-modules") or [part["python-module"]]]


def public_classes(module: str) -> Iterator[type]:
    """Yield the classes that a module defines for others: not what it imports, private ones, mixins and rows."""
    for name, found in vars(import_module(module)).items():
        if inspect.isclass(found) and found.__module__ == module and not name.startswith("_"):
            yield found


def provider_classes(*kinds: str) -> list[type]:
    """Return each operator, sensor, transfer, hook and trigger of these kinds, or of all.

    A class is one by what it derives from, which is Airflow's; a mixin or a type of a row beside it is none.
    """
    return [
        found
        for module in provider_modules(*kinds)
        for found in public_classes(module)
        if issubclass(found, _bases()) and f"{module}.{found.__name__}" != BASE_OF_HOOKS
    ]


def _bases() -> tuple[type, ...]:
    from airflow.providers.common.compat.sdk import BaseHook, BaseOperator  # noqa: PLC0415 - after the home is set
    from airflow.triggers.base import BaseTrigger  # noqa: PLC0415

    return BaseOperator, BaseHook, BaseTrigger
