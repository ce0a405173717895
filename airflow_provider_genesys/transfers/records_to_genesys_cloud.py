"""From the records of any platform to Genesys Cloud: converted and published under one account."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache, partial
from typing import TYPE_CHECKING, Any, ClassVar

from airflow.providers.common.compat.sdk import BaseOperator

from airflow_provider_genesys.arguments import FLAG, PATH, AnyPath, ArgumentRule, optional
from airflow_provider_genesys.exceptions import GenesysError
from airflow_provider_genesys.hooks.genesys_cloud import GenesysCloudHook
from airflow_provider_genesys.hooks.mixin import GenesysCloudHookMixin
from airflow_provider_genesys.links import ACCOUNT_LINKS
from airflow_provider_genesys.tasks.converting import (
    INPUT_RULES,
    directory_of,
    inputs_of,
    names_of,
    state_at,
    understood_at,
)
from airflow_provider_genesys.tasks.deferring import DEFERRABLE, leave_worker
from airflow_provider_genesys.tasks.failures import fail_without_retry
from airflow_provider_genesys.tasks.lineage import Lineage, LineageMixin, account_of_records, of_paths, of_publish
from airflow_provider_genesys.tasks.metrics import count_conversion, count_publish
from airflow_provider_genesys.tasks.stopping import StoppableMixin
from airflow_provider_genesys.tasks.summaries import Telling, at_every_end
from airflow_provider_genesys.tasks.told import check_end_of_wait

if TYPE_CHECKING:
    from datetime import timedelta

    from airflow.providers.common.compat.sdk import Context, XComArg

    from airflow_provider_genesys.events.publisher import Publisher
    from airflow_provider_genesys.events.settings import DeadLetterFields, OnUnknown
    from airflow_provider_genesys.files.storage import StoragePath
    from airflow_provider_genesys.interactions.conversion import Prepared
    from airflow_provider_genesys.interactions.directory import Directory
    from airflow_provider_genesys.interactions.mapping_file import RecordMapping
    from airflow_provider_genesys.interactions.state_telling import PresenceRules
    from airflow_provider_genesys.interactions.transfer import Prepare, Stream, Transfer
    from airflow_provider_genesys.mapping.rules import StateMapRow
    from airflow_provider_genesys.tasks.checked import Rendered


class RecordsToGenesysCloudOperator(GenesysCloudHookMixin, LineageMixin, StoppableMixin, BaseOperator):
    """Convert another platform's records to events, and publish these to Genesys Cloud.

    They are conversation events, or, where the mapping's shape is ``states``, presence and routing status events.

    It is :class:`~airflow_provider_genesys.operators.records.GenesysCloudConvertRecordsOperator` and
    :class:`~airflow_provider_genesys.operators.events.GenesysCloudPublishEventsOperator` in one task, with one account:
    each record has a fate, and so has each event of those that are converted. The state of what was told moves when all
    events are settled. A task that is killed goes on with the files that it has made, and with its publish where it
    was; one that is cleared after it was complete sends nothing.

    The state is for one run at a time: give the Dag ``max_active_runs=1``.

    .. seealso:: :ref:`howto/operator:RecordsToGenesysCloudOperator`

    :param records: a path or glob on any store that Airflow knows, a list of these, or a list of at most 10,000 records
        as dictionaries. Files hold what the mapping says, plain or gzipped, or an earlier conversion's rejects.
        (templated)
    :param mapping: path of the mapping file, YAML; a relative one is beside the Dag's file. Or the name of one that
        comes with the provider, such as ``amazon_connect``. (templated)
    :param directory: path of a YAML or CSV file with the ids of the platform's names; a relative one is beside the
        Dag's file. ``organization`` looks all names up in the organisation, and a file may say which names are. Without
        it the records' names must be ids of Genesys Cloud's. (templated)
    :param source_id: id of the source platform in Genesys Cloud, where there is no directory's file that has it; in the
        organisation by default its one active presence source. Of states the presence source's, also beside a file.
        (templated)
    :param presence_map: for states: rules that come before those of the mapping file, of which the first that matches
        wins; path of a YAML list, relative to the Dag's file, or a list of mappings with ``state``, ``reason``,
        ``presence`` and ``routing_status``. (templated)
    :param settle: for how long a record may still change, such as ``"2h"``: younger ones are held back. A record's age
        is that of its version, if that is a time with a zone, else of the last time in it; of a state since when it is
        so. (templated)
    :param state_path: the state's file, on a store that outlives the worker; the same in every run. Without it runs
        know nothing of each other. (templated)
    :param artifacts_path: folder, on any store, for what was converted, the ledger and dead letters; by default as
        :class:`~airflow_provider_genesys.operators.events.GenesysCloudPublishEventsOperator` has it. (templated)
    :param max_rejected: how many records, or which share of all (``"0.5%"``), may be rejected, and how many events, or
        which share, may be rejected, invalid or unknown, without failing the task. It fails after everything else is
        published and the state has moved, which it does not when not one event that names the source was accepted.
        (templated)
    :param on_unknown: what to do when an answer is lost and the events may have arrived: ``resend`` them with the same
        ids, or ``dead_letter`` them, so that nothing is ever sent twice. (templated)
    :param max_in_flight: number of lanes, 1 to 100, each with one request at a time.
    :param max_attempts: how often a request is tried, rate limits apart.
    :param max_rate_limit_wait: seconds a request may wait in all because of rate limits.
    :param requests_per_minute: pace where the server does not tell its limit; by default the connection's.
    :param max_wait: the longest single wait in seconds; by default the connection's.
    :param duplicate_window: among how many of the last events duplicates are looked for.
    :param republish: convert and send everything again, with the same ids, when all of it is published already; or
        anew, when it was begun by another source, or with a state where there is none now, or without.
    :param dead_letter_fields: ``all`` keeps whole events as dead letters, ``ids`` only their ids.
    :param deferrable: whether to leave the worker where the server asks for a wait over ``max_wait``, or does not
        answer for ``max_attempts`` tries, as a publish does. By default Airflow's option
        ``[operators] default_deferrable``.
    :param genesys_cloud_conn_id: id of the connection. (templated)
    :return: the summary, also pushed as XCom ``summary`` at every end: the keys of a publish, and ``conversion``, the
        summary of the conversion. Of states it is the publish of presences, and ``routing_statuses`` is the summary of
        the other one, ``None`` where there are no such events.
    """

    page = "agents"
    operator_extra_links: Any = ACCOUNT_LINKS
    template_fields: Sequence[str] = (
        "genesys_cloud_conn_id",
        "records",
        "mapping",
        "directory",
        "source_id",
        "presence_map",
        "settle",
        "state_path",
        "artifacts_path",
        "max_rejected",
        "on_unknown",
    )
    template_fields_renderers: ClassVar[dict[str, str]] = {"records": "json", "presence_map": "json"}
    argument_rules: ClassVar[Mapping[str, ArgumentRule]] = {
        **INPUT_RULES,
        "artifacts_path": optional(PATH),
        "republish": FLAG,
        "deferrable": FLAG,
    }

    def __init__(
        self,
        *,
        records: AnyPath
        | Mapping[str, Any]
        | XComArg
        | Sequence[AnyPath | Mapping[str, Any] | XComArg | Sequence[Any]],
        mapping: AnyPath | XComArg,
        directory: AnyPath | XComArg | None = None,
        source_id: str | XComArg | None = None,
        presence_map: AnyPath | Sequence[StateMapRow] | XComArg | None = None,
        settle: timedelta | str | XComArg | None = None,
        state_path: AnyPath | XComArg | None = None,
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
        dead_letter_fields: DeadLetterFields = "all",
        deferrable: bool = DEFERRABLE,
        genesys_cloud_conn_id: str | XComArg = GenesysCloudHook.default_conn_name,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.records: Rendered = records
        self.mapping: Rendered = mapping
        self.directory: Rendered = directory
        self.source_id: Rendered = source_id
        self.presence_map: Rendered = presence_map
        self.settle: Rendered = settle
        self.state_path: Rendered = state_path
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
        self.dead_letter_fields = dead_letter_fields
        self.deferrable = deferrable
        self.genesys_cloud_conn_id = genesys_cloud_conn_id
        self._publishers: dict[Stream, Publisher] = {}
        self._transfer: Transfer | None = None
        self._inputs: list[str] = []

    def execute(self, context: Context) -> dict[str, Any]:
        """Convert the records and publish their events."""
        with self.hearing_kills():
            self.push_link(context)
            return self._run(context)

    def execute_complete(
        self,
        context: Context,
        event: Mapping[str, Any] | None = None,
        *,
        waits: int = 0,
        settled: int = 0,
        rate_limited: float = 0.0,
    ) -> dict[str, Any]:
        """Go on with what was converted, and from the ledger, when a wait in the triggerer is over.

        :param event: the trigger's.
        :param waits: how many waits running there were without progress.
        :param settled: how many events had a fate before the wait.
        :param rate_limited: seconds of the wait, if it was for a rate limit.
        :raises GenesysError: it is no event of that trigger.
        """
        with self.hearing_kills():
            check_end_of_wait(event)
            return self._run(context, waits=waits, settled=settled, rate_limited=rate_limited)

    def _run(self, context: Context, *, waits: int = 0, settled: int = 0, rate_limited: float = 0.0) -> dict[str, Any]:
        self._transfer, self._publishers = None, {}
        with at_every_end(context, self._summary), fail_without_retry(self.genesys_cloud_conn_id):
            try:
                with fail_without_retry(None):  # what is wrong with arguments and files is no connection's fault
                    self.read_arguments()
                self._transfer, prepare = self._make_transfer(context)
                next(iter(self._publishers.values())).count_wait(rate_limited)
                self.stop_on_kill(self._transfer)
                for publisher in self._publishers.values():
                    publisher.check_organization()
                return self._transfer.run(prepare)
            except GenesysError as error:
                if self.deferrable:
                    so_far = self._summary() if self._transfer is None else self._transfer.unsettled()
                    leave_worker(self, error, so_far, waits=waits, settled=settled)
                raise
            finally:
                self._tell()

    def _make_transfer(self, context: Context) -> tuple[Transfer, Prepare]:
        """Check all settings, and the mapping unless an earlier try has converted by it."""
        from airflow_provider_genesys.interactions.directory import ORGANIZATION  # noqa: PLC0415 - not while parsing
        from airflow_provider_genesys.interactions.mark import begun_with_states  # noqa: PLC0415
        from airflow_provider_genesys.interactions.transfer import STREAMS, STREAMS_OF_STATES, Transfer  # noqa: PLC0415
        from airflow_provider_genesys.tasks.artifacts import (  # noqa: PLC0415
            artifacts_argument,
            artifacts_folder,
            describe_task,
        )

        settings = self._checked_settings()
        folder, argument = artifacts_folder(self.artifacts_path, context, None), artifacts_argument(self.artifacts_path)
        understood = cache(partial(self._understood, context))
        of_states = begun_with_states(folder, argument)
        if of_states is None:
            of_states = understood()[1] is not None
        # A directory's file is no connection's fault either; only names that are looked up need one.
        with fail_without_retry(self.genesys_cloud_conn_id if self.directory == ORGANIZATION else None):
            directory = directory_of(self.directory, self.source_id, context, self.hook.get_conn, of_states=of_states)
        run, try_number = describe_task(context)
        state = state_at(self.state_path, directory, run=run, try_number=try_number)
        streams = STREAMS_OF_STATES if of_states else STREAMS
        self._publishers = {stream: self._make_publisher(stream, folder, settings, context) for stream in streams}
        transfer = Transfer(
            folder,
            self._publishers,
            state=state,
            source_id=directory.source_id,
            settle=self.settle,
            max_rejected=self.max_rejected,
            republish=self.republish,
            folder_argument=argument,
        )
        return transfer, lambda: self._prepare(*understood(), directory, context)

    def _understood(self, context: Context) -> tuple[RecordMapping, PresenceRules | None]:
        with fail_without_retry(None):
            return understood_at(self.mapping, self.records, self.presence_map, context)

    def _make_publisher(
        self, stream: Stream, folder: StoragePath, settings: Mapping[str, Any], context: Context
    ) -> Publisher:
        publisher = self.hook.get_publisher(
            stream,
            artifacts_path=self.artifacts_path,
            context=context,
            folder=folder / stream,
            resolve_presence=self._presence_resolver if stream == "user_presences" else None,
            **settings,
        )
        publisher.tell = Telling(context, self._summary)
        return publisher

    def _checked_settings(self) -> dict[str, Any]:
        """Return how to publish, whichever stream."""
        from airflow_provider_genesys.events.settings import PublishSettings  # noqa: PLC0415 - not while parsing

        settings: dict[str, Any] = {
            "requests_per_minute": self.requests_per_minute,
            "max_wait": self.max_wait,
            "max_rejected": self.max_rejected,
            "on_unknown": self.on_unknown,
            "max_in_flight": self.max_in_flight,
            "max_attempts": self.max_attempts,
            "max_rate_limit_wait": self.max_rate_limit_wait,
            "duplicate_window": self.duplicate_window,
            "republish": self.republish,
            "dead_letter_fields": self.dead_letter_fields,
        }
        PublishSettings(stream="conversations", **settings).validate()
        return settings

    def _prepare(
        self, mapping: RecordMapping, rules: PresenceRules | None, directory: Directory, context: Context
    ) -> Prepared:
        from airflow_provider_genesys.interactions.conversion import Prepared  # noqa: PLC0415

        with fail_without_retry(None):
            prepared = Prepared(inputs_of(self.records, context), mapping, directory, rules)
        if rules is not None:
            rules.check(self._presence_resolver)
        self._inputs = names_of(prepared)
        return prepared

    def _summary(self) -> dict[str, Any]:
        """Return the account so far; there is one also where the settings are wrong."""
        from airflow_provider_genesys.events.account import nothing_published  # noqa: PLC0415
        from airflow_provider_genesys.interactions.transfer import STREAMS  # noqa: PLC0415
        from airflow_provider_genesys.tasks.converting import nothing_to_tell  # noqa: PLC0415

        if self._transfer is None:
            return {**nothing_published(STREAMS[0]), "conversion": nothing_to_tell()}
        return self._transfer.summary()

    def _tell(self) -> None:
        """Tell metrics and lineage what this try has done."""
        if self._transfer is not None and self._transfer.converts:
            count_conversion(self._summary()["conversion"])
        for publisher in self._publishers.values():
            count_publish(publisher)
        if self._publishers:
            self.tell_lineage(self._lineage_so_far)

    def _lineage_so_far(self) -> Lineage:
        """Return from where to where it went, with both accounts."""
        published, summary = [*map(of_publish, self._publishers.values())], self._summary()
        # Both halves have rejected ones, of records and of events.
        records = {f"records_{key}": count for key, count in account_of_records(summary["conversion"]).items()}
        account = {**published[0].account, "read": summary["read"], "pending": summary["pending"], **records}
        outputs = tuple(output for each in published for output in each.outputs)
        return Lineage(of_paths(self._inputs), outputs, account, rows=summary["accepted"])
