"""What the clients of all systems are: the one layer that paces, authorises, sends and repeats requests."""

from __future__ import annotations

import copy
import hashlib
import logging
import os
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from http import HTTPStatus
from itertools import chain
from typing import TYPE_CHECKING, Any, ClassVar, Self

from airflow_provider_genesys.api import operations, process
from airflow_provider_genesys.api.answers import content, error_of
from airflow_provider_genesys.api.conditions import Conditions
from airflow_provider_genesys.api.meter import Meter
from airflow_provider_genesys.api.operations import Operation
from airflow_provider_genesys.api.pacing import RateLimit
from airflow_provider_genesys.api.paging import entities
from airflow_provider_genesys.api.redaction import Secrets
from airflow_provider_genesys.api.retry import Repeat, RetryPolicy, decide
from airflow_provider_genesys.api.sender import Parts, Sender, Turn
from airflow_provider_genesys.api.transport import Transport
from airflow_provider_genesys.api.urls import body_of, check, check_number, path_of, pieces, query_of
from airflow_provider_genesys.arguments import number, read
from airflow_provider_genesys.exceptions import (
    GenesysApiError,
    GenesysConfigError,
    GenesysError,
    GenesysRateLimitError,
    GenesysServerError,
    GenesysTransportError,
)

if TYPE_CHECKING:
    import requests

    from airflow_provider_genesys.api.auth import Token
    from airflow_provider_genesys.api.deadline import Deadline
    from airflow_provider_genesys.api.operations.row import System
    from airflow_provider_genesys.api.settings import ClientSettings

log = logging.getLogger(__name__)

Wait = Callable[[float, str], None]
"""Waits that many seconds for that reason; it may raise to stop the request."""

_ATTEMPTS_OF_A_LOOK = 2


def sleep(seconds: float, reason: str) -> None:  # noqa: ARG001 - it is a Wait
    """Just sleep."""
    time.sleep(seconds)


class Client(ABC):
    """Calls operations of one system. Safe to share between threads; making one asks nothing of the network.

    A subclass says what is particular to its system: ``system``, whose operations it calls; ``accept``, the value of
    the ``Accept`` header; how a token is asked for, what has to be sure before it writes, and how errors are read.

    :param settings: see :class:`ClientSettings`.
    :raises GenesysConfigError: an address is none, or there is no such CA bundle.
    """

    system: ClassVar[System]
    accept: ClassVar[str] = "application/json"

    def __init__(self, settings: ClientSettings) -> None:
        self.settings = settings
        self._secret_hash = hashlib.sha256(settings.client_secret.encode()).hexdigest()
        self._policy = RetryPolicy(max_wait=settings.max_wait)
        self.conditions = Conditions()
        self._secrets = Secrets()
        self._secrets.add(settings.client_secret, user=settings.client_id)
        self._parts_of_process = self._open()
        self._deadline: Deadline | None = None
        self._may_write = True

    def read_only(self) -> Self:
        """Return this client without the right to write: it refuses every operation that writes, whatever asks for it.

        For whoever only looks, such as a trigger or a check. Tokens, pace and connections are shared.
        """
        reader = copy.copy(self)
        reader._may_write = False  # noqa: SLF001 - it is one of these
        return reader

    def until(self, deadline: Deadline) -> Self:
        """Return this client for one look: it has ended by then, and repeats a failed request once.

        Tokens, pace and connections are shared.

        :param deadline: when; a wait that would last longer, or longer than the settings' ``max_wait``, fails at once.
        """
        bounded, parts = copy.copy(self), self._parts()
        bounded._deadline = deadline  # noqa: SLF001 - it is one of these, as below
        bounded._policy = replace(  # noqa: SLF001
            self._policy, max_attempts=_ATTEMPTS_OF_A_LOOK, max_rate_limit_wait=self._policy.max_wait
        )
        parts = replace(parts, api=parts.api.until(deadline), login=parts.login.until(deadline))
        bounded._parts_of_process = parts  # noqa: SLF001
        return bounded

    @abstractmethod
    def fetch_token(self, login: Transport) -> Token:
        """Ask the token endpoint once.

        :param login: speaks to the login host.
        :raises GenesysError: as :func:`~airflow_provider_genesys.api.auth.request_token` does.
        """

    @abstractmethod
    def before_writing(self, wait: Wait) -> None:
        """Make sure that this client may write at all; called before whatever writes, once the arguments are checked.

        :param wait: waits between tries.
        :raises GenesysError: it may not; nothing was sent.
        """

    @staticmethod
    @abstractmethod
    def read_error(body: dict[str, Any]) -> tuple[str | None, str]:
        """Return the code, if there is one, and the message of an error answer.

        :param body: its JSON object.
        """

    def operation(self, operation: str | Operation) -> Operation:
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
        operation: str | Operation,
        *,
        path_params: Mapping[str, Any] | None = None,
        query: Mapping[str, Any] | None = None,
        body: Any = None,
        guest_token: str | None = None,
        wait: Wait = sleep,
        meter: Meter | None = None,
        policy: RetryPolicy | None = None,
    ) -> Any:
        """Call an operation and return the JSON it answers, ``None`` where it answers nothing.

        :param operation: name of a row of :mod:`~airflow_provider_genesys.api.operations`, or a row.
        :param path_params: value of each placeholder of its path.
        :param query: value, or list of values, of query parameters; ``None`` values are left out.
        :param body: what to send as JSON; ``bytes`` are sent as they are.
        :param guest_token: the guest's token, for the operations that want one; it is masked in logs, as is the one
            that starting a chat answers.
        :param wait: waits between tries, and for the rate limit.
        :param meter: counts the requests.
        :param policy: how long to go on.
        :raises GenesysApiError: the API's answer is an error, by its type; repeating it is over budget, unsafe or of no
            use.
        :raises GenesysTransportError: no whole answer came.
        :raises GenesysConfigError: an argument does not fit the operation.
        """
        row = self.operation(operation)
        request = self._prepare(row, path_params=path_params, query=query, body=body, guest_token=guest_token)
        if guest_token is not None:
            self._hold(guest_token, guest=True)
        if row.writes:
            self.before_writing(wait)
        answer = self._perform(row, request, wait=wait, meter=meter or Meter(), policy=policy or self._policy)
        if row.authentication == "none" and isinstance(answer, dict) and isinstance(answer.get("jwt"), str):
            self._hold(answer["jwt"], guest=True)
        return answer

    def iterate(
        self,
        operation: str | Operation,
        *,
        path_params: Mapping[str, Any] | None = None,
        query: Mapping[str, Any] | None = None,
        guest_token: str | None = None,
        max_pages: int = 10_000,
        wait: Wait = sleep,
        meter: Meter | None = None,
        on_page: Callable[[Any], None] | None = None,
    ) -> Iterator[Any]:
        """Call a listing page by page and yield its entities; without pages, those of its one answer.

        Arguments are checked at once, and each page is asked for when the one before is used up. Of ids of which one
        request may have so many only, any number is asked for, with as many requests as it takes and in their order.

        :param operation: as in :meth:`call`.
        :param path_params: as in :meth:`call`.
        :param query: as in :meth:`call`, without ``pageNumber``: all pages are read.
        :param guest_token: as in :meth:`call`.
        :param max_pages: pages after which to stop with an error.
        :param wait: as in :meth:`call`.
        :param meter: as in :meth:`call`.
        :param on_page: sees each answer before its entities are yielded; what it raises ends the reading.
        :raises GenesysError: an answer is no page, a page comes twice, the pages do not end, or the next one is on
            another host; and all that :meth:`call` raises.
        """
        row = self.operation(operation)
        if row.method != "GET":
            raise GenesysConfigError(f"{row.name} is no listing: it is a {row.method}")
        check(row, path_params=path_params, query=query, guest_token=guest_token)
        read("max_pages", max_pages, number(1, whole=True))
        if row.paging == "page" and "pageNumber" in (query or {}):
            raise GenesysConfigError(f"{row.name}: pageNumber leads to one page, and all are read")
        if guest_token is not None:
            self._hold(guest_token, guest=True)

        def fetch(some: Mapping[str, Any], page: Mapping[str, Any]) -> Any:
            knowing = replace(row, query=(*row.query, *page))  # a link's parameters are the server's own
            answer = self.call(
                knowing,
                path_params=path_params,
                query={**some, **page},
                guest_token=guest_token,
                wait=wait,
                meter=meter,
            )
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

    def sender(
        self,
        operation: str | Operation,
        *,
        wait: Wait = sleep,
        meter: Meter | None = None,
        policy: RetryPolicy | None = None,
    ) -> Sender:
        """Return what sends many bodies to one operation at the least cost; the arguments are those of :meth:`call`."""
        row = self.operation(operation)
        request = self._prepare(row, body=b"")
        self.before_writing(wait)  # here, so that it costs a body nothing
        meter, policy = meter or Meter(), policy or self._policy
        perform = partial(self._perform, row, request, wait=wait, meter=meter, policy=policy)
        return Sender(
            request,
            perform,
            parts=self._parts,
            token_at_hand=self._token_at_hand,
            meter=meter,
            conditions=self.conditions,
        )

    @property
    def allowance_used(self) -> float | None:
        """How much of this minute's allowance is used up, by all its users; ``None`` while the server has not said."""
        return self._parts().limiter.share

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
        headers = {}
        if guest_token is not None:
            headers["Authorization"] = f"Bearer {guest_token}"
        if body is not None:
            headers["Content-Type"] = "application/json"
            body = body_of(operation, body)
        return self._parts().api.prepare(
            operation.method,
            path_of(operation, path_params or {}),
            query=query_of(operation, query or {}),
            headers=headers,
            body=body,
        )

    def _perform(
        self,
        operation: Operation,
        request: requests.PreparedRequest,
        *,
        wait: Wait,
        meter: Meter,
        policy: RetryPolicy,
        seen: Callable[[requests.Response], None] | None = None,
        turn: Turn | None = None,
    ) -> Any:
        """Send a request until it is answered or :func:`decide` gives up.

        All requests come through here, and answers to those that a :class:`Sender` began, but for plain good ones.

        :param turn: what the first try begins with; without it, it awaits its turn like all others.
        """
        attempt, rate_limited_for = 0, 0.0
        may_replay = operation.authentication == "bearer"
        while True:
            this_turn, turn = turn or self._await_turn(wait), None
            try:
                answer = self._exchange(operation, request, meter, this_turn)
                if seen is not None:
                    seen(answer)
                if answer.status_code == HTTPStatus.UNAUTHORIZED and may_replay:
                    may_replay = False
                    self._parts().tokens.drop(_token_of(request))
                    meter.add(retries=1)
                    continue
                if answer.status_code >= HTTPStatus.MULTIPLE_CHOICES:
                    raise error_of(answer, operation, self.read_error)
                return content(answer, self._secrets)
            except GenesysError as error:
                failure = error
            limited = isinstance(failure, GenesysRateLimitError)
            attempt += not limited
            repeat = decide(operation, failure, attempt=attempt, rate_limited_for=rate_limited_for, policy=policy)
            if limited:
                self._throttled(operation, failure, repeat, meter)
            if repeat is None or not self._has_time_for(repeat.after):
                raise _given_up(failure, attempt, rate_limited_for)
            rate_limited_for += repeat.after if limited else 0.0
            self._wait(repeat.after, repeat.reason, wait, rate_limited=limited)
            meter.add(retries=1)

    def _has_time_for(self, seconds: float) -> bool:
        """Tell whether a look may wait that long; who is not bounded by one may."""
        return self._deadline is None or (seconds < self._deadline.left and seconds <= self._policy.max_wait)

    def _await_turn(self, wait: Wait) -> Turn:
        while (delay := self._parts().limiter.acquire()) > 0:
            if not self._has_time_for(delay):
                raise GenesysTransportError(f"the rate limit leaves no turn before {delay:.0f} s", sent=False)
            self._wait(delay, "keeping to the rate limit", wait, rate_limited=True)
        return Turn()

    def _exchange(
        self, operation: Operation, request: requests.PreparedRequest, meter: Meter, turn: Turn
    ) -> requests.Response:
        """Send a request, whose turn it is, once and with a token; of one that is on its way, take the answer."""
        parts = self._parts()
        limit = None
        try:
            if turn.begun is not None:
                answer = turn.begun()
            else:
                if operation.authentication == "bearer":
                    token = self._token(parts)
                    self._hold(token)  # another client of this process may have fetched it
                    request.headers["Authorization"] = f"Bearer {token}"
                meter.add(requests=1)
                answer = parts.api.send(request)
            limit = RateLimit.from_headers(answer.headers)
            return answer
        finally:
            parts.limiter.release(limit)

    def _token(self, parts: Parts) -> str:
        """Return a valid token.

        Whatever goes wrong at the token endpoint, the request in hand was not sent: the error has to say so, or a
        caller would take a 502 from there for a lost answer.
        """
        try:
            return parts.tokens.get(lambda: self._fetch(parts))
        except (GenesysServerError, GenesysTransportError) as error:
            raise GenesysTransportError(f"no access token: {error}", sent=False) from error

    def _token_at_hand(self) -> str | None:
        if (token := self._parts().tokens.current()) is not None:
            self._hold(token)  # another client of this process may have fetched it
        return token

    def _fetch(self, parts: Parts) -> Token:
        token = self.fetch_token(parts.login)
        self._hold(token.value)
        return token

    def _hold(self, token: str, *, guest: bool = False) -> None:
        """Keep a token out of logs and of all that answers say from now on."""
        if self._secrets.add(token, guest=guest):
            self.settings.on_token(token)

    def _throttled(self, operation: Operation, failure: GenesysError, repeat: Repeat | None, meter: Meter) -> None:
        """Make all lanes wait after a 429; one of the token endpoint concerns them only when they need a token."""
        if isinstance(failure, GenesysApiError) and failure.operation == operation.name:
            meter.add(throttled=1)
            if repeat is not None:
                self._parts().limiter.pause(repeat.after)
        if repeat is not None:
            meter.add(rate_limited_seconds=repeat.after)

    def _wait(self, seconds: float, reason: str, wait: Wait, *, rate_limited: bool) -> None:
        tell = self.conditions.rate_limit if rate_limited else self.conditions.outage
        tell(reason, seconds)
        wait(seconds, reason)

    def _parts(self) -> Parts:
        """Return the parts of this process: neither sockets nor locks survive a fork."""
        if self._parts_of_process.pid != os.getpid():
            self._parts_of_process = self._open()
        return self._parts_of_process

    def _open(self) -> Parts:
        settings = self.settings
        pid = os.getpid()
        identity = (pid, self.system, settings.login_url, settings.client_id, self._secret_hash, settings.scope)
        return Parts(
            pid=pid,
            api=self._transport(settings.api_url, accept=self.accept),
            login=self._transport(settings.login_url),
            tokens=process.tokens_of(identity),
            limiter=process.limiter_of(identity, settings.requests_per_minute),
        )

    def _transport(self, url: str, **more: Any) -> Transport:
        settings = self.settings
        return Transport(
            url,
            user_agent=settings.user_agent,
            timeout=(settings.connect_timeout, settings.read_timeout),
            verify=settings.verify,
            proxies=settings.proxies,
            secrets=self._secrets,
            **more,
        )


def _tell_deprecation(operation: Operation) -> None:
    """Warn of a deprecated operation, once in each process."""
    for each in process.untold_deprecations([operation]):
        log.warning("%s is %s", each.name, each.deprecation)


def _token_of(request: requests.PreparedRequest) -> str:
    return request.headers["Authorization"].removeprefix("Bearer ")


def _given_up(failure: GenesysError, attempts: int, rate_limited_for: float) -> GenesysError:
    if attempts > 1 or rate_limited_for:
        failure.add_note(f"Given up after {attempts} attempts and {rate_limited_for:.0f} s of waiting for rate limits.")
    return failure
