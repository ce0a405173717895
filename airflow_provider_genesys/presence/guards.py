"""What makes a plan unsafe: each guard says in its own words what would happen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING

from airflow_provider_genesys.exceptions import GenesysConfigError
from airflow_provider_genesys.presence.definitions import MAX_ACTIVE
from airflow_provider_genesys.presence.vocabulary import normalise_label, normalise_presence

if TYPE_CHECKING:
    from airflow_provider_genesys.presence.plan import Change
    from airflow_provider_genesys.presence.state import Definition

MANY = 10
"""Active definitions from which on a share of them is guarded; with fewer, each is a large share."""


def too_much(
    changes: Sequence[Change], existing: Sequence[Definition], *, max_changes_percent: float, max_deactivations: int
) -> Iterator[str]:
    """Guard against a wrong file: more changes than are made on an ordinary day.

    Measured by the *active* ``User`` definitions. Deactivated ones are never removed, so that with the years they would
    make any number of deactivations look small.
    """
    active = sum(one.type == "User" and not one.deactivated for one in existing)
    touched = sum(change.kind != "create" for change in changes)
    deactivated = sum(change.kind == "deactivate" for change in changes)
    if active >= MANY and touched * 100 > max_changes_percent * active:
        yield (
            f"{touched} updates, reactivations and deactivations are {touched * 100 / active:.0f} % of the {active} "
            f"active definitions, more than max_changes_percent={max_changes_percent:g} allows"
        )
    if active < MANY and deactivated > max_deactivations:
        yield (
            f"{deactivated} of only {active} active definitions would be deactivated, more than "
            f"max_deactivations={max_deactivations} allows"
        )


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
    """Guard definitions that users are in against being deactivated."""
    for change in changes:
        if change.kind == "deactivate" and change.id in in_use:
            yield f"{change.label} ({change.id}) would be deactivated while users are in it"


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
        return definition.id == protected.strip()
    try:
        system_presence = normalise_presence(primary)
    except GenesysConfigError as error:
        raise GenesysConfigError(f"protected: {protected!r} is neither an id nor Primary/Label: {error}") from None
    labels = {normalise_label(text) for text in definition.labels.values()}
    return definition.system_presence == system_presence and normalise_label(label) in labels
