"""What a client and all its views share: connections, the token and the pace of a process, and what is kept secret."""

from __future__ import annotations

import copy
import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeAlias

from airflow_provider_genesys.api import process
from airflow_provider_genesys.api.redaction import Secrets
from airflow_provider_genesys.api.transport import Transport
from airflow_provider_genesys.exceptions import GenesysServerError, GenesysTransportError

if TYPE_CHECKING:
    from airflow_provider_genesys.api.auth import Token, Tokens
    from airflow_provider_genesys.api.deadline import Deadline
    from airflow_provider_genesys.api.operations.row import System
    from airflow_provider_genesys.api.pacing import Limiter
    from airflow_provider_genesys.api.settings import ClientSettings


FetchToken: TypeAlias = "Callable[[ClientSettings, Transport], Token]"
"""Asks for the token of some settings' identity, by what speaks to the login host."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What a client uses within one process."""

    pid: int
    api: Transport
    login: Transport
    tokens: Tokens
    limiter: Limiter


class Access:
    """The way to a system, for one identity. Safe to share between threads; a fork opens a way of its own.

    :param settings: see :class:`ClientSettings`.
    :param system: which system it is.
    :param accept: value of the ``Accept`` header.
    :param fetch_token: asks the token endpoint once.
    :raises GenesysConfigError: an address is none, or there is no such CA bundle.
    """

    def __init__(self, settings: ClientSettings, *, system: System, accept: str, fetch_token: FetchToken) -> None:
        self.secrets = Secrets()
        self.secrets.add(settings.client_secret, user=settings.client_id)
        self.deadline: Deadline | None = None
        """When all that goes this way has to have ended."""
        self._settings = settings
        self._system = system
        self._accept = accept
        self._fetch_token = fetch_token
        self._secret_hash = hashlib.sha256(settings.client_secret.encode()).hexdigest()
        self._parts = self._open()

    def until(self, deadline: Deadline) -> Access:
        """Return the same way, on which nothing lasts longer than that."""
        bounded = copy.copy(self)
        bounded.deadline = deadline
        bounded._parts = _bounded(self.parts(), deadline)  # noqa: SLF001 - it is one of these
        return bounded

    def parts(self) -> Parts:
        """Return the parts of this process: neither sockets nor locks survive a fork."""
        if self._parts.pid != os.getpid():
            self._parts = self._open()
        return self._parts

    def token(self, parts: Parts) -> str:
        """Return a valid token, asking for one if there is none.

        Whatever goes wrong at the token endpoint, the request in hand was not sent: the error has to say so, or a
        caller would take a 502 from there for a lost answer.

        :param parts: those that the request in hand uses.
        :raises GenesysError: there is none.
        """
        try:
            token = parts.tokens.get(lambda: self._fetch(parts))
        except (GenesysServerError, GenesysTransportError) as error:
            raise GenesysTransportError(f"no access token: {error}", sent=False) from error
        self.hold(token)  # another client of this process may have fetched it
        return token

    def token_at_hand(self) -> str | None:
        """Return a valid token, ``None`` where one would have to be asked for."""
        if (token := self.parts().tokens.current()) is not None:
            self.hold(token)  # another client of this process may have fetched it
        return token

    def hold(self, token: str, *, guest: bool = False) -> None:
        """Keep a token out of logs and of all that answers say from now on.

        :param guest: whether it is a guest's.
        """
        if self.secrets.add(token, guest=guest):
            self._settings.on_token(token)

    def _fetch(self, parts: Parts) -> Token:
        token = self._fetch_token(self._settings, parts.login)
        self.hold(token.value)
        return token

    def _open(self) -> Parts:
        settings = self._settings
        pid = os.getpid()
        identity = (pid, self._system, settings.login_url, settings.client_id, self._secret_hash, settings.scope)
        parts = Parts(
            pid=pid,
            api=self._transport(settings.api_url, found_by=settings.api_from, accept=self._accept),
            login=self._transport(settings.login_url, found_by=settings.login_from),
            tokens=process.tokens_of(identity),
            limiter=process.limiter_of(identity, settings.requests_per_minute),
        )
        return parts if self.deadline is None else _bounded(parts, self.deadline)

    def _transport(self, url: str, **more: Any) -> Transport:
        settings = self._settings
        return Transport(
            url,
            user_agent=settings.user_agent,
            timeout=(settings.connect_timeout, settings.read_timeout),
            verify=settings.verify,
            proxies=settings.proxies,
            secrets=self.secrets,
            **more,
        )


def _bounded(parts: Parts, deadline: Deadline) -> Parts:
    return replace(parts, api=parts.api.until(deadline), login=parts.login.until(deadline))
