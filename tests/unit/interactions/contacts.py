"""Contact records of Amazon Connect, which are segments of a conversation, and the mapping for them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from airflow_provider_genesys.interactions.mapping_file import shipped_mapping

CONNECT = shipped_mapping("amazon_connect") or Path()
MAPPING = CONNECT.read_text("utf-8")


def contact(id_: str, begin: str, end: str | None, **more: Any) -> dict[str, Any]:
    """Return an invented contact record; times are of one hour, ``mm:ss``."""
    return {
        "ContactId": id_,
        "InitialContactId": None,
        "PreviousContactId": None,
        "NextContactId": None,
        "Channel": "VOICE",
        "InitiationMethod": "INBOUND",
        "InitiationTimestamp": time(begin),
        "ConnectedToSystemTimestamp": time(begin),
        "DisconnectTimestamp": end and time(end),
        "DisconnectReason": "CUSTOMER_DISCONNECT",
        "LastUpdateTimestamp": time("59:00"),
        "CustomerEndpoint": {"Address": "+15550100", "Type": "TELEPHONE_NUMBER"},
        "SystemEndpoint": {"Address": "+15550199", "Type": "TELEPHONE_NUMBER"},
        "Attributes": {"disposition": "resolved"},
        "Queue": None,
        "Agent": None,
        "TransferredToEndpoint": None,
        "TransferCompletedTimestamp": None,
        "SomethingNew": [1],
    } | more


def time(text: str) -> str:
    return f"2026-11-16T08:{text}Z"


def in_queue(name: str, begin: str, end: str) -> dict[str, Any]:
    return {"Queue": {"Name": name, "EnqueueTimestamp": time(begin), "DequeueTimestamp": time(end)}}


def with_agent(name: str, begin: str, end: str, wrapped: str) -> dict[str, Any]:
    times = {"AfterContactWorkStartTimestamp": time(end), "AfterContactWorkEndTimestamp": time(wrapped)}
    return {"Agent": {"Username": name, "ConnectedToAgentTimestamp": time(begin)} | times}


FIRST = contact(
    "a",
    "00:00",
    "05:00",
    NextContactId="b",
    **in_queue("Sales", "00:10", "00:30"),
    **with_agent("Ann", "00:30", "05:00", "05:15"),
)
SECOND = contact(
    "b",
    "04:30",
    "08:00",
    InitialContactId="a",
    PreviousContactId="a",
    InitiationMethod="TRANSFER",
    **with_agent("Ben", "04:40", "08:00", "09:00"),
)
