"""What summaries tell people: why and where; bounded, and without values."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Any

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException

from airflow_provider_genesys.events import reasons
from airflow_provider_genesys.events.digest import digest_of
from airflow_provider_genesys.operators.presence import (
    GenesysCloudApplyPresenceDefinitionsOperator,
    GenesysCloudPlanPresenceDefinitionsOperator,
    GenesysCloudSyncPresenceDefinitionsOperator,
)
from airflow_provider_genesys.operators.records import GenesysCloudConvertRecordsOperator
from airflow_provider_genesys.presence.plan.plan import Plan
from airflow_provider_genesys.presence.state import state_digest
from airflow_provider_genesys.tasks.paths import open_path
from tests.contract.kinds import uid
from tests.contract.operators.watched import CUSTOMER, NUMBER, Watched, operator
from tests.contract.worlds import presence, presences, write_lines
from tests.harness.tasks import LARGEST_XCOM, context
from tests.unit.interactions.interactions import DIRECTORY
from tests.unit.interactions.world import CSV, LINE, rows

if TYPE_CHECKING:
    from pathlib import Path

    from airflow_provider_genesys.simulator.process import SimulatorHandle


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
