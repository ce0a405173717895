"""The mapping of Twilio's TaskRouter, whose records are happenings too."""

from __future__ import annotations

import random

import pytest

from tests.unit.interactions.logs import INBOUND, OUTBOUND, TASK_ROUTER, reservation, sample, task, well_told
from tests.unit.interactions.world import run, said


@pytest.mark.parametrize("seed", range(4))
def test_a_task_of_twilio(seed: int) -> None:
    records = random.Random(seed).sample(INBOUND, len(INBOUND)) if seed else INBOUND
    account, events, *_ = run(TASK_ROUTER, [*records, records[0], task(5, "task.updated")])
    assert (account.converted, account.superseded, account.skipped) == (len(INBOUND), 1, 1)
    assert said(events) == [
        "00:00 externalEstablished",
        "00:01 routingEstablished",
        "00:02 userEstablished",
        "00:17 communicationEnded System",
        "00:18 userEstablished",
        "00:22 communicationAnswered",
        "00:22 communicationEnded TransferUser",
        "01:22 communicationEnded System",
        "01:22 communicationEnded System",
        "01:30 communicationDispositionApplied",
    ]
    assert (events[0]["ani"], events[0]["dnis"]) == ("+15550100", "+15550199")


@pytest.mark.parametrize("seed", range(4))
def test_an_outbound_task_with_a_warm_transfer(seed: int) -> None:
    records = random.Random(seed).sample(OUTBOUND, len(OUTBOUND)) if seed else OUTBOUND
    events = run(TASK_ROUTER, records).events
    assert said(events) == [
        "00:00 userEstablished",
        "00:00 externalEstablished",
        "00:00 communicationAnswered",
        "01:02 userEstablished",
        "01:02 consultTransfer",
        "01:06 communicationAnswered",
        "01:06 progressConsultTransfer",
        "01:21 endConsultTransfer",
        "01:21 communicationEnded TransferConsult",
        "02:40 communicationEnded System",
        "02:40 communicationEnded System",
    ]
    assert events[1]["dnis"] == "+15550100"


def test_a_transfer_that_nobody_takes_and_a_task_that_is_canceled() -> None:
    failed = [*OUTBOUND[:4], task(70, "task.transfer-failed"), reservation(90, "completed", "WR1", "Ann")]
    assert "consultTransfer" not in str(run(TASK_ROUTER, [*failed, task(90, "task.completed")]).events)
    rejected = [*OUTBOUND[:5], reservation(70, "rejected", "WR2", "Ben"), task(70, "task.transfer-failed")]
    events = run(TASK_ROUTER, [*rejected, *OUTBOUND[7:8], task(90, "task.completed")]).events
    assert said(events)[3:] == [
        "01:02 userEstablished",
        "01:02 consultTransfer",
        "01:10 endConsultTransfer",
        "01:10 communicationEnded System",
        "01:21 communicationEnded Self",
        "01:30 communicationEnded System",
    ]
    canceled = [*INBOUND[:2], task(60, "task.canceled", task_canceled_reason="hangup")]
    assert said(run(TASK_ROUTER, canceled).events)[2:] == [
        "01:00 communicationEnded Self",
        "01:00 communicationEnded Peer",
    ]
    chat = [task(0, "task.created") | {"event_data": {"task_sid": "WT1", "task_channel_unique_name": "chat"}}]
    assert run(TASK_ROUTER, chat).account.skipped == 1


def test_the_sample_of_taskrouter() -> None:
    result = sample(TASK_ROUTER, "twilio_taskrouter_events.jsonl")
    well_told(result)
    counts = {"records": 25, "converted": 22, "skipped": 3, "superseded": 0, "held_back": 0, "rejected": 0}
    assert result.account.as_dict().items() >= (counts | {"events_written": 25, "conversations": 3}).items()
