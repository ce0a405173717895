"""A Genesys Cloud that takes all events and answers as badly as a test wants, over plain sockets, TLS or a proxy."""

from __future__ import annotations

import gzip
import json
import socket
import ssl
import struct
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.contract.raw_server import RawServer

if TYPE_CHECKING:
    from pathlib import Path

GOOD = b'{"errors":[]}'
TOKEN = b'{"access_token":"abc","expires_in":86400}'

Manner = Callable[[socket.socket, int], bool | None]
"""Answers a request, given its number from 1 on; ``False`` ends the connection."""


def answer(body: bytes = GOOD, *headers: str, status: str = "200 OK", version: str = "1.1") -> bytes:
    """Return an answer with the length of its body."""
    return head(f"Content-Length: {len(body)}", *headers, status=status, version=version) + body


def head(*headers: str, status: str = "200 OK", version: str = "1.1") -> bytes:
    """Return the head of an answer."""
    lines = [f"HTTP/{version} {status}", "Content-Type: application/json", "ININ-Correlation-Id: c-1", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n"


def chunked(body: bytes = GOOD, *headers: str) -> bytes:
    """Return an answer in two chunks."""
    chunks = b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in (body[:5], body[5:]))
    return head("Transfer-Encoding: chunked", *headers) + chunks + b"0\r\n\r\n"


def saying(text: bytes, *, keep: bool = True) -> Manner:
    """Return the manner that sends this."""
    return lambda connection, _: connection.sendall(text) or keep


def in_pieces(text: bytes, size: int, pause: float = 0.0005) -> Manner:
    """Return the manner that sends this in pieces of so many bytes."""

    def act(connection: socket.socket, _: int) -> bool:
        for start in range(0, len(text), size):
            connection.sendall(text[start : start + size])
            time.sleep(pause)
        return True

    return act


def reset(connection: socket.socket, _: int) -> bool:
    """Close with a TCP reset."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    return False


def stalling(seconds: float, beginning: bytes = b"") -> Manner:
    """Return the manner that says so much and then nothing for so long."""

    def act(connection: socket.socket, _: int) -> bool:
        connection.sendall(beginning)
        time.sleep(seconds)
        return False

    return act


def encoded(body: bytes = GOOD) -> bytes:
    """Return an answer that is gzipped though nobody asked for it."""
    return answer(gzip.compress(body), "Content-Encoding: gzip")


def hinted(body: bytes) -> bytes:
    """Return an answer behind an interim one that has a length, as none should have."""
    return b"HTTP/1.1 103 Early Hints\r\nContent-Length: 0\r\n\r\n" + answer(body)


plain = saying(answer())


def after(seconds: float, manner: Manner = plain) -> Manner:
    """Return the manner that waits so long before."""

    def act(connection: socket.socket, number: int) -> bool | None:
        time.sleep(seconds)
        return manner(connection, number)

    return act


def from_on(first: int, manner: Manner) -> Manner:
    """Return the manner that is shown from this request on; those before are answered plainly."""
    return lambda connection, number: (manner if number >= first else plain)(connection, number)


def now_and_then(manner: Manner, every: int = 5) -> Manner:
    """Return the manner that is shown at every fifth request; the rest is answered plainly."""
    return lambda connection, number: (manner if number % every == 0 else plain)(connection, number)


def certificate(folder: Path, begins: int = 0, ends: int = 2) -> tuple[Path, Path]:
    """Make a certificate of 127.0.0.1, and its key; return their paths.

    :param begins: in how many days it begins to be valid.
    :param ends: in how many it ends.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now + timedelta(days=begins))
        .not_valid_after(now + timedelta(days=ends))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    (folder / "cert").write_bytes(made.public_bytes(pem))
    (folder / "key").write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain))
    return folder / "cert", folder / "key"


class WireServer:
    """Takes events over real sockets and counts them; how it answers is up to the test.

    :param manner: how requests with events are answered.
    :param tls: certificate and key, for TLS.
    """

    def __init__(self, manner: Manner, tls: tuple[Path, Path] | None = None) -> None:
        self.manner = manner
        self.accepted: Counter[str] = Counter()
        self.heads: list[bytes] = []
        self.bad: set[str] = set()
        """Ids of events that are named in an error, in an answer that ``form`` makes of its body."""
        self.form: Callable[[bytes], bytes] = answer
        self.connections = 0
        self.requests = 0
        self.sizes: list[int] = []
        """How many events each request had."""
        self._lock = threading.Lock()
        self._context: ssl.SSLContext | None = None
        if tls:
            self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._context.load_cert_chain(*tls)
        self._server = RawServer(self._handle, patience=None)
        self.port = self._server.port
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}"

    @contextmanager
    def running(self) -> Iterator[WireServer]:
        """Run it."""
        with self._server:
            yield self

    def _handle(self, connection: socket.socket) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self._context:
            connection = self._context.wrap_socket(connection, server_side=True)
        with connection:
            with self._lock:
                self.connections += 1
            self._converse(connection)

    def _converse(self, connection: socket.socket) -> None:
        data = b""
        while True:
            while b"\r\n\r\n" not in data:
                piece = connection.recv(65536)
                if not piece:
                    return
                data += piece
            begin, _, data = data.partition(b"\r\n\r\n")
            length = int(begin.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0] or 0)
            while len(data) < length:
                piece = connection.recv(65536)
                if not piece:
                    return
                data += piece
            body, data = data[:length], data[length:]
            if b"/oauth/token" in begin.partition(b"\r\n")[0]:
                connection.sendall(answer(TOKEN))
                continue
            with self._lock:
                self.heads.append(begin)
                self.requests += 1
                number = self.requests
                ids = [row["eventId"] for rows in json.loads(body).values() for row in rows]
                self.accepted.update(ids)
                self.sizes.append(len(ids))
            if named := self.bad.intersection(ids):
                errors = [{"eventId": each, "message": "no such user"} for each in sorted(named)]
                connection.sendall(self.form(json.dumps({"errors": errors}).encode()))
                continue
            if self.manner(connection, number) is False:
                return


class Proxy:
    """A proxy: forwards requests for whole addresses, and opens tunnels."""

    def __init__(self) -> None:
        self.lines: list[bytes] = []
        self._server = RawServer(self._handle, patience=None)
        self.url = f"http://someone:pass%20word@127.0.0.1:{self._server.port}"

    @contextmanager
    def running(self) -> Iterator[Proxy]:
        """Run it."""
        with self._server:
            yield self

    def _handle(self, connection: socket.socket) -> None:
        data = b""
        while b"\r\n\r\n" not in data:
            if not (piece := connection.recv(65536)):
                return
            data += piece
        begin = data.partition(b"\r\n\r\n")[0]
        method, target, _ = begin.partition(b"\r\n")[0].split(b" ")
        assert b"proxy-authorization: basic" in begin.lower()
        self.lines.append(method + b" " + target)
        place = target if method == b"CONNECT" else target.removeprefix(b"http://").partition(b"/")[0]
        host, _, port = place.decode().partition(":")
        with socket.create_connection((host, int(port))) as upstream:
            if method == b"CONNECT":
                connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            else:
                upstream.sendall(data)
            self._pump(connection, upstream)

    def _pump(self, one: socket.socket, other: socket.socket) -> None:
        back = threading.Thread(target=self._copy, args=(other, one), daemon=True)
        back.start()
        self._copy(one, other)
        back.join(10)

    def _copy(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while piece := source.recv(65536):
                if piece.startswith(b"POST "):
                    self.lines.append(b" ".join(piece.split(b" ", 2)[:2]))
                target.sendall(piece)
        with suppress(OSError):
            target.shutdown(socket.SHUT_WR)
