"""Reading an answer of the usual kind, as fast as can be: whole, status 200, not encoded, and nothing behind it.

The parser is that of Node.js (llhttp, by httptools), which refuses what HTTP leaves in doubt: two lengths, a length
beside chunks, lines without a carriage return, bytes behind an answer but for line breaks.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import NamedTuple

import httptools

# http.client reads no answer with as many.
_TOO_MANY_HEADERS = 100
_FRAMING = frozenset({"content-length", "transfer-encoding", "content-encoding"})


class UnusualAnswerError(Exception):
    """The answer is no usual one, or the connection failed; ``http.client`` has to read it."""


class Plain(NamedTuple):
    """A whole answer with status 200.

    :param headers: by name in lower case.
    :param body: as it came; it is not encoded.
    :param keep_alive: whether the connection may be used again.
    """

    headers: dict[str, str]
    body: bytes
    keep_alive: bool


class PlainReader:
    """Reads one answer, as its bytes come."""

    def __init__(self) -> None:
        self._parser = httptools.HttpResponseParser(self)
        self._headers: dict[str, str] = {}
        self._lines = 0
        self._is_in_body = False
        self._body = b""
        self._messages = 0
        self._answer: Plain | None = None

    def feed(self, piece: bytes) -> Plain | None:
        """Take what has come; return the answer once it is whole.

        :raises UnusualAnswerError: it is not the usual one; an empty piece, the end of the connection, is never usual.
        """
        is_behind = self._answer is not None
        if not piece or is_behind or not (self._messages or piece.startswith(b"H")):
            raise UnusualAnswerError  # the parser would pass over line breaks before it
        try:
            self._parser.feed_data(piece)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            raise UnusualAnswerError from None
        if self._messages > 1:
            raise UnusualAnswerError
        if self._answer is not None:
            del self._parser  # which knows this reader: both would be left to the collector of garbage
        return self._answer

    def on_message_begin(self) -> None:
        """Count it: a second one, or what comes behind a 100, is not usual."""
        self._messages += 1

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep a header; of several with one name the last, but for those that tell where the body ends.

        What stands behind the body is none, as for ``http.client``.
        """
        if self._is_in_body:
            return
        self._lines += 1
        key = name.decode("latin-1").lower()
        if self._lines >= _TOO_MANY_HEADERS or (key in _FRAMING and key in self._headers):
            raise UnusualAnswerError
        self._headers[key] = value.decode("latin-1")

    def on_headers_complete(self) -> None:
        """Refuse what is not usual."""
        headers, parser = self._headers, self._parser
        if (
            parser.get_status_code() != HTTPStatus.OK
            or parser.get_http_version() != "1.1"
            or "content-encoding" in headers
            or ("content-length" in headers) == ("transfer-encoding" in headers)
            or headers.get("transfer-encoding", "chunked").lower() != "chunked"
        ):
            raise UnusualAnswerError
        self._is_in_body = True

    def on_body(self, piece: bytes) -> None:
        """Keep a piece of the body."""
        self._body += piece

    def on_message_complete(self) -> None:
        """Note that it is whole."""
        self._answer = Plain(self._headers, self._body, self._parser.should_keep_alive())
