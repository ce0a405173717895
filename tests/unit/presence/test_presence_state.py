from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_genesys.exceptions import GenesysError, GenesysTransportError
from airflow_provider_genesys.presence.state import Definition, read_definitions, state_digest
from airflow_provider_genesys.presence.vocabulary import SYSTEM_PRESENCES


class Client:
    """Answers what it is told to, and remembers what it was asked."""

    def __init__(self, **answers: dict[str, Any]) -> None:
        self.answers = answers
        self.asked: list[tuple[str, Any]] = []

    def call(self, operation: str, *, query: dict[str, Any]) -> dict[str, Any]:
        self.asked.append((operation, query))
        return self.answers[query["deactivated"]]


def listing(*entities: dict[str, Any]) -> dict[str, Any]:
    return {"entities": list(entities), "total": len(entities)}


def entity(key: str, **more: Any) -> dict[str, Any]:
    return {"id": key, "type": "User", "systemPresence": "Break", "languageLabels": {"en_US": key}, **more}


def test_two_requests_read_everything_in_all_languages() -> None:
    client = Client(
        TRUE=listing(entity("b", deactivated=True)), FALSE=listing(entity("c", divisionId="d1"), entity("a"))
    )

    found = read_definitions(client)  # type: ignore[arg-type]

    assert client.asked == [
        ("getPresenceDefinitions", {"deactivated": "TRUE", "localeCode": "ALL"}),
        ("getPresenceDefinitions", {"deactivated": "FALSE", "localeCode": "ALL"}),
    ]
    assert found == [
        Definition("a", "Break", {"en_US": "a"}),
        Definition("b", "Break", {"en_US": "b"}, deactivated=True),
        Definition("c", "Break", {"en_US": "c"}, division="d1"),
    ]


def test_one_that_is_in_both_answers_is_what_the_later_one_says() -> None:
    client = Client(TRUE=listing(entity("a", deactivated=True)), FALSE=listing(entity("a", deactivated=False)))

    assert [one.deactivated for one in read_definitions(client)] == [False]  # type: ignore[arg-type]


@pytest.mark.parametrize("answer", [None, [], "definitions", 5])
def test_an_answer_that_is_no_object_is_no_base_for_a_plan(answer: Any) -> None:
    with pytest.raises(GenesysTransportError, match="getPresenceDefinitions: the answer is not a JSON object"):
        read_definitions(Client(TRUE=answer, FALSE=listing()))  # type: ignore[arg-type]


def test_an_answer_that_is_not_whole_is_no_base_for_a_plan() -> None:
    client = Client(TRUE=listing(), FALSE={"entities": [entity("a")], "total": 2})

    with pytest.raises(GenesysError, match="answered 1 definitions and says there are 2"):
        read_definitions(client)  # type: ignore[arg-type]


def test_an_organisation_without_deactivated_definitions_may_answer_no_entities() -> None:
    client = Client(TRUE={"total": 0}, FALSE=listing(entity("a")))

    assert len(read_definitions(client)) == 1  # type: ignore[arg-type]


def test_an_entity_may_be_sparse() -> None:
    plain = Definition.from_body({"id": "a", "systemPresence": "On Queue", "languageLabels": {"de": None, "fr": "x"}})

    assert plain == Definition("a", "OnQueue", {"fr": "x"}, division="*", deactivated=False, type="User")
    assert Definition.from_body({"id": SYSTEM_PRESENCES["Meal"], "systemPresence": "Meal"}).type == "System"
    assert Definition.from_body({"id": "a", "systemPresence": "Siesta"}).system_presence == "Siesta"


def test_a_body_is_whole() -> None:
    one = Definition("a", "OnQueue", {"fr": "x"}, division="d1", deactivated=True)

    assert one.body() == {
        "systemPresence": "OnQueue",
        "languageLabels": {"fr": "x"},
        "divisionId": "d1",
        "deactivated": True,
    }
    assert Definition.from_body({"id": "a", **one.body()}) == one


def test_the_digest_is_about_what_can_be_managed_only() -> None:
    a, b = Definition("a", "Break", {"de": "x", "en": "y"}), Definition("b", "Meal", {"en": "x"})
    built_in = Definition("s", "Break", {"en": "Break"}, type="System")
    reordered = Definition("a", "Break", {"en": "y", "de": "x"})

    assert state_digest([a, b]) == state_digest([b, reordered]) == state_digest([a, built_in, b])
    others = [
        Definition("a", "Break", {"de": "x", "en": "z"}),
        Definition("a", "Break", {"de": "x", "en": "y"}, deactivated=True),
        Definition("a", "Break", {"de": "x", "en": "y"}, division="d1"),
        Definition("c", "Break", {"de": "x", "en": "y"}),
    ]
    assert len({state_digest([one, b]) for one in [a, *others]}) == 5
