"""Whether to repeat a request, and when: pure functions, which neither sleep nor look at a clock.

One layer repeats, and this is its rule. A failure is *passing* when the same request may well succeed later: 408, 429,
502, 503, 504 and broken connections, but not 500. An operation that is not safe to repeat is repeated only when the
server certainly did *not act on* it. Two budgets bound it all: a number of attempts, and the time spent waiting because
of rate limits, which use up no attempts, since a 429 says nothing is wrong but the hour.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from http.client import responses
from typing import TYPE_CHECKING

from airflow_provider_genesys.api.figures import http_date_of, number_of
from airflow_provider_genesys.exceptions import (
    GenesysApiError,
    GenesysError,
    GenesysRateLimitError,
    GenesysTransportError,
)

if TYPE_CHECKING:
    from airflow_provider_genesys.api.operations import Operation

_PASSING_STATUSES = frozenset(
    {
        HTTPStatus.REQUEST_TIMEOUT,
        HTTPStatus.TOO_MANY_REQUESTS,
        HTTPStatus.BAD_GATEWAY,
        HTTPStatus.SERVICE_UNAVAILABLE,
        HTTPStatus.GATEWAY_TIMEOUT,
    }
)
_FIRST_WAIT = 1.0
_LONGEST_BACKOFF = 60.0


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How long to go on.

    :param max_attempts: tries in all whose answer was no rate limit; at least 1.
    :param max_rate_limit_wait: seconds in all that one request may wait because of rate limits.
    :param max_wait: the longest single wait in seconds; a server that asks for more is not waited for.
    """

    max_attempts: int = 8
    max_rate_limit_wait: float = 900.0
    max_wait: float = 120.0


@dataclass(frozen=True, slots=True)
class Repeat:
    """Repeat the request.

    :param after: seconds to wait before.
    :param reason: why, in a few words, for who waits.
    :param details: the same for the log, with all that was answered, but of a rate limit, which says all there is.
    :param rate_limited: whether the wait counts as waiting for the rate limit; else the try counts as an attempt.
    """

    after: float
    reason: str
    details: str
    rate_limited: bool


def decide(
    operation: Operation,
    failure: GenesysError,
    *,
    attempt: int,
    rate_limited_for: float,
    policy: RetryPolicy,
    jitter: Callable[[], float] = random.random,
) -> Repeat | None:
    """Say whether to repeat, or ``None`` to give up and raise ``failure``.

    :param operation: what was asked.
    :param failure: what happened.
    :param attempt: tries so far that were not answered with a rate limit, this one included.
    :param rate_limited_for: seconds waited so far because of rate limits.
    :param policy: the budgets.
    :param jitter: a random number from 0 to 1, so that several clients do not come back at the same moment.
    """
    if not (not_acted_on(failure) or (operation.repeat == "client" and is_passing(failure))):
        return None
    asked = failure.retry_after if isinstance(failure, GenesysApiError) else None
    if asked is not None and asked > policy.max_wait:
        return None
    if isinstance(failure, GenesysRateLimitError):
        budget = policy.max_rate_limit_wait - rate_limited_for
        least = max(asked or 0.0, _FIRST_WAIT)
        if least > budget:
            return None
        # Retry-After is not always enough, and not always there: a limit that lasts is answered with ever longer waits.
        after = min(max(least, min(rate_limited_for / 2, policy.max_wait)) + jitter(), budget)
        return Repeat(after, in_short(failure), in_short(failure), rate_limited=True)
    if attempt >= policy.max_attempts:
        return None
    after = max(asked or 0.0, min(backoff(attempt, jitter=jitter), policy.max_wait))
    details = f"{failure}; this was try {attempt} of {policy.max_attempts}"
    return Repeat(after, in_short(failure), details, rate_limited=False)


def in_short(failure: GenesysError) -> str:
    """Return a failure in a few words, the same for all requests that fail so: without ids, codes and a server's text.

    What was answered in full, but of a rate limit, is told once, when the waiting begins.
    """
    if isinstance(failure, GenesysRateLimitError):
        return f"rate limited (HTTP {failure.status})"
    if isinstance(failure, GenesysApiError):
        phrase = responses.get(failure.status, "")
        return f"the server answers HTTP {failure.status}{f', {phrase}' if phrase else ''}"
    if isinstance(failure, GenesysTransportError):
        return "the server cannot be reached" if failure.sent is False else "no whole answer comes"
    return type(failure).__name__


def backoff(attempt: int, *, jitter: Callable[[], float] = random.random) -> float:
    """Return the seconds to wait after an attempt (from 1): doubling from 1 s to 60 s, half of it left to chance."""
    return min(_LONGEST_BACKOFF, _FIRST_WAIT * 2.0 ** min(attempt - 1, 16)) * (0.5 + jitter() / 2)


def parse_retry_after(value: str | None, now: datetime) -> float | None:
    """Read a ``Retry-After`` header.

    :param value: the header: seconds, or a date (RFC 9110, section 10.2.3).
    :param now: the present time, aware.
    :return: seconds to wait, at least 0. A date has whole seconds, so one is added: better late than refused again.
        ``None`` when there is no such header or it is neither.
    """
    if value is None:
        return None
    seconds = number_of(value)
    if seconds is None:
        if (date := http_date_of(value)) is None:
            return None
        seconds = (date - now).total_seconds() + 1
    return max(0.0, seconds)


def not_acted_on(failure: GenesysError) -> bool:
    """Tell whether the server certainly did not act on it: it never got it, or said that it was too busy for it."""
    if isinstance(failure, GenesysTransportError):
        return failure.sent is False
    if isinstance(failure, GenesysRateLimitError):
        return True
    if isinstance(failure, GenesysApiError) and failure.status == HTTPStatus.SERVICE_UNAVAILABLE:
        return failure.retry_after is not None
    return False


def is_passing(failure: GenesysError) -> bool:
    """Tell whether the same request may succeed later."""
    if isinstance(failure, GenesysTransportError | GenesysRateLimitError):
        return True
    return isinstance(failure, GenesysApiError) and failure.status in _PASSING_STATUSES
