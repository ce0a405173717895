"""Airflow's metrics of publishes and conversions: counters of what each try did, whatever the number of tries."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from airflow_provider_genesys.events.publisher import Publisher

log = logging.getLogger(__name__)

RECORDS = (
    "converted",
    "skipped",
    "superseded",
    "held_back",
    "rejected",
    "corrected_late",
    "contradicted",
    "events_written",
    "conversations",
)


def count_publish(publisher: Publisher) -> None:
    """Add to the counters ``genesys.<stream>.<what>`` what a publisher did, which is one try.

    *What* is ``accepted, rejected, invalid, duplicate, unknown, requests, rate_limited_seconds``. A metrics backend
    that fails is not the task's failure.
    """
    _count(publisher.stream, publisher.counts_of_this_try())


def count_conversion(account: Mapping[str, Any]) -> None:
    """Add to the counters ``genesys.records.<what>`` what became of a conversion's records.

    *What* is each count of the account but ``records``, which is their sum.
    """
    _count("records", {what: account[what] for what in RECORDS})


def _count(subject: str, counts: Mapping[str, float]) -> None:
    from airflow.providers.common.compat.sdk import Stats  # noqa: PLC0415 - not while Dags are parsed

    for what, count in counts.items():
        try:
            Stats.incr(f"genesys.{subject}.{what}", count=round(count))
        except Exception as error:  # noqa: BLE001 - whatever a backend raises
            log.debug("The metric genesys.%s.%s was not counted: %s", subject, what, error)
