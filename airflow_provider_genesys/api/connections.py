"""The connections to one host: a pool of them, out of which one may be taken and into which it is given back."""

from __future__ import annotations

import contextlib
import queue
import threading
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

    def __init__(self) -> None:
        super().__init__(pool_connections=1, pool_maxsize=_POOL_SIZE)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Begin without connections; ``requests`` calls it for a copy, too."""
        super().init_poolmanager(*args, **kwargs)
        self._lock = threading.Lock()
        self._pool: HTTPConnectionPool | None = None
        self._idle = IdleConnections(_POOL_SIZE)

    def get_connection_with_tls_context(self, *args: Any, **kwargs: Any) -> HTTPConnectionPool:
        """Return the pool, whatever is asked for."""
        if self._pool is None:
            with self._lock:
                if self._pool is None:
                    self._pool = self._made(super().get_connection_with_tls_context(*args, **kwargs))
        return self._pool

    def _made(self, pool: Any) -> HTTPConnectionPool:
        """Return a new pool with connections that read exactly, and a queue that is ours."""
        made = pool.ConnectionCls
        pool.ConnectionCls = type(made.__name__, (ReadsExactly, made), {})
        pool.pool = self._idle
        weakref.finalize(pool, self._idle.close)  # its own one closes what is in the queue that it was made with
        return cast("HTTPConnectionPool", pool)

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
    """The queue of a ``urllib3`` pool that does not block: the idle connection used last first; for any threads.

    ``urllib3`` fills a ``LifoQueue`` with a place for each connection that there may be. To look for one behind the
    places that have none is to take them all out, which costs a millisecond; and its locks cost 10 us a request.

    :param most: how many there are at most.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._idle: deque[Any] = deque()
        self._failed: deque[None] = deque()

    def take(self) -> Any:
        """Take one out; ``None`` where there is none."""
        try:
            return self._idle.pop()
        except IndexError:
            return None

    def get(self, block: bool = False, timeout: float | None = None) -> Any:  # noqa: ARG002, FBT001, FBT002 - a queue's
        """Take one out; ``None``, upon which the pool opens one, for the try behind one that failed.

        What made one idle connection useless, such as a firewall that forgets, may have made all of them so.

        :raises queue.Empty: there is none, upon which the pool opens one, too.
        """
        with contextlib.suppress(IndexError):
            return self._failed.pop()
        if (connection := self.take()) is None:
            raise queue.Empty
        return connection

    def put(self, connection: Any, block: bool = False, timeout: float | None = None) -> None:  # noqa: ARG002, FBT001, FBT002
        """Keep one, or note by ``None``, as ``urllib3`` does, that a request has failed; raises ``queue.Full``."""
        if connection is None:
            self._failed.append(None)
        elif len(self._idle) >= self._most:
            raise queue.Full
        else:
            self._idle.append(connection)

    def qsize(self) -> int:
        """Return how many there are."""
        return len(self._idle)

    def close(self) -> None:
        """Close all of them."""
        while (connection := self.take()) is not None:
            connection.close()
