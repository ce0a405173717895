"""Two snapshots, whatever organisations they are of, compared with each other."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from airflow_provider_genesys.exports.diff import Diff, ResourceDiff, compare, explained

if TYPE_CHECKING:
    from airflow_provider_genesys.exports.snapshot import Snapshot


def compare_snapshots(before: Snapshot, after: Snapshot) -> Diff:
    """Return what is different, with its fields.

    :param before: a snapshot.
    :param after: another one; what only the one before holds is not comparable, as is what only this one does.
    :raises GenesysSourceError: an object of the snapshot after is damaged or missing; where one of the snapshot before
        is, its resource is ``damaged``.
    """
    diff = compare(before.name, before.manifest.resources, after.manifest.resources)
    only_before = {
        name: ResourceDiff("not in it", part.state, "not_comparable", "it is not in the snapshot after")
        for name, part in before.manifest.resources.items()
        if name not in after.manifest.resources
    }
    return explained(replace(diff, resources={**diff.resources, **only_before}), before.contents, after.contents)
