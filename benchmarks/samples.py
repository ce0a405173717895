"""Events to publish, as a platform would write them: JSON Lines, ``type`` first, an id each, always the same."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

_SEED = 20_260_131
_START = datetime(2026, 1, 31, 8, tzinfo=UTC)
_AGENTS = 1_000
_QUEUES = 40
_PRESENCES = 25
# So many calls are in progress at a time; their events come mixed, as time has it.
_CALLS_AT_ONCE = 60
_ENDS = ("Peer", "Self", "System")


def write(stream: str, path: Path, events: int) -> None:
    """Write a file of events.

    :param stream: ``user_presences`` or ``conversations``.
    """
    with path.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(event, separators=(",", ":")) + "\n" for event in islice(_STREAMS[stream](), events))


def _presences() -> Iterator[dict[str, Any]]:
    chance = random.Random(_SEED)
    source, *ids = (_uuid(chance) for _ in range(1 + _AGENTS + _PRESENCES))
    agents, presences = ids[:_AGENTS], ids[_AGENTS:]
    at = _START
    while True:
        at += timedelta(milliseconds=chance.randrange(400))
        yield {
            "eventId": _uuid(chance),
            "eventDateTime": _time(at),
            "userId": chance.choice(agents),
            "sourceId": source,
            "presenceDefinitionId": chance.choice(presences),
        }


def _conversations() -> Iterator[dict[str, Any]]:
    chance = random.Random(_SEED)
    source, *ids = (_uuid(chance) for _ in range(1 + _AGENTS + _QUEUES))
    agents, queues = ids[:_AGENTS], ids[_AGENTS:]
    calls: list[Iterator[dict[str, Any]]] = []
    at = _START
    while True:
        while len(calls) < _CALLS_AT_ONCE:
            calls.append(_call(chance, source, chance.choice(agents), chance.choice(queues)))
        index = chance.randrange(len(calls))
        event = next(calls[index], None)
        if event is None:
            del calls[index]
            continue
        at += timedelta(milliseconds=chance.randrange(400))
        yield {"type": event.pop("type"), "eventId": _uuid(chance), "eventDateTime": _time(at)} | event


def _call(chance: random.Random, source: str, agent: str, queue: str) -> Iterator[dict[str, Any]]:
    """Yield what happens in one call: one in ten is abandoned in the queue, one in three is put on hold."""
    conversation, customer, queued, answered = (_uuid(chance) for _ in range(4))
    configuration = {"sourceId": source, "interactionId": f"call-{chance.randrange(10**9)}"}
    numbers = {"ani": f"tel:+4930{chance.randrange(10**7):07}", "dnis": "tel:+493055501"}

    def event(kind: str, communication: str, **fields: Any) -> dict[str, Any]:
        return {"type": kind, "conversationId": conversation, "communicationId": communication} | fields

    def established(kind: str, communication: str, **fields: Any) -> dict[str, Any]:
        initial = {"inbound": True, "alerting": False, "audioState": {"canHear": True, "canSpeak": True}}
        parts = {"initialConfiguration": initial, "sourceConfiguration": configuration}
        return event(kind, communication, **parts, **numbers, **fields)

    yield established("externalEstablished", customer)
    yield established("routingEstablished", queued, queueId=queue)
    if chance.random() < 0.1:
        yield event("communicationEnded", customer, disconnectType="Self")
        yield event("communicationEnded", queued, disconnectType="Peer")
        return
    yield established("userEstablished", answered, userId=agent, queueId=queue, afterCallWorkRequired=True)
    yield event("communicationAnswered", answered)
    yield event("communicationEnded", queued, disconnectType="TransferUser")
    if chance.random() < 0.33:
        yield event("holdUpdated", answered, held=True)
        yield event("holdUpdated", answered, held=False)
    yield event("communicationEnded", customer, disconnectType=chance.choice(_ENDS))
    yield event("communicationEnded", answered, disconnectType="Peer")
    notes = {"notes": "Customer called about the invoice of last month"} if chance.random() < 0.3 else {}
    yield event("communicationDispositionApplied", answered, code=queue, **notes)


def _uuid(chance: random.Random) -> str:
    digits = f"{chance.getrandbits(128):032x}"
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"


def _time(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03}Z"


_STREAMS: dict[str, Callable[[], Iterator[dict[str, Any]]]] = {
    "user_presences": _presences,
    "conversations": _conversations,
}
