"""What publishes, put together of its parts: the same in a task, in a hook's call and on the command line."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from airflow_provider_genesys.api.genesys_cloud import GenesysCloudClient
    from airflow_provider_genesys.api.settings import ClientSettings
    from airflow_provider_genesys.events.publisher import Publisher
    from airflow_provider_genesys.events.records import ResolvePresence
    from airflow_provider_genesys.events.settings import PublishSettings
    from airflow_provider_genesys.events.source import OpenPath
    from airflow_provider_genesys.files.storage import StoragePath
    from airflow_provider_genesys.presence.resolve import PresenceResolver

# What sends, and with it requests, is imported in functions: Dags are parsed often and call nothing while they are.


def make_publisher(
    connection: ClientSettings,
    settings: PublishSettings,
    folder: StoragePath,
    *,
    key: str,
    open_path: OpenPath,
    try_number: int = 1,
    folder_argument: str = "artifacts_path",
    source_argument: str = "source",
    resolve_presence: ResolvePresence | None = None,
    ledger_key: str | None = None,
) -> Publisher:
    """Return what publishes one source once. Nobody is asked before it does.

    :param connection: what the connection says; the publish's own pace comes before its.
    :param settings: how to publish, checked.
    :param folder: where ledger and dead letters are kept.
    :param key: names who publishes, for messages.
    :param open_path: makes a path object of each path in the source.
    :param try_number: which try it is, for messages.
    :param folder_argument: name of the argument that leads to the folder, for messages.
    :param source_argument: name of the argument that the source is given as, for messages.
    :param resolve_presence: finds presence definitions by name, of each once, on a thread of its own; by default
        one that reads them when an event first names one.
    :param ledger_key: the key that the account is kept under, if there is one.
    """
    from airflow_provider_genesys.api.genesys_cloud import GenesysCloudClient  # noqa: PLC0415
    from airflow_provider_genesys.events.publisher import Publisher  # noqa: PLC0415

    client = GenesysCloudClient(
        replace(
            connection,
            requests_per_minute=settings.requests_per_minute or connection.requests_per_minute,
            max_wait=settings.max_wait or connection.max_wait,
        )
    )
    return Publisher(
        client,
        settings,
        folder,
        key=key,
        try_number=try_number,
        open_path=open_path,
        folder_argument=folder_argument,
        source_argument=source_argument,
        resolve_presence=(resolve_presence or presence_resolver(client))
        if settings.stream == "user_presences"
        else None,
        ledger_key=ledger_key,
    )


def presence_resolver(client: GenesysCloudClient) -> PresenceResolver:
    """Return what finds presence definitions by name; it reads them when it first needs them, and once."""
    from airflow_provider_genesys.presence.resolve import PresenceResolver  # noqa: PLC0415
    from airflow_provider_genesys.presence.state import read_definitions  # noqa: PLC0415

    return PresenceResolver(lambda: read_definitions(client))
