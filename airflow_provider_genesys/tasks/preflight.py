"""A preflight put together of its checks: the one place where the jobs and the preflight meet."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from airflow_provider_genesys.exceptions import GenesysConfigError

if TYPE_CHECKING:
    from airflow_provider_genesys.api.genesys_cloud import GenesysCloudClient
    from airflow_provider_genesys.events.source import Chunk, OpenPath
    from airflow_provider_genesys.preflight.findings import Connect, Preflight

# The checks, and with them the client, are imported in functions: Dags are parsed often and look at nothing then.


def make_preflight(
    connect: Connect, *, operations: Any, source: Any, stream: Any, references: Any, open_path: OpenPath
) -> Preflight:
    """Return all checks; the arguments are the operator's.

    :param connect: returns the client.
    :param open_path: makes a path object of each path in the source.
    :raises GenesysConfigError: an argument is wrong.
    """
    from airflow_provider_genesys.api.meter import Meter  # noqa: PLC0415
    from airflow_provider_genesys.preflight import checks  # noqa: PLC0415
    from airflow_provider_genesys.preflight.findings import Preflight, ReadOnlyClient  # noqa: PLC0415
    from airflow_provider_genesys.preflight.permissions import Permissions, rows  # noqa: PLC0415
    from airflow_provider_genesys.preflight.references import References  # noqa: PLC0415
    from airflow_provider_genesys.preflight.users import Users  # noqa: PLC0415
    from airflow_provider_genesys.presence.resolve import PresenceResolver  # noqa: PLC0415
    from airflow_provider_genesys.presence.state import read_definitions  # noqa: PLC0415

    named, chunks = rows(operations), _chunks(source, stream, open_path)
    meter, gathered = Meter(), References()
    gathered.add(references)

    def view() -> GenesysCloudClient:
        return connect().view(meter=meter)

    ask = ReadOnlyClient(view)
    resolver = PresenceResolver(lambda: read_definitions(view()))
    return Preflight(
        checks.Access(ask),
        local=[checks.Input(gathered, chunks)],
        online=[
            checks.Organization(ask),
            Permissions(ask, named),
            checks.PresenceSource(ask, gathered),
            checks.Definitions(gathered, by_id=resolver.system_presence, by_name=resolver),
            Users(ask, gathered),
        ],
        meter=meter,
    )


def _chunks(source: Any, stream: Any, open_path: OpenPath) -> Callable[[], Iterator[Chunk]] | None:
    """Return what reads the source, or ``None`` if there is none."""
    from airflow_provider_genesys.events.models import STREAMS  # noqa: PLC0415
    from airflow_provider_genesys.events.source import read  # noqa: PLC0415

    if source is None and stream is None:
        return None
    if source is None or stream is None or stream not in STREAMS:
        raise GenesysConfigError(
            f"source and stream go together, and stream is one of {', '.join(STREAMS)}, not {stream!r}"
        )
    return lambda: read(source, stream=stream, open_path=open_path)
