from __future__ import annotations

import gc
import queue

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


def test_a_place_without_a_connection_is_none():
    idle, connection = IdleConnections(2), _Connection()
    idle.put(connection)
    for _ in range(3):
        idle.put(None)
    assert idle.qsize() == 1
    assert idle.get(block=False) is connection
    with pytest.raises(queue.Empty):
        idle.get(block=False)


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


def test_connections_that_nobody_can_use_any_more_are_closed():
    adapter, connection = OneHostAdapter(), _Connection()
    adapter.get_connection_with_tls_context(_request(), verify=True)
    adapter.give(connection)
    del adapter
    gc.collect()
    assert connection.closed


def _request() -> requests.PreparedRequest:
    return requests.Request("GET", "http://127.0.0.1:1/").prepare()
