"""One connection used without waiting, for the usual course of an exchange; ``http.client`` sees to all others.

A connection is taken over from ``urllib3``'s pool after a request went over it, so proxy, TLS and verification are
those of every other request. What h11 finds to be a whole answer with status 200 and no encoding is the usual one.
Anything else is *unusual*: it is read by ``http.client`` and ``urllib3``, from the first byte on, so that nothing is
decided here that is decided there otherwise.
"""

from __future__ import annotations

import contextlib
import http.client
import io
import socket
import ssl
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any, NamedTuple, Protocol, cast

import h11
from urllib3 import HTTPHeaderDict, HTTPResponse
from urllib3.util import wait_for_read

_PIECE = 65_536
_LARGEST = 1_000_000  # bytes of a usual answer
_NOT_YET = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)
_LENGTH = b"Content-Length: "
# What h11 is told of each request, so that it expects an answer; what is sent is made by :func:`head_of`.
_A_REQUEST = h11.Request(method="POST", target="/", headers=[("Host", "-"), ("Content-Length", "0")])
_ITS_END = h11.EndOfMessage()


class UnusualAnswerError(Exception):
    """What came, or did not come, is not for here; :meth:`Wire.read_blocking` reads it."""


class Plain(NamedTuple):
    """A whole answer with status 200.

    :param headers: by name in lower case.
    :param body: as it came; it is not encoded.
    """

    headers: dict[str, str]
    body: bytes


class Connection(Protocol):
    """What is needed of ``urllib3``'s connections."""

    sock: socket.socket | None

    def close(self) -> None:
        """Close it."""


def head_of(method: str, target: str, headers: Iterable[tuple[str, str]]) -> bytes:
    """Return the head of requests up to where the length of the body stands.

    :param headers: all headers but ``Content-Length``, ``Host`` among them.
    :raises ValueError: they are not fit to be sent.
    """
    fields = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]
    try:
        request = h11.Request(method=method, target=target, headers=[*fields, (b"Content-Length", b"0")])
    except h11.LocalProtocolError as error:
        raise ValueError(str(error)) from None
    head = h11.Connection(h11.CLIENT).send(request) or b""
    return head[: head.rindex(_LENGTH) + len(_LENGTH)]


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
        self._http = h11.Connection(h11.CLIENT)
        self._unsent = memoryview(b"")
        self._received = bytearray()
        self._body = bytearray()
        self._answer: h11.Response | None = None
        self._failure: Exception | None = None
        self._replay: _Replay | None = None
        self._read: http.client.HTTPResponse | None = None

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
        self._received, self._body, self._answer = bytearray(), bytearray(), None
        self._http.send(_A_REQUEST)
        self._http.send(_ITS_END)
        self._unsent = memoryview(b"%b%d\r\n\r\n%b" % (head, len(body), body))
        try:
            self._unsent = self._unsent[self.socket.send(self._unsent) :]
        except _NOT_YET:
            return False
        return not self._unsent or self._send_rest()

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
        try:
            self._http.receive_data(piece)
            return self._parse()
        except h11.RemoteProtocolError:
            raise UnusualAnswerError from None

    def _parse(self) -> Plain | None:
        while (event := self._http.next_event()) is not h11.NEED_DATA:
            if isinstance(event, h11.Data):
                self._body += event.data
            elif isinstance(event, h11.Response):
                _refuse_unusual(event)
                self._answer = event
            elif isinstance(event, h11.EndOfMessage) and self._answer is not None and not self._http.trailing_data[0]:
                headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in self._answer.headers}
                return Plain(headers, bytes(self._body))
            else:
                raise UnusualAnswerError
        return None

    def end_exchange(self) -> bool:
        """Accept the answer that :meth:`receive` returned; return whether the connection may be used again."""
        if self._http.our_state is not h11.DONE or self._http.their_state is not h11.DONE:
            return False
        self._http.start_next_cycle()
        self.idle = True
        return True

    def expire(self) -> None:
        """Give the exchange up: nothing came for too long."""
        self._failure = TimeoutError()

    def read_blocking(self, timeout: float) -> HTTPResponse:
        """Let ``http.client`` read the answer, beginning with what was received of it.

        What is left of the request goes first. Read the body, then call :meth:`end_blocking`.

        :param timeout: seconds to wait for each piece.
        :raises OSError: the connection failed.
        :raises http.client.HTTPException: this is no answer.
        """
        if self._failure is not None:
            raise self._failure
        self.socket.settimeout(timeout)
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # it may have answered before it closed
            self.socket.sendall(self._unsent)
        self._replay = source = _Replay(self.socket, bytes(self._received))
        self._read = answer = http.client.HTTPResponse(cast("Any", source), method="POST")
        answer.begin()
        return HTTPResponse(
            cast("Any", answer),
            headers=HTTPHeaderDict(answer.headers.items()),
            status=answer.status,
            version=answer.version,
            reason=answer.reason,
            preload_content=False,
            original_response=cast("Any", answer),
            request_method="POST",
        )

    def end_blocking(self) -> bool:
        """End an exchange whose answer was read blocking; return whether it ended where the answer said it would."""
        if self._read is None or self._replay is None or not self._read.isclosed():
            return True  # how the body ended is for its reader to judge
        self.idle = self._replay.exact and not self._read.will_close
        return self._replay.exact

    def close(self) -> None:
        """Close the connection."""
        self.idle = False
        self.connection.close()


class _Replay(io.RawIOBase):
    """The bytes that were received, and then those that are still to come: all that ``http.client`` needs of a socket.

    :param sock: blocking.
    :param received: what came out of it already.
    """

    def __init__(self, sock: socket.socket, received: bytes) -> None:
        super().__init__()
        self._socket = sock
        self._left = memoryview(received)
        self.ended = False
        self.exact = False
        """Whether nothing came behind the answer, once that is read."""

    def makefile(self, _: str) -> _Stream:
        return _Stream(self)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if not self._left:
            return 0 if self.ended else self._socket.recv_into(buffer)
        view = memoryview(buffer)
        count = min(len(view), len(self._left))
        view[:count], self._left = self._left[:count], self._left[count:]
        return count


class _Stream(io.BufferedReader):
    """What ``http.client`` reads from; at the end of the answer it closes it."""

    def __init__(self, replay: _Replay) -> None:
        super().__init__(replay)
        self._replay = replay

    def close(self) -> None:
        if not self.closed:
            self._replay.ended = True
            self._replay.exact = not self.peek(1)
        super().close()


def _refuse_unusual(answer: h11.Response) -> None:
    names = [name for name, _ in answer.headers]
    if (
        answer.status_code != HTTPStatus.OK
        or answer.http_version != b"1.1"
        or b"content-encoding" in names
        or (b"content-length" in names) == (b"transfer-encoding" in names)
    ):
        raise UnusualAnswerError
