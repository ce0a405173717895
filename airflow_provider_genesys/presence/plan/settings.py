"""How to plan: the choices of a plan, and what each of its settings may be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal, TypeAlias, get_args

from airflow_provider_genesys.arguments import TEXTS, ArgumentRule, number, one_of, read

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
    }
)
"""What each setting may be."""


@dataclass(frozen=True, slots=True)
class PlanSettings:
    """How to plan; :meth:`validate` checks it, whatever a template or a Dag made of it.

    :param prune: ``deactivate`` deactivates what is active and not desired; ``none`` leaves it alone. Twins of what is
        desired are deactivated in either case.
    :param labels: ``replace`` makes labels those desired, and keeps those in languages that the provider does not know;
        ``merge`` keeps labels in all languages that are not desired.
    :param protected: ids and ``Primary/Label`` (in any language) of definitions that must not change.
    :param max_changes_percent: how many of ten or more active definitions may be updated, reactivated or deactivated.
    :param max_deactivations: how many of fewer active definitions may be deactivated, moved to another division or
        renamed; 0 is none of however many.
    :param in_use: ``refuse`` makes it unsafe to deactivate, or to move to another division, a definition that a user is
        in; ``ignore``. Of definitions that are there twice one that a user is in is kept in either case.
    """

    prune: Prune = "none"
    labels: Labels = "replace"
    protected: Sequence[str] | AbstractSet[str] = ()
    max_changes_percent: float = 30
    max_deactivations: int = 2
    in_use: InUse = "ignore"

    def validate(self) -> None:
        """Check all of it.

        :raises GenesysConfigError: a setting is not what it may be.
        """
        for name, rule in RULES.items():
            read(name, getattr(self, name), rule)

    @property
    def protects(self) -> list[str]:
        """What is protected, in order."""
        return sorted(read("protected", self.protected, RULES["protected"]))

    def to_json(self) -> dict[str, Any]:
        """Return the settings as a plan holds them."""
        return {
            "prune": self.prune,
            "labels": self.labels,
            "protected": self.protects,
            "max_changes_percent": float(self.max_changes_percent),
            "max_deactivations": self.max_deactivations,
            "in_use": self.in_use,
        }
