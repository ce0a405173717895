"""``make-directory``: the records of other platforms."""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING

from airflow_provider_genesys.api.genesys_cloud import GenesysCloudClient
from airflow_provider_genesys.cli.access import client_settings, open_path
from airflow_provider_genesys.cli.commands import SUCCESS
from airflow_provider_genesys.cli.console import elapsed
from airflow_provider_genesys.exceptions import GenesysConfigError
from airflow_provider_genesys.files import storage
from airflow_provider_genesys.files.refusals import named
from airflow_provider_genesys.interactions.making import make_directory

if TYPE_CHECKING:
    from airflow_provider_genesys.cli.console import Console


def make(arguments: Namespace, console: Console) -> int:
    """Write a directory, and say what it has."""
    path = open_path(arguments.destination)
    with named("destination", arguments.destination):
        if storage.kind_of(path) is not None:
            raise GenesysConfigError(f"destination: {arguments.destination} is there already, and is not written over")
    client = GenesysCloudClient(client_settings(arguments.conn_id, console))
    with console.progress(elapsed("reading the organisation")):
        made = make_directory(client, users_by=arguments.users_by, as_csv=path.name.lower().endswith(".csv"))
    with named("destination", arguments.destination):
        storage.replace(path, made.text.encode())
    counts = ", ".join(f"{count:,} {section.replace('_', ' ')}" for section, count in made.counts.items())
    missing = "" if made.has_source else " Which presence source is the platform is for you to fill in."
    left_out = f" {made.left_out:,} are left out: they have no name of their own." if made.left_out else ""
    console.result(
        f"{arguments.destination} has {counts}.{left_out}{missing}",
        {"directory": str(path), **made.counts, "left_out": made.left_out, "has_source": made.has_source},
    )
    return SUCCESS
