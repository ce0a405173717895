"""Records that tell what agents do, the mappings of platforms for them, and a run over both."""

from __future__ import annotations

import json
from collections.abc import Sequence
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from hypothesis import strategies as st

from airflow_provider_genesys.events.models import STREAMS
from airflow_provider_genesys.events.records import Event, Reader
from airflow_provider_genesys.interactions.converting_states import convert_states
from airflow_provider_genesys.interactions.ids import stable_id
from airflow_provider_genesys.interactions.mapping_file import shipped_mapping
from airflow_provider_genesys.tasks.presence_rules import presence_rules
from tests.unit.interactions.interactions import DIRECTORY
from tests.unit.interactions.world import mapping_of

if TYPE_CHECKING:
    from airflow_provider_genesys.interactions.account import Account
    from airflow_provider_genesys.interactions.directory import Directory

CONNECT, QUEUE_LOG, UCCX, WFM = (
    (shipped_mapping(name) or Path()).read_text("utf-8")
    for name in (
        "amazon_connect_agent_events",
        "asterisk_queue_log_states",
        "cisco_uccx_agent_states",
        "vonage_wfm_agent_states",
    )
)
SIMPLE = """\
record: {shape: states, highest: [Talks, Free, Away, Out]}
times: {format: iso, zone: UTC}
state: {user: Who, since: At, state: State, reason: Why}
presence_map:
  - {state: Talks, presence: On Queue, routing_status: Interacting}
  - {state: Free, presence: OnQueue, routing_status: Idle}
  - {state: Away, reason: Lunch, presence: Meal/Canteen, routing_status: OffQueue}
  - {state: Away, reason: Coffee, presence: Break}
  - {state: Out, presence: 8d2f3b4c-5e6f-4a71-9b8c-0d1e2f3a4b03, routing_status: OffQueue}
"""


class Told(NamedTuple):
    """What a conversion of states gave."""

    account: Account
    presences: list[Any]
    statuses: list[Any]
    rejects: list[Any]

    @property
    def said(self) -> list[str]:
        """What is told, both streams in one."""
        events = [(each["eventDateTime"][11:19], "", each) for each in self.presences]
        events += [(each["eventDateTime"][11:19], "s", each) for each in self.statuses]
        words = ("presence", "presenceDefinitionId", "status")
        return [
            f"{at} {next(each[word] for word in words if word in each)}"
            for at, _, each in sorted(events, key=lambda told: told[:2])
        ]


def run(mapping: str, *inputs: str | Path | Sequence[Any], directory: Directory = DIRECTORY, rules: Any = None) -> Told:
    files = [BytesIO(), BytesIO(), BytesIO()]
    understood = mapping_of(mapping)
    found = presence_rules(understood, rules)
    assert found is not None
    account = convert_states(
        [(f"f{number}", each.encode() if isinstance(each, str) else each) for number, each in enumerate(inputs, 1)],
        understood,
        directory,
        found,
        user_presences=files[0],
        user_routing_statuses=files[1],
        rejects=files[2],
    )
    parsed = [[json.loads(line) for line in file.getvalue().splitlines()] for file in files]
    outcome = account.converted + account.skipped + account.superseded + account.held_back + account.rejected
    assert account.records == outcome
    assert account.events_written == len(parsed[0]) + len(parsed[1])
    assert account.rejected == len(parsed[2])
    return well_told(Told(account, *parsed))


def well_told(told: Told) -> Told:
    """Check what holds of all events, whatever the records."""
    for stream, key, events in (
        ("user_presences", "userId", told.presences),
        ("user_routing_statuses", "agentId", told.statuses),
    ):
        reader = Reader(STREAMS[stream], 1000, resolve_presence=stable_id)
        for number, event in enumerate(events):
            assert isinstance(reader.read(json.dumps(event).encode(), None, number, "f", 1), Event), event
        assert all(one["eventDateTime"] <= other["eventDateTime"] for one, other in pairwise(events))
        for user in {each[key] for each in events}:
            of_user = [{**each, "eventId": "", "eventDateTime": ""} for each in events if each[key] == user]
            assert all(one != other for one, other in pairwise(of_user))
    ids = [each["eventId"] for each in (*told.presences, *told.statuses)]
    assert len({*ids}) == len(ids)
    return told


def says(second: int, state: str, why: str | None = None, who: str = "Ann") -> dict[str, Any]:
    return {"Who": who, "At": f"2026-11-16T08:00:{second:02}", "State": state, "Why": why}


def agent_event(
    second: int, type_: str, *contacts: str, name: str = "x", kind: str = "STATE_CHANGE", who: str = "Ann"
) -> dict[str, Any]:
    """Return an invented event of the agent event stream."""
    at = f"2026-11-16T08:{second // 60:02}:{second % 60:02}.120Z"
    status = {"ARN": "arn:x", "Name": name, "StartTimestamp": at, "Type": type_}
    listed = [{"ContactId": str(number), "State": state} for number, state in enumerate(contacts)]
    snapshot = {"AgentStatus": status, "Configuration": {"Username": who}, "Contacts": listed, "NextAgentStatus": None}
    return {
        "EventId": f"{second}{type_}{contacts}{kind}{who}",
        "EventTimestamp": at,
        "EventType": kind,
        "CurrentAgentSnapshot": snapshot,
        "PreviousAgentSnapshot": None,
    }


_event = st.sampled_from(
    [
        "ADDMEMBER|",
        "ADDMEMBER|PAUSED",
        "PAUSE|Lunch",
        "PAUSE|",
        "UNPAUSE|",
        "REMOVEMEMBER|",
        "CONNECT|1",
        "COMPLETEAGENT|1",
    ]
)
ANY_LINE = st.builds(
    "{}|{}|{}|{}".format,
    st.integers(0, 6),
    st.sampled_from(["Sales", "Billing"]),
    st.sampled_from(["Ann", "Ben"]),
    _event | st.just("QUEUESTART|"),
)
