"""What the platform's names are called, and what is wrong with a file that should say so."""

from __future__ import annotations

from pathlib import Path

import pytest

from airflow_provider_genesys.exceptions import GenesysConfigError
from airflow_provider_genesys.interactions.checks import UntellableError
from airflow_provider_genesys.interactions.directory import ORGANIZATION, Directory, given_directory, read_directory
from airflow_provider_genesys.interactions.ids import stable_id

ANN, SALES, SOURCE = map(stable_id, ("Ann", "Sales", "source"))


def read(tmp_path: Path, text: str, name: str = "d.yaml") -> Directory:
    (tmp_path / name).write_text(text, "utf-8")
    return read_directory(tmp_path / name)


def test_yaml_and_csv_say_the_same(tmp_path: Path) -> None:
    yaml = read(
        tmp_path, f"source_id: {SOURCE}\nusers: {{Ann: {ANN}, 0042: {ANN}}}\nqueues:\n  Sales: {SALES}\nskills:\n"
    )
    table = f"kind,name,id\nsource,,{SOURCE}\nuser,Ann,{ANN}\nuser,0042,{ANN}\n\nqueue,Sales,{SALES}\n"
    assert read(tmp_path, table, "d.csv") == yaml
    assert (yaml.user("0042"), yaml.queue("Sales")) == (ANN, SALES)


def test_an_id_stands_for_itself_and_all_else_is_unknown(tmp_path: Path) -> None:
    directory = read(tmp_path, f"source_id: {SOURCE}")
    assert directory.user(ANN) == ANN
    with pytest.raises(UntellableError, match="skill 'Spanish' is not in the directory, under skills"):
        directory.skill("Spanish")


def test_blanks_around_a_name_are_none_of_it(tmp_path: Path) -> None:
    directory = read(tmp_path, f'source_id: {SOURCE}\nusers: {{" Ann ": {ANN}}}\n')
    assert directory.user("Ann") == ANN
    with pytest.raises(
        GenesysConfigError, match=r"line 4: 'Ann' is there twice under users\n.*line 5: the name is empt"
    ):
        read(tmp_path, f'source_id: {SOURCE}\nusers:\n  Ann: {ANN}\n  "Ann ": {ANN}\n  " ": {ANN}\n')


@pytest.mark.parametrize("is_there", [False, True])
def test_blanks_around_a_source_id_are_none_of_it(tmp_path: Path, *, is_there: bool) -> None:
    (tmp_path / "d.yaml").write_text(f"source_id: {stable_id('other')}\n", "utf-8")
    file = tmp_path / "d.yaml" if is_there else None
    for given in (ORGANIZATION, file):
        found = given_directory(given, f" {SOURCE}\n", open_path=Path, connect=pytest.fail, of_states=True)
        assert found.source_id == SOURCE


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(GenesysConfigError) as raised:
        read(tmp_path, f"usres:\n  Ann: {ANN}\nqueues:\n  Sales: 5\nskills: x\nlanguages: {{de: {ANN}, de: {ANN}}}\n")
    message = str(raised.value)
    assert "the directory has 5 mistakes" in message
    assert "d.yaml, line 6: the key 'de' is there twice" in message
    assert "d.yaml, line 1: 'usres' is unknown" in message
    assert "did you mean users?" in message
    assert "d.yaml, line 4: the id of 'Sales' is no UUID of version 4" in message
    assert "d.yaml, line 5: skills is not a mapping of names to ids" in message
    assert "d.yaml: source_id is missing" in message


def test_all_mistakes_of_a_table_are_told_at_once_in_its_own_words(tmp_path: Path) -> None:
    rows = [
        f"usr,Ann,{ANN}",
        "sorce,,x",
        "queue,Sales",
        f"otherwise,quee,{SALES}",
        "wrap_up_code,,",
        "otherwise,user,1",
    ]
    with pytest.raises(GenesysConfigError) as raised:
        read(tmp_path, "\n".join(["kind,name,id", *rows]), "d.csv")
    known = "user, queue, wrap_up_code, skill, language"
    kinds = f"known are source, {known}, organization, users_by, otherwise"
    assert [line.partition("d.csv, line ")[2].rstrip("; ") for line in str(raised.value).splitlines()[1:]] == [
        "4: has 2 columns, and the first line 3",
        f"2: 'usr' is unknown; {kinds}; did you mean user?",
        f"3: 'sorce' is unknown; {kinds}; did you mean source?",
        "3: source is no id of a source platform, which is a UUID such as a2ac77fd-36c6-4c2a-b238-f89b35daa570",
        f"5: 'quee' under otherwise is unknown; known are {known}; did you mean queue?",
        "6: the name is empty",
        "7: the id of 'user' is no UUID of version 4, such as 5b0d0f6e-9a55-4a5e-8a0b-5f2a6b1c7d01",
    ]


@pytest.mark.parametrize(
    ("text", "name", "message"),
    [
        (f"source_id: {SOURCE}\nusers: {{Ann: {ANN}, Ann: {SALES}}}", "d.yaml", "the key 'Ann' is there twice"),
        (
            f"kind,name,id\nsource,,{SOURCE}\nuser,Ann,{ANN}\nuser,Ann,{ANN}",
            "d.csv",
            "line 4: 'Ann' is there twice under user$",
        ),
        ("a,b,c\n", "d.csv", "must name the columns kind, name, id"),
        ("", "d.csv", "must name the columns kind, name, id"),
        pytest.param(f"kind,name,id\nuser,{'x' * 200_000},{ANN}\n", "d.csv", "d.csv, line 2: is no CSV: ", id="long"),
        ("kind,name,id\nuser,Ann\n", "d.csv", "line 2: has 2 columns"),
        ("kind,name,id\nsource,,\n", "d.csv", "source is empty"),
        ("kind,name,id\nsource,,x\n", "d.csv", "source is no id of a source platform, which is a UUID"),
        ("source_id: x", "d.yaml", "source_id is no id of a source platform, which is a UUID"),
        (f"kind,name,id\nuser,Ann,{ANN}\n", "d.csv", "d.csv: source is missing"),
        ("- a", "d.yaml", "is not a mapping"),
    ],
)
def test_each_mistake_has_its_words(tmp_path: Path, text: str, name: str, message: str) -> None:
    with pytest.raises(GenesysConfigError, match=message):
        read(tmp_path, text, name)


def test_what_is_looked_up_and_what_unknown_names_become(tmp_path: Path) -> None:
    yaml = read(
        tmp_path,
        f"source_id: {SOURCE}\norganization: [users, queues]\nusers_by: [extension, email]\n"
        f"otherwise: {{queues: {SALES}}}\n",
    )
    rows = [f"source,,{SOURCE}", "organization,user,", "organization,queues,", "users_by,email,", "users_by,extension,"]
    table = "\n".join(["kind,name,id", *rows, f"otherwise,queue,{SALES}"])
    assert read(tmp_path, table, "d.csv") == yaml
    assert (yaml.looked_up, yaml.users_by) == ({"users", "queues"}, ("email", "extension"))
    assert yaml.queue("Golf") == SALES
    with pytest.raises(UntellableError, match="skill 'Golf' is not in the directory, under skills"):
        yaml.skill("Golf")
    everything = read(tmp_path, f"source_id: {SOURCE}\norganization: all")
    assert (len(everything.looked_up), len(everything.users_by)) == (5, 4)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("organization: al", "'al' under organization is unknown; known are all, users, .*; did you mean all"),
        ("organization: [users, {a: b}]", "organization must be all, or a list of what is looked up"),
        ("organization:\n", "line 2: organization must be all"),
        ("organization: [users, users]", "'users' is there twice under organization"),
        ("users_by: mail\norganization: all", "'mail' under users_by is unknown; .* did you mean email"),
        ("users_by: email", "users_by is for names that are looked up"),
        ("otherwise: {quees: 1}", "'quees' under otherwise is unknown; .* did you mean queues"),
        ("otherwise: {queues: Sales}", "the id of 'queues' is no UUID"),
        ("otherwise: yes", "otherwise is not a mapping of names to ids"),
    ],
)
def test_what_is_wrong_with_the_rules_of_a_directory(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(GenesysConfigError, match=message):
        read(tmp_path, f"source_id: {SOURCE}\n{text}")
