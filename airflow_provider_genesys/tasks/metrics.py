"""Airflow's metrics of a publish: counters of what each try did, whatever the number of tries."""

from __future__ import annotations

import logging
from collections.abc import Mapping

log = logging.getLogger(__name__)


def count_publish(stream: str, counts: Mapping[str, float]) -> None:
    """Add to ``genesys.<stream>.<what>`` what one try did; a metrics backend that fails is not the task's failure.

    :param stream: name of the stream.
    :param counts: number by what was counted: ``accepted``, ``rejected``, ``invalid``, ``unknown``, ``requests``,
        ``rate_limited_seconds``.
    """
    from airflow.providers.common.compat.sdk import Stats  # noqa: PLC0415 - not while parsed

    for what, count in counts.items():
        try:
            Stats.incr(f"genesys.{stream}.{what}", count=round(count))
        except Exception as error:  # noqa: BLE001 - whatever a backend raises
            log.debug("The metric genesys.%s.%s was not counted: %s", stream, what, error)
