"""Triggers of Genesys Cloud. They only read: what looks has no way to an operation that writes."""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import AsyncIterator, Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

from airflow.providers.common.compat.triggers import BaseEventTrigger
from airflow.triggers.base import BaseTrigger, TriggerEvent

from airflow_provider_genesys.api.looks import LONGEST, Seen
from airflow_provider_genesys.arguments import FLAG, LONGEST_WAIT, TEXT, number, optional, read
from airflow_provider_genesys.connection.awaited import Looker
from airflow_provider_genesys.exceptions import GenesysConfigError, GenesysError, GenesysTriggerConfigError
from airflow_provider_genesys.exports.resources import select
from airflow_provider_genesys.exports.watched import as_state, changes, kept
from airflow_provider_genesys.tasks.deferring import SHORTEST_AWAY
from airflow_provider_genesys.tasks.failures import is_incurable, naming_connection
from airflow_provider_genesys.tasks.looks import BY_THE_TASK, See, see_by
from airflow_provider_genesys.tasks.told import Status, Told, end_of_wait
from airflow_provider_genesys.text import visible

if TYPE_CHECKING:
    from airflow_provider_genesys.exports.resources import Included
    from airflow_provider_genesys.exports.watched import State

log = logging.getLogger(__name__)

_SHORTEST_PAUSE = 0.5  # seconds; a ``poke_interval`` of 0 would have one sensor keep the triggerer busy
_LONGEST_BACKOFF = 300.0  # seconds, after failures, unless the interval is longer
_MOST_ERRORS = 5
"""How often running something else may fail than the API, such as Airflow's own look-up of the connection."""
_LONGEST_BETWEEN_POLLS = 900.0  # seconds, after failures, unless the interval is longer
_SECONDS = number(0, LONGEST_WAIT)
_MOMENT = number(0, 2 * LONGEST_WAIT)  # seconds since the epoch


class GenesysCloudLookTrigger(BaseTrigger):
    """Looks again and again, until something is as it is waited for or the time is over; what sensors defer to.

    It tells one event, which the sensor reads with :class:`~airflow_provider_genesys.tasks.told.Told`. A failure that
    may pass is *not yet*, as it is for a sensor on a worker; while such failures follow one another it looks less
    often, down to every five minutes, until a healthy answer comes. What no look would cure is told at once.

    :param look: name of a look, see ``airflow_provider_genesys.tasks.looks``.
    :param arguments: its arguments, as JSON.
    :param genesys_cloud_conn_id: id of the connection.
    :param interval: seconds between two looks, give or take a tenth; the first is made after ten at the earliest, see
        ``SHORTEST_AWAY`` of ``airflow_provider_genesys.tasks.deferring``.
    :param deadline: when the time is over, in seconds since the epoch: absolute, as each triggerer begins anew.
    :param exponential_backoff: whether the intervals double.
    :param max_wait: seconds beyond which they do not grow.
    :param looks: how many looks were made before.
    :param not_before: before when the server asked the last of these not to come back, in seconds since the epoch.
    :param said: what the last of these saw, told again where there is no further one.
    :raises GenesysTriggerConfigError: an argument is wrong.
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
        not_before: float = 0.0,
        said: str | None = None,
    ) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.look = look
        self.arguments = arguments
        with _told_to_triggerers():
            self.genesys_cloud_conn_id: str = read("genesys_cloud_conn_id", genesys_cloud_conn_id, TEXT)
            self.interval: float = read("interval", interval, _SECONDS)
            self.deadline: float = read("deadline", deadline, _MOMENT)
            self.exponential_backoff: bool = read("exponential_backoff", exponential_backoff, FLAG)
            self.max_wait: float | None = read("max_wait", max_wait, optional(_SECONDS))
            self.looks: int = read("looks", looks, number(0, whole=True))
            self.not_before: float = read("not_before", not_before, _MOMENT)
            self.said: str | None = read("said", said, optional(TEXT))
        self._see: See | None = None

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Return the class path and the arguments, none of which is a secret."""
        return _path_of(self), {
            "look": self.look,
            "arguments": dict(self.arguments),
            "genesys_cloud_conn_id": self.genesys_cloud_conn_id,
            "interval": self.interval,
            "deadline": self.deadline,
            "exponential_backoff": self.exponential_backoff,
            "max_wait": self.max_wait,
            "looks": self.looks,
            "not_before": self.not_before,
            "said": self.said,
        }

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Look until there is something to tell, and tell it."""
        looker = Looker(self.genesys_cloud_conn_id)
        looks, failures, errors = self.looks, 0, 0
        seen = Seen(done=False, said=self._without_a_look())
        not_before = self.not_before
        await asyncio.sleep(self._first_pause())
        while True:
            if not_before > self.deadline:
                yield self._event("timeout", seen, looks)
                return
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
            looks += not self._is_clock
            failures = failures + 1 if seen.failed else 0
            if seen.done:
                yield self._event("done", seen, looks)
                return
            self.log.info("Not yet: %s", seen.said)
            if time.time() >= self.deadline:
                yield self._event("timeout", seen, looks)
                return
            not_before = time.time() + seen.after if seen.after else 0.0
            await asyncio.sleep(self._pause(looks, failures, seen.after))

    @property
    def _is_clock(self) -> bool:
        """Whether it is the task that looks, each time anew, and this only says when."""
        return self.look == BY_THE_TASK[0]

    def _look_by_name(self, client: Any) -> Seen:
        """Look; in a thread, where the job's modules are imported too."""
        if self._see is None:
            self._see = see_by(self.look, self.arguments)
        return self._see(client)

    def _without_a_look(self) -> str:
        said = "no further look was made, as the server asked for none before the time is over"
        return said if self.said is None else f"{said}; seen before: {self.said}"

    def _first_pause(self) -> float:
        """Return the seconds until the first look: the task has just looked, and its worker is perhaps still leaving.

        Triggers that a new triggerer takes over all at once do not all look at once.
        """
        pause = self._pause(self.looks)
        soonest = max(pause if self._is_clock else pause / 2, SHORTEST_AWAY)
        latest = max(pause, 1.2 * SHORTEST_AWAY)
        pause = max(random.uniform(soonest, latest), self.not_before - time.time())  # noqa: S311 - as above
        return max(0.0, min(pause, self.deadline - time.time()))

    def _pause(self, looks: int, failures: int = 0, after: float | None = None) -> float:
        """Return the seconds until the next look, the last of which is made when the time is over, if it may be."""
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


class GenesysCloudWaitTrigger(BaseTrigger):
    """Waits until a moment, and asks nothing; what a publish defers to that was told to come back later.

    :param until: the moment, in seconds since the epoch: absolute, as each triggerer begins anew.
    :raises GenesysTriggerConfigError: it is none.
    """

    def __init__(self, *, until: float) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        with _told_to_triggerers():
            self.until: float = read("until", until, _MOMENT)

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Return the class path and the arguments."""
        return _path_of(self), {"until": self.until}

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Wait, and tell it; not all at once that were told the same moment."""
        await asyncio.sleep(max(0.0, self.until - time.time()) + random.uniform(0.0, 1.0))  # noqa: S311 - as above
        yield TriggerEvent(end_of_wait(self.until))  # type: ignore[no-untyped-call]


class GenesysCloudConfigurationChangedTrigger(BaseEventTrigger):
    """Tells when presence definitions, or anything else that can be exported, were changed; for an ``AssetWatcher``.

    Airflow 3.0 and newer have watchers: a Dag that is scheduled by the Asset starts when somebody changes something by
    hand. The first state is told to nobody. From Airflow 3.3 on all triggers that watch the same share one poll, and
    what was told last is kept with the Asset, so that what was changed while no triggerer was there is told when one is
    again. A change is told at least once, and once more where a triggerer is killed within an interval after it.

    The event's payload, ``triggering_asset_events[asset][0].extra["payload"]`` in the Dag, has
    ``genesys_cloud_conn_id`` and ``changed``: by resource its ``state``, ``count`` and the ids of up to ten entities
    that were ``added``, ``removed`` and ``modified``.

    No failure ends the watching: it is told in the triggerer's log, and the next poll comes later.

    .. seealso:: :ref:`howto/trigger:GenesysCloudConfigurationChangedTrigger`

    :param include: names of resources and groups, as in
        :class:`~airflow_provider_genesys.operators.exports.GenesysCloudExportOperator`.
    :param genesys_cloud_conn_id: id of the connection.
    :param interval: seconds between two polls, give or take a tenth.
    :raises GenesysTriggerConfigError: an argument is wrong; a Dag says so when it is parsed.
    """

    def __init__(
        self,
        *,
        include: Included = ("presence_definitions",),
        genesys_cloud_conn_id: str = "genesys_cloud_default",
        interval: float = 300.0,
    ) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        with _told_to_triggerers():
            self.include = [resource.name for resource in select(include)]
            self.genesys_cloud_conn_id: str = read("genesys_cloud_conn_id", genesys_cloud_conn_id, TEXT)
            self.interval = float(read("interval", interval, number(1, LONGEST_WAIT)))

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Return the class path and the arguments, none of which is a secret."""
        return _path_of(self), {
            "include": self.include,
            "genesys_cloud_conn_id": self.genesys_cloud_conn_id,
            "interval": self.interval,
        }

    def shared_stream_key(self) -> Hashable:
        """Return by what Airflow knows triggers that can share one poll."""
        return (type(self).__qualname__, self.genesys_cloud_conn_id, *self.include, str(self.interval))

    @classmethod
    async def open_shared_stream(cls, kwargs: dict[str, Any]) -> AsyncIterator[State]:
        """Poll for ever, and yield each state that could be read.

        :param kwargs: the arguments of one of the triggers that share the poll.
        """
        looker, failures = Looker(kwargs["genesys_cloud_conn_id"]), 0
        see = partial(_look_at_state, include=kwargs["include"])
        while True:
            seen = await cls._poll(looker, see)
            failures = failures + 1 if seen.failed else 0
            if seen.found is not None:
                yield seen.found
            else:
                log.warning("%s. This was failure %d running; the watching goes on", seen.said, failures)
            await asyncio.sleep(cls._pause(kwargs["interval"], failures, seen.after))

    async def filter_shared_stream(self, shared_stream: AsyncIterator[State]) -> AsyncIterator[TriggerEvent]:
        """Yield an event for each state that is other than what was told last.

        :param shared_stream: the states.
        """
        told, is_kept = await self._recall(), True
        async for state in shared_stream:
            if not is_kept and told is not None:
                # Told an interval ago, so that Airflow has the event by now: kept at once, a crash would lose it.
                await self._keep(told)
                is_kept = True
            now = state if told is None else {**told, **state}  # what could be read in part only is as it was
            changed = {} if told is None else changes(told, state)
            if changed:
                payload = {"genesys_cloud_conn_id": self.genesys_cloud_conn_id, "changed": changed}
                yield TriggerEvent(payload)  # type: ignore[no-untyped-call]
                told, is_kept = now, False
            elif told is None or now.keys() != told.keys():
                told = now
                await self._keep(told)

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Do the same with a poll of its own, where Airflow cannot share one."""
        async for event in self.filter_shared_stream(self.open_shared_stream(self.serialize()[1])):
            yield event

    @staticmethod
    async def _poll(looker: Looker, see: See) -> Seen:
        """Look once; a watcher that raises would be begun anew each second, for ever."""
        try:
            return await looker.look(see, within=LONGEST)
        except Exception as error:  # noqa: BLE001 - see above
            said = f"could not look: {error}" if isinstance(error, GenesysError) else f"could not look: {error!r}"
            return Seen(done=False, said=visible(said), failed=True)

    @staticmethod
    def _pause(interval: float, failures: int, after: float | None) -> float:
        pause = min(interval * 2.0 ** min(failures, 30), max(interval, _LONGEST_BETWEEN_POLLS))
        return max(pause * random.uniform(0.9, 1.1), after or 0.0)  # noqa: S311 - no secret is made of it

    async def _recall(self) -> State | None:
        """Return what was told last, if there is somebody who knows."""
        store = getattr(self, "asset_state_store", None)  # Airflow 3.3
        if store is None:
            return None
        try:
            return as_state(await store.aget(self._key))
        except Exception as error:  # noqa: BLE001 - see _poll
            # Two Assets whose watchers have equal triggers share one trigger, and its store then knows not which.
            log.warning("What was told last is not known, and what changed until now is not told: %r", error)
            return None

    async def _keep(self, told: State) -> None:
        store = getattr(self, "asset_state_store", None)
        if store is None:
            return
        try:
            await store.aset(self._key, kept(told))
        except Exception as error:  # noqa: BLE001 - see _poll
            log.warning("What was told is not kept, and may be told again: %r", error)

    @property
    def _key(self) -> str:
        return f"genesys:{self.genesys_cloud_conn_id}:{','.join(self.include)}"


@contextmanager
def _told_to_triggerers() -> Iterator[None]:
    """Make of a wrong argument the one error of a trigger that no triggerer dies of."""
    try:
        yield
    except GenesysConfigError as error:
        raise GenesysTriggerConfigError(str(error)) from error


def _path_of(trigger: BaseTrigger) -> str:
    """Return the path by which Airflow makes a trigger again."""
    return f"{type(trigger).__module__}.{type(trigger).__qualname__}"


def _look_at_state(client: Any, include: Sequence[str]) -> Seen:
    """Look; in a thread, where the job's modules are imported too."""
    from airflow_provider_genesys.exports.fingerprints import look_at_state  # noqa: PLC0415

    return look_at_state(client, select(include))
