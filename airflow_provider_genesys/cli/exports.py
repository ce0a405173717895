"""``export``, ``diff`` and ``verify``: job 3."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from airflow_provider_genesys.cli.access import client_settings, open_path
from airflow_provider_genesys.cli.commands import ERROR, FOUND, SUCCESS
from airflow_provider_genesys.cli.console import elapsed
from airflow_provider_genesys.exceptions import GenesysConfigError, GenesysSourceError
from airflow_provider_genesys.exports.comparing import compare_snapshots
from airflow_provider_genesys.exports.render import markdown
from airflow_provider_genesys.exports.snapshot import Snapshot, open_snapshot, verify
from airflow_provider_genesys.files import storage
from airflow_provider_genesys.files.refusals import named

if TYPE_CHECKING:
    from collections.abc import Mapping

    from airflow_provider_genesys.cli.console import Console


def export(arguments: Namespace, console: Console) -> int:
    """Write a snapshot, and print what has changed since the one before."""
    from airflow_provider_genesys.api.genesys_cloud import GenesysCloudClient  # noqa: PLC0415 - the others send nothing
    from airflow_provider_genesys.exports.exporter import FAIL_ON, Exporter  # noqa: PLC0415
    from airflow_provider_genesys.exports.resources import select  # noqa: PLC0415

    resources = select(arguments.include or ["all"])
    client = GenesysCloudClient(client_settings(arguments.conn_id, console))
    exporter = Exporter(
        client, open_path(arguments.destination, "destination"), resources, fail_on=arguments.fail_on or FAIL_ON
    )
    try:
        with console.progress(elapsed("exporting")), named("destination", arguments.destination):
            client.check_organization()
            exporter.export()
    finally:
        console.result(_exported(exporter.summary), exporter.summary)
    return SUCCESS


def diff(arguments: Namespace, console: Console) -> int:
    """Print what is different between two snapshots."""
    before, after = _opened("before", arguments.before), _opened("after", arguments.after)
    found = compare_snapshots(before, after)
    console.result(markdown(found, snapshot=after.name), {"snapshot": after.name, **found.as_json()})
    blind = [
        f"{name}: {one.reason}"
        for name, one in found.resources.items()
        if one.comparison in {"not_comparable", "damaged"}
    ]
    if blind:
        console.complain(f"not compared: {'; '.join(blind)}")
    return ERROR if blind else FOUND if found.changed else SUCCESS


def verify_snapshot(arguments: Namespace, console: Console) -> int:
    """Say whether a snapshot is whole."""
    path = open_path(arguments.path, "path")
    try:
        with named("path", arguments.path):
            if storage.kind_of(path) is None:
                raise GenesysConfigError(f"path: there is no {arguments.path}")
            found = verify(path)
    except GenesysSourceError as error:
        console.complain(str(error))
        console.result(f"{arguments.path} is damaged", {"ok": False, "reason": str(error)})
        return FOUND
    stale = "" if found.latest is not False else "; latest.json names another one"
    states = ", ".join(f"{name}: {_state(each)}" for name, each in found.resources.items())
    text = f"{found.snapshot} is whole: {states}; {found.size:,} bytes{stale}"
    console.result(text, {"ok": True, **asdict(found)})
    return SUCCESS


def _opened(argument: str, path: str) -> Snapshot:
    with named(argument, path):
        return open_snapshot(open_path(path, argument))


def _exported(summary: Mapping[str, Any]) -> str:
    """Say in words what an export did: the comparison's Markdown, if there is one, then where the snapshot is."""
    blocks = []
    if summary["diff"] is not None:
        blocks.append((storage.read(open_path(summary["diff"])) or b"").decode().rstrip("\n"))
    states = ", ".join(f"{name}: {_state(each)}" for name, each in summary["resources"].items())
    if summary["snapshot"] is None:
        blocks.append(f"No snapshot is written{f' ({states})' if states else ''}.")
    else:
        first = "It is the first one there." if summary["previous"] is None else f"Compared with {summary['previous']}."
        same = " Nothing changed." if summary["changed"] is False else ""
        blocks.append(f"Snapshot {summary['snapshot']} is written: {states}. {first}{same}")
    return "\n\n".join(blocks)


def _state(resource: Mapping[str, Any]) -> str:
    return f"{resource['count']}" if resource["state"] == "exported" else f"{resource['state']}"
