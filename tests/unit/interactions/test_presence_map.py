"""The rules by which states become presences, and that mistakes in them are told with their lines."""

from __future__ import annotations

import re
from functools import partial
from typing import Any

import pytest

from airflow_provider_genesys.exceptions import GenesysConfigError
from airflow_provider_genesys.interactions.mapping_file import mapping_of_text
from airflow_provider_genesys.tasks.presence_rules import mistakes_in_rules, presence_rules
from tests.unit.interactions.states import CONNECT, SIMPLE, agent_event, run

CHECK_RULES = partial(mistakes_in_rules, is_given=False)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("record: {shape: states}", "line 1: state needs user"),
        ("record: {shape: states}\nstate: {users: U}", "line 2: in state the name 'users' is unknown"),
        ("record: {shape: states}\ninteraction: {id: I}", "line 2: goes with other shapes, and this is states"),
        ("record: {shape: states, open: tell}", "goes with other shapes"),
        ("record: {shape: states, event: E}", r"goes with record: {shape: log}, and this is states"),
        ("presence_map: []", r"goes with record: {shape: states}, and this is record"),
        ("record: {keep: {A: [B]}}", r"goes with record: {shape: states}, and this is record"),
        ("record: {shape: states, highest: [A, A]}", "highest must be a list of states, each once"),
        ("record: {shape: states, highest: [A], rest: B}", "rest 'B' is none of highest"),
        ("record: {shape: states, ends: {when: {A: B}}}", "ends needs states"),
        ("record: {shape: states}\nstate: {part: P}", r"part needs record\.highest"),
        (
            "record: {shape: states, highest: [Talks, Free]}\nstate:\n  state: {column: S, table: {T: Takls}}",
            "line 3: the value 'Takls' is unknown; known are Talks, Free; did you mean 'Talks'",
        ),
        ("record: {shape: states}\npresence_map: {A: B}", "presence_map must be a list of rules"),
    ],
)
def test_mistakes_are_told_with_their_lines(text: str, message: str) -> None:
    with pytest.raises(GenesysConfigError, match=message):
        mapping_of_text(text, "m")


def test_mistakes_of_the_presence_map_have_their_lines_too() -> None:
    text = SIMPLE.replace("reason: Coffee", "description: Coffee").replace("Interacting", "Busy")
    with pytest.raises(GenesysConfigError, match=r"m, line 5: rule 1: routing_status 'Busy' is none of") as raised:
        presence_rules(mapping_of_text(text, "m"))
    assert "m, line 8: rule 4: the key 'description' is unknown; known are state, reason, presence, rou" in str(
        raised.value
    )
    # ... and where they are known while the file is read, they are told with all others.
    with pytest.raises(GenesysConfigError) as raised:
        mapping_of_text(text.replace("Who", "{colum: Who}"), "m", check_rules=CHECK_RULES)
    assert [re.split("; known| of Off", line)[0] for line in str(raised.value).splitlines()] == [
        "the mapping has 3 mistakes:",
        "  m, line 3: the verb 'colum' is unknown",
        "  m, line 5: rule 1: routing_status 'Busy' is none",
        "  m, line 8: rule 4: the key 'description' is unknown",
    ]
    nothing = mapping_of_text(SIMPLE.split("presence_map", maxsplit=1)[0], "m")
    with pytest.raises(GenesysConfigError, match="there is no presence_map, neither in m nor as an argument"):
        presence_rules(nothing)
    about_calls = mapping_of_text("interaction: {id: I, direction: inbound, started: S}", "m")
    assert presence_rules(about_calls) is None
    with pytest.raises(GenesysConfigError, match="presence_map is for states of agents"):
        presence_rules(about_calls, [])


def test_a_mistake_of_a_rule_has_the_line_of_its_key() -> None:
    rule = "  - state: Gone\n    presense: Busy\n    reason:\n      - Lunch\n  - state: Free\n    presence: Available\n"
    with pytest.raises(GenesysConfigError) as raised:
        mapping_of_text(SIMPLE + rule, "m", check_rules=CHECK_RULES)
    assert [line.partition("; known are")[0] for line in str(raised.value).splitlines()] == [
        "the mapping has 3 mistakes:",
        "  m, line 11: rule 6: the key 'presense' is unknown",
        "  m, line 12: rule 6: reason is not text",
        "  m, line 14: rule 7: can never match, since all that it matches is taken by m, line 6: rule 2",
    ]
    assert "; did you mean 'presence'?" in str(raised.value)


def test_rules_that_are_missing_are_told_with_all_other_mistakes() -> None:
    text = "record: {shape: states}\nstate: {user: U, since: {time: T, format: iso}, stat: S}\n"
    with pytest.raises(GenesysConfigError, match=r"2 mistakes:\n.*line 1: there is no presence_map, neither here nor"):
        mapping_of_text(text, "m", check_rules=CHECK_RULES)
    with pytest.raises(GenesysConfigError, match=r"1 mistake:\n.*line 2: in state the name 'stat' is unknown"):
        mapping_of_text(text, "m", check_rules=partial(mistakes_in_rules, is_given=True))
    # Those of a file that is extended come after its own, each list for itself.
    mapping_of_text("extends: amazon_connect_agent_events\npresence_map: [{presence: Busy}]", "m", None, CHECK_RULES)


def test_a_rule_that_is_given_comes_before_those_of_the_file() -> None:
    rules: Any = [{"state": "CUSTOM", "reason": "coaching", "presence": "Meeting/Coaching"}]
    event = agent_event(0, "CUSTOM", name="Coaching")
    assert run(CONNECT, [event]).said == ["08:00:00 Busy", "08:00:00 OffQueue"]
    assert run(CONNECT, [event], rules=rules).said == ["08:00:00 Meeting/Coaching"]
