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


def of_records(records: dict[str, Any], **counts: int) -> dict[str, Any]:
    """Return the summary of a publish of records with these fates of its events, and of the records."""
    kept = {key: value for key, value in records.items() if key != "kind"}  # which the whole summary has
    return publish(**counts) | {"conversion": kept}


def sync(markdown: str, **told: int) -> dict[str, Any]:
    """Return the summary of a sync of this plan, in which so many changes are done; ``applied`` unless it is 0."""
    done = {change: told.get(change, 0) for change in CHANGES}
    rest = {"already": told.get("already", 0), "unchanged": 3, "twins": 0, "requests": 4}
    return {
        "kind": "sync",
        "checksum": "c",
        **done,
        **rest,
        "markdown": markdown,
        "applied": bool(told.get("applied", 1)),
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
ALL_REJECTED = conversion(rejected=1488) | {"events_written": 0, "events": "s3://my-bucket/genesys/events.jsonl"}
NOTHING_NEW = conversion(superseded=301)
STATUSES = publish(accepted=40, rejected=5, invalid=3) | {"stream": "user_routing_statuses"}
OF_STATES = {
    "user_presences": "s3://my-bucket/presences.jsonl",
    "user_routing_statuses": "s3://my-bucket/statuses.jsonl",
}
OF_RECORDS: dict[str, dict[str, Any]] = {
    "some_rejected": of_records(conversion(converted=295, superseded=1, rejected=5), accepted=2132),
    "all_rejected": of_records(ALL_REJECTED),
    "nothing_new": of_records(NOTHING_NEW),
    "states": of_records(conversion(converted=96) | OF_STATES | {"events": None, "events_written": 96}, accepted=48)
    | {"stream": "user_presences", "routing_statuses": STATUSES},
}
"""Publishes of records, by the name of the task that tells them."""
_SAFE = "**2 to create; 3 unchanged.**\n\nPlan `c`\n"
_NOTHING = "**Nothing to change; 3 unchanged.**\n\nPlan `c`\n"
_UNSAFE = (
    "**UNSAFE**: this plan is not applied unless it is forced.\n\n- it deactivates 5 of 8\n\n"
    "**5 to deactivate; 3 unchanged.**\n\nPlan `c`\n"
)
SYNCS: dict[str, tuple[dict[str, Any], str, str, str]] = {
    "refused": (
        sync(_UNSAFE, applied=0),
        "UNSAFE, not applied: 5 to deactivate; 3 unchanged",
        "the plan is unsafe, and is not applied",
        "Nothing of the plan is applied.",
    ),
    "failed": (
        sync(_SAFE, applied=0),
        "not applied: 2 to create; 3 unchanged",
        "the plan is not applied",
        "Nothing of the plan is applied.",
    ),
    "halfway": (
        sync(_SAFE, creates=1, applied=0),
        "not all applied, 1 create done: 2 to create; 3 unchanged",
        "not all of the plan is applied",
        "Not all of the plan is applied.",
    ),
    "applied": (sync(_SAFE, creates=2), "done: 2 creates", "", "All of the plan is done"),
    "forced": (sync(_UNSAFE, deactivates=5), "done: 5 deactivates (UNSAFE, forced)", "", "All of the plan is done"),
    "again": (sync(_SAFE, already=2), "2 changes done before", "", "All of the plan is done"),
    "nothing": (sync(_NOTHING), "nothing to change", "", "All of the plan is done"),
}
"""Syncs by what became of them, each with what is said of it in a list, among what stands in the way, and in full."""


def plan(checksum: str, markdown: str, **counts: int) -> dict[str, Any]:
    """Return the summary of a plan with so many changes."""
    changes = {change: counts.get(change, 0) for change in CHANGES}
    safe = not markdown.startswith("**UNSAFE**")
    return {"kind": "plan", "checksum": checksum, "safe": safe, "reasons": [], **changes, "markdown": markdown}


PLANS: dict[str, tuple[dict[str, Any], str, str, str]] = {
    "safe": (plan("safe", _SAFE, creates=2), "2 creates", "", "Not applied in this run."),
    "unsafe": (
        plan("unsafe", _UNSAFE, deactivates=5),
        "5 deactivates (UNSAFE)",
        "the plan is unsafe, and is refused",
        "Not applied in this run.",
    ),
    "nothing": (plan("nothing", _NOTHING), "nothing to change", "", "There is nothing to apply."),
    "failed": (plan("failed", _SAFE, creates=2), "2 creates", "", "Not all applied by apply_failed"),
}
"""Plans, likewise; the last one is that of a task ``apply_failed``, which told :data:`FAILED_APPLY`."""
FAILED_APPLY = sync(_SAFE, creates=1, applied=0) | {"kind": "apply", "checksum": "failed"}


def reason(rule: str | None, count: int, code: str | None = None, fate: str = "rejected") -> dict[str, Any]:
    """Return why so many events were not accepted."""
    example = {"file": "calls.jsonl", "line": count}
    return {"code": code, "property": None, "rule": rule, "fate": fate, "count": count, "different": 1} | {
        "example": example
    }


FEW_OF_ALL = publish(accepted=1, rejected=36, invalid=6) | {
    "reasons": [
        *(reason(None, count) for count in (9, 8, 4, 3)),
        reason(None, 2, "others"),
        *(reason(None, count, "not.found") for count in (2, 2)),
        reason(None, 1, fate="invalid"),
        reason("is missing", 3, "invalid.x", fate="invalid"),
    ]
}
"""The summary of a publish of which 42 events were not accepted, and reasons of 34 are told, of four in no words."""
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
