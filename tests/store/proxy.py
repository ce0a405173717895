"""What stands between a task and an object store, and has weather: ``python -m tests.store.proxy PORT STORE_PORT``.

It passes requests on to the store as they are, but for what its rules say. A rule names requests (``PUT``, ``GET``,
``HEAD``, ``DELETE`` or ``LIST``, and a regular expression that is found in the key) and what becomes of them:
``status`` (answered so), ``reset`` (the connection is cut), ``cut`` (half of the answer comes), ``delay`` (seconds
before it is passed on), ``hold`` (it is passed on when ``POST /_weather/release`` says so), ``stale`` (a listing as it
was so many seconds before). With ``acts`` the store has done what was asked for before it goes wrong. ``probability``
and ``count`` say how often, ``after`` how many are spared first.
Imports the standard library only.

``POST /_weather/rules`` sets rules, ``GET /_weather/log`` tells what was asked for: by method, and by method and key.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import random
import re
import socket
import struct
import sys
import threading
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

_CONTENTS = re.compile(rb"<Contents>.*?</Contents>", re.DOTALL)
_KEY = re.compile(rb"<Key>(.*?)</Key>", re.DOTALL)
_HOP_BY_HOP = frozenset({"connection", "keep-alive", "transfer-encoding", "content-length", "expect"})
_CONTROL = "/_weather/"
_LONGEST = 50.0
"""Seconds for which a request is held at most: fewer than a client waits for its answer."""


class Weather:
    """The rules in force, and what has happened; used by many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.released = threading.Event()
        self.set([], 0)
        self.clear()

    def set(self, rules: list[dict[str, Any]], seed: int) -> None:
        """Have these rules from now on."""
        with self._lock:
            self._rules = [dict(rule) for rule in rules]
            self._chance = random.Random(seed)
            self.released.clear()

    def clear(self) -> None:
        """Forget what has happened."""
        with self._lock:
            self._counts: Counter[str] = Counter()
            self._asked: Counter[str] = Counter()
            self._born: dict[str, float] = {}
            self._gone: dict[str, tuple[float, int]] = {}
            self._sizes: dict[str, int] = {}

    def strike(self, kind: str, key: str) -> dict[str, Any]:
        """Return the rule that strikes a request, or an empty one; and note the request."""
        with self._lock:
            self._counts[kind] += 1
            self._asked[f"{kind} {key}"] += 1
            for rule in self._rules:
                if kind not in rule["methods"] or not re.search(rule.get("key", ""), key):
                    continue
                if rule.get("count", 1) <= 0 or self._chance.random() >= rule.get("probability", 1.0):
                    continue
                if rule.get("after", 0) > 0:
                    rule["after"] -= 1
                    continue
                if "count" in rule:
                    rule["count"] -= 1
                self._counts[f"{kind}: {rule['name']}"] += 1
                return rule
            return {}

    def acted(self, kind: str, key: str, size: int) -> None:
        """Note what the store has done."""
        now = time.monotonic()
        with self._lock:
            if kind == "PUT":
                self._sizes[key] = size
                self._born.setdefault(key, now)
                self._gone.pop(key, None)
            elif kind == "DELETE" and self._born.pop(key, None) is not None:
                self._gone[key] = now, self._sizes.get(key, 0)

    def as_before(self, listing: bytes, prefix: str, seconds: float) -> bytes:
        """Return a listing without what is younger than that, and with what was there until then."""
        then = time.monotonic() - seconds
        with self._lock:
            young = {key for key, at in self._born.items() if at > then}
            ghosts = {key: size for key, (at, size) in self._gone.items() if at > then and key.startswith(prefix)}

        def kept(found: re.Match[bytes]) -> bytes:
            key = _KEY.search(found[0])
            return b"" if key and unquote(key[1].decode()) in young else found[0]

        told = _CONTENTS.sub(kept, listing)
        more = "".join(
            f"<Contents><Key>{escape(key)}</Key><LastModified>2026-01-31T00:00:00.000Z</LastModified>"
            f"<ETag>&quot;0&quot;</ETag><Size>{size}</Size><StorageClass>STANDARD</StorageClass></Contents>"
            for key, size in ghosts.items()
            if "/" not in key[len(prefix) :]
        )
        return told.replace(b"</ListBucketResult>", more.encode() + b"</ListBucketResult>")

    def log(self) -> dict[str, Any]:
        """Return what has happened."""
        with self._lock:
            return {"counts": dict(self._counts), "asked": dict(self._asked)}


class Handler(BaseHTTPRequestHandler):
    """Passes one connection's requests on."""

    protocol_version = "HTTP/1.1"
    weather: Weather
    store: int
    disable_nagle_algorithm = True

    def _handle(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.path.startswith(_CONTROL):
            self._control(self.path.removeprefix(_CONTROL), body)
            return
        address = urlsplit(self.path)
        query = parse_qs(address.query, keep_blank_values=True)
        _, _, key = unquote(address.path).lstrip("/").partition("/")
        kind = "LIST" if self.command == "GET" and not key else self.command
        prefix = query.get("prefix", [""])[0]
        rule = self.weather.strike(kind, key or prefix)
        time.sleep(rule.get("delay", 0))
        if "hold" in rule:
            self.weather.released.wait(_LONGEST)
        broken = rule.keys() & {"status", "reset", "cut"}
        if broken and not rule.get("acts") and "cut" not in rule:
            self._break(rule)
            return
        status, headers, answer = self._ask(body)
        if status < 300:
            self.weather.acted(kind, key, len(body))
        if "stale" in rule:
            answer = self.weather.as_before(answer, prefix, rule["stale"])
        if broken:
            self._break(rule, answer)
            return
        self._answer(status, headers, answer)

    do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = _handle  # noqa: N815 - the names are the library's

    def log_message(self, *_: Any) -> None:
        """Say nothing."""

    def _ask(self, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.store, timeout=60)
        try:
            headers = {name: value for name, value in self.headers.items() if name.lower() not in _HOP_BY_HOP}
            connection.request(self.command, self.path, body, headers | {"Connection": "close"})
            answer = connection.getresponse()
            return answer.status, answer.getheaders(), answer.read()
        finally:
            connection.close()

    def _answer(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        self.send_response(status)
        stated = next((value for name, value in headers if name.lower() == "content-length"), None)
        for name, value in headers:
            if name.lower() not in _HOP_BY_HOP:
                self.send_header(name, value)
        self.send_header("Content-Length", (stated or "0") if self.command == "HEAD" else str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _break(self, rule: dict[str, Any], answer: bytes = b"") -> None:
        if "status" in rule:
            told = f"<Error><Code>{rule.get('code', 'InternalError')}</Code><Message>weather</Message></Error>".encode()
            self._answer(rule["status"], [("Content-Type", "application/xml")], told)
            return
        if "cut" in rule:
            self.send_response(200)
            self.send_header("Content-Length", str(len(answer) + 1))
            self.end_headers()
            self.wfile.write(answer[: len(answer) // 2])
        with contextlib.suppress(OSError):  # without lingering: the other side is told of a reset
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.shutdown(socket.SHUT_RDWR)
        self.close_connection = True

    def _control(self, what: str, body: bytes) -> None:
        if what == "rules":
            given = json.loads(body)
            self.weather.set(given["rules"], given["seed"])
        elif what == "release":
            self.weather.released.set()
        elif what == "clear":
            self.weather.clear()
        told = json.dumps(self.weather.log()).encode()
        self._answer(200, [("Content-Type", "application/json")], told)


def main(port: int, store: int) -> None:
    """Stand there until it is ended."""
    handler = type("_Handler", (Handler,), {"weather": Weather(), "store": store})
    server = ThreadingHTTPServer(("127.0.0.1", port), handler)
    server.daemon_threads = True
    server.serve_forever()


if __name__ == "__main__":
    main(*map(int, sys.argv[1:3]))
