"""What one look at the configuration sees: what the sensor of job 3 waits by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from airflow_provider_genesys.api.looks import Seen
from airflow_provider_genesys.exports.exporter import compare_with_latest
from airflow_provider_genesys.exports.fingerprints import fingerprint
from airflow_provider_genesys.exports.manifest import is_comparable
from airflow_provider_genesys.exports.render import summary
from airflow_provider_genesys.exports.snapshot import Destination

if TYPE_CHECKING:
    from airflow_provider_genesys.api.genesys_cloud import GenesysCloudClient
    from airflow_provider_genesys.exports.resources import Resource
    from airflow_provider_genesys.files.storage import StoragePath


def look_at_configuration(client: GenesysCloudClient, root: StoragePath, resources: Sequence[Resource]) -> Seen:
    """See whether what is configured differs from the last snapshot.

    The arguments and errors are those of :func:`~airflow_provider_genesys.exports.exporter.compare_with_latest`.

    :return: ``found`` is its summary.
    """
    diff, found = compare_with_latest(client, root, resources)
    return Seen(diff.changed, f"{summary(diff)}, compared with {diff.previous or 'nothing'}", found)


def known_fingerprints(root: StoragePath, resources: Sequence[Resource]) -> Mapping[str, str]:
    """Return the fingerprints of what the last snapshot holds, for whoever looks on where it cannot be read.

    :param root: folder of the snapshots.
    :param resources: what to compare; one that the snapshot does not hold as a whole is left out.
    :raises GenesysSourceError: its manifest is damaged.
    """
    names = [resource.name for resource in resources]
    previous = Destination(root).previous(names)
    if previous is None:
        return dict.fromkeys(names, fingerprint(None))
    parts = previous[1].resources
    return {name: fingerprint(parts[name]) for name in names if is_comparable(parts.get(name))}
