"""Answers as servers really give them, one after the other over one connection: each request gets its own or none."""

from __future__ import annotations

import gzip
import itertools
import ssl
import time
import zlib

import pytest

from airflow_provider_genesys.api import exact
from airflow_provider_genesys.api.transport import Transport
from airflow_provider_genesys.exceptions import GenesysTransportError
from tests.contract.raw_server import RawServer, http
from tests.harness.machine import SOON

EARLY_HINTS = b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
INTERIM = {
    "100": b"HTTP/1.1 100 Continue\r\n\r\n",
    "102": b"HTTP/1.1 102 Processing\r\n\r\n",
    "103": EARLY_HINTS,
    "103 without a reason": b"HTTP/1.1 103\r\n\r\n",
    "103 with a length of nothing": b"HTTP/1.1 103 Early Hints\r\nContent-Length: 0\r\n\r\n",
    "103 with a length": b"HTTP/1.1 103 Early Hints\r\nContent-Length: 9\r\n\r\n",
    "103 with chunks": b"HTTP/1.1 103 Early Hints\r\nTransfer-Encoding: chunked\r\n\r\n",
    "one that nobody knows": b"HTTP/1.1 199 Soon\r\n\r\n",
    "lines without a carriage return": b"HTTP/1.1 102 Processing\nA: b\n\n",
    "several": b"HTTP/1.1 102 Processing\r\n\r\n" * 20 + EARLY_HINTS,
}


class Conversation:
    """A server that gives one answer after the other, each in pieces, and a transport to it.

    :param answers: by number of the request from 0 on, the pieces, with a pause before each.
    :param tls: certificate and key.
    """

    def __init__(self, answers, tls=None, *, pause=0.03, keep=True, timeout=30.0):
        self._answers = iter(answers)
        self._pause = pause
        self._keep = keep
        self._context = None
        if tls:
            self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._context.load_cert_chain(*tls)
        self.connections = 0
        self.server = RawServer(self._act)
        url = self.server.url.replace("http", "https") if tls else self.server.url
        self._transport = Transport(
            url, user_agent="t", timeout=(30.0, timeout), verify=str(tls[0]) if tls else True, proxies={}
        )

    def _act(self, connection):
        if self._context:
            connection = self._context.wrap_socket(connection, server_side=True)
        with connection:
            self.connections += 1
            while self.server.read_request(connection):
                for piece in next(self._answers):
                    time.sleep(self._pause)
                    connection.sendall(piece)
                if not self._keep:
                    return

    def ask(self, method="GET"):
        answer = self._transport.send(self._transport.prepare(method, "/things"))
        return answer.status_code, answer.content


@pytest.fixture(params=["plain", "TLS"])
def secured(request, tls):
    return tls if request.param == "TLS" else None


@pytest.mark.parametrize("kind", INTERIM)
@pytest.mark.parametrize(
    "cut",
    [
        lambda *parts: parts,
        lambda *parts: [b"".join(parts)],
        lambda *parts: [bytes([each]) for each in b"".join(parts)],
    ],
    ids=["long before", "right before", "byte by byte"],
)
def test_an_interim_answer_is_not_the_one_that_is_waited_for(secured, kind, cut):
    pieces = cut(INTERIM[kind], http(b"1"))
    it = Conversation([pieces, [http(b"2")], pieces], secured, pause=0.03 if len(pieces) < 3 else 0)
    with it.server:
        assert [it.ask(), it.ask(), it.ask()] == [(200, b"1"), (200, b"2"), (200, b"1")]
    assert it.connections == 1


@pytest.mark.parametrize(
    ("method", "answer"),
    [
        ("HEAD", b"HTTP/1.1 200 OK\r\nContent-Length: 400\r\n\r\n"),
        ("GET", b"HTTP/1.1 204 No Content\r\n\r\n"),
        ("GET", b"HTTP/1.1 304 Not Modified\r\nContent-Length: 400\r\n\r\n"),
    ],
)
def test_an_answer_without_a_body_behind_an_interim_one_ends_with_its_head(secured, method, answer):
    it = Conversation([[EARLY_HINTS, answer], [http(b"2")]], secured)
    with it.server:
        assert it.ask(method) == (int(answer[9:12]), b"")
        assert it.ask() == (200, b"2")
    assert it.connections == 1


@pytest.mark.parametrize("headers", [b"", b"Content-Length: 0\r\n", b"Upgrade: x\r\nConnection: upgrade\r\n"])
def test_a_connection_that_goes_over_to_another_protocol_is_not_used_again(secured, headers):
    it = Conversation([[b"HTTP/1.1 101 Switching Protocols\r\n%b\r\n" % headers], [http(b"2")]], secured)
    with it.server:
        with pytest.raises(GenesysTransportError, match="goes over to another protocol") as caught:
            it.ask()
        assert caught.value.sent is True
        assert it.ask() == (200, b"2")
    assert it.connections == 2


@pytest.mark.parametrize("behind", [b"", http(b"2")], ids=["and nothing else", "and then one"])
def test_interim_answers_without_end_are_no_answer(secured, behind):
    it = Conversation([[INTERIM["102"]] * 20 + [EARLY_HINTS * 200 + behind], [http(b"2")]], secured, pause=0)
    with it.server:
        with pytest.raises(GenesysTransportError, match="does not come, but more than 100 interim ones"):
            it.ask()
        assert it.ask() == (200, b"2")
    assert it.connections == 2


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\nX: y\r\n\r\n"


@pytest.mark.parametrize("cut", range(1, len(HEAD), 7))
def test_a_head_that_is_cut_off_is_no_answer(secured, cut):
    it = Conversation([[HEAD[:cut]], [http(b"2")]], secured, keep=False, pause=0)
    with it.server:
        with pytest.raises(GenesysTransportError, match="was cut off in its head") as caught:
            it.ask()
        assert caught.value.sent is True
        assert it.ask() == (200, b"2")


@pytest.mark.parametrize("status", ["400 Bad Request", "429 Too Many Requests", "204 No Content", "103 Early Hints"])
def test_no_status_is_believed_whose_head_is_cut_off(secured, status):
    it = Conversation([[f"HTTP/1.1 {status}\r\nA: b\r\n".encode()]], secured, keep=False)
    with it.server, pytest.raises(GenesysTransportError, match="was cut off in its head"):
        it.ask()


@pytest.mark.parametrize("status", ["1_02 Processing", "+102", "0200 OK", "1000 What", "99 What", "\u0661\u0660\u0662"])
def test_a_status_that_is_no_number_of_three_digits_is_no_answer(secured, status):
    it = Conversation([[f"HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n".encode()], [http(b"2")]], secured)
    with it.server:
        with pytest.raises(GenesysTransportError, match="BadStatusLine"):
            it.ask()
        assert it.ask() == (200, b"2")
    assert it.connections == 2


def test_headers_without_end_are_no_answer(secured):
    it = Conversation([[b"HTTP/1.1 200 OK\r\n", *[b"X-A: b\r\n" * 10_000] * 10]], secured, pause=0, keep=False)
    with it.server, pytest.raises(GenesysTransportError, match="has more than 262144 bytes of headers"):
        it.ask()


def test_who_speaks_no_http_is_known_by_the_first_bytes():
    """A mail server waits for its guest to speak; it is not waited for."""
    it = Conversation([[b"220 mail.example.com", b"", b"", b"", b""]], pause=4.0, timeout=30.0)
    begun = time.monotonic()
    with it.server, pytest.raises(GenesysTransportError, match="BadStatusLine"):
        it.ask()
    assert time.monotonic() - begun < 4.0 + SOON, "the last piece comes after twenty seconds"


BODY = b'{"errors": []}' * 9
ZIPPED = gzip.compress(BODY, mtime=0)


def encoded(body, encoding="gzip"):
    return http(body, "200 OK", f"Content-Encoding: {encoding}")


@pytest.mark.parametrize(
    ("answer", "body"),
    [
        (encoded(ZIPPED), BODY),
        (encoded(ZIPPED, "X-GZip"), BODY),
        (encoded(zlib.compress(BODY), "deflate"), BODY),
        (encoded(zlib.compress(BODY, wbits=-zlib.MAX_WBITS), "deflate"), BODY),
        (encoded(ZIPPED, "deflate"), BODY),
        (encoded(ZIPPED + gzip.compress(b"more")), BODY + b"more"),
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n", BODY),
        (encoded(BODY, "identity"), BODY),
        (encoded(BODY, "utf-8"), BODY),
        (encoded(b""), b""),
    ],
    ids=[
        "gzip",
        "x-gzip",
        "deflate",
        "bare deflate",
        "gzip called deflate",
        "two members",
        "chunks",
        "identity",
        "none that anybody knows",
        "nothing",
    ],
)
def test_an_answer_that_is_encoded_is_decoded(secured, answer, body):
    if b"chunked" in answer:
        pieces = [ZIPPED[at : at + 9] for at in range(0, len(ZIPPED), 9)] + [b""]
        answer += b"".join(b"%x\r\n%b\r\n" % (len(each), each) for each in pieces)
    it = Conversation([[answer], [http(b"2")]], secured)
    with it.server:
        assert [it.ask(), it.ask()] == [(200, body), (200, b"2")]
    assert it.connections == 1


BADLY_ZIPPED = {
    **{f"cut off behind {cut}": ZIPPED[:cut] for cut in (1, 5, 10, 12, *range(len(ZIPPED) - 9, len(ZIPPED)))},
    "more behind it": ZIPPED + b'{"errors": [{"message": "all"}]}',
    "zeros behind it": ZIPPED + b"\0" * 8,
    "the second member cut off": ZIPPED + ZIPPED[:-9],
    "another sum": ZIPPED[:-8] + b"\0" * 8,
    "not encoded": BODY,
    "members without end": gzip.compress(b"", mtime=0) * 50_000,
}


@pytest.mark.parametrize("kind", BADLY_ZIPPED)
def test_an_answer_that_is_not_what_its_encoding_says_is_no_answer(secured, kind):
    it = Conversation([[encoded(BADLY_ZIPPED[kind])], [http(b"2")]], secured)
    with it.server:
        with pytest.raises(GenesysTransportError, match=r"in its encoding|not encoded as it says") as caught:
            it.ask()
        assert caught.value.sent is True
        assert it.ask() == (200, b"2")


def test_an_error_whose_encoding_is_broken_still_tells_its_status(secured):
    it = Conversation([[http(ZIPPED[:-9], "503 Service Unavailable", "Content-Encoding: gzip")]], secured)
    with it.server:
        assert it.ask() == (503, b"")


CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
MEGABYTE = b"x" * 1_000_000


@pytest.mark.parametrize("size", ["-5", "-1", "-ffffffffffffffffffff", "f" * 40, "", "zz", "2 2", "2_0"])
def test_a_chunk_whose_size_is_none_is_no_part_of_an_answer(secured, size):
    chunk = f"{size}\r\n{{}}\r\n0\r\n\r\n".encode()
    it = Conversation([[CHUNKED + chunk], [CHUNKED.replace(b"200", b"503") + chunk]], secured, keep=False)
    with it.server:
        with pytest.raises(GenesysTransportError, match="broke off") as caught:
            it.ask()
        assert caught.value.sent is True
        assert it.ask() == (503, b"")


def forever(beginning, piece):
    yield beginning
    yield from itertools.repeat(piece)


@pytest.mark.parametrize(
    ("beginning", "piece"),
    [
        (b"HTTP/1.1 200 OK\r\n\r\n", MEGABYTE),
        (CHUNKED, b"f4240\r\n%b\r\n" % MEGABYTE),
        (CHUNKED + b"0\r\n", b"X: %b\r\n" % (b"y" * 60_000) * 16),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000000\r\nContent-Encoding: gzip\r\n\r\n", MEGABYTE),
    ],
    ids=["until it closes", "chunks", "trailers", "encoded"],
)
def test_an_answer_of_more_than_a_hundred_megabytes_is_none(secured, beginning, piece):
    it = Conversation([forever(beginning, piece), [http(b"2")]], secured, pause=0, timeout=30.0)
    with it.server:
        with pytest.raises(GenesysTransportError, match="has more than 100000000 bytes") as caught:
            it.ask()
        assert caught.value.sent is True
        assert it.ask() == (200, b"2")


@pytest.mark.parametrize("members", [(100_000_001,), (99_000_000, 1_000_001)], ids=["one member", "two members"])
def test_an_answer_that_is_decoded_to_more_than_a_hundred_megabytes_is_none(members):
    it = Conversation([[encoded(b"".join(gzip.compress(bytes(size), 1) for size in members))]], timeout=30.0)
    with it.server, pytest.raises(GenesysTransportError, match="has more than 100000000 bytes when it is decoded"):
        it.ask()


def test_an_answer_of_fifty_megabytes_is_one():
    body = b"x" * 50_000_000
    it = Conversation([[http(body)], [encoded(gzip.compress(body, 1))]], timeout=30.0)
    with it.server:
        assert [len(it.ask()[1]) for _ in range(2)] == [50_000_000] * 2


@pytest.mark.parametrize(
    ("beginning", "piece"),
    [
        (b"", b"HTTP/1.1 103 Early Hints\r\n\r\n"),
        (b"HTTP/1.1 200 OK\r\n", b"X: y\r\n"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", b"x"),
        (b"HTTP/1.1 200 OK\r\n\r\n", b"x"),
        (CHUNKED, b"1\r\nx\r\n"),
        (CHUNKED + b"0\r\n", b"X: y\r\n"),
    ],
    ids=["interim ones", "headers", "length", "until it closes", "chunks", "trailers"],
)
def test_an_answer_that_comes_bit_by_bit_has_ten_times_the_time_of_a_piece(secured, monkeypatch, beginning, piece):
    assert exact._PATIENCE == 10
    # Here the other way round: a piece may take longer than a machine stalls, and all of it does not last that long.
    it = Conversation([forever(beginning, piece), [http(b"2")]], secured, pause=0.05, timeout=15.0)
    with it.server:
        begun = time.monotonic()
        with monkeypatch.context() as patch:
            patch.setattr(exact, "_PATIENCE", 0.1)
            with pytest.raises(GenesysTransportError, match=r"is not whole after 1.5 s") as caught:
                it.ask()
        assert 1.4 < time.monotonic() - begun < 1.5 + SOON
        assert caught.value.sent is True
        assert it.ask() == (200, b"2")
