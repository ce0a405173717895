"""One write of a plan: what guards judge and an apply does."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, TypeAlias, get_args

from airflow_provider_genesys.presence.state import Definition  # noqa: TC001 - pydantic reads the annotations

Kind: TypeAlias = Literal["deactivate", "reactivate", "update", "create"]
KINDS: tuple[Kind, ...] = get_args(Kind)
"""In the order in which a plan is applied: what makes room under the cap comes first."""
_TWIN_OF = "twin of "


@dataclass(frozen=True, slots=True)
class Change:
    """One write of a plan.

    :param kind: what it does.
    :param id: id of the definition, ``None`` for one to create.
    :param before: the definition as it is, ``None`` for one to create.
    :param after: the definition as it shall be, whole; its id is empty for one to create. A deactivation may change
        labels as well (an entry with ``active: false``), so compare with ``before`` before using DELETE.
    :param reason: why, for people.
    :param label: the definition's name for people, such as ``Break/Smoke``.
    """

    kind: Kind
    id: str | None
    before: Definition | None
    after: Definition
    reason: str
    label: str

    @property
    def is_of_a_twin(self) -> bool:
        """Whether it deactivates what is there twice: nobody asked for that, so no user must be in it."""
        return self.reason.startswith(_TWIN_OF)


def without(twin: Definition, kept: Definition) -> Change:
    """Return the deactivation of a definition that is there twice.

    :param twin: the one to deactivate.
    :param kept: the one that stays.
    """
    return Change("deactivate", twin.id, twin, replace(twin, deactivated=True), f"{_TWIN_OF}{kept.id}", twin.name)
