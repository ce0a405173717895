"""Which dead letters may be published once more: what is found of them, and the list."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from airflow_provider_genesys.events.again import letters_of
from airflow_provider_genesys.events.ledger import FATES, LaneAccount
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


# --- what the account counts and is not there ---


def counting(*counts: int) -> dict[str, Any]:
    """Return what a ledger has of two lanes, of which the first accepted, rejected, ... so many."""
    return {
        "lanes": [LaneAccount(counts=Counter(dict(zip(FATES, each, strict=False)))).to_json() for each in (counts, ())]
    }


@pytest.mark.parametrize("left", ["the folder is empty", "there is no folder"])
def test_letters_that_are_gone_are_no_letters_that_there_never_were(tmp_path: Path, left: str) -> None:
    folder = account(tmp_path / "calls" / "manual__1" / "publish", **counting(9, 1, 2, 5, 1))
    if left == "there is no folder":
        (folder / "dead-letters").rmdir()
    with pytest.raises(
        GenesysConfigError, match=r"missing: .* 4 events of user_presences as .* none in .*dead-letters$"
    ):
        find_replay(IDS, [entry(tmp_path)])
    (folder / "ledger.json").unlink()
    account(tmp_path / "calls" / "manual__2" / "publish", **counting(9, 0, 0, 5))
    with pytest.raises(GenesysConfigError, match="has no dead letters: everything was accepted"):
        find_replay(IDS | {"run_id": "manual__2"}, [entry(tmp_path)])


@pytest.mark.parametrize(("there", "said"), [(1, ["3 of 4"]), (4, []), (5, [])])
def test_of_letters_that_are_missing_in_part_is_said_how_many(tmp_path: Path, there: int, said: list[str]) -> None:
    account(tmp_path / "calls" / "manual__1" / "publish", *[letter()] * there, **counting(9, 1, 2, 5, 1))
    found = find_replay(IDS, [entry(tmp_path)])
    assert found.letters["user_presences"].count == there
    assert re.findall(r"\*\*(.*) are missing:", describe_replay(found, IDS)) == said


def test_a_stream_whose_letters_are_all_gone_is_said_beside_the_other(tmp_path: Path) -> None:
    folder = tmp_path / "calls" / "manual__1" / "publish"
    account(folder / "user_presences", letter(), **counting(9, 1))
    account(folder / "user_routing_statuses", stream="user_routing_statuses", **counting(9, 0, 1700))
    found = find_replay(IDS, [entry(tmp_path)])
    assert list(found.as_xcom()) == ["user_presences"]
    shown = describe_replay(found, IDS).replace("\\", "")
    assert "**All dead letters of 1,700 events of user_routing_statuses are missing:**" in shown


# --- which of several accounts that have the same ids ---

FIRST, SECOND = "2026-11-29T08:00:00.001+00:00", "2026-11-29T08:00:00.734+00:00"


@pytest.fixture
def two(tmp_path: Path) -> list[dict[str, Any]]:
    """A task has published into two folders without a key; return what allows both."""
    for name, began, number in (("one", FIRST, 1), ("two", SECOND, 3)):
        account(tmp_path / name / "calls" / "manual__1" / "publish", letter() * number, began=began)
    return [entry(tmp_path / "one", genesys_cloud_conn_id="first"), entry(tmp_path / "two")]


@pytest.mark.parametrize(("began", "number", "connection"), [(FIRST, 1, "first"), (SECOND, 3, "genesys_cloud_default")])
def test_of_accounts_in_two_folders_it_is_the_one_begun_then(
    two: list[dict[str, Any]], began: str, number: int, connection: str
) -> None:
    for allowed in (two, two[::-1]):
        found = find_replay(IDS | {"began": began}, allowed)
        assert (found.letters["user_presences"].count, found.genesys_cloud_conn_id) == (number, connection)
        assert f"run manual__1, begun {began}:" in describe_replay(found, IDS | {"began": began}).replace("\\", "")


def test_another_account_s_letters_are_not_taken_for_those_that_were_meant(two: list[dict[str, Any]]) -> None:
    meant = IDS | {"began": SECOND}
    for allowed, ids in ((two[:1], meant), (two, IDS | {"began": "2026-11-30"})):
        with pytest.raises(
            GenesysConfigError, match=r"begun '2026-.*', has no account where .* another folder, .* gone"
        ):
            find_replay(ids, allowed)


def test_which_of_two_is_not_guessed(two: list[dict[str, Any]]) -> None:
    with pytest.raises(
        GenesysConfigError, match=r"'publish', run 'manual__1' has 2 accounts, .*: give began, as it is"
    ):
        find_replay(IDS, two)
    assert find_replay(IDS, two[1:]).letters["user_presences"].count == 3
    assert find_replay(IDS, [two[1], *two[1:]]).letters["user_presences"].count == 3


def test_an_account_is_not_kept_from_another_that_is_not_ripe(tmp_path: Path, two: list[dict[str, Any]]) -> None:
    ledger = tmp_path / "one" / "calls" / "manual__1" / "publish" / "ledger.json"
    ledger.write_text(json.dumps(json.loads(ledger.read_text()) | {"complete": None}))
    assert find_replay(IDS | {"began": SECOND}, two).letters["user_presences"].count == 3


@pytest.mark.parametrize("began", [FIRST, SECOND])
def test_either_account_of_a_transfer_stands_for_both(tmp_path: Path, began: str) -> None:
    folder = tmp_path / "calls" / "manual__1" / "publish"
    account(folder / "user_presences", letter(), began=FIRST)
    account(folder / "user_routing_statuses", letter(), stream="user_routing_statuses", began=SECOND)
    found = find_replay(IDS | {"began": began}, [entry(tmp_path)])
    assert list(found.letters) == ["user_presences", "user_routing_statuses"]


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
