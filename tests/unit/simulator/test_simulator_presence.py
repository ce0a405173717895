"""Presences without the wire: the models against the published ones, and what depends on time and chance."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_genesys.simulator.consistency import DelayedStore
from airflow_provider_genesys.simulator.definitions import MAX_ACTIVE, Wanted
from airflow_provider_genesys.simulator.errors import ApiError
from airflow_provider_genesys.simulator.presence_models import (
    ENUMS,
    LABEL_LOCALES,
    LISTED_LOCALES,
    MODELS,
    SYSTEM_PRESENCES,
)
from airflow_provider_genesys.simulator.settings import Start
from airflow_provider_genesys.simulator.state import World
from tests.facts import fact, facts, known
from tests.harness.clock import Clock
from tests.harness.examples import examples

# Required, but their absence has error codes of its own, which the model's check must not come before.
CHECKED_ELSEWHERE = {"languageLabels", "name"}


def published_type(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        return str(schema["$ref"].rpartition("/")[2])
    if "enum" in schema:
        names = (name for name, values in ENUMS.items() if values == tuple(schema["enum"]))
        return known(names, f"write into ENUMS of simulator/presence_models.py: {schema['enum']}")
    if schema.get("format") == "date-time":
        return "datetime"
    return {"string": "text", "object": "text{}"}.get(schema["type"], schema["type"])


@pytest.mark.parametrize("model", MODELS)
def test_every_model_has_its_published_fields(model):
    ours = {}
    for field in MODELS[model].split():
        name, _, declared = field.removesuffix("?").partition(":")
        ours[name] = (declared or "text", not field.endswith("?"))
    schema = fact("models", model)
    required = {*schema.get("required", ())} - CHECKED_ELSEWHERE
    assert ours == {name: (published_type(field), name in required) for name, field in schema["properties"].items()}


def test_the_locales_are_the_published_ones():
    (operation,) = [each for each in facts("operations") if each["name"] == "getPresenceDefinitions"]
    (locales,) = [each["enum"] for each in operation["parameters"] if each["name"] == "localeCode"]
    assert {*locales} == {"ALL", *LISTED_LOCALES}
    assert (len(LISTED_LOCALES), len(LABEL_LOCALES)) == (24, 27)


def test_a_read_sees_each_version_after_its_own_delay():
    clock = Clock()
    store: DelayedStore[str] = DelayedStore(clock)
    store.write("a", "first", delay=10)
    clock.now += 5
    store.write("a", "second", delay=10)
    store.write("b", "at once")
    assert (store.current("a"), store.seen("a"), store.all_seen()) == ("second", None, ["at once"])
    clock.now += 5
    assert (store.seen("a"), store.all_seen()) == ("first", ["first", "at once"])
    clock.now += 5
    assert (store.seen("a"), store.all_seen(), store.all_current()) == (
        "second",
        ["second", "at once"],
        ["second", "at once"],
    )
    store.write("a", "third", delay=100)
    store.write("a", "fourth", delay=0)
    assert store.seen("a") == "fourth"
    store.discard("a")
    assert (store.current("a"), store.seen("a")) == (None, None)


def wanted(presence: int = 0, *, deactivated: bool = False) -> Wanted:
    return Wanted(SYSTEM_PRESENCES[presence], {"en_US": "Label"}, deactivated=deactivated)


def test_ids_depend_on_the_seed_and_are_never_given_twice():
    def created(world: World, times: int) -> list[str]:
        return [world.definitions.create(wanted(), world.settings).id for _ in range(times)]

    first, again, other = World(Start(seed=1)), World(Start(seed=1)), World(Start(seed=2))
    ids = created(first, 3)
    assert ids == created(again, 3)
    assert not {*ids} & {*created(other, 3)}
    first.reseed(1)
    assert not {*ids} & {*created(first, 3)}


Step = st.tuples(
    st.sampled_from(["create", "replace", "deactivate"]),
    st.integers(0, 1),
    st.booleans(),
    st.integers(0, 100),
)


@examples(50)
@given(st.lists(Step, max_size=60))
def test_whatever_is_asked_the_cap_holds_and_nothing_is_ever_deleted(steps):
    world = World(Start())
    definitions = world.definitions
    definitions.load([(None, wanted(0)) for _ in range(MAX_ACTIVE - 2)], world.settings)
    system = definitions.all_current()[:10]
    for action, presence, deactivated, pick in steps:
        before = definitions.all_current()
        target = before[pick % len(before)].id
        status = None
        try:
            if action == "create":
                definitions.create(wanted(presence, deactivated=deactivated), world.settings)
            elif action == "replace":
                definitions.replace(target, wanted(presence, deactivated=deactivated), world.settings)
            else:
                definitions.deactivate(target, world.settings)
        except ApiError as error:
            status = error.status
        after = definitions.all_current()
        assert status is None or (status == 409 and after == before)
        assert [definition.id for definition in after[: len(before)]] == [definition.id for definition in before]
        assert after[:10] == system
        for system_presence in SYSTEM_PRESENCES:
            active = [d for d in after[10:] if d.system_presence == system_presence and not d.deactivated]
            assert len(active) <= MAX_ACTIVE
