"""Triggers of Genesys Cloud. They only read: what looks has no way to an operation that writes."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator, Mapping
from typing import Any

from airflow.triggers.base import BaseTrigger, TriggerEvent

from airflow_provider_genesys.api.looks import LONGEST, Seen
from airflow_provider_genesys.connection.awaited import Looker
from airflow_provider_genesys.exceptions import GenesysError
from airflow_provider_genesys.tasks.failures import is_incurable, naming_connection
from airflow_provider_genesys.tasks.looks import See, see_by
from airflow_provider_genesys.tasks.told import Status, Told
from airflow_provider_genesys.text import visible

_SHORTEST_PAUSE = 0.5  # seconds; a ``poke_interval`` of 0 would have one sensor keep the triggerer busy
_LONGEST_BACKOFF = 300.0  # seconds, after failures, unless the interval is longer
_MOST_ERRORS = 5
"""How often running something else may fail than the API, such as Airflow's own look-up of the connection."""


class GenesysCloudLookTrigger(BaseTrigger):
    """Looks again and again, until something is as it is waited for or the time is over; what sensors defer to.

    It tells one event, which the sensor reads with :class:`~airflow_provider_genesys.tasks.told.Told`. A failure that
    may pass is *not yet*, as it is for a sensor on a worker; while such failures follow one another it looks less
    often, down to every five minutes, until a healthy answer comes. What no look would cure is told at once.

    :param look: name of a look, see ``airflow_provider_genesys.tasks.looks``.
    :param arguments: its arguments, as JSON.
    :param genesys_cloud_conn_id: id of the connection.
    :param interval: seconds between two looks, give or take a tenth.
    :param deadline: when the time is over, in seconds since the epoch: absolute, as each triggerer begins anew.
    :param exponential_backoff: whether the intervals double.
    :param max_wait: seconds beyond which they do not grow.
    :param looks: how many looks were made before.
    """

    def __init__(
        self,
        *,
        look: str,
        arguments: Mapping[str, Any],
        genesys_cloud_conn_id: str,
        interval: float,
        deadline: float,
        exponential_backoff: bool = False,
        max_wait: float | None = None,
        looks: int = 0,
    ) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.look = look
        self.arguments = arguments
        self.genesys_cloud_conn_id = genesys_cloud_conn_id
        self.interval = interval
        self.deadline = deadline
        self.exponential_backoff = exponential_backoff
        self.max_wait = max_wait
        self.looks = looks
        self._see: See | None = None

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Return the class path and the arguments, none of which is a secret."""
        return f"{type(self).__module__}.{type(self).__qualname__}", {
            "look": self.look,
            "arguments": dict(self.arguments),
            "genesys_cloud_conn_id": self.genesys_cloud_conn_id,
            "interval": self.interval,
            "deadline": self.deadline,
            "exponential_backoff": self.exponential_backoff,
            "max_wait": self.max_wait,
            "looks": self.looks,
        }

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Look until there is something to tell, and tell it."""
        looker = Looker(self.genesys_cloud_conn_id)
        looks, failures, errors = self.looks, 0, 0
        seen = Seen(done=False, said="no look was made")
        # The task has just looked. Triggers that a new triggerer takes over all at once do not all look at once.
        await asyncio.sleep(self._pause(looks) * random.uniform(0.5, 1.0))  # noqa: S311 - no secret is made of it
        while True:
            try:
                within = min(self.deadline - time.time(), LONGEST)
                seen = await looker.look(self._look_by_name, within=within)
                errors = 0
            except GenesysError as error:
                message = visible(naming_connection(str(error), self.genesys_cloud_conn_id))
                yield self._event("failed", Seen(done=False, said=message), looks + 1, incurable=is_incurable(error))
                return
            except Exception as error:  # noqa: BLE001 - all else is Airflow's, and may pass
                errors += 1
                seen = Seen(done=False, said=visible(f"could not look: {type(error).__name__}: {error}"), failed=True)
                if errors >= _MOST_ERRORS:
                    yield self._event("failed", seen, looks + 1)
                    return
            looks += 1
            failures = failures + 1 if seen.failed else 0
            if seen.done:
                yield self._event("done", seen, looks)
                return
            self.log.info("Not yet: %s", seen.said)
            if time.time() >= self.deadline:
                yield self._event("timeout", seen, looks)
                return
            await asyncio.sleep(self._pause(looks, failures, seen.after))

    def _look_by_name(self, client: Any) -> Seen:
        """Look; in a thread, where the job's modules are imported too."""
        if self._see is None:
            self._see = see_by(self.look, self.arguments)
        return self._see(client)

    def _pause(self, looks: int, failures: int = 0, after: float | None = None) -> float:
        """Return the seconds until the next look, the last of which is made when the time is over."""
        pause = self.interval * 2.0 ** min(looks - 1, 30) if self.exponential_backoff and looks else self.interval
        if self.max_wait is not None:
            pause = min(pause, self.max_wait)
        if failures > 1:
            pause = min(pause * 2.0 ** min(failures - 1, 30), max(pause, _LONGEST_BACKOFF))
        pause = max(pause * random.uniform(0.9, 1.1), after or 0.0, _SHORTEST_PAUSE)  # noqa: S311 - as above
        return max(0.0, min(pause, self.deadline - time.time()))

    def _event(self, status: Status, seen: Seen, looks: int, *, incurable: bool = False) -> TriggerEvent:
        told = Told(
            status=status,
            said=seen.said,
            found=seen.found,
            looks=looks,
            deadline=self.deadline,
            incurable=incurable,
        )
        return TriggerEvent(told.event())  # type: ignore[no-untyped-call]
