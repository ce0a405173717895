"""What makes a plan unsafe: each guard says in its own words what would happen."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from itertools import combinations
from typing import TYPE_CHECKING

from airflow_provider_genesys.exceptions import GenesysConfigError
from airflow_provider_genesys.presence.definitions import MAX_ACTIVE
from airflow_provider_genesys.presence.vocabulary import (
    ALL_DIVISIONS,
    in_order,
    normalise_id,
    normalise_label,
    normalise_presence,
    same_name,
    shared_label,
)

if TYPE_CHECKING:
    from airflow_provider_genesys.presence.definitions import DesiredDefinition
    from airflow_provider_genesys.presence.plan.changes import Change
    from airflow_provider_genesys.presence.state import Definition

MANY = 10
"""Active definitions from which on a share of them is guarded; with fewer, each is a large share."""


def withdraws(change: Change) -> bool:
    """Tell whether agents who have a status lose it: it is deactivated, or moved to another division."""
    before = change.before
    moved = before is not None and not before.deactivated and before.division != change.after.division
    return moved or change.kind == "deactivate"


def renames(change: Change) -> bool:
    """Tell whether an active definition gets another label in its first language, or none in it any more."""
    before, after = change.before, change.after
    if before is None or before.deactivated or after.deactivated or not before.labels:
        return False
    first = in_order(before.labels)[0]
    return normalise_label(before.labels[first]) != normalise_label(after.labels.get(first, ""))


def too_much(
    changes: Sequence[Change], existing: Sequence[Definition], *, max_changes_percent: float, max_deactivations: int
) -> Iterator[str]:
    """Guard against a wrong file: more changes than are made on an ordinary day.

    Measured by the *active* ``User`` definitions. Deactivated ones are never removed, so that with the years they would
    make any number of deactivations look small.
    """
    active = sum(one.type == "User" and not one.deactivated for one in existing)
    touched = sum(change.kind != "create" for change in changes)
    lost = sum(withdraws(change) or renames(change) for change in changes)
    if active >= MANY and touched * 100 > max_changes_percent * active:
        yield (
            f"{touched} updates, reactivations and deactivations are {touched * 100 / active:.0f} % of the {active} "
            f"active definitions, more than max_changes_percent={max_changes_percent:g} allows"
        )
    if (active < MANY or not max_deactivations) and lost > max_deactivations:
        only = all(change.kind == "deactivate" for change in changes if withdraws(change) or renames(change))
        what = "deactivated" if only else "deactivated, moved to another division or renamed"
        yield (
            f"{lost} of {'only ' if active < MANY else ''}{active} active definitions would be {what}, "
            f"more than max_deactivations={max_deactivations} allows"
        )


def nothing_desired(desired: Sequence[DesiredDefinition]) -> Iterator[str]:
    """Guard against a file that is empty, or whose entries are all commented out."""
    if not desired:
        yield "nothing is desired at all: the file or list is empty"


def leaves_nothing(changes: Sequence[Change], existing: Sequence[Definition]) -> Iterator[str]:
    """Guard against taking all there is, also if something new is to take its place: that may yet be refused."""
    active: defaultdict[str, set[str]] = defaultdict(set)
    for one in _active(existing):
        active[one.system_presence].add(one.id)
    if active and not _active(_afterwards(changes, existing)):
        yield f"no active definition would be left of {sum(map(len, active.values()))}"
        return
    lost = {change.id for change in changes if withdraws(change)}
    for system_presence, ids in sorted(active.items()):
        if len(ids) > 1 and ids <= lost:
            yield f"{system_presence} would lose all of its {len(ids)} active definitions"


def renames_unasked(changes: Sequence[Change], named: AbstractSet[str]) -> Iterator[str]:
    """Guard a name that agents know, unless the file names the definition by its id."""
    for change in changes:
        if change.before is not None and renames(change) and change.id not in named:
            yield (
                f"{change.before.name} ({change.id}) would be renamed to {change.after.name}, and was only "
                f"{change.reason}: if it is the one that is meant, give its id"
            )


def doubles_a_name(changes: Sequence[Change], existing: Sequence[Definition]) -> Iterator[str]:
    """Guard against two active definitions of one name that did not have it before."""
    places: defaultdict[tuple[str, str], list[Definition]] = defaultdict(list)
    for one in _active(_afterwards(changes, existing)):
        places[one.system_presence, one.division].append(one)
    before = {one.id: one for one in existing}
    for here in places.values():
        for one, other in combinations(sorted(here, key=lambda one: (one.id, one.name)), 2):
            shared = _shared_name(one, other)
            if shared and shared != _shared_name(before.get(one.id), before.get(other.id)):
                yield f"{one.name} ({one.id or 'new'}) and {other.name} ({other.id}) would have the same name"


def is_in_another_division(
    changes: Sequence[Change], existing: Sequence[Definition], found: AbstractSet[str]
) -> Iterator[str]:
    """Guard against making, or making active, what is there in another division, unless the file has that as well.

    The same label in any language is enough: the file that forgets a division may change a label as well.
    """
    others = [one for one in _active(existing) if one.id not in found]
    for change in changes:
        if change.kind not in {"create", "reactivate"}:
            continue
        for one in others:
            if one.system_presence != change.after.system_presence or one.division == change.after.division:
                continue
            if locale := shared_label(one.labels, change.after.labels):
                name = "" if same_name(one.labels, change.after.labels) else f" as {one.name}, the same in {locale}"
                yield (
                    f"{change.label} would be {change.kind}d in division {change.after.division}, but is there in "
                    f"division {one.division}{name}: to move it, give its id {one.id}"
                )


def new_divisions(changes: Sequence[Change], existing: Sequence[Definition]) -> Iterator[str]:
    """Guard against a wrong division: the API refuses it only after what comes first in the plan is done."""
    known = {ALL_DIVISIONS, *(one.division for one in existing)}
    wanted = Counter(change.after.division for change in changes)
    for division in sorted(set(wanted) - known):
        yield f"no definition is in division {division} yet, and {wanted[division]} would be: check that it exists"


def protects_nothing(protected: Sequence[str], existing: Sequence[Definition]) -> Iterator[str]:
    """Guard against a slip in ``protected`` itself."""
    for item in sorted(protected):
        if not any(is_meant(item, one) for one in existing):
            yield f"protected: there is no definition {item!r}, so nothing is protected by it"


def touches_protected(changes: Sequence[Change], protected: Sequence[str]) -> Iterator[str]:
    """Guard what is protected, by id or by ``Primary/Label`` in any language, against any change."""
    for change in changes:
        if change.before is not None and any(is_meant(item, change.before) for item in protected):
            yield f"{change.before.name} ({change.id}) is protected, and the plan would {change.kind} it"


def over_the_cap(changes: Sequence[Change], existing: Sequence[Definition]) -> Iterator[str]:
    """Guard the API's limit of active definitions.

    Plans are applied deactivations first, so that a system presence has the most active definitions at the end.
    """
    active = Counter(one.system_presence for one in existing if one.type == "User" and not one.deactivated)
    more: Counter[str] = Counter()
    for change in changes:
        steps = {"create": 1, "reactivate": 1, "update": 0, "deactivate": -1}
        active[change.after.system_presence] += steps[change.kind]
        more[change.after.system_presence] += change.kind in {"create", "reactivate"}
    for system_presence, count in sorted(active.items()):
        if count > MAX_ACTIVE and more[system_presence]:
            yield (
                f"{system_presence} would have {count} active definitions, "
                f"of which Genesys Cloud allows {MAX_ACTIVE}; deactivate some"
            )


def somebody_is_in(changes: Sequence[Change], in_use: AbstractSet[str]) -> Iterator[str]:
    """Guard definitions that users are in against being taken from them."""
    for change in changes:
        if withdraws(change) and change.id in in_use:
            what = "deactivated" if change.kind == "deactivate" else "moved to another division"
            yield f"{change.label} ({change.id}) would be {what} while users are in it"


def twins_unseen(twins: Sequence[Change], in_use: AbstractSet[str] | None) -> Iterator[str]:
    """Guard twins against being deactivated where nobody can tell which of them users are in."""
    if in_use is None:
        for change in twins:
            yield (
                f"{change.label} ({change.id}) would be deactivated as a {change.reason}, and whether users are in it "
                "may not be read"
            )


def elsewhere(organization_id: str | None, expected: str | None) -> Iterator[str]:
    """Guard against the credentials of another organisation."""
    if expected is not None and organization_id != expected:
        found = f"organisation {organization_id}" if organization_id else "an organisation whose id may not be read"
        yield f"the definitions are those of {found}, not of {expected}, the expected one"


def is_meant(protected: str, definition: Definition) -> bool:
    """Tell whether an item of ``protected`` means a definition.

    :param protected: an id, or ``Primary/Label``, with the label in any of the definition's languages.
    :param definition: a definition.
    :raises GenesysConfigError: the part before the slash is no system presence.
    """
    primary, slash, label = protected.partition("/")
    if not slash:
        return normalise_id(definition.id) == normalise_id(protected)
    try:
        system_presence = normalise_presence(primary)
    except GenesysConfigError as error:
        raise GenesysConfigError(f"protected: {protected!r} is neither an id nor Primary/Label: {error}") from None
    labels = {normalise_label(text) for text in definition.labels.values()}
    return definition.system_presence == system_presence and normalise_label(label) in labels


def _active(definitions: Sequence[Definition]) -> list[Definition]:
    return [one for one in definitions if one.type == "User" and not one.deactivated]


def _afterwards(changes: Sequence[Change], existing: Sequence[Definition]) -> list[Definition]:
    """Return the definitions there are when the changes are made; new ones have no id."""
    changed = {change.id: change.after for change in changes if change.id}
    created = [change.after for change in changes if change.kind == "create"]
    return [*(changed.get(one.id, one) for one in existing), *created]


def _shared_name(one: Definition | None, other: Definition | None) -> tuple[str, ...] | None:
    """Return where two active definitions have the same name, and which; ``None`` if they have not."""
    if one is None or other is None or one.deactivated or other.deactivated:
        return None
    if (one.system_presence, one.division) != (other.system_presence, other.division):
        return None
    locale = shared_label(one.labels, other.labels)
    if locale is None or not same_name(one.labels, other.labels):
        return None
    return one.system_presence, one.division, locale, normalise_label(one.labels[locale])
