"""Airflow's metrics of a publish: counters of what each try did, whatever the number of tries."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from airflow_provider_genesys.events.publisher import Publisher

log = logging.getLogger(__name__)


def count_publish(publisher: Publisher) -> None:
    """Add to the counters ``genesys.<stream>.<what>`` what a publisher did, which is one try.

    *What* is ``accepted, rejected, invalid, duplicate, unknown, requests, rate_limited_seconds``. A metrics backend
    that fails is not the task's failure.
    """
    from airflow.providers.common.compat.sdk import Stats  # noqa: PLC0415 - not while Dags are parsed

    stream = publisher.stream
    for what, count in publisher.counts_of_this_try().items():
        try:
            Stats.incr(f"genesys.{stream}.{what}", count=round(count))
        except Exception as error:  # noqa: BLE001 - whatever a backend raises
            log.debug("The metric genesys.%s.%s was not counted: %s", stream, what, error)
