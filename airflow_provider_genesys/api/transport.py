"""HTTP to one host: what goes out, how long it may take, and how sure one can be that it arrived.

It is ``requests`` without ``requests.Session``: a prepared request goes straight to the adapter. That leaves no cookie
jar, no redirect, no ``.netrc`` and no look at the environment for every request, and it costs a fifth less. One
transport speaks to one host only, so that a token meant for it cannot reach another.
"""

from __future__ import annotations

import copy
import logging
import re
import socket
import ssl
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from http import HTTPStatus
from http.client import HTTPException
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import requests
from urllib3.exceptions import HTTPError, InvalidHeader

from airflow_provider_genesys.api.body import read_body
from airflow_provider_genesys.api.connections import OneHostAdapter
from airflow_provider_genesys.api.exact import BrokenAnswerError
from airflow_provider_genesys.api.hosts import ANSWERED
from airflow_provider_genesys.api.redaction import Secrets
from airflow_provider_genesys.api.surroundings import ca_bundle, logins, proxies_for, proxy_without_login
from airflow_provider_genesys.api.wire import Wire, head_of
from airflow_provider_genesys.exceptions import GenesysConfigError, GenesysError, GenesysTransportError

if TYPE_CHECKING:
    from airflow_provider_genesys.api.deadline import Deadline
    from airflow_provider_genesys.api.exact import ExactAnswer

log = logging.getLogger(__name__)

CORRELATION_ID = "ININ-Correlation-Id"
# What OpenSSL says of a certificate that is not yet, or no longer, valid, and of one of another host.
_OUT_OF_TIME, _OF_ANOTHER_HOST = {9, 10}, {62, 64}
# What http.client says of a proxy that opens no tunnel without a login.
_NO_LOGIN = re.compile(r"Tunnel connection failed: 407\b")


def _unquoted(record: logging.LogRecord) -> bool:
    """Keep urllib3 from quoting an answer whose headers it cannot read: they may repeat what was sent."""
    if str(record.msg).startswith("Failed to parse headers"):
        record.msg, record.args, record.exc_info = "Failed to parse the headers of an answer", (), None
    return True


for _name in ("urllib3.connection", "urllib3.connectionpool"):  # of its version 2, of its version 1
    logging.getLogger(_name).addFilter(_unquoted)


class Transport:
    """Sends requests to one host. Safe to share between threads, not between processes: sockets do not survive a fork.

    :param base_url: address of the host, with or without a path under which the API lies.
    :param user_agent: value of the ``User-Agent`` header.
    :param timeout: seconds to wait for a connection, and for each piece of the answer; a whole answer may take ten
        times as long as a piece.
    :param verify: whether to verify the server's certificate, or path of a CA bundle (file or folder) to verify it
        with. ``True`` takes the bundle that ``REQUESTS_CA_BUNDLE`` or ``CURL_CA_BUNDLE`` names, if any.
    :param proxies: proxy by scheme, as in ``requests``; ``None`` takes those of the environment (``HTTPS_PROXY``,
        ``NO_PROXY``, ...).
    :param accept: value of the ``Accept`` header.
    :param secrets: what no answer may repeat; the passwords of proxies are added.
    :raises GenesysConfigError: the address is none, no certificate can be read from the CA bundle, or the proxy's
        address is none; the message names the field or the environment variable.
    """

    def __init__(
        self,
        base_url: str,
        *,
        user_agent: str,
        timeout: tuple[float, float] = (5.0, 30.0),
        verify: bool | str = True,
        proxies: Mapping[str, str] | None = None,
        accept: str = "application/json",
        secrets: Secrets | None = None,
        found_by: str = "the region",
    ) -> None:
        address = urlsplit(base_url)
        if address.scheme not in {"http", "https"} or not address.hostname:
            raise GenesysConfigError(f"{address.hostname or base_url!r} is no address of the form https://host")
        self.base_url = base_url.rstrip("/")
        self.host = address.hostname if address.port is None else f"{address.hostname}:{address.port}"
        self._headers = {"User-Agent": user_agent, "Accept": accept}
        self._timeout = timeout
        self._verify = ca_bundle(verify, base_url)
        self._given_proxies = proxies
        self._proxies = proxies_for(base_url, proxies)
        self._secrets = Secrets() if secrets is None else secrets
        self.found_by = found_by
        for user, password in logins(self._proxies):
            self._secrets.add(password, user=user)
        self._adapter = OneHostAdapter()
        self._deadline: Deadline | None = None

    def until(self, deadline: Deadline) -> Transport:
        """Return a transport with the same connections whose requests are answered by then, or have failed."""
        bounded = copy.copy(self)
        bounded._deadline = deadline  # noqa: SLF001 - it is one of these
        return bounded

    def prepare(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
    ) -> requests.PreparedRequest:
        """Make a request that :meth:`send` sends, any number of times.

        :param method: HTTP method.
        :param path: path from the host on, percent-encoded.
        :param query: values, or lists of them, by parameter.
        :param headers: headers beside the usual ones.
        :param body: the body, if any.
        """
        return requests.Request(
            method, f"{self.base_url}{path}", headers={**self._headers, **(headers or {})}, params=query, data=body
        ).prepare()

    def send(self, request: requests.PreparedRequest) -> requests.Response:
        """Send a request and read the whole answer, whatever its status; an error's says nothing secret any more.

        The body of an answer with an error status may be missing when it was cut off: the status says enough.

        :raises GenesysTransportError: there is no whole answer, or more came than it says it holds, or more than an
            answer may have; its ``sent`` tells whether the server may have acted.
        :raises GenesysConfigError: the address or a proxy's is none, or the proxy wants a login; nothing was sent.
        """
        deadline = self._deadline
        if deadline is None:
            return self._send(request, self._timeout)
        if not deadline.left:
            raise GenesysTransportError(f"no time was left to ask {self.host}", sent=False)
        connect, read = (min(seconds, deadline.left) for seconds in self._timeout)
        try:
            return deadline.bound(lambda: self._send(request, (connect, read)))
        except TimeoutError:
            raise GenesysTransportError(
                f"no whole answer from {self.host} within the {deadline.seconds:.3g} s that there were", sent=None
            ) from None

    def _send(self, request: requests.PreparedRequest, timeout: tuple[float, float]) -> requests.Response:
        return self._receive(
            request,
            lambda: self._adapter.send(
                request, stream=False, timeout=timeout, verify=self._verify, cert=None, proxies=self._proxies
            ),
            read_timeout=timeout[1],
        )

    def open_wire(self) -> Wire | None:
        """Return an idle connection for exchanges without waiting, or ``None`` where there is none.

        There is one after a request was sent. Give it back with :meth:`release`, or let :meth:`finish` do it.
        """
        while (connection := self._adapter.take()) is not None:
            # TLS within TLS (a proxy spoken to by https) is no real socket, and cannot be waited for.
            if isinstance(connection.sock, socket.socket):
                wire = Wire(connection, connection.sock)
                if wire.is_usable:
                    return wire
                wire.close()
                continue
            self._adapter.give(connection)
            return None
        return None

    def release(self, wire: Wire) -> None:
        """Give a wire back: for the next request if it is idle, else it is closed."""
        if wire.idle:
            wire.socket.settimeout(self._timeout[1])
            self._adapter.give(wire.connection)
        else:
            wire.close()

    def close_idle(self) -> None:
        """Close the connections that nobody uses; the next request opens one."""
        self._adapter.close_idle()

    def head_of(self, request: requests.PreparedRequest) -> bytes:
        """Return the head of a request as :meth:`~airflow_provider_genesys.api.wire.Wire.send` takes it.

        :raises ValueError: a header is not fit to be sent.
        """
        address = urlsplit(request.url or "")
        host = address.netloc.rpartition("@")[2].removesuffix({"http": ":80", "https": ":443"}[address.scheme])
        target = self._adapter.request_url(request, self._proxies)
        headers = {"Host": host, "Accept-Encoding": "identity", **request.headers}
        if target.startswith("http"):
            headers |= self._adapter.headers_for_proxy
        headers.pop("Content-Length", None)
        return head_of(request.method or "", target, headers.items())

    def finish(self, wire: Wire, request: requests.PreparedRequest) -> requests.Response:
        """Read the answer to a request that was sent over a wire, however long it takes, and part with the wire.

        :raises GenesysTransportError: as :meth:`send` does.
        """
        try:
            answer = self._receive(
                request,
                lambda: self._adapter.build_response(request, wire.read_blocking(self._timeout[1])),
                read_timeout=self._timeout[1],
            )
            wire.end_blocking()
            return answer
        finally:
            self.release(wire)

    def _receive(
        self, request: requests.PreparedRequest, exchange: Callable[[], requests.Response], *, read_timeout: float
    ) -> requests.Response:
        """Get an answer and read the whole of it."""
        begun = time.monotonic()
        failure: GenesysError | None = None
        try:
            answer = exchange()
        except (requests.exceptions.InvalidHeader, InvalidHeader):  # the answer's: ours are made by us
            failure = GenesysTransportError(
                f"the answer of {self.host} contradicts itself: it has two lengths", sent=True
            )
        except (requests.RequestException, HTTPError, HTTPException, OSError) as error:
            failure = self._broken(error) or self._failure(error, read_timeout=read_timeout)
        if failure is not None:
            log.debug(
                "%s %s failed after %.3f s: %s", request.method, _path(request), time.monotonic() - begun, failure
            )
            raise failure  # out here, or it would carry the library's error: that holds the request, and so the token
        if answer.status_code != HTTPStatus.PROXY_AUTHENTICATION_REQUIRED:
            ANSWERED.add(self.host)  # such an answer is a proxy's: the request has not got there
        self._read(answer)
        self._clean(answer)
        self.log_answer(request, answer.status_code, begun, answer.headers.get(CORRELATION_ID))
        if answer.status_code == HTTPStatus.PROXY_AUTHENTICATION_REQUIRED and (refusal := self._proxy_without_login()):
            raise GenesysConfigError(refusal)
        return answer

    def _proxy_without_login(self) -> str | None:
        return proxy_without_login(self.base_url, self._proxies, self._given_proxies)

    def log_answer(
        self, request: requests.PreparedRequest, status: int, begun: float, correlation_id: str | None
    ) -> None:
        """Log an answer, at the level of debugging.

        :param begun: when the exchange began, by the monotonic clock.
        """
        if log.isEnabledFor(logging.DEBUG):
            log.debug(
                "%s %s answered %d in %.3f s (correlation id %s)",
                request.method,
                _path(request),
                status,
                time.monotonic() - begun,
                self._secrets.redact(correlation_id) if correlation_id else None,
            )

    def _clean(self, answer: requests.Response) -> None:
        """Take the secrets out of all that messages are made of."""
        if answer.status_code >= HTTPStatus.MULTIPLE_CHOICES:
            self._secrets.clean(answer)
        elif correlation_id := answer.headers.get(CORRELATION_ID):
            answer.headers[CORRELATION_ID] = self._secrets.redact(correlation_id)

    def _read(self, answer: requests.Response) -> None:
        """Read the body now, so that the connection goes back to the pool."""
        exact: ExactAnswer | None = getattr(answer.raw.connection, "answer", None)  # who reads it all, parts with it
        broken = None
        body = b""
        try:
            body = read_body(answer.raw)
        except (HTTPError, HTTPException, OSError, ValueError, OverflowError) as error:  # the last two of odd chunks
            answer.close()
            what = f"the answer of {self.host} (HTTP {answer.status_code}) broke off"
            cause = self._secrets.redact(_cause(error))
            broken = self._broken(error) or GenesysTransportError(f"{what}: {cause}", sent=True)
        if broken is None and exact is not None and exact.is_longer:
            broken = GenesysTransportError(f"the answer of {self.host} is longer than it says", sent=True)
        if broken is not None and answer.ok:
            raise broken
        answer._content = body  # noqa: SLF001 - requests has no public way

    def _broken(self, error: Exception) -> GenesysTransportError | None:
        """Say what is wrong with an answer that began to arrive, if that is what happened."""
        broken = next((each for each in _causes(error) if isinstance(each, BrokenAnswerError)), None)
        if broken is None or _while_connecting(error):
            return None
        return GenesysTransportError(f"the answer of {self.host} {broken}", sent=True)

    def _failure(self, error: Exception, *, read_timeout: float) -> GenesysError:
        """Say what happened and whether the server may have acted, in own words: the error's may hold a password."""
        cause = self._secrets.redact(_cause(error))
        if isinstance(error, requests.RequestException) and isinstance(error, ValueError):
            return GenesysConfigError(f"nothing can be sent to {self.host} ({cause}): are the proxies right?")
        connecting = isinstance(error, requests.exceptions.ConnectTimeout) or _while_connecting(error)
        sent = False if connecting else None
        if isinstance(error, requests.exceptions.ProxyError):
            wants_login = any(_NO_LOGIN.match(str(each)) for each in _causes(error))
            refusal = self._proxy_without_login() if wants_login else None
            failed = GenesysTransportError(f"the proxy for {self.host} failed: {cause}", sent=sent)
            return GenesysConfigError(refusal) if refusal else failed
        if isinstance(error, requests.exceptions.Timeout | TimeoutError):
            what = (
                f"no connection to {self.host} in time"
                if connecting
                else f"no answer from {self.host} within {read_timeout:.3g} s"
            )
            return GenesysTransportError(what, sent=sent)
        doubt = next((each for each in _causes(error) if isinstance(each, ssl.SSLCertVerificationError)), None)
        if doubt is not None:
            return self._distrust(doubt, cause)
        if not connecting:
            return GenesysTransportError(f"the connection to {self.host} broke: {cause}", sent=None)
        if self.host in ANSWERED:
            advice = "it has answered before, so either it or the way to it is down"
        else:
            advice = f"is {self.found_by} right, and may this machine reach the host?"
        return GenesysTransportError(f"cannot connect to {self.host}: {cause}; {advice}", sent=False)

    def _distrust(self, doubt: ssl.SSLCertVerificationError, cause: str) -> GenesysConfigError:
        """Say that a certificate is not trusted, which no trying again cures, whatever the host was before."""
        if doubt.verify_code in _OF_ANOTHER_HOST:
            advice = f"it is of another host: does {self.found_by} name the one that the certificate is of?"
        elif doubt.verify_code in _OUT_OF_TIME:
            advice = "it has to be renewed on that host, unless this machine's clock is wrong"
        else:
            advice = "an authority of your own is named in the connection's `verify`"
        return GenesysConfigError(f"the certificate of {self.host} is not trusted: {cause}; {advice}")


def _path(request: requests.PreparedRequest) -> str:
    """Return the path without the query, which may name people."""
    return urlsplit(request.url or "").path


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Walk from an error of ``requests`` down to what happened; each layer has the next as argument or ``reason``."""
    seen: list[BaseException] = []
    todo = [error]
    while todo:
        cause = todo.pop(0)
        if cause in seen:
            continue
        seen.append(cause)
        yield cause
        inner = (*cause.args, getattr(cause, "reason", None), cause.__cause__, cause.__context__)
        todo.extend(each for each in inner if isinstance(each, BaseException))


def _while_connecting(error: Exception) -> bool:
    """Tell whether it happened before the request was sent.

    All of that is inside ``connect``: name resolution, TCP, a proxy's tunnel, TLS.

    The types do not tell: a timeout or an SSL error has the same one in the handshake and after it.
    """
    frames = (frame for cause in _causes(error) for frame, _ in traceback.walk_tb(cause.__traceback__))
    return any(frame.f_code.co_name == "connect" for frame in frames)


def _cause(error: Exception) -> str:
    """Name the innermost cause by its type and, where the system or a proxy's status line says more, by that."""
    *_, innermost = _causes(error)
    text = getattr(innermost, "verify_message", None) or getattr(innermost, "strerror", None)
    if not text and isinstance(error, requests.exceptions.ProxyError):
        text = next((str(arg) for arg in innermost.args if str(arg).startswith("Tunnel connection failed")), None)
    return f"{type(innermost).__name__}: {text}" if text else type(innermost).__name__
