"""From Vonage Contact Center to Genesys Cloud: the presences of users."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, ClassVar

from airflow.providers.common.compat.sdk import BaseOperator

from airflow_provider_genesys.arguments import FILE, MAPPING, PATH, ROWS, TEXT, AnyPath, ArgumentRule, optional
from airflow_provider_genesys.hooks.genesys_cloud import GenesysCloudHook
from airflow_provider_genesys.hooks.mixin import GenesysCloudHookMixin
from airflow_provider_genesys.hooks.vonage_contact_center import VonageContactCenterHook
from airflow_provider_genesys.links import ACCOUNT_LINKS
from airflow_provider_genesys.tasks.failures import fail_without_retry
from airflow_provider_genesys.tasks.lineage import Dataset, Lineage, LineageMixin, of_publish
from airflow_provider_genesys.tasks.metrics import count_publish
from airflow_provider_genesys.tasks.paths import input_opener, output_path
from airflow_provider_genesys.tasks.stopping import StoppableMixin
from airflow_provider_genesys.tasks.summaries import Telling, at_every_end

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import Context, XComArg

    from airflow_provider_genesys.api.vonage_contact_center import VonagePresence
    from airflow_provider_genesys.events.publisher import Publisher
    from airflow_provider_genesys.events.settings import DeadLetterFields, OnUnknown
    from airflow_provider_genesys.mapping.rules import PresenceMapRow, Rule
    from airflow_provider_genesys.mapping.transfer import Transfer
    from airflow_provider_genesys.tasks.checked import Rendered

_USERS = ("users", "unchanged", "unmapped", "missing")


class VonagePresenceToGenesysCloudOperator(GenesysCloudHookMixin, LineageMixin, StoppableMixin, BaseOperator):
    """Publish to Genesys Cloud the presences that users of Vonage Contact Center are in, as far as they have changed.

    Every user of the map ends as *read* (its presence is published, with a fate as any event has one), *unchanged*
    since the last run, *unmapped* (no rule matches its presence) or *missing* (Vonage tells nothing of it, or nothing
    that is understood). With nobody *read* or *unchanged* the task fails. What was published last of each user is kept
    in a state on ``state_path``, which moves when all is settled; so nothing is lost when the task is killed, and what
    is published twice then has the same ids. Reading tells the last presence only: one that began and ended between two
    runs is never seen.

    The state is for one run at a time: give the Dag ``max_active_runs=1``.

    .. seealso:: :ref:`howto/operator:VonagePresenceToGenesysCloudOperator`

    :param user_map: Vonage user id to Genesys user id: a dictionary, or a CSV file (``vonage_user_id,genesys_user_id``)
        or a YAML or JSON mapping, relative to the Dag's folder or on any store. (templated)
    :param presence_map: rules, of which the first that matches wins: a YAML or JSON list, relative to the Dag's folder
        or on any store, or a list of dictionaries. Keys: what a presence in Vonage must have, ``category``,
        ``sub_category``, ``description`` and ``presence_id``, of which one left out matches anything; ``presence``, to
        which the rule leads, such as ``Meal/Lunch`` or a definition's id; ``routing_status``, if one shall be
        published too. (templated)
    :param source_id: id of the presence source that the events come from. (templated)
    :param state_path: the state's file, on a store that outlives the worker; the same in every run. (templated)
    :param artifacts_path: folder, on any store, for what was read, ledgers and dead letters; by default as
        :class:`~airflow_provider_genesys.operators.events.GenesysCloudPublishEventsOperator` has it. (templated)
    :param max_rejected: how many events of a stream, or which share (``"0.5%"``), may be rejected, invalid or unknown
        without failing the task. It fails after everything is published and the state has moved, which it does not
        when not one event of a stream was accepted. (templated)
    :param on_unknown: what to do when an answer is lost and the events may have arrived: ``resend`` them with the same
        ids, or ``dead_letter`` them, so that nothing is ever sent twice. (templated)
    :param max_in_flight: number of lanes, 1 to 100, each with one request at a time.
    :param max_attempts: how often a request is tried, rate limits apart.
    :param max_rate_limit_wait: seconds a request may wait in all because of rate limits.
    :param requests_per_minute: pace where the server does not tell its limit; by default the connection's.
    :param max_wait: the longest single wait in seconds; by default the connection's.
    :param dead_letter_fields: ``all`` keeps whole events as dead letters, ``ids`` only their ids.
    :param vonage_contact_center_conn_id: id of the connection to read from. (templated)
    :param genesys_cloud_conn_id: id of the connection to publish to. (templated)
    :return: the summary, also pushed as XCom ``summary`` at every end: the keys of a publish of
        ``user_presences``; ``users, unchanged, unmapped, missing``; and ``routing_statuses``, the summary of that
        publish or ``None``. For people, see :doc:`/summaries`: ``unmapped_presences, missing_users``. From Airflow 3.2
        on it is pushed every 15 s while the task publishes, too.
    """

    page = "agents"
    operator_extra_links: Any = ACCOUNT_LINKS
    template_fields: Sequence[str] = (
        "vonage_contact_center_conn_id",
        "genesys_cloud_conn_id",
        "user_map",
        "presence_map",
        "source_id",
        "state_path",
        "artifacts_path",
        "max_rejected",
        "on_unknown",
    )
    template_fields_renderers: ClassVar[dict[str, str]] = {"user_map": "json", "presence_map": "json"}
    argument_rules: ClassVar[Mapping[str, ArgumentRule]] = {
        "vonage_contact_center_conn_id": TEXT,
        "user_map": PATH | MAPPING,
        "presence_map": PATH | ROWS,
        "source_id": TEXT,
        "state_path": FILE,
        "artifacts_path": optional(PATH),
    }

    def __init__(
        self,
        *,
        user_map: AnyPath | Mapping[str, str] | XComArg,
        presence_map: AnyPath | Sequence[PresenceMapRow] | XComArg,
        source_id: str | XComArg,
        state_path: AnyPath | XComArg,
        artifacts_path: AnyPath | XComArg | None = None,
        max_rejected: float | str | XComArg = 0,
        on_unknown: OnUnknown | XComArg = "resend",
        max_in_flight: int = 12,
        max_attempts: int = 8,
        max_rate_limit_wait: float = 900,
        requests_per_minute: float | None = None,
        max_wait: float | None = None,
        dead_letter_fields: DeadLetterFields = "all",
        vonage_contact_center_conn_id: str | XComArg = VonageContactCenterHook.default_conn_name,
        genesys_cloud_conn_id: str | XComArg = GenesysCloudHook.default_conn_name,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.user_map: Rendered = user_map
        self.presence_map: Rendered = presence_map
        self.source_id: Rendered = source_id
        self.state_path: Rendered = state_path
        self.artifacts_path: Rendered = artifacts_path
        self.max_rejected: Rendered = max_rejected
        self.on_unknown: Rendered = on_unknown
        self.max_in_flight = max_in_flight
        self.max_attempts = max_attempts
        self.max_rate_limit_wait = max_rate_limit_wait
        self.requests_per_minute = requests_per_minute
        self.max_wait = max_wait
        self.dead_letter_fields = dead_letter_fields
        self.vonage_contact_center_conn_id: Rendered = vonage_contact_center_conn_id
        self.genesys_cloud_conn_id = genesys_cloud_conn_id
        self._publishers: dict[str, Publisher] = {}
        self._transfer: Transfer | None = None

    @cached_property
    def vonage_hook(self) -> VonageContactCenterHook:
        """The hook of Vonage Contact Center."""
        return VonageContactCenterHook(self.vonage_contact_center_conn_id)

    def execute(self, context: Context) -> dict[str, Any]:
        """Transfer what has changed."""
        with self.hearing_kills():
            self.push_link(context)
            return self._run(context)

    def _run(self, context: Context) -> dict[str, Any]:
        self._transfer, self._publishers = None, {}
        with at_every_end(context, self._summary), fail_without_retry(self.genesys_cloud_conn_id):
            try:
                self.read_arguments()
                transfer = self._transfer = self._make_transfer(context)
                self.stop_on_kill(transfer)
                for publisher in self._publishers.values():
                    publisher.check_organization()
                return transfer.run(partial(self._prepare, context), partial(self._read_presences, transfer))
            finally:
                for publisher in self._publishers.values():
                    count_publish(publisher)
                self.tell_lineage(self._lineage_so_far)

    def _summary(self) -> dict[str, Any]:
        """Return the account so far; there is one also where the settings are wrong."""
        from airflow_provider_genesys.events.account import nothing_published  # noqa: PLC0415
        from airflow_provider_genesys.mapping.transfer import PRESENCES, nobody_read  # noqa: PLC0415

        if self._transfer is None:
            return {**nothing_published(PRESENCES), **nobody_read()}
        return self._transfer.summary()

    def _lineage_so_far(self) -> Lineage:
        """Return from where to where it went, with the account of users."""
        published = [of_publish(publisher) for publisher in self._publishers.values()]
        summary = self._summary()
        return Lineage(
            (Dataset(self.vonage_hook.get_connection_settings().api_url, "presences/users"),),
            tuple(output for each in published for output in each.outputs),
            {**(published[0].account if published else {}), **{key: summary[key] for key in _USERS}},
            rows=summary["accepted"],
        )

    def _make_transfer(self, context: Context) -> Transfer:
        """Check all settings but the two maps."""
        from airflow_provider_genesys.mapping.transfer import STREAMS, Transfer, check_source_id  # noqa: PLC0415
        from airflow_provider_genesys.mapping.watermarks import State  # noqa: PLC0415
        from airflow_provider_genesys.tasks.artifacts import artifacts_argument, artifacts_folder, describe_task  # noqa: PLC0415

        source_id = check_source_id(self.source_id)
        key, try_number = describe_task(context)
        state = State(output_path("state_path", self.state_path), source_id, key=key, try_number=try_number)
        folder = artifacts_folder(self.artifacts_path, context, None)
        self._publishers = {
            stream: self.hook.get_publisher(
                stream,
                artifacts_path=self.artifacts_path,
                context=context,
                folder=folder / stream,
                resolve_presence=self._presence_resolver if stream == "user_presences" else None,
                requests_per_minute=self.requests_per_minute,
                max_wait=self.max_wait,
                max_rejected=self.max_rejected,
                on_unknown=self.on_unknown,
                max_in_flight=self.max_in_flight,
                max_attempts=self.max_attempts,
                max_rate_limit_wait=self.max_rate_limit_wait,
                dead_letter_fields=self.dead_letter_fields,
            )
            for stream in STREAMS
        }
        telling = Telling(context, self._summary)
        for publisher in self._publishers.values():
            publisher.tell = telling
        return Transfer(
            folder, state, source_id, self._publishers, folder_argument=artifacts_argument(self.artifacts_path)
        )

    def _prepare(self, context: Context) -> tuple[dict[str, str], list[Rule]]:
        """Return the two maps, with all that can be wrong with them looked for before anything is read or sent."""
        from airflow_provider_genesys.files.refusals import about  # noqa: PLC0415
        from airflow_provider_genesys.mapping.rules import check_targets, load_rules  # noqa: PLC0415
        from airflow_provider_genesys.mapping.users import load_user_map  # noqa: PLC0415
        from airflow_provider_genesys.presence.resolve import mistake_in_name  # noqa: PLC0415

        with about("user_map"):
            users = load_user_map(self.user_map, open_path=input_opener("user_map", context))
        with about("presence_map"):
            opener = input_opener("presence_map", context)
            rules = load_rules(self.presence_map, mistake_in=mistake_in_name, open_path=opener)
        # An id is taken as it is, so that whether there is such a definition shows only when it is asked what it is.
        resolver = self._presence_resolver
        check_targets(rules, lambda presence: resolver.system_presence(resolver(presence)))
        return users, rules

    def _read_presences(self, transfer: Transfer, user_ids: list[str]) -> Iterator[tuple[str, VonagePresence | None]]:
        """Yield users' presences, until the transfer is stopped; what a retry cannot cure names this connection."""
        with fail_without_retry(self.vonage_contact_center_conn_id):
            yield from self.vonage_hook.get_conn().view(wait=transfer.wait).read_presences(user_ids)
