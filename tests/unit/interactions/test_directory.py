"""What the platform's names are called, and what is wrong with a file that should say so."""

from __future__ import annotations

from pathlib import Path

import pytest

from airflow_provider_genesys.exceptions import GenesysConfigError
from airflow_provider_genesys.interactions.checks import UntellableError
from airflow_provider_genesys.interactions.directory import Directory, read_directory
from airflow_provider_genesys.interactions.ids import stable_id

ANN, SALES = stable_id("Ann"), stable_id("Sales")


def read(tmp_path: Path, text: str, name: str = "d.yaml") -> Directory:
    (tmp_path / name).write_text(text, "utf-8")
    return read_directory(tmp_path / name)


def test_yaml_and_csv_say_the_same(tmp_path: Path) -> None:
    yaml = read(tmp_path, f"source_id: s\nusers: {{Ann: {ANN}, 0042: {ANN}}}\nqueues:\n  Sales: {SALES}\nskills:\n")
    table = f"kind,name,id\nsource,,s\nuser,Ann,{ANN}\nuser,0042,{ANN}\n\nqueue,Sales,{SALES}\n"
    assert read(tmp_path, table, "d.csv") == yaml
    assert (yaml.user("0042"), yaml.queue("Sales")) == (ANN, SALES)


def test_an_id_stands_for_itself_and_all_else_is_unknown(tmp_path: Path) -> None:
    directory = read(tmp_path, "source_id: s")
    assert directory.user(ANN) == ANN
    with pytest.raises(UntellableError, match="skill 'Spanish' is not in the directory, under skills"):
        directory.skill("Spanish")


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(GenesysConfigError) as raised:
        read(tmp_path, f"usres:\n  Ann: {ANN}\nqueues:\n  Sales: 5\nskills: x\nlanguages: {{de: {ANN}, de: {ANN}}}\n")
    message = str(raised.value)
    assert "the directory has 5 mistakes" in message
    assert "d.yaml, line 6: the key 'de' is there twice" in message
    assert "d.yaml, line 1, Ann: 'usres' is unknown" in message
    assert "did you mean users?" in message
    assert "d.yaml, line 3, Sales: the id of 'Sales' is no UUID of version 4" in message
    assert "d.yaml, line 5: skills is not a mapping of names to ids" in message
    assert "d.yaml: source_id is missing" in message


@pytest.mark.parametrize(
    ("text", "name", "message"),
    [
        (f"source_id: s\nusers: {{Ann: {ANN}, Ann: {SALES}}}", "d.yaml", "the key 'Ann' is there twice"),
        (
            f"kind,name,id\nsource,,s\nuser,Ann,{ANN}\nuser,Ann,{ANN}",
            "d.csv",
            "line 4: 'Ann' is there twice under users",
        ),
        ("a,b,c\n", "d.csv", "must name the columns kind, name, id"),
        ("kind,name,id\nuser,Ann\n", "d.csv", "line 2: has 2 columns"),
        ("kind,name,id\nsource,,\n", "d.csv", "source_id is empty"),
        ("- a", "d.yaml", "is not a mapping"),
    ],
)
def test_each_mistake_has_its_words(tmp_path: Path, text: str, name: str, message: str) -> None:
    with pytest.raises(GenesysConfigError, match=message):
        read(tmp_path, text, name)
