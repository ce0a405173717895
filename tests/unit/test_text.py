"""What goes into a database has a size."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_genesys.text import cut, fitting, whole_lines


@given(st.lists(st.dictionaries(st.text(max_size=5), st.text(max_size=30), max_size=3)), st.integers(0, 300))
def test_rows_are_the_first_that_fit(rows: list[dict[str, str]], most_bytes: int) -> None:
    fit = fitting(rows, 5, most_bytes)
    assert fit == rows[: len(fit)]
    assert not fit or len(json.dumps(fit)) <= most_bytes
    assert len(fit) in (len(rows), 5) or len(json.dumps(rows[: len(fit) + 1])) + 2 > most_bytes


@given(st.text(), st.integers(2, 20))
def test_text_is_cut(text: str, most: int) -> None:
    short = cut(text, most)
    assert len(short) <= most
    assert short.isprintable() or not any(ord(letter) < 32 for letter in short)


@given(st.lists(st.text(st.characters(exclude_characters="\n", exclude_categories=["Cs"]), max_size=60)))
def test_markdown_ends_with_whole_lines_and_says_how_many_are_left(lines: list[str]) -> None:
    markdown = "\n".join([*lines, ""])
    short = whole_lines(markdown, 300, "in the log")
    assert len(short.encode()) <= 300
    if short != markdown:
        kept, _, last = short.rstrip("\n").rpartition("\n\n")
        assert markdown.startswith(kept)
        assert last.endswith("more lines are in the log")


@pytest.mark.parametrize("size", [0, 20_000])
def test_markdown_that_fits_is_left_as_it_is(size: int) -> None:
    assert whole_lines("x" * size, 20_000, "in the log") == "x" * size
