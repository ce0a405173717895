"""What goes into a database has a size, and text from elsewhere no telephone numbers."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_genesys.text import cut, fitting, parse_json, whole_lines, without_personal_data


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


@pytest.mark.parametrize(
    "text",
    [
        *("+49 30 901820", "+4930901820", "030 901820", "0170/1234567", "(555) 123-4567", "+1 (555) 123-4567"),
        *("555-123-4567", "1-800-555-0199", "4930901820", "00493090182012", "030.901.820"),
        *("jane.doe@example.com", "a+b@mail.example.co.uk", "+493090@host.example.com"),
    ],
)
def test_what_looks_like_a_telephone_number_or_an_address_is_masked(text: str) -> None:
    assert without_personal_data(text) == "***"
    assert without_personal_data(f"no user <{text}>, or [{text}].") == "no user <***>, or [***]."


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("tel:030901820", "tel:***"),
        ("tel:4930901820", "tel:***"),
        ("phone:0301234567", "phone:***"),
        ("callback-0301234567", "callback-***"),
        ("0301234567,0301234568", "***,***"),
        ("030 / 901820", "***"),
        ("+49 30 / 901820", "***"),
        ("+49\u00a030\u00a0901820", "***"),
        ("+4930901820-", "***-"),
    ],
)
def test_what_stands_before_or_within_a_telephone_number_does_not_hide_it(text: str, masked: str) -> None:
    assert without_personal_data(text) == masked
    assert without_personal_data(f"no user <{text}>, or [{text}].") == f"no user <{masked}>, or [{masked}]."


@pytest.mark.parametrize(
    "text",
    [
        *("2026-11-16T08:12:04.000Z", "2026-11-16 08:12:04+01:00", "16.11.2026 08:12:03", "11/16/2026 08:12"),
        *("1764455895", "1764455895123", "PT3600000S", "08:12:03.123456789"),
        *(
            "11111110-2222-4333-8444-555555555555",
            "01a22980cf747cfa856ab1155cad7a87",
            "12345678901234567890",
            "a-1234567890-b",
        ),
        *("203.0.113.77", "HTTP 503", "512,000 bytes", "1,234,567,890", "5242880", "user@host", "invalid.value"),
        *("conversation:conversation:inject", "line 100,000 column 12"),
    ],
)
def test_ids_times_and_codes_stay(text: str) -> None:
    said = f"Value [{text}] of {text} is wrong: {text}."
    assert without_personal_data(said) == said


@given(st.text(st.sampled_from("a0+ (@.-/5,:"), max_size=2_000))
def test_masking_twice_is_masking_once(text: str) -> None:
    once = without_personal_data(text)
    assert without_personal_data(once) == once


@pytest.mark.parametrize("text", ["[" * 100_000, b'{"a":' * 100_000, "{", "", b"\xff"])
def test_json_that_cannot_be_read_is_a_value_error(text: str | bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_json(text)
