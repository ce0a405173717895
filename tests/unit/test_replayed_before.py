"""What was replayed before is told, and nothing is sent twice; letters of a replay are found by its own ids."""

from __future__ import annotations

import json
from collections import Counter
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from airflow_provider_genesys.events.again import Letters, letters_of
from airflow_provider_genesys.events.ledger import FATES, LaneAccount
from airflow_provider_genesys.exceptions import GenesysConfigError, GenesysLedgerError
from airflow_provider_genesys.tasks.replay import Replay, begin_replay, describe_replay, find_replay
from tests.unit.replays import IDS, account, entry, letter

if TYPE_CHECKING:
    from pathlib import Path


def replayed(folder: Path, digest: str, *counts: int, **more: Any) -> None:
    """Write the account of a replay, of which so many were accepted, rejected, invalid, duplicate and unknown."""
    place = folder / "replays" / digest
    place.mkdir(parents=True)
    lanes = [LaneAccount(counts=Counter(dict(zip(FATES, counts, strict=False)))).to_json()]
    ledger = {"task": "replay/manual__2/publish/0", "began": "2026-11-29T08:00:01.000+00:00", "lanes": lanes}
    (place / "ledger.json").write_text(json.dumps(ledger | {"complete": "2026-11-29T08:05:59.000+00:00"} | more))


def of(folder: Path) -> Letters:
    found = letters_of(folder)
    assert found is not None
    return found


def shown(one: Letters) -> str:
    return describe_replay(Replay({one.stream: one}, "genesys_cloud_default", None), IDS).replace("\\", "")


def test_letters_that_nobody_replayed_would_all_be_sent(tmp_path: Path) -> None:
    one = of(account(tmp_path / "a", letter() * 3))
    assert (one.replayed, one.replays, one.left) == (None, [], 3)
    assert "replayed before" not in shown(one)


def test_of_letters_that_were_replayed_nothing_would_be_sent(tmp_path: Path) -> None:
    folder = account(tmp_path / "a", letter() * 16)
    replayed(folder, of(folder).digest, 14, 1, 1)
    replayed(folder, "0" * 32, 3)
    one = of(folder)
    assert one.left == 0
    assert (
        "### 16 events of user_presences\n\n**They were replayed before:** by replay/manual__2/publish/0, begun "
        "2026-11-29 08:00 UTC, complete 2026-11-29 08:05 UTC: 14 accepted, 1 rejected, 1 invalid. **Nothing would be "
        "sent.** The 2 that were not accepted are that run's dead letters: replay those."
    ) in shown(one)
    assert "They are published by" not in shown(one)


def test_of_a_replay_that_was_killed_the_rest_would_be_sent(tmp_path: Path) -> None:
    folder = account(tmp_path / "a", letter() * 16)
    replayed(folder, of(folder).digest, 8, 1, complete=None)
    one = of(folder)
    assert one.left == 7
    assert "begun 2026-11-29 08:00 UTC, not complete: 8 accepted, 1 rejected." in shown(one)
    assert "**The rest would be sent: 7 of 16.**" in shown(one)
    assert "They are published by" in shown(one)


def test_a_replay_that_has_settled_nothing_yet_is_told_too(tmp_path: Path) -> None:
    folder = account(tmp_path / "a", letter() * 16)
    place = folder / "replays" / of(folder).digest
    place.mkdir(parents=True)
    (place / "owner.json").write_text('{"key": "replay/manual__2/publish/0", "try": 1, "token": "x"}')
    one = of(folder)
    assert one.left == 16
    assert "by replay/manual__2/publish/0, not complete: nothing is settled. **The rest would be sent: 16" in shown(one)


def test_of_letters_that_changed_is_said_what_was_accepted_before(tmp_path: Path) -> None:
    folder = account(tmp_path / "a", letter() * 16)
    for number in range(5):
        replayed(folder, f"{number:032x}", number + 1, complete=f"2026-11-29T1{number}:00:00.000+00:00")
    (folder / "replays" / "no-digest").mkdir()
    (folder / "replays" / ("f" * 32)).mkdir()
    one = of(folder)
    assert (one.replayed, one.left) == (None, 16)
    assert [sum(each.fates.values()) for each in one.replays] == [5, 4, 3, 2, 1]
    assert shown(one).count("by replay/manual__2/publish/0") == 3
    assert "- and 2 more" in shown(one)
    assert "**All 16 would be sent, also those that were accepted then.**" in shown(one)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"lanes": [], "task": 1}', '{"lanes": [{"next": 1}]}', "\x00"])
def test_an_account_of_a_replay_that_cannot_be_read_is_told(tmp_path: Path, text: str) -> None:
    folder = account(tmp_path / "a", letter())
    replayed(folder, of(folder).digest, 1)
    (folder / "replays" / of(folder).digest / "ledger.json").write_text(text)
    with pytest.raises(GenesysLedgerError, match=r"ledger\.json: cannot be read"):
        letters_of(folder)


def running(run_id: str) -> dict[str, Any]:
    """Return the context of a replay's task."""
    return {"ti": SimpleNamespace(dag_id="replay", run_id=run_id, task_id="publish", map_index=0, try_number=1)}


def test_what_another_run_has_replayed_is_not_begun_and_a_try_of_the_same_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIRFLOW__GENESYS__ARTIFACTS_PATH", str(tmp_path))
    folder = account(tmp_path / "calls" / "manual__1" / "publish", letter())
    assert begin_replay(of(folder), IDS, running("manual__1"))
    replayed(folder, of(folder).digest, 1)
    assert begin_replay(of(folder), IDS, running("manual__2"))  # whose account it is
    assert not begin_replay(of(folder), IDS, running("manual__3"))
    assert not (tmp_path / "replay" / "manual__3").exists()


def test_a_replay_s_own_letters_are_found_by_its_ids_and_those_of_their_replay_by_its(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIRFLOW__GENESYS__ARTIFACTS_PATH", str(tmp_path / "default"))
    allowed = [entry(tmp_path / "own", genesys_cloud_conn_id="second")]
    folder = account(tmp_path / "own" / "calls" / "manual__1" / "publish", letter() * 4)
    ids = dict(IDS)
    for number in (3, 2, 1):
        (one,) = find_replay(ids, allowed).letters.values()
        assert begin_replay(one, ids, running(f"manual__{number}"))
        note = tmp_path / "default" / "replay" / f"manual__{number}" / "publish" / "0" / "replay.json"
        assert json.loads(note.read_text()) == {**ids, "ledger_key": None, "began": None, "digest": one.digest}
        folder = account(folder / "replays" / one.digest, letter() * number, task="replay/manual__x/publish/0")
        ids = {"dag_id": "replay", "run_id": f"manual__{number}", "task_id": "publish", "map_index": 0}
        found = find_replay(ids, allowed)
        assert found.letters["user_presences"].count == number
        assert found.genesys_cloud_conn_id == "second"
    with pytest.raises(GenesysConfigError, match="'calls', 'publish', run 'manual__1' may not be replayed"):
        find_replay(ids, [{"dag_id": "replay"}])
    note.unlink()
    with pytest.raises(
        GenesysConfigError, match=f"the note of whose dead letters it published is not in {note.parent}"
    ):
        find_replay(ids, allowed)


def test_a_replay_s_own_letters_are_those_of_the_account_that_was_meant(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIRFLOW__GENESYS__ARTIFACTS_PATH", str(tmp_path / "default"))
    allowed = [entry(tmp_path / "one"), entry(tmp_path / "two")]
    for name, began, number in (("one", "early", 1), ("two", "late", 4)):
        account(tmp_path / name / "calls" / "manual__1" / "publish", letter() * number, began=began)
    ids = IDS | {"began": "late"}
    (one,) = find_replay(ids, allowed).letters.values()
    assert begin_replay(one, ids, running("manual__2"))
    account(one.replay_folder, letter() * 2, task="replay/manual__2/publish/0", began="later")
    of_the_replay = {"dag_id": "replay", "run_id": "manual__2", "task_id": "publish", "map_index": 0}
    for more in ({}, {"began": "later"}):
        assert find_replay(of_the_replay | more, allowed).letters["user_presences"].count == 2
    with pytest.raises(GenesysConfigError, match="begun 'late', has no account where"):
        find_replay(of_the_replay | {"began": "late"}, allowed)


def test_of_a_note_that_says_not_which_account_was_meant_it_is_the_replay_s_own_that_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The account was the only one when it was replayed; since then there is a second one."""
    monkeypatch.setenv("AIRFLOW__GENESYS__ARTIFACTS_PATH", str(tmp_path / "default"))
    allowed = [entry(tmp_path / "one"), entry(tmp_path / "two", genesys_cloud_conn_id="second")]
    account(tmp_path / "two" / "calls" / "manual__1" / "publish", letter() * 4, began="late")
    ids = IDS
    for number in (3, 2):
        (one,) = find_replay(ids, allowed).letters.values()
        assert begin_replay(one, ids, running(f"manual__{number}"))
        account(one.replay_folder, letter() * number, task="replay/manual__x/publish/0", began=f"at {number}")
        ids = {"dag_id": "replay", "run_id": f"manual__{number}", "task_id": "publish", "map_index": 0}
    account(tmp_path / "one" / "calls" / "manual__1" / "publish", letter(), began="early")
    for more in ({}, {"began": "at 2"}):
        found = find_replay(ids | more, allowed)
        assert found.letters["user_presences"].count == 2
        assert found.genesys_cloud_conn_id == "second"
    with pytest.raises(GenesysConfigError, match="begun 'late', has no account where"):
        find_replay(ids | {"began": "late"}, allowed)


@pytest.mark.parametrize(
    ("note", "error"),
    [
        ("[]", GenesysLedgerError),
        ("{", GenesysLedgerError),
        ({}, GenesysConfigError),
        ({"digest": "../../other"}, GenesysLedgerError),
        ({"digest": "0" * 32, "run_id": ".."}, GenesysConfigError),
        ({"digest": "0" * 32}, GenesysConfigError),
    ],
)
def test_a_note_that_is_none_leads_nowhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, note: Any, error: type[Exception]
) -> None:
    monkeypatch.setenv("AIRFLOW__GENESYS__ARTIFACTS_PATH", str(tmp_path))
    account(tmp_path / "calls" / "manual__1" / "publish", letter())
    place = tmp_path / "replay" / "manual__2" / "publish"
    place.mkdir(parents=True)
    told = note if isinstance(note, str) else json.dumps((IDS if note else {}) | note)
    (place / "replay.json").write_text(told)
    with pytest.raises(error):
        find_replay(IDS | {"dag_id": "replay", "run_id": "manual__2"}, [{"dag_id": "calls"}])


@pytest.mark.parametrize("over", [(), ("manual__3",), ("manual__3", "manual__4")])
def test_notes_that_lead_back_lead_nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, over: Any) -> None:
    """A run that was deleted, and triggered again with its id, may be given its own letters."""
    monkeypatch.setenv("AIRFLOW__GENESYS__ARTIFACTS_PATH", str(tmp_path))
    runs = ("manual__2", *over)
    for run, next_ in zip(runs, (*over, "manual__2"), strict=True):
        place = tmp_path / "replay" / run / "publish"
        place.mkdir(parents=True)
        led = IDS | {"dag_id": "replay", "run_id": next_, "map_index": -1, "ledger_key": None, "digest": "0" * 32}
        (place / "replay.json").write_text(json.dumps(led))
    with pytest.raises(GenesysLedgerError, match="leads back to where it stands"):
        find_replay(IDS | {"dag_id": "replay", "run_id": "manual__2"}, [{"dag_id": "calls"}])
