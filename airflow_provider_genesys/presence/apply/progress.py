"""How far an organisation is on the way to what a plan says: pure functions of both.

Nothing here asks or changes anything, and nothing is remembered: what is left to do can be read off the organisation.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from airflow_provider_genesys.exceptions import GenesysStalePlanError, GenesysUnsafePlanError
from airflow_provider_genesys.presence.apply import twins
from airflow_provider_genesys.presence.state import Definition, state_digest
from airflow_provider_genesys.presence.vocabulary import SYSTEM_PRESENCES

if TYPE_CHECKING:
    from airflow_provider_genesys.presence.plan.changes import Change
    from airflow_provider_genesys.presence.plan.plan import Plan


def refuse_unsafe(plan: Plan, force_checksum: str | None, *, just_made: bool) -> None:
    """Refuse a plan that is unsafe and not forced, what no force applies, and a force that is meant for another plan.

    :param force_checksum: checksum of the plan that is forced; blank is the same as none.
    :param just_made: whether nobody can have seen the plan: what an earlier try was forced to do may be done, and then
        what is left is another plan, which is safe.
    :raises GenesysUnsafePlanError: it is such a one.
    """
    expected = plan.settings.get("expected_organization_id")
    if expected is not None and plan.organization_id != expected:
        found = plan.organization_id or "one whose id may not be read"
        raise GenesysUnsafePlanError(
            f"the plan was made of organisation {found}, and {expected} was expected: no force applies it"
        )
    for change in plan.changes:
        if change.id in SYSTEM_PRESENCES.values() or change.after.type == "System":
            raise GenesysUnsafePlanError(f"{change.label} is a System definition, which no plan may change")
        if change.before is not None and change.before.system_presence != change.after.system_presence:
            raise GenesysUnsafePlanError(f"{change.label}: the system presence of a definition cannot change")
    given = (force_checksum or "").strip()
    if given == plan.checksum:
        return
    forced = f"force_checksum is {given}, that of another plan. " if given else ""
    if not plan.safe:
        raise GenesysUnsafePlanError(
            f"the plan is unsafe, so nothing was changed: {'; '.join(plan.reasons)}. {forced}"
            f"To apply it all the same, pass force_checksum={plan.checksum!r}"
        )
    if forced and not just_made:
        raise GenesysUnsafePlanError(
            f"{forced}This one is {plan.checksum}, is safe and need not be forced; nothing was changed"
        )


def fits(plan: Plan, state: Sequence[Definition]) -> bool:
    """Tell whether taking back those of the plan's changes that are there leads to what it was made from.

    A creation that somebody has taken back since is another matter: it would be created a second time.
    """
    if any(_is_taken_back(plan, change, state) for change in plan.changes):
        return False
    planned = {change.id: change for change in plan.changes if change.id}
    created = {definition.id for change in plan.changes for definition in _made_by(plan, change, state)}
    base = []
    for definition in state:
        change = planned.get(definition.id)
        if change is not None and change.before is not None and definition == change.after:
            base.append(change.before)
        elif definition.id not in created:
            base.append(definition)
    return state_digest(base) == plan.base


def stale(plan: Plan, state: Sequence[Definition]) -> GenesysStalePlanError:
    """Return the error that says what has changed since the plan was made; the state does not fit it."""
    by_id = {definition.id: definition for definition in state}
    changed = [
        change.label
        for change in plan.changes
        if (change.id and by_id.get(change.id) not in (change.before, change.after))
        or _is_taken_back(plan, change, state)
    ]
    which = f"changed: {', '.join(changed)}" if changed else "changed are some that it leaves alone"
    return GenesysStalePlanError(
        f"the presence definitions are no longer those the plan was made from ({which}); nothing was written, "
        "make a new plan"
    )


def missing(plan: Plan, state: Iterable[Definition], written: Mapping[int, str | None]) -> list[int]:
    """Return the numbers of the changes that are not seen.

    :param written: by the number of a change that was written: id of its definition, ``None`` where unknown.
    """
    by_id = {definition.id: definition for definition in state}
    return [
        number
        for number, change in enumerate(plan.changes)
        if not _is_seen(plan, change, by_id, own=written.get(number))
    ]


def may_be_hidden(plan: Plan, unseen: Sequence[int]) -> bool:
    """Tell whether another apply has begun, and may have created more than is seen."""
    return len(unseen) < len(plan.changes) and any(plan.changes[number].id is None for number in unseen)


def twins_of_creations(plan: Plan, state: Sequence[Definition]) -> list[Change]:
    """Return the deactivations of what the plan's creations may have made, but for one of each that is alike."""
    return [twin for change in plan.changes for twin in twins.surplus(_made_by(plan, change, state))]


def _made_by(plan: Plan, change: Change, state: Iterable[Definition]) -> list[Definition]:
    """Return the definitions a creation may have made, active or not, by id.

    None of them was there when the plan was made: it would have taken that one instead of creating another.
    """
    if change.kind != "create":
        return []
    changed = {each.id for each in plan.changes if each.id}
    found = [one for one in state if one.id not in changed and twins.is_alike(one, change.after)]
    return sorted(found, key=lambda one: one.id)


def _is_taken_back(plan: Plan, change: Change, state: Iterable[Definition]) -> bool:
    """Tell whether what a creation made is there, and all of it deactivated; of twins one stays active."""
    made = _made_by(plan, change, state)
    return bool(made) and all(one.deactivated for one in made)


def _is_seen(plan: Plan, change: Change, by_id: Mapping[str, Definition], *, own: str | None) -> bool:
    if change.id:
        return by_id.get(change.id) == change.after
    if own is not None and own not in by_id:
        return False  # another's twin may be seen before
    return any(one.deactivated == change.after.deactivated for one in _made_by(plan, change, by_id.values()))
