"""A proxy in front of the simulator that knows every secret which passes it, and says them back when it fails."""

from __future__ import annotations

import base64
import http.client
import json
import socket
import struct
import threading
from typing import Any
from urllib.parse import quote, quote_plus, urlsplit

from tests.contract.http_server import HttpServer, QuietHandler

CLIENT_ID = "canary-client"
SECRET = "Canary/9+f%41 &<Z>=8d1f"
USER, PASSWORD = "proxy-user", "p@ss Canary:5$b/x"
GUEST = "canary-guest-eyJhbGciOiJIUzI1NiJ9.e30.x_Y-z"

JSON, HTML = "application/json", "text/html"
STATUSES: dict[str, tuple[int, str]] = {
    "401": (401, JSON),
    "403": (403, JSON),
    "429": (429, JSON),
    "500": (500, JSON),
    "html": (502, HTML),
    "refused token": (401, JSON),
}
FAULTS = ("none", *STATUSES, "reset")


def basic(user: str, password: str) -> str:
    """Return what goes into a basic ``Authorization``."""
    return base64.b64encode(f"{user}:{password}".encode("latin-1")).decode()


class EchoingProxy(HttpServer):
    """An HTTP proxy that hands requests on to the simulator, or fails as it is told.

    :ivar fault: one of ``FAULTS``.
    :ivar after: how many go well before.
    :ivar struck: how many failed.
    """

    def __init__(self) -> None:
        self.set("none")
        self._secrets = {SECRET, PASSWORD, quote(PASSWORD, safe=""), GUEST}
        self._lock = threading.Lock()
        proxy = self

        class Handler(QuietHandler):
            def __getattr__(self, name: str) -> Any:
                """Do the same for whatever method; http.server looks for a ``do_...`` of each."""
                if name.startswith("do_"):
                    return lambda: proxy._answer(self)
                raise AttributeError(name)

        super().__init__(Handler)
        self.url = f"http://{USER}:{quote(PASSWORD, safe='')}@127.0.0.1:{self.port}"

    def set(self, fault: str, *, after: int = 0) -> None:
        """Fail in this way from now on."""
        self.fault, self.after, self.struck = fault, after, 0

    def canaries(self) -> dict[str, str]:
        """Return each spelling of each secret, the tokens that were given out among them, and what it is of."""
        found = {}
        pairs = {basic(CLIENT_ID, SECRET), basic(USER, PASSWORD)}
        for secret in {*self._secrets, *pairs}:
            bare = [base64.b64encode(secret.encode()), base64.urlsafe_b64encode(secret.encode())]
            for spelt in (
                *(secret, quote(secret, safe=""), quote_plus(secret), quote(secret), json.dumps(secret)[1:-1]),
                *(each.decode().rstrip("=") for each in bare),
                *(secret[:12], secret[-12:]),
            ):
                found[spelt] = secret
        return found

    def _strikes(self, path: str) -> bool:
        is_token = path.rstrip("/").endswith("token")
        with self._lock:
            if self.fault == "none" or is_token != (self.fault == "refused token"):
                return False
            if self.after > 0:
                self.after -= 1
                return False
            self.struck += 1
            return True

    def _answer(self, request: QuietHandler) -> None:
        body = request.rfile.read(int(request.headers.get("Content-Length") or 0))
        if self._strikes(urlsplit(request.path).path):
            self._fail(request, body)
            return
        there = urlsplit(request.path)
        assert request.headers["Proxy-Authorization"] == f"Basic {basic(USER, PASSWORD)}"
        headers = {
            name: value
            for name, value in request.headers.items()
            if name.lower() not in {"proxy-authorization", "connection", "proxy-connection", "content-length"}
        }
        connection = http.client.HTTPConnection(there.netloc, timeout=30)
        try:
            connection.request(request.command, there._replace(scheme="", netloc="").geturl(), body or None, headers)
            answer = connection.getresponse()
            text = answer.read()
        finally:
            connection.close()
        self._remember(text)
        keep = {"content-type", "retry-after", "ratelimit-limit", "inin-ratelimit-allowed", "inin-correlation-id"}
        self._send(request, answer.status, text, {n: v for n, v in answer.getheaders() if n.lower() in keep})

    def _remember(self, text: bytes) -> None:
        if b"access_token" in text or b'"jwt"' in text:
            said = json.loads(text)
            self._secrets |= {str(said[name]) for name in ("access_token", "jwt") if name in said}

    def _fail(self, request: QuietHandler, body: bytes) -> None:
        if self.fault == "reset":
            # With nothing to linger for, the kernel sends RST instead of FIN.
            request.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            request.connection.close()
            request.close_connection = True
            return
        status, kind = STATUSES[self.fault]
        echo = " ".join(f"{request.requestline} {dict(request.headers)} {body[:4000].decode()} {self.url}".split())
        echo = f"{echo} client_secret={SECRET} {PASSWORD}"
        if kind == HTML:
            text = f"<html><body>Bad gateway: {echo}</body></html>"
        elif self.fault == "refused token":
            text = json.dumps({"error": "invalid_client", "description": echo, "error_description": echo})
        else:
            text = json.dumps({"status": status, "code": "echo", "message": echo, "details": [{"errorCode": echo}]})
        headers = {"Content-Type": kind, "ININ-Correlation-Id": echo.encode().decode("latin-1")[:2000], "X-Echo": echo}
        self._send(request, status, text.encode(), headers | ({"Retry-After": "7"} if status == 429 else {}))

    def _send(self, request: QuietHandler, status: int, text: bytes, headers: dict[str, str]) -> None:
        request.send_response(status)
        for name, value in headers.items():
            request.send_header(name, value)
        request.send_header("Content-Length", str(len(text)))
        request.end_headers()
        if status != 204 and request.command != "HEAD":
            request.wfile.write(text)
