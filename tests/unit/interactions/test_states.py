"""Records that tell what agents do, and the mappings for the platforms that tell it."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Sequence
from functools import partial
from io import BytesIO
from itertools import pairwise, permutations
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_genesys.events.models import STREAMS
from airflow_provider_genesys.events.records import Event, Reader
from airflow_provider_genesys.exceptions import GenesysConfigError
from airflow_provider_genesys.interactions.converting_states import convert_states
from airflow_provider_genesys.interactions.directory import Directory
from airflow_provider_genesys.interactions.ids import stable_id
from airflow_provider_genesys.interactions.mapping_file import mapping_of_text, shipped_mapping
from airflow_provider_genesys.tasks.presence_rules import mistakes_in_rules, presence_rules
from tests.harness.examples import examples
from tests.unit.interactions.interactions import DIRECTORY
from tests.unit.interactions.shipped import SAMPLES
from tests.unit.interactions.test_log import log
from tests.unit.interactions.world import mapping_of

if TYPE_CHECKING:
    from airflow_provider_genesys.interactions.account import Account

CONNECT, QUEUE_LOG, UCCX, WFM = (
    (shipped_mapping(name) or Path()).read_text("utf-8")
    for name in (
        "amazon_connect_agent_events",
        "asterisk_queue_log_states",
        "cisco_uccx_agent_states",
        "vonage_wfm_agent_states",
    )
)
CHECK_RULES = partial(mistakes_in_rules, is_given=False)
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


def test_a_state_that_says_nothing_new_gives_no_event() -> None:
    records = [
        says(0, "Free"),
        says(5, "Talks"),
        says(6, "Talks"),
        says(9, "Free"),
        says(20, "Away", "Lunch"),
        says(30, "away", "Coffee"),
        says(30, "Away", "Coffee"),
        says(40, "Out"),
    ]
    account, presences, statuses, rejects = run(SIMPLE, records)
    assert [each["reason"] for each in rejects] == ["state 'away' is none of record.highest: Talks, Free, Away, Out"]
    assert (account.converted, account.skipped, account.rejected) == (6, 1, 1)
    assert [each.get("presence") for each in presences] == ["OnQueue", "Meal/Canteen", "Break", None]
    assert [each["status"] for each in statuses] == ["Idle", "Interacting", "Idle", "OffQueue"]
    assert presences[0] == {
        "eventId": "dccf42ae-f890-4f95-ad2a-777e30cb53b2",
        "eventDateTime": "2026-11-16T08:00:00.000Z",
        "userId": DIRECTORY.users["Ann"],
        "sourceId": DIRECTORY.source_id,
        "presence": "OnQueue",
    }
    assert statuses[0]["eventId"] == "6fa84125-b63b-4b4b-8406-d82bd37fc8b3"


def test_a_state_without_a_rule_is_rejected_and_the_rest_told() -> None:
    account, presences, _, rejects = run(SIMPLE, [says(0, "Free"), says(5, "Away", "Golf"), says(9, "Away", "Lunch")])
    assert [each["reason"] for each in rejects] == [
        "no rule of the presence map matches the state 'Away', reason 'Golf'"
    ]
    assert (account.converted, len(presences)) == (2, 2)
    mended = run(SIMPLE, [says(5, "Away", "Golf")], rules=[{"reason": "golf", "presence": "Away"}])
    assert mended.presences[0]["presence"] == "Away"


def test_rejects_can_be_given_again() -> None:
    first = run(SIMPLE, [says(0, "Free", who="Eve"), says(1, "Dances"), {"Who": "Ann"}, "x"])
    assert [each["reason"] for each in first.rejects] == [
        "agent 'Eve' is not in the directory, under users",
        "state 'Dances' is none of record.highest: Talks, Free, Away, Out",
        "since is empty",
        "is no mapping of columns to values",
    ]
    again = run(SIMPLE, "\n".join(map(json.dumps, first.rejects)))
    assert again.rejects == first.rejects


@pytest.mark.parametrize(
    ("before", "same_moment", "after"),
    [
        ("Out", ["Free", "Away"], "Away"),
        ("Away", ["Free", "Out"], "Out"),
        ("Free", ["Out", "Free"], "Free"),
        ("Away", ["Free", "Away"], "Away"),
        ("Free", ["Talks", "Talks"], "Talks"),
    ],
)
def test_of_one_moment_the_last_counts_whatever_the_order(before: str, same_moment: list[str], after: str) -> None:
    for order in permutations(same_moment):
        records = [says(0, before, "Lunch"), *(says(5, state, "Lunch") for state in order), says(9, "Out")]
        result = run(SIMPLE, records)
        direct = run(SIMPLE, [says(0, before, "Lunch"), says(5, after, "Lunch"), says(9, "Out")])
        assert (result.presences, result.statuses) == (direct.presences, direct.statuses)
        assert result.account.rejected == 0


def test_two_states_of_one_moment_of_which_none_is_known_to_be_the_last() -> None:
    mapping = SIMPLE.replace(", highest: [Talks, Free, Away, Out]", "")
    result = run(mapping, [says(0, "Out"), says(5, "Free"), says(5, "Talks"), says(9, "Talks")])
    assert {each["reason"] for each in result.rejects} == {
        "another record says something else of the same moment, and record.highest does not tell which is the last"
    }
    assert (result.account.rejected, result.said[-1]) == (2, "08:00:09 Interacting")


def test_an_agent_with_two_names_is_one() -> None:
    both = Directory(source_id=DIRECTORY.source_id, users={"a": stable_id("a"), "A": stable_id("a")})
    result = run(SIMPLE, [says(0, "Free", who="a"), says(0, "Free", who="A"), says(1, "Free", who="A")], directory=both)
    assert len(result.presences) == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("record: {shape: states}", "line 1: state needs user"),
        ("record: {shape: states}\nstate: {users: U}", "line 2: in state the name 'users' is unknown"),
        ("record: {shape: states}\ninteraction: {id: I}", "line 2: goes with other shapes, and this is states"),
        ("record: {shape: states, open: tell}", "goes with other shapes"),
        ("record: {shape: states, event: E}", r"goes with record: {shape: log}, and this is states"),
        ("presence_map: []", r"goes with record: {shape: states}, and this is record"),
        ("record: {keep: {A: [B]}}", r"goes with record: {shape: states}, and this is record"),
        ("record: {shape: states, highest: [A, A]}", "highest must be a list of states, each once"),
        ("record: {shape: states, highest: [A], rest: B}", "rest 'B' is none of highest"),
        ("record: {shape: states, ends: {when: {A: B}}}", "ends needs states"),
        ("record: {shape: states}\nstate: {part: P}", r"part needs record\.highest"),
        (
            "record: {shape: states, highest: [Talks, Free]}\nstate:\n  state: {column: S, table: {T: Takls}}",
            "line 3: the value 'Takls' is unknown; known are Talks, Free; did you mean 'Talks'",
        ),
        ("record: {shape: states}\npresence_map: {A: B}", "presence_map must be a list of rules"),
    ],
)
def test_mistakes_are_told_with_their_lines(text: str, message: str) -> None:
    with pytest.raises(GenesysConfigError, match=message):
        mapping_of_text(text, "m")


def test_mistakes_of_the_presence_map_have_their_lines_too() -> None:
    text = SIMPLE.replace("reason: Coffee", "description: Coffee").replace("Interacting", "Busy")
    with pytest.raises(GenesysConfigError, match=r"m, line 5: rule 1: routing_status 'Busy' is none of") as raised:
        presence_rules(mapping_of_text(text, "m"))
    assert "m, line 8: rule 4: the key 'description' is unknown; known are state, reason, presence, rou" in str(
        raised.value
    )
    # ... and where they are known while the file is read, they are told with all others.
    with pytest.raises(GenesysConfigError) as raised:
        mapping_of_text(text.replace("Who", "{colum: Who}"), "m", check_rules=CHECK_RULES)
    assert [re.split("; known| of Off", line)[0] for line in str(raised.value).splitlines()] == [
        "the mapping has 3 mistakes:",
        "  m, line 3: the verb 'colum' is unknown",
        "  m, line 5: rule 1: routing_status 'Busy' is none",
        "  m, line 8: rule 4: the key 'description' is unknown",
    ]
    nothing = mapping_of_text(SIMPLE.split("presence_map", maxsplit=1)[0], "m")
    with pytest.raises(GenesysConfigError, match="there is no presence_map, neither in m nor as an argument"):
        presence_rules(nothing)
    about_calls = mapping_of_text("interaction: {id: I, direction: inbound, started: S}", "m")
    assert presence_rules(about_calls) is None
    with pytest.raises(GenesysConfigError, match="presence_map is for states of agents"):
        presence_rules(about_calls, [])


def test_a_mistake_of_a_rule_has_the_line_of_its_key() -> None:
    rule = "  - state: Gone\n    presense: Busy\n    reason:\n      - Lunch\n  - state: Free\n    presence: Available\n"
    with pytest.raises(GenesysConfigError) as raised:
        mapping_of_text(SIMPLE + rule, "m", check_rules=CHECK_RULES)
    assert [line.partition("; known are")[0] for line in str(raised.value).splitlines()] == [
        "the mapping has 3 mistakes:",
        "  m, line 11: rule 6: the key 'presense' is unknown",
        "  m, line 12: rule 6: reason is not text",
        "  m, line 14: rule 7: can never match, since all that it matches is taken by m, line 6: rule 2",
    ]
    assert "; did you mean 'presence'?" in str(raised.value)


def test_rules_that_are_missing_are_told_with_all_other_mistakes() -> None:
    text = "record: {shape: states}\nstate: {user: U, since: {time: T, format: iso}, stat: S}\n"
    with pytest.raises(GenesysConfigError, match=r"2 mistakes:\n.*line 1: there is no presence_map, neither here nor"):
        mapping_of_text(text, "m", check_rules=CHECK_RULES)
    with pytest.raises(GenesysConfigError, match=r"1 mistake:\n.*line 2: in state the name 'stat' is unknown"):
        mapping_of_text(text, "m", check_rules=partial(mistakes_in_rules, is_given=True))
    # Those of a file that is extended come after its own, each list for itself.
    mapping_of_text("extends: amazon_connect_agent_events\npresence_map: [{presence: Busy}]", "m", None, CHECK_RULES)


def test_a_rule_that_is_given_comes_before_those_of_the_file() -> None:
    rules: Any = [{"state": "CUSTOM", "reason": "coaching", "presence": "Meeting/Coaching"}]
    event = agent_event(0, "CUSTOM", name="Coaching")
    assert run(CONNECT, [event]).said == ["08:00:00 Busy", "08:00:00 OffQueue"]
    assert run(CONNECT, [event], rules=rules).said == ["08:00:00 Meeting/Coaching"]


# --- Amazon Connect ---


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


def test_several_contacts_of_an_agent_of_connect() -> None:
    records = [
        agent_event(0, "ROUTABLE", kind="LOGIN"),
        agent_event(10, "ROUTABLE", "CONNECTING"),
        agent_event(20, "ROUTABLE", "CONNECTED", "CONNECTING"),
        agent_event(30, "ROUTABLE", "CONNECTED", "MISSED"),
        agent_event(40, "ROUTABLE", "ENDED", "CONNECTED_ONHOLD"),
        agent_event(50, "ROUTABLE", "ENDED"),
        agent_event(60, "ROUTABLE", "MISSED"),
        agent_event(70, "ROUTABLE"),
        agent_event(80, "CUSTOM", "CONNECTED", name="Break"),
        agent_event(90, "CUSTOM", "ENDED", name="Break"),
        agent_event(99, "OFFLINE", "CONNECTED", kind="LOGOUT"),
        agent_event(100, "ROUTABLE", kind="HEART_BEAT"),
    ]
    random.Random(5).shuffle(records)
    result = run(CONNECT, [*records, records[0]])
    assert result.said == [
        "08:00:00 On Queue",
        "08:00:00 Idle",
        "08:00:20 Interacting",
        "08:01:00 NotResponding",
        "08:01:10 Idle",
        "08:01:20 Break",
        "08:01:20 OffQueue",
        "08:01:39 Offline",
    ]
    assert (result.account.converted, result.account.skipped, result.account.superseded) == (6, 6, 1)


# --- Asterisk ---


def test_an_agent_is_what_he_is_in_the_highest_of_his_queues() -> None:
    lines = [
        "0|Sales|Ann|ADDMEMBER|",
        "1|Billing|Ann|ADDMEMBER|PAUSED",
        "2|Sales|Ann|PAUSE|Lunch",
        "3|Billing|Ann|UNPAUSE|",
        "4|Billing|Ann|REMOVEMEMBER|",
        "5|NONE|Ann|PAUSEALL|Meeting",
        "6|Sales|Ann|PAUSE|Coffee",
        "7|Sales|Ann|REMOVEMEMBER|",
    ]
    text = log(*lines, call="NONE")
    assert run(QUEUE_LOG, text).said == [
        "08:00:00 On Queue",
        "08:00:00 Idle",
        "08:00:02 Meal",
        "08:00:02 OffQueue",
        "08:00:03 On Queue",
        "08:00:03 Idle",
        "08:00:04 Meal",
        "08:00:04 OffQueue",
        "08:00:06 Busy",
        "08:00:07 Offline",
    ]


def test_a_pause_during_a_call_shows_when_the_calls_are_over() -> None:
    two = log("3|Sales|Ann|CONNECT|1|m|1", "9|Sales|Ann|COMPLETEAGENT|1|1|1", call="c.2")
    text = log(
        "0|Sales|Ann|ADDMEMBER|",
        "1|Sales|Ann|CONNECT|1|m|1",
        "5|Sales|Ann|PAUSE|Break",
        "7|Sales|Ann|COMPLETECALLER|1|1|1",
    )
    assert run(QUEUE_LOG, text, two).said == [
        "08:00:00 On Queue",
        "08:00:00 Idle",
        "08:00:01 Interacting",
        "08:00:09 Break",
        "08:00:09 OffQueue",
    ]


def test_a_file_that_begins_in_the_middle_and_a_restart() -> None:
    calls = log("1|Sales|Ann|COMPLETECALLER|1|1|1", "5|Sales|Ben|CONNECT|1|m|1")
    text = log("0|NONE|NONE|QUEUESTART|", "9|NONE|NONE|QUEUESTART|", "9|NONE|NONE|CONFIGRELOAD|", call="NONE")
    result = run(QUEUE_LOG, text, calls)
    assert result.said == [
        "08:00:01 On Queue",
        "08:00:01 Idle",
        "08:00:05 On Queue",
        "08:00:05 Interacting",
        "08:00:09 Idle",
    ]
    assert (result.account.converted, result.account.skipped) == (3, 2)


# --- Cisco and Vonage ---


def test_agents_of_uccx() -> None:
    def line(second: int, event: int, reason: int = 0) -> str:
        return f"Ann,2026-11-16 08:00:{second:02}.000,0,{event},{reason},1"

    lines = [
        line(0, 1),
        line(0, 2, 32760),
        line(1, 5),
        line(3, 6),
        line(4, 3),
        line(5, 4),
        line(6, 5),
        line(7, 6),
        line(7, 3),
        line(8, 2, 32763),
        line(9, 3),
        line(10, 7, 1),
    ]
    header = "agentID,eventDateTime,gmtOffset,eventType,reasonCode,profileID"
    for seed in range(3):
        rows = random.Random(seed).sample(lines, len(lines))
        assert run(UCCX, "\n".join([header, *rows])).said == [
            "08:00:00 Busy",
            "08:00:00 OffQueue",
            "08:00:04 On Queue",
            "08:00:04 Idle",
            "08:00:06 Interacting",
            "08:00:07 Idle",
            "08:00:08 NotResponding",
            "08:00:09 Idle",
            "08:00:10 Offline",
            "08:00:10 OffQueue",
        ]


def test_agents_of_vonage_in_pages_and_one_a_line() -> None:
    items = [
        {
            "agentId": "Ann",
            "start": f"2026-11-16T08:00:{second:02}.000Z",
            "duration": lasts,
            "state": state,
            "description": why,
        }
        for second, lasts, state, why in [
            (0, 1000, "Ready", None),
            (1, 2000, "Busy", "Inbound Phone"),
            (3, 1000, "Wrap", "Inbound Phone"),
            (4, 0, "Away", "Lunch"),
            (4, 1000, "Ready", None),
            (5, 1000, "ReadyRFO", "Ready (Outbound)"),
            (6, 1000, "Busy", "Outbound Phone"),
            (7, 1000, "Unexpected", "Inbound Phone"),
            (8, 1000, "Away", "Lunch"),
            (9, None, "LoggedOut", None),
        ]
    ]
    expected = [
        "08:00:00 On Queue",
        "08:00:00 Idle",
        "08:00:01 Interacting",
        "08:00:04 Idle",
        "08:00:05 Busy",
        "08:00:05 OffQueue",
        "08:00:07 On Queue",
        "08:00:07 NotResponding",
        "08:00:08 Meal",
        "08:00:08 OffQueue",
        "08:00:09 Offline",
    ]
    pages = [{"meta": {"page": 1}, "items": items[:6]}, {"meta": {"page": 2}, "items": items[5:]}]
    for text in (
        json.dumps(pages[0], indent=1) + json.dumps(pages[1]),
        "\n".join(map(json.dumps, items)),
        json.dumps(pages),
    ):
        assert run(WFM, text).said == expected
    many = {"items": [item | {"more": "x" * 5000} for item in items] * 40}
    assert run(WFM, json.dumps(many)).said == expected
    assert run(WFM, '{"items": [5]}').rejects[0]["reason"] == "is no object"


def test_rules_of_a_file_that_extends_another_come_before_those_there() -> None:
    """As a stranger wrote it: a rule for each state that he knew of, and none for two that the sample has too."""
    own = """\
extends: vonage_wfm_agent_states
presence_map:
  - {state: Ready, presence: On Queue, routing_status: Idle}
  - {state: ReadyRFO, presence: Available, routing_status: OffQueue}
  - {state: ExtendedAway, reason: Lunch, presence: Break, routing_status: OffQueue}
"""
    states = [
        *((0, "Ready", None), (1, "Unexpected", "Inbound Phone"), (2, "Away", "Auto away"), (3, "ReadyRFO", None)),
        *((4, "ExtendedAway", "Lunch"), (5, "Away", "Lunch")),
    ]
    told = run(own, [wfm_state(*each) for each in states])
    assert told.rejects == []
    assert [event["presence"] for event in told.presences] == ["On Queue", "Busy", "Available", "Break", "Meal"]
    assert [event["status"] for event in told.statuses] == ["Idle", "NotResponding", "OffQueue"]


def wfm_state(second: int, state: str, why: str | None) -> dict[str, Any]:
    start = f"2026-11-16T08:00:0{second}Z"
    return {"agentId": "Ann", "start": start, "duration": 1000, "state": state, "description": why}


# --- whatever the records ---

_row = st.builds(
    says,
    st.integers(0, 6),
    st.sampled_from(["Talks", "Free", "Away", "Out"]),
    st.sampled_from(["Lunch", "Coffee", "Golf", None]),
    st.sampled_from(["Ann", "Ben"]),
)
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


@examples(200)
@given(st.lists(_row, max_size=9), st.randoms(use_true_random=False))
def test_any_states_are_told_well_whatever_the_order(rows: list[Any], order: random.Random) -> None:
    check(SIMPLE, [rows], [order.sample(rows, len(rows))])


@examples(200)
@given(st.lists(ANY_LINE, max_size=9), st.randoms(use_true_random=False))
def test_any_log_is_told_well_whatever_the_order(rows: list[str], order: random.Random) -> None:
    check(QUEUE_LOG, [log(*rows)], [log(*order.sample(rows, len(rows)))])


def check(mapping: str, one: Any, other: Any) -> None:
    first, second = run(mapping, *one), run(mapping, *other)
    assert (first.account, first.presences, first.statuses) == (second.account, second.presences, second.statuses)
    assert sorted(each["reason"] for each in first.rejects) == sorted(each["reason"] for each in second.rejects)


# --- the samples ---


@pytest.mark.parametrize(
    ("mapping", "file", "counts", "presences", "statuses"),
    [
        (CONNECT, "connect_agent_events.jsonl", (25, 10, 14, 1, 0), 7, 9),
        (QUEUE_LOG, "asterisk_queue_log", (52, 22, 28, 1, 1), 7, 21),
        (UCCX, "uccx_agent_state_detail.csv", (16, 12, 3, 1, 0), 8, 12),
        (WFM, "vonage_wfm_agent_states.json", (14, 12, 2, 0, 0), 9, 9),
    ],
)
def test_the_samples(mapping: str, file: str, counts: tuple[int, ...], presences: int, statuses: int) -> None:
    names = ("Amber Fox", "Basil Wren", "Cedar Lark", "amber.fox", "basil.wren", "1", "2", "1544", "1545")
    directory = Directory(source_id=stable_id("s"), users={name: stable_id(name) for name in names})
    result = run(mapping, SAMPLES / file, directory=directory)
    account = result.account
    found = (account.records, account.converted, account.skipped, account.superseded, account.rejected)
    assert found == counts
    assert (len(result.presences), len(result.statuses)) == (presences, statuses)
