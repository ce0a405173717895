"""Which dead letters may be published once more: what is found of them, and the list."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from airflow_provider_genesys.events.again import letters_of
from airflow_provider_genesys.exceptions import GenesysConfigError, GenesysLedgerError
from airflow_provider_genesys.tasks.replay import VARIABLE, describe_replay, find_replay
from tests.unit.replays import IDS, NUMBER, account, entry, letter

if TYPE_CHECKING:
    from pathlib import Path

# --- what is found ---


def test_letters_are_counted_by_reason_without_a_value(tmp_path: Path) -> None:
    words = f"the address {NUMBER} is not known"
    folder = account(
        tmp_path / "a",
        letter() + letter(),
        letter(words, words, fate="rejected") + letter(event=None) + "\n" + '{"userId": "mended"}\n',
    )
    (folder / "dead-letters" / ".hidden.jsonl").write_text(letter())
    found = letters_of(folder)
    assert found is not None
    assert (found.stream, found.count, found.ids_only) == ("user_presences", 5, 1)
    assert [(row["code"], row["count"], row["rule"]) for row in found.reasons] == [
        ("invalid.userId", 3, "is missing"),
        (None, 1, None),
        ("edited", 1, "is not as it was written"),
    ]
    assert "1234567" not in json.dumps(found.reasons)


@pytest.mark.parametrize("inputs", [["in/day.jsonl", "in/early.jsonl"], ["in/early.jsonl", "in/day.jsonl"]])
def test_the_example_is_the_first_of_the_input_of_several_files_too(tmp_path: Path, inputs: list[str]) -> None:
    """Lanes have letters in the order of their own; a low line may be one of the last file's."""
    folder = account(
        tmp_path / "a",
        letter(file="in/day.jsonl", line=90) + letter(file="in/early.jsonl", line=8),
        letter(file="in/day.jsonl", line=50) + letter(file="in/early.jsonl", line=9),
        letter(file="in/no-input.jsonl", line=1),
        inputs=[[name, 100] for name in inputs],
    )
    found = letters_of(folder)
    assert found is not None
    first = {"in/day.jsonl": 50, "in/early.jsonl": 8}[inputs[0]]
    assert [row["example"] for row in found.reasons] == [{"file": inputs[0].removeprefix("in/"), "line": first}]


def test_a_letter_that_was_edited_is_somebodys_own(tmp_path: Path) -> None:
    folder = account(tmp_path / "a", "[" * 100_000 + "\n" + letter(line=float("inf")) + letter(line="seven"))
    found = letters_of(folder)
    assert found is not None
    assert [(row["code"], row["count"]) for row in found.reasons] == [("edited", 3)]


def test_the_digest_is_of_all_that_would_be_sent(tmp_path: Path) -> None:
    folder = account(tmp_path / "a", letter(), letter())

    def digest() -> str:
        found = letters_of(folder)
        assert found is not None
        return found.digest

    before = digest()
    assert digest() == before
    first = folder / "dead-letters" / "00-000001.jsonl"
    first.write_text(letter(line=8))
    changed = digest()
    first.rename(first.with_name("01-000002.jsonl"))
    assert len({before, changed, digest()}) == 3


def test_both_streams_of_a_transfer_are_found(tmp_path: Path) -> None:
    folder = tmp_path / "calls" / "manual__1" / "publish"
    account(folder / "user_presences", letter())
    account(folder / "user_routing_statuses", letter(), stream="user_routing_statuses")
    found = find_replay(IDS, [entry(tmp_path)])
    assert list(found.letters) == ["user_presences", "user_routing_statuses"]
    markdown = describe_replay(found, IDS)
    assert markdown.count("1 events of") == 2
    assert str(tmp_path) not in json.dumps(found.as_xcom()) + markdown


def test_a_mapped_task_has_each_its_own(tmp_path: Path) -> None:
    for index in (0, 1):
        account(tmp_path / "calls" / "manual__1" / "publish" / str(index), *[letter()] * (index + 1))
    for index in (0, 1):
        assert find_replay({**IDS, "map_index": index}, [entry(tmp_path)]).letters["user_presences"].count == index + 1
    with pytest.raises(GenesysConfigError, match="no account"):
        find_replay(IDS, [entry(tmp_path)])


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"complete": None}, GenesysConfigError, "not complete: clear its task"),
        ({"stream": "../x"}, GenesysLedgerError, "cannot be read"),
        ({"task": "another/manual__1/publish"}, GenesysConfigError, "another Dag's, 'another'"),
    ],
)
def test_an_account_that_is_not_ripe_or_another_s_is_refused(
    tmp_path: Path, change: dict[str, Any], error: type[Exception], message: str
) -> None:
    account(tmp_path / "calls" / "manual__1" / "publish", letter(), **change)
    with pytest.raises(error, match=message):
        find_replay(IDS, [entry(tmp_path)])


@pytest.mark.parametrize("text", ["", "[]", '"x"', "{}", '{"stream": [], "complete": 1}', "\x00"])
def test_what_is_no_ledger_is_told(tmp_path: Path, text: str) -> None:
    account(tmp_path / "a").joinpath("ledger.json").write_text(text)
    with pytest.raises(GenesysLedgerError, match=r"ledger\.json: cannot be read"):
        letters_of(tmp_path / "a")


# --- what is allowed ---


@pytest.mark.parametrize(
    ("more", "key", "allowed"),
    [
        ({}, None, True),
        ({"task_id": "publish"}, None, True),
        ({"task_id": "other"}, None, False),
        ({"dag_id": "call"}, None, False),
        ({"dag_id": "*"}, None, False),
        ({}, "calls-1", False),
        ({"ledger_keys": ["calls-?"]}, "calls-1", True),
        ({"ledger_keys": ["calls-?"]}, "calls-12", False),
        ({"ledger_keys": ["Calls-*"]}, "calls-1", False),
    ],
)
def test_the_list_says_what_may_be_replayed(
    tmp_path: Path, more: dict[str, Any], key: str | None, allowed: bool
) -> None:
    account(tmp_path / "calls" / "manual__1" / "publish", letter())
    account(tmp_path / "calls-1", letter())
    ids = {**IDS, "ledger_key": key}
    if allowed:
        assert find_replay(ids, [entry(tmp_path, **more)]).genesys_cloud_conn_id == "genesys_cloud_default"
    else:
        with pytest.raises(GenesysConfigError, match=f"{VARIABLE} allows it not"):
            find_replay(ids, [entry(tmp_path, **more)])


def test_the_first_entry_that_allows_it_says_where_and_by_which_connection(tmp_path: Path) -> None:
    account(tmp_path / "b" / "calls" / "manual__1" / "publish", letter())
    entries = [
        entry(tmp_path / "a", task_id="other"),
        entry(tmp_path / "b", genesys_cloud_conn_id="second"),
        entry(tmp_path / "c"),
    ]
    assert find_replay(IDS, entries).genesys_cloud_conn_id == "second"


@pytest.mark.parametrize(
    ("allowed", "message"),
    [
        ({"dag_id": "calls"}, "must be a list of mappings"),
        ("calls", "must be a list of mappings"),
        ([{"dag": "calls"}], "entry 1: 'dag' is unknown; known are dag_id, task_id"),
        ([{}], "entry 1: dag_id must be text"),
        ([{"dag_id": "calls", "ledger_keys": "calls-*"}], "ledger_keys must be a list of text"),
        ([{"dag_id": "calls", "artifacts_path": "relative"}], "artifacts_path must be a folder"),
        ([], "allows it not"),
    ],
)
def test_a_wrong_list_is_told(allowed: Any, message: str) -> None:
    with pytest.raises(GenesysConfigError, match=message):
        find_replay(IDS, allowed)


def test_the_list_is_an_airflow_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    account(tmp_path / "calls" / "manual__1" / "publish", letter())
    monkeypatch.setenv(f"AIRFLOW_VAR_{VARIABLE.upper()}", json.dumps([entry(tmp_path)]))
    assert find_replay(IDS).letters
    monkeypatch.setenv(f"AIRFLOW_VAR_{VARIABLE.upper()}", "[")
    with pytest.raises(GenesysConfigError, match="is no JSON"):
        find_replay(IDS)
