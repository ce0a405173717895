from __future__ import annotations

import json
import logging
import time
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_genesys.exceptions import GenesysConfigError, GenesysSourceError
from airflow_provider_genesys.presence.definitions import DesiredDefinition, load_definitions
from airflow_provider_genesys.presence.vocabulary import LOCALES, SYSTEM_PRESENCES

SMOKE = {"system_presence": "Break", "labels": {"en_US": "Smoke"}}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "presence.yaml"


def mistakes(source: Any) -> list[str]:
    with pytest.raises(GenesysConfigError) as caught:
        load_definitions(source)
    heading, *found = str(caught.value).split("\n  ")
    assert heading.startswith("the presence definitions have ")
    return found


def test_a_file_is_read_with_the_line_of_each_definition(file: Path) -> None:
    file.write_text(
        """# Statuses of the service desk
- system_presence: Break
  labels: {en_US: Smoke, de: Raucherpause}

- labels:
    fr: " Déjeuner "
  division: d1
  active: false
  id: 227b
  system_presence: MEAL
"""
    )

    assert load_definitions(str(file)) == [
        DesiredDefinition("Break", {"en_US": "Smoke", "de": "Raucherpause"}, place="presence.yaml, line 2"),
        DesiredDefinition("Meal", {"fr": "Déjeuner"}, "d1", active=False, id="227b", place="presence.yaml, line 5"),
    ]
    assert load_definitions(file) == load_definitions(str(file))


@pytest.mark.parametrize("spelling", ["On Queue", "OnQueue", "ON_QUEUE"])
def test_all_spellings_of_a_system_presence_are_taken(spelling: str) -> None:
    assert load_definitions([{**SMOKE, "system_presence": spelling}])[0].system_presence == "OnQueue"


def test_a_list_has_numbers_for_places() -> None:
    assert [one.place for one in load_definitions([SMOKE, {**SMOKE, "system_presence": "Meal"}])] == [
        "definition 1",
        "definition 2",
    ]
    assert mistakes([SMOKE, {"labels": {"de": "x"}}]) == ["definition 2: system_presence is missing"]


def test_json_text_is_taken_with_characters_in_two_halves() -> None:
    text = json.dumps([{"system_presence": "Break", "labels": {"en_US": "Smoke \N{GRINNING FACE}"}}])
    assert "\\ud83d" in text

    assert load_definitions(text)[0].labels == {"en_US": "Smoke \N{GRINNING FACE}"}
    assert mistakes(r'[{"system_presence": "Break", "labels": {"en_US": "\ud83d"}}]') == [
        "definitions, line 1: labels.en_US: has half a character in it, which is no text"
    ]


def test_words_are_text_whatever_yaml_makes_of_them(file: Path) -> None:
    file.write_text("- {system_presence: Break, labels: {no: Off, de: 12:30, fr: 1_000, sv: 2026-01-01}}")

    assert load_definitions(file)[0].labels == {"no": "Off", "de": "12:30", "fr": "1_000", "sv": "2026-01-01"}


@pytest.mark.parametrize(("word", "meant"), [("true", True), ("false", False), ("yes", True), ("off", False)])
def test_active_is_true_or_false(file: Path, word: str, meant: bool) -> None:
    file.write_text(f"- {{system_presence: Break, labels: {{no: x}}, active: {word}}}")

    assert load_definitions(file)[0].active is meant


def test_what_is_left_empty_is_left_out(file: Path) -> None:
    file.write_text("- system_presence: Break\n  labels: {no: x}\n  division:\n  active: ~\n  id: null\n")

    assert load_definitions(file) == [DesiredDefinition("Break", {"no": "x"}, place="presence.yaml, line 1")]


def test_anchors_and_merged_keys_are_fine(file: Path) -> None:
    file.write_text(
        """
- &one
  system_presence: Break
  labels: &labels {en_US: Smoke, de: Rauchen}
- {<<: *one, system_presence: Meal}
- <<: *one
  system_presence: Away
  labels:
    <<: *labels
    de: Fort
"""
    )

    found = load_definitions(file)

    assert [(one.system_presence, one.labels["de"]) for one in found] == [
        ("Break", "Rauchen"),
        ("Meal", "Rauchen"),
        ("Away", "Fort"),
    ]


def test_an_empty_file_is_an_empty_list(file: Path) -> None:
    for text in ("", "# nothing yet\n", "[]"):
        file.write_text(text)
        assert load_definitions(file) == []


def test_all_mistakes_are_told_at_once_each_with_its_line(file: Path) -> None:
    file.write_text(
        """- system_presence: Brake
  labels:
    en_US: Smoke
    x9: Smoke
    de: ""
    fr: [a]
    en_US: Again
- {systemPresence: Break, labels: {en_us: Smoke}}
- just words
- system_presence: Break
  labels: {}
  active: maybe
  labls: 1
  division: ""
- system_presence: Break
  labels: Smoke
"""
    )

    assert mistakes(file) == [
        "presence.yaml, line 1: system_presence: 'Brake' is no system presence; did you mean Break?",
        f"presence.yaml, line 4: labels.x9: 'x9' is no locale; known are {', '.join(LOCALES)}",
        "presence.yaml, line 5: labels.de: is empty",
        "presence.yaml, line 6: labels.fr is not text",
        "presence.yaml, line 7: the key 'en_US' is there twice",
        "presence.yaml, line 8: labels.en_us: 'en_us' is no locale; did you mean en_US?",
        "presence.yaml, line 8: system_presence is missing",
        "presence.yaml, line 8: the key 'systemPresence' is unknown; did you mean system_presence?",
        "presence.yaml, line 9: is not a mapping of keys to values",
        "presence.yaml, line 11: labels is not a mapping of locale to text",
        "presence.yaml, line 12: active is neither true nor false",
        "presence.yaml, line 13: the key 'labls' is unknown; did you mean labels?",
        "presence.yaml, line 14: division: String should have at least 1 character",
        "presence.yaml, line 16: labels is not a mapping of locale to text",
    ]


def test_an_anchor_with_a_mistake_is_told_once(file: Path) -> None:
    file.write_text(
        "- system_presence: Break\n  labels: &l {x9: Smoke, x9: a}\n- {system_presence: Meal, labels: *l}\n"
    )

    assert len(mistakes(file)) == 2


@pytest.mark.parametrize(
    ("second", "repeats"),
    [
        ({"labels": {"en_US": " smoke"}}, True),
        ({"labels": {"de": "Pause"}}, True),
        ({"labels": {"en_US": "Long", "de": "Pause"}}, False),
        ({"labels": {"fr": "Smoke"}}, False),
        ({"labels": {"en_US": "Smoke"}, "system_presence": "Meal"}, False),
        ({"labels": {"en_US": "Smoke"}, "division": "d1"}, False),
        ({"labels": {"en_US": "Smoke"}, "id": "b"}, True),
    ],
)
def test_a_definition_may_be_there_once(second: dict[str, Any], repeats: bool) -> None:
    first = {"system_presence": "Break", "labels": {"en_US": "Smoke", "de": "Pause"}}
    source = [first, {"system_presence": "Break", **second}]

    if repeats:
        assert len(mistakes(source)) == 1
        assert mistakes(source)[0].endswith("is there already, definition 1")
    else:
        assert len(load_definitions(source)) == 2


def test_an_id_may_be_there_once_but_names_may_repeat_with_ids() -> None:
    assert len(load_definitions([{**SMOKE, "id": "a"}, {**SMOKE, "id": "b"}])) == 2
    other = {"system_presence": "Break", "labels": {"en_US": "Other"}, "id": "a"}
    assert mistakes([{**SMOKE, "id": "a"}, other]) == ["definition 2: the id a is there already, definition 1"]


def test_ids_and_divisions_are_uuids_in_small_letters() -> None:
    key = "3d8a2a0e-7d1a-4f0e-9c55-9f0a1f6c3c11"

    [one] = load_definitions([{**SMOKE, "id": key.upper(), "division": f" {key.upper()} "}])

    assert (one.id, one.division) == (key, key)
    assert len(mistakes([{**SMOKE, "id": key}, {**SMOKE, "id": key.upper()}])) == 1


def test_a_label_that_nobody_can_see_is_refused() -> None:
    assert mistakes([{"system_presence": "Break", "labels": {"de": "\u200b\ufeff"}}]) == [
        "definition 1: labels.de: has no character in it that can be seen"
    ]


def test_more_active_ones_than_the_api_allows_are_refused() -> None:
    entries = [{"system_presence": "Break", "labels": {"en_US": f"Break {number}"}} for number in range(31)]

    assert mistakes(entries) == ["definition 31: Break has 31 active definitions, 30 are the most"]
    assert len(load_definitions([*entries[:30], {**entries[30], "active": False}])) == 31
    assert len(load_definitions([*entries[:30], {**entries[30], "system_presence": "Meal"}])) == 31


def test_long_labels_are_warned_of_and_very_long_ones_refused(caplog: pytest.LogCaptureFixture) -> None:
    def with_label(length: int) -> list[dict[str, Any]]:
        return [{"system_presence": "Break", "labels": {"de": "x" * length}}]

    with caplog.at_level(logging.WARNING):
        load_definitions(with_label(32))
        assert caplog.text == ""
        load_definitions(with_label(100))
    assert "the label in de has 100 characters" in caplog.text
    assert mistakes(with_label(101)) == ["definition 1: labels.de: has 101 characters, 100 are the most"]


@pytest.mark.parametrize("text", ["a\nb", "a\x1b[31mb", "\x85 a"])
def test_labels_are_one_line_of_text(text: str) -> None:
    found = mistakes([{"system_presence": "Break", "labels": {"de": "a" + text}}])

    assert found == ["definition 1: labels.de: has a line break or another control character in it"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("system_presence: Break", "presence.yaml: is not a list of definitions"),
        ("- a\n- [", "presence.yaml, line 2: is not YAML"),
        ('- a\n- !!python/object/apply:os.getcwd [""]', "presence.yaml, line 2: is not YAML: could not determine"),
        ("- a\n---\n- b", "presence.yaml, line 2: is not YAML"),
        ("- *nowhere", "presence.yaml, line 1: is not YAML: found undefined alias"),
        ("- a\n- division: *\n", "presence.yaml, line 2: is not YAML: expected alphabetic or numeric character, but"),
        ("- {[a]: b}", "presence.yaml, line 1: is not YAML: found unhashable key"),
        ("- \0", "presence.yaml: is not YAML"),
        ("[" * 2000, "presence.yaml: is nested too deeply"),
    ],
)
def test_what_is_no_list_in_yaml_is_refused(file: Path, text: str, message: str) -> None:
    file.write_text(text)

    with pytest.raises(GenesysConfigError) as caught:
        load_definitions(file)
    assert str(caught.value).startswith(message)


def test_a_star_without_quotes_is_told(file: Path) -> None:
    file.write_text("- {system_presence: Break, division: *, labels: {de: Pause}}")

    with pytest.raises(GenesysConfigError, match=r'; write "\*" in quotes$'):
        load_definitions(file)


def test_a_list_within_itself_is_no_definition(file: Path) -> None:
    file.write_text("- &a [*a]")

    assert mistakes(file) == ["presence.yaml, line 1: is not a mapping of keys to values"]


def test_a_file_that_cannot_be_read_is_another_error(file: Path) -> None:
    with pytest.raises(GenesysSourceError, match="there is no such file"):
        load_definitions(str(file))
    with pytest.raises(GenesysSourceError, match="there is no such file"):
        load_definitions(file.parent)
    file.write_bytes(b"- a\n- \xff")
    with pytest.raises(GenesysSourceError, match=r"presence\.yaml, line 2: is not UTF-8 text"):
        load_definitions(file)


@pytest.mark.parametrize("source", ["", " ", "{}", {"system_presence": "Break"}, 7, None])
def test_what_is_no_source_is_refused(source: Any) -> None:
    with pytest.raises(GenesysConfigError, match=r"^definitions:? is"):
        load_definitions(source)


def test_paths_are_opened_as_the_caller_says(file: Path) -> None:
    file.write_text(yaml.safe_dump([SMOKE]))

    assert len(load_definitions("store://presence.yaml", open_path=lambda path: file.parent / path[8:])) == 1


label = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=32)
written = st.fixed_dictionaries(
    {
        "system_presence": st.sampled_from(sorted(SYSTEM_PRESENCES)),
        "labels": st.dictionaries(st.sampled_from(LOCALES), label, min_size=1, max_size=4),
    },
    optional={"division": st.sampled_from(["*", "d1"]), "active": st.booleans()},
)


@given(written)
def test_what_is_written_in_yaml_or_json_comes_back(entry: dict[str, Any]) -> None:
    as_data, as_json, as_yaml = (
        load_definitions(source)[0]
        for source in ([entry], json.dumps([entry]), yaml.safe_dump([entry], default_flow_style=True, width=10**6))
    )

    expected = {"division": "*", "active": True, **entry}
    for found in (as_data, as_json, as_yaml):
        assert {key: getattr(found, key) for key in expected} == expected


def test_thousands_of_entries_that_were_given_up_are_checked_in_no_time() -> None:
    """They are kept for good, so that they add up. Pair by pair this took seven seconds."""
    entries: list[dict[str, Any]] = [
        {"system_presence": "Break", "labels": {"en_US": f"L {number}", "de": f"M {number}"}, "active": False}
        for number in range(2000)
    ]
    began = time.process_time()
    assert len(load_definitions(entries)) == 2000
    assert mistakes([*entries, {"system_presence": "Break", "labels": {"de": "m 7"}}]) == [
        "definition 2001: Break/m 7 is there already, definition 8"
    ]
    assert time.process_time() - began < 3


@pytest.mark.parametrize(
    ("line", "advice"),
    [
        ("deactivated: true", "; write active: false"),
        ("deactivated: false", "; write active: true"),
        ("deactivated: No", "; write active: true"),
        ("disabled: yes", "; write active: false"),
        ("inactive: true", "; write active: false"),
        ("enabled: true", "; write active: true"),
        ("is_enabled: false", "; write active: false"),
        ("Active: true", "; write active: true"),
        ("not_active: true", "; write active: false"),
        ("is-not-active: false", "; write active: true"),
        ("status: inactive", "; write active: false"),
        ("Status: Enabled", "; write active: true"),
        ("state: off", "; write active: false"),
        ("active_status: deactivated", "; write active: false"),
        ("reactivated: true", "; write active: true"),
        ("re-activate: false", "; write active: false"),
        ("undeleted: yes", "; write active: true"),
        ("not_archived: true", "; write active: true"),
        ("inaktiv: true", "; write active: false"),
        ("desactivado: true", "; write active: false"),
        ("deaktiviert: false", "; write active: true"),
        ("disable: inactive", "; write active: true"),
        ("visible: false", "; write active: false"),
        ("retired: true", "; write active: false"),
        ("in_use: true", "; write active: true"),
        ("unused: true", "; write active: false"),
        ("deactivated:", "; write active: true for a definition that is to be used, active: false for one that"),
        ("archived: ~", "; write active: true for a definition that is to be used, active: false for one that"),
        ("activ:", "; write active: true for a definition that is to be used, active: false for one that"),
        ("devision: null", "; did you mean division?"),
        ("note:", ""),
        ("state: Break", "; write active: true for a definition that is to be used, active: false for one that"),
        (
            "deactivated: 2026-01-01",
            "; write active: true for a definition that is to be used, active: false for one that",
        ),
    ],
)
def test_another_word_for_active_says_what_to_write(tmp_path: Path, line: str, advice: str) -> None:
    path = tmp_path / "presence.yaml"
    path.write_text(f"- system_presence: Break\n  labels: {{en_US: Smoke}}\n  {line}\n")
    with pytest.raises(GenesysConfigError) as caught:
        load_definitions(path)
    assert f"presence.yaml, line 3: the key {line.partition(':')[0]!r} is unknown{advice}" in str(caught.value)


@pytest.mark.parametrize(
    ("value", "advice"),
    [
        ("inactive", "; write active: false"),
        ("Enabled", "; write active: true"),
        ("not active", "; write active: false"),
    ],
)
def test_a_word_in_place_of_true_or_false_says_which_to_write(value: str, advice: str) -> None:
    entry = {"system_presence": "Break", "labels": {"en_US": "Smoke"}, "active": value}
    assert mistakes([entry]) == [f"definition 1: active is neither true nor false{advice}"]
    assert mistakes([{**entry, "active": "maybe"}]) == ["definition 1: active is neither true nor false"]
