"""Answers that find out whether they are the whole of what the server said, and the last of it.

``http.client`` reads as much as an answer says that it holds, and forgets what came behind it. Then an answer whose
length is too short is not the whole of what the server said: a refusal whose first two bytes are ``{}``. It takes the
beginning of a head for all of it when the connection closes, and an interim answer (RFC 9110, 15.2) but for 100 for
the one that was waited for: whoever asks next over the connection would get that.
"""

from __future__ import annotations

import contextlib
import http.client
import io
import re
import socket
from http import HTTPStatus
from typing import Any, cast

from airflow_provider_genesys.api.deadline import Deadline

_MOST = 65_536
# Of a head: whoever waits for one holds so much, and of a publish a hundred may wait.
_PIECE_OF_HEAD = 4_096
MOST_BYTES = 100_000_000
"""Of one answer, as it comes and decoded. The largest that there are, pages of exports and bulk reads, have a few
megabytes; beyond that an answer that never ends would take all of the worker's memory."""

# In how many times the seconds that a piece may take an answer has to be whole.
_PATIENCE = 10
# Interim answers before one: a server that is busy for minutes says so every few seconds.
_MOST_INTERIM = 100
_LONGEST_HEAD = 262_144
_BEGINNING = b"HTTP/"
_STATUS = re.compile(rb"HTTP/\S+[ \t]+([1-9]\d\d)\s")
_END_OF_HEAD = re.compile(rb"\n\r?\n")


class BrokenAnswerError(http.client.HTTPException):
    """What comes is not an answer, or not the whole of one; the message tells what, and nothing secret."""


def is_more(behind: bytes) -> bool:
    """Tell whether what came behind an answer means that this is longer than it says; line breaks do not."""
    return bool(behind.strip(b"\r\n"))


class ExactAnswer(http.client.HTTPResponse):
    """An answer of ``http.client`` of which :attr:`is_longer` tells, once it is read, whether more came.

    Then nothing is told apart any more on its connection, and that is shut down.

    :param sock: where it comes from. Each piece has as long as its timeout, and the whole answer ten times as long.
    :param received: what came out of it already.
    """

    def __init__(self, sock: Any, debuglevel: int = 0, method: str | None = None, *, received: bytes = b"") -> None:
        self._stream = _Stream(_Source(sock, received))
        super().__init__(cast("Any", self._stream), debuglevel, method)

    def begin(self) -> None:
        """Read the head of the answer that was waited for.

        :raises BrokenAnswerError: it is not whole, or there is no answer to wait for.
        """
        self._stream.skip_interim()
        super().begin()

    @property
    def is_longer(self) -> bool:
        """Whether more had come than it says it holds, when its end was read."""
        return self._stream.is_longer


class ReadsExactly:
    """Makes connections of ``urllib3`` read such answers; mixed into their class."""

    answer: ExactAnswer | None = None
    """The last one."""

    def response_class(self, *arguments: Any, **more: Any) -> ExactAnswer:
        """Make the answer that comes; ``http.client`` has a class in this place."""
        self.answer = ExactAnswer(*arguments, **more)
        return self.answer


class _Source(io.RawIOBase):
    """The bytes that were received, and then those that are still to come."""

    def __init__(self, sock: Any, received: bytes) -> None:
        super().__init__()
        self._left = memoryview(received)
        self._socket = sock
        # It keeps the socket open for the rest of an answer behind which the connection is closed.
        self._rest = sock.makefile("rb", buffering=0)
        self._bytes = len(received)
        self._deadline = Deadline(_PATIENCE * sock.gettimeout())
        self.waits = True

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        if not self._left:
            return self._receive_into(buffer) if self.waits else self._what_is_there(buffer)
        view = memoryview(buffer)
        count = min(len(view), len(self._left))
        view[:count], self._left = self._left[:count], self._left[count:]
        return count

    def _receive_into(self, buffer: Any) -> int | None:
        """Wait for a piece of the answer; raise :class:`BrokenAnswerError` where it goes on too long."""
        if not self._deadline.left:
            raise BrokenAnswerError(f"is not whole after {self._deadline.seconds:.3g} s")
        if self._bytes > MOST_BYTES:
            raise BrokenAnswerError(f"has more than {MOST_BYTES} bytes")
        count = cast("int | None", self._rest.readinto(buffer))
        self._bytes += count or 0
        return count

    def skip_interim(self) -> None:
        """Receive the head of the answer that was waited for, and drop those of interim answers before it."""
        for _ in range(_MOST_INTERIM + 1):
            head = self._receive_head()
            if not head:
                return  # closed without a word, for which http.client has a name
            status = _STATUS.match(head)
            if status is None:
                raise http.client.BadStatusLine("")
            if int(status[1]) >= HTTPStatus.OK:
                return
            if int(status[1]) == HTTPStatus.SWITCHING_PROTOCOLS:
                raise BrokenAnswerError("goes over to another protocol, which nobody asked for")
            self._left = self._left[len(head) :]
        raise BrokenAnswerError(f"does not come, but more than {_MOST_INTERIM} interim ones")

    def _receive_head(self) -> bytes:
        """Return the next head, whole, and keep what was received; empty where nothing comes any more."""
        received, seen, piece = bytearray(self._left), 0, bytearray(_PIECE_OF_HEAD)
        while (end := _END_OF_HEAD.search(received, seen)) is None:
            if not received.startswith(_BEGINNING[: len(received)]):
                raise http.client.BadStatusLine("")
            if len(received) > _LONGEST_HEAD:
                raise BrokenAnswerError(f"has more than {_LONGEST_HEAD} bytes of headers")
            seen = max(0, len(received) - 2)
            count = self._receive_into(piece)
            if not count:
                break
            received += piece[:count]
        if received and end is None:
            raise BrokenAnswerError("was cut off in its head")
        self._left = memoryview(bytes(received))
        return bytes(received[: end.end()]) if end else b""

    def _what_is_there(self, buffer: Any) -> int:
        timeout = self._socket.gettimeout()
        try:
            self._socket.settimeout(0)
            try:
                return self._rest.readinto(buffer) or 0
            finally:
                self._socket.settimeout(timeout)
        except OSError:
            return 0  # nothing, or the connection is broken

    def shut_down(self) -> None:
        """Let nobody use the connection any more."""
        with contextlib.suppress(OSError):
            # TLS within TLS is no socket, and has one.
            getattr(self._socket, "socket", self._socket).shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self._rest.close()
        super().close()


class _Stream(io.BufferedReader):
    """What ``http.client`` reads from, as if it were a socket; at the end of the answer it closes it."""

    def __init__(self, source: _Source) -> None:
        super().__init__(source)
        self._source = source
        self.is_longer = False

    def makefile(self, _: str) -> _Stream:
        return self

    def skip_interim(self) -> None:
        self._source.skip_interim()

    def close(self) -> None:
        if not self.closed:
            self._source.waits = False
            self.is_longer = is_more(self.read(_MOST))
            if self.is_longer:
                self._source.shut_down()
        super().close()
