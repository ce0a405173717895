"""How to plan: the choices of a plan, and what each of its settings may be."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from types import MappingProxyType
from typing import Any, Literal, TypeAlias, get_args

from airflow_provider_genesys.arguments import FLAG, TEXTS, ArgumentRule, number, one_of, read

Prune: TypeAlias = Literal["none", "deactivate"]
"""What becomes of definitions that are not desired."""
Labels: TypeAlias = Literal["replace", "merge"]
"""What becomes of labels in languages that are not desired."""
InUse: TypeAlias = Literal["ignore", "refuse"]
"""Whether a plan is unsafe that deactivates or moves what some user is in."""

RULES: Mapping[str, ArgumentRule] = MappingProxyType(
    {
        "prune": one_of(*get_args(Prune)),
        "labels": one_of(*get_args(Labels)),
        "max_changes_percent": number(0, 100),
        "max_deactivations": number(0, whole=True),
        "protected": TEXTS
        | ArgumentRule(
            "a set of them",
            lambda value: isinstance(value, AbstractSet) and TEXTS.accepts([*value]),
            lambda value: TEXTS.read([*value]),
        ),
        "in_use": one_of(*get_args(InUse)),
        "applied_later": FLAG,
    }
)
"""What each setting may be."""


def check(**settings: Any) -> None:
    """Raise :class:`GenesysConfigError` for the first of some settings that is wrong."""
    for name, rule in RULES.items():
        if name in settings:
            read(name, settings[name], rule)
