"""Hosts that do not do what a server does: dead, silent, and slow without end."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from tests.contract.raw_server import RawServer

_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n"


def connection(api: str, login: str | None = None, **extra: object) -> str:
    """Return the JSON of a connection to two addresses."""
    fields = {"base_url": api, "login_url": login or api, **extra}
    return json.dumps(
        {"conn_type": "genesys_cloud", "login": "client-id", "password": "client-secret", "extra": fields}
    )


@contextmanager
def dead() -> Iterator[str]:
    """Yield the address of a port at which nobody listens."""
    with socket.socket() as taken:  # bound and not listening: nobody else gets it
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}"


@contextmanager
def silent() -> Iterator[str]:
    """Yield the address of a host that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


@contextmanager
def dribbling(head: bytes = _HEAD) -> Iterator[str]:
    """Yield the address of a host that answers a byte every tenth of a second, and never has done.

    :param head: what it sends at once.
    """
    stopped = threading.Event()

    def answer(client: socket.socket) -> None:
        client.recv(65_536)
        client.sendall(head)
        while not stopped.is_set():
            client.sendall(b"x")
            time.sleep(0.1)

    with RawServer(answer) as server:
        try:
            yield server.url
        finally:
            stopped.set()
