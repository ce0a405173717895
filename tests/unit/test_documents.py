"""Mappings of names, as people write them in YAML: no name becomes a number, a truth or a moment."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from airflow_provider_genesys.exceptions import GenesysConfigError
from airflow_provider_genesys.files.documents import entries_of_text, mapping_of_text, pairs_of_text, tree_of_text

WORDS = (
    *("1001", "0042", "0x1F", "1_000", "1e3", "12:30", "2026-11-16", ".inf"),
    *("No", "yes", "on", "OFF", "true", "y", "="),
)


@pytest.mark.parametrize("word", WORDS)
def test_names_and_values_are_text_as_they_are_written(word: str) -> None:
    text = f"source_id: {word}\nusers:\n  {word}: {word}\n"
    assert mapping_of_text(text, "directory.yaml") == {"source_id": word, "users": {word: word}}


def test_json_empty_texts_and_null_as_a_value() -> None:
    assert mapping_of_text('{\n\t"users": {"0042": "a"}}', "directory.json") == {"users": {"0042": "a"}}
    assert mapping_of_text("# nobody yet\n", "directory.yaml") == {}
    assert mapping_of_text("users: {Ann: null, 'null': b}", "d") == {"users": {"Ann": None, "null": "b"}}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("users:\n  0042: a\n  '0042': b\n", "directory.yaml, line 3: the key '0042' is there twice"),
        ("users: {}\nqueues: {}\nusers: {}\n", "directory.yaml, line 3: the key 'users' is there twice"),
        ("users:\n  Null: a\n", "directory.yaml, line 2: the key 'Null' is no text"),
        ("users:\n  ~: a\n  ? \n  : b\n", "line 2: the key '~' is no text.*line 3: the key here is no text"),
        ("users:\n  [a, b]: c\n", "directory.yaml, line 2: the key here is no text"),
        ("- users\n", "directory.yaml: is not a mapping"),
        ("users: [\n", "directory.yaml, line 2: is not YAML"),
    ],
)
def test_what_would_lose_a_name_is_refused_with_its_line(text: str, message: str) -> None:
    with pytest.raises(GenesysConfigError, match=message):
        mapping_of_text(text, "directory.yaml")


BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n" for before, name in zip("abcdefg", "bcdefgh", strict=True)
)


@pytest.mark.parametrize("read", [mapping_of_text, pairs_of_text, tree_of_text])
def test_aliases_stand_for_no_more_than_one_could_read(read: Callable[[str, str], object]) -> None:
    with pytest.raises(GenesysConfigError, match=r"its aliases .* repeat more than 10,000 values"):
        read(BOMB, "m.yaml")
    assert read("a: &a [x, y]\nb: *a\nc: {<<: {d: *a}}\n", "m.yaml")


def test_a_list_with_a_bomb_in_it_is_refused() -> None:
    with pytest.raises(GenesysConfigError, match="repeat more than 10,000 values"):
        entries_of_text("- " + BOMB.replace("\n", "\n  "), "d.yaml")
