"""A summary on its way to Airflow's database while a task still runs, for whoever looks at it meanwhile.

It is pushed by the thread that runs the task, and by no other: what of Airflow's may be called from where differs from
version to version. While the API server does not answer, Airflow asks it again for some seconds before a push fails,
and the task stands still for so long; so after a failure the next push comes later.
"""

from __future__ import annotations

import logging
import re
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any, Final

from airflow import __version__ as airflow_version

log = logging.getLogger(__name__)

SUMMARY: Final = "summary"
_LONGEST_KEY = 200
_MOST_SECONDS = 600.0
_FIRST_SECONDS = 30.0
_TELLS_FROM = (3, 2)


def summary_key(ledger_key: str | None) -> str:
    """Return the key of the XCom in which ``publish_events`` tells of an account; each that has a key has its own."""
    if ledger_key is None:
        return SUMMARY
    return f"{SUMMARY}.{re.sub(r'[^A-Za-z0-9_.-]', '_', ledger_key)}"[:_LONGEST_KEY]


def push_texts(context: Mapping[str, Any], summary: Mapping[str, Any]) -> None:
    """Push each text of a summary, such as its paths, as an XCom of its own key too, for ``task.output[key]``.

    Only ``kind``, by which pages know a summary, stays in it alone.

    :param context: context of the running task.
    :param summary: what the task returns.
    """
    for key, text in summary.items():
        if isinstance(text, str) and key != "kind":
            context["ti"].xcom_push(key=key, value=text)


def can_tell_while_running() -> bool:
    """Tell whether a failed push is a failed push.

    Before Airflow 3.2 the process that watches over a task ends, and the task with it, if it cannot reach the API
    server for a push; and before 3.1 there is no page that shows it.
    """
    major, minor = airflow_version.split(".")[:2]
    return (int(major), int(minor)) >= _TELLS_FROM


class Telling:
    """Pushes what there is to tell while a task runs. It never raises what an ordinary failure is.

    :param context: context of the running task.
    :param summary: returns what to tell.
    :param key: the XCom's.
    """

    def __init__(
        self, context: Mapping[str, Any], summary: Callable[[], Mapping[str, Any]], key: str = SUMMARY
    ) -> None:
        self._context = context
        self._ti = context["ti"]
        self._summary = summary
        self._key = key
        self._failures = 0
        self._not_before = 0.0
        self._works = can_tell_while_running()

    def at_the_beginning(self, push_link: Callable[[Mapping[str, Any]], None]) -> None:
        """Push the link by which the page in Airflow's UI knows that the summary is the provider's.

        A task that is one of the provider's operators has pushed it already.
        """
        if _is_the_task_s_own_thread():
            push_link(self._context)

    def __call__(self) -> None:
        """Push the summary while the task runs, unless the last push has just failed."""
        if not self._works or time.monotonic() < self._not_before:
            return
        if self._push():
            self._failures = 0
            return
        seconds = min(_FIRST_SECONDS * 2**self._failures, _MOST_SECONDS)
        self._failures += 1
        self._not_before = time.monotonic() + seconds
        log.info("The work goes on, and how far it is is told again in %.0f s at the earliest", seconds)

    def at_the_end(self) -> None:
        """Push the summary, for a task that is not ours to fail."""
        self._push()

    def _push(self) -> bool:
        if not _is_the_task_s_own_thread():
            return True
        try:
            self._ti.xcom_push(key=self._key, value=self._summary())
        except Exception as error:  # noqa: BLE001 - whatever it is, the task's work goes on
            # By its type alone: what a client says of an address may have a secret in it.
            log.warning("The summary could not be pushed as XCom %r: %s", self._key, type(error).__name__)
            return False
        return True


def _is_the_task_s_own_thread() -> bool:
    return threading.current_thread() is threading.main_thread()
