"""Looking from an event loop: the connection is awaited there, and the client waits in a thread.

All of Airflow's own is called on the loop: on Airflow 3.1 a look-up of a connection in a thread, or the masking of a
token there, breaks the loop of all triggers. All that takes time is done in a thread: one loop serves hundreds of them.
The threads are the provider's own: those of the loop are few, and all other triggers need them, to look up a name too.

Clients are shared by all who look by the same settings, and with them connections to the server. They are impatient: a
triggerer that is told to stop waits for its threads, for half a minute at most.
"""

from __future__ import annotations

import asyncio
import gc
import hashlib
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import fields, replace
from functools import cache, partial
from typing import TYPE_CHECKING, TypeVar

from airflow.providers.common.compat.connection import get_async_connection

from airflow_provider_genesys.api.looks import Seen, look, time_for_a_look
from airflow_provider_genesys.connection.fields import client_settings, our_user_agent
from airflow_provider_genesys.exceptions import GenesysError

if TYPE_CHECKING:
    from airflow_provider_genesys.api.deadline import Deadline
    from airflow_provider_genesys.api.genesys_cloud import GenesysCloudClient
    from airflow_provider_genesys.api.settings import ClientSettings

_Result = TypeVar("_Result")
_LONGEST_WAIT = 10.0  # seconds, for a retry, a rate limit and a piece of an answer
_MOST_CLIENTS = 50  # connections are few; one whose secret is rotated makes another client

_MOST_LOOKS = 32  # at a time

_threads = ThreadPoolExecutor(_MOST_LOOKS, thread_name_prefix="genesys-look")
_clients: dict[str, GenesysCloudClient] = {}
_unmasked: deque[str] = deque()  # secrets that became known in threads


class Looker:
    """Looks at an organisation, with a client that may only read.

    The connection is looked up once, and again after a failure that no further look by it would cure.

    :param conn_id: id of the connection, of the type ``genesys_cloud``.
    """

    def __init__(self, conn_id: str) -> None:
        self._conn_id = conn_id
        self._settings: ClientSettings | None = None

    async def look(self, see: Callable[[GenesysCloudClient], Seen], *, within: float) -> Seen:
        """Look once, see :func:`~airflow_provider_genesys.api.looks.look`; cancelled, it leaves no thread waiting.

        :param see: looks, in a thread; it calls nothing of Airflow's.
        :param within: seconds.
        :raises GenesysError: what no further look would cure.
        """
        _spare_collections_what_is_loaded()
        if self._settings is None:
            self._settings = await _settings_of(self._conn_id)
        deadline = time_for_a_look(within)
        try:
            work = partial(copy_context().run, _look, see, self._settings, deadline)  # it logs as the trigger does
            seen = await asyncio.get_running_loop().run_in_executor(_threads, work)
        except GenesysError:
            self._settings = None  # the connection may be what was wrong: its secret may have been renewed since
            raise
        finally:
            deadline.end()
        await _mask()
        return seen


def _look(see: Callable[[GenesysCloudClient], Seen], settings: ClientSettings, deadline: Deadline) -> Seen:
    return look(see, _client_of(settings), deadline)


async def _settings_of(conn_id: str) -> ClientSettings:
    """Return a connection's settings, made impatient.

    :raises GenesysConfigError: a field is missing or wrong.
    """
    connection = await get_async_connection(conn_id)
    settings = client_settings(
        connection, connection_type="genesys_cloud", user_agent=our_user_agent(), mask=_unmasked.append
    )
    await _mask()
    return replace(
        settings,
        connect_timeout=min(settings.connect_timeout, _LONGEST_WAIT),
        read_timeout=min(settings.read_timeout, _LONGEST_WAIT),
        max_wait=min(settings.max_wait, _LONGEST_WAIT),
    )


def _client_of(settings: ClientSettings) -> GenesysCloudClient:
    """Return the client of some settings; called in threads, of which two may make one at the same time: one stays."""
    from airflow_provider_genesys.api.genesys_cloud import GenesysCloudClient  # noqa: PLC0415 - imported in a thread

    # Of the secret and the proxies' passwords nothing stays but a digest.
    values = [(each.name, getattr(settings, each.name)) for each in fields(settings) if each.name != "on_token"]
    key = hashlib.sha256(repr(values).encode("utf-8", "surrogatepass")).hexdigest()
    if key not in _clients and len(_clients) >= _MOST_CLIENTS:
        _clients.clear()
    if (client := _clients.get(key)) is None:
        client = _clients.setdefault(key, GenesysCloudClient(settings).read_only())
    return client


@cache
def _spare_collections_what_is_loaded() -> None:
    """Keep what a triggerer has loaded by now out of Python's collections of garbage; once, before the first look.

    Airflow and what it imports are some 150,000 objects that stay. A full collection would walk over each, in whatever
    thread it came up, and for more than a tenth of a second no trigger of the process would go on.
    """
    gc.freeze()


async def _mask() -> None:
    """Keep out of the logs what has become known in threads since."""
    while _unmasked:
        secret = _unmasked.popleft()
        try:
            from airflow.sdk.log import amask_secret  # noqa: PLC0415 - Airflow 3.3
        except ImportError:
            from airflow.providers.common.compat.sdk import mask_secret  # noqa: PLC0415

            mask_secret(secret)
        else:
            await amask_secret(secret)
