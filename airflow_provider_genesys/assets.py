"""Assets in Genesys Cloud, ``genesys://<organisation>/<what>``, so that Dags can be scheduled on them.

The *organisation* is its id where the connection's ``expected_organization_id`` tells it, else the API's host.
*What* is ``events/<stream>``, ``presence/definitions``, ``presence/users`` or ``configuration/<resource>``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from urllib.parse import SplitResult

    from airflow.providers.common.compat.openlineage.facet import Dataset
    from airflow.providers.common.compat.sdk import Asset

SCHEME = "genesys"


def create_asset(*, organization: str, name: str, extra: dict[str, Any] | None = None) -> Asset:
    """Return the asset of something in an organisation.

    :param organization: its id, or the API's host.
    :param name: such as ``events/user_presences``.
    :param extra: the asset's.
    :raises ValueError: one of them is empty.
    """
    from airflow.providers.common.compat.sdk import Asset  # noqa: PLC0415 - Airflow loads this module by itself

    return Asset(uri=f"{SCHEME}://{organization}/{name}", extra=extra)


def sanitize_uri(uri: SplitResult) -> SplitResult:
    """Return the URI as Airflow keeps it: the organisation in small letters, and no slash at the end.

    :raises ValueError: it names no organisation or nothing in it, or holds more than these.
    """
    name = uri.path.strip("/")
    if not uri.netloc or not name:
        raise ValueError("a Genesys Cloud asset is genesys://<organisation>/<what>, such as events/user_presences")
    if uri.query or uri.fragment or "@" in uri.netloc:
        raise ValueError("a Genesys Cloud asset has neither user, query nor fragment")
    return uri._replace(netloc=uri.netloc.lower(), path=f"/{name}")


def convert_asset_to_openlineage(asset: Asset, lineage_context: Any) -> Dataset:  # noqa: ARG001 - Airflow's signature
    """Return OpenLineage's name of an asset: its organisation is the namespace."""
    from airflow.providers.common.compat.openlineage.facet import Dataset  # noqa: PLC0415 - only where it is wanted

    uri = urlsplit(asset.uri)
    return Dataset(namespace=f"{uri.scheme}://{uri.netloc}", name=uri.path.strip("/"))
