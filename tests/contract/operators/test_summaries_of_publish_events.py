"""What ``publish_events`` in a task tells: each of its accounts under a key of its own, in every try."""

from __future__ import annotations

import re
import threading
from typing import TYPE_CHECKING, Any

import pytest
from airflow.providers.common.compat.sdk import AirflowException, AirflowPlugin

from airflow_provider_genesys.exceptions import GenesysConfigError, GenesysEventsRejectedError, GenesysLedgerError
from airflow_provider_genesys.hooks import genesys_cloud
from airflow_provider_genesys.hooks.genesys_cloud import GenesysCloudHook
from airflow_provider_genesys.operators.events import GenesysCloudPublishEventsOperator
from airflow_provider_genesys.tasks import summaries
from airflow_provider_genesys.tasks.replay import find_replay
from airflow_provider_genesys.tasks.summaries import Account
from tests.contract.operators.watched import Watched
from tests.contract.worlds import presences
from tests.harness.tasks import context

if TYPE_CHECKING:
    from pathlib import Path

    from airflow_provider_genesys.simulator.process import SimulatorHandle


@pytest.mark.usefixtures("often")
@pytest.mark.parametrize(
    ("ledger_key", "key"),
    [
        (None, "summary"),
        ("calls", "summary.calls"),
        ("calls 2026/1?#%ü", "summary.calls_2026_1____~8c50e9fab43f"),
        ("k" * 300, None),
    ],
)
def test_publish_events_in_a_task_tells_under_a_key_of_its_own(
    connected: SimulatorHandle,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    ledger_key: str | None,
    key: str | None,
) -> None:
    ti = Watched()
    monkeypatch.setattr(genesys_cloud, "_running_task", lambda: context(ti))
    summary = GenesysCloudHook().publish_events(
        "user_presences", presences(300), artifacts_path=str(tmp_path), ledger_key=ledger_key and ledger_key[:200]
    )
    (its_key,) = ti.pushed
    assert its_key == key or (key is None and re.fullmatch(r"summary\.k{179}~[0-9a-f]{12}", its_key))
    assert ti.pushed[its_key] == summary
    assert summary["ledger_key"] == (ledger_key and ledger_key[:200])
    # by which the page in Airflow's UI knows whose summary it is, where there is such a page
    assert set(ti.links.values()) <= {"plugin/genesys_cloud?dag=dag&run=manual__1&task=task&index=-1"}
    assert bool(ti.links) == hasattr(AirflowPlugin, "react_apps")


LIKE_EACH_OTHER = [
    None,
    "team a",
    "team/a",
    "team_a",
    "team_a~",
    "Team a",
    "",
    "summary",
    "\ud800",
    "a" * 200,
    "a" * 201,
]


def test_keys_that_differ_never_meet() -> None:
    keys = [summaries.summary_key(each) for each in LIKE_EACH_OTHER]
    keys += [summaries.summary_key(key.removeprefix("summary.")) for key in keys if "~" in key]
    keys += [Account("user_presences", folder).own_key for folder in ("/a", "/b")]
    keys += [Account(stream).own_key for stream in ("user_presences", "conversations", "con versations")]
    keys += [Account("conversations", ledger_key=key, key="summary.x").own_key for key in ("x", "y")]
    assert len({*keys}) == len(keys)
    assert all(key == "summary" or re.fullmatch(r"summary\.[A-Za-z0-9_.~-]*", key) for key in keys)
    assert max(map(len, keys)) <= 213


def test_each_account_of_a_task_has_a_summary_of_its_own_in_every_try(
    connected: SimulatorHandle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of keys that look alike, of another folder, and of another stream in the same folder, which is refused."""
    hook = GenesysCloudHook()
    accepted = {"team a": 2, "team/a": 3, "team_a": 4}

    def publish(folder: str, events: int, ledger_key: str | None = None, stream: str = "user_presences") -> None:
        published = presences(events) if stream == "user_presences" else []
        hook.publish_events(stream, published, artifacts_path=str(tmp_path / folder), ledger_key=ledger_key)

    tries: list[dict[str, Any]] = []
    for number in (1, 2):
        ti = Watched(try_number=number)
        monkeypatch.setattr(genesys_cloud, "_running_task", lambda ti=ti: context(ti))
        with pytest.raises(GenesysEventsRejectedError):
            hook.publish_events("user_presences", [*presences(13), {}], artifacts_path=str(tmp_path / "one"))
        publish("two", 5)
        publish("two/", 5)  # the same account once more
        for key, events in accepted.items():
            publish("two", events, key)
        publish("three", 6, "team_a")
        with pytest.raises(GenesysLedgerError, match="belongs to the stream"):
            publish("one", 0, stream="conversations")
        with pytest.raises(GenesysConfigError, match="nowhere"):
            GenesysCloudHook("nowhere").publish_events("conversations", [], artifacts_path=None, max_rejected="nowhere")
        tries.append(ti.pushed)
    first, second = tries
    assert {key: value["accepted"] for key, value in first.items()} == {
        key: value["accepted"] for key, value in second.items()
    }
    told = {key: (value["stream"], value["ledger_key"], value["accepted"]) for key, value in first.items()}
    assert told["summary"] == ("user_presences", None, 13)
    assert first["summary"]["dead_letters"]
    assert told["summary.team_a"] == ("user_presences", "team_a", 4)
    assert sorted(told.values(), key=str) == sorted(
        [
            ("user_presences", None, 13),
            ("user_presences", None, 5),
            *(("user_presences", key, events) for key, events in accepted.items()),
            ("user_presences", "team_a", 6),
            ("conversations", None, 0),
            ("conversations", None, 0),
        ],
        key=str,
    )
    assert sum(value[2] for value in told.values()) == 33
    failures = {key: value["failure"] for key, value in first.items() if "failure" in value}
    assert len(failures) == 3
    assert "nowhere" in " ".join(failures.values())
    begun = [value["began"] for value in first.values() if value["ledger"]]
    assert begun == [value["began"] for value in second.values() if value["ledger"]]
    assert len({*begun}) == len(begun) == 6


def test_a_replay_finds_by_its_summary_which_of_a_task_s_accounts_is_meant(
    connected: SimulatorHandle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ti = Watched()
    monkeypatch.setattr(genesys_cloud, "_running_task", lambda: context(ti))
    for number, folder in enumerate(("one", "two"), 1):
        with pytest.raises(GenesysEventsRejectedError):
            GenesysCloudHook().publish_events("user_presences", [{}] * number, artifacts_path=str(tmp_path / folder))
    ids = {"dag_id": "dag", "run_id": "manual__1", "task_id": "task"}
    allowed = [{"dag_id": "dag", "artifacts_path": str(tmp_path / folder)} for folder in ("one", "two")]
    found = [find_replay(ids | {"began": summary["began"]}, allowed).letters for summary in ti.pushed.values()]
    assert [letters["user_presences"].count for letters in found] == [1, 2]


def test_a_publish_that_fails_early_in_a_task_tells_why_and_goes_on_under_the_same_key(
    connected: SimulatorHandle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ti = Watched()
    monkeypatch.setattr(genesys_cloud, "_running_task", lambda: context(ti))
    arguments = {"artifacts_path": str(tmp_path), "ledger_key": "calls"}
    with pytest.raises(AirflowException, match="nowhere"):
        GenesysCloudHook("nowhere").publish_events("user_presences", presences(3), **arguments)
    (failed,) = ti.history
    assert ("nowhere" in failed["failure"], failed["kind"], failed["read"]) == (True, "publish", 0)
    assert (failed["ledger_key"], set(ti.pushed)) == ("calls", {"summary.calls"})
    GenesysCloudHook().publish_events("user_presences", presences(3), **arguments)
    assert set(ti.pushed) == {"summary.calls"}
    assert ("failure" in ti.pushed["summary.calls"], ti.pushed["summary.calls"]["accepted"]) == (False, 3)


def test_a_class_of_one_s_own_that_publishes_more_than_once_tells_of_each(
    connected: SimulatorHandle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Both(GenesysCloudPublishEventsOperator):
        def execute(self, context: Any) -> Any:
            for self.ledger_key, self.source in (("a", presences(2)), ("b", presences(3)), ("a", presences(2))):
                super().execute(context)
            return self.hook.publish_events("user_presences", presences(4), artifacts_path=self.artifacts_path)

    ti = Watched()
    monkeypatch.setattr(genesys_cloud, "_running_task", lambda: context(ti))
    Both(task_id="both", stream="user_presences", source=[], artifacts_path=str(tmp_path)).execute(context(ti))
    told = [(value["ledger_key"], value["accepted"]) for value in ti.pushed.values()]
    assert told == [("a", 2), ("b", 3), (None, 4)]
    assert next(iter(ti.pushed)) == "summary"


def test_publish_events_that_is_refused_tells_as_well(
    connected: SimulatorHandle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ti = Watched()
    monkeypatch.setattr(genesys_cloud, "_running_task", lambda: context(ti))
    with pytest.raises(GenesysEventsRejectedError):
        GenesysCloudHook().publish_events("user_presences", [{}], artifacts_path=str(tmp_path))
    assert ti.pushed["summary"]["reasons"]
    assert ti.pushed["summary"]["failure"] == "more was not accepted than max_rejected allows"


@pytest.mark.usefixtures("often")
def test_publish_events_fails_for_no_push_and_pushes_from_no_other_thread(
    connected: SimulatorHandle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ti = Watched(broken=10_000)
    monkeypatch.setattr(genesys_cloud, "_running_task", lambda: context(ti))
    hook = GenesysCloudHook()
    assert hook.publish_events("user_presences", presences(10), artifacts_path=str(tmp_path))["complete"]
    assert ti.threads == {threading.main_thread()}

    other, done = Watched(), []
    monkeypatch.setattr(genesys_cloud, "_running_task", lambda: context(other))
    arguments = {"artifacts_path": str(tmp_path), "ledger_key": "thread"}
    thread = threading.Thread(
        target=lambda: done.append(hook.publish_events("user_presences", presences(9), **arguments))
    )
    thread.start()
    thread.join(60)
    assert done[0]["complete"]
    assert other.history == []
    assert not other.links
