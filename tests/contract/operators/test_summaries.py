"""What summaries tell people: why, where and how far; bounded, without values, and never at the job's cost."""

from __future__ import annotations

import json
import logging
import re
import threading
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from airflow.providers.common.compat.sdk import AirflowException, AirflowFailException, AirflowPlugin

from airflow_provider_genesys.events import progress, reasons
from airflow_provider_genesys.events.digest import digest_of
from airflow_provider_genesys.exceptions import (
    GenesysConfigError,
    GenesysError,
    GenesysEventsRejectedError,
    GenesysLedgerError,
)
from airflow_provider_genesys.hooks import genesys_cloud
from airflow_provider_genesys.hooks.genesys_cloud import GenesysCloudHook
from airflow_provider_genesys.operators.events import GenesysCloudPublishEventsOperator
from airflow_provider_genesys.operators.presence import (
    GenesysCloudApplyPresenceDefinitionsOperator,
    GenesysCloudPlanPresenceDefinitionsOperator,
    GenesysCloudSyncPresenceDefinitionsOperator,
)
from airflow_provider_genesys.operators.records import GenesysCloudConvertRecordsOperator
from airflow_provider_genesys.presence.plan.plan import Plan
from airflow_provider_genesys.presence.state import state_digest
from airflow_provider_genesys.tasks import summaries
from airflow_provider_genesys.tasks.paths import open_path
from airflow_provider_genesys.tasks.summaries import Account
from tests.contract.kinds import uid
from tests.contract.worlds import presence, presences, write_lines
from tests.harness.tasks import LARGEST_XCOM, TaskInstance, context
from tests.unit.interactions.interactions import DIRECTORY
from tests.unit.interactions.world import CSV, LINE, rows

if TYPE_CHECKING:
    from pathlib import Path

    from airflow_provider_genesys.simulator.process import SimulatorHandle

NUMBER = "+49 170 1234567"
CUSTOMER = "Müller-Lüdenscheidt"


class Watched(TaskInstance):
    """A task instance that keeps all that is ever pushed as a summary.

    :param broken: how many pushes fail before one does not.
    """

    def __init__(self, *, broken: int = 0, **more: Any) -> None:
        super().__init__(**more)
        self.broken = broken
        self.history: list[dict[str, Any]] = []
        self.threads: set[threading.Thread] = set()

    def xcom_push(self, key: str, value: Any) -> None:
        if key.startswith("summary"):
            self.threads.add(threading.current_thread())
            if self.broken:
                self.broken -= 1
                raise ConnectionError("https://user:secret@airflow is not there")
            self.history.append(value)
        super().xcom_push(key, value)


@pytest.fixture
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tell how far it is with each turn, on an Airflow that can be told."""
    monkeypatch.setattr(progress, "_FIRST", 0.0)
    monkeypatch.setattr(progress, "_INTERVAL", 0.02)
    monkeypatch.setattr(summaries, "airflow_version", "3.3.2")


def operator(folder: Path, **arguments: Any) -> GenesysCloudPublishEventsOperator:
    given = {"stream": "user_presences", "artifacts_path": str(folder / "artifacts"), **arguments}
    return GenesysCloudPublishEventsOperator(task_id="publish", **given)


def bad(folder: Path) -> str:
    events = [
        presence(0),
        presence(1, userId=None),
        presence(2, eventDateTime="yesterday"),
        presence(3, eventDateTime=f"at {NUMBER}"),
        presence(4, **{CUSTOMER: NUMBER}),
        presence(5, **{NUMBER: "x"}),
        presence(6, **{"<script>alert(1)</script>": "x"}),
        presence(7, presence=CUSTOMER),
        f'{{"userId": "{NUMBER}", ',
    ]
    return write_lines(folder / "in" / "day.jsonl", events)


def test_each_reason_has_its_property_rule_count_and_place_and_no_value(
    connected: SimulatorHandle, tmp_path: Path
) -> None:
    ti = Watched()
    with pytest.raises(AirflowFailException):
        operator(tmp_path, source=bad(tmp_path)).execute(context(ti))
    summary = ti.pushed["summary"]
    by_code = {row["code"]: row for row in summary["reasons"]}
    assert by_code["invalid.eventDateTime"] == {
        "code": "invalid.eventDateTime",
        "property": "eventDateTime",
        "rule": by_code["invalid.eventDateTime"]["rule"],
        "fate": "invalid",
        "count": 2,
        "different": 1,
        "example": {"file": "day.jsonl", "line": 3},
    }
    assert (by_code["invalid.userId"]["rule"], by_code["invalid.userId"]["example"]["line"]) == ("is missing", 2)
    assert by_code["invalid.presence"]["rule"] == "is no system presence"
    assert by_code["invalid.json"]["property"] is None
    assert by_code["invalid.json"]["rule"].startswith("is not JSON: ")
    assert [row["count"] for row in summary["reasons"] if row["code"] is None] == [1, 1], "properties that are no names"
    assert by_code[f"invalid.{CUSTOMER}"]["property"] == CUSTOMER, "a property's name is the author's"
    assert sum(row["count"] for row in summary["reasons"]) == summary["invalid"] == 8
    assert summary["reasons"][0]["count"] == 2
    text = json.dumps(summary, ensure_ascii=False)
    assert not [value for value in (NUMBER, "1234567", "yesterday", "<script>") if value in text]
    assert text.count(CUSTOMER) == 2


def test_two_rules_under_one_code_are_told_apart_also_over_tries(connected: SimulatorHandle, tmp_path: Path) -> None:
    """In the failure, the summary and the digest, by the same words; the input grows between the two tries."""
    events = [presence(number, userId=f"user {number}") for number in range(60)]
    for number in (3, 5, *range(30, 38)):
        events[number]["eventDateTime"] = "2026-11-16T08:12:04"
    for number in range(40, 52):
        events[number]["eventDateTime"] = "16.11.2026 08:12:03"
    zone, time = (
        "has no zone: add Z if it is UTC, else its offset, such as +01:00",
        "must be a UTC time such as 2026-01-31T09:12:58.000Z",
    )
    source, ti = tmp_path / "mixed.jsonl", Watched()
    write_lines(source, events[:45])
    operator(tmp_path, source=str(source), max_rejected="100%").execute(context(ti))
    write_lines(source, events)
    with pytest.raises(AirflowFailException) as caught:
        operator(tmp_path, source=str(source)).execute(context(ti))
    words = [
        f"eventDateTime {time} (12 times, such as mixed.jsonl, line 41)",
        f"eventDateTime {zone} (10 times, such as mixed.jsonl, line 4)",
    ]
    assert f"22 of 60 events were not accepted: {'; '.join(words)}. max_rejected is 0." in str(caught.value)
    summary = ti.pushed["summary"]
    assert [(row["rule"], row["count"], row["example"]["line"]) for row in summary["reasons"]] == [
        (time, 12, 41),
        (zone, 10, 4),
    ]
    assert [said for name, said in digest_of(summary, "dag.task", open_path).lines if name == "Reason"] == words


def test_names_of_presences_and_ids_of_sources_are_one_reason_each(connected: SimulatorHandle, tmp_path: Path) -> None:
    connected.settings(require_known_sources=True)
    names = ["Brake/Smoke", "Lunch", "Feierabend"]
    events = [presence(number, presence=names[number % 3]) for number in range(45)]
    events += [presence(number, sourceId=uid(number % 4)) for number in range(45, 85)]
    ti = Watched()
    with pytest.raises(AirflowFailException) as caught:
        operator(tmp_path, source=events).execute(context(ti))
    assert "presence 'Brake/Smoke': 'Brake' is no system presence" in str(caught.value)
    assert "(this and 2 others like it 45 times, such as <source>, line 1)" in str(caught.value)
    assert "is not registered (this and 3 others like it 40 times, such as <source>, line 46)" in str(caught.value)
    assert [(row["rule"], row["count"], row["different"]) for row in ti.pushed["summary"]["reasons"]] == [
        ("is no system presence", 45, 3),
        (None, 40, 4),
    ]
    assert "Brake" not in json.dumps(ti.pushed["summary"])


def test_a_number_that_a_server_repeats_is_in_the_dead_letters_only(
    connected: SimulatorHandle, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    sentence = f"The user at {NUMBER} or jane@example.com is in no division: ask for Berlin-Mitte"
    connected.add_fault(path="/api/v2/events/*", partial={"retryable": False, "every": 40, "message": sentence})
    ti = Watched()
    with caplog.at_level(logging.DEBUG), pytest.raises(AirflowFailException) as caught:
        operator(tmp_path, source=presences(120)).execute(context(ti))
    masked = sentence.replace(NUMBER, "***").replace("jane@example.com", "***")
    assert masked in str(caught.value)
    (letter, *_) = (tmp_path / "artifacts").rglob("dead-letters/*.jsonl")
    assert sentence in letter.read_text()
    (ledger,) = (tmp_path / "artifacts").rglob("ledger.json")
    digest = digest_of(ti.pushed["summary"], "dag.task", open_path).text
    assert masked in digest
    said = "".join([str(caught.value), caplog.text, json.dumps(ti.pushed), ledger.read_text(), digest])
    assert not [word for word in ("1234567", "jane") if word in said]


def test_what_a_server_wrote_is_not_told(connected: SimulatorHandle, tmp_path: Path) -> None:
    connected.add_fault(
        path="/api/v2/events/*", partial={"retryable": False, "every": 40, "message": f"{CUSTOMER} is not at {NUMBER}"}
    )
    ti = Watched()
    with pytest.raises(AirflowFailException):
        operator(tmp_path, source=presences(120), max_in_flight=1).execute(context(ti))
    (row,) = ti.pushed["summary"]["reasons"]
    assert (row["code"], row["property"], row["rule"], row["fate"]) == (None, None, None, "rejected")
    assert row["example"]["file"] == "<source>"


def test_as_many_reasons_as_records_are_twelve_and_fit(connected: SimulatorHandle, tmp_path: Path) -> None:
    events = [presence(number, **{f"{'ü' * 65}{number % 1000:03}": 1}) for number in range(1_500)]
    ti = Watched()
    with pytest.raises(AirflowFailException):
        operator(tmp_path, source=events).execute(context(ti))
    summary = ti.pushed["summary"]
    assert 5 < len(summary["reasons"]) <= reasons.MOST_IN_SUMMARY
    assert len(json.dumps(summary["reasons"])) <= 12_000
    assert len(json.dumps(summary)) < 14_000 < LARGEST_XCOM


def test_a_later_try_tells_the_reasons_of_earlier_ones_with_their_places(
    connected: SimulatorHandle, tmp_path: Path
) -> None:
    first, second = Watched(), Watched()
    with pytest.raises(AirflowFailException):
        operator(tmp_path, source=bad(tmp_path)).execute(context(first))
    with pytest.raises(AirflowFailException):
        operator(tmp_path, source=bad(tmp_path)).execute(context(second))
    told, again = first.pushed["summary"], second.pushed["summary"]
    assert (again["requests"], again["tries"]) == (0, 2)
    assert {row["code"]: (row["count"], row["fate"]) for row in again["reasons"]} == {
        row["code"]: (row["count"], row["fate"]) for row in told["reasons"]
    }
    assert all(row["example"] for row in again["reasons"])


def test_the_reasons_of_dead_letters_that_nobody_can_read_are_told_all_the_same(
    connected: SimulatorHandle, tmp_path: Path
) -> None:
    before, ti = Watched(), Watched()
    with pytest.raises(AirflowFailException):
        operator(tmp_path, source=bad(tmp_path)).execute(context(before))
    for file in (tmp_path / "artifacts").rglob("dead-letters/*.jsonl"):
        file.write_text('{"dead_letter": "mended by hand"}\n')
    with pytest.raises(AirflowFailException):
        operator(tmp_path, source=bad(tmp_path)).execute(context(ti))
    assert ti.pushed["summary"]["reasons"] == before.pushed["summary"]["reasons"]


@pytest.mark.usefixtures("often")
def test_it_grows_while_the_publish_runs_and_the_main_thread_alone_tells(
    connected: SimulatorHandle, tmp_path: Path
) -> None:
    connected.add_fault(path="/api/v2/events/*", latency_ms=40)
    ti = Watched()
    summary = operator(tmp_path, source=presences(3_000), max_in_flight=2).execute(context(ti))
    accepted = [each["accepted"] for each in ti.history]
    assert len(accepted) > 5
    assert accepted == sorted(accepted)
    assert 0 < accepted[len(accepted) // 2] < 3_000
    assert {each["kind"] for each in ti.history} == {"publish"}
    assert [each["complete"] for each in ti.history[:-1]] == [False] * (len(ti.history) - 1)
    assert ti.history[-1] == summary
    assert ti.threads == {threading.main_thread()}


@pytest.mark.usefixtures("often")
def test_a_push_that_fails_costs_nothing_and_is_not_tried_all_the_time(
    connected: SimulatorHandle, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    connected.add_fault(path="/api/v2/events/*", latency_ms=40)
    ti = Watched(broken=1)
    with caplog.at_level(logging.INFO):
        summary = operator(tmp_path, source=presences(2_000), max_in_flight=2).execute(context(ti))
    assert (summary["accepted"], summary["complete"]) == (2_000, True)
    assert ti.broken == 0
    assert ti.history == [summary], "the one of the end alone"
    said = [record.getMessage() for record in caplog.records if "could not be pushed" in record.getMessage()]
    assert said == ["The summary could not be pushed as XCom 'summary': ConnectionError"]
    assert "secret" not in caplog.text


def test_after_a_failure_the_next_push_comes_later_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1_000.0]
    monkeypatch.setattr(summaries, "airflow_version", "3.2.0")
    monkeypatch.setattr(summaries.time, "monotonic", lambda: now[0])
    ti, pushed_at = Watched(broken=8), []
    telling = summaries.Telling({"ti": ti}, dict)
    for _ in range(4_000):
        left = ti.broken
        telling()
        if ti.broken < left:
            pushed_at.append(now[0])
        now[0] += 1.0
    waits = [later - earlier for earlier, later in pairwise(pushed_at)]
    assert waits == [30, 60, 120, 240, 480, 600, 600]


@pytest.mark.usefixtures("often")
@pytest.mark.parametrize(
    ("version", "tells"), [("2.11.2", False), ("3.1.8", False), ("3.2.0", True), ("3.10.0rc1", True)]
)
def test_where_a_failed_push_ends_the_task_nothing_is_pushed_before_the_end(
    connected: SimulatorHandle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str, tells: bool
) -> None:
    monkeypatch.setattr(summaries, "airflow_version", version)
    connected.add_fault(path="/api/v2/events/*", latency_ms=20)
    ti = Watched()
    operator(tmp_path, source=presences(1_000), max_in_flight=1).execute(context(ti))
    assert (len(ti.history) > 1) == tells


@pytest.mark.usefixtures("often")
def test_a_task_that_is_killed_tells_how_far_it_came(connected: SimulatorHandle, tmp_path: Path) -> None:
    connected.add_fault(path="/api/v2/events/*", latency_ms=40)
    events = [presence(0, userId=None), *presences(4_000)]
    task, ti = operator(tmp_path, source=events, max_in_flight=1, max_rejected="1%"), Watched()
    threading.Timer(0.8, task.on_kill).start()
    with pytest.raises(GenesysError, match="stopped"):
        task.execute(context(ti))
    last = ti.pushed["summary"]
    assert (last["complete"], last["read"]) == (False, sum(last[fate] for fate in (*progress.FATES, "pending")))
    assert 0 < last["accepted"] < 4_000
    assert [row["code"] for row in last["reasons"]] == ["invalid.userId"]


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


@pytest.mark.parametrize(
    ("cls", "kind"),
    [
        (GenesysCloudPlanPresenceDefinitionsOperator, "plan"),
        (GenesysCloudApplyPresenceDefinitionsOperator, "apply"),
        (GenesysCloudSyncPresenceDefinitionsOperator, "sync"),
    ],
)
def test_a_wrong_secret_is_told_and_is_not_in_what_is_told(
    connected: SimulatorHandle, monkeypatch: pytest.MonkeyPatch, cls: Any, kind: str
) -> None:
    connection = json.loads(connected.connection_json) | {"password": "wrong-s3cr3t"}
    plan = Plan(None, state_digest([]), (), 0, [], {})
    monkeypatch.setenv("AIRFLOW_CONN_GENESYS_CLOUD_DEFAULT", json.dumps(connection))
    ti = Watched()
    given: dict[str, Any] = {"plan": {"plan_inline": plan.to_json()}} if kind == "apply" else {"definitions": []}
    with pytest.raises(AirflowFailException, match="401"):
        cls(task_id="t", **given).execute(context(ti))
    summary = ti.pushed["summary"]
    assert (summary["kind"], "HTTP 401" in summary["failure"]) == (kind, True)
    assert summary["checksum"] == (plan.checksum if kind == "apply" else None)
    assert summary.get("applied", summary.get("safe")) is False
    assert [summary[key] for key in ("creates", "updates", "reactivates", "deactivates")] == [0, 0, 0, 0]
    assert "wrong-s3cr3t" not in json.dumps(ti.pushed)
    assert len(ti.history) == 1


def test_rejected_records_are_told_by_what_is_wrong_and_not_by_what_is_in_them(tmp_path: Path) -> None:
    (tmp_path / "m.yaml").write_text(CSV)
    bad = [LINE.replace("c1", "c2").replace("09:00:00", CUSTOMER), LINE.replace("c1", NUMBER).replace("Ann", CUSTOMER)]
    (tmp_path / "calls.csv").write_text(rows(LINE, *bad), "utf-8")
    directory = tmp_path / "directory.yaml"
    names = {name: dict(getattr(DIRECTORY, name)) for name in ("users", "queues", "wrap_up_codes")}
    directory.write_text(json.dumps({**names, "source_id": DIRECTORY.source_id}))
    task = GenesysCloudConvertRecordsOperator(
        task_id="convert",
        records=str(tmp_path / "calls.csv"),
        mapping=str(tmp_path / "m.yaml"),
        directory=str(directory),
        destination=str(tmp_path / "out"),
        max_rejected=5,
    )
    ti = Watched()
    summary = task.execute(context(ti))
    assert (summary["kind"], summary["rejected"]) == ("conversion", 2)
    assert ti.pushed["summary"] == summary
    assert sum(row["count"] for row in summary["reasons"]) == 2
    assert summary["reasons"][0]["example"] == {"file": "calls.csv", "line": 3}
    text = json.dumps(summary["reasons"], ensure_ascii=False)
    assert CUSTOMER not in text
    assert "170" not in text
    assert {*filter(None, ti.links.values())} <= {"plugin/genesys_cloud?dag=dag&run=manual__1&task=task&index=-1"}
