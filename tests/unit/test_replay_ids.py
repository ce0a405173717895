"""No id of a replay leads out of its folder, and what is no id is refused."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_genesys.exceptions import GenesysConfigError
from airflow_provider_genesys.tasks.artifacts import artifacts_folder
from airflow_provider_genesys.tasks.replay import describe_replay, find_replay
from tests.unit.replays import IDS, account, entry, letter

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    "change",
    [
        {"dag_id": ""},
        {"dag_id": None},
        {"run_id": 7},
        {"task_id": "x" * 251},
        {"task_id": "a\0b"},
        {"map_index": True},
        {"map_index": -2},
        {"map_index": "0"},
        {"ledger_key": ["x"]},
        {"began": 20261129},
        {"began": ""},
    ],
)
def test_what_is_no_id_is_refused(tmp_path: Path, change: dict[str, Any]) -> None:
    with pytest.raises(GenesysConfigError, match=f"^{next(iter(change))} must be"):
        find_replay(IDS | change, [entry(tmp_path)])


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("..", "must be a name, not '..'"),
        (".", "must be a name, not '.'"),
        ("x\ud800", r"must be text that can be written to a file, not 'x\\ud800', which has half of a character"),
        ("/" * 86, "would be a folder with a name of 258 characters"),
        ("ü" * 43, "would be a folder with a name of 258 characters"),
        ("\U0001f600" * 250, "would be a folder with a name of 3,000 characters"),
    ],
)
@pytest.mark.parametrize("name", ["dag_id", "run_id", "task_id", "ledger_key"])
def test_an_id_that_can_name_no_folder_is_refused_by_its_own_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, given: str, message: str
) -> None:
    monkeypatch.setattr("airflow_provider_genesys.events.again.letters_of", lambda _: pytest.fail("it was looked for"))
    ids = IDS | {name: given}
    with pytest.raises(GenesysConfigError, match=f"^{name}:? .*{message}"):
        find_replay(ids, [entry(tmp_path, dag_id=ids["dag_id"], ledger_keys=["*"])])


@pytest.mark.parametrize("given", ["/" * 85, "ü" * 42 + "abc", "x" * 250])
def test_an_id_may_fill_the_name_of_a_folder(tmp_path: Path, given: str) -> None:
    account(tmp_path / "calls" / quote(given, safe="") / "publish", letter())
    assert find_replay(IDS | {"run_id": given}, [entry(tmp_path)]).letters["user_presences"].count == 1


def test_a_store_that_refuses_is_told_with_the_path_that_leads_there(tmp_path: Path) -> None:
    account(tmp_path / "calls" / "manual__1" / "publish", letter()).joinpath("ledger.json").unlink()
    (tmp_path / "calls" / "manual__1" / "publish" / "ledger.json").mkdir()
    with pytest.raises(GenesysConfigError, match=r"^artifacts_path: .*publish cannot be read or written"):
        find_replay(IDS, [entry(tmp_path)])


HOSTILE = st.one_of(
    st.text(min_size=1, max_size=20).filter(lambda text: "\0" not in text),
    st.lists(st.sampled_from(["..", ".", "/", "\\", "%2f", "%2e%2e", "://", "file:", "*", "[a]", "~", " "]), min_size=1)
    .map("".join)
    .map(lambda text: text[:200]),
)


@given(run_id=HOSTILE, task_id=HOSTILE, key=st.none() | HOSTILE)
def test_no_id_leads_out_of_its_folder(run_id: str, task_id: str, key: str | None) -> None:
    ti = SimpleNamespace(dag_id="calls", run_id=run_id, task_id=task_id, map_index=-1)
    wanted = [key] if key is not None else ["calls", run_id, task_id]
    try:
        folder = str(artifacts_folder("/artifacts", {"ti": ti}, key)).removeprefix("file://")
    except GenesysConfigError:
        assert any(not part.strip(".") for part in wanted)
        return
    parts = folder.removeprefix("/artifacts/").split("/")
    assert folder.startswith("/artifacts/")
    assert parts == [quote(part, safe="") for part in wanted]
    assert not {"", ".", ".."} & {*parts}


@pytest.mark.parametrize(
    "bad", ["..", ".", "../outside", "..%2foutside", "/outside", "file:///outside", "outside/", "*"]
)
@pytest.mark.parametrize("name", ["run_id", "task_id", "ledger_key"])
def test_an_account_beside_the_folder_is_not_found_by_any_id(tmp_path: Path, name: str, bad: str) -> None:
    root = tmp_path / "root"
    for place in (tmp_path, tmp_path / "outside", root / "calls", root / "calls" / "manual__1", root, root / "outside"):
        account(place, letter())
    with pytest.raises(GenesysConfigError):
        find_replay({**IDS, "ledger_key": None, name: bad}, [entry(root, ledger_keys=["*"])])


def test_hostile_ids_mean_themselves_in_what_a_person_approves(tmp_path: Path) -> None:
    ids = {**IDS, "run_id": "**x** | <b> `y`\n# [a](javascript:1)"}
    account(tmp_path / "calls" / quote(ids["run_id"], safe="") / "publish", letter())
    markdown = describe_replay(find_replay(ids, [entry(tmp_path)]), ids)
    assert "<b>" not in markdown
    assert "\\*\\*x\\*\\*" in markdown
    assert "\n# " not in markdown
    assert "[a](" not in markdown.replace("\\[a\\](", "")
