"""Handing a wait on to the triggerer.

A trigger is named as Airflow itself keeps it, by a class path and arguments: triggers stand beside operators and
sensors, of which none imports another.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from importlib import import_module
from typing import TYPE_CHECKING, Any

from airflow.providers.common.compat.sdk import conf

from airflow_provider_genesys.api.retry import is_passing
from airflow_provider_genesys.exceptions import GenesysApiError, GenesysError, GenesysRateLimitError

if TYPE_CHECKING:
    from airflow.triggers.base import BaseTrigger

_TRIGGERS = "airflow_provider_genesys.triggers.genesys_cloud"
DEFERRABLE: bool = conf.getboolean("operators", "default_deferrable", fallback=False)
"""Whether tasks that do not say so wait in the triggerer: Airflow's own option."""
_FIRST_WAIT, _LONGEST_WAIT = 60.0, 900.0
_LONGEST_TOLD = 86_400.0
SHORTEST_AWAY = 10.0
"""Seconds for which a task that left its worker stays away at least; a sensor with less left does not leave.

Airflow's scheduler hears that a worker's process has ended once in each of its loops, and not before the task's log is
uploaded. A task that is back and queued by then is taken for one that died there (*state mismatch*). Ten seconds is
what Airflow's own executors give this (``RunningRetryAttemptType.MIN_SECONDS``) where they look at it at all.
"""
_MOST_WAITS = 12
GRACE = 120.0
"""Seconds after a trigger's own deadline at which Airflow ends the waiting, where no triggerer is there to do it."""
AWAY = 3_600.0
"""The same where nothing ends with the wait, and what waits is to go on: triggerers are away while they are renewed."""
MOST_ARGUMENTS = 32_000
"""Bytes of JSON that a trigger is given to look for: encrypted they are the 64 KB that MySQL keeps of a trigger, and no
database is made to carry a directory of users from one triggerer to another."""


def looking_trigger(**arguments: Any) -> BaseTrigger:
    """Return what looks again and again, see ``GenesysCloudLookTrigger``."""
    return _made("GenesysCloudLookTrigger", arguments)


def waiting_trigger(until: float) -> BaseTrigger:
    """Return what only waits, see ``GenesysCloudWaitTrigger``."""
    return _made("GenesysCloudWaitTrigger", {"until": until})


def seconds_to_leave(error: GenesysError, waits: int) -> float | None:
    """Return for how long a task leaves its worker after a failure that ended a try of its own.

    It is what the server asked for, and no less than ``SHORTEST_AWAY``; where it did not, or where waiting so long was
    of no use, at least a minute that doubles with each wait up to a quarter of an hour; and ``None`` where waiting is
    of no use, has been of none 12 times running, or would take more than a day.

    :param error: the failure.
    :param waits: how many waits running there were before without any progress.
    """
    if not is_passing(error) or waits >= _MOST_WAITS:
        return None
    told = error.retry_after if isinstance(error, GenesysApiError) else None
    if told is not None and waits == 0:
        seconds = max(told, SHORTEST_AWAY)
    else:
        seconds = max(told or 0.0, min(_FIRST_WAIT * 2**waits, _LONGEST_WAIT))
    return seconds if seconds <= _LONGEST_TOLD else None


def leave_worker(task: Any, error: GenesysError, summary: Mapping[str, Any], *, waits: int, settled: int) -> None:
    """Have a task that publishes leave its worker where a wait may help; what is raised for that ends the process.

    It goes on in ``execute_complete``, which is called with ``waits``, ``settled`` and ``rate_limited``: seconds of the
    wait, if it is for a rate limit.

    :param task: the operator.
    :param error: the failure.
    :param summary: of the publish so far.
    :param waits: how many waits running there were before without any progress.
    :param settled: how many records had a fate before the last wait.
    """
    now_settled = summary["read"] - summary["pending"]
    waits = 0 if now_settled > settled else waits
    seconds = seconds_to_leave(error, waits)
    if seconds is None:
        return
    until = time.time() + seconds
    task.log.warning(
        "The worker is left until %s, and the publish goes on from its ledger then: %s",
        datetime.fromtimestamp(until, UTC).isoformat(timespec="seconds"),
        error,
    )
    task.defer(
        trigger=waiting_trigger(until),
        method_name="execute_complete",
        kwargs={
            "waits": waits + 1,
            "settled": max(now_settled, settled),
            "rate_limited": round(seconds, 1) if isinstance(error, GenesysRateLimitError) else 0.0,
        },
        timeout=timedelta(seconds=seconds + AWAY),
    )


def _made(name: str, arguments: dict[str, Any]) -> BaseTrigger:
    trigger: BaseTrigger = getattr(import_module(_TRIGGERS), name)(**arguments)
    return trigger
