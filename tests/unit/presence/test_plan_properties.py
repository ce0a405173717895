"""Random organisations and files, and a model of the organisation that takes a plan's changes one by one."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, event, given
from hypothesis import strategies as st

from airflow_provider_genesys.exceptions import GenesysConfigError
from airflow_provider_genesys.presence.definitions import DesiredDefinition, load_definitions
from airflow_provider_genesys.presence.plan.plan import Plan
from airflow_provider_genesys.presence.state import Definition
from tests.harness.examples import examples
from tests.plans import planned

BUILT_IN = [
    Definition("system-break", "Break", {"en_US": "Break", "de": "Pause"}, type="System"),
    Definition("system-meal", "Meal", {"en_US": "Meal"}, type="System"),
]


class Organisation:
    """Takes changes as the API does, and none that it would refuse."""

    def __init__(self, definitions: Sequence[Definition]) -> None:
        self.definitions = {one.id: one for one in definitions}
        self.most_active = 0

    def apply(self, plan: Plan) -> None:
        for number, change in enumerate(plan.changes):
            before, after = change.before, change.after
            if before is None:
                after = replace(after, id=f"new-{len(self.definitions)}-{number}")
            else:
                assert self.definitions[before.id] == before
                assert before.type == "User"
                assert before != after
                assert (before.id, before.system_presence) == (after.id, after.system_presence)
            assert after.type == "User"
            self.definitions[after.id] = after
            self.most_active = max(self.most_active, *self.active().values(), 0)

    def active(self) -> Counter[str]:
        return Counter(
            one.system_presence for one in self.definitions.values() if one.type == "User" and not one.deactivated
        )


texts = st.sampled_from(["Smoke", "smoke ", "Lunch", "Coffee", "Short", "Long", "Call", "Break", "Pause", "Prayer"])
label_sets = st.dictionaries(st.sampled_from(["en_US", "de", "fr"]), texts, min_size=1)
presences = st.sampled_from(["Break", "Meal"])
divisions = st.sampled_from(["*", "*", "*", "d1"])
users = st.builds(
    Definition,
    id=st.just(""),
    system_presence=presences,
    labels=label_sets,
    division=divisions,
    deactivated=st.booleans(),
)


@st.composite
def worlds(draw: st.DrawFn) -> tuple[list[DesiredDefinition], list[Definition]]:
    """Draw an organisation, and a file that is free of mistakes and names some of its definitions by id."""
    size = draw(st.integers(0, 14))
    drawn = draw(st.lists(users, min_size=size, max_size=size))
    existing = [replace(one, id=f"id-{number}") for number, one in enumerate(drawn)]
    by_id = st.sampled_from(existing) if existing else st.none()
    written: list[dict[str, Any]] = []
    for _ in range(draw(st.integers(0, 8))):
        kept = draw(by_id) if draw(st.booleans()) else None
        named = draw(by_id) if draw(st.integers(0, 3)) == 0 else None
        entry = {
            "system_presence": named.system_presence if named and draw(st.integers(0, 9)) else draw(presences),
            "labels": draw(label_sets),
            "division": draw(divisions),
            "active": draw(st.integers(0, 3)) > 0,
            "id": named and named.id,
        }
        if kept:
            entry |= {"system_presence": kept.system_presence, "labels": kept.labels, "division": kept.division}
            entry |= {"id": draw(st.sampled_from([None, kept.id]))}
        try:
            load_definitions([*written, entry])
        except GenesysConfigError:
            continue
        written.append(entry)
    return load_definitions(written), existing + BUILT_IN


options = st.fixed_dictionaries(
    {"prune": st.sampled_from(["none", "deactivate"]), "labels": st.sampled_from(["replace", "merge"])},
    optional={
        "protected": st.lists(st.sampled_from(["id-0", "id-1", "Break/Smoke", "Meal/lunch"]), max_size=2),
        "max_changes_percent": st.sampled_from([0, 30, 100]),
        "max_deactivations": st.integers(0, 14),
        "in_use": st.frozensets(st.sampled_from(["id-0", "id-1", "id-2"])),
    },
)


def unambiguous(desired: list[DesiredDefinition], existing: Sequence[Definition], **settings: Any) -> Plan:
    try:
        return planned(desired, existing, **settings)
    except GenesysConfigError:  # which of several it is cannot be told
        event("ambiguous")
        assume(False)
        raise


def english_names(definitions: Sequence[Definition]) -> Iterator[tuple[str, str, str]]:
    """Return where the active definitions with an English name are, and that name."""
    for one in definitions:
        if one.type == "User" and not one.deactivated and "en_US" in one.labels:
            yield one.system_presence, one.division, one.labels["en_US"].casefold().strip()


def begins_alike(one: Definition, now: Definition) -> bool:
    first = min(one.labels, key=lambda locale: (locale != "en_US", locale))
    return one.labels[first].casefold().strip() == now.labels.get(first, "").casefold().strip()


def fulfils(entry: DesiredDefinition, one: Definition, labels: str) -> bool:
    if (one.system_presence, one.division) != (entry.system_presence, entry.division) and one.type == "User":
        return False
    exact = labels == "replace" and one.type == "User"
    alike = one.labels == entry.labels if exact else {**one.labels, **entry.labels} == one.labels
    return alike and entry.active != one.deactivated and entry.id in {None, one.id}


@given(worlds(), options)
@examples(200)
def test_applying_a_plan_reaches_the_desired_state(world: Any, options: dict[str, Any]) -> None:
    desired, existing = world
    plan = unambiguous(desired, existing, **options)
    organisation = Organisation(existing)

    organisation.apply(plan)

    event(f"safe: {plan.safe}")
    event(f"changes: {bool(plan.changes)}")
    after = list(organisation.definitions.values())
    assert [one for one in after if one.type == "System"] == BUILT_IN
    never = sum("System definition" in reason or "keeps its" in reason for reason in plan.reasons)
    matching = [[one for one in after if fulfils(entry, one, options["labels"])] for entry in desired]
    unmet = [entry for entry, found in zip(desired, matching, strict=True) if not found and entry.active]
    assert len(unmet) <= never
    twins = sum(change.reason.startswith("twin of") for change in plan.changes)
    if options["prune"] == "deactivate" and any(entry.active for entry in desired) and not never:
        kept = {one.id for found in matching for one in found}
        assert all(one.id in kept for one in after if one.type == "User" and not one.deactivated)
    if options["prune"] == "none":
        unwanted = sum(not entry.active for entry in desired)
        assert plan.deactivates <= unwanted + twins

    again = planned(desired, after, **options)
    assert again.changes == ()
    assert again.unchanged == len(desired) - never


@given(worlds(), options)
@examples(150, suppress_health_check=[HealthCheck.filter_too_much])  # few plans are safe
def test_a_safe_plan_keeps_to_its_guards(world: Any, options: dict[str, Any]) -> None:
    desired, existing = world
    plan = unambiguous(desired, existing, **options)
    assume(plan.safe and plan.changes)
    organisation = Organisation(existing)
    before = organisation.active()
    active = before.total()
    names_before = Counter(english_names(existing))

    organisation.apply(plan)

    changed = [one for one in existing if organisation.definitions[one.id] != one]
    used = [(one, organisation.definitions[one.id]) for one in changed if not one.deactivated]
    lost = [one for one, now in used if now.deactivated or now.division != one.division]
    renamed = [one for one, now in used if one not in lost and not begins_alike(one, now)]
    if active >= 10:
        assert len(changed) <= active * options.get("max_changes_percent", 30) / 100
    else:
        assert len(lost) + len(renamed) <= options.get("max_deactivations", 2)
    assert {one.id for one in renamed} <= {entry.id for entry in desired}
    assert organisation.active().total() or not active
    gone = Counter(one.system_presence for one in lost)
    assert all(gone[system_presence] < count for system_presence, count in before.items() if count > 1)
    after = list(organisation.definitions.values())
    assert {one.division for one in after} <= {"*", *(one.division for one in existing)}
    doubled = {name for name, count in Counter(english_names(after)).items() if count > max(1, names_before[name])}
    assert not doubled
    protected = options.get("protected", [])
    assert not {one.id for one in changed} & set(protected)
    for one in changed:
        names = {f"{one.system_presence}/{text}".casefold().strip() for text in one.labels.values()}
        assert not names & {item.casefold() for item in protected}
    assert not {one.id for one in lost} & options.get("in_use", frozenset())
    assert desired or not changed


@given(
    active=st.sets(st.integers(0, 44), max_size=30),
    deactivated=st.sets(st.integers(0, 44)),
    wanted=st.sets(st.integers(0, 44), max_size=30),
    prune=st.sampled_from(["none", "deactivate"]),
)
def test_never_more_active_ones_than_the_cap_at_any_moment(
    active: set[int], deactivated: set[int], wanted: set[int], prune: Any
) -> None:
    existing = [Definition(f"a{number}", "Break", {"en_US": f"B {number}"}) for number in active]
    existing += [
        Definition(f"d{number}", "Break", {"en_US": f"B {number}"}, deactivated=True) for number in deactivated
    ]
    desired = [DesiredDefinition("Break", {"en_US": f"B {number}"}) for number in wanted]
    plan = planned(desired, existing, prune=prune, max_changes_percent=100, max_deactivations=99)
    organisation = Organisation(existing)

    organisation.apply(plan)

    over = [reason for reason in plan.reasons if "Genesys Cloud allows 30" in reason]
    assert bool(over) == (organisation.most_active > 30)
    if prune == "deactivate" and wanted:
        assert not over
        assert organisation.active()["Break"] == len(wanted)


@given(worlds(), options, st.randoms(use_true_random=False))
@examples(60)
def test_a_plan_does_not_depend_on_the_order_of_anything(world: Any, options: Any, shuffler: random.Random) -> None:
    desired, existing = world
    plan = unambiguous(desired, existing, **options)
    shuffled = [shuffler.sample(things, len(things)) for things in (desired, existing)]

    again = planned(*shuffled, **options)

    assert again.checksum == plan.checksum
    assert Plan.from_json(plan.to_json()) == again


@given(worlds())
@examples(60)
def test_what_is_ambiguous_is_so_in_any_order(world: Any) -> None:
    desired, existing = world
    try:
        planned(desired, existing)
    except GenesysConfigError:
        with pytest.raises(GenesysConfigError, match="with id:"):
            planned(desired[::-1], existing[::-1])
