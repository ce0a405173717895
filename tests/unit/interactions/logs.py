"""Happenings of Asterisk's queue_log and of Twilio's TaskRouter, and what holds of all that is told of them."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

from airflow_provider_genesys.events.models import STREAMS
from airflow_provider_genesys.events.records import Event, Reader
from airflow_provider_genesys.interactions.directory import Directory
from airflow_provider_genesys.interactions.ids import stable_id
from airflow_provider_genesys.interactions.mapping_file import shipped_mapping
from tests.unit.interactions.shipped import SAMPLES
from tests.unit.interactions.world import Run, run

QUEUE_LOG = (shipped_mapping("asterisk_queue_log") or Path()).read_text("utf-8")
TASK_ROUTER = (shipped_mapping("twilio_taskrouter") or Path()).read_text("utf-8")
BEGIN = 1_794_816_000  # 2026-11-16T08:00:00Z

CALL = (
    "0|NONE|NONE|DID|+15550199",
    "0|Sales|NONE|ENTERQUEUE||+15550100|1|Kim",
    "15|Sales|Ben|RINGNOANSWER|12000",
    "30|Sales|Ann|CONNECT|30|m.1|5",
    "90|Sales|Ann|COMPLETECALLER|30|60|1",
)


def log(*lines: str, call: str = "c.1") -> str:
    """Return lines of a queue_log, of which each begins with seconds and lacks the call."""
    rows = (line.split("|", 1) for line in lines)
    return "".join(f"{BEGIN + int(second)}|{call}|{rest}\n" for second, rest in rows)


def task(second: int, event: str, task_id: str = "WT1", **data: Any) -> dict[str, Any]:
    """Return an invented event of TaskRouter."""
    about = {"task_sid": task_id, "task_channel_unique_name": "voice"}
    return {
        "sid": f"EV{second}{event}{data.get('reservation_sid', '')}",
        "event_type": event,
        "event_date_ms": (BEGIN + second) * 1000,
        "event_data": about | data,
    }


def reservation(second: int, event: str, sid: str, worker: str, **data: Any) -> dict[str, Any]:
    return task(second, f"reservation.{event}", reservation_sid=sid, worker_name=worker, **data)


INBOUND = [
    task(0, "task.created", task_attributes='{"direction": "inbound", "from": "+15550100", "to": "+15550199"}'),
    task(1, "task-queue.entered", task_queue_name="Sales"),
    reservation(2, "created", "WR1", "Ben"),
    reservation(17, "timeout", "WR1", "Ben"),
    reservation(18, "created", "WR2", "Ann"),
    reservation(22, "accepted", "WR2", "Ann"),
    reservation(82, "wrapup", "WR2", "Ann"),
    task(82, "task.wrapup"),
    reservation(90, "completed", "WR2", "Ann"),
    task(90, "task.completed"),
]
OUTBOUND = [
    task(0, "task.created", task_attributes='{"direction": "outbound", "to": "+15550100"}'),
    reservation(0, "created", "WR1", "Ann"),
    reservation(0, "accepted", "WR1", "Ann"),
    task(60, "task.transfer-initiated", transfer_mode="WARM", transfer_initiating_reservation_sid="WR1"),
    reservation(62, "created", "WR2", "Ben"),
    reservation(66, "accepted", "WR2", "Ben"),
    task(80, "task.transfer-completed"),
    reservation(81, "completed", "WR1", "Ann"),
    reservation(160, "completed", "WR2", "Ben"),
    task(160, "task.completed"),
]


def well_told(result: Run) -> None:
    """Check what holds of all events that are told, whatever the rows."""
    reader = Reader(STREAMS["conversations"], 1000)
    begun: set[str] = set()
    over: set[str] = set()
    for number, event in enumerate(result.events):
        assert isinstance(reader.read(json.dumps(event).encode(), None, number, "f", 1), Event), event
        communication = event.get("communicationId")
        if event["type"].endswith("Established"):
            assert communication not in begun
            begun.add(communication)
        assert {value for key, value in event.items() if key.endswith("ommunicationId")} <= begun
        if event["type"] == "communicationEnded":
            assert communication not in over
            over.add(communication)
    assert begun == over
    assert len({each["eventId"] for each in result.events}) == len(result.events)
    assert all(one["eventDateTime"] <= other["eventDateTime"] for one, other in pairwise(result.events))


def sample(mapping: str, name: str) -> Run:
    users = ("Amber Fox", "Basil Wren", "Cedar Lark", "amber.fox", "basil.wren", "cedar.lark")
    queues = ("support", "billing", "Support", "Billing")
    ids = {"users": {name: stable_id(name) for name in users}, "queues": {name: stable_id(name) for name in queues}}
    return run(mapping, SAMPLES / name, directory=Directory(source_id=stable_id("s"), **ids))
