"""The mapping file for Vonage Contact Center's interactions."""

from __future__ import annotations

import json
from typing import Any

from tests.unit.interactions.shipped import LATE, Told, sample

MAPPING = "extends: vonage_interactions"


def events(*each: tuple[str, int, int | None]) -> list[dict[str, Any]]:
    return [{"type": type_, "offset": offset, "duration": duration} for type_, offset, duration in each]


def channel(
    who: str | None, offset: int, duration: int | None, *inner: tuple[str, int, int | None], end: str = "Released"
) -> dict[str, Any]:
    """Return a channel: of an agent, or without one to the outside; times are milliseconds."""
    party = {"id": who, "role": "Agent" if who else "External", "touchpoint": None if who else "015550000401"}
    return {
        "guid": f"channel-{who}-{offset}",
        "offset": offset,
        "duration": duration,
        "endReason": end,
        "party": party,
        "events": events(*inner),
    }


def interaction(*channels: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "status": "Completed",
        "medium": "Phone",
        "start": "2026-11-16T09:00:00.000Z",
        "guid": "i1",
        "conversationGuid": "conversation",
        "duration": 100_000,
        "direction": "Inbound",
        "serviceName": "Support",
        "connectTo": "015550009002",
        "channels": [*channels],
    } | more


OUTSIDE = channel(None, 0, 80_000, ("Connected", 0, 80_000))
TALKED = channel("1544", 9000, 91_000, ("Ringing", 0, 4000), ("Connected", 4000, 67_000), ("Wrap", 71_000, 20_000))


def of(*records: dict[str, Any]) -> Told:
    return Told(MAPPING, ("interactions.jsonl", [*records]))


def test_who_missed_it_and_who_answered() -> None:
    missed = channel("1545", 2000, 6000, ("Ringing", 0, 5000), ("Unexpected", 5000, 1000), end="NoAnswer")
    told = of(interaction(OUTSIDE, missed, TALKED))
    assert told.of("i1") == [
        "09:00:00 external external",
        "09:00:02 user 1545 rings, by external",
        "09:00:07 1545 ended System",
        "09:00:09 user 1544 rings, by external",
        "09:00:13 1544 answered",
        "09:01:20 external ended System",
        "09:01:20 1544 ended System",
        "09:01:40 1544 dispositionapplied",
    ]
    first = told.events[0]
    assert (first["ani"], first["dnis"], first["dnisName"]) == ("015550000401", "015550009002", "Support")
    assert first["sourceConfiguration"]["tagId"] == "conversation"


def test_a_transfer() -> None:
    first = channel("1544", 1000, 30_000, ("Ringing", 0, 1000), ("Connected", 1000, 29_000), end="Transferred")
    second = channel("1546", 25_000, 55_000, ("Ringing", 0, 3000), ("Connected", 3000, 52_000))
    assert "09:00:31 1544 ended TransferUser" in of(interaction(OUTSIDE, first, second)).of("i1")


def test_a_call_out_and_one_among_colleagues() -> None:
    calling = channel("1544", 0, 60_000, ("Ringing", 0, 2000), ("Connected", 2000, 58_000))
    called = channel(None, 3000, 57_000, ("Ringing", 0, 9000), ("Connected", 9000, 48_000))
    nobody = channel(None, 3000, 57_000, ("Ringing", 0, 57_000))
    placing = channel("1544", 0, 30_000, ("Connected", 0, 30_000))
    colleague = channel("1545", 0, 30_000, ("Ringing", 0, 4000), ("Connected", 4000, 26_000))
    told = of(
        interaction(called, calling, direction="Outbound"),
        interaction(nobody, calling, direction="Outbound", guid="i2"),
        interaction(placing, colleague, direction="Internal", guid="i3", duration=30_000),
    )
    assert told.of("i1")[:4] == [
        "09:00:00 user 1544 rings",
        "09:00:00 external external rings, by 1544",
        "09:00:02 1544 answered",
        "09:00:12 external answered",
    ]
    assert not [line for line in told.of("i2") if line.endswith("external answered")]
    assert told.of("i3") == [
        "09:00:00 user 1544",
        "09:00:00 user 1545 rings, by 1544",
        "09:00:04 1545 answered",
        "09:00:30 1544 ended System",
        "09:00:30 1545 ended System",
    ]


def test_what_goes_on_waits_and_comes_again() -> None:
    now = interaction(
        channel(None, 0, None, ("Connected", 0, None)),
        channel("1544", 9000, None, ("Ringing", 0, 4000), ("Connected", 4000, None)),
        status="Ongoing",
        duration=None,
    )
    told = of(now, interaction(OUTSIDE, TALKED, guid="i2", medium="Case"))
    assert (told.account.held_back, told.account.skipped, told.events) == (1, 1, [])
    later = of(*(each["record"] for each in told.held_back), interaction(OUTSIDE, TALKED))
    assert (later.account.superseded, later.account.converted) == (1, 1)


def test_nothing_but_the_outside_is_a_call_that_nobody_took() -> None:
    assert of(interaction(OUTSIDE)).of("i1") == ["09:00:00 external external", "09:01:20 external ended System"]
    assert of(interaction(duration=5000, channels=None)).of("i1")[-1] == "09:00:05 external ended System"


def test_the_sample_of_vonage() -> None:
    name, content = sample("vonage_interactions.json")
    told = Told(MAPPING, (name, content))
    counts = {"records": 10, "converted": 7, "skipped": 1, "superseded": 1, "held_back": 1, "rejected": 0}
    assert told.account.as_dict() == counts | LATE | {"events_written": 45, "conversations": 7}
    items = json.loads(content)["items"]
    assert Told(MAPPING, ("items", items)).events == told.events
    assert told.of(items[0]["guid"]) == [
        "16:50:59.899 external external",
        "16:51:08.899 user 1544 rings, by external",
        "16:51:13.446 1544 answered",
        "16:52:21.227 external ended System",
        "16:52:21.227 1544 ended System",
        "16:52:53.239 1544 dispositionapplied",
    ]
    callback, first = items[5], items[1]
    tags = {
        each["sourceConfiguration"]["interactionId"]: each["sourceConfiguration"]["tagId"]
        for each in told.events
        if "sourceConfiguration" in each
    }
    assert tags[callback["guid"]] == tags[first["guid"]] == first["conversationGuid"]
    assert told.users.asked == {"1544", "1545", "1546"}
