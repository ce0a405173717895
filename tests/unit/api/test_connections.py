from __future__ import annotations

import copy
import gc
import pickle
import queue
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from airflow_provider_genesys.api.connections import IdleConnections, OneHostAdapter


class _Connection:
    def __init__(self) -> None:
        self.closed = False

    def close(self) -> None:
        self.closed = True


def test_of_idle_connections_the_one_used_last_comes_first():
    idle, first, second = IdleConnections(2), _Connection(), _Connection()
    idle.put(first)
    idle.put(second)
    assert [idle.take(), idle.take(), idle.take()] == [second, first, None]


def test_the_try_behind_one_that_failed_opens_a_connection():
    idle, connection = IdleConnections(2), _Connection()
    idle.put(connection)
    idle.put(None)
    assert idle.qsize() == 1
    assert idle.get() is None
    assert idle.get() is connection
    with pytest.raises(queue.Empty):
        idle.get()


def test_an_idle_connection_can_be_taken_behind_a_try_that_failed():
    idle, connection = IdleConnections(2), _Connection()
    idle.put(connection)
    idle.put(None)
    assert idle.take() is connection
    assert idle.take() is None


def test_no_more_are_kept_than_there_may_be():
    adapter = OneHostAdapter()
    connections = [_Connection() for _ in range(101)]
    for connection in connections:
        adapter.give(connection)
    assert [connection.closed for connection in connections] == [False] * 100 + [True]
    adapter.close_idle()
    assert all(connection.closed for connection in connections)
    assert adapter.take() is None


def test_the_pool_opens_a_connection_where_none_is_idle_and_keeps_it():
    adapter = OneHostAdapter()
    pool = adapter.get_connection_with_tls_context(_request(), verify=True)
    connection = pool._get_conn()
    assert adapter.take() is None
    pool._put_conn(connection)
    pool._put_conn(None)
    assert adapter.take() is connection


def test_a_pool_that_is_closed_closes_them():
    adapter, connection = OneHostAdapter(), _Connection()
    pool = adapter.get_connection_with_tls_context(_request(), verify=True)
    adapter.give(connection)
    pool._put_conn(None)
    pool.close()
    assert connection.closed


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda adapter: pickle.loads(pickle.dumps(adapter))])
def test_a_copy_has_no_connections_and_can_be_used(copied: Callable[[OneHostAdapter], OneHostAdapter]):
    adapter = OneHostAdapter()
    pool = adapter.get_connection_with_tls_context(_request(), verify=True)
    adapter.give(_Connection())
    another = copied(adapter)
    assert another.take() is None
    assert another.get_connection_with_tls_context(_request(), verify=True) is not pool


def test_threads_that_begin_together_share_one_pool():
    switched = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        for _ in range(50):
            adapter, together = OneHostAdapter(), threading.Barrier(8)

            def ask(adapter: OneHostAdapter = adapter, together: threading.Barrier = together) -> object:
                together.wait(10)
                return adapter.get_connection_with_tls_context(_request(), verify=True)

            with ThreadPoolExecutor(8) as threads:
                pools = [each.result(10) for each in [threads.submit(ask) for _ in range(8)]]
            assert len(set(pools)) == 1
    finally:
        sys.setswitchinterval(switched)


def test_connections_that_nobody_can_use_any_more_are_closed():
    adapter, connection = OneHostAdapter(), _Connection()
    adapter.get_connection_with_tls_context(_request(), verify=True)
    adapter.give(connection)
    del adapter
    gc.collect()
    assert connection.closed


def _request() -> requests.PreparedRequest:
    return requests.Request("GET", "http://127.0.0.1:1/").prepare()
