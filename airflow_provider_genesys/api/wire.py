"""One connection used without waiting, for the usual course of an exchange; ``http.client`` sees to all others.

A connection is taken over from ``urllib3``'s pool after a request went over it, so proxy, TLS and verification are
those of every other request. What is not an answer as :mod:`~airflow_provider_genesys.api.plain` has it is *unusual*:
it is read by ``http.client`` and ``urllib3``, from the first byte on, so that nothing is decided here that is decided
there otherwise.
"""

from __future__ import annotations

import contextlib
import re
import socket
import ssl
from collections.abc import Iterable
from typing import Any, Protocol, cast

from urllib3 import HTTPHeaderDict, HTTPResponse
from urllib3.util import wait_for_read

from airflow_provider_genesys.api.exact import ExactAnswer, is_more
from airflow_provider_genesys.api.plain import Plain, PlainReader, UnusualAnswerError

_PIECE = 65_536
_LARGEST = 65_536  # bytes of a usual answer; http.client reads no line that is longer
_NOT_YET = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)
_UNFIT = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")


class Connection(Protocol):
    """What is needed of ``urllib3``'s connections."""

    sock: socket.socket | None

    def close(self) -> None:
        """Close it."""


def head_of(method: str, target: str, headers: Iterable[tuple[str, str]]) -> bytes:
    """Return the head of requests up to where the length of the body stands.

    :param headers: all headers but ``Content-Length``, ``Host`` among them.
    :raises ValueError: a line has a character that is not fit to be sent; it is not repeated, since it may be secret.
    """
    lines = [f"{method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in headers)]
    if any(_UNFIT.search(line) for line in lines):
        raise ValueError("a header holds a character that is not fit to be sent")
    return "\r\n".join([*lines, "Content-Length: "]).encode("latin-1")


class Wire:
    """Exchanges requests and answers over one connection. For one thread at a time.

    :param connection: connected and idle, and nobody else's.
    :param sock: its socket.
    """

    def __init__(self, connection: Connection, sock: socket.socket) -> None:
        self.connection = connection
        self.socket = sock
        self.socket.settimeout(0)
        self.idle = True
        """Whether nothing is on its way in either direction. Who parts with it goes by that, so it is set early and
        cleared late: of a connection in use the next user would take the answer for its own."""
        self._unsent = memoryview(b"")
        self._received = b""
        self._reader: PlainReader  # of each exchange its own, made by send
        self._answer: Plain | None = None
        self._failure: Exception | None = None
        self.answer: ExactAnswer | None = None
        """The answer that :meth:`read_blocking` returned."""

    @property
    def is_usable(self) -> bool:
        """Whether a request may go over it: the server neither closed it nor said anything unasked."""
        return self.idle and not wait_for_read(self.socket, timeout=0.0)

    def send(self, head: bytes, body: bytes) -> bool:
        """Begin an exchange; return whether all is handed over, else :meth:`send_more` is to be called.

        :param head: what :func:`head_of` returned.
        :raises OSError: nothing was handed over, so the server certainly did not get it.
        """
        self.idle = False
        self._received, self._reader, self._answer = b"", PlainReader(), None
        self._unsent = memoryview(b"%b%d\r\n\r\n%b" % (head, len(body), body))
        try:
            self._unsent = self._unsent[self.socket.send(self._unsent) :]
        except _NOT_YET:
            return False
        return self._send_rest()

    def send_more(self) -> bool:
        """Hand over more of the request; return whether that was all.

        :raises UnusualAnswerError: the connection failed.
        """
        try:
            return self._send_rest()
        except OSError as error:
            self._failure = error
            raise UnusualAnswerError from None

    def _send_rest(self) -> bool:
        try:
            while self._unsent:
                self._unsent = self._unsent[self.socket.send(self._unsent) :]
        except _NOT_YET:
            return False
        self._unsent = memoryview(b"")  # an empty rest would keep the whole request in memory, in each lane
        return True

    def receive(self) -> Plain | None:
        """Take what has come; return the answer once it is whole.

        The exchange is not over before :meth:`end_exchange`; until then the answer can be read once more.

        :raises UnusualAnswerError: it is not the usual answer, or the connection failed.
        """
        try:
            piece = self.socket.recv(_PIECE)
            while isinstance(self.socket, ssl.SSLSocket) and self.socket.pending():
                piece += self.socket.recv(_PIECE)  # decrypted already: no event will tell of it
        except (BlockingIOError, ssl.SSLWantReadError):
            return None
        except OSError as error:
            self._failure = error
            raise UnusualAnswerError from None
        self._received += piece
        if self._unsent or len(self._received) > _LARGEST:
            raise UnusualAnswerError
        self._answer = self._reader.feed(piece)
        if self._answer is not None:
            self._look_behind()
        return self._answer

    def _look_behind(self) -> None:
        """Raise :class:`UnusualAnswerError` if the answer is longer than it says."""
        try:
            behind = self.socket.recv(_PIECE)
        except OSError:
            return  # nothing; whether the connection broke is seen before it is used again
        if is_more(behind):
            self._received += behind
            raise UnusualAnswerError

    def end_exchange(self) -> None:
        """Accept the answer that :meth:`receive` returned."""
        self.idle = self._answer is not None and self._answer.keep_alive

    def expire(self) -> None:
        """Give the exchange up: nothing came for too long."""
        self._failure = TimeoutError()

    def read_blocking(self, timeout: float) -> HTTPResponse:
        """Let ``http.client`` read the answer, beginning with what was received of it.

        What is left of the request goes first. Read the body, then call :meth:`end_blocking`.

        :param timeout: seconds to wait for each piece.
        :raises OSError: the connection failed.
        :raises http.client.HTTPException: this is no answer.
        :raises urllib3.exceptions.InvalidHeader: it has two lengths.
        """
        if self._failure is not None:
            raise self._failure
        self.socket.settimeout(timeout)
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # it may have answered before it closed
            self.socket.sendall(self._unsent)
        self.answer = answer = ExactAnswer(self.socket, method="POST", received=self._received)
        answer.begin()
        return HTTPResponse(
            cast("Any", answer),
            headers=HTTPHeaderDict(answer.headers.items()),
            status=answer.status,
            version=answer.version,
            reason=answer.reason,
            preload_content=False,
            original_response=cast("Any", answer),
            connection=cast("Any", self),
            request_method="POST",
        )

    def end_blocking(self) -> None:
        """End an exchange whose answer was read blocking; it is idle if it ended where the answer said it would."""
        answer = self.answer
        self.idle = answer is not None and answer.isclosed() and not (answer.is_longer or answer.will_close)

    def close(self) -> None:
        """Close the connection."""
        self.idle, self.answer = False, None
        self.connection.close()
