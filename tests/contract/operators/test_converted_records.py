"""From another platform's records to an organisation: what is converted is what a publish sends, and is accepted."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from airflow_provider_genesys.operators.events import GenesysCloudPublishEventsOperator
from airflow_provider_genesys.operators.records import GenesysCloudConvertRecordsOperator
from tests.harness.tasks import context
from tests.unit.interactions.contacts import FIRST, SECOND, contact, in_queue
from tests.unit.interactions.interactions import DIRECTORY
from tests.unit.interactions.logs import CALL, INBOUND, OUTBOUND, log
from tests.unit.interactions.states import agent_event
from tests.unit.interactions.world import CSV, LINE, rows

if TYPE_CHECKING:
    from airflow_provider_genesys.simulator.process import SimulatorHandle

EMAIL = """\
interaction:
  id: Id
  medium: email
  direction: inbound
  started: Begin
  ended: End
  customer: {address: From}
  service: {address: To}
legs:
  - {kind: queue, party: Queue, started: Begin, ended: Taken}
  - {kind: agent, party: Agent, started: Taken, answered: Taken}
"""
TIMES = {"Begin": "2026-11-16T08:00:00Z", "Taken": "2026-11-16T08:10:00Z", "End": "2026-11-16T08:20:00Z"}
EMAILS = [{"Id": "e1", "From": "a@example.org", "To": "b@example.org", "Queue": "Sales", "Agent": "Ann"} | TIMES]
LEFT = {
    "TransferredToEndpoint": {"Address": "+15550123", "Type": "TELEPHONE_NUMBER"},
    "TransferCompletedTimestamp": "2026-11-16T08:05:05Z",
    "NextContactId": None,
    "ContactId": "x",
    "DisconnectTimestamp": "2026-11-16T08:08:00Z",
}
CONTACTS = [SECOND, FIRST, contact("c", "30:00", "31:00", **in_queue("Billing", "30:05", "31:00")), FIRST | LEFT]

OTHER_TASK = [
    each | {"sid": f"{each['sid']}-2", "event_data": each["event_data"] | {"task_sid": "WT2"}} for each in OUTBOUND
]


@pytest.mark.parametrize(
    ("mapping", "records", "events"),
    [
        pytest.param(CSV, rows(LINE, LINE.replace("c1", "c2")), 16, id="calls"),
        pytest.param(EMAIL, json.dumps(EMAILS), 7, id="emails"),
        pytest.param("amazon_connect", "".join(map(json.dumps, CONTACTS)), 12 + 4 + 13, id="amazon_connect"),
        pytest.param("asterisk_queue_log", log(*CALL), 9, id="asterisk_queue_log"),
        pytest.param("twilio_taskrouter", json.dumps([*INBOUND, *OTHER_TASK]), 10 + 11, id="twilio_taskrouter"),
    ],
)
def test_all_that_is_converted_is_accepted(
    connected: SimulatorHandle, tmp_path: Path, mapping: str, records: str, events: int
) -> None:
    (tmp_path / "records").write_text(records)
    if "\n" in mapping:
        (tmp_path / "m.yaml").write_text(mapping)
        mapping = "m.yaml"
    names: dict[str, Any] = {name: dict(getattr(DIRECTORY, name)) for name in ("users", "queues", "wrap_up_codes")}
    (tmp_path / "d.yaml").write_text(json.dumps(names | {"source_id": DIRECTORY.source_id}))
    convert = GenesysCloudConvertRecordsOperator(
        task_id="convert", records="records", mapping=mapping, directory="d.yaml", destination=tmp_path / "out"
    )
    converted = convert.execute(context(fileloc=str(tmp_path / "dag.py")))
    assert converted["events_written"] == events
    publish = GenesysCloudPublishEventsOperator(
        task_id="publish", stream="conversations", source=converted["events"], artifacts_path=tmp_path / "ledger"
    )
    published = publish.execute(context())
    assert (published["read"], published["accepted"]) == (events, events)


@pytest.mark.parametrize(
    ("mapping", "records", "events"),
    [
        pytest.param(
            "amazon_connect_agent_events",
            json.dumps(
                [agent_event(0, "ROUTABLE"), agent_event(9, "ROUTABLE", "CONNECTED"), agent_event(20, "OFFLINE")]
            ),
            (2, 3),
            id="amazon_connect",
        ),
        pytest.param(
            "asterisk_queue_log_states",
            log("0|Sales|Ann|ADDMEMBER|", "9|Sales|Ann|PAUSE|Lunch", "9|Sales|Ben|PAUSE|Break"),
            (3, 3),
            id="asterisk",
        ),
    ],
)
def test_all_states_that_are_converted_are_accepted(
    connected: SimulatorHandle, tmp_path: Path, mapping: str, records: str, events: tuple[int, int]
) -> None:
    (tmp_path / "records").write_text(records)
    (tmp_path / "d.yaml").write_text(json.dumps({"users": dict(DIRECTORY.users), "source_id": DIRECTORY.source_id}))
    convert = GenesysCloudConvertRecordsOperator(
        task_id="convert", records="records", mapping=mapping, directory="d.yaml", destination=tmp_path / "out"
    )
    converted = convert.execute(context(fileloc=str(tmp_path / "dag.py")))
    for stream, count in zip(("user_presences", "user_routing_statuses"), events, strict=True):
        publish = GenesysCloudPublishEventsOperator(
            task_id="publish", stream=stream, source=converted[stream], artifacts_path=tmp_path / stream
        )
        published = publish.execute(context())
        assert (published["read"], published["accepted"]) == (count, count)
