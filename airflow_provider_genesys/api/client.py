"""What the clients of all systems are: operations called, held against their rows, with one answer or page by page."""

from __future__ import annotations

import copy
import logging
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Self

from airflow_provider_genesys.api import operations, process
from airflow_provider_genesys.api.access import Access
from airflow_provider_genesys.api.conditions import Conditions
from airflow_provider_genesys.api.operations import Operation
from airflow_provider_genesys.api.operations.names import Listing, Name
from airflow_provider_genesys.api.paging import entities
from airflow_provider_genesys.api.performing import Performer
from airflow_provider_genesys.api.retry import RetryPolicy
from airflow_provider_genesys.api.sender import Sender
from airflow_provider_genesys.api.urls import body_of, check, check_number, path_of, pieces, query_of
from airflow_provider_genesys.arguments import number, read
from airflow_provider_genesys.exceptions import GenesysConfigError

if TYPE_CHECKING:
    import requests

    from airflow_provider_genesys.api.auth import Token
    from airflow_provider_genesys.api.deadline import Deadline
    from airflow_provider_genesys.api.meter import Meter
    from airflow_provider_genesys.api.operations.row import System
    from airflow_provider_genesys.api.performing import Wait
    from airflow_provider_genesys.api.settings import ClientSettings
    from airflow_provider_genesys.api.transport import Transport

log = logging.getLogger(__name__)

_ATTEMPTS_OF_A_LOOK = 2


class Client(ABC, Generic[Name, Listing]):
    """Calls operations of one system. Safe to share between threads; making one asks nothing of the network.

    A subclass says what is particular to its system: ``system``, whose operations it calls; ``accept``, the value of
    the ``Accept`` header; how a token is asked for, what has to be sure before it writes, and how errors are read; and,
    to type checkers, which names of operations it calls and which it reads page by page.

    :param settings: see :class:`ClientSettings`.
    :raises GenesysConfigError: an address is none, or there is no such CA bundle.
    """

    system: ClassVar[System]
    accept: ClassVar[str] = "application/json"

    def __init__(self, settings: ClientSettings) -> None:
        self.settings = settings
        self._performer = Performer(
            Access(settings, system=self.system, accept=self.accept, fetch_token=self.fetch_token),
            self.read_error,
            Conditions(),
            RetryPolicy(max_wait=settings.max_wait),
        )
        self._may_write = True

    def view(self, *, wait: Wait | None = None, meter: Meter | None = None) -> Self:
        """Return this client for one job: it waits and counts as told.

        All else is shared with this client: connections, tokens, pace, what is known of the organisation, and how it
        waits or counts where that is not told.

        :param wait: waits between tries, and for the rate limit; it may raise to stop. A new client sleeps. In a
            :class:`~airflow_provider_genesys.api.queueing.Queue` only one of the job's threads wakes while all wait.
        :param meter: counts the requests. A new client has a meter of its own.
        """
        return self._performing(wait=wait or self.wait, meter=meter or self.meter)

    def read_only(self) -> Self:
        """Return this client without the right to write: it refuses every operation that writes, whatever asks for it.

        For whoever only looks, such as a trigger or a check. All else is shared with this client.
        """
        reader = copy.copy(self)
        reader._may_write = False  # noqa: SLF001 - it is one of these
        return reader

    def until(self, deadline: Deadline) -> Self:
        """Return this client for one look: it has ended by then, and repeats a failed request once.

        All else is shared with this client, as with :meth:`view`.

        :param deadline: when; a wait that would last longer, or longer than the settings' ``max_wait``, fails at once.
        """
        policy = self._performer.policy
        impatient = replace(policy, max_attempts=_ATTEMPTS_OF_A_LOOK, max_rate_limit_wait=policy.max_wait)
        return self._performing(access=self._performer.access.until(deadline), policy=impatient)

    def close_idle(self) -> None:
        """Close the connections that no request uses, of this client and its views; the next request opens one.

        For whoever has done with it and is part of a cycle, as whoever waits for it by a method of its own is: what is
        only forgotten then stays open until Python next looks for cycles.
        """
        parts = self._performer.access.parts()
        parts.api.close_idle()
        parts.login.close_idle()

    def _performing(self, **changes: Any) -> Self:
        """Return this client, but for how it performs requests."""
        other = copy.copy(self)
        other._performer = replace(self._performer, **changes)  # noqa: SLF001 - it is one of these
        return other

    @property
    def wait(self) -> Wait:
        """How it waits."""
        return self._performer.wait

    @property
    def meter(self) -> Meter:
        """What counts its requests."""
        return self._performer.meter

    @property
    def conditions(self) -> Conditions:
        """What tells of whatever keeps requests waiting."""
        return self._performer.conditions

    @staticmethod
    @abstractmethod
    def fetch_token(settings: ClientSettings, login: Transport) -> Token:
        """Ask the token endpoint once.

        :param settings: whose token.
        :param login: speaks to the login host.
        :raises GenesysError: as :func:`~airflow_provider_genesys.api.auth.request_token` does.
        """

    @abstractmethod
    def before_writing(self) -> None:
        """Make sure that this client may write at all; called before whatever writes, once the arguments are checked.

        What it asks for that is counted nowhere.

        :raises GenesysError: it may not; nothing was sent.
        """

    @staticmethod
    @abstractmethod
    def read_error(body: dict[str, Any]) -> tuple[str | None, str]:
        """Return the code, if there is one, and the message of an error answer.

        :param body: its JSON object.
        """

    def operation(self, operation: Name | Listing | Operation) -> Operation:
        """Return an operation's row.

        :param operation: its name, or the row.
        :raises GenesysConfigError: there is none of that name, it is the other system's, or it writes and this client
            may not.
        """
        row = operation if isinstance(operation, Operation) else operations.operation(operation)
        if row.system != self.system:
            raise GenesysConfigError(f"{row.name} is an operation of {row.system}, and this client is {self.system}'s")
        if row.writes and not self._may_write:
            raise GenesysConfigError(f"{row.name} writes, and who asks for it here may only read")
        return row

    def call(
        self,
        operation: Name | Operation,
        *,
        path_params: Mapping[str, Any] | None = None,
        query: Mapping[str, Any] | None = None,
        body: Any = None,
        guest_token: str | None = None,
        policy: RetryPolicy | None = None,
    ) -> Any:
        """Call an operation and return the JSON it answers, ``None`` where it answers nothing.

        Arguments are held against the operation's row before anything is sent. Before the first operation that writes,
        the client makes sure that it may, see :meth:`before_writing`.

        :param operation: its name in the API description, such as ``getPresenceSources``, all of which
            ``python -m airflow_provider_genesys.api.operations`` prints; or a row.
        :param path_params: value of each placeholder of its path.
        :param query: value, or list of values, of query parameters; ``None`` values are left out.
        :param body: what to send as JSON; ``bytes`` are sent as they are.
        :param guest_token: the guest's token, for the operations that want one; it is masked in logs, as is the one
            that starting a chat answers.
        :param policy: how long to go on.
        :raises GenesysApiError: the API's answer is an error, by its type; repeating it is over budget, unsafe or of no
            use.
        :raises GenesysTransportError: no whole answer came.
        :raises GenesysConfigError: an argument does not fit the operation, or the client may not write.
        """
        row = self.operation(operation)
        request = self._prepare(row, path_params=path_params, query=query, body=body, guest_token=guest_token)
        if guest_token is not None:
            self._performer.access.hold(guest_token, guest=True)
        if row.writes:
            self.before_writing()
        answer = self._performer.perform(row, request, policy=policy)
        if row.authentication == "none" and isinstance(answer, dict) and isinstance(answer.get("jwt"), str):
            self._performer.access.hold(answer["jwt"], guest=True)
        return answer

    def iterate(
        self,
        operation: Listing | Operation,
        *,
        path_params: Mapping[str, Any] | None = None,
        query: Mapping[str, Any] | None = None,
        guest_token: str | None = None,
        max_pages: int = 10_000,
        on_page: Callable[[Any], None] | None = None,
    ) -> Iterator[Any]:
        """Call a listing page by page and yield its entities; without pages, those of its one answer.

        Arguments are checked at once, and each page is asked for when the one before is used up. Of ids of which one
        request may have so many only, any number is asked for, with as many requests as it takes and in their order.

        :param operation: as in :meth:`call`.
        :param path_params: as in :meth:`call`.
        :param query: as in :meth:`call`, without the number of a page: all pages are read.
        :param guest_token: as in :meth:`call`.
        :param max_pages: pages after which to stop with an error.
        :param on_page: sees each answer before its entities are yielded; what it raises ends the reading.
        :raises GenesysConfigError: the operation is no listing, or an argument does not fit it.
        :raises GenesysError: an answer is no page, a page comes twice, the pages do not end, or the next one is on
            another host; and all that :meth:`call` raises.
        """
        row = self.operation(operation)
        if row.method != "GET":
            raise GenesysConfigError(f"{row.name} is no listing: it is a {row.method}")
        check(row, path_params=path_params, query=query, guest_token=guest_token)
        read("max_pages", max_pages, number(1, whole=True))
        if row.page_parameter in (query or {}):
            raise GenesysConfigError(f"{row.name}: {row.page_parameter} leads to one page, and all are read")
        if guest_token is not None:
            self._performer.access.hold(guest_token, guest=True)

        def fetch(some: Mapping[str, Any], page: Mapping[str, Any]) -> Any:
            knowing = replace(row, query=(*row.query, *page))  # a link's parameters are the server's own
            answer = self.call(knowing, path_params=path_params, query={**some, **page}, guest_token=guest_token)
            if on_page is not None:
                on_page(answer)
            return answer

        from_start = not {"after", "before"} & {*(query or {})}
        return chain.from_iterable(
            entities(
                row, partial(fetch, some), api_url=self.settings.api_url, max_pages=max_pages, from_start=from_start
            )
            for some in pieces(row, query or {})
        )

    def sender(self, operation: Name | Operation, *, policy: RetryPolicy | None = None) -> Sender:
        """Return what sends many bodies to one operation at the least cost; the arguments are those of :meth:`call`."""
        row = self.operation(operation)
        request = self._prepare(row, body=b"")
        self.before_writing()  # here, so that it costs a body nothing
        performer = self._performer
        return Sender(
            request,
            partial(performer.perform, row, request, policy=policy),
            access=performer.access,
            meter=performer.meter,
            ask_turn=performer.ask_turn,
            await_turn=performer.await_turn,
        )

    @property
    def allowance_used(self) -> float | None:
        """How much of this minute's allowance is used up, by all its users; ``None`` while the server has not said."""
        return self._performer.access.parts().limiter.share

    def _prepare(
        self,
        operation: Operation,
        *,
        path_params: Mapping[str, Any] | None = None,
        query: Mapping[str, Any] | None = None,
        body: Any = None,
        guest_token: str | None = None,
    ) -> requests.PreparedRequest:
        check(operation, path_params=path_params, query=query, body=body, guest_token=guest_token)
        check_number(operation, query=query, body=body)
        _tell_deprecation(operation)
        headers = {} if operation.accept is None else {"Accept": operation.accept}
        if guest_token is not None:
            headers["Authorization"] = f"Bearer {guest_token}"
        if body is not None:
            headers["Content-Type"] = "application/json"
            body = body_of(operation, body)
        return self._performer.access.parts().api.prepare(
            operation.method,
            path_of(operation, path_params or {}),
            query=query_of(operation, query or {}),
            headers=headers,
            body=body,
        )


def _tell_deprecation(operation: Operation) -> None:
    """Warn of a deprecated operation, once in each process."""
    for each in process.untold_deprecations([operation]):
        log.warning("%s is %s", each.name, each.deprecation)
