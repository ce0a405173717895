"""The digest of a failed publish: what it says and what it keeps to itself, and Airflow having it sent."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from airflow.providers.common.compat.notifier import BaseNotifier

from airflow_provider_genesys.events.digest import digest_of
from airflow_provider_genesys.events.publisher import nothing_published
from airflow_provider_genesys.exceptions import (
    GenesysConfigError,
    GenesysEventsRejectedError,
    GenesysRecordsRejectedError,
)
from airflow_provider_genesys.get_provider_info import get_provider_info
from airflow_provider_genesys.interactions.converting import nothing_converted
from airflow_provider_genesys.notifications.digest import GenesysCloudDigestNotifier
from tests.contract.worlds import presences, write_lines
from tests.dags.results import states
from tests.harness.bundles import dags_of_a_bundle

if TYPE_CHECKING:
    from pathlib import Path


NUMBER = "+49 30 901820"
DAG = """
from pathlib import Path

from airflow.providers.common.compat.notifier import BaseNotifier
from airflow.providers.common.compat.sdk import DAG, task

from airflow_provider_genesys.notifications.digest import GenesysCloudDigestNotifier
from airflow_provider_genesys.operators.events import GenesysCloudPublishEventsOperator

class Mail(BaseNotifier):
    template_fields = ("subject", "body")

    def __init__(self, subject, body, file):
        super().__init__()
        self.subject, self.body, self.file = subject, body, file

    def notify(self, context):
        Path(self.file).write_text(self.subject + "|" + self.body)

def chat(context):
    Path({folder!r}, "chat-" + str(context["ti"].map_index)).write_text(context["digest"].markdown)

mail = Mail("{{{{ digest.subject }}}}", "{{{{ digest.text }}}}", {folder!r} + "/mail")
publish = {{"stream": "user_presences", "artifacts_path": {folder!r} + "/artifacts"}}

with DAG("digest", schedule=None):
    GenesysCloudPublishEventsOperator(
        task_id="mailed",
        source={folder!r} + "/day.jsonl",
        on_failure_callback=GenesysCloudDigestNotifier(mail),
        **publish,
    )
    GenesysCloudPublishEventsOperator.partial(
        task_id="chatted", on_failure_callback=GenesysCloudDigestNotifier(chat), **publish
    ).expand(source=[{folder!r} + "/day.jsonl", {folder!r} + "/nothing.jsonl"])
"""


@pytest.mark.usefixtures("dags", "connected")
def test_airflow_has_it_sent_by_another_notifier_and_by_a_function(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    events = [*presences(3), *[{**event, "eventDateTime": NUMBER} for event in presences(2)]]
    write_lines(tmp_path / "day.jsonl", [*events, {**presences(1)[0], "phone": NUMBER}])
    folder = tmp_path / "bundle"
    folder.mkdir()
    (folder / "digest.py").write_text(DAG.format(folder=str(tmp_path)))
    run = dags_of_a_bundle(folder, monkeypatch)["digest"].test()
    assert set(states(run).values()) == {"failed"}

    subject, _, text = (tmp_path / "mail").read_text().partition("|")
    assert subject == f"digest.mailed, run {run.run_id}: 3 of 6 events of user_presences were not accepted"
    lines = text.splitlines()
    assert len(lines) <= 10
    assert lines[:2] == [subject, "Account of user_presences: 6 read: 3 accepted, 3 invalid"]
    words = "eventDateTime must be a UTC time such as 2026-01-31T09:12:58.000Z"
    assert f"Reason: {words} (2 times, such as day.jsonl, line 4)" in lines
    assert "Reason: phone is not a property of this event (once, such as day.jsonl, line 6)" in lines
    letters = next(line.removeprefix("Dead letters: ") for line in lines if line.startswith("Dead letters: "))
    assert letters.startswith(f"{tmp_path}/artifacts/")
    assert f'Replay: mend the cause, then publish with stream="user_presences", source="{letters}"' in lines
    assert "901820" not in text

    markdown = (tmp_path / "chat-0").read_text()
    assert markdown.startswith("**digest.chatted \\[0\\], run ")
    assert "- Dead letters: `/" in markdown
    assert "901820" not in markdown
    nothing = (tmp_path / "chat-1").read_text()
    assert nothing.startswith("**digest.chatted \\[1\\], run ")
    assert ": failed before anything was read**" in nothing
    assert nothing.endswith("\n\n- Why: GenesysSourceError; the task's log says more\n")


def summary(**changes: Any) -> dict[str, Any]:
    return {**nothing_published("conversations"), **changes}


def test_what_looks_like_personal_data_and_passwords_in_addresses_are_not_shown(tmp_path: Path) -> None:
    reasons = {f"no such number {NUMBER}": 5, "4930901820": 4, "invalid.value (after a lost answer)": 2, "rare": 1}
    (tmp_path / "ledger.json").write_text(json.dumps({"reasons": reasons}))
    digest = digest_of(
        summary(
            read=20,
            rejected=12,
            accepted=8,
            complete=True,
            ledger=str(tmp_path / "ledger.json"),
            dead_letters="s3://key:secret@bucket/dead-letters",
        ),
        "dag.task",
        lambda path: tmp_path / path.rpartition("/")[2],
    )
    assert [said for name, said in digest.lines if name == "Reason"] == [
        "no such number *** (5 times)",
        "*** (4 times)",
        "invalid.value (after a lost answer) (2 times); and 1 for other reasons",
    ]
    for text in (digest.text, digest.markdown, digest.subject):
        assert not {word for word in ("901820", "secret") if word in text}


def test_what_cannot_be_read_and_what_goes_on_is_told_too() -> None:
    def unreachable(path: str) -> Any:
        raise RuntimeError(path)

    digest = digest_of(
        summary(read=9, unknown=1, pending=8, ledger="x://ledger", dead_letters="x://d"), "dag.task", unreachable
    )
    assert "Reasons: could not be read; the dead letters have them\n" in digest.text
    assert "Not complete: clear the task, and it goes on where it was\n" in digest.text


def test_of_a_transfer_the_worse_stream_is_told_and_both_accounts() -> None:
    statuses = summary(stream="user_routing_statuses", read=4, rejected=4, complete=True)
    digest = digest_of(summary(read=3, accepted=3, complete=True, routing_statuses=statuses), "dag.task")
    assert digest.subject == "dag.task: 4 of 4 events of user_routing_statuses were not accepted"
    assert [name for name, _ in digest.lines[:2]] == [
        "Account of conversations",
        "Account of user_routing_statuses",
    ]


def test_of_a_transfer_of_records_it_is_told_what_became_of_these_and_where_the_rejected_are() -> None:
    records = nothing_converted() | {"records": 9, "converted": 5, "held_back": 2, "rejected": 2}
    records["rejects"] = "s3://key:secret@bucket/rejects.jsonl"
    error = GenesysRecordsRejectedError("too many", records)
    digest = digest_of(summary(read=5, accepted=5, complete=True, conversion=records), "dag.task", error=error)
    assert digest.subject == (
        "dag.task: failed with GenesysRecordsRejectedError; no event of conversations was refused"
    )
    assert dict(digest.lines)["Account of the records"] == (
        "9 read: 5 converted, 2 held back, 2 rejected; the rejected are in s3://key:***@bucket/rejects.jsonl"
    )


def test_of_records_that_were_all_refused_the_account_is_told_and_nothing_goes_on() -> None:
    records = nothing_converted() | {"records": 3, "rejected": 3, "rejects": "/out/rejects.jsonl"}
    digest = digest_of(summary(conversion=records), "dag.task", error=GenesysRecordsRejectedError("too many", records))
    told = dict(digest.lines)
    assert told["Account of the records"] == "3 read: 3 rejected; the rejected are in /out/rejects.jsonl"
    assert "Not complete" not in told


def test_a_publish_of_no_event_that_is_complete_has_an_account() -> None:
    digest = digest_of(summary(complete=True), "dag.task", error=ValueError())
    assert digest.subject == "dag.task: failed with ValueError; no event of conversations was refused"
    assert dict(digest.lines)["Account of conversations"] == "0 read: 0 accepted"


class Mail(BaseNotifier):
    template_fields = ("subject",)

    def __init__(self, subject: str, sent: list[str]) -> None:
        super().__init__()
        self.subject, self.sent = subject, sent

    def notify(self, context: Any) -> None:
        self.sent.append(self.subject)


def test_a_notifier_that_tasks_share_tells_each_its_own_digest() -> None:
    sent: list[str] = []
    notifier = GenesysCloudDigestNotifier(Mail("{{ digest.subject }}", sent))
    for name in ("first", "second"):
        instance = Instance()
        instance.task_id = name
        notifier({"ti": instance, "exception": ValueError(), "dag": None})  # type: ignore[typeddict-item]
    assert sent == [f"dag.{name}, run run: failed, and there is no account" for name in ("first", "second")]


@pytest.mark.parametrize("send", [None, "x", 5, "{{ mail }}"])
def test_what_sends_nothing_is_refused_when_the_dag_is_parsed(send: Any) -> None:
    with pytest.raises(GenesysConfigError, match=r"^send must be another notifier, or a function that is called with"):
        GenesysCloudDigestNotifier(send)


class Instance:
    dag_id, task_id, run_id, map_index = "dag", "task", "run", None

    def xcom_pull(self, **_: Any) -> Any:
        raise LookupError("not where callbacks run")


def test_a_task_function_that_publishes_has_its_account_in_the_error() -> None:
    sent: list[Any] = []
    outer = RuntimeError("the user's own")
    outer.__cause__ = GenesysEventsRejectedError("refused", summary(read=2, rejected=2, complete=True))
    notifier = GenesysCloudDigestNotifier(lambda context: sent.append(context["digest"]))  # type: ignore[typeddict-item]
    notifier.notify({"ti": Instance(), "exception": outer})  # type: ignore[typeddict-item]
    assert sent[0].subject == "dag.task, run run: 2 of 2 events of conversations were not accepted"


def test_without_any_account_the_kind_of_the_error_is_told_and_not_its_words() -> None:
    sent: list[Any] = []
    notifier = GenesysCloudDigestNotifier(lambda context: sent.append(context["digest"]))  # type: ignore[typeddict-item]
    notifier.notify({"ti": Instance(), "exception": ValueError(NUMBER)})  # type: ignore[typeddict-item]
    assert sent[0].subject == "dag.task, run run: failed, and there is no account"
    assert sent[0].lines == (("Why", "ValueError; the task's log says more"),)


def test_airflow_is_told_of_the_notifier() -> None:
    notifier = f"{GenesysCloudDigestNotifier.__module__}.{GenesysCloudDigestNotifier.__qualname__}"
    assert get_provider_info()["notifications"] == [notifier]
