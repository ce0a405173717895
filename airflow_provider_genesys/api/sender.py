"""What sends many bodies to one operation, at the least cost for each."""

from __future__ import annotations

import time
from collections.abc import Callable
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Protocol

from airflow_provider_genesys.api.pacing import RateLimit
from airflow_provider_genesys.api.performing import Turn
from airflow_provider_genesys.api.transport import CORRELATION_ID
from airflow_provider_genesys.exceptions import GenesysTransportError

if TYPE_CHECKING:
    import requests

    from airflow_provider_genesys.api.access import Access, Parts
    from airflow_provider_genesys.api.meter import Meter
    from airflow_provider_genesys.api.plain import Plain
    from airflow_provider_genesys.api.wire import Wire


class Perform(Protocol):
    """Sends the request until it is answered or given up, and returns the JSON answered."""

    def __call__(self, *, seen: Callable[[requests.Response], None], turn: Turn | None) -> Any:
        """Perform it.

        :param seen: sees each answer.
        :param turn: what the first try begins with.
        """


class Sender:
    """Sends one body after another to one operation; for one thread at a time, since each goes into the same request.

    :meth:`send` waits until all is done. The usual course of an exchange can also be had without waiting, over a
    connection that is idle: :meth:`acquire`, :meth:`begin`, :meth:`receive`, :meth:`accept`.
    Wherever it takes another course, :meth:`send` with the same body goes on from there.

    :param request: the request, but for its body.
    :param perform: sends it.
    :param access: the client's way to the system.
    :param meter: counts the requests.
    :param ask_turn: asks for a turn, and returns the seconds after which to ask again, if it has not come.
    :param await_turn: waits for one, so many seconds at least, for that reason.
    """

    def __init__(
        self,
        request: requests.PreparedRequest,
        perform: Perform,
        *,
        access: Access,
        meter: Meter,
        ask_turn: Callable[[], float],
        await_turn: Callable[[float, str], Turn],
    ) -> None:
        self.correlation_id: str | None = None
        self.wire: Wire | None = None
        """The connection of the exchange that was begun without waiting, until its end."""
        self._request = request
        self._perform = perform
        self._parts = access.parts
        self._token_at_hand = access.token_at_hand
        self._meter = meter
        self._ask_turn = ask_turn
        self._await_turn = await_turn
        self._turn: Turn | None = None
        self._head: tuple[str, bytes] = ("", b"")
        self._began = 0.0

    def send(self, body: bytes) -> Any:
        """Send a body and return the JSON answered, ``None`` where nothing is.

        :raises GenesysError: as :meth:`~airflow_provider_genesys.api.client.Client.call` does.
        """
        self._request.body = body
        self._request.headers["Content-Length"] = str(len(body))
        turn, self._turn = self._turn, None
        wire, self.wire = self.wire, None
        if wire is not None:
            api = self._parts().api
            if turn is not None and not wire.idle:
                turn.begun = lambda: api.finish(wire, self._request)
            else:
                api.release(wire)
        try:
            return self._perform(seen=self._seen, turn=turn)
        finally:
            self._request.body = None  # it would else be kept until the next

    def acquire(self) -> float:
        """Ask for the next request's turn.

        :return: 0.0 when it has come; the next :meth:`begin` or :meth:`send` uses it. Else the seconds after which to
            ask again.
        """
        if self._turn is None:
            if (delay := self._ask_turn()) > 0:
                return delay
            self._turn = Turn()
        return 0.0

    def await_turn(self, pause: float, reason: str) -> None:
        """Wait for the next request's turn; the next :meth:`send` uses it.

        :param pause: seconds in which it does not come.
        :param reason: why it does not.
        """
        self._turn = self._await_turn(pause, reason)

    def begin(self, body: bytes) -> bool | None:
        """Send a body whose turn has come, without waiting.

        :return: whether all of it is handed over, else :meth:`send_more` is to be called when the connection takes
            more; ``None`` when it cannot be sent without waiting, and nothing was.
        """
        parts = self._parts()
        token = self._token_at_hand()
        if token is None:
            return None
        self.wire = parts.api.open_wire()
        if self.wire is None:
            return None
        try:
            whole = self.wire.send(self._head_with(token, parts), body)
        except (OSError, ValueError):
            self._part_with_wire()
            return None
        self._began = time.monotonic()
        self._meter.add(requests=1)
        return whole

    def send_more(self) -> bool:
        """Hand over more of a body; return whether that was all.

        :raises UnusualAnswerError: :meth:`send` has to see to it.
        """
        return self.wire is None or self.wire.send_more()

    def receive(self) -> Plain | None:
        """Return the answer if it is whole, the usual course; :meth:`accept` it, or leave it to :meth:`send`.

        :raises UnusualAnswerError: :meth:`send` has to see to it.
        """
        return None if self.wire is None else self.wire.receive()

    def accept(self, answer: Plain) -> None:
        """End an exchange with the answer that :meth:`receive` returned; its connection is for whoever sends next."""
        self._turn = None
        self._parts().limiter.release(RateLimit.from_headers(answer.headers))
        if self.wire is not None:
            self.wire.end_exchange()
            self._part_with_wire()
        correlation_id = answer.headers.get(CORRELATION_ID.lower())
        self._parts().api.log_answer(self._request, HTTPStatus.OK, self._began, correlation_id)

    def expire(self) -> None:
        """Give up waiting for an answer; :meth:`send` then takes it for one that did not come in time."""
        if self.wire is not None:
            self.wire.expire()

    def close(self) -> None:
        """Part with the connection, and with a turn that was not used."""
        self._part_with_wire()
        if self._turn is not None:
            self._turn = None
            self._parts().limiter.release(None)

    def _part_with_wire(self) -> None:
        wire, self.wire = self.wire, None
        if wire is not None:
            self._parts().api.release(wire)

    def _head_with(self, token: str, parts: Parts) -> bytes:
        if self._head[0] != token:
            self._request.headers["Authorization"] = f"Bearer {token}"
            self._head = (token, parts.api.head_of(self._request))
        return self._head[1]

    def _seen(self, answer: requests.Response) -> None:
        self.correlation_id = answer.headers.get(CORRELATION_ID)
        if _might_be_cut_off(answer):
            what = f"the answer (HTTP {answer.status_code}) is empty, and does not say that it should be"
            raise GenesysTransportError(what, sent=True)


def _might_be_cut_off(answer: requests.Response) -> bool:
    """Tell whether a good answer without a body may be the beginning of one: where it does not say where it ends."""
    return (
        not answer.content
        and answer.status_code < HTTPStatus.MULTIPLE_CHOICES
        and answer.status_code != HTTPStatus.NO_CONTENT
        and answer.headers.get("Content-Length") != "0"
        and answer.headers.get("Transfer-Encoding", "").lower() != "chunked"
    )
