"""What a summary of a publish has in it: before there is anything to tell, by its ledger, and of several together.

And whether too many records were not accepted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from airflow_provider_genesys.arguments import at_once
from airflow_provider_genesys.events.ledger import FATES
from airflow_provider_genesys.events.reasons import for_summary, tell_commonest
from airflow_provider_genesys.exceptions import GenesysConfigError, GenesysEventsRejectedError
from airflow_provider_genesys.files.refusals import visible_path

if TYPE_CHECKING:
    from airflow_provider_genesys.events.ledger import Ledger
    from airflow_provider_genesys.events.settings import PublishSettings
    from airflow_provider_genesys.files.storage import StoragePath

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
        "began": None,
    }


def of_ledger(ledger: Ledger, dead_letters: StoragePath) -> dict[str, Any]:
    """Return what of the summary a ledger tells, over all tries.

    :param dead_letters: where dead letters are kept, if there are any.
    """
    counts = ledger.counts
    return {
        "read": ledger.read,
        **{fate: counts[fate] for fate in FATES},
        "tries": ledger.tries,
        "resumed": ledger.resumed,
        "accepted_before": ledger.accepted_before,
        "ledger": visible_path(ledger.path),
        "dead_letters": visible_path(dead_letters) if not_accepted(counts) else None,
        "reasons": for_summary(ledger.commonest()),
        "began": ledger.began,
    }


def refuse_rejected(summary: Mapping[str, Any], settings: PublishSettings, ledger: Ledger) -> None:
    """Refuse a publish of which too many records were not accepted.

    :param summary: its summary, at its end.
    :raises GenesysEventsRejectedError: there are more than ``max_rejected`` allows.
    """
    bad = not_accepted(summary)
    if bad <= settings.allowed(summary["read"]):
        return
    commonest = "; ".join(tell_commonest(ledger.commonest()))
    raise GenesysEventsRejectedError(
        f"{bad:,} of {summary['read']:,} events were not accepted: {commonest}. "
        f"max_rejected is {settings.max_rejected}. They are in {summary['dead_letters']}",
        dict(summary),
    )


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


def not_accepted(account: Mapping[str, int]) -> int:
    """Return how many records were not accepted, of each of which there is a dead letter."""
    return account["rejected"] + account["invalid"] + account["unknown"]
