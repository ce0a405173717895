"""What one would write by hand: calls to events with ``csv`` and ``json``, in the order of the file.

It checks nothing, sorts nothing, and stops at the first call that is none.
"""

from __future__ import annotations

import csv
import json
import sys
from datetime import datetime, timedelta
from hashlib import blake2b
from pathlib import Path
from typing import Any
from uuid import UUID

from benchmarks.cost import counted


def stable_id(*parts: str) -> str:
    """Return a UUID that is always the same for the same parts."""
    return str(UUID(bytes=blake2b("\0".join(parts).encode(), digest_size=16).digest(), version=4))


SOURCE = stable_id("source")


def main(records: str, folder: str) -> None:
    """Convert a file."""
    target = Path(folder)
    target.mkdir(exist_ok=True)
    events = 0
    ids: dict[str, str] = {}
    with (
        counted() as found,
        open(records, encoding="utf-8", newline="") as lines,  # noqa: PTH123 - as one would write it
        (target / "bare.jsonl").open("w", encoding="utf-8") as file,
    ):
        for row in csv.DictReader(lines, delimiter=";"):
            for event in events_of(row, ids):
                file.write(json.dumps(event, separators=(",", ":")) + "\n")
                events += 1
    print(json.dumps({"events": events, **found}))


def events_of(row: dict[str, str], ids: dict[str, str]) -> list[dict[str, Any]]:
    """Return the events of a call."""
    conversation = stable_id(SOURCE, row["Call Id"])
    customer, queue, agent = (stable_id(conversation, party) for party in ("customer", "queue", "agent"))
    source = {"sourceId": SOURCE, "interactionId": row["Call Id"]}
    told: list[dict[str, Any]] = []

    def tell(at: datetime, type_: str, communication: str, **fields: Any) -> None:
        when = at.strftime("%Y-%m-%dT%H:%M:%S.000Z")
        event_id = stable_id(communication, type_)
        ours = {"type": type_, "eventId": event_id, "eventDateTime": when, "conversationId": conversation}
        told.append(ours | {"communicationId": communication} | fields)

    def begin(at: datetime, type_: str, communication: str, how: dict[str, Any], **fields: Any) -> None:
        configurations = {"initialConfiguration": {"inbound": True} | how, "sourceConfiguration": source}
        tell(at, type_, communication, **configurations, **fields)

    def id_of(name: str) -> str:
        if name not in ids:
            ids[name] = stable_id(name)
        return ids[name]

    start = datetime.strptime(row["Date"], "%d.%m.%Y")  # noqa: DTZ007 - it is UTC
    start += timedelta(seconds=round(float(row["Time"]) * 86_400))
    begin(start, "externalEstablished", customer, {"alerting": False})
    begin(start, "routingEstablished", queue, {"invitedBy": customer}, queueId=id_of(row["Topic"]))
    if row["Answered (Y/N)"] != "Y":
        end = start + timedelta(seconds=30)
        tell(end, "communicationEnded", customer, disconnectType="Self")
        tell(end, "communicationEnded", queue, disconnectType="Peer")
        return told
    answer = start + timedelta(seconds=int(row["Speed of answer in seconds"]))
    clock = datetime.strptime(row["AvgTalkDuration"], "%I:%M:%S %p")  # noqa: DTZ007 - it is a duration
    end = answer + timedelta(hours=clock.hour, minutes=clock.minute, seconds=clock.second)
    begin(answer, "userEstablished", agent, {"alerting": True, "invitedBy": queue}, userId=id_of(row["Agent"]))
    tell(answer, "communicationAnswered", agent)
    tell(answer, "communicationEnded", queue, disconnectType="TransferUser")
    tell(end, "communicationEnded", customer, disconnectType="Self")
    tell(end, "communicationEnded", agent, disconnectType="Peer")
    tell(end, "communicationDispositionApplied", agent, code=id_of(row["Resolved"]))
    return told


if __name__ == "__main__":
    main(*sys.argv[1:])
