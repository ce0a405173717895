"""What the provider's page looks at: a day with accounts of all kinds, and what is not to be believed or is hostile."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from airflow.providers.common.compat.sdk import DAG, task

from airflow_provider_genesys.operators.events import GenesysCloudPublishEventsOperator
from airflow_provider_genesys.operators.exports import GenesysCloudExportOperator
from airflow_provider_genesys.operators.presence import (
    GenesysCloudApplyPresenceDefinitionsOperator,
    GenesysCloudPlanPresenceDefinitionsOperator,
)

SOURCE_ID = "a2ac77fd-36c6-4c2a-b238-f89b35daa570"
SNAPSHOTS = Path(tempfile.gettempdir()) / "genesys-page"
HOSTILE = "<img src=x onerror=\"document.title='owned'\">\u202e[a](javascript:alert(1))"
PROPERTIES = ("__proto__", "constructor", HOSTILE)


def event(minute: int, **more: Any) -> dict[str, Any]:
    """Return an event of a user's presence."""
    return {
        "eventDateTime": f"2026-11-16T09:{minute % 60:02}:00.000Z",
        "sourceId": SOURCE_ID,
        "presence": "Meal/Canteen",
        "userId": f"00000000-0000-4000-8000-{minute:012}",
        **more,
    }


def shard(number: int) -> list[dict[str, Any]]:
    """Return 40 events, of which the second shard has some that are no good, and one that is there twice."""
    good = [event(minute + 100 * number) for minute in range(40)]
    if number == 0:
        return good
    return [*good[:30], good[0], event(900, userId="nobody"), *({**event(901), name: "1"} for name in PROPERTIES)]


with DAG("page_day", schedule=None, tags=["genesys"]):
    GenesysCloudPublishEventsOperator.partial(
        task_id="publish", stream="user_presences", max_rejected="50%", max_in_flight=2
    ).expand(source=[shard(0), shard(1)])
    plan = GenesysCloudPlanPresenceDefinitionsOperator(
        task_id="plan", definitions=[{"system_presence": "Break", "labels": {"en_US": f"Nap {HOSTILE}"[:60]}}]
    )
    GenesysCloudApplyPresenceDefinitionsOperator(task_id="apply", plan=plan.output)
    plan >> GenesysCloudExportOperator(task_id="export", include=["presence"], destination=str(SNAPSHOTS))  # type: ignore[operator]


@task
def tell(summary: Any) -> None:
    """Push something that is called a summary."""
    from airflow.providers.common.compat.sdk import get_current_context  # noqa: PLC0415 - while it runs

    get_current_context()["ti"].xcom_push(key="summary", value=summary)


COUNTS = {"accepted": 1, "rejected": 1, "invalid": 1, "unknown": 1, "duplicate": 1, "pending": 0}
NOT_BELIEVED: list[Any] = [
    "a text",
    ["a", "list"],
    {"kind": "publish", "stream": "x", "read": -1, **COUNTS},
    {"kind": "__proto__", "stream": "x", "read": 5, **COUNTS},
    {"kind": ["publish"], "stream": "x", "read": 5, **COUNTS},
    {"kind": "wait", "done": True, "said": HOSTILE, "found": 1, "looks": 1},
    {"stream": "x", "read": 5, **COUNTS, "accepted": "1"},
]
WEIRD = {
    "kind": "publish",
    "stream": HOSTILE,
    "read": 5,
    **COUNTS,
    "complete": "yes",
    "tries": {"a": 1},
    "resumed": [],
    "requests": HOSTILE,
    "dead_letters": {"deep": {"er": HOSTILE}},
    "reasons": [
        None,
        {"code": HOSTILE, "property": "__proto__", "rule": HOSTILE, "fate": {}, "count": "many", "example": [HOSTILE]},
        {"code": None, "property": None, "rule": None, "count": 2, "example": {"file": HOSTILE, "line": -3}},
    ],
}
WEIRD_PLAN = {
    "kind": "plan",
    "checksum": "c",
    "safe": False,
    "reasons": [{"a": 1}, HOSTILE],
    "creates": 1,
    "updates": 0,
    "reactivates": 0,
    "deactivates": 0,
    "markdown": f"**UNSAFE** {HOSTILE}\n\n### {HOSTILE}\n\n| a | {HOSTILE} |\n| --- | --- |\n| `{HOSTILE}` | <b> |",
}
WEIRD_EXPORT = {
    "kind": "export",
    "resources": {"__proto__": None, HOSTILE: {"state": {}, "count": "x"}},
    "added": 1,
    "removed": 0,
    "modified": 0,
    "snapshot": HOSTILE,
    "rows": [7, {"resource": HOSTILE, "what": [], "before": {"a": HOSTILE}, "after": HOSTILE}],
    "rows_left": HOSTILE,
}
OLD = {
    "stream": "conversations",
    "read": 12,
    **dict.fromkeys(COUNTS, 0),
    "accepted": 11,
    "invalid": 1,
    "complete": True,
}

with DAG("page_hostile", schedule=None, dag_display_name=HOSTILE, tags=["genesys"]):
    for number, value in enumerate(NOT_BELIEVED):
        tell.override(task_id=f"not_believed_{number}")(value)
    tell.override(task_id="weird")(WEIRD)
    tell.override(task_id="weird_plan")(WEIRD_PLAN)
    tell.override(task_id="weird_export")(WEIRD_EXPORT)
    tell.override(task_id="old")(OLD)

try:
    from airflow.providers.standard.operators.hitl import ApprovalOperator
except Exception:  # noqa: BLE001 - Airflow before 3.1 cannot ask
    ApprovalOperator = None

if ApprovalOperator is not None:
    with DAG("page_approval", schedule=None, tags=["genesys"]):
        (
            GenesysCloudPlanPresenceDefinitionsOperator(
                task_id="plan", definitions=[{"system_presence": "Break", "labels": {"en_US": "Siesta"}}]
            )
            >> ApprovalOperator(task_id="ask", subject=f"Approve {HOSTILE}?")
        )


@task
def replay(params: dict[str, Any] | None = None) -> dict[str, Any]:
    """Tell what it was asked for."""
    return dict(params or {})


with DAG(
    "page_replay",
    schedule=None,
    is_paused_upon_creation=False,
    tags=["genesys-replay"],
    params={"dag_id": "", "run_id": "", "task_id": "", "map_index": -1},
):
    replay()
