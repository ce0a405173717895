"""A summary on its way to Airflow's database: at every end of a task, and of a publish while it still runs.

A publish pushes it from the thread that runs the task, and from no other: what of Airflow's may be called from where
differs from version to version. While the API server does not answer, Airflow asks it again for some seconds before a
push fails, and the task stands still for so long; so after a failure the next push comes later.
"""

from __future__ import annotations

import hashlib
import logging
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from airflow import __version__ as airflow_version
from airflow.exceptions import AirflowRescheduleException
from airflow.providers.common.compat.sdk import AirflowSkipException, TaskDeferred, conf

from airflow_provider_genesys.files.refusals import visible_path
from airflow_provider_genesys.tasks.failures import why

log = logging.getLogger(__name__)

SUMMARY: Final = "summary"
_NO_FAILURES = (AirflowSkipException, AirflowRescheduleException, TaskDeferred)
_LONGEST_KEY = 200
_MOST_SECONDS = 600.0
_FIRST_SECONDS = 30.0
_TELLS_FROM = (3, 2)


@dataclass(frozen=True, slots=True)
class Account:
    """What tells an account from the others of its task instance, known before anything is checked.

    :param stream: the stream of what is published, or what else it is the account of.
    :param folder: the folder in which it is kept, as :func:`account_of` writes it.
    :param ledger_key: the key that it is kept under, if there is one.
    :param key: the XCom's, which the first account of this key has, and the others have one beside it.
    """

    stream: str
    folder: str = ""
    ledger_key: str | None = None
    key: str = SUMMARY

    @property
    def own_key(self) -> str:
        """The key of the XCom where another account of the task has told under the first."""
        first = f"{SUMMARY}.{_readable(self.stream)}" if self.key == SUMMARY else self.key
        return f"{first[:_LONGEST_KEY]}~{_digest(self.stream, self.folder, self.ledger_key)}"


THE_TASK = Account("task")
"""The one account of a task that has one."""


def account_of(stream: object, artifacts_path: object, ledger_key: object, *, key: str = SUMMARY) -> Account:
    """Return which account a publish is of, by its arguments, whatever they are.

    :param key: of the XCom in which the first account tells.
    """
    folder = visible_path(artifacts_path or conf.get("genesys", "artifacts_path", fallback=None) or "")
    its_key = None if ledger_key is None else str(ledger_key)
    return Account(str(stream), folder.removeprefix("file://").rstrip("/"), its_key, key)


def summary_key(ledger_key: object) -> str:
    """Return the key of the XCom in which ``publish_events`` tells of an account.

    Each ``ledger_key`` has its own: behind one that cannot be read as it is there is a digest, set off by a character
    that is in none that can.
    """
    if ledger_key is None:
        return SUMMARY
    key = f"{SUMMARY}.{_readable(str(ledger_key))}"
    if key == f"{SUMMARY}.{ledger_key}" and len(key) <= _LONGEST_KEY:
        return key
    mark = f"~{_digest(str(ledger_key))}"
    return f"{key[: _LONGEST_KEY - len(mark)]}{mark}"


def _readable(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9_.-]", "_", text)


def _digest(*texts: str | None) -> str:
    return hashlib.sha256(ascii(texts).encode()).hexdigest()[:12]


class _Keys:
    """Which account of the task instance that runs in this process has which key.

    Airflow clears XComs when a try begins, and runs it in one process, with one object for the task instance.
    """

    def __init__(self) -> None:
        self._ti: object = None
        self._taken: dict[str, Account] = {}

    def of(self, ti: object, account: Account) -> str:
        if ti is not self._ti:
            self._ti, self._taken = ti, {}
        return account.key if self._taken.setdefault(account.key, account) == account else account.own_key


_keys = _Keys()


def push_summary(context: Mapping[str, Any], summary: Mapping[str, Any], account: Account = THE_TASK) -> None:
    """Push a summary, where no other account of the task instance has told.

    :param context: context of the running task.
    :param account: whose it is.
    """
    context["ti"].xcom_push(key=_keys.of(context["ti"], account), value=summary)


@contextmanager
def at_every_end(
    context: Mapping[str, Any], summary: Callable[[], Mapping[str, Any] | None], account: Account = THE_TASK
) -> Iterator[None]:
    """Push a task's summary when what is done ends, and where it ends badly with ``failure``: why.

    :param context: context of the running task.
    :param summary: returns it, as far as there is one; of what does not fail ``None`` is not pushed.
    :param account: whose it is.
    """

    def push(failure: Mapping[str, str]) -> None:
        if (told := summary()) is not None or failure:
            push_summary(context, {**(told or {}), **failure}, account)

    with _ending_with(push):
        yield


@contextmanager
def _ending_with(push: Callable[[Mapping[str, str]], object]) -> Iterator[None]:
    """Push in the end, with what :func:`failure_in` says of it."""
    try:
        yield
    except BaseException as error:
        try:
            push(failure_in(error))
        except Exception as unpushed:  # noqa: BLE001 - it is the task's own failure that decides about another try
            log.warning("The summary could not be pushed: %s", type(unpushed).__name__)
        raise
    push({})


def failure_in(error: BaseException) -> dict[str, str]:
    """Return what a summary says of what was raised: nothing, if the task goes on, or is skipped."""
    return {} if isinstance(error, _NO_FAILURES) else {"failure": why(error)}


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
    :param account: whose it is.
    """

    def __init__(
        self, context: Mapping[str, Any], summary: Callable[[], Mapping[str, Any]], account: Account = THE_TASK
    ) -> None:
        self._context = context
        self._summary = summary
        self._account = account
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

    def at_every_end(self) -> AbstractContextManager[None]:
        """Push the summary as :func:`at_every_end` does, for a task that is not ours to fail."""
        return _ending_with(self._push)

    def _push(self, failure: Mapping[str, str] = MappingProxyType({})) -> bool:
        if not _is_the_task_s_own_thread():
            return True
        try:
            push_summary(self._context, {**self._summary(), **failure}, self._account)
        except Exception as error:  # noqa: BLE001 - whatever it is, the task's work goes on
            # By its type alone: what a client says of an address may have a secret in it.
            log.warning("The summary could not be pushed as XCom %r: %s", self._account.key, type(error).__name__)
            return False
        return True


def _is_the_task_s_own_thread() -> bool:
    return threading.current_thread() is threading.main_thread()
