"""The user map: every form it may have, and every mistake told at once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_genesys.exceptions import GenesysConfigError, GenesysSourceError
from airflow_provider_genesys.mapping.users import MAX_MISTAKES, load_user_map

A, B, C = (f"{letter * 8}-942f-489d-9700-5f9bcdcdae9b" for letter in "abc")
X, Y = (f"{letter * 8}-1111-4111-8111-111111111111" for letter in "12")
WHY = ": which of two Vonage users it shall follow cannot be told"
WANTED = {A: X, B: Y}


def write(path: Path, text: str | bytes) -> str:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return str(path)


def mistakes(source: Any) -> list[str]:
    with pytest.raises(GenesysConfigError) as caught:
        load_user_map(source)
    return [line.strip() for line in str(caught.value).splitlines()]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("users.csv", f"vonage_user_id,genesys_user_id\n{A},{X}\n{B},{Y}\n"),
        ("users.CSV", f"vonage_user_id,genesys_user_id\r\n{A},{X}\r\n{B},{Y}"),
        ("users.csv", f"\ufeffvonage_user_id,genesys_user_id\n{A},{X}\n{B},{Y}\n"),
        ("users.csv", f'name,genesys_user_id, vonage_user_id\n"Doe, J.",{X},{A}\n\n,,\nRoe, {Y} ,{B.upper()}\n'),
        ("users.yaml", f"# who is who\n{A}: {X}\n{B.upper()}: '{Y.upper()} '\n"),
        ("users.json", json.dumps(WANTED)),
        ("users", json.dumps(WANTED, indent=2)),
        ("users.json", json.dumps(WANTED, indent="\t")),
    ],
)
def test_forms(tmp_path: Path, name: str, text: str) -> None:
    found = load_user_map(write(tmp_path / name, text))
    assert (found, list(found)) == (WANTED, [A, B])
    assert load_user_map(tmp_path / name) == WANTED


def test_data_and_json_text() -> None:
    assert load_user_map({A.upper(): f" {X} ", B: Y}) == WANTED
    assert load_user_map(f"  {json.dumps(WANTED)}") == WANTED


def test_every_mistake_with_line_and_field(tmp_path: Path) -> None:
    rows = [f"{A},{X}", f"{A.upper()},{Y}", f"{B},{X.upper()}", f"{C},john@example.com", f",{Y}", C, f"x,{Y}"]
    path = write(tmp_path / "users.csv", "\n".join(["vonage_user_id,genesys_user_id", *rows]))
    assert mistakes(path) == [
        "the user map has 6 mistakes:",
        f"users.csv, line 3: vonage_user_id {A} is there already, users.csv, line 2",
        f"users.csv, line 4: genesys_user_id {X} is there already, users.csv, line 2{WHY}",
        "users.csv, line 5: genesys_user_id is no UUID: 'john@example.com'",
        "users.csv, line 6: vonage_user_id is missing",
        "users.csv, line 7: genesys_user_id is missing",
        "users.csv, line 8: vonage_user_id is no UUID: 'x'",
    ]


def test_mistakes_in_yaml_and_data(tmp_path: Path) -> None:
    path = write(tmp_path / "users.yaml", f"{A}: {X}\n\n{A}: {Y}\n{B}:\n{C}: [1]\n")
    assert mistakes(path) == [
        "the user map has 3 mistakes:",
        f"users.yaml, line 3: vonage_user_id {A} is there already, users.yaml, line 1",
        "users.yaml, line 4: genesys_user_id is missing",
        "users.yaml, line 5: genesys_user_id is not text",
    ]
    assert mistakes({A: X, 7: Y})[1:] == ["user 2: vonage_user_id is not text"]


def test_a_file_of_another_kind_does_not_fill_the_log(tmp_path: Path) -> None:
    path = write(tmp_path / "users.csv", "vonage_user_id,genesys_user_id\n" + "no,no\n" * 500)
    told = mistakes(path)
    assert (told[0], told[-1]) == ("the user map has 1000 mistakes:", "and 900 more")
    assert len(told) == MAX_MISTAKES + 2


@pytest.mark.parametrize("first", ["vonage_user_id;genesys_user_id", f"{A},{X}", "", "vonage_user_id,vonage_user_id"])
def test_a_csv_without_the_columns_names_what_was_found(tmp_path: Path, first: str) -> None:
    path = write(tmp_path / "users.csv", f"{first}\n{A};{X}\n")
    with pytest.raises(GenesysConfigError, match=r"line 1: must name .* separated by commas; found") as caught:
        load_user_map(path)
    assert repr(first) in str(caught.value)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("users.csv", "vonage_user_id,genesys_user_id\n"),
        ("users.yaml", ""),
        ("users.yaml", "# nobody"),
        ("users.json", "{}"),
    ],
)
def test_an_empty_map_is_an_error(tmp_path: Path, name: str, text: str) -> None:
    assert "empty" in mistakes(write(tmp_path / name, text))[0]


@pytest.mark.parametrize(
    ("source", "message"), [({}, "empty"), ("", "empty path"), ("  ", "empty path"), (None, "NoneType"), ([A], "list")]
)
def test_no_map_at_all(source: Any, message: str) -> None:
    assert message in mistakes(source)[0]


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("users.yaml", f"- {A}\n", "users.yaml: is not a mapping"),
        ("users.yaml", f"{A}: [\n", "users.yaml, line 2: is not YAML"),
        ("users.csv", f'vonage_user_id,genesys_user_id\n"{A}"x,{X}\n', "users.csv, line 2: is not CSV"),
    ],
)
def test_what_cannot_be_parsed(tmp_path: Path, name: str, text: str, message: str) -> None:
    assert message in mistakes(write(tmp_path / name, text))[0]


def test_what_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(GenesysSourceError, match=r"nobody\.csv: there is no such file"):
        load_user_map(str(tmp_path / "nobody.csv"))
    with pytest.raises(GenesysSourceError, match="is not UTF-8 text"):
        load_user_map(write(tmp_path / "users.csv", "vonage_user_id,genesys_user_id\n".encode("utf-16")))


@given(st.dictionaries(st.uuids(), st.uuids(), min_size=1), st.booleans())
def test_a_map_is_read_as_it_was_written_or_refused(pairs: dict[Any, Any], spaces: bool) -> None:
    written = {f"{key}{' ' * spaces}": str(value).upper() for key, value in pairs.items()}
    if len(set(pairs.values())) < len(pairs):
        assert "cannot be told" in "".join(mistakes(written))
    else:
        assert load_user_map(written) == {str(key): str(value) for key, value in pairs.items()}
