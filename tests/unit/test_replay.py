"""Which dead letters may be published once more: the list, and that no id leads out of its folder."""

from __future__ import annotations

import json
from collections import Counter
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_genesys.events.again import Letters, letters_of
from airflow_provider_genesys.events.ledger import FATES, LaneAccount
from airflow_provider_genesys.exceptions import GenesysConfigError, GenesysLedgerError
from airflow_provider_genesys.tasks.artifacts import artifacts_folder
from airflow_provider_genesys.tasks.replay import VARIABLE, Replay, begin_replay, describe_replay, find_replay

if TYPE_CHECKING:
    from pathlib import Path

IDS: dict[str, Any] = {"dag_id": "calls", "run_id": "manual__1", "task_id": "publish", "map_index": -1}
NUMBER = "+49 170 1234567"


def letter(reason: str = "invalid.userId", message: str = "userId is missing", *, event: Any = "x", **more: Any) -> str:
    about = {"fate": "invalid", "reason": reason, "message": message, "file": "in/day.jsonl", "line": 7, **more}
    return json.dumps({"dead_letter": about} | ({} if event is None else {"event": {"address": NUMBER}})) + "\n"


def account(folder: Path, *letters: str, stream: str = "user_presences", **more: Any) -> Path:
    """Write an account and return its folder."""
    (folder / "dead-letters").mkdir(parents=True)
    ledger = {"stream": stream, "complete": "2026-11-29", "task": "calls/manual__1/publish", **more}
    (folder / "ledger.json").write_text(json.dumps(ledger))
    for number, text in enumerate(letters):
        (folder / "dead-letters" / f"{number:02}-000001.jsonl").write_text(text)
    return folder


def entry(root: Path, **more: Any) -> dict[str, Any]:
    return {"dag_id": "calls", "artifacts_path": str(root), **more}


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


# --- what was replayed before ---


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
        assert json.loads(note.read_text()) == {**ids, "ledger_key": None, "digest": one.digest}
        folder = account(folder / "replays" / one.digest, letter() * number, task="replay/manual__x/publish/0")
        ids = {"dag_id": "replay", "run_id": f"manual__{number}", "task_id": "publish", "map_index": 0}
        found = find_replay(ids, allowed)
        assert found.letters["user_presences"].count == number
        assert found.genesys_cloud_conn_id == "second"
    with pytest.raises(GenesysConfigError, match="'calls', 'publish', run 'manual__1' may not be replayed"):
        find_replay(ids, [{"dag_id": "replay"}])


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


# --- ids ---


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
