"""A server that takes every body at once, so that what is measured is the client.

``python -m benchmarks.fast_server MILLISECONDS ALLOWED`` prints its address and ends when its standard input is closed.
It hands out a token, takes any POST and answers after so many milliseconds, and tells on ``GET /`` how many bodies it
took. With each answer it says how many requests a minute are allowed, unless that is 0; it refuses none.
"""

from __future__ import annotations

import asyncio
import math
import sys
import threading
import time

_WINDOW = 60.0
_TOKEN = b'{"access_token":"benchmark","token_type":"bearer","expires_in":86400}'


class _Counter:
    """Bodies taken, in all and in the present window of the rate limit."""

    def __init__(self, allowed: int) -> None:
        self.total = 0
        self._allowed = allowed
        self._of_window = 0
        self._end = 0.0

    def count(self) -> bytes:
        """Count one and return the headers about it."""
        now = time.monotonic()
        if now >= self._end:
            self._end, self._of_window = now + _WINDOW, 0
        self.total += 1
        self._of_window += 1
        limit = b"inin-ratelimit-count: %d\r\ninin-ratelimit-allowed: %d\r\ninin-ratelimit-reset: %d\r\n" % (
            self._of_window,
            self._allowed,
            math.ceil(self._end - now),
        )
        return b"ININ-Correlation-Id: 5f0b4c1e-0c8e-4b52-8c37-0d6a0e1f2a3b\r\n" + (limit if self._allowed else b"")


class _Connection(asyncio.Protocol):
    """One connection: cuts what arrives into requests by their ``Content-Length``."""

    def __init__(self, counter: _Counter, latency: float) -> None:
        self._counter = counter
        self._latency = latency
        self._received = bytearray()
        self._wanted = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep what answers are written to."""
        assert isinstance(transport, asyncio.WriteTransport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer each request that is whole."""
        self._received += data
        while len(self._received) >= max(self._wanted, 1):
            head = self._received.find(b"\r\n\r\n") + 4
            if head < 4:
                return
            self._wanted = head + _content_length(bytes(self._received[:head]).lower())
            if len(self._received) < self._wanted:
                return
            answer = self._answer(bytes(self._received[:16]))
            if self._latency:
                asyncio.get_running_loop().call_later(self._latency, self._transport.write, answer)
            else:
                self._transport.write(answer)
            del self._received[: self._wanted]
            self._wanted = 0

    def _answer(self, start: bytes) -> bytes:
        if start.startswith(b"GET"):
            headers, body = b"", b"%d" % self._counter.total
        elif start.startswith(b"POST /oauth"):
            headers, body = b"", _TOKEN
        else:
            headers, body = self._counter.count(), b'{"errors":[]}'
        return b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n%bContent-Length: %d\r\n\r\n%b" % (
            headers,
            len(body),
            body,
        )


def _content_length(head: bytes) -> int:
    _, found, rest = head.partition(b"\r\ncontent-length:")
    return int(rest.partition(b"\r\n")[0]) if found else 0


async def _serve(latency: float, allowed: int) -> None:
    counter = _Counter(allowed)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Connection(counter, latency), "127.0.0.1", 0)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    ended = asyncio.Event()

    def wait_for_end() -> None:
        sys.stdin.buffer.read()
        loop.call_soon_threadsafe(ended.set)

    threading.Thread(target=wait_for_end, daemon=True).start()
    await ended.wait()


if __name__ == "__main__":
    asyncio.run(_serve(float(sys.argv[1]) / 1000, int(sys.argv[2])))
