"""The presence map: which rule wins, and every mistake told with the rule's number."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_genesys.exceptions import GenesysConfigError, GenesysSourceError
from airflow_provider_genesys.mapping.rules import (
    CATEGORIES,
    CONDITIONS,
    ROUTING_STATUSES,
    check_targets,
    first_match,
    load_rules,
    same_presence,
)
from airflow_provider_genesys.presence.resolve import PresenceResolver, mistake_in_name
from airflow_provider_genesys.text import is_uuid
from tests.harness.people import In

ID = "6a3af858-942f-489d-9700-5f9bcdcdae9b"


def shown(
    category: str | None = "Away",
    sub_category: str | None = None,
    description: str | None = None,
    presence_id: str | None = None,
) -> In:
    """Return what somebody's presence in Vonage is."""
    return In("somebody", datetime(2026, 1, 31, tzinfo=UTC), category, description, sub_category, presence_id)


def mistakes(source: Any, **more: Any) -> list[str]:
    with pytest.raises(GenesysConfigError) as caught:
        load_rules(source, **more)
    return [line.strip() for line in str(caught.value).splitlines()]


def target(rules: list[dict[str, Any]], presence: In) -> str | None:
    found = first_match(load_rules(rules), presence)
    return found.presence if found else None


RULES = [
    {"category": "Away", "sub_category": "Break", "description": "Lunch", "presence": "Meal/Lunch"},
    {"category": "Away", "description": "lunch", "presence": "Meal"},
    {"presence_id": ID.upper(), "presence": "Training"},
    {"category": "away", "presence": "Away"},
    {"presence": "Busy"},
]


@pytest.mark.parametrize(
    ("presence", "wanted"),
    [
        (shown("Away", "Break", "Lunch"), "Meal/Lunch"),
        (shown("Away", " break", "LUNCH "), "Meal/Lunch"),
        (shown("Away", None, "Lunch"), "Meal"),
        (shown("Away", "Break", "Tea", ID), "Training"),
        (shown("Away", "Break", "Tea"), "Away"),
        (shown("Ready", "Break", "Lunch"), "Busy"),
        (shown(None), "Busy"),
    ],
)
def test_the_first_that_matches_wins(presence: In, wanted: str) -> None:
    assert target(RULES, presence) == wanted


def test_without_a_default_some_match_none() -> None:
    assert target(RULES[:-1], shown("Ready")) is None


def test_a_key_without_value_is_left_out() -> None:
    assert target([{"category": None, "presence": "Busy"}], shown("Ready")) == "Busy"


def test_what_an_event_says() -> None:
    by_label, by_id = load_rules(
        [
            {"category": "Ready", "presence": " On Queue ", "routing_status": "Idle"},
            {"presence": ID.upper()},
        ]
    )
    assert (by_label.target, by_label.routing_status) == ({"presence": "On Queue"}, "Idle")
    assert (by_id.target, by_id.routing_status) == ({"presenceDefinitionId": ID}, None)


@pytest.mark.parametrize("name", ["map.yaml", "map.json"])
def test_files_and_text(tmp_path: Path, name: str) -> None:
    text = "\n".join(f"- {json.dumps(rule)}" for rule in RULES) if name == "map.yaml" else json.dumps(RULES)
    (tmp_path / name).write_text(text)
    wanted = [(rule.conditions, rule.presence) for rule in load_rules(RULES)]
    for source in (str(tmp_path / name), tmp_path / name, json.dumps(RULES)):
        assert [(rule.conditions, rule.presence) for rule in load_rules(source)] == wanted


def test_plain_words_of_yaml_are_text(tmp_path: Path) -> None:
    (tmp_path / "map.yaml").write_text(
        "- {category: Away, description: no, presence: Off}\n- {description: 12:30, presence: 7}"
    )
    first, second = load_rules(str(tmp_path / "map.yaml"))
    assert (first.conditions["description"], first.presence) == ("no", "Off")
    assert (second.conditions, second.presence) == ({"description": "12:30"}, "7")


def test_every_mistake_with_the_rule(tmp_path: Path) -> None:
    rules = [
        {"category": "Lunch", "presence": "Meal"},
        {"kategory": "Away", "presence": "Away"},
        {"category": "Ready"},
        {"category": "Ready", "presence": "On Queue", "routing_status": "Off"},
        {"category": 7, "presence": "  "},
        "Away",
    ]
    keys = ", ".join([*CONDITIONS, "presence", "routing_status"])
    assert mistakes(rules) == [
        "the presence map has 7 mistakes:",
        "rule 1: category 'Lunch' is none of LoggedOut, Away, ExtendedAway, Ready",
        f"rule 2: the key 'kategory' is unknown; known are {keys}; did you mean 'category'?",
        "rule 3: presence is missing, to which the rule leads",
        f"rule 4: routing_status 'Off' is none of {', '.join(ROUTING_STATUSES)}",
        "rule 5: category is not text",
        "rule 5: presence is empty",
        f"rule 6: is not a mapping with keys such as {keys}",
    ]
    (tmp_path / "map.yaml").write_text("# rules\n- presence: Away\n  presence: Busy\n- category: x\n  presence: Away\n")
    assert mistakes(str(tmp_path / "map.yaml")) == [
        "the presence map has 2 mistakes:",
        "map.yaml, line 3: rule 1: the key 'presence' is there twice",
        "map.yaml, line 4: rule 2: category 'x' is none of LoggedOut, Away, ExtendedAway, Ready",
    ]


@pytest.mark.parametrize(
    ("earlier", "later", "shadowed"),
    [
        ({}, {"category": "Away"}, True),
        ({}, {}, True),
        ({"category": "Away"}, {"category": "AWAY", "description": "Lunch"}, True),
        ({"description": "lunch "}, {"category": "Away", "description": "Lunch"}, True),
        ({"category": "Away", "description": "Lunch"}, {"category": "Away"}, False),
        ({"category": "Away"}, {"category": "Ready"}, False),
        ({"category": "Away"}, {"description": "Lunch"}, False),
    ],
)
def test_a_rule_that_can_never_match(earlier: dict[str, str], later: dict[str, str], shadowed: bool) -> None:
    rules = [earlier | {"presence": "Away"}, later | {"presence": "Busy"}]
    if shadowed:
        assert mistakes(rules)[1:] == ["rule 2: can never match, since all that it matches is taken by rule 1"]
    else:
        assert len(load_rules(rules)) == 2


@pytest.mark.parametrize(
    ("source", "message"),
    [([], "empty"), ("[]", "empty"), ("", "empty path"), (None, "NoneType"), ({"presence": "Away"}, "dict")],
)
def test_no_map_at_all(source: Any, message: str) -> None:
    assert message in mistakes(source)[0]


def test_what_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(GenesysSourceError, match="there is no such file"):
        load_rules(str(tmp_path / "none.yaml"))
    (tmp_path / "map.yaml").write_text("presence: Away")
    assert mistakes(str(tmp_path / "map.yaml")) == ["map.yaml: is not a list of rules, each beginning with a hyphen"]


def test_targets_that_are_not_there_are_all_named() -> None:
    def resolve(presence: str) -> str:
        if presence != "Meal":
            raise LookupError(f"presence {presence!r} is unknown")
        return ID

    rules = load_rules([{"category": name, "presence": "Meal" if name == "Away" else name} for name in CATEGORIES])
    with pytest.raises(GenesysConfigError) as caught:
        check_targets(rules, resolve)
    assert [line.strip() for line in str(caught.value).splitlines()[1:]] == [
        "rule 1: presence 'LoggedOut' is unknown",
        "rule 3: presence 'ExtendedAway' is unknown",
        "rule 4: presence 'Ready' is unknown",
    ]


WORDS = st.sampled_from(["Lunch", "lunch ", "Tea", ID])
PRESENCES = st.builds(
    shown, st.sampled_from([*CATEGORIES, None]), st.none() | WORDS, st.none() | WORDS, st.none() | WORDS
)
TABLES = st.lists(
    st.fixed_dictionaries(
        {"presence": st.sampled_from(["Meal", "Busy", "Away"])},
        optional={"category": st.sampled_from(CATEGORIES), **dict.fromkeys(CONDITIONS[1:], WORDS)},
    ),
    min_size=1,
    max_size=5,
)


@given(TABLES, st.lists(PRESENCES, max_size=20))
def test_a_table_is_refused_only_for_rules_that_no_presence_reaches(tables: Any, presences: list[In]) -> None:
    """A refused rule makes no difference, and what an accepted table says is what its first matching rule says."""

    def plainly(rules: list[dict[str, str]], presence: In) -> int | None:
        def same(some: str | None, other: str) -> bool:
            return (some or "").strip().casefold() == other.strip().casefold()

        for number, rule in enumerate(rules):
            if all(same(getattr(presence, name), rule[name]) for name in CONDITIONS if name in rule):
                return number
        return None

    try:
        rules = load_rules(tables)
    except GenesysConfigError as error:
        refused = {int(line.split()[1][:-1]) - 1 for line in str(error).splitlines()[1:]}
        assert refused.isdisjoint(plainly(tables, presence) for presence in presences)
        return
    for presence in presences:
        number = plainly(tables, presence)
        assert first_match(rules, presence) is (None if number is None else rules[number])


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("On Queue", "on_queue", True),
        ("OnQueue", "ON QUEUE", True),
        ("Break/Smoke", " break / SMOKE ", True),
        ("Break/Smoke  Room", "Break/smoke room", True),
        ("Break/Smoke Room", "Break/SmokeRoom", False),
        ("Break", "Break/Smoke", False),
        ("Break/Smoke", "Meal/Smoke", False),
        ("Break", "227b37e2-f1d0-4dd0-8f50-badd7cf6d158", False),
    ],
)
def test_a_presence_is_the_same_however_it_is_spelt(one: str, other: str, same: bool) -> None:
    assert same_presence(one, other) is same_presence(other, one) is same


def test_a_presence_that_no_organisation_can_have_is_a_mistake_of_its_line(tmp_path: Path) -> None:
    text = (
        "- {description: a, presence: Meel}\n- {description: b, presence: meal/Canteen}\n"
        "- {description: c, presence: Meal/}\n- {description: d, presence: on queue, routing_status: Idel}\n"
        "- {description: e, presence: Pausa/Meel}\n- {description: f, presence: 8D2F3B4C-5e6f-4a71-9b8c-0d1e2f3a4b03}\n"
    )
    (tmp_path / "map.yaml").write_text(text)
    found = mistakes(str(tmp_path / "map.yaml"), mistake_in=mistake_in_name)
    assert found[:3] == [
        "the presence map has 4 mistakes:",
        "map.yaml, line 1: rule 1: presence 'Meel': 'Meel' is no system presence; did you mean Meal?",
        "map.yaml, line 3: rule 3: presence 'Meal/': its label, which stands behind the slash, is empty",
    ]
    assert found[3].startswith("map.yaml, line 4: rule 4: routing_status 'Idel' is none of ")
    assert found[4].startswith("map.yaml, line 5: rule 5: presence 'Pausa/Meel': 'Pausa' is no system presence")


@pytest.mark.parametrize("name", ["Meel", "Meal/", "/Canteen", "Meal/Canteen", "Meal", "Pause/x", ID])
def test_what_is_a_mistake_is_nowhere_found(name: str) -> None:
    """The other way round only an organisation's definitions tell."""
    resolver = PresenceResolver(list)
    if mistake_in_name(name) is not None:
        with pytest.raises(LookupError):
            resolver(name)
    elif "/" not in name:
        assert is_uuid(resolver(name))
