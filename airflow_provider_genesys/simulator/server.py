"""The HTTP server: uvicorn, with a protocol that lets faults break connections."""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING, Any

import uvicorn
from uvicorn.protocols.http.auto import AutoHTTPProtocol

from airflow_provider_genesys.simulator.app import create_app

if TYPE_CHECKING:
    from airflow_provider_genesys.simulator.settings import Start

# uvicorn's 5 s would drop a client that waits for a new window of the rate limit.
KEEP_ALIVE = 75
GRACE = 2


class TransportProtocol(AutoHTTPProtocol):  # type: ignore[misc,valid-type]  # which class it is depends on what is installed
    """Puts the connection's transport into the state of each of its requests."""

    def connection_made(self, transport: asyncio.Transport) -> None:
        """Remember the transport; uvicorn copies ``app_state`` into each request's scope."""
        super().connection_made(transport)
        # asyncio sees to this only for sockets that say they are TCP, which those of create_server do not. Without it,
        # each answer, being two writes, waits 40 ms for the client's delayed acknowledgement.
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.app_state: dict[str, Any] = {**self.app_state, "transport": transport}


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens.

    :param host: address or name to listen on.
    :param port: 0 for any free one.
    :raises OSError: if the port is taken, or the address is not this machine's.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, backlog=2048)


def serve(listener: socket.socket, start: Start) -> None:
    """Serve until SIGTERM or SIGINT.

    :param listener: a socket that listens.
    :param start: how the simulator begins.
    """
    config = uvicorn.Config(
        create_app(start),
        http=TransportProtocol,
        loop="asyncio",
        ws="none",
        lifespan="off",
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE,
        timeout_graceful_shutdown=GRACE,
    )
    uvicorn.Server(config).run(sockets=[listener])
