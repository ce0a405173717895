"""What all sensors have in common: what a look may take, what a failure means, and what is told of it."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeAlias

from airflow.providers.common.compat.sdk import PokeReturnValue

from airflow_provider_genesys.tasks.failures import fail_without_retry

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import Context

    from airflow_provider_genesys.api.genesys_cloud import GenesysCloudClient
    from airflow_provider_genesys.api.looks import Seen

See: TypeAlias = "Callable[[GenesysCloudClient], Seen]"
"""Looks once, by the client it is given."""

log = logging.getLogger(__name__)


class WaitingMixin:
    """The part of a sensor that looks again and again; it comes before all else among the bases.

    It looks as :func:`airflow_provider_genesys.api.looks.look` does: a failure that may pass is *not yet*, and one that
    may not fails the task at once. A look takes no longer than what is left of ``timeout``. Each says what it saw in
    one line of the log, and the last one in the XCom ``summary``: ``done, said, found`` and the number of ``looks`` of
    this process, at every end and, in reschedule mode, between two looks.
    """

    genesys_cloud_conn_id: Any
    hook: Any
    reschedule: bool
    retries: int | None
    timeout: float
    read_arguments: Callable[[], None]
    push_link: Callable[[Context], None]

    _began: float | None = None
    _looks = 0
    _seen: Seen | None = None

    def prepare(self, context: Context) -> See:
        """Return what looks; all that can be wrong with the arguments is found here, before anything is sent.

        :raises GenesysConfigError: an argument is wrong.
        """
        raise NotImplementedError

    def execute(self, context: Context, **mark: Any) -> Any:
        """Wait, and tell at the end what was seen last.

        :param mark: by which Airflow 2 knows that a task calls it; handed on to its own class.
        """
        self.push_link(context)
        self._began = time.monotonic()
        try:
            return super().execute(context, **mark)  # type: ignore[misc]
        finally:
            if self._seen is not None:
                summary = {
                    "done": self._seen.done,
                    "said": self._seen.said,
                    "found": self._seen.found,
                    "looks": self._looks,
                }
                context["ti"].xcom_push(key="summary", value=summary)

    def poke(self, context: Context) -> PokeReturnValue:
        """Look once."""
        from airflow_provider_genesys.api.looks import look  # noqa: PLC0415 - not while Dags are parsed

        with fail_without_retry(self.genesys_cloud_conn_id):
            self.read_arguments()
            seen = look(self.prepare(context), self.hook.get_conn(), within=self._left(context))
        self._seen, self._looks = seen, self._looks + 1
        log.info("%s: %s", "Done" if seen.done else "Not yet", seen.said)
        return PokeReturnValue(is_done=seen.done, xcom_value=seen.found)

    def _left(self, context: Context) -> float:
        """Return the seconds that are left of the timeout, counted as Airflow counts them."""
        if self.reschedule and (first := _first_look(context, self.retries or 0)) is not None:
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
