"""What is there twice, and which of it stays.

Labels are not unique in the API and reads lag behind writes, so a definition can come to be created twice. Of several
active ones that are alike, all that see to it keep the one with the smallest id: so they agree, whatever part of them
each of them sees.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING

from airflow_provider_genesys.exceptions import GenesysUnsafePlanError
from airflow_provider_genesys.presence.plan import guards
from airflow_provider_genesys.presence.plan.changes import Change, without

if TYPE_CHECKING:
    from airflow_provider_genesys.presence.plan.plan import Plan
    from airflow_provider_genesys.presence.state import Definition


def is_alike(one: Definition, other: Definition) -> bool:
    """Tell whether two definitions differ in nothing but their id and in whether they are active."""
    return _what(one) == _what(other)


def surplus(alike: Iterable[Definition]) -> list[Change]:
    """Return the deactivations that leave one of some definitions that are alike; those deactivated do not count."""
    active = sorted((one for one in alike if not one.deactivated), key=lambda one: one.id)
    return [without(one, active[0]) for one in active[1:]]


def of_newcomers(state: Iterable[Definition], known: AbstractSet[str], plan: Plan) -> list[Change]:
    """Return the deactivations of what is there twice since definitions have come that a plan did not see.

    What was there twice before is what the plan saw and left, and what its creations made is not looked at here.

    :param state: the definitions there are.
    :param known: ids of those that the plan saw.
    :param plan: the plan.
    """
    going = {change.id for change in plan.changes if change.kind == "deactivate"}
    creations = {_what(change.after) for change in plan.changes if change.kind == "create"}
    groups: defaultdict[object, list[Definition]] = defaultdict(list)
    for one in state:
        if one.type == "User" and not one.deactivated and one.id not in going and _what(one) not in creations:
            groups[_what(one)].append(one)
    return [twin for group in groups.values() if any(one.id not in known for one in group) for twin in surplus(group)]


def refuse_planned(twin: Change, plan: Plan) -> None:
    """Leave a twin that the plan changes, or what it protects: another of the same has come, and only a new plan tells.

    :raises GenesysUnsafePlanError: it is such a one.
    """
    reasons = [*guards.touches_protected([twin], plan.settings.get("protected", ()))]
    if any(change.id == twin.id for change in plan.changes):
        reasons.append(f"{twin.label} ({twin.id}), which the plan changes, has become a {twin.reason}")
    if reasons:
        raise GenesysUnsafePlanError(
            f"since the plan was made it has become unsafe: {'; '.join(reasons)}. That one is left: make a new plan"
        )


def _what(one: Definition) -> tuple[object, ...]:
    return one.system_presence, one.division, one.type, frozenset(one.labels.items())
