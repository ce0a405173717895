"""Job 1: publish batch events, and cut what is a lot for one task into shards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from airflow.providers.common.compat.sdk import BaseOperator

from airflow_provider_genesys.arguments import (
    FLAG,
    FOLDER,
    SOURCE,
    AnyPath,
    ArgumentRule,
    number,
    one_of,
    read,
    templated,
)
from airflow_provider_genesys.exceptions import GenesysError
from airflow_provider_genesys.hooks.genesys_cloud import GenesysCloudHook
from airflow_provider_genesys.hooks.mixin import GenesysCloudHookMixin
from airflow_provider_genesys.links import ACCOUNT_LINKS
from airflow_provider_genesys.tasks.checked import CheckedArgumentsMixin
from airflow_provider_genesys.tasks.deferring import DEFERRABLE, leave_worker
from airflow_provider_genesys.tasks.failures import fail_without_retry
from airflow_provider_genesys.tasks.lineage import LineageMixin, of_publish
from airflow_provider_genesys.tasks.metrics import count_publish
from airflow_provider_genesys.tasks.paths import input_opener, output_path
from airflow_provider_genesys.tasks.stopping import StoppableMixin
from airflow_provider_genesys.tasks.summaries import Telling, account_of, at_every_end
from airflow_provider_genesys.tasks.told import check_end_of_wait

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import Context, XComArg

    from airflow_provider_genesys.events.publisher import Publisher
    from airflow_provider_genesys.events.settings import DeadLetterFields, OnUnknown, StreamName
    from airflow_provider_genesys.tasks.checked import Rendered


class GenesysCloudPublishEventsOperator(GenesysCloudHookMixin, LineageMixin, StoppableMixin, BaseOperator):
    """Publish a stream of events to Genesys Cloud and account for each one.

    Every record of the source ends as *accepted*, *rejected* by the server, *invalid* before sending, *duplicate* of an
    earlier record, *unknown* (sent, with the answer lost) or *pending*. A ledger under ``artifacts_path`` keeps the
    account from try to try: a task that was killed goes on where it was, and one that is cleared after it was complete
    sends nothing. Records that were not accepted are kept beside it as dead letters, files that can be given as
    ``source`` again.

    .. seealso:: :ref:`howto/operator:GenesysCloudPublishEventsOperator`

    :param stream: what the events are: ``conversations``, ``user_presences``, ``user_routing_statuses`` or
        ``custom_kpi_attributions`` (preview). (templated)
    :param source: a path or glob on any store that Airflow knows, a folder of dead letters, a list of these, JSON text
        beginning with ``[`` or ``{``, or a list of at most 10,000 events as dictionaries; lists in lists are the same
        as one. Files hold JSON Lines, JSON values behind each other, a JSON array or bodies as the API takes them,
        plain or gzipped. (templated)
    :param artifacts_path: folder, on any store, for ledger and dead letters; it has to outlive the worker. By default
        the option ``[genesys] artifacts_path``, else a folder under ``AIRFLOW_HOME``. (templated)
    :param max_rejected: how many records, or which share of all (``"0.5%"``), may be rejected, invalid or unknown
        without failing the task. It fails after everything else is published. (templated)
    :param on_unknown: what to do when an answer is lost and the events may have arrived: ``resend`` them with the same
        ids, or ``dead_letter`` them, so that nothing is ever sent twice. (templated)
    :param max_in_flight: number of lanes, 1 to 100, each with one request at a time; a conversation, user or agent
        keeps to one. 12 use all of the usual 300 requests a minute as long as an answer takes less than two seconds.
    :param max_attempts: how often a request is tried, rate limits apart.
    :param max_rate_limit_wait: seconds a request may wait in all because of rate limits.
    :param requests_per_minute: pace where the server does not tell its limit; by default the connection's.
    :param max_wait: the longest single wait in seconds; by default the connection's.
    :param duplicate_window: among how many of the last records duplicates are looked for.
    :param republish: send everything again, with the same ids, when the ledger is complete already.
    :param ledger_key: name of the folder under ``artifacts_path`` in place of Dag, run and task, for an account that
        several runs share. (templated)
    :param dead_letter_fields: ``all`` keeps whole events as dead letters, ``ids`` only their ids, since events hold
        customers' numbers.
    :param deferrable: whether to leave the worker, and go on from the ledger on whichever is free then, where the
        server asks for a wait over ``max_wait``, or does not answer for ``max_attempts`` tries: for as long as it asks,
        else for a minute that doubles up to a quarter of an hour; at most a day at a time, and 12 times running
        without progress.
        By default Airflow's option ``[operators] default_deferrable``.
    :param genesys_cloud_conn_id: id of the connection. (templated)
    :return: the summary, also pushed as XCom ``summary`` at every end. Over all tries: ``stream, read, accepted,
        rejected, invalid, duplicate, unknown, pending, complete, tries, resumed, accepted_before``. Of this
        try: ``requests, retries, rate_limited_seconds, duration_seconds``. Paths or ``None``: ``ledger, dead_letters``.
        All is 0 when the task fails before its ledger is looked at. For people, see :doc:`/summaries`: ``kind``,
        ``reasons``, ``ledger_key``, ``began``. From Airflow 3.2 on it is pushed every 15 s while the task runs, too.
    """

    page = "agents"
    operator_extra_links: Any = ACCOUNT_LINKS
    template_fields: Sequence[str] = (
        "genesys_cloud_conn_id",
        "stream",
        "source",
        "artifacts_path",
        "max_rejected",
        "on_unknown",
        "ledger_key",
    )
    template_fields_renderers: ClassVar[dict[str, str]] = {"source": "json"}
    argument_rules: ClassVar[Mapping[str, ArgumentRule]] = {"source": SOURCE, "deferrable": FLAG}

    def __init__(
        self,
        *,
        stream: StreamName | XComArg,
        source: AnyPath | Mapping[str, Any] | XComArg | Sequence[AnyPath | Mapping[str, Any] | XComArg | Sequence[Any]],
        artifacts_path: AnyPath | XComArg | None = None,
        max_rejected: float | str | XComArg = 0,
        on_unknown: OnUnknown | XComArg = "resend",
        max_in_flight: int = 12,
        max_attempts: int = 8,
        max_rate_limit_wait: float = 900,
        requests_per_minute: float | None = None,
        max_wait: float | None = None,
        duplicate_window: int = 100_000,
        republish: bool = False,
        ledger_key: str | XComArg | None = None,
        dead_letter_fields: DeadLetterFields = "all",
        deferrable: bool = DEFERRABLE,
        genesys_cloud_conn_id: str | XComArg = GenesysCloudHook.default_conn_name,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.stream: Rendered = stream
        self.source: Rendered = source
        self.artifacts_path: Rendered = artifacts_path
        self.max_rejected: Rendered = max_rejected
        self.on_unknown: Rendered = on_unknown
        self.max_in_flight = max_in_flight
        self.max_attempts = max_attempts
        self.max_rate_limit_wait = max_rate_limit_wait
        self.requests_per_minute = requests_per_minute
        self.max_wait = max_wait
        self.duplicate_window = duplicate_window
        self.republish = republish
        self.ledger_key: Rendered = ledger_key
        self.dead_letter_fields = dead_letter_fields
        self.deferrable = deferrable
        self.genesys_cloud_conn_id = genesys_cloud_conn_id
        self._publisher: Publisher | None = None

    def execute(self, context: Context) -> dict[str, Any]:
        """Publish the source."""
        with self.hearing_kills():
            self.push_link(context)
            return self._publish(context)

    def execute_complete(
        self,
        context: Context,
        event: Mapping[str, Any] | None = None,
        *,
        waits: int = 0,
        settled: int = 0,
        rate_limited: float = 0.0,
    ) -> dict[str, Any]:
        """Go on from the ledger when a wait in the triggerer is over.

        :param event: the trigger's.
        :param waits: how many waits running there were without progress.
        :param settled: how many records had a fate before the wait.
        :param rate_limited: seconds of the wait, if it was for a rate limit.
        :raises GenesysError: it is no event of that trigger.
        """
        with self.hearing_kills():
            check_end_of_wait(event)
            return self._publish(context, waits=waits, settled=settled, rate_limited=rate_limited)

    def _publish(
        self, context: Context, *, waits: int = 0, settled: int = 0, rate_limited: float = 0.0
    ) -> dict[str, Any]:
        account = account_of(self.stream, self.artifacts_path, self.ledger_key)
        self._publisher = None
        with at_every_end(context, self._summary, account), fail_without_retry(self.genesys_cloud_conn_id):
            try:
                self.read_arguments()
                self._publisher = self.hook.get_publisher(
                    self.stream,
                    artifacts_path=self.artifacts_path,
                    context=context,
                    ledger_key=self.ledger_key,
                    requests_per_minute=self.requests_per_minute,
                    max_wait=self.max_wait,
                    max_rejected=self.max_rejected,
                    on_unknown=self.on_unknown,
                    max_in_flight=self.max_in_flight,
                    max_attempts=self.max_attempts,
                    max_rate_limit_wait=self.max_rate_limit_wait,
                    duplicate_window=self.duplicate_window,
                    republish=self.republish,
                    dead_letter_fields=self.dead_letter_fields,
                )
                self._publisher.count_wait(rate_limited)
                self._publisher.tell = Telling(context, self._summary, account)
                self.stop_on_kill(self._publisher)
                return self._publisher.publish(self.source)
            except GenesysError as error:
                if self.deferrable:
                    leave_worker(self, error, self._summary(), waits=waits, settled=settled)
                raise
            finally:
                if self._publisher is not None:
                    count_publish(self._publisher)
                    self.tell_lineage(partial(of_publish, self._publisher))

    def _summary(self) -> dict[str, Any]:
        """Return the account so far; there is one also where the settings are wrong."""
        from airflow_provider_genesys.events.account import nothing_published  # noqa: PLC0415

        return nothing_published(str(self.stream)) if self._publisher is None else self._publisher.summary()


class GenesysCloudShardEventsOperator(CheckedArgumentsMixin, BaseOperator):
    """Cut the events of a stream into shards, for mapped tasks to publish side by side.

    All events of a conversation, user or agent are in one shard, in their order, so that the order is kept. Nothing is
    checked here: what is no event is in a shard too, and accounted for by the task that publishes that.

    .. seealso:: :ref:`howto/operator:GenesysCloudShardEventsOperator`

    :param stream: as that of :class:`GenesysCloudPublishEventsOperator`. (templated)
    :param source: as that of :class:`GenesysCloudPublishEventsOperator`. (templated)
    :param shards: how many, 1 to 1,000, each of which is an open file; as text too, which a template makes of it.
        (templated)
    :param destination: folder for the shards, on any store; it has to outlive the worker. What was there is written
        over, so name it by the run. (templated)
    :return: the shards' paths, for ``.expand(source=shard.output)``. XCom ``summary``, pushed at every end,
        has ``stream, read, shards`` and ``smallest`` and ``largest``, the number of records in these.
    """

    template_fields: Sequence[str] = ("stream", "source", "shards", "destination")
    template_fields_renderers: ClassVar[dict[str, str]] = {"source": "json"}
    argument_rules: ClassVar[Mapping[str, ArgumentRule]] = {
        "source": SOURCE,
        "shards": templated(number(1, 1_000, whole=True)),
        "destination": FOLDER,
    }

    def __init__(
        self,
        *,
        stream: StreamName | XComArg,
        source: AnyPath | Mapping[str, Any] | XComArg | Sequence[AnyPath | Mapping[str, Any] | XComArg | Sequence[Any]],
        shards: int | str | XComArg,
        destination: AnyPath | XComArg,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.stream: Rendered = stream
        self.source: Rendered = source
        self.shards: Rendered = shards
        self.destination: Rendered = destination

    def execute(self, context: Context) -> list[str]:
        """Cut the source."""
        from airflow_provider_genesys.events.models import STREAMS  # noqa: PLC0415 - not while Dags are parsed
        from airflow_provider_genesys.events.sharding import shard  # noqa: PLC0415

        summary: dict[str, Any] = {"stream": str(self.stream), "read": 0, "shards": 0, "smallest": 0, "largest": 0}
        with at_every_end(context, lambda: summary), fail_without_retry(None):
            self.read_arguments()
            found = shard(
                self.source,
                STREAMS[read("stream", self.stream, one_of(*STREAMS))],
                self.shards,
                output_path("destination", self.destination, FOLDER.wanted),
                open_path=input_opener("source", context),
            )
            records = [count for _, count in found]
            sizes = {"smallest": min(records), "largest": max(records)}
            summary |= {"read": sum(records), "shards": len(found), **sizes}
            return [path for path, _ in found]
