"""What has to be true of snapshots, wherever they are: runs export deployments, each with what the API had then."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from airflow_provider_genesys.exceptions import GenesysError
from airflow_provider_genesys.exports.snapshot import Destination, Snapshot, verify
from tests.chaos.figures import failed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.chaos.server import Server

RUNS = 3
RESOURCES = ["webchat_deployments", "webchat_settings"]
_DEPLOYMENTS = 30


def load(server: Server, run: int) -> None:
    """Give the organisation what a run is to export, of which each part tells the run."""
    server.handle.load_webchat(
        {"requireDeployment": bool(run % 2)},
        [
            {"id": f"{number:08}-0000-4000-8000-000000000000", "name": f"{number}", "description": f"{run}"}
            for number in range(_DEPLOYMENTS)
        ],
    )


def complaints(folder: Path, summary: Mapping[str, Any], run: int) -> list[str]:
    """Return what is wrong with the snapshots in a local folder after a run has succeeded.

    :param summary: the run's.
    """
    destination = Destination(folder)
    found, versions = [], {}
    for name in destination.names():
        try:
            verify(destination.path(name))
            versions[name] = _versions(Snapshot(destination, name))
        except (GenesysError, OSError) as error:
            found.append(f"snapshot {name} is torn: {error}")
    verify(folder)
    here = Path(summary["snapshot"]).stem
    before = Path(summary["previous"]).stem if summary["previous"] else None
    changed = _DEPLOYMENTS + 1 if before and versions[before] != versions[here] else 0
    return found + failed(
        {
            f"snapshots of several moments: {versions}": all(len(each) == 1 for each in versions.values()),
            f"{versions[here]} and not {run} is exported": versions[here] == {f"{run}"},
            f"compared with {before}": (before is None) == (run == 0),
            f"{summary['modified']} changes reported of {changed}": summary["modified"] == changed,
            f"changes since {before} are told as since the last report": (
                before is None or min(versions[before]) <= f"{run - 1}"
            ),
        }
    )


def _versions(snapshot: Snapshot) -> set[str]:
    deployments = snapshot.entities("webchat_deployments")
    return {one["description"] for one in deployments} | (
        set() if len(deployments) == _DEPLOYMENTS else {f"{len(deployments)} of {_DEPLOYMENTS}"}
    )
