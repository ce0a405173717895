"""What every request meets before and after its handler: token, rate limit, faults, headers, the log.

The gateway holds an answer back until it is whole, since a fault may cut it or keep it altogether.
"""

from __future__ import annotations

import asyncio
import json
import socket
import struct
import time
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from airflow_provider_genesys.simulator.admission import Caller, identify
from airflow_provider_genesys.simulator.answers import shuffled, without_last_entities
from airflow_provider_genesys.simulator.errors import ApiError, rate_limited
from airflow_provider_genesys.simulator.traffic import LoggedRequest
from airflow_provider_genesys.simulator.vonage.errors import VonageError, by_fault
from airflow_provider_genesys.simulator.vonage.oauth import admit

if TYPE_CHECKING:
    from airflow_provider_genesys.simulator.beginning import Simulator
    from airflow_provider_genesys.simulator.faults import ActiveRule, FaultRule
    from airflow_provider_genesys.simulator.state import World
    from airflow_provider_genesys.simulator.traffic import Allowance

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

CONTROL = "/_simulator/"
VONAGE = ("/agents/", "/stats/")
BAD_GATEWAY = b"<html><head><title>502 Bad Gateway</title></head><body>502 Bad Gateway</body></html>"
RESET_ON_CLOSE = struct.pack("ii", 1, 0)


@dataclass(slots=True)
class Exchange:
    """One request and what is known of it; handlers find it as ``request.state.exchange``.

    :param world: the organisation it belongs to, also if a reset comes in between.
    :param number: the request's number in the log.
    :param events: how many events the body held; the handler says so.
    """

    world: World
    method: str
    path: str
    number: int
    correlation_id: str
    arrived: float = field(default_factory=time.time)
    allowance: Allowance | None = None
    fault: ActiveRule | None = None
    events: int = 0

    @property
    def is_api(self) -> bool:
        """Whether the request is one to an API, as opposed to a login server."""
        return self.path.startswith("/api/") or self.is_vonage

    @property
    def is_vonage(self) -> bool:
        """Whether the request is one to Vonage Contact Center's API."""
        return self.path.startswith(VONAGE)

    def headers(self) -> list[tuple[bytes, bytes]]:
        """Return the headers that the answer carries whatever it says."""
        if self.is_vonage:
            return []
        headers = [(b"inin-correlation-id", self.correlation_id.encode())]
        if self.allowance and self.world.settings.rate_limit_headers:
            headers += [
                (b"inin-ratelimit-count", b"%d" % self.allowance.count),
                (b"inin-ratelimit-allowed", b"%d" % self.allowance.allowed),
                (b"inin-ratelimit-reset", b"%d" % self.allowance.reset),
            ]
        return headers


@dataclass(slots=True)
class Answer:
    """A whole answer."""

    status: int = 500
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    body: bytes = b""

    async def record(self, message: Message) -> None:
        """Take in what a handler sends; it serves as its ``send``."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = list(message.get("headers", []))
        else:
            self.body += message.get("body", b"")

    def replace_body(self, body: bytes) -> None:
        """Give the answer another body, and say how long it is."""
        self.body = body
        self.headers = [(name, value) for name, value in self.headers if name != b"content-length"]
        self.headers.append((b"content-length", b"%d" % len(body)))


def _answer(status: int, body: bytes, content_type: bytes = b"application/json") -> Answer:
    return Answer(status, [(b"content-type", content_type), (b"content-length", b"%d" % len(body))], body)


def _error_answer(error: ApiError, exchange: Exchange) -> Answer:
    return _answer(error.status, json.dumps(error.body(exchange.correlation_id)).encode())


def _oauth_error_answer(rule: FaultRule, status: int) -> Answer:
    is_limit = status in {HTTPStatus.BAD_REQUEST, HTTPStatus.TOO_MANY_REQUESTS}  # the login server's has been a 400
    usual = "rate limit exceeded" if is_limit else ApiError(status).message
    description = rule.message or usual
    error = {"error": rule.code or "invalid_request", "description": description, "error_description": description}
    return _answer(status, json.dumps(error).encode())


def _fault_answer(rule: FaultRule, status: int, exchange: Exchange) -> Answer:
    if not exchange.is_api:
        answer = _oauth_error_answer(rule, status)
    elif status == HTTPStatus.BAD_GATEWAY and rule.code is None:
        answer = _answer(status, BAD_GATEWAY, b"text/html")
    elif exchange.is_vonage:
        answer = _error_answer(by_fault(status, rule.code, rule.message), exchange)
    else:
        answer = _error_answer(ApiError(status, rule.code, rule.message), exchange)
    retry_after = rule.retry_after_header()
    if retry_after is not None:
        answer.headers.append((b"retry-after", retry_after.encode()))
    return answer


class Gateway:
    """ASGI middleware around the handlers.

    :param app: the handlers.
    :param simulator: whose present world the requests belong to.
    """

    def __init__(self, app: App, simulator: Simulator) -> None:
        self._app = app
        self._simulator = simulator

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or scope["path"].startswith(CONTROL):
            await self._app(scope, receive, send)
            return
        body = await _read(receive)
        if body is None:
            return
        world = self._simulator.world
        exchange = Exchange(
            world, scope["method"], scope["path"], world.requests.next_number(), world.new_correlation_id()
        )
        scope.setdefault("state", {})["exchange"] = exchange
        answer = await self._answer(exchange, scope, body)
        _log(exchange, answer)
        await _deliver(exchange, answer, scope, receive, send)

    async def _answer(self, exchange: Exchange, scope: Scope, body: bytes) -> Answer | None:
        """Return the answer, or ``None`` when none is to be sent."""
        world = exchange.world
        try:
            caller = _admit(exchange, scope) if exchange.is_api else None
        except ApiError as error:
            return _refusal(error, exchange)
        exchange.fault = world.faults.choose(exchange.method, exchange.path)
        rule = exchange.fault.rule if exchange.fault else None
        latency_ms = world.settings.latency_ms + (rule.latency_ms if rule else 0)
        if latency_ms:
            await asyncio.sleep(latency_ms / 1000)
        if rule is None:
            return await self._act(exchange, scope, body)
        return await self._act_faultily(rule, exchange, caller, scope, body)

    async def _act_faultily(
        self, rule: FaultRule, exchange: Exchange, caller: Caller | None, scope: Scope, body: bytes
    ) -> Answer | None:
        if rule.reset == "before":
            return None
        if rule.expire_token and caller and caller.token:
            exchange.world.expire_token(caller.token)
            return _error_answer(VonageError(401) if exchange.is_vonage else ApiError(401), exchange)
        if rule.refuse_whole_body:
            return _fault_answer(rule, 400, exchange)
        if rule.status and not rule.acts:
            return _fault_answer(rule, rule.status, exchange)
        answer = await self._act(exchange, scope, body)
        if rule.reset == "after":
            return None
        if rule.omit_entities:
            answer.replace_body(without_last_entities(answer.body, rule.omit_entities))
        return _fault_answer(rule, rule.status, exchange) if rule.status else answer

    async def _act(self, exchange: Exchange, scope: Scope, body: bytes) -> Answer:
        async def replay() -> Message:
            return {"type": "http.request", "body": body, "more_body": False}

        answer = Answer()
        await self._app(scope, replay, answer.record)
        if answer.body and exchange.is_api and exchange.world.settings.shuffle_keys:
            answer.replace_body(shuffled(answer.body, f"{exchange.world.seed}:{exchange.number}"))
        return answer


def _admit(exchange: Exchange, scope: Scope) -> Caller:
    """Return who sends the request, if they may and the rate limit allows it.

    Only requests with a valid token of the client's count: without one, nobody knows whose allowance it would be.
    """
    world = exchange.world
    headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
    authorization = headers.get(b"authorization", "")
    if exchange.is_vonage:
        return Caller(admit(world, exchange.path, authorization, headers.get(b"accept", "")), is_client=False)
    caller = identify(world, exchange.method, exchange.path, authorization)
    if not caller.is_client:
        return caller
    settings = world.settings
    exchange.allowance = world.rate_limit.admit(settings.requests_per_minute, settings.rate_limit_window_seconds)
    if exchange.allowance.is_exceeded:
        raise rate_limited(exchange.allowance.reset)
    return caller


def _refusal(error: ApiError, exchange: Exchange) -> Answer:
    answer = _error_answer(error, exchange)
    if error.status == HTTPStatus.TOO_MANY_REQUESTS and exchange.allowance:
        answer.headers.append((b"retry-after", b"%d" % exchange.allowance.reset))
    return answer


async def _read(receive: Receive) -> bytes | None:
    """Return the whole body, or ``None`` if the client left before it had sent all."""
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body += message.get("body", b"")
        if not message.get("more_body", False):
            return bytes(body)


def _log(exchange: Exchange, answer: Answer | None) -> None:
    exchange.world.requests.add(
        LoggedRequest(
            number=exchange.number,
            time=exchange.arrived,
            method=exchange.method,
            path=exchange.path,
            status=answer.status if answer else None,
            events=exchange.events,
            fault=exchange.fault.rule.describe() if exchange.fault else None,
        )
    )


async def _deliver(exchange: Exchange, answer: Answer | None, scope: Scope, receive: Receive, send: Send) -> None:
    if answer is None:
        transport = _transport(scope)
        # With no lingering, closing resets the connection: the client gets an error, not a polite end.
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
        transport.abort()
        await _closed(receive)
        return
    headers = answer.headers + exchange.headers()
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    if exchange.fault and exchange.fault.rule.truncate:
        half = answer.body[: len(answer.body) // 2]
        await send({"type": "http.response.body", "body": half, "more_body": True})
        _transport(scope).close()
        await _closed(receive)
        return
    await send({"type": "http.response.body", "body": answer.body})


def _transport(scope: Scope) -> asyncio.Transport:
    """Return the connection itself, which `server.TransportProtocol` hands down: no ASGI message can break one."""
    transport: asyncio.Transport = scope["state"]["transport"]
    return transport


async def _closed(receive: Receive) -> None:
    """Wait until the server has noticed that the connection is gone, or it would complain of an answer cut short."""
    while (await receive())["type"] != "http.disconnect":
        pass
