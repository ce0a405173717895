"""A publishing task, and the ways to a server of :mod:`tests.contract.wire_server`: plain, by TLS, by proxies."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from airflow_provider_genesys.api.genesys_cloud import GenesysCloudClient
from airflow_provider_genesys.api.settings import ClientSettings
from airflow_provider_genesys.events.publisher import Publisher
from airflow_provider_genesys.events.settings import PublishSettings
from tests.contract.wire_server import Proxy, WireServer, plain
from tests.contract.worlds import add_up, presences, write_lines

if TYPE_CHECKING:
    from contextlib import ExitStack

    from airflow_provider_genesys.events.records import ResolvePresence
    from airflow_provider_genesys.events.source import OpenPath

ROADS = ("http", "https", "http by proxy", "https by proxy")
COUNT = 3_000
LANES = 4


class Road:
    """A server, the way to it, and a task that publishes over it."""

    def __init__(self, name: str, stack: ExitStack, tls: tuple[Path, Path], folder: Path) -> None:
        self.server = stack.enter_context(WireServer(plain, tls if name.startswith("https") else None).running())
        self.proxy = stack.enter_context(Proxy().running()) if "proxy" in name else None
        self.folder = folder
        self.publisher: Publisher | None = None
        self._settings = ClientSettings(
            "id",
            "secret",
            self.server.url,
            self.server.url,
            read_timeout=30.0,  # whose answers are late says how late: a machine that stalls gives none up
            requests_per_minute=1e6,
            verify=str(tls[0]) if name.startswith("https") else True,
            proxies={"http": self.proxy.url, "https": self.proxy.url} if self.proxy else {},
        )

    def start(
        self,
        *,
        client: dict[str, Any] | None = None,
        open_path: OpenPath = Path,
        resolve: ResolvePresence | None = None,
        **settings: Any,
    ) -> Publisher:
        wanted = PublishSettings(**{"stream": "user_presences", "max_in_flight": LANES, **settings})
        connection = GenesysCloudClient(replace(self._settings, **(client or {})))
        self.publisher = Publisher(
            connection, wanted, self.folder, key="task", open_path=open_path, resolve_presence=resolve
        )
        return self.publisher

    def publish(self, count: int = COUNT, *, users: int = 200, **settings: Any) -> dict[str, Any]:
        publisher = self.start(**settings)
        try:
            return publisher.publish(write_lines(self.folder / "in.jsonl", presences(count, users=users)))
        finally:
            add_up(publisher.summary())

    def everything(self, count: int = COUNT) -> bool:
        """Whether the server got every event, and which."""
        return self.server.accepted.keys() == {row["eventId"] for row in presences(count)}
