"""One request, until it is answered or given up: the one place that awaits turns, authorises, sends and repeats."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, TypeAlias

from airflow_provider_genesys.api.answers import content, error_of
from airflow_provider_genesys.api.meter import Meter
from airflow_provider_genesys.api.pacing import LONGEST_WAIT, RateLimit
from airflow_provider_genesys.api.queueing import KEEPING, Queue
from airflow_provider_genesys.api.retry import Repeat, RetryPolicy, decide
from airflow_provider_genesys.exceptions import (
    GenesysApiError,
    GenesysError,
    GenesysRateLimitError,
    GenesysTransportError,
)

if TYPE_CHECKING:
    import requests

    from airflow_provider_genesys.api.access import Access
    from airflow_provider_genesys.api.conditions import Conditions
    from airflow_provider_genesys.api.operations import Operation

Wait: TypeAlias = Callable[[float, str], None]
"""Waits that many seconds for that reason; it may raise to stop the request. In a queue, turns are waited for too."""

ReadError: TypeAlias = Callable[[dict[str, Any]], tuple[str | None, str]]
"""Returns the code, if there is one, and the message of an error answer."""


def sleep(seconds: float, reason: str) -> None:  # noqa: ARG001 - it is a Wait
    """Just sleep."""
    time.sleep(seconds)


@dataclass(slots=True)
class Turn:
    """The turn of one request, which the limiter gave and is told the end of.

    :param begun: reads the answer, if the request is on its way already.
    """

    begun: Callable[[], requests.Response] | None = None


@dataclass(frozen=True, slots=True)
class Performer:
    """Performs requests, each until it is answered or given up. Safe to share between threads.

    :param access: the way to the system.
    :param read_error: reads its error answers.
    :param conditions: tells of what keeps requests waiting.
    :param policy: how long to go on with a request, unless it has a policy of its own.
    :param wait: waits between tries, and for the rate limit.
    :param meter: counts the requests.
    """

    access: Access
    read_error: ReadError
    conditions: Conditions
    policy: RetryPolicy
    wait: Wait = sleep
    meter: Meter = field(default_factory=Meter)

    def perform(
        self,
        operation: Operation,
        request: requests.PreparedRequest,
        *,
        policy: RetryPolicy | None = None,
        seen: Callable[[requests.Response], None] | None = None,
        turn: Turn | None = None,
    ) -> Any:
        """Send a request until it is answered or :func:`decide` gives up.

        All requests come through here, and answers to those that a
        :class:`~airflow_provider_genesys.api.sender.Sender` began, but for plain good ones.

        :param operation: its operation.
        :param request: the request.
        :param policy: how long to go on.
        :param seen: sees each answer.
        :param turn: what the first try begins with; without it, it awaits its turn like all others.
        :return: the JSON answered, ``None`` where nothing is.
        :raises GenesysError: as :meth:`~airflow_provider_genesys.api.client.Client.call` does.
        """
        policy = policy or self.policy
        attempt, rate_limited_for = 0, 0.0
        may_replay = operation.authentication == "bearer"
        while True:
            this_turn, turn = turn or self.await_turn(), None
            try:
                answer = self._exchange(operation, request, this_turn)
                if seen is not None:
                    seen(answer)
                if answer.status_code == HTTPStatus.UNAUTHORIZED and may_replay:
                    may_replay = False
                    self.access.parts().tokens.drop(_token_of(request))
                    self.meter.add(retries=1)
                    continue
                if answer.status_code >= HTTPStatus.MULTIPLE_CHOICES:
                    raise error_of(answer, operation, self.read_error)
                return content(answer, self.access.secrets)
            except GenesysError as error:
                failure = error
            limited = isinstance(failure, GenesysRateLimitError)
            attempt += not limited
            repeat = decide(operation, failure, attempt=attempt, rate_limited_for=rate_limited_for, policy=policy)
            if limited:
                self._throttled(operation, failure, repeat)
            if repeat is None or not self._has_time_for(repeat.after):
                raise _given_up(failure, attempt, rate_limited_for)
            rate_limited_for += repeat.after if limited else 0.0
            tell = self.conditions.rate_limit if limited else self.conditions.outage
            tell(repeat.details, repeat.after)
            turn = self.await_turn(repeat.after, repeat.reason)
            self.meter.add(retries=1)

    def ask_turn(self) -> float:
        """Ask for a turn without waiting for it.

        :return: 0.0 when it has come, else the seconds after which to ask again. What waits in the job's queue goes
            first: it has begun, and ends before anything new begins.
        """
        if isinstance(self.wait, Queue) and self.wait.is_due:
            return LONGEST_WAIT
        return self._ask()

    def await_turn(self, pause: float = 0.0, reason: str = KEEPING) -> Turn:
        """Wait for a turn.

        :param pause: seconds in which it does not come.
        :param reason: why it does not.
        :raises GenesysTransportError: it does not come in time for a look.
        """
        if isinstance(self.wait, Queue) and self.access.deadline is None:
            self.wait.turn(self._ask, pause, reason)
            return Turn()
        if pause > 0:
            self.wait(pause, reason)
        while (delay := self.access.parts().limiter.acquire()) > 0:
            if not self._has_time_for(delay):
                raise GenesysTransportError(f"the rate limit leaves no turn before {delay:.0f} s", sent=False)
            self.conditions.rate_limit(KEEPING, delay)
            self.wait(delay, KEEPING)
        return Turn()

    def _ask(self) -> float:
        if (delay := self.access.parts().limiter.acquire()) > 0:
            self.conditions.rate_limit(KEEPING, delay)
        return delay

    def _exchange(self, operation: Operation, request: requests.PreparedRequest, turn: Turn) -> requests.Response:
        """Send a request, whose turn it is, once and with a token; of one that is on its way, take the answer."""
        parts = self.access.parts()
        limit = None
        try:
            if turn.begun is not None:
                answer = turn.begun()
            else:
                if operation.authentication == "bearer":
                    request.headers["Authorization"] = f"Bearer {self.access.token(parts)}"
                    if isinstance(self.wait, Queue):
                        self.wait(0.0, KEEPING)  # a new token may have taken long: the job may have ended meanwhile
                self.meter.add(requests=1)
                answer = parts.api.send(request)
            limit = RateLimit.from_headers(answer.headers)
            return answer
        finally:
            parts.limiter.release(limit)

    def _throttled(self, operation: Operation, failure: GenesysError, repeat: Repeat | None) -> None:
        """Make all lanes wait after a 429; one of the token endpoint concerns them only when they need a token."""
        if isinstance(failure, GenesysApiError) and failure.operation == operation.name:
            self.meter.add(throttled=1)
            if repeat is not None:
                self.access.parts().limiter.pause(repeat.after)
        if repeat is not None:
            self.meter.add(rate_limited_seconds=repeat.after)

    def _has_time_for(self, seconds: float) -> bool:
        """Tell whether a look may wait that long; who is not bounded by one may."""
        deadline = self.access.deadline
        return deadline is None or (seconds < deadline.left and seconds <= self.policy.max_wait)


def _token_of(request: requests.PreparedRequest) -> str:
    return request.headers["Authorization"].removeprefix("Bearer ")


def _given_up(failure: GenesysError, attempts: int, rate_limited_for: float) -> GenesysError:
    if attempts > 1 or rate_limited_for:
        failure.add_note(f"Given up after {attempts} attempts and {rate_limited_for:.0f} s of waiting for rate limits.")
    return failure
