"""Summaries that no task has told: of the provider's shapes, also an earlier one, hostile ones, and what is none."""

from __future__ import annotations

import json
from typing import Any

HOSTILE = "<img src=x onerror=\"document.title='owned'\">\u202e[a](javascript:alert(1))"
SHOWN = HOSTILE.replace("\u202e", "\\u202e")
"""As the page shows it: as text, and the sign that turns what follows it around as its number."""

FATES = ("accepted", "rejected", "invalid", "unknown", "duplicate", "pending")
CHANGES = {"creates": 1, "updates": 0, "reactivates": 0, "deactivates": 0}


def publish(**counts: int) -> dict[str, Any]:
    """Return the summary of a publish of conversations with these fates."""
    fates = {fate: counts.get(fate, 0) for fate in FATES}
    return {
        "kind": "publish",
        "stream": "conversations",
        "read": sum(fates.values()),
        **fates,
        "complete": not fates["pending"],
        "tries": 1,
        "resumed": False,
        "accepted_before": 0,
        "requests": 51,
        "retries": 2,
        "rate_limited_seconds": 1.5,
        "duration_seconds": 12.25,
        "ledger": "s3://my-bucket/genesys/ledger.json",
        "dead_letters": "s3://my-bucket/genesys/dead-letters" if fates["invalid"] + fates["rejected"] else None,
        "ledger_key": None,
        "reasons": [
            {
                "code": "invalid.eventDateTime",
                "property": "eventDateTime",
                "rule": "has no time zone; add one, such as Z or +01:00",
                "fate": "invalid",
                "count": fates["invalid"],
                "example": {"file": "calls.jsonl", "line": 1007},
            },
            {
                "code": None,
                "property": None,
                "rule": None,
                "fate": "rejected",
                "count": fates["rejected"],
                "different": 4,
                "example": {"file": "calls.jsonl", "line": 12},
            },
        ],
    }


def conversion(**counts: int) -> dict[str, Any]:
    """Return the summary of a conversion."""
    records = {key: counts.get(key, 0) for key in ("converted", "skipped", "superseded", "held_back", "rejected")}
    return {
        "kind": "conversion",
        "events": "s3://my-bucket/genesys/events.jsonl",
        "rejects": "s3://my-bucket/genesys/rejects.jsonl",
        "records": sum(records.values()),
        **records,
        "events_written": 9 * records["converted"],
        "conversations": records["converted"],
        "reasons": [
            {
                "code": None,
                "property": None,
                "rule": "the queue is in no directory",
                "fate": None,
                "count": records["rejected"],
                "example": {"file": "calls.csv", "line": 88},
            }
        ],
    }


def export(*rows: dict[str, str], rows_left: int = 0) -> dict[str, Any]:
    """Return the summary of an export with these differences."""
    return {
        "kind": "export",
        "snapshot": "s3://my-bucket/genesys/snapshots/20261129T040002.121212Z-1a2b.json",
        "previous": "s3://my-bucket/genesys/snapshots/20261128T040002.343434Z-3c4d.json",
        "changed": bool(rows),
        **{what: sum(row["what"] == what for row in rows) for what in ("added", "removed", "modified")},
        "state_changes": [],
        "resources": {
            "presence_definitions": {"state": "exported", "count": 18},
            "webchat_deployments": {"state": "gone", "count": 0},
            "presence_sources": {"state": "exported", "count": 2},
        },
        "diff": "s3://my-bucket/genesys/diffs/20261129T040002.121212Z-1a2b.md",
        "rows": [*rows],
        "rows_left": rows_left,
        "bytes_written": 9000,
        "requests": 9,
    }


def _nested(depth: int) -> list[Any]:
    """Return lists in lists: JSON of Airflow's takes no more than some hundreds."""
    found: list[Any] = [HOSTILE]
    for _ in range(depth):
        found = [found]
    return found


RENAMED = {
    "resource": "Presence definitions",
    "what": "modified",
    "which": "Meal/Lunch (0f8e)",
    "field": "languageLabels.en_US",
    "before": "Lunch",
    "after": "Lunch break",
}
COUNTS = {"accepted": 1, "rejected": 1, "invalid": 1, "unknown": 1, "duplicate": 1, "pending": 0}
NOT_BELIEVED: tuple[Any, ...] = (
    "a text",
    ["a", "list"],
    {"kind": "publish", "stream": "x", "read": -1, **COUNTS},
    {"kind": "__proto__", "stream": "x", "read": 5, **COUNTS},
    {"kind": ["publish"], "stream": "x", "read": 5, **COUNTS},
    {"kind": "wait", "done": True, "said": HOSTILE, "found": 1, "looks": 1},
    {"stream": "x", "read": 5, **COUNTS, "accepted": "1"},
    {"stream": "x", "read": 5, **COUNTS, "accepted": 1e300},
    {"stream": "x", "read": 5, **COUNTS, "accepted": 1.5},
    {"stream": "x", "read": 5, **COUNTS, "accepted": float("nan")},
    {"stream": "x", "read": 5, **COUNTS, "accepted": True},
    {"stream": "x", "read": 5, **COUNTS, "accepted": None},
    {"stream": ["x"], "read": 5, **COUNTS},
    json.dumps(publish(accepted=5)),
    json.dumps(json.dumps(publish(accepted=5))),
    [publish(accepted=5)],
    {"summary": publish(accepted=5)},
    publish(accepted=5) | {"reasons": ["x" * 10_000] * 1_000},
    export() | {"rows": [{}] * 500_000},
    export() | {"resources": []},
)
"""No summaries, though the provider's tasks tell them: what else has that name, wrong types, or is too large."""
IMPOSTORS: tuple[tuple[Any, str | None], ...] = (
    (publish(accepted=5), None),
    (export(), None),
    (publish(accepted=5), "plugin/genesys_cloud?dag=page_day&run=seen&task=publish&index=-1"),
    (publish(accepted=5), "https://example.com/"),
    (publish(accepted=5), ""),
)
"""Summaries as they should be, of somebody else's tasks: each with the link to an account that the task has pushed."""
HOSTILE_ONES: dict[str, dict[str, Any]] = {
    "weird": {
        "kind": "publish",
        "stream": HOSTILE,
        "read": 5,
        **COUNTS,
        "complete": "yes",
        "tries": {"a": 1},
        "resumed": [],
        "requests": HOSTILE,
        "dead_letters": {"deep": {"er": HOSTILE}},
        "duration_seconds": 1e300,
        "retries": -4,
        "accepted_before": 1e300,
        "reasons": [
            None,
            {
                "code": HOSTILE,
                "property": "__proto__",
                "rule": HOSTILE,
                "fate": {},
                "count": "many",
                "different": HOSTILE,
            },
            {"code": None, "property": None, "rule": None, "count": 2, "example": {"file": HOSTILE, "line": -3}},
        ],
    },
    "weird_plan": {
        "kind": "plan",
        "checksum": "c",
        "safe": False,
        "reasons": [{"a": 1}, HOSTILE],
        **CHANGES,
        "markdown": f"**UNSAFE** {HOSTILE}\n\n### {HOSTILE}\n\n| a | {HOSTILE} |\n| --- | --- |\n| `{HOSTILE}` | <b> |",
    },
    "weird_export": {
        "kind": "export",
        "resources": {"__proto__": None, HOSTILE: {"state": {}, "count": "x"}}
        | {f"{HOSTILE}{'x' * 5_000}{number}": {"state": "partial", "count": 1e300} for number in range(60)},
        "added": 1,
        "removed": 0,
        "modified": 0,
        "snapshot": HOSTILE,
        "rows": [7, {"resource": HOSTILE, "what": [], "before": {"a": HOSTILE}, "after": HOSTILE}],
        "rows_left": HOSTILE,
    },
    "nested": publish(accepted=3, invalid=1) | {"reasons": _nested(200), "dead_letters": _nested(200)},
    "long_plan": {
        "kind": "plan",
        "checksum": "c",
        "safe": True,
        **CHANGES,
        "markdown": HOSTILE + "# a\n" * 100_000 + "**" * 100_000 + "|" * 100_000,
    },
    # as version 0.1.0's first task told it, without a kind and with less in it
    "old": {"stream": "conversations", "read": 12, **dict.fromkeys(FATES, 0), "accepted": 11, "invalid": 1}
    | {"complete": True},
}
