"""Which events tell an interaction: their order, their ids, and how each communication ends."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given

from airflow_provider_genesys.events.models import STREAMS
from airflow_provider_genesys.events.records import Event, Reader
from airflow_provider_genesys.interactions.checks import UntellableError
from airflow_provider_genesys.interactions.ids import stable_id
from airflow_provider_genesys.interactions.model import Customer, Interaction, Leg, Service, Span, Transfer, Wrap
from airflow_provider_genesys.interactions.telling import tell
from tests.harness.examples import examples
from tests.unit.interactions.interactions import DIRECTORY, START, agent, at, call, interactions, queue

CONVERSATION = stable_id(DIRECTORY.source_id, "c1")
PARTIES = ("customer", "ivr", "queue", "queue-2", "agent", "agent-2", "phone")
NAMES = {stable_id(CONVERSATION, key): key for key in PARTIES}


def said(interaction: Interaction) -> list[str]:
    """Tell an interaction and return in short: seconds, type, whose, and how it ended."""
    lines = []
    for moment, event in tell(interaction, DIRECTORY):
        whose = NAMES.get(event.get("communicationId") or event.get("initiatingCommunicationId") or "", "")
        by = NAMES.get(event.get("initialConfiguration", {}).get("invitedBy", ""), "")
        words = [event["type"], whose, by and f"by {by}", event.get("disconnectType", "")]
        lines.append(f"{(moment - START).total_seconds():g} {' '.join(filter(None, words))}")
    return lines


def fields(interaction: Interaction, type_: str, number: int = 0) -> dict[str, Any]:
    return [event for _, event in tell(interaction, DIRECTORY) if event["type"] == type_][number]


ANSWERED = call(queue(end=25), agent(wrap=Wrap(ended=at(130), code="resolved")), ended_by="customer")


def test_an_answered_call() -> None:
    assert said(ANSWERED) == [
        "0 externalEstablished customer",
        "0 routingEstablished queue by customer",
        "20 userEstablished agent by queue",
        "25 communicationAnswered agent",
        "25 communicationEnded queue TransferUser",
        "100 communicationEnded customer Self",
        "100 communicationEnded agent Peer",
        "130 communicationDispositionApplied agent",
    ]
    user = fields(ANSWERED, "userEstablished")
    assert user["afterCallWorkRequired"] is True
    assert user["initialConfiguration"]["alerting"] is True


def test_the_ids_stay_what_they_are() -> None:
    """Ids that changed from one release to the next would tell each conversation twice."""
    ids = [event["eventId"] for _, event in tell(ANSWERED, DIRECTORY)]
    assert (CONVERSATION, ids) == (GOLDEN_CONVERSATION, GOLDEN_IDS)


GOLDEN_CONVERSATION = "bb280355-4ef8-4eba-93cb-2e3c9b110d26"
GOLDEN_IDS = [
    "44fe7ee8-43bd-4701-93e1-f133cb43dcac",
    "f29a51cd-2132-49f4-af65-557de17ffb4d",
    "41b31710-cb3e-47fb-a050-1fc2ff1c6741",
    "bd407793-6ed9-487a-bfae-f0929870f80b",
    "af9da039-22e4-4d31-8b6e-8205968e486e",
    "2976189b-ed32-4ae6-8b68-40e063b7c28e",
    "e18660b0-f6ea-42f2-b02b-f3b400b143be",
    "4a8e130f-c16a-4441-9ca2-5ff5191e2047",
]


def test_abandoned() -> None:
    assert said(call(queue(end=40), end=40, ended_by="customer"))[2:] == [
        "40 communicationEnded customer Self",
        "40 communicationEnded queue Peer",
    ]


def test_an_agent_who_was_offered_and_did_not_answer_invited_nobody() -> None:
    missed = agent("agent", 5, None, 15)
    assert said(call(queue(end=25), missed, agent("agent-2"), ended_by="agent"))[2:] == [
        "5 userEstablished agent by queue",
        "15 communicationEnded agent System",
        "20 userEstablished agent-2 by queue",
        "25 communicationAnswered agent-2",
        "25 communicationEnded queue TransferUser",
        "100 communicationEnded agent-2 Self",
        "100 communicationEnded customer Peer",
    ]


def test_an_agent_who_answered_only_later_invited_nobody() -> None:
    told = said(call(queue(end=25), agent("agent", 20, 25, 100), agent("agent-2", 20, None, 25), ended_by="agent"))
    assert told[2:4] == ["20 userEstablished agent by queue", "20 userEstablished agent-2 by queue"]


def test_abandoned_while_it_rings() -> None:
    ringing = agent(start=30, answer=None, end=40)
    assert said(call(queue(end=40), ringing, end=40, ended_by="customer"))[3:] == [
        "40 communicationEnded customer Self",
        "40 communicationEnded queue Peer",
        "40 communicationEnded agent Peer",
    ]


def test_a_flow_and_overflow_from_queue_to_queue() -> None:
    flow = Leg(key="ivr", kind="ivr", started=START, ended=at(5), party="Main menu")
    interaction = call(flow, queue(start=5, end=20), queue("queue-2", 20, 25, party="Billing"), agent())
    assert said(interaction) == [
        "0 externalEstablished customer",
        "0 ivrEstablished ivr by customer",
        "5 routingEstablished queue by ivr",
        "5 communicationEnded ivr TransferACD",
        "20 routingEstablished queue-2 by queue",
        "20 userEstablished agent by queue-2",
        "20 communicationEnded queue TransferACD",
        "25 communicationAnswered agent",
        "25 communicationEnded queue-2 TransferUser",
        "100 communicationEnded customer System",
        "100 communicationEnded agent System",
    ]
    assert fields(interaction, "ivrEstablished")["ivrName"] == "Main menu"


def test_outbound_begins_with_the_agent() -> None:
    caller = agent(start=0, answer=None, behalf_of="Sales")
    outbound = call(
        caller,
        direction="outbound",
        ended_by="agent",
        customer=Customer(address="+15550100", answered=at(8)),
        service=Service(address="+15550199", name="Shop"),
    )
    assert said(outbound) == [
        "0 userEstablished agent",
        "0 externalEstablished customer by agent",
        "8 communicationAnswered customer",
        "100 communicationEnded agent Self",
        "100 communicationEnded customer Peer",
    ]
    user, customer = fields(outbound, "userEstablished"), fields(outbound, "externalEstablished")
    assert user["queueId"] == DIRECTORY.queues["Sales"]
    assert user["initialConfiguration"] == {"inbound": False, "alerting": False}
    assert customer["initialConfiguration"]["alerting"] is True
    assert (customer["ani"], customer["dnis"], customer["aniName"]) == ("+15550199", "+15550100", "Shop")
    unanswered = replace(outbound, customer=Customer(), ended_by=None)
    assert said(unanswered)[-2:] == ["100 communicationEnded agent System", "100 communicationEnded customer System"]


def test_blind_transfer_into_a_queue() -> None:
    passed = Transfer(kind="blind", target="queue", to="Billing", at=at(60), to_leg="queue-2")
    legs = (
        queue(end=25),
        agent(end=60, left_by=passed),
        queue("queue-2", 60, 70),
        agent("agent-2", 65, 70, party="Ben"),
    )
    interaction = call(*legs, ended_by="customer")
    assert said(interaction)[5:] == [
        "60 routingEstablished queue-2 by agent",
        "60 routingTransfer agent",
        "60 progressTransfer",
        "60 endTransfer",
        "60 communicationEnded agent TransferACD",
        "65 userEstablished agent-2 by queue-2",
        "70 communicationAnswered agent-2",
        "70 communicationEnded queue-2 TransferUser",
        "100 communicationEnded customer Self",
        "100 communicationEnded agent-2 Peer",
    ]
    begin, progress, end = (fields(interaction, f"{name}Transfer") for name in ("routing", "progress", "end"))
    assert begin["commandId"] == progress["commandId"] == end["commandId"]
    assert NAMES[begin["objectCommunicationId"]] == "customer"
    assert NAMES[progress["destinationCommunicationId"]] == "queue-2"
    assert end["finalState"] == "Completed"


def test_consultation_and_one_that_is_called_off() -> None:
    passed = Transfer(kind="consult", target="agent", to="Ben", at=at(58), to_leg="agent-2", joined=at(62), done=at(70))
    legs = (queue(end=25), agent(end=70, left_by=passed), agent("agent-2", 60, 62, party="Ben"))
    assert said(call(*legs, ended_by="customer"))[5:] == [
        "60 userEstablished agent-2 by agent",
        "60 consultTransfer agent",
        "62 communicationAnswered agent-2",
        "62 progressConsultTransfer agent",
        "70 endConsultTransfer",
        "70 communicationEnded agent TransferConsult",
        "100 communicationEnded customer Self",
        "100 communicationEnded agent-2 Peer",
    ]
    off = replace(passed, result="cancelled", joined=None)
    legs = (queue(end=25), agent(left_by=off), agent("agent-2", 60, None, 70, party="Ben"))
    lines = said(call(*legs, ended_by="agent"))
    assert "70 communicationEnded agent-2 System" in lines
    assert "100 communicationEnded agent Self" in lines


def test_who_calls_a_colleague_brings_in_all_that_is_there_before_they_answer() -> None:
    """An internal interaction has no customer who could have."""
    menu = Leg(key="menu", kind="ivr", started=START, party="Help desk")
    told = tell(Interaction(id="i", direction="internal", started=START, legs=(agent(start=0), menu)), DIRECTORY)
    caller, flow = (event for _, event in told if event["type"].endswith("Established"))
    assert flow["initialConfiguration"]["invitedBy"] == caller["communicationId"]


def test_holds_and_mutes_have_ids_of_their_own() -> None:
    spans = (Span(since=at(30), until=at(40)), Span(since=at(40)))
    interaction = call(queue(end=25), agent(holds=spans, muted=spans[:1]))
    held = [(line, event) for line, (_, event) in zip(said(interaction), tell(interaction, DIRECTORY), strict=True)]
    assert [event["held"] for line, event in held if "holdUpdated" in line] == [True, False, True]
    assert [event["audioState"]["canSpeak"] for line, event in held if "audioUpdated" in line] == [False, True]
    assert len({event["eventId"] for _, event in held}) == len(held) == 12


def test_what_goes_on_is_told_so_far_and_continued_with_the_same_ids() -> None:
    later = call(queue(end=25), agent(wrap=Wrap(code="resolved")), ended_by="customer")
    so_far = call(queue(end=25), agent(end=None, wrap=Wrap(code="resolved")), end=None)
    events = [event for _, event in tell(later, DIRECTORY)]
    assert [event for _, event in tell(so_far, DIRECTORY)] == events[:5]
    rings = call(queue(end=None), agent(answer=None, end=None), end=None)
    assert [event for _, event in tell(rings, DIRECTORY)] == events[:3]


def test_an_email_has_names_of_its_own() -> None:
    email = call(
        queue(end=25),
        agent(wrap=Wrap(ended=at(110)), holds=(Span(since=at(30), until=at(31)),)),
        medium="email",
        customer=Customer(address="c@example.org", name="Cy"),
        service=Service(address="help@example.org"),
        subject="Invoice",
    )
    events = [event for _, event in tell(email, DIRECTORY)]
    assert [event["type"] for event in events] == [
        "emailExternalEstablished",
        "emailRoutingEstablished",
        "emailUserEstablished",
        "emailCommunicationAnswered",
        "emailCommunicationEnded",
        "emailHoldUpdated",
        "emailHoldUpdated",
        "emailCommunicationEnded",
        "emailCommunicationEnded",
        "emailCommunicationDispositionApplied",
    ]
    configuration = events[0]["initialConfiguration"]
    assert (configuration["from"], configuration["to"]) == ("c@example.org", "help@example.org")
    assert events[0]["displayName"] == "Cy"
    assert "code" not in events[-1]
    assert events[-2]["disconnectType"] == "Unknown"


def test_what_is_kept_with_the_conversation() -> None:
    rich = replace(ANSWERED, tag="t1", info=(("Case", "42"),), legs=(replace(ANSWERED.legs[0], skills=("Spanish",)),))
    customer = fields(rich, "externalEstablished")
    assert customer["sourceConfiguration"] == {"sourceId": DIRECTORY.source_id, "interactionId": "c1", "tagId": "t1"}
    assert customer["initialConfiguration"]["additionalInfo"] == {"Case": "42"}
    assert fields(rich, "routingEstablished")["skillIds"] == [DIRECTORY.skills["Spanish"]]


@pytest.mark.parametrize(
    ("interaction", "reason"),
    [
        (call(end=-1), "ended before it began"),
        (call(queue(start=-1)), "leg 'queue': it began before the interaction did"),
        (call(queue(start=101, end=None)), "began after the interaction had ended"),
        (call(queue(end=101)), "cannot last longer"),
        (call(agent(answer=15)), "leg 'agent': it was answered before it began"),
        (call(agent(end=22)), "leg 'agent': it ended before it was answered"),
        (call(queue(), queue()), "the leg 'queue' is there twice"),
        (call(queue("customer")), "the leg 'customer' is there twice"),
        (call(queue(party="Nobody")), "queue 'Nobody' is not in the directory, under queues"),
        (call(agent(party="Eve")), "agent 'Eve' is not in the directory, under users"),
        (call(agent(wrap=Wrap(code="odd"))), "wrap-up code 'odd' is not in the directory, under wrap_up_codes"),
        (call(agent(party=None)), "does not say which agent"),
        (call(agent(wrap=Wrap(ended=at(99)))), "after-call work ended before the leg did"),
        (call(agent(answer=None, wrap=Wrap(code="resolved"))), "nothing to wrap up"),
        (call(agent(outcome="missed")), "it was missed, and answered"),
        (call(agent(invited_by="queue"), queue()), "no leg before it is 'queue'"),
        (call(agent(holds=(Span(since=at(20)),))), "hold 1 begins before"),
        (call(agent(holds=(Span(since=at(30)), Span(since=at(40))))), "hold 1 has no end, and another follows"),
        (call(queue(answered=at(5))), "a queue is not answered"),
        (call(customer=Customer(answered=START)), "its customer answered, though it is inbound"),
        (call(medium="email"), "an email needs the customer's address and ours"),
        (call(direction="internal"), "does not begin with the agent who calls"),
        (call(started=START.replace(tzinfo=None)), "a time has no zone"),
        (call(id=""), "its id is empty"),
        (call(id="\ud800"), "holds half a character"),
    ],
)
def test_what_cannot_be_told_is_refused(interaction: Interaction, reason: str) -> None:
    with pytest.raises(UntellableError, match=reason):
        tell(interaction, DIRECTORY)


def check(interaction: Interaction) -> bool:
    """Check what holds for every interaction that is told; say whether this one is."""
    try:
        told = tell(interaction, DIRECTORY)
    except UntellableError:
        return False
    reader = Reader(STREAMS["conversations"], 1000)
    for number, (_, event) in enumerate(told):
        assert isinstance(reader.read(json.dumps(event).encode(), None, number, "f", 1), Event), event
    times = [moment for moment, _ in told]
    assert all(one <= other for one, other in pairwise(times))
    assert all(moment >= interaction.started for moment in times)
    assert len({event["eventId"] for _, event in told}) == len(told)
    begun: set[str] = set()
    over: set[str] = set()
    seen: Counter[str] = Counter()
    for _, event in told:
        communication = event.get("communicationId")
        if event["type"].endswith("Established"):
            assert communication not in begun
            assert event["initialConfiguration"].get("invitedBy") in {None, *begun}
            begun.add(communication)
        named = {value for key, value in event.items() if key.endswith("ommunicationId")}
        assert named <= begun
        seen[event["type"]] += 1
        wrapped = event["type"].endswith("DispositionApplied")
        assert communication is None or (communication in over) == wrapped
        if event["type"].endswith("ommunicationEnded"):
            over.add(communication)
    if interaction.ended is not None:
        assert over == begun
    return True


@examples(300)
@given(interactions(likely=False))
def test_any_interaction_is_told_well_or_refused(interaction: Interaction) -> None:
    check(interaction)


@examples(300)
@given(interactions(likely=True))
def test_any_likely_interaction_is_told_well_or_refused(interaction: Interaction) -> None:
    check(interaction)
