"""What a summary of a publish has in it: before there is anything to tell, and of several together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from airflow_provider_genesys.arguments import at_once
from airflow_provider_genesys.events.ledger import FATES
from airflow_provider_genesys.exceptions import GenesysConfigError

_ADDED = ("read", *FATES, "pending", "accepted_before", "requests", "retries", "rate_limited_seconds")


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


def add_up(summaries: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the account of several publishes of one stream together, such as those of a mapped task.

    :param summaries: as the tasks returned them.
    :return: ``stream``; the sums of ``read`` and the fates, of ``pending, accepted_before, requests, retries`` and
        ``rate_limited_seconds``; ``publishes``, how many there are; and ``complete``, whether all are.
    :raises GenesysConfigError: one is no summary of a publish, or they are of different streams, or there is none.
    """
    accounts = (
        [] if isinstance(summaries, str | Mapping) or not isinstance(summaries, Iterable) else list(at_once(summaries))
    )
    streams = {str(account["stream"]) for account in accounts if _is_account(account)}
    if len(streams) != 1 or not all(_is_account(account) for account in accounts):
        raise GenesysConfigError("summaries must be those of publishes of one stream, at least one")
    totals = {key: sum(account[key] for account in accounts) for key in _ADDED}
    complete = all(account.get("complete") is True for account in accounts)
    return {"stream": streams.pop(), **totals, "publishes": len(accounts), "complete": complete}


def _is_account(account: Any) -> bool:
    return (
        isinstance(account, Mapping)
        and "stream" in account
        and all(isinstance(account.get(key), int | float) for key in _ADDED)
    )
