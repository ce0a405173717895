"""What a summary of a publish has in it, before there is anything to tell."""

from __future__ import annotations

from typing import Any

from airflow_provider_genesys.events.ledger import FATES


def nothing_published(stream: str) -> dict[str, Any]:
    """Return the summary of a publish that did not come so far as to look at its ledger."""
    return {
        "stream": stream,
        "read": 0,
        **dict.fromkeys(FATES, 0),
        "pending": 0,
        "complete": False,
        "tries": 0,
        "resumed": False,
        "accepted_before": 0,
        "requests": 0,
        "retries": 0,
        "rate_limited_seconds": 0.0,
        "duration_seconds": 0.0,
        "ledger": None,
        "dead_letters": None,
        "kind": "publish",
        "reasons": [],
        "ledger_key": None,
    }
