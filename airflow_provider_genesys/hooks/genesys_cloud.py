"""The hook: from a ``genesys_cloud`` connection to a client of the Platform API."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import nullcontext
from functools import partial
from typing import TYPE_CHECKING, Any

from airflow.providers.common.compat.sdk import AirflowException

from airflow_provider_genesys.arguments import CALLABLE, MAPPING, PATH, SOURCE, TEXT, optional, read
from airflow_provider_genesys.connection import form as connection_form
from airflow_provider_genesys.exceptions import GenesysError, GenesysPermissionError
from airflow_provider_genesys.files.refusals import visible_path
from airflow_provider_genesys.hooks.base import ClientHook
from airflow_provider_genesys.links import GenesysCloudAccountLink
from airflow_provider_genesys.tasks.publishing import make_publisher, presence_resolver

if TYPE_CHECKING:
    from datetime import timedelta

    from airflow_provider_genesys.api.genesys_cloud import GenesysCloudClient
    from airflow_provider_genesys.api.operations.names import (  # noqa: F401 - the class names them as text
        GenesysCloudListingName,
        GenesysCloudOperationName,
    )
    from airflow_provider_genesys.arguments import AnyPath
    from airflow_provider_genesys.events.publisher import Publisher
    from airflow_provider_genesys.events.records import ResolvePresence
    from airflow_provider_genesys.events.settings import DeadLetterFields, OnUnknown, StreamName
    from airflow_provider_genesys.events.source import Source
    from airflow_provider_genesys.mapping.rules import StateMap
    from airflow_provider_genesys.presence.definitions import DefinitionRow
    from airflow_provider_genesys.presence.plan.plan import Plan
    from airflow_provider_genesys.presence.plan.planner import Basis
    from airflow_provider_genesys.presence.plan.settings import InUse, Labels, Prune
    from airflow_provider_genesys.presence.resolve import PresenceResolver


# The client, and with it requests, is imported in methods: Dags are parsed often and call nothing while they are.


class GenesysCloudHook(ClientHook["GenesysCloudOperationName", "GenesysCloudListingName"]):
    """Speaks to the Platform API of Genesys Cloud as an OAuth client (client credentials).

    Tokens are shared by all hooks of a process, renewed in time and masked in logs; requests keep to the rate limit and
    are repeated where that is safe. The connection is looked up on first use.

    :param genesys_cloud_conn_id: id of the connection.
    """

    conn_name_attr = "genesys_cloud_conn_id"
    default_conn_name = "genesys_cloud_default"
    conn_type = "genesys_cloud"
    hook_name = "Genesys Cloud"

    @classmethod
    def get_connection_form_widgets(cls) -> dict[str, Any]:
        """Return the extra fields of the connection form, for Airflow before 3.2."""
        return connection_form.widgets(cls.conn_type)

    @classmethod
    def get_ui_field_behaviour(cls) -> dict[str, Any]:
        """Return how the connection form shows the standard fields, for Airflow before 3.2."""
        return connection_form.behaviour(cls.conn_type)

    def __init__(self, genesys_cloud_conn_id: str = default_conn_name) -> None:
        super().__init__()
        self.genesys_cloud_conn_id = genesys_cloud_conn_id
        self._client: GenesysCloudClient | None = None

    def get_conn(self) -> GenesysCloudClient:
        """Return the client, the same one each time.

        :raises GenesysConfigError: as :meth:`get_connection_settings` does.
        """
        from airflow_provider_genesys.api.genesys_cloud import GenesysCloudClient  # noqa: PLC0415

        if self._client is None:
            self._client = GenesysCloudClient(self.get_connection_settings())
        return self._client

    def publish_events(
        self,
        stream: StreamName,
        events: Source,
        *,
        artifacts_path: AnyPath | None,
        max_rejected: float | str = 0,
        on_unknown: OnUnknown = "resend",
        max_in_flight: int = 12,
        max_attempts: int = 8,
        max_rate_limit_wait: float = 900,
        requests_per_minute: float | None = None,
        max_wait: float | None = None,
        duplicate_window: int = 100_000,
        republish: bool = False,
        ledger_key: str | None = None,
        dead_letter_fields: DeadLetterFields = "all",
        folder: AnyPath | None = None,
    ) -> dict[str, Any]:
        """Publish events from a ``@task``: the same publisher and the same summary as the operator's.

        In a task it is pushed as XCom ``summary``, with a ``ledger_key`` as ``summary.<ledger_key>``, at every end and
        while it publishes. What another account of the task has pushed stays: see :doc:`/summaries`.

        :param stream: as the operator's.
        :param events: as the operator's ``source``.
        :param artifacts_path: as the operator's.
        :param ledger_key: as the operator's; a task that publishes more than once needs one for each.
        :param folder: as that of :meth:`get_publisher`.
        :param max_rejected: as the operator's, and so are all others.
        :return: the summary.
        :raises GenesysError: as :meth:`airflow_provider_genesys.events.publisher.Publisher.publish` does.
        """
        from airflow_provider_genesys.events.account import nothing_published  # noqa: PLC0415 - not while Dags are parsed
        from airflow_provider_genesys.tasks.lineage import of_publish, tell  # noqa: PLC0415
        from airflow_provider_genesys.tasks.metrics import count_publish  # noqa: PLC0415
        from airflow_provider_genesys.tasks.summaries import Telling, account_of, summary_key  # noqa: PLC0415

        context = _running_task()
        publisher: Publisher | None = None

        def summary() -> dict[str, Any]:
            nothing = {**nothing_published(str(stream)), "ledger_key": None if ledger_key is None else str(ledger_key)}
            return nothing if publisher is None else publisher.summary()

        telling = None
        if context is not None:
            kept_in = artifacts_path if folder is None else folder
            account = account_of(stream, kept_in, ledger_key, key=summary_key(ledger_key))
            telling = Telling(context, summary, account)
            telling.at_the_beginning(partial(GenesysCloudAccountLink().push, None))
        with nullcontext() if telling is None else telling.at_every_end():
            events = read("events", events, SOURCE)
            publisher = self.get_publisher(
                stream,
                artifacts_path=artifacts_path,
                context=context,
                source_argument="events",
                ledger_key=ledger_key,
                max_rejected=max_rejected,
                on_unknown=on_unknown,
                max_in_flight=max_in_flight,
                max_attempts=max_attempts,
                max_rate_limit_wait=max_rate_limit_wait,
                requests_per_minute=requests_per_minute,
                max_wait=max_wait,
                duplicate_window=duplicate_window,
                republish=republish,
                dead_letter_fields=dead_letter_fields,
                folder=folder,
            )
            publisher.tell = telling
            try:
                return publisher.publish(events)
            finally:
                count_publish(publisher)
                tell(self, partial(of_publish, publisher))

    def add_up_summaries(self, summaries: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
        """Return the account of several publishes of one stream together, such as those of a mapped task.

        :param summaries: what they returned.
        :return: ``stream``; the sums of ``read, accepted, rejected, invalid, duplicate, unknown, pending,
            accepted_before``, and of the last try of each ``requests, retries, rate_limited_seconds``; ``publishes``,
            how many there are; and ``complete``, whether all are.
        :raises GenesysConfigError: one is no summary of a publish, or they are of different streams, or there is none.
        """
        from airflow_provider_genesys.events.account import add_up  # noqa: PLC0415 - not while Dags are parsed

        return add_up(summaries)

    def convert_records(
        self,
        records: Source,
        mapping: AnyPath,
        destination: AnyPath,
        *,
        directory: AnyPath | None = None,
        source_id: str | None = None,
        presence_map: StateMap | None = None,
        max_rejected: float | str = 0,
        settle: timedelta | str | None = None,
        state_path: AnyPath | None = None,
    ) -> dict[str, Any]:
        """Convert records from a ``@task``: the same conversion and the same summary as the operator's.

        :param records: as those of
            :class:`~airflow_provider_genesys.operators.records.GenesysCloudConvertRecordsOperator`, and so is all that
            follows.
        :param destination: by it the state tells the calls of a task apart, so that each needs one of its own, the same
            whenever the task runs again.
        :return: the summary.
        :raises GenesysRecordsRejectedError: too many records are rejected; the files are written, and the error has the
            summary.
        :raises GenesysError: an argument, the mapping, the directory or the records as a whole cannot be read, or
            the files cannot be written.
        """
        from airflow_provider_genesys.tasks.artifacts import describe_task  # noqa: PLC0415
        from airflow_provider_genesys.tasks.converting import RULES, Conversion  # noqa: PLC0415
        from airflow_provider_genesys.tasks.lineage import of_conversion, tell  # noqa: PLC0415
        from airflow_provider_genesys.tasks.metrics import count_conversion  # noqa: PLC0415

        given = {
            "records": records,
            "mapping": mapping,
            "destination": destination,
            "directory": directory,
            "source_id": source_id,
            "presence_map": presence_map,
            "max_rejected": max_rejected,
            "settle": settle,
            "state_path": state_path,
        }
        arguments = {name: read(name, value, RULES[name]) for name, value in given.items()}
        context = _running_task()
        key, try_number = describe_task(context)
        run = f"{key} {visible_path(arguments['destination'])}"
        conversion = Conversion(**arguments, run=run, try_number=try_number, context=context, connect=self.get_conn)
        try:
            return conversion.convert()
        finally:
            count_conversion(conversion.summary)
            tell(self, partial(of_conversion, conversion))

    def get_publisher(
        self,
        stream: StreamName,
        *,
        artifacts_path: AnyPath | None,
        context: Mapping[str, Any] | None,
        max_rejected: float | str = 0,
        on_unknown: OnUnknown = "resend",
        max_in_flight: int = 12,
        max_attempts: int = 8,
        max_rate_limit_wait: float = 900,
        requests_per_minute: float | None = None,
        max_wait: float | None = None,
        duplicate_window: int = 100_000,
        republish: bool = False,
        ledger_key: str | None = None,
        dead_letter_fields: DeadLetterFields = "all",
        folder: AnyPath | None = None,
        resolve_presence: ResolvePresence | None = None,
        source_argument: str = "source",
    ) -> Publisher:
        """Return what publishes one source once; arguments as those of :meth:`publish_events`.

        :param context: context of the running task, if there is one.
        :param folder: where ledger and dead letters are kept, in place of what ``artifacts_path`` and ``ledger_key``
            say; for who publishes more than one source in one task.
        :param resolve_presence: finds presence definitions by name, of each once, on a thread of its own; by default
            one that reads them when an event first names one.
        :param source_argument: name of the argument that the source is given as, for messages.
        :raises GenesysConfigError: a setting is wrong.
        """
        from airflow_provider_genesys.events.settings import PublishSettings  # noqa: PLC0415
        from airflow_provider_genesys.tasks.artifacts import (  # noqa: PLC0415
            artifacts_argument,
            artifacts_folder,
            describe_task,
        )
        from airflow_provider_genesys.tasks.paths import input_opener, open_path  # noqa: PLC0415

        publish_settings = PublishSettings(
            stream=stream,
            max_rejected=max_rejected,
            on_unknown=on_unknown,
            max_in_flight=max_in_flight,
            max_attempts=max_attempts,
            max_rate_limit_wait=max_rate_limit_wait,
            requests_per_minute=requests_per_minute,
            max_wait=max_wait,
            duplicate_window=duplicate_window,
            republish=republish,
            dead_letter_fields=dead_letter_fields,
        )
        publish_settings.validate()
        artifacts_path = read("artifacts_path", artifacts_path, optional(PATH))
        ledger_key = read("ledger_key", ledger_key, optional(TEXT))
        read("context", context, optional(MAPPING))
        source_argument = read("source_argument", source_argument, TEXT)
        folder = read("folder", folder, optional(PATH))
        read("resolve_presence", resolve_presence, optional(CALLABLE))
        key, try_number = describe_task(context)
        return make_publisher(
            self.get_connection_settings(),
            publish_settings,
            artifacts_folder(artifacts_path, context, ledger_key) if folder is None else open_path(folder),
            key=key,
            try_number=try_number,
            open_path=input_opener(source_argument, context),
            folder_argument=artifacts_argument(artifacts_path),
            source_argument=source_argument,
            resolve_presence=resolve_presence,
            ledger_key=ledger_key,
        )

    def get_presence_resolver(self) -> PresenceResolver:
        """Return what finds presence definitions by name; it reads them when it first needs them, and once."""
        return presence_resolver(self.get_conn())

    def plan_presence_definitions(
        self,
        definitions: AnyPath | Sequence[DefinitionRow],
        *,
        prune: Prune = "none",
        labels: Labels = "replace",
        protected: Sequence[str] | AbstractSet[str] = (),
        max_changes_percent: float = 30,
        max_deactivations: int = 2,
        in_use: InUse = "ignore",
        applied_later: bool = True,
        context: Mapping[str, Any] | None = None,
    ) -> tuple[Plan, Basis]:
        """Compare the presence definitions with those desired; changes nothing.

        :param definitions: path of a YAML file, relative to the Dag's folder or on any store, or a list of
            dictionaries.
        :param prune: as those of
            :class:`~airflow_provider_genesys.operators.presence.GenesysCloudPlanPresenceDefinitionsOperator`, and so
            are ``labels``, ``protected``, ``max_changes_percent``, ``max_deactivations`` and ``in_use``.
        :param applied_later: whether the plan is kept and applied on its own: if something is to change, it then
            carries the organisation's id, for which it is asked, and applies to no other.
        :param context: context of the running task; by default that of the one that runs in this process.
        :return: the plan, and what it was made from.
        """
        from airflow_provider_genesys.presence.plan.planner import plan_definitions  # noqa: PLC0415
        from airflow_provider_genesys.presence.plan.settings import PlanSettings  # noqa: PLC0415
        from airflow_provider_genesys.tasks.paths import input_opener  # noqa: PLC0415

        read("context", context, optional(MAPPING))
        settings = PlanSettings(
            prune=prune,
            labels=labels,
            protected=protected,
            max_changes_percent=max_changes_percent,
            max_deactivations=max_deactivations,
            in_use=in_use,
        )
        return plan_definitions(
            self.get_conn(),
            definitions,
            settings,
            applied_later=applied_later,
            open_path=input_opener("definitions", context or _running_task()),
        )

    def test_connection(self) -> tuple[bool, str]:
        """Get a token, use it, and name the organisation if that may be read.

        :return: whether it worked, and what is wrong if not.
        """
        from airflow_provider_genesys.api.answers import object_of  # noqa: PLC0415
        from airflow_provider_genesys.api.retry import RetryPolicy  # noqa: PLC0415

        impatient = RetryPolicy(max_attempts=2, max_rate_limit_wait=10.0, max_wait=10.0)
        try:
            client = self.get_conn()
            client.call("headTokensMe", policy=impatient)
            client.check_organization()
        except GenesysError as error:
            return False, str(error)
        host = client.settings.api_url
        try:
            organization = object_of("getOrganizationsMe", client.call("getOrganizationsMe", policy=impatient))
        except GenesysPermissionError:
            return True, f"Connected to {host}. The client may not read the name of its organisation."
        except GenesysError as error:
            return False, str(error)
        return True, f"Connected to {host}, organisation {organization.get('name')!r} ({organization.get('id')})."


def _running_task() -> Mapping[str, Any] | None:
    """Return the context of the task that runs in this process, if one does."""
    from airflow.providers.common.compat.sdk import get_current_context  # noqa: PLC0415

    try:
        return get_current_context()
    except (RuntimeError, AirflowException):
        return None
