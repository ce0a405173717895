"""The demo's judgement: an account that does not add up must not pass."""

from __future__ import annotations

import io
from collections import Counter
from typing import Any

import pytest
from rich.console import Console

from demo.__main__ import ROOT, echo
from demo.account import PUBLISHES, Account, Server, print_account, problems
from demo.platforms import PLATFORMS, PlatformsAccount
from demo.presence import ORGANIZATION, PresenceAccount

SUMMARY = {
    "stream": "conversations",
    "read": 6,
    "accepted": 3,
    "rejected": 1,
    "invalid": 1,
    "duplicate": 1,
    "unknown": 0,
    "pending": 0,
    "complete": True,
    "requests": 4,
    "retries": 1,
    "rate_limited_seconds": 0.0,
    "duration_seconds": 1.0,
    "ledger": str(ROOT / ".demo" / "ledger.json"),
}


def letter(fate: str, event_id: str) -> dict[str, Any]:
    return {"dead_letter": {"fate": fate, "message": "[bad]", "event_id": event_id}}


@pytest.fixture
def account(tmp_path: Any) -> Account:
    """An account that adds up: one answer was lost, and one event accepted twice for it."""
    (tmp_path / "rejects.jsonl").write_text('{"line": 7, "reason": "Date must be a date"}\n')
    converted = {"records": 4, "converted": 2, "superseded": 1, "rejected": 1, "events_written": 6}
    converted |= {"skipped": 0, "held_back": 0}
    return Account(
        converted={**converted, "rejects": str(tmp_path / "rejects.jsonl")},
        summaries={publish: dict(SUMMARY) for publish in PUBLISHES},
        dead_letters={publish: [letter("rejected", "d"), letter("invalid", "e")] for publish in PUBLISHES},
        servers={
            publish: Server(Counter({"a": 1, "b": 1, "c": 2}), Counter({"200": 3, "dropped": 1}))
            for publish in PUBLISHES
        },
    )


def test_an_account_that_adds_up_is_printed_within_80_columns(account: Account) -> None:
    assert problems(account) == []
    out = io.StringIO()
    print_account(Console(file=out, width=80), account, ROOT)
    text = out.getvalue()
    assert max(len(line) for line in text.splitlines()) <= 80
    assert "Date must be a date" in text
    assert "[bad]" in text


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"accepted": 2}, "the fates do not sum up"),
        ({"pending": 1, "read": 7}, "1 events are pending"),
        ({"complete": False}, "0 events are pending"),
        ({"accepted": 4, "invalid": 0}, "4 events count as accepted, the simulator has 3"),
        ({"unknown": 1, "duplicate": 0}, "3 events were not accepted, and there are 2 dead letters"),
        ({"requests": 5}, "5 requests were counted, and 4 arrived"),
        ({"read": 5, "duplicate": 0}, "6 events were made of call records"),
    ],
)
def test_a_summary_that_does_not_fit_is_a_problem(account: Account, change: dict[str, Any], problem: str) -> None:
    account.summaries[PUBLISHES[0]].update(change)
    assert any(problem in found for found in problems(account)), problems(account)


def test_a_lost_line_is_a_problem(account: Account) -> None:
    account.converted["records"] += 1
    assert problems(account) == ["the call records are not those of which the conversion says what became of them"]


def test_a_dead_letter_that_was_accepted_is_a_problem(account: Account) -> None:
    account.dead_letters[PUBLISHES[1]][0] = letter("rejected", "a")
    assert problems(account) == ["publish_presences: 1 dead letters were accepted all the same"]


def test_a_repeat_without_a_lost_answer_is_a_problem(account: Account) -> None:
    account.servers[PUBLISHES[2]].statuses.update({"200": 1, "dropped": -1})
    assert problems(account) == [
        "publish_routing_statuses: 1 events were accepted again though no answer was lost",
    ]


def test_what_the_provider_says_is_shown_and_all_is_logged() -> None:
    lines = [
        "2026-11-21T23:15:34.637936Z [info     ] Task started                   [airflow.api_fastapi] loc=x.py:1\n",
        "2026-11-21T23:15:34.640349Z [info     ] [DAG TEST] starting task_id=publish map_index=-1 [airflow.sdk] loc\n",
        "2026-11-21T23:15:34.664985Z [warning  ] waiting 3 s [429]   [airflow_provider_genesys.api.x] loc=x.py:5\n",
        "2026-11-21T23:15:34.665225Z [info     ] Complete:\n",
        "  read 5   [airflow.task.operators.airflow_provider_genesys.operators.events.X] loc=x.py:7\n",
        "2026-11-21T23:15:34.690704Z [info     ] Pushing xcom                   [task] loc=task_runner.py:2280 ti=X(\n",
    ]
    log = io.StringIO()
    shown = list(echo(lines, log))
    assert shown == [
        "Task [bold]publish[/]",
        "[yellow]waiting 3 s [429][/]",
        "[dim]Complete:\n  read 5[/]",
    ]
    assert log.getvalue() == "".join(lines)


PLANNED = {"creates": 1, "updates": 1, "reactivates": 1, "deactivates": 1, "unchanged": 1}
WRITTEN = {"created": 1, "updated": 1, "reactivated": 1, "deactivated": 1}
DEFINITIONS = [
    ("Break", {"en_US": "Smoke", "de": "Raucherpause", "fr": "Pause cigarette"}, False),
    ("Meal", {"en_US": "Canteen", "de": "Kantine"}, False),
    ("Meeting", {"en_US": "Coaching"}, False),
    ("Break", {"en_US": "Yoga"}, True),
    ("Busy", {"en_US": "After-call work"}, False),
    ("Training", {"en_US": "E-learning", "de": "E-Learning"}, False),
]


def presence_account(**changes: Any) -> PresenceAccount:
    """An account that adds up, but for the changes."""
    definitions = [
        {"type": "User", "systemPresence": name, "languageLabels": labels, "deactivated": deactivated}
        for name, labels, deactivated in DEFINITIONS
    ]
    given: dict[str, Any] = {
        "plan": PLANNED | {"markdown": "**1 to deactivate**"},
        "done": PLANNED,
        "again": dict.fromkeys(PLANNED, 0) | {"unchanged": 5},
        "definitions": [*definitions, {"type": "System", "systemPresence": "Break", "languageLabels": {"en_US": "B"}}],
        "writes": (WRITTEN, WRITTEN),
    }
    return PresenceAccount(**(given | changes))


def test_presence_definitions_that_add_up_are_printed_within_80_columns() -> None:
    account = presence_account()
    assert list(account.problems()) == []
    out = io.StringIO()
    account.print(Console(file=out, width=80))
    assert max(len(line) for line in out.getvalue().splitlines()) <= 80
    assert "1 to deactivate" in out.getvalue()


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"done": PLANNED | {"updates": 0}}, "1 updates were planned, 0 counted as done, and the simulator has 1"),
        (
            {"writes": (WRITTEN | {"created": 2},) * 2},
            "1 creates were planned, 1 counted as done, and the simulator ha",
        ),
        ({"writes": (WRITTEN, WRITTEN | {"updated": 2})}, "still found something to do"),
        ({"again": PLANNED}, "still found something to do"),
        ({"definitions": presence_account().definitions[1:]}, "the organisation has 0 of Break"),
        ({"definitions": [*presence_account().definitions] * 2}, "the organisation has 2 of Break"),
        ({"definitions": [*presence_account().definitions, ORGANIZATION[0] | {"type": "User"}]}, "has 7 definitions"),
    ],
)
def test_presence_definitions_that_do_not_fit_are_a_problem(changes: dict[str, Any], problem: str) -> None:
    found = list(presence_account(**changes).problems())
    assert any(problem in each for each in found), found


CONVERTED = {"records": 4, "converted": 2, "skipped": 0, "superseded": 1, "held_back": 0, "rejected": 1}
CONVERTED |= {"events_written": 2, "conversations": 1}


def platforms_account(**published: Any) -> PlatformsAccount:
    """An account that adds up, but for what the publish says else."""
    converted = {name: dict(CONVERTED) for name in PLATFORMS}
    accepted = frozenset(f"e{number}" for number in range(5))
    return PlatformsAccount(converted, SUMMARY | {"accepted": 5, "rejected": 0, "invalid": 0} | published, accepted)


def test_three_platforms_that_add_up_are_printed_within_80_columns() -> None:
    account = platforms_account()
    assert list(account.problems()) == []
    out = io.StringIO()
    account.print(Console(file=out, width=80))
    assert max(len(line) for line in out.getvalue().splitlines()) <= 80
    assert "5 of 6 events accepted" in out.getvalue()


@pytest.mark.parametrize(
    ("published", "records", "problem"),
    [
        ({}, 5, "the records of cxone are not those"),
        ({"read": 7, "duplicate": 2}, 4, "6 events were made of three platforms' records, and 7 were read"),
        ({"duplicate": 0}, 4, "the fates of the three platforms' events do not sum up"),
        ({"complete": False}, 4, "the fates of the three platforms' events do not sum up"),
        ({"accepted": 4, "rejected": 1}, 4, "4 events count as accepted, the simulator has 5"),
    ],
)
def test_three_platforms_that_do_not_fit_are_a_problem(published: Any, records: int, problem: str) -> None:
    account = platforms_account(**published)
    account.converted["cxone"]["records"] = records  # type: ignore[index]
    assert [each for each in account.problems() if problem in each]
