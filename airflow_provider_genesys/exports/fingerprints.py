"""What is configured, in so few bytes that whoever waits for a change can carry it from place to place.

A fingerprint of a resource is one digest of its state and of all its entities. It tells that something is different,
and nothing else: whoever wants to know what has a snapshot to compare with.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from airflow_provider_genesys.api.looks import Seen
from airflow_provider_genesys.exports.manifest import is_comparable
from airflow_provider_genesys.exports.reading import read_configuration
from airflow_provider_genesys.exports.written import check_seen, written_form
from airflow_provider_genesys.files.canonical import canonical, digest

if TYPE_CHECKING:
    from airflow_provider_genesys.api.genesys_cloud import GenesysCloudClient
    from airflow_provider_genesys.exports.manifest import Part
    from airflow_provider_genesys.exports.resources import Resource

_DIGITS = 16  # of an entity's digest: enough to tell two contents of one entity apart
NOTHING = ""
"""The fingerprint of a resource of which nothing is known yet: any entity is a change then."""


def fingerprint(part: Part | None) -> str:
    """Return the fingerprint of a resource as a snapshot holds it; that of ``None`` is ``NOTHING``."""
    if part is None:
        return NOTHING
    return digest(canonical([part.state, sorted([entry.id, entry.object] for entry in part.entities)]))


def read_parts(client: GenesysCloudClient, resources: Sequence[Resource]) -> Mapping[str, Part]:
    """Read some resources, each of which may be read.

    :raises GenesysExportStateError: a permission is missing, so that a change would not be seen.
    :raises GenesysError: a resource cannot be read.
    """
    parts = written_form(read_configuration(client, resources)).parts
    check_seen(parts)
    return parts


def look_for_change(client: GenesysCloudClient, resources: Sequence[Resource], known: Mapping[str, str]) -> Seen:
    """See whether what is configured has other fingerprints than before.

    :param client: the client.
    :param resources: what to look at.
    :param known: the fingerprint of each resource before; one that is not there counts as another.
    :return: nothing is ``found``: what has changed, a fingerprint does not tell.
    :raises GenesysError: as :func:`read_parts` does.
    """
    parts = read_parts(client, resources)
    changed = [name for name, part in parts.items() if _is_other(part, known.get(name))]
    said = f"{', '.join(changed)} changed" if changed else f"nothing changed in {', '.join(parts)}"
    return Seen(bool(changed), said)


def look_at_state(client: GenesysCloudClient, resources: Sequence[Resource]) -> Seen:
    """See what is configured.

    :param client: the client.
    :param resources: what to look at.
    :return: ``found`` is a ``State`` as ``exports.watched`` has it, without what could be read in part only.
    :raises GenesysError: as :func:`read_parts` does.
    """
    state = {
        name: {
            "state": part.state,
            "fingerprint": fingerprint(part),
            "entities": {entry.id: entry.object[:_DIGITS] for entry in part.entities},
        }
        for name, part in read_parts(client, resources).items()
        if is_comparable(part)
    }
    return Seen(done=True, said=f"read {', '.join(state)}", found=state)


def _is_other(part: Part, known: str | None) -> bool:
    if not is_comparable(part):
        return False  # it was read in part only, and is looked at again
    if known == NOTHING:
        return bool(part.entities)
    return fingerprint(part) != known
