"""The connections to one host: a pool of them, out of which one may be taken and into which it is given back."""

from __future__ import annotations

import queue
import weakref
from collections import deque
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from requests.adapters import HTTPAdapter

from airflow_provider_genesys.api.exact import ReadsExactly

if TYPE_CHECKING:
    from urllib3.connectionpool import HTTPConnectionPool

_POOL_SIZE = 100  # connections kept open, if there were as many: one for each lane of a publish; beyond, they reconnect


class OneHostAdapter(HTTPAdapter):
    """Looks its connection pool up once, which saves 50 us of CPU a request and more: there is only the one host."""

    _pool: HTTPConnectionPool | None = None

    def __init__(self) -> None:
        super().__init__(pool_connections=1, pool_maxsize=_POOL_SIZE)
        self._idle = IdleConnections(_POOL_SIZE)

    def get_connection_with_tls_context(self, *args: Any, **kwargs: Any) -> HTTPConnectionPool:
        """Return the pool, whatever is asked for."""
        if self._pool is None:
            pool = cast("HTTPConnectionPool", super().get_connection_with_tls_context(*args, **kwargs))
            made = pool.ConnectionCls
            pool.ConnectionCls = type(made.__name__, (ReadsExactly, made), {})
            pool.pool = cast("Any", self._idle)
            weakref.finalize(pool, self._idle.close)
            self._pool = pool
        return self._pool

    @property
    def headers_for_proxy(self) -> Mapping[str, str]:
        """What a proxy gets that is sent whole addresses."""
        return {} if self._pool is None else self._pool.proxy_headers

    def take(self) -> Any:
        """Take an idle connection out of the pool; ``None`` where there is none."""
        return self._idle.take()

    def give(self, connection: Any) -> None:
        """Put a connection into the pool, where the next request finds it; over the pool's size it is closed."""
        try:
            self._idle.put(connection)
        except queue.Full:
            connection.close()

    def close_idle(self) -> None:
        """Close the connections in the pool."""
        self._idle.close()


class IdleConnections:
    """The idle connections of a ``urllib3`` pool, the one used last first; for any number of threads.

    ``urllib3`` fills a ``LifoQueue`` with a place for each connection that there may be. To look for one behind the
    places that have none is to take them all out, which costs a millisecond; and its locks cost 10 us a request.

    :param most: how many there are at most.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._idle: deque[Any] = deque()

    def take(self) -> Any:
        """Take one out; ``None`` where there is none."""
        try:
            return self._idle.pop()
        except IndexError:
            return None

    def get(self, block: bool = True, timeout: float | None = None) -> Any:  # noqa: ARG002, FBT001, FBT002 - a queue's
        """Take one out; raises ``queue.Empty`` where there is none, upon which the pool opens one."""
        if (connection := self.take()) is None:
            raise queue.Empty
        return connection

    def put(self, connection: Any, block: bool = True, timeout: float | None = None) -> None:  # noqa: ARG002, FBT001, FBT002
        """Keep one; of ``None``, a place that has none, there is nothing to keep. Raises ``queue.Full``."""
        if connection is None:
            return
        if len(self._idle) >= self._most:
            raise queue.Full
        self._idle.append(connection)

    def qsize(self) -> int:
        """Return how many there are."""
        return len(self._idle)

    def close(self) -> None:
        """Close all of them."""
        while (connection := self.take()) is not None:
            connection.close()
