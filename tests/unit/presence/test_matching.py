from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_genesys.exceptions import GenesysConfigError
from airflow_provider_genesys.presence.definitions import DesiredDefinition
from airflow_provider_genesys.presence.plan.matching import match
from airflow_provider_genesys.presence.state import Definition


def wanted(labels: dict[str, str] | str, **more: Any) -> DesiredDefinition:
    return DesiredDefinition("Break", {"en_US": labels} if isinstance(labels, str) else labels, **more)


def has(key: str, labels: dict[str, str] | str, **more: Any) -> Definition:
    return Definition(key, "Break", {"en_US": labels} if isinstance(labels, str) else labels, **more)


def ids(desired: list[DesiredDefinition], existing: list[Definition]) -> list[str | None]:
    return [found and found.definition.id for found in match(desired, existing)]


def refusal(desired: list[DesiredDefinition], existing: list[Definition]) -> str:
    with pytest.raises(GenesysConfigError) as caught:
        match(desired, existing)
    return str(caught.value)


def test_an_id_goes_before_labels() -> None:
    assert ids([wanted("Smoke", id="b"), wanted("Smoke")], [has("a", "Smoke"), has("b", "Lunch")]) == ["b", "a"]


def test_an_unknown_id_is_an_error_with_its_place() -> None:
    message = refusal([wanted("Smoke", id="x", place="p.yaml, line 3"), wanted("Lunch", id="y")], [has("a", "Smoke")])

    assert "p.yaml, line 3: Break/Smoke has the id x, which the organisation does not have" in message
    assert "Break/Lunch has the id y" in message


def test_labels_are_compared_as_people_read_them() -> None:
    assert ids([wanted(" SMOKE")], [has("a", "smoke")]) == ["a"]


def test_the_first_common_language_makes_the_name() -> None:
    assert ids([wanted({"en_US": "Smoke", "de": "Pause"})], [has("a", {"de": "pause", "fr": "x"})]) == ["a"]


@pytest.mark.parametrize(
    "other",
    [
        Definition("a", "Meal", {"en_US": "Smoke"}),
        Definition("a", "Break", {"en_US": "Smoke"}, division="d1"),
        Definition("a", "Break", {"fr": "Smoke"}),
    ],
)
def test_another_system_presence_division_or_language_is_another_definition(other: Definition) -> None:
    assert ids([wanted("Smoke")], [other]) == [None]


def test_an_active_one_goes_before_deactivated_ones() -> None:
    existing = [has("a", "Smoke", deactivated=True), has("b", "Smoke"), has("c", "Smoke", deactivated=True)]

    assert ids([wanted("Smoke")], existing) == ["b"]
    assert ids([wanted("Smoke", active=False)], existing) == ["b"]


def test_a_deactivated_one_is_found_too() -> None:
    assert ids([wanted("Smoke")], [has("a", "Smoke", deactivated=True)]) == ["a"]


def test_several_of_a_name_are_an_error_that_lists_them() -> None:
    active = [has("b", "Smoke"), has("a", "smoke"), has("c", "Smoke", deactivated=True)]  # not identical
    assert "Break/Smoke may be any of these, say which with id: a (Break/smoke), b (Break/Smoke)" in refusal(
        [wanted("Smoke")], active
    )
    inactive = [has("a", "smoke", deactivated=True), has("b", "Smoke", deactivated=True)]
    assert "a (Break/smoke, deactivated), b (Break/Smoke, deactivated)" in refusal([wanted("Smoke")], inactive)


def test_of_identical_ones_the_smallest_id_is_taken() -> None:
    [active] = match([wanted("Smoke")], [has("b", "Smoke"), has("a", "Smoke"), has("0", "Smoke", deactivated=True)])
    [dead] = match([wanted("Smoke")], [has(key, "Smoke", deactivated=True) for key in "ba"])

    assert active is not None
    assert dead is not None
    assert (active.definition.id, [one.id for one in active.twins]) == ("a", ["b"])
    assert (dead.definition.id, dead.twins) == ("a", ())


def test_one_that_is_named_by_its_id_is_no_twin() -> None:
    [first, second] = match([wanted("Smoke"), wanted("Lunch", id="a")], [has("a", "Smoke"), has("b", "Smoke")])

    assert first is not None
    assert second is not None
    assert (first.definition.id, first.twins, second.twins) == ("b", (), ())


def test_which_of_several_deactivated_ones_shall_be_deactivated_does_not_matter() -> None:
    existing = [has("a", "Smoke", deactivated=True), has("b", "Smoke", deactivated=True)]

    assert ids([wanted("Smoke", active=False)], existing) == [None]


def test_two_desired_ones_cannot_be_the_same() -> None:
    message = refusal([wanted("Smoke"), wanted({"de": "Pause"})], [has("a", {"en_US": "Smoke", "de": "Pause"})])

    assert "Break/Smoke may be the same one as Break/Pause, say which is which with id: a" in message
    assert "Break/Pause may be the same one as Break/Smoke" in message


def test_a_label_in_another_language_finds_what_was_renamed() -> None:
    renamed = wanted({"en_US": "Smoking", "de": "Rauchen"})

    [found] = match([renamed], [has("a", {"en_US": "Smoke", "de": "rauchen"})])

    assert found is not None
    assert (found.definition.id, found.how) == ("a", "found by its label in de")


def test_a_name_goes_before_a_label_in_another_language() -> None:
    short, long = wanted({"en_US": "Short", "de": "Pause"}), wanted({"en_US": "Long", "de": "Pause"})
    existing = [has("a", {"en_US": "Long", "de": "Pause"})]

    assert ids([short, long], existing) == [None, "a"]
    assert ids([short, long], [*existing, has("b", {"en_US": "Short", "de": "Pause"})]) == ["b", "a"]


def test_a_label_in_another_language_alone_revives_and_deactivates_nothing() -> None:
    existing = {"en_US": "Short", "de": "Pause"}

    assert ids([wanted({"en_US": "Long", "de": "Pause"})], [has("a", existing, deactivated=True)]) == [None]
    assert ids([wanted({"en_US": "Long", "de": "Pause"}, active=False)], [has("a", existing)]) == [None]


def test_the_built_in_one_is_found_last_and_whatever_its_division() -> None:
    built_in = has("s", "Break", type="System", division="x")

    assert ids([wanted("break")], [built_in]) == ["s"]
    assert ids([wanted("break")], [built_in, has("a", "Break")]) == ["a"]
    assert ids(
        [wanted({"en_US": "Short", "de": "Pause"})], [has("s", {"de": "Pause", "en_US": "Break"}, type="System")]
    ) == [None]


def test_the_order_of_the_organisation_does_not_matter() -> None:
    existing = [has("a", "Smoke"), has("b", "Lunch"), has("c", "Smoke", deactivated=True)]

    assert ids([wanted("Lunch"), wanted("Smoke")], existing) == ids([wanted("Lunch"), wanted("Smoke")], existing[::-1])
