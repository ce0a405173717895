"""A digest for people when a publish was not accepted as a whole."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from airflow.providers.common.compat.notifier import BaseNotifier

from airflow_provider_genesys.arguments import CALLABLE, read
from airflow_provider_genesys.tasks.summaries import SUMMARY

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import Context

_SENDER = replace(CALLABLE, wanted="another notifier, or a function that is called with the context")


class GenesysCloudDigestNotifier(BaseNotifier):
    """Says in ten lines what a person must know of a failed publish, by whatever sends it.

    For ``on_failure_callback`` of a task that publishes: counts, the three commonest reasons with an example of each,
    where the dead letters are, and how to replay them. Reasons are told in the words of the failure, so that whoever
    reads it should be somebody who may read the task's log. No secret is in it.

    :param send: what sends it: another notifier, in whose templates ``digest.subject``, ``digest.text`` (for a mail)
        and ``digest.markdown`` (for a chat) stand for it, or a function, which is called with the context and finds it
        as ``context["digest"]``. A notifier is used by a copy each time, since Airflow renders its templates in place:
        several tasks may share one.
    :raises GenesysConfigError: it is nothing to call; a Dag says so when it is parsed, since Airflow only logs what a
        callback raises.
    """

    def __init__(self, send: Callable[[Context], object]) -> None:
        super().__init__()
        self.send: Callable[[Context], object] = read("send", send, _SENDER)

    def notify(self, context: Context) -> None:
        """Make the digest and have it sent."""
        values: Any = context  # which Airflow declares without what others add
        values["digest"] = self._digest(values)
        send = copy(self.send) if isinstance(self.send, BaseNotifier) else self.send
        send(context)

    def _digest(self, context: Mapping[str, Any]) -> Any:
        from airflow_provider_genesys.events.digest import digest_of, nothing_known  # noqa: PLC0415 - not while parsing
        from airflow_provider_genesys.tasks.paths import open_path  # noqa: PLC0415

        ti, given = context["ti"], context.get("exception")
        error = given if isinstance(given, BaseException) else None
        index = f" [{ti.map_index}]" if ti.map_index is not None and ti.map_index >= 0 else ""
        task = f"{ti.dag_id}.{ti.task_id}{index}, run {ti.run_id}"
        summary = _summary_of(error) or self._pushed(ti)
        if not summary or "read" not in summary or "dead_letters" not in summary:
            return nothing_known(task, error)
        return digest_of(summary, task, open_path, error=error)

    def _pushed(self, ti: Any) -> Any:
        """Return the summary that the task pushed, as far as it can be had where the callback runs."""
        try:
            return ti.xcom_pull(task_ids=ti.task_id, key=SUMMARY, map_indexes=ti.map_index)
        except Exception:
            self.log.debug("There is no summary", exc_info=True)
            return None


def _summary_of(error: BaseException | None) -> Mapping[str, Any] | None:
    """Return the summary that an error, or one that it was raised from, carries."""
    from airflow_provider_genesys.exceptions import GenesysEventsRejectedError  # noqa: PLC0415
    from airflow_provider_genesys.tasks.failures import causes  # noqa: PLC0415

    return next((each.summary for each in causes(error) if isinstance(each, GenesysEventsRejectedError)), None)
