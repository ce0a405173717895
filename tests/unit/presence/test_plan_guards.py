from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from airflow_provider_genesys.presence.definitions import DesiredDefinition
from airflow_provider_genesys.presence.state import Definition
from airflow_provider_genesys.presence.vocabulary import SYSTEM_PRESENCES
from tests.plans import planned

if TYPE_CHECKING:
    from airflow_provider_genesys.presence.plan.plan import Plan


def break_(number: int, **more: Any) -> Definition:
    return Definition(f"id-{number}", "Break", {"en_US": f"Break {number}"}, **more)


def want(number: int, **more: Any) -> DesiredDefinition:
    return DesiredDefinition("Break", {"en_US": f"Break {number}"}, **more)


def plan_removing(removed: int, *, of: int, deactivated: int = 0, **settings: Any) -> Plan:
    existing = [break_(number) for number in range(of)]
    existing += [break_(number, deactivated=True) for number in range(of, of + deactivated)]
    desired = [want(number, active=number >= removed) for number in range(of)]
    return planned(desired, existing, **settings)


@pytest.mark.parametrize(("removed", "of", "safe"), [(3, 10, True), (4, 10, False), (6, 20, True), (7, 20, False)])
def test_the_share_of_ten_or_more_is_guarded(removed: int, of: int, safe: bool) -> None:
    plan = plan_removing(removed, of=of)

    assert plan.safe is safe
    assert plan.deactivates == removed


def test_the_share_is_told() -> None:
    assert plan_removing(4, of=10).reasons == [
        (
            "4 updates, reactivations and deactivations are 40 % of the 10 active definitions, more than "
            "max_changes_percent=30 allows"
        )
    ]
    assert plan_removing(4, of=10, max_changes_percent=40).safe


def test_updates_and_reactivations_are_part_of_the_share_and_creations_are_not() -> None:
    existing = [break_(number) for number in range(10)] + [break_(10, deactivated=True)]
    desired = [want(10), *(DesiredDefinition("Break", {"en_US": f"BREAK {number}"}) for number in range(2))]
    creations = [DesiredDefinition("Meal", {"en_US": f"Meal {number}"}) for number in range(20)]

    plan = planned([*desired, *creations], existing)
    assert (plan.updates, plan.reactivates, plan.creates, plan.safe) == (2, 1, 20, True)
    assert not planned([*desired, DesiredDefinition("Break", {"en_US": "BREAK 3"})], existing).safe


def test_what_was_deactivated_with_the_years_does_not_make_the_share_small() -> None:
    assert not plan_removing(4, of=12, deactivated=100).safe


def test_built_in_ones_do_not_make_the_share_small() -> None:
    existing = [break_(number) for number in range(4)]
    existing += [Definition(key, name, {"en_US": name}, type="System") for name, key in SYSTEM_PRESENCES.items()]

    assert planned([want(number, active=False) for number in range(3)], existing).reasons == [
        "3 of only 4 active definitions would be deactivated, more than max_deactivations=2 allows"
    ]


@pytest.mark.parametrize(("removed", "of", "safe"), [(2, 3, True), (2, 9, True), (3, 9, False)])
def test_deactivations_of_a_few_are_guarded_by_number(removed: int, of: int, safe: bool) -> None:
    assert plan_removing(removed, of=of).safe is safe


def test_the_number_of_deactivations_of_a_few_can_be_set() -> None:
    assert plan_removing(3, of=9, max_deactivations=3).safe
    assert not plan_removing(1, of=9, max_deactivations=0).safe


def test_no_deactivations_are_none_of_many_too() -> None:
    assert plan_removing(1, of=20, max_deactivations=0).reasons == [
        "1 of 20 active definitions would be deactivated, more than max_deactivations=0 allows"
    ]
    assert plan_removing(3, of=20, max_deactivations=1).safe


@pytest.mark.parametrize("changes", [{"division": "d1"}, {"labels": {"en_US": "New"}}, {"labels": {"de": "Neu"}}])
def test_moves_and_new_names_of_a_few_count_like_deactivations(changes: Any) -> None:
    existing = [break_(number) for number in range(5)] + [Definition("m", "Meal", {}, division="d1")]

    def reasons(count: int) -> list[str]:
        labels = [{locale: f"{text} {number}" for locale, text in changes["labels"].items()} for number in range(count)]
        return planned(
            [DesiredDefinition("Break", labels[number], id=f"id-{number}") for number in range(count)], existing
        ).reasons

    if "division" in changes:
        moved = [want(number, id=f"id-{number}", division="d1") for number in range(3)]
        two, three = planned(moved[:2], existing).reasons, planned(moved, existing).reasons
    else:
        two, three = reasons(2), reasons(3)

    assert two == []
    assert three == [
        (
            "3 of only 6 active definitions would be deactivated, moved to another division or renamed, more than "
            "max_deactivations=2 allows"
        )
    ]


def test_capitals_and_more_languages_are_no_new_name() -> None:
    desired = [DesiredDefinition("Break", {"en_US": f"BREAK {number}", "de": f"Pause {number}"}) for number in range(5)]

    assert planned(desired, [break_(number) for number in range(5)]).safe


def test_a_system_presence_that_loses_all_is_guarded() -> None:
    existing = [break_(1), break_(2), Definition("m", "Meal", {"de": "Kantine"})]
    new = [DesiredDefinition("Break", {"en_US": "New"}), DesiredDefinition("Meal", {"de": "Kantine"})]

    assert planned(new, existing, prune="deactivate").reasons == ["Break would lose all of its 2 active definitions"]
    assert planned([*new, want(1)], existing, prune="deactivate").safe
    assert planned([want(1), want(2)], existing, prune="deactivate").safe  # one of one


def test_a_system_presence_that_moves_as_a_whole_loses_all() -> None:
    existing = [break_(1), break_(2), Definition("m", "Meal", {"de": "Kantine"}, division="d1")]
    moved = [want(number, id=f"id-{number}", division="d1") for number in (1, 2)]

    assert planned(moved, existing).reasons == ["Break would lose all of its 2 active definitions"]


def test_something_active_has_to_remain() -> None:
    assert planned([want(1, active=False)], [break_(1)]).reasons == ["no active definition would be left of 1"]
    assert planned([want(1, active=False)], [break_(1), break_(2)]).safe
    assert planned([want(1, active=False), want(2)], [break_(1)]).safe


def test_a_new_name_without_an_id_is_guarded() -> None:
    existing = [Definition("a", "Break", {"en_US": "Coffee", "de": "Pause"})]
    labels = {"en_US": "Smoke", "de": "Pause"}

    assert planned([DesiredDefinition("Break", labels)], existing).reasons == [
        (
            "Break/Coffee (a) would be renamed to Break/Smoke, and was only found by its label in de: "
            "if it is the one that is meant, give its id"
        )
    ]
    assert planned([DesiredDefinition("Break", labels, id="a")], existing).safe
    assert not planned([DesiredDefinition("Break", {"de": "Pause"})], existing).safe
    assert planned([DesiredDefinition("Break", {"de": "Pause"})], existing, labels="merge").safe


def test_two_of_one_name_are_guarded() -> None:
    existing = [break_(1), break_(2), Definition("m", "Meal", {"en_US": "Break 1"})]

    assert planned([want(1, id="id-2")], existing).reasons == [
        "Break/Break 1 (id-1) and Break/Break 1 (id-2) would have the same name"
    ]
    swapped = [want(1, id="id-2"), want(2, id="id-1")]
    assert planned(swapped, existing).safe
    assert planned([want(1, id="id-2"), want(1, id="id-1", active=False)], existing).safe


def test_a_creation_that_doubles_a_name_is_guarded() -> None:
    existing = [Definition("a", "Break", {"en_US": "Smoke", "de": "Alt"})]
    desired = [DesiredDefinition("Break", {"de": "Neu"}, id="a"), DesiredDefinition("Break", {"en_US": "Smoke"})]

    assert planned(desired, existing, labels="merge").reasons == [
        "Break/Smoke (new) and Break/Smoke (a) would have the same name"
    ]


def test_two_that_had_one_name_before_may_keep_it() -> None:
    existing = [break_(1), Definition("b", "Break", {"en_US": "Break 1", "de": "Pause"})]

    assert planned([DesiredDefinition("Break", {"en_US": "break 1"}, id="b")], existing).safe
    both = [DesiredDefinition("Break", {"en_US": "New"}, id=key) for key in ("b", "id-1")]
    assert planned(both, existing).reasons == ["Break/New (b) and Break/New (id-1) would have the same name"]


def test_a_creation_of_what_another_division_has_is_guarded() -> None:
    existing = [break_(1, division="d1"), Definition("b", "Break", {}, division="d2")]

    assert planned([want(1, division="d2")], existing, prune="deactivate", max_deactivations=9).reasons[-1:] == [
        ("Break/Break 1 would be created in division d2, but is there in division d1: to move it, give its id id-1")
    ]
    assert planned([want(1, division="d2"), want(1, division="d1")], existing).safe
    assert planned([want(1, division="d2")], [replace(existing[0], deactivated=True), existing[1]]).safe


@pytest.mark.parametrize("prune", ["none", "deactivate"])
@pytest.mark.parametrize("by_id", [False, True])
def test_a_reactivation_of_what_another_division_has_is_guarded(prune: str, by_id: bool) -> None:
    """The division was forgotten, and once there was one in all divisions: agents would lose theirs."""
    existing = [break_(1, division="d1"), break_(2), Definition("old", "Break", {"en_US": "break 1"}, deactivated=True)]
    forgotten = want(1, id="old" if by_id else None)

    plan = planned([forgotten, want(2)], existing, prune=prune)

    assert plan.reasons == [
        "Break/Break 1 would be reactivated in division *, but is there in division d1: to move it, give its id id-1"
    ]
    assert (plan.reactivates, plan.deactivates) == (1, int(prune == "deactivate"))
    assert planned([forgotten, want(1, division="d1"), want(2)], existing, prune=prune).safe
    assert planned([forgotten, want(1, division="d1", active=False), want(2)], existing).safe
    assert planned([want(2)], existing, prune=prune).safe


@pytest.mark.parametrize("prune", ["none", "deactivate"])
@pytest.mark.parametrize("kind", ["created", "reactivated"])
def test_what_another_division_has_under_another_label_is_guarded_too(kind: str, prune: str) -> None:
    """The division was forgotten, and the label in the first language was changed in the same breath."""
    labels = {"en_US": "Smoke break", "de": "Rauch"}
    existing = [Definition("here", "Break", {"en_US": "Smoke", "de": "rauch "}, division="d1"), break_(2), break_(3)]
    if kind == "reactivated":
        existing.append(Definition("old", "Break", labels, deactivated=True))
    rest = [want(2), want(3)]

    plan = planned([DesiredDefinition("Break", labels), *rest], existing, prune=prune)

    assert plan.reasons == [
        (
            f"Break/Smoke break would be {kind} in division *, but is there in division d1 as Break/Smoke, the same in "
            "de: to move it, give its id here"
        )
    ]
    named = DesiredDefinition("Break", labels, id="here", division="d1")
    assert planned([named, *rest], existing, prune=prune).safe
    assert planned([DesiredDefinition("Meal", labels), *rest], existing, prune="none").safe
    assert planned([DesiredDefinition("Break", {"en_US": "Tea", "fr": "Rauch"}), *rest], existing).safe


def test_a_division_that_nothing_is_in_yet_is_guarded() -> None:
    existing = [break_(1), Definition("b", "Break", {}, division="d1", deactivated=True)]

    assert planned([want(2, division="d9"), want(1, id="id-1", division="d9")], existing).reasons[-1:] == [
        "no definition is in division d9 yet, and 2 would be: check that it exists"
    ]
    assert planned([want(2, division="d1"), want(3)], existing).safe


@pytest.mark.parametrize("item", ["a", "Break/Smoke", "break/rauchen", "BREAK/ smoke"])
@pytest.mark.parametrize("prune", ["none", "deactivate"])
def test_protected_ones_are_guarded(item: str, prune: Any) -> None:
    existing = [Definition("a", "Break", {"en_US": "Smoke", "de": "Rauchen"}), Definition("b", "Meal", {"de": "x"})]
    entry = DesiredDefinition("Break", {"en_US": "Smoking"}, id="a")

    plan = planned([entry] if prune == "none" else [want(1)], existing, prune=prune, protected=[item])

    verb = "update" if prune == "none" else "deactivate"
    assert plan.reasons == [f"Break/Smoke (a) is protected, and the plan would {verb} it"]


def test_protection_that_protects_nothing_is_guarded() -> None:
    assert planned([want(1)], [break_(1)], protected=["id-9", "Break/Brake 1", "id-1"]).reasons == [
        "protected: there is no definition 'Break/Brake 1', so nothing is protected by it",
        "protected: there is no definition 'id-9', so nothing is protected by it",
    ]


def test_protected_ids_may_be_in_capitals() -> None:
    key = "3d8a2a0e-7d1a-4f0e-9c55-9f0a1f6c3c11"
    existing = [Definition(key, "Break", {"de": "Pause"}), break_(1)]

    plan = planned([want(1)], existing, prune="deactivate", protected=[f" {key.upper()}"])

    assert plan.reasons == [f"Break/Pause ({key}) is protected, and the plan would deactivate it"]


@pytest.mark.parametrize(
    "entry",
    [
        DesiredDefinition("Break", {"en_US": "Pause"}, id="s"),
        DesiredDefinition("Meal", {"en_US": "Break"}, id="s"),
        DesiredDefinition("Break", {"en_US": "Break"}, active=False),
        DesiredDefinition("Break", {"en_US": "BREAK"}),
    ],
)
def test_built_in_ones_are_never_changed(entry: DesiredDefinition) -> None:
    built_in = Definition("s", "Break", {"en_US": "Break", "de": "Pause"}, type="System")

    plan = planned([entry, want(1)], [built_in], prune="deactivate")

    assert plan.reasons == ["Break/Break (s) is a System definition, which is never changed: leave it out"]
    assert [change.kind for change in plan.changes] == ["create"]


def test_a_built_in_one_may_be_listed() -> None:
    built_in = Definition("s", "Break", {"en_US": "Break", "de": "Pause"}, type="System", division="x")

    plan = planned([DesiredDefinition("Break", {"en_US": "Break"})], [built_in], prune="deactivate")

    assert (plan.changes, plan.unchanged, plan.safe) == ((), 1, True)


def test_a_system_presence_never_changes() -> None:
    plan = planned([DesiredDefinition("Meal", {"en_US": "Break 1"}, id="id-1")], [break_(1)], prune="deactivate")

    assert (plan.changes, plan.unchanged) == ((), 0)
    [reason] = plan.reasons
    assert reason.startswith("Break/Break 1 (id-1) cannot become Meal/Break 1: a definition keeps its system presence")


def test_an_empty_desired_state_deactivates_nothing() -> None:
    existing = [break_(1), break_(2, deactivated=True)]

    plan = planned([], existing, prune="deactivate")

    empty = "nothing is desired at all: the file or list is empty"
    assert plan.changes == ()
    assert plan.reasons == [empty, "nothing active is desired; none of the other 1 definitions is deactivated"]
    assert planned([], existing).reasons == [empty]
    assert planned([], existing[1:], prune="deactivate").reasons == [empty]


@pytest.mark.parametrize("entry", [want(3, active=False), DesiredDefinition("Meal", {"en_US": "Meal"})])
def test_a_desired_state_with_nothing_active_deactivates_only_what_it_says(entry: DesiredDefinition) -> None:
    existing = [break_(1), break_(2), break_(3), Definition("s", "Meal", {"en_US": "Meal"}, type="System")]
    others = sum(one.type == "User" and entry.labels != one.labels for one in existing)

    plan = planned([entry], existing, prune="deactivate", max_deactivations=9)

    assert [change.id for change in plan.changes] == ([] if entry.active else ["id-3"])
    assert plan.reasons == [f"nothing active is desired; none of the other {others} definitions is deactivated"]


def test_the_expected_organisation_is_guarded() -> None:
    def reasons(organization_id: str | None, expected: str | None) -> list[str]:
        return planned([want(1)], [], organization_id=organization_id, expected_organization_id=expected).reasons

    assert reasons("a", "a") == reasons("a", None) == reasons(None, None) == []
    assert reasons("b", "a") == ["the definitions are those of organisation b, not of a, the expected one"]
    assert reasons(None, "a") == [
        "the definitions are those of an organisation whose id may not be read, not of a, the expected one"
    ]


def test_what_users_are_in_is_guarded_against_deactivation_only() -> None:
    existing = [break_(1), break_(2), break_(3)]
    desired = [want(1, active=False), want(2, active=False), DesiredDefinition("Break", {"en_US": "BREAK 3"})]

    plan = planned(desired, existing, in_use={"id-1", "id-3"})

    assert plan.reasons == ["Break/Break 1 (id-1) would be deactivated while users are in it"]
    assert plan.deactivates == 2
    moved = planned([want(1, id="id-1", division="d1")], [*existing, break_(4, division="d1")], in_use={"id-1"})
    assert moved.reasons == ["Break/Break 1 (id-1) would be moved to another division while users are in it"]
    assert planned(desired, existing, in_use=None).safe
    assert planned(desired, existing, in_use=frozenset()).safe


def test_the_cap_of_active_ones_is_guarded() -> None:
    existing = [break_(number) for number in range(29)] + [break_(29, deactivated=True)]

    assert planned([want(29)], existing).safe
    plan = planned([want(29), want(30)], existing)
    assert plan.reasons == ["Break would have 31 active definitions, of which Genesys Cloud allows 30; deactivate some"]
    assert plan.changes[0].kind == "reactivate"
    assert planned([want(0, active=False), want(29), want(30)], existing).safe


def test_the_cap_is_one_of_each_system_presence_and_of_secondary_ones() -> None:
    existing = [break_(number) for number in range(30)]
    existing.append(Definition("s", "Break", {"en_US": "Break"}, type="System"))

    assert planned([DesiredDefinition("Meal", {"en_US": "Break 1"})], existing).safe
    assert not planned([DesiredDefinition("Break", {"de": "Noch eine"})], existing).safe


def test_an_organisation_over_the_cap_may_go_on_shrinking() -> None:
    existing = [break_(number) for number in range(32)]

    assert planned([want(0, active=False)], existing).safe


def test_every_guard_that_trips_is_told() -> None:
    existing = [break_(number) for number in range(9)]

    plan = planned(
        [want(0)],
        existing,
        prune="deactivate",
        protected=["Break/Break 1"],
        in_use={"id-2"},
        organization_id="a",
        expected_organization_id="b",
    )

    assert len(plan.reasons) == 4
    assert plan.deactivates == 8
