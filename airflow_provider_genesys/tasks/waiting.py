"""What all sensors have in common: what a look may take, what a failure means, who waits, and what is told of it."""

from __future__ import annotations

import json
import logging
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from airflow.providers.common.compat.sdk import (
    AirflowFailException,
    AirflowSensorTimeout,
    AirflowSkipException,
    AirflowTaskTimeout,
    PokeReturnValue,
)

from airflow_provider_genesys.arguments import LONGEST_WAIT, number, optional, read
from airflow_provider_genesys.exceptions import GenesysError, GenesysStorageError
from airflow_provider_genesys.tasks.deferring import GRACE, MOST_ARGUMENTS, SHORTEST_AWAY, looking_trigger
from airflow_provider_genesys.tasks.failures import fail_without_retry, is_incurable, why
from airflow_provider_genesys.tasks.looks import BY_THE_TASK
from airflow_provider_genesys.tasks.summaries import at_every_end
from airflow_provider_genesys.tasks.told import Told

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import Context

    from airflow_provider_genesys.api.looks import Seen
    from airflow_provider_genesys.tasks.looks import Question, See

log = logging.getLogger(__name__)

_SECONDS = number(0, LONGEST_WAIT)
_SHORTEST_PAUSE = 1.0
_AIRFLOW_BEGINS = 0.1
"""Seconds after the sensor that Airflow's loop may begin to count its timeout."""


class WaitingMixin(ABC):
    """The part of a sensor that looks again and again; it comes before all else among the bases.

    It looks as :func:`airflow_provider_genesys.api.looks.look` does: a failure that may pass is *not yet*, and one that
    may not fails the task at once. A look takes no longer than what is left of ``timeout``. Each says what it saw in
    one line of the log, and the last one in the XCom ``summary``: ``done, said, found`` and the number of ``looks``, at
    every end, also where a look failed (``said`` is the error then), and, in reschedule mode and with ``deferrable``,
    between two looks. In reschedule mode the looks are those of this process; with ``deferrable`` those of a triggerer
    that was killed are not among them.

    Where the server asked to come back after some time (``Retry-After``), there is no look before, whatever
    ``poke_interval`` and ``max_wait`` say, and no last one where ``timeout`` is over by then. In reschedule mode the
    waiting ends at once in that case, since the process that comes back knows nothing of it.

    With ``deferrable`` the first look is the task's, which leaves the worker then: a trigger looks on, with an absolute
    deadline that no restart of a triggerer moves. With less than ten seconds left the task looks on itself. What ends
    the waiting, ``soft_fail``, ``never_fail`` and ``silent_fail`` mean what they mean in Airflow's own loop.
    """

    genesys_cloud_conn_id: Any
    deferrable: bool
    hook: Any
    reschedule: bool
    retries: int | None
    timeout: float
    poke_interval: float
    exponential_backoff: bool
    max_wait: timedelta | None
    soft_fail: bool
    never_fail: bool
    silent_fail: bool
    read_arguments: Callable[[], None]
    defer: Callable[..., Any]
    push_link: Callable[..., None]

    _began: float | None = None
    _looks = 0
    _seen: Seen | None = None
    _away_until = 0.0  # by the monotonic clock: what the server asked for

    @abstractmethod
    def prepare(self, context: Context) -> See:
        """Return what looks; all that can be wrong with the arguments is found here, before anything is sent.

        :raises GenesysConfigError: an argument is wrong.
        """

    @abstractmethod
    def question(self, context: Context) -> Question:
        """Return what a trigger is to look for from now on, as data; asked when :meth:`prepare` was, and a look made.

        :raises GenesysStorageError: what the arguments refer to cannot be read at the moment.
        """

    def execute(self, context: Context, **mark: Any) -> Any:
        """Wait, and tell at the end what was seen last.

        :param mark: by which Airflow 2 knows that a task calls it; handed on to its own class.
        """
        self.push_link(context)
        self._began = time.monotonic()
        with at_every_end(context, self._summary):
            if self.deferrable is not True:  # what is neither is told when arguments are read, by the first look
                return super().execute(context, **mark)  # type: ignore[misc]
            with self._ending_as_in_the_loop():
                return self._look_and_leave(context, time.time() + self.timeout)

    def execute_complete(self, context: Context, event: dict[str, Any] | None = None) -> Any:
        """Go on with what the trigger tells.

        :param event: its event.
        :raises GenesysError: it is none, or the trigger tells of a failure that another try may not meet.
        """
        with at_every_end(context, self._summary), self._ending_as_in_the_loop():
            return self._go_on(context, Told.from_event(event))

    def poke(self, context: Context) -> PokeReturnValue:
        """Look once."""
        from airflow_provider_genesys.api.process import deprecations_are_told  # noqa: PLC0415 - not while parsed

        if self._asked_for():  # its time is not over, and the sensor's is
            return PokeReturnValue(is_done=False)
        first = _first_look(context, self.retries or 0) if self.reschedule else None
        if first is not None:
            deprecations_are_told()
        seen = self._look(context, within=self._left(first))
        if self.reschedule and self._asked_for() > max(self._left(first), 0.0):
            raise AirflowSensorTimeout(
                f"The {self.timeout:g} seconds of the timeout are over before there may be another look: {seen.said}"
            )
        return PokeReturnValue(is_done=seen.done, xcom_value=seen.found)

    def _look(self, context: Context, *, within: float) -> Seen:
        from airflow_provider_genesys.api.looks import Seen, look, time_for_a_look  # noqa: PLC0415 - not while parsed

        self._looks += 1
        try:
            with fail_without_retry(self.genesys_cloud_conn_id):
                self.read_arguments()
                self._read_times()
                seen = look(self.prepare(context), self.hook.get_conn(), time_for_a_look(within))
        except (AirflowFailException, GenesysError) as error:
            self._seen = Seen(done=False, said=str(error), failed=True)
            is_skipped = self.never_fail or (self.soft_fail and isinstance(error, AirflowFailException))
            if is_skipped and self.deferrable is not True:  # Airflow's loop skips without a word of why
                log.warning("The task is skipped, since the look failed: %s", error)
            raise
        except Exception as error:  # such as Airflow's own, of a connection that there is not
            self._seen = Seen(done=False, said=why(error), failed=True)
            raise
        self._away_until = time.monotonic() + (seen.after or 0.0)
        self._note(seen, self._looks)
        return seen

    def _asked_for(self) -> float:
        """Return the seconds that are left of those after which the server asked to come back."""
        return max(0.0, self._away_until - time.monotonic())

    def _get_next_poke_interval(self, *counted: Any) -> float:
        """Return the seconds until the next look, for Airflow's loop.

        :param counted: by the loop; its own rule goes by that.
        """
        interval: float = super()._get_next_poke_interval(*counted)  # type: ignore[misc]
        return max(interval, min(self._asked_for(), self._left(None) + _AIRFLOW_BEGINS))

    def _read_times(self) -> None:
        """Refuse times that Airflow takes when the Dag is parsed, and fails at when it is to wait as long.

        :raises GenesysConfigError: one is no time to wait.
        """
        read("poke_interval", self.poke_interval, _SECONDS)
        read("timeout", self.timeout, _SECONDS)
        read("max_wait", None if self.max_wait is None else self.max_wait.total_seconds(), optional(_SECONDS))

    def _note(self, seen: Seen, looks: int) -> None:
        self._seen, self._looks = seen, looks
        log.info("%s: %s", "Done" if seen.done else "Not yet", seen.said)

    def _look_and_leave(self, context: Context, deadline: float) -> Any:
        """Look once, and leave the worker unless that was the end of it."""
        from airflow_provider_genesys.api.looks import LONGEST  # noqa: PLC0415 - not while parsed

        try:
            seen = self._look(context, within=min(deadline - time.time(), LONGEST))
            if seen.done:
                return seen.found
        except Exception as error:
            if not self._is_silent(error):
                raise
        return self._wait_on(context, deadline)

    def _go_on(self, context: Context, told: Told) -> Any:
        """Do what a trigger's word is to lead to."""
        from airflow_provider_genesys.api.looks import Seen  # noqa: PLC0415

        is_over = told.status == "done" and told.found is not None  # else the trigger could not see all
        self._note(Seen(is_over, told.said, told.found), told.looks)
        if is_over:
            return told.found
        if told.status == "timeout":
            raise self._too_late(told.deadline)
        if told.status == "done":
            return self._look_and_leave(context, told.deadline)
        failure = AirflowFailException(told.said) if told.incurable else GenesysError(told.said)
        if not self._is_silent(failure):
            raise failure
        return self._wait_on(context, told.deadline)

    def _wait_on(self, context: Context, deadline: float) -> Any:
        """Have a trigger look on, for which what is raised ends this process; or look on here, for the last seconds.

        :raises AirflowSensorTimeout: the time is over.
        """
        left = deadline - time.time()
        if left <= 0:
            raise self._too_late(deadline)
        asked = self._asked_for()
        if left < SHORTEST_AWAY:  # it would be back before Airflow's scheduler knows that it has left
            time.sleep(min(max(self.poke_interval, _SHORTEST_PAUSE, asked), left))
            if asked > left:
                raise self._too_late(deadline)
            return self._look_and_leave(context, deadline)
        with fail_without_retry(self.genesys_cloud_conn_id):
            look, arguments = self._question_at_hand(context)
        trigger = looking_trigger(
            look=look,
            arguments=arguments,
            genesys_cloud_conn_id=self.genesys_cloud_conn_id,
            interval=float(self.poke_interval),
            deadline=deadline,
            exponential_backoff=bool(self.exponential_backoff),
            max_wait=None if self.max_wait is None else self.max_wait.total_seconds(),
            looks=self._looks,
            not_before=time.time() + asked if asked else 0.0,
            said=self._seen.said if asked and self._seen is not None else None,
        )
        self.defer(trigger=trigger, method_name="execute_complete", timeout=timedelta(seconds=left + GRACE))
        return None

    def _question_at_hand(self, context: Context) -> Question:
        """Return what a trigger can look for; if that is too much, or cannot be said now, that the task looks again."""
        try:
            look, arguments = self.question(context)
        except Exception as error:
            if not isinstance(error, GenesysStorageError) and (is_incurable(error) or not self.silent_fail):
                raise
            log.warning("The task itself looks the next time: %s", error)
            return BY_THE_TASK
        size = len(json.dumps(arguments))
        if size <= MOST_ARGUMENTS:
            return look, arguments
        if self._looks <= 1:  # it is the same each time
            log.warning(
                "What is waited for has %s bytes as JSON, and a trigger keeps %s at most: each time the task itself "
                "looks, for which it comes back to a worker",
                f"{size:,}",
                f"{MOST_ARGUMENTS:,}",
            )
        return BY_THE_TASK

    def _too_late(self, deadline: float) -> AirflowSensorTimeout:
        ended = datetime.fromtimestamp(deadline, UTC).isoformat(timespec="seconds")
        seen = "" if self._seen is None else f"; last seen: {self._seen.said}"
        return AirflowSensorTimeout(f"Sensor has timed out after {self.timeout:g} seconds, at {ended}{seen}")

    def _is_silent(self, error: Exception) -> bool:
        """Tell whether a failure is *not yet* with ``silent_fail``, as those are that Airflow's loop takes for it."""
        loud = (AirflowFailException, AirflowSensorTimeout, AirflowSkipException, AirflowTaskTimeout)
        if isinstance(error, loud) or not self.silent_fail:
            return False
        log.error("The look failed; with silent_fail that is 'not yet'", exc_info=error)
        return True

    @contextmanager
    def _ending_as_in_the_loop(self) -> Iterator[None]:
        """Make of a failure what Airflow's loop makes of one in a look, on all its versions alike."""
        try:
            yield
        except AirflowSkipException:
            raise
        except (AirflowFailException, AirflowSensorTimeout, AirflowTaskTimeout) as error:
            if self.soft_fail or self.never_fail:
                name = "soft_fail" if self.soft_fail else "never_fail"
                raise AirflowSkipException(f"Skipped, since {name} is set: {error}") from error
            raise
        except Exception as error:
            if self.never_fail:
                raise AirflowSkipException(f"Skipped, since never_fail is set: {error}") from error
            raise

    def _summary(self) -> dict[str, Any] | None:
        """Return what was seen last."""
        seen = self._seen
        if seen is None:
            return None
        return {"done": seen.done, "said": seen.said, "found": seen.found, "looks": self._looks}

    def _left(self, first: datetime | None) -> float:
        """Return the seconds that are left of the timeout, counted as Airflow counts them.

        :param first: when a task that was rescheduled first looked.
        """
        if first is not None:
            return self.timeout - (datetime.now(UTC) - first).total_seconds()
        return self.timeout - (0.0 if self._began is None else time.monotonic() - self._began)


def _first_look(context: Context, retries: int) -> datetime | None:
    """Return when a task that was rescheduled first looked, ``None`` for one that was not."""
    ti: Any = context["ti"]
    found: datetime | None
    if hasattr(ti, "get_first_reschedule_date"):
        found = ti.get_first_reschedule_date(context)
        return found
    from airflow.sensors.base import _orig_start_date  # type: ignore[import-not-found]  # noqa: PLC0415 - Airflow 2

    found = _orig_start_date(
        dag_id=ti.dag_id,
        task_id=ti.task_id,
        run_id=ti.run_id,
        map_index=ti.map_index,
        try_number=(ti.max_tries or 0) - retries + 1,
    )
    return found
