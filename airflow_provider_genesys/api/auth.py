"""Access tokens by the client-credentials grant, one at a time for each client, shared by all threads of the process.

The token endpoint is asked once however many lanes wait for a token, and the failure of that one request is the failure
of all who waited for it. Nothing here repeats a request: the client does, by its one rule.
"""

from __future__ import annotations

import copy
import logging
import re
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from airflow_provider_genesys.api.answers import FORM, error_body, error_of, message_of, retry_after, string_of
from airflow_provider_genesys.api.figures import number_of
from airflow_provider_genesys.api.hosts import GAVE_TOKENS
from airflow_provider_genesys.api.transport import CORRELATION_ID, Transport
from airflow_provider_genesys.exceptions import (
    GenesysApiError,
    GenesysAuthError,
    GenesysError,
    GenesysRateLimitError,
)

if TYPE_CHECKING:
    import requests

    from airflow_provider_genesys.api.operations import Operation

log = logging.getLogger(__name__)

_SENDABLE = re.compile(r"[!-~]+")  # visible ASCII: what a token is made of, and more
_RENEW_EARLY = 60.0  # seconds before it expires; for a token that lives less than two minutes, half its life
_SHORTEST_LIFE = 300.0  # seconds; what an OAuth client can be set to at least, assumed where the answer does not say


@dataclass(frozen=True, slots=True)
class Token:
    """An access token.

    :param value: what goes into the ``Authorization`` header.
    :param lifetime: seconds from its arrival on for which it is valid.
    """

    value: str = field(repr=False)
    lifetime: float


class Tokens:
    """The current token of one client.

    :param clock: seconds, never running backwards.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._value: str | None = None
        self._renew_at = 0.0
        self._fetches = 0
        self._failure: GenesysError | None = None

    def get(self, fetch: Callable[[], Token]) -> str:
        """Return a token that is valid for a while, fetched if need be by this thread or one that was quicker.

        :param fetch: asks for a new token, once.
        :raises GenesysError: what ``fetch`` raised.
        """
        value = self.current()
        if value is not None:
            return value
        fetches = self._fetches
        with self._lock:
            value = self.current()
            if value is not None:
                return value
            if self._failure is not None and fetches != self._fetches:
                # A copy, since raising one exception in two threads mixes their tracebacks.
                raise copy.copy(self._failure)
            try:
                token = fetch()
            except GenesysError as error:
                self._failure = copy.copy(error)
                raise
            finally:
                # Only now: who came while it ran has seen the old number, and shares its outcome.
                self._fetches += 1
            self._failure = None
            self._renew_at = self._clock() + token.lifetime - min(_RENEW_EARLY, token.lifetime / 2)
            self._value = token.value
            return token.value

    def current(self) -> str | None:
        """Return the token if it is valid for a while, without asking for one."""
        value = self._value
        return value if value is not None and self._clock() < self._renew_at else None

    def drop(self, value: str) -> None:
        """Forget a token that was refused, unless a new one has taken its place already."""
        with self._lock:
            if self._value == value:
                self._value = None


def request_token(
    transport: Transport,
    operation: Operation,
    *,
    form: Mapping[str, str],
    advice: Mapping[int, str],
    headers: Mapping[str, str] | None = None,
) -> Token:
    """Ask a token endpoint once.

    :param transport: the login host's.
    :param operation: the token endpoint.
    :param form: what to send, beside the grant type.
    :param advice: by status, what to look at when the request is refused.
    :param headers: headers to send.
    :raises GenesysAuthError: the credentials are refused, or what answers is no token endpoint.
    :raises GenesysRateLimitError: too many tokens were asked for (Genesys Cloud answers 400 for that).
    :raises GenesysTransportError: nothing came back.
    """
    body = urlencode({"grant_type": "client_credentials", **form}).encode()
    request = transport.prepare(
        operation.method, operation.path, headers={**(headers or {}), "Content-Type": FORM}, body=body
    )
    answer = transport.send(request)
    if answer.status_code != HTTPStatus.OK:
        raise _refusal(answer, operation, advice, transport)
    token = error_body(answer) or {}
    value, lifetime = token.get("access_token"), number_of(token.get("expires_in"))
    if not isinstance(value, str) or not value:
        message = f"the answer of {transport.host} holds no access token: {_doubt(transport)}"
        raise GenesysAuthError(answer.status_code, message=message, operation=operation.name)
    if not _SENDABLE.fullmatch(value):  # of which nothing is told: it may be secret
        message = f"the access token of {transport.host} has characters that no header can have: {_doubt(transport)}"
        raise GenesysAuthError(answer.status_code, message=message, operation=operation.name)
    seconds = lifetime if lifetime is not None and lifetime > 0 else _SHORTEST_LIFE
    GAVE_TOKENS.add(transport.host)
    log.debug("got a token from %s, valid for %g s", transport.host, seconds)
    return Token(value, seconds)


def _doubt(transport: Transport) -> str:
    """Say what to look at when a host does not answer as a token endpoint does."""
    if transport.host in GAVE_TOKENS:
        return "it has given tokens before"
    found_by = transport.found_by
    return f"is {found_by} right?" if found_by == "login_url" else f"is {found_by}, or login_url, right?"


def _refusal(
    answer: requests.Response, operation: Operation, advice: Mapping[int, str], transport: Transport
) -> GenesysApiError:
    """Make the error of a refused token request."""
    status = answer.status_code
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status in {
        HTTPStatus.TOO_MANY_REQUESTS,
        HTTPStatus.REQUEST_TIMEOUT,
    }:
        return error_of(answer, operation, _read_error)
    message = message_of(answer, _read_error)
    correlation_id = answer.headers.get(CORRELATION_ID)
    if "rate limit exceeded" in message.lower():
        return GenesysRateLimitError(
            status, None, message, correlation_id, retry_after(answer), operation=operation.name
        )
    return GenesysAuthError(
        status,
        _read_error(error_body(answer) or {})[0],
        "; ".join(filter(None, (message, advice.get(status, _doubt(transport))))),
        correlation_id,
        operation=operation.name,
    )


def _read_error(body: dict[str, Any]) -> tuple[str | None, str]:
    """Read what a token endpoint says: ``error`` and ``error_description``, as OAuth has it, or a plain message."""
    names = ("message", "error_description", "description")
    messages = [string_of(body, name) for name in names]
    return string_of(body, "error") or string_of(body, "code"), next(filter(None, messages), "")
