"""An HTTP server on the loopback interface that answers as a test wants, in a thread of its own."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self


class QuietHandler(BaseHTTPRequestHandler):
    """Keeps connections, and logs nothing."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1  # one packet an answer: two would wait for each other, 40 ms

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is http.server's
        pass


class HttpServer:
    """A server; :meth:`running` is where it answers.

    :param handler: what answers.
    """

    def __init__(self, handler: type[QuietHandler]) -> None:
        self._server = _Server(("127.0.0.1", 0), handler)
        self.port: int = self._server.server_port

    @contextmanager
    def running(self) -> Iterator[Self]:
        """Run it."""
        thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            self._server.server_close()
            thread.join(5)


class _Server(ThreadingHTTPServer):
    request_queue_size = 64  # http.server's 5 is less than the lanes that connect at once: they would wait 1 s
    daemon_threads = True
