"""What was read, as a snapshot holds it: each entity by the digest of what is configured of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from airflow_provider_genesys.exceptions import GenesysExportStateError
from airflow_provider_genesys.exports.manifest import Entry, Part
from airflow_provider_genesys.exports.resources import RESOURCES, Resource
from airflow_provider_genesys.files.canonical import canonical, digest, split
from airflow_provider_genesys.text import visible

if TYPE_CHECKING:
    from airflow_provider_genesys.exports.reading import Configuration, Reading


@dataclass(frozen=True, slots=True)
class Written:
    """A configuration as a snapshot holds it.

    :param parts: its resources by name.
    :param objects: what its entities' objects hold, by digest.
    """

    parts: Mapping[str, Part]
    objects: Mapping[str, bytes]


def written_form(configuration: Configuration) -> Written:
    """Return what was read as a snapshot holds it."""
    objects: dict[str, bytes] = {}
    parts = {}
    for name, reading in configuration.readings.items():
        entries = [_entry(RESOURCES[name], key, reading, objects) for key in sorted(reading.entities)]
        parts[name] = Part(
            state=reading.state,
            count=len(entries),
            total=reading.total,
            reasons=[visible(reason) for reason in reading.reasons],
            permissions=list(reading.permissions),
            entities=entries,
        )
    return Written(parts, objects)


def in_states(parts: Mapping[str, Part], wanted: Mapping[str, Collection[str]]) -> list[tuple[str, str]]:
    """Return each resource's state that is one of those ``wanted`` of it, and in words why it is in it."""
    return [
        (part.state, f"{name} is {part.state}: {'; '.join(part.reasons)}")
        for name, part in parts.items()
        if part.state in wanted[name]
    ]


def check_seen(parts: Mapping[str, Part]) -> None:
    """Make sure that each resource may be read: of one that may not, no change would ever be seen.

    :raises GenesysExportStateError: a permission is missing.
    """
    if forbidden := in_states(parts, dict.fromkeys(parts, ("forbidden",))):
        raise GenesysExportStateError("; ".join(reason for _, reason in forbidden))


def states(parts: Mapping[str, Part]) -> dict[str, dict[str, Any]]:
    """Return state and count of each resource."""
    return {name: {"state": part.state, "count": part.count} for name, part in parts.items()}


def _entry(resource: Resource, key: str, reading: Reading, objects: dict[str, bytes]) -> Entry:
    entity = reading.entities[key]
    kept, apart = split(entity, resource.volatile)
    data = canonical(kept)
    name = digest(data)
    objects[name] = data
    return Entry(id=key, name=visible(resource.display(entity)), object=name, volatile=apart)
