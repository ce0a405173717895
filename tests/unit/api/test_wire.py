"""The wire without waiting: what it accepts, ``http.client`` would have accepted too, whatever the bytes are."""

from __future__ import annotations

import contextlib
import gc
import http.client
import io
import json
import socket
from contextlib import nullcontext
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from airflow_provider_genesys.api.answers import content
from airflow_provider_genesys.api.plain import Plain, UnusualAnswerError
from airflow_provider_genesys.api.redaction import Secrets
from airflow_provider_genesys.api.transport import Transport
from airflow_provider_genesys.api.wire import Wire, head_of
from airflow_provider_genesys.events.delivery import accepts_all
from airflow_provider_genesys.exceptions import GenesysTransportError
from tests.harness.examples import examples

HEAD = head_of("POST", "/api/v2/events/users/presence", [("Host", "h"), ("Authorization", "Bearer t")])
GOOD = b'{"errors":[]}'
TWICE = b'{"errors":[{"message":"all"}],"\\u0065rrors":[]}'
BAD = b'{"errors":[{"eventId":"0b7a1c0d-0000-4000-8000-000000000001","message":"no such user"}]}'


class Connection:
    def __init__(self, sock: socket.socket) -> None:
        self.sock: socket.socket | None = sock

    def close(self) -> None:
        if self.sock is not None:
            self.sock.close()


class Ends:
    """A wire, and the server's end of it."""

    def __init__(self) -> None:
        ours, self.server = socket.socketpair()
        self.wire = Wire(Connection(ours), ours)

    def __enter__(self) -> Ends:
        return self

    def __exit__(self, *_: object) -> None:
        self.server.close()
        self.wire.close()

    def exchange(self, pieces: list[bytes], *, closing: bool = False) -> Plain | None:
        """Send a request, and receive what comes in these pieces."""
        assert self.wire.send(HEAD, b"{}")
        answer = None
        for piece in pieces:
            self.server.sendall(piece)
            answer = answer or self.wire.receive()
        if closing:
            self.server.close()
            answer = answer or self.wire.receive()
        return answer


def plain(body: bytes, *headers: str) -> bytes:
    lines = ["HTTP/1.1 200 OK", *headers, f"Content-Length: {len(body)}"]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def read_by_http_client(text: bytes) -> tuple[int, bytes] | None:
    """Return status and body as ``http.client`` reads them; ``None`` where it does not."""

    class Source:
        def makefile(self, _: str) -> Any:
            return io.BufferedReader(io.BytesIO(text))  # type: ignore[arg-type]

    answer = http.client.HTTPResponse(Source(), method="POST")  # type: ignore[arg-type]
    try:
        answer.begin()
        return answer.status, answer.read()
    except (http.client.HTTPException, OSError, ValueError):
        return None


def test_what_is_sent() -> None:
    with Ends() as ends:
        assert ends.wire.send(HEAD, b'{"a":1}')
        assert ends.server.recv(1000) == (
            b"POST /api/v2/events/users/presence HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer t\r\n"
            b'Content-Length: 7\r\n\r\n{"a":1}'
        )


@pytest.mark.parametrize("value", ["t\r\nX-Evil: 1", "t\nu", "t\0"])
def test_a_header_that_would_be_two_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        head_of("POST", "/", [("Host", "h"), ("Authorization", value)])


def test_many_exchanges_over_one_connection() -> None:
    with Ends() as ends:
        for number in range(5):
            body = b'{"n":%d}' % number
            answer = ends.exchange([plain(body, "ININ-RateLimit-Count: 7")[:30], plain(body)[:0]])
            assert answer is None
            ends.server.sendall(plain(body, "ININ-RateLimit-Count: 7")[30:])
            answer = ends.wire.receive()
            assert answer is not None
            assert (answer.body, answer.headers["inin-ratelimit-count"]) == (body, "7")
            assert not ends.wire.idle
            ends.wire.end_exchange()
            assert ends.wire.is_usable


def test_what_stands_behind_a_chunked_body_is_no_header() -> None:
    """``http.client`` passes over it; here it would be taken for what is left of the allowance."""
    text = b"HTTP/1.1 200 OK\r\nX: head\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\nX: y\r\nInin-Y: 1\r\n\r\n"
    with Ends() as ends:
        answer = ends.exchange([text])
        assert answer is not None
        assert answer.body == b"{}"
        assert answer.headers == {"x": "head", "transfer-encoding": "chunked"}


def test_exchanges_leave_nothing_to_the_collector_of_garbage() -> None:
    """It looks at all that waits to be sent each time that there is enough to look for."""
    with Ends() as ends:
        gc.collect()
        gc.disable()
        try:
            for _ in range(5):
                assert ends.exchange([plain(GOOD)[:30]]) is None
                ends.server.sendall(plain(GOOD)[30:])
                assert ends.wire.receive() is not None
                ends.wire.end_exchange()
            assert gc.collect() == 0
        finally:
            gc.enable()


def test_a_connection_that_the_server_closed_or_spoke_on_is_not_usable() -> None:
    with Ends() as ends:
        ends.server.close()
        assert not ends.wire.is_usable
    with Ends() as ends:
        ends.server.sendall(b"HTTP/1.1 408 Request Timeout\r\n\r\n")
        assert not ends.wire.is_usable


def test_a_connection_that_says_that_it_closes_is_not_used_again() -> None:
    with Ends() as ends:
        assert ends.exchange([plain(GOOD, "Connection: close")])
        ends.wire.end_exchange()
        assert not ends.wire.idle


@pytest.mark.parametrize(
    "text",
    [
        b"HTTP/1.1 100 Continue\r\n\r\n" + plain(GOOD),
        plain(GOOD).replace(b"1.1", b"1.0"),
        plain(GOOD).replace(b"200", b"202"),
        plain(GOOD).replace(b"200 OK", b"429 No"),
        plain(GOOD, "Content-Encoding: gzip"),
        plain(GOOD, "Content-Length: 7"),
        plain(GOOD, "Transfer-Encoding: chunked"),
        b"HTTP/1.1 200 OK\r\n\r\n" + GOOD,
        plain(GOOD) + b"more",
        b"\x16\x03\x01\x02\x00\x01",
        b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100_000,
        plain(GOOD, "X:" + " " * 65_536 + "y"),
        plain(GOOD, *[f"X-{number}: y" for number in range(99)]),
    ],
)
def test_what_is_not_plain_is_left_to_http_client(text: bytes) -> None:
    with Ends() as ends, pytest.raises(UnusualAnswerError):
        ends.exchange([text[:10], text[10:50_000], text[50_000:]], closing=True)


@pytest.mark.parametrize("count", [1, 98, 99, 100, 2_000])
def test_as_many_headers_as_http_client_reads_are_usual(count: int) -> None:
    text = plain(GOOD, *[f"X-{number}: y" for number in range(count - 1)])
    accepted = read_by_http_client(text) == (200, GOOD)
    with Ends() as ends, nullcontext() if accepted else pytest.raises(UnusualAnswerError):
        assert ends.exchange([text])
    assert accepted == (count < 100)


@pytest.mark.parametrize("cut", [0, 1, 20, len(plain(BAD)) - 1, len(plain(BAD))])
def test_http_client_reads_from_the_first_byte_on(cut: int) -> None:
    with Ends() as ends:
        if cut:
            ends.exchange([plain(BAD)[:cut]])
        else:
            assert ends.wire.send(HEAD, b"{}")
        ends.server.sendall(plain(BAD)[cut:])
        answer = ends.wire.read_blocking(1.0)
        assert (answer.status, answer.read()) == (200, BAD)
        ends.wire.end_blocking()
        assert ends.wire.idle, "and the connection may be used again"


def test_http_client_that_reads_less_than_came_ends_the_connection() -> None:
    with Ends() as ends:
        with pytest.raises(UnusualAnswerError):
            ends.exchange([plain(GOOD) + plain(GOOD)])
        assert ends.wire.read_blocking(1.0).read() == GOOD
        ends.wire.end_blocking()
        assert not ends.wire.idle


LINES = st.sampled_from(
    [
        b"Content-Length: %d" % len(BAD),
        b"Content-Length: %d" % len(GOOD),
        b"Content-Length: 0",
        b"content-length:  2 ",
        b"Content-Length: +2",
        b"Content-Length: 2, 2",
        b"Content-Length: 2_0",
        b"Transfer-Encoding: chunked",
        b"Transfer-Encoding: identity",
        b"Transfer-Encoding: gzip, chunked",
        b"Content-Encoding: gzip",
        b"Connection: close",
        b"Connection: upgrade",
        b"X: y\r\n z: w",
        b" Content-Length: 2",
        b"Content-Length : 2",
        b"Set-Cookie: a=b",
    ]
)
STATUS = st.sampled_from(
    [
        b"HTTP/1.1 200 OK",
        b"HTTP/1.1 200",
        b"HTTP/1.0 200 OK",
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK",
        b"HTTP/1.1 400 Bad",
        b"HTTP/2 200",
        b"ICY 200 OK",
        b"HTTP/1.1 204 No",
        b"HTTP/1.1  200 OK",
        b"\r\nHTTP/1.1 200 OK",
    ]
)
BODIES = st.sampled_from(
    [
        BAD,
        GOOD,
        b"{}",
        b"2\r\n{}\r\n0\r\n\r\n",
        b"%x\r\n%b\r\n0\r\n\r\n" % (len(BAD), BAD),
        b"-5\r\n{}\r\n0\r\n\r\n",
        b"-1\r\n{}\r\n0\r\n\r\n",
        b"2;x=y\r\n{}\r\n0\r\nTrailer: 1\r\n\r\n",
        BAD[:-2] + b'],"errors":[]}',
        b'{"errors":[],"errors":[{"message":"all"}]}',
        TWICE,
        TWICE.decode().encode("utf-16"),
        b'{"errors":"all"}',
        b'{"errors":{}}',
        b"",
    ]
)
ENDS = st.sampled_from([b"\r\n", b"\n"])


@st.composite
def answers(draw: st.DrawFn) -> bytes:
    """An answer put together of parts that do not fit, or one that does, and then some bytes changed."""
    end = draw(ENDS)
    text = end.join([draw(STATUS), *draw(st.lists(LINES, max_size=4)), b""]) + end + draw(BODIES)
    for _ in range(draw(st.integers(0, 3))):
        at, cut = draw(st.integers(0, len(text))), draw(st.integers(0, 4))
        text = text[:at] + draw(st.binary(max_size=4)) + text[at + cut :]
    return text


@examples(1_500)
@given(text=answers(), cuts=st.lists(st.integers(1, 300), max_size=4), closing=st.booleans())
@example(text=plain(GOOD), cuts=[], closing=False)
@example(text=plain(b"{}"), cuts=[5, 20], closing=True)
@example(text=plain(TWICE), cuts=[], closing=False)
@example(text=plain(TWICE.decode().encode("utf-16")), cuts=[], closing=False)
def test_a_fuzzed_answer_is_never_accepted_unless_http_client_reads_the_same(
    text: bytes, cuts: list[int], closing: bool
) -> None:
    edges = sorted({0, *(cut for cut in cuts if cut < len(text)), len(text)})
    pieces = [text[start:end] for start, end in pairwise(edges)]
    with Ends() as ends:
        try:
            answer = ends.exchange(pieces, closing=closing)
        except UnusualAnswerError:
            return
        if answer is None or not accepts_all(answer.body):
            return
        assert read_by_http_client(text) == (200, answer.body)
        assert not errors_in(answer.body)


def errors_in(text: bytes) -> list[Any]:
    """Return what a JSON object has under the name of errors, however often."""
    pairs = json.loads(text, object_pairs_hook=list)
    return [value for name, value in pairs if name == "errors" and value]


def test_the_errors_of_an_object_are_found() -> None:
    assert errors_in(b'{"errors": {"message": "x"}, "errors": [], "a": {"errors": [1]}}') == [[("message", "x")]]


TRANSPORT = Transport("http://127.0.0.1:1", user_agent="test", timeout=(1.0, 1.0), proxies={})


@examples(1_000)
@given(text=answers(), received=st.integers(0, 40))
@example(text=plain(b"{}") + BAD, received=0)
@example(text=plain(b"{}") + b"\r\n" * 5_000 + BAD, received=5)
@example(text=plain(b"{" + b" " * 9_000 + b"}") + BAD, received=0)
@example(text=plain(GOOD, "Content-Length: 90") + BAD, received=20)
@example(text=plain(GOOD, "Content-Length: 12, 13"), received=20)
@example(text=b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\n{}\r\n0\r\n\r\n", received=0)
@example(text=b"HTTP/1.1 400 Bad\r\nContent-Length: 88\r\n\r\n" + GOOD, received=0)
@example(text=plain(b'{" errors":[{"message":"no such user"}]}'), received=0)
def test_a_fuzzed_answer_that_http_client_reads_is_an_answer_or_none_and_hides_no_refusal(
    text: bytes, received: int
) -> None:
    """The careful way from the socket to the JSON: what it does not understand is a broken answer, of any kind."""
    request = TRANSPORT.prepare("POST", "/", body=b"{}")
    with Ends() as ends:
        assert ends.wire.send(HEAD, b"{}")
        ends.server.sendall(text[:received])
        with contextlib.suppress(UnusualAnswerError):
            if received:
                ends.wire.receive()
        ends.server.sendall(text[received:])
        ends.server.shutdown(socket.SHUT_WR)
        try:
            answer = TRANSPORT.finish(ends.wire, request)
            said = content(answer, Secrets()) if answer.ok else None
        except GenesysTransportError as error:
            failure = error
        else:
            if said is not None and accepts_all(answer.content):
                assert not errors_in(answer.content)
                assert b"no such user" not in text or b"no such user" in answer.content, "the length hides it"
            return
    assert failure.sent is not False
