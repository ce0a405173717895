"""What has to change so that the organisation's definitions are those desired: shown, guarded, then applied."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter, ValidationError

from airflow_provider_genesys.exceptions import GenesysConfigError
from airflow_provider_genesys.presence.plan import guards
from airflow_provider_genesys.presence.plan.changes import KINDS, Change, Kind, without
from airflow_provider_genesys.presence.plan.matching import Match, match
from airflow_provider_genesys.presence.state import Definition, digest, state_digest
from airflow_provider_genesys.presence.vocabulary import LOCALES, locale_advice
from airflow_provider_genesys.text import parse_json

if TYPE_CHECKING:
    from airflow_provider_genesys.presence.definitions import DesiredDefinition
    from airflow_provider_genesys.presence.plan.settings import Labels, PlanSettings

_FORMAT = 1


@dataclass(frozen=True)
class Plan:
    """What to change, and whether that is safe.

    :param organization_id: the organisation it is for, ``None`` if that may not be read.
    :param base: :func:`~airflow_provider_genesys.presence.state.state_digest` of the definitions it was made from.
    :param changes: in the order in which they are applied.
    :param unchanged: number of desired definitions that are as they should be.
    :param reasons: why it is unsafe; none if it is safe.
    :param settings: the settings it was made with.
    :param warnings: what may go wrong although it is safe; no part of the checksum while there are none.
    """

    organization_id: str | None
    base: str
    changes: tuple[Change, ...]
    unchanged: int
    reasons: list[str]
    settings: Mapping[str, Any]
    warnings: tuple[str, ...] = ()

    @property
    def safe(self) -> bool:
        """Whether no guard tripped."""
        return not self.reasons

    @property
    def creates(self) -> int:
        """Number of definitions to create."""
        return self._count("create")

    @property
    def updates(self) -> int:
        """Number of definitions to update."""
        return self._count("update")

    @property
    def reactivates(self) -> int:
        """Number of definitions to reactivate."""
        return self._count("reactivate")

    @property
    def deactivates(self) -> int:
        """Number of definitions to deactivate."""
        return self._count("deactivate")

    @cached_property
    def checksum(self) -> str:
        """Digest of all that the plan says and was made from; the same in every process."""
        return digest(self._content)

    def to_json(self) -> str:
        """Return the plan as JSON text."""
        content = {"format": _FORMAT, "checksum": self.checksum, **self._content}
        return json.dumps(content, ensure_ascii=False, indent=1)

    @classmethod
    def from_json(cls, text: str | bytes) -> Plan:
        """Read what :meth:`to_json` wrote.

        :raises GenesysConfigError: it is no plan, or was changed since.
        """
        try:
            content = parse_json(text)
            if content.pop("format") != _FORMAT:
                raise GenesysConfigError("the plan was written by another version of this provider: make a new one")
            checksum = content.pop("checksum")
            plan = _adapter().validate_python(content)
        except (ValueError, TypeError, KeyError, AttributeError, ValidationError) as error:
            raise GenesysConfigError("this is no plan for presence definitions") from error
        if plan.checksum != checksum:
            raise GenesysConfigError(f"the plan {checksum} was altered after it was made: make a new one")
        return plan

    @cached_property
    def _content(self) -> dict[str, Any]:
        content: dict[str, Any] = _adapter().dump_python(self, mode="json")
        if not self.warnings:  # checksums of plans without any are as they were before there were warnings
            del content["warnings"]
        return content

    def _count(self, kind: Kind) -> int:
        return sum(change.kind == kind for change in self.changes)


@lru_cache(maxsize=1)
def _adapter() -> TypeAdapter[Plan]:
    return TypeAdapter(Plan)


def make_plan(
    desired: Sequence[DesiredDefinition],
    existing: Sequence[Definition],
    settings: PlanSettings,
    *,
    in_use: AbstractSet[str] = frozenset(),
    twins_in_use: AbstractSet[str] | None = frozenset(),
    organization_id: str | None = None,
    expected_organization_id: str | None = None,
) -> Plan:
    """Compare and guard. Planning never fails for being unsafe; the plan says that it is, and why.

    What no force can apply is not among the changes, only among the reasons: changes of System definitions, of a
    definition's system presence, and deactivating the rest where nothing active is desired. What the other guards
    object to is among the changes, for people to see.

    :param desired: as ``load_definitions`` returns them.
    :param existing: all definitions of the organisation, active and deactivated.
    :param settings: how to plan.
    :param in_use: ids of definitions that users are in; it counts with ``in_use="refuse"`` only.
    :param twins_in_use: ids of definitions that users are in, whatever ``in_use`` is: of identical definitions one that
        is in use is kept, and none deactivated that is; ``None`` if that may not be read.
    :param organization_id: the organisation, ``None`` if that may not be read.
    :param expected_organization_id: the only organisation to change, ``None`` for any.
    :raises GenesysConfigError: a setting is wrong, an ``id`` does not exist, or definitions cannot be told apart.
    """
    settings.validate()
    protects = settings.protects
    matches = match(desired, existing, twins_in_use or frozenset())
    changes, refused = _compare(desired, matches, existing, settings.labels)
    unchanged = len(desired) - len(changes) - len(refused)
    twins = _twins(matches)
    changes += twins
    if settings.prune == "deactivate":
        surplus = _surplus(matches, existing)
        if _wants_any_active(desired, matches):
            changes += surplus
        elif surplus:
            refused.append(f"nothing active is desired; none of the other {len(surplus)} definitions is deactivated")
    return Plan(
        organization_id=organization_id,
        base=state_digest(existing),
        changes=tuple(sorted(changes, key=_order)),
        unchanged=unchanged,
        reasons=[
            *guards.elsewhere(organization_id, expected_organization_id),
            *guards.nothing_desired(desired),
            *sorted(refused),
            *guards.too_much(
                changes,
                existing,
                max_changes_percent=settings.max_changes_percent,
                max_deactivations=settings.max_deactivations,
            ),
            *guards.leaves_nothing(changes, existing),
            *sorted(guards.renames_unasked(changes, {entry.id for entry in desired if entry.id})),
            *sorted(guards.doubles_a_name(changes, existing)),
            *sorted(guards.is_in_another_division(changes, existing, _found_ids(matches))),
            *guards.new_divisions(changes, existing),
            *guards.protects_nothing(protects, existing),
            *sorted(guards.touches_protected(changes, protects)),
            *guards.twins_unseen(twins, twins_in_use),
            *sorted(
                {
                    *guards.somebody_is_in(changes, in_use if settings.in_use == "refuse" else frozenset()),
                    *guards.somebody_is_in(twins, twins_in_use or frozenset()),
                }
            ),
            *guards.over_the_cap(changes, existing),
        ],
        settings={**settings.to_json(), "expected_organization_id": expected_organization_id},
        warnings=tuple(_unknown_locales(desired, existing)),
    )


def _unknown_locales(desired: Sequence[DesiredDefinition], existing: Sequence[Definition]) -> list[str]:
    """Warn of languages that neither the provider nor the organisation is known to have."""
    known = {*LOCALES, *(locale for one in existing for locale in one.labels)}
    return [
        f"{entry.place + ': ' if entry.place else ''}{entry.name} has a label in {locale}, in which the organisation "
        f"has none yet: Genesys Cloud may refuse it{locale_advice(locale, known)}"
        for entry in desired
        for locale in sorted(entry.labels.keys() - known)
    ]


def _compare(
    desired: Sequence[DesiredDefinition],
    matches: Sequence[Match | None],
    existing: Sequence[Definition],
    labels: Labels,
) -> tuple[list[Change], list[str]]:
    """Return what to change, and what is desired but never done."""
    changes: list[Change] = []
    refused: list[str] = []
    for entry, found in zip(desired, matches, strict=True):
        change = _create(entry, existing) if found is None else _change(entry, found, labels)
        if change is None:
            continue
        if change.before is not None and (reason := _why_never(change.before, change.after)):
            refused.append(reason)
        else:
            changes.append(change)
    return changes, refused


def _create(entry: DesiredDefinition, existing: Sequence[Definition]) -> Change | None:
    """Return the change that makes a definition which the organisation does not have."""
    if not entry.active:
        return None
    after = Definition(
        id="", system_presence=entry.system_presence, labels=dict(sorted(entry.labels.items())), division=entry.division
    )
    others = {one.division for one in existing if one.type == "User" and one.name == after.name} - {entry.division}
    reason = f"there is none but in division {', '.join(sorted(others))}" if others else "there is none"
    return Change("create", None, None, after, reason, after.name)


def _change(entry: DesiredDefinition, found: Match, labels: Labels) -> Change | None:
    """Return the change that makes a definition what is desired; ``None`` if it is that already."""
    before = found.definition
    if before.type == "System":
        wanted = {**before.labels, **entry.labels}  # its other labels are Genesys' affair
        after = replace(before, labels=wanted, system_presence=entry.system_presence, deactivated=not entry.active)
    else:
        kept = {locale: text for locale, text in before.labels.items() if labels == "merge" or locale not in LOCALES}
        wanted = {**kept, **entry.labels}
        after = replace(
            before,
            system_presence=entry.system_presence,
            labels=dict(sorted(wanted.items())),
            division=entry.division,
            deactivated=not entry.active,
        )
    if after == before:
        return None
    kind: Kind = "update"
    if after.deactivated != before.deactivated:
        kind = "deactivate" if after.deactivated else "reactivate"
    return Change(kind, before.id, before, after, found.how, after.name)


def _why_never(before: Definition, after: Definition) -> str | None:
    """Return why a definition is not changed at all, however the plan is forced."""
    if before.type == "System":
        return f"{before.name} ({before.id}) is a System definition, which is never changed: leave it out"
    if before.system_presence != after.system_presence:
        return (
            f"{before.name} ({before.id}) cannot become {after.name}: a definition keeps its system presence; "
            "deactivate it and create another"
        )
    return None


def _surplus(matches: Sequence[Match | None], existing: Sequence[Definition]) -> list[Change]:
    """Return the deactivations of what is active and not desired."""
    desired = _found_ids(matches)
    return [
        Change("deactivate", one.id, one, replace(one, deactivated=True), "not desired", one.name)
        for one in existing
        if one.type == "User" and not one.deactivated and one.id not in desired
    ]


def _twins(matches: Sequence[Match | None]) -> list[Change]:
    """Return the deactivations of what is there twice."""
    return [without(one, found.definition) for found in matches if found is not None for one in found.twins]


def _found_ids(matches: Sequence[Match | None]) -> set[str]:
    return {one.id for found in matches if found is not None for one in (found.definition, *found.twins)}


def _wants_any_active(desired: Sequence[DesiredDefinition], matches: Sequence[Match | None]) -> bool:
    """Tell whether any ``User`` definition is desired to be active; built-in ones are there anyway."""
    return any(
        entry.active and (found is None or found.definition.type == "User")
        for entry, found in zip(desired, matches, strict=True)
    )


def _order(change: Change) -> tuple[Any, ...]:
    after = change.after
    labels = sorted(after.labels.items())
    return KINDS.index(change.kind), after.system_presence, change.label, after.division, after.id, labels
