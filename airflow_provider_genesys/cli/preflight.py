"""``preflight``: what is missing for a run."""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING

from airflow_provider_genesys.api.genesys_cloud import GenesysCloudClient
from airflow_provider_genesys.cli.access import client_settings, opener
from airflow_provider_genesys.cli.commands import FOUND, SUCCESS
from airflow_provider_genesys.cli.console import elapsed
from airflow_provider_genesys.exceptions import GenesysConfigError, GenesysPreflightError
from airflow_provider_genesys.preflight.render import plain
from airflow_provider_genesys.tasks.preflight import make_preflight

if TYPE_CHECKING:
    from airflow_provider_genesys.cli.console import Console


def preflight(arguments: Namespace, console: Console) -> int:
    """Look at everything, and print what was found."""
    if bool(arguments.source) != bool(arguments.stream):
        raise GenesysConfigError("the sources and --stream go together: give both, or neither")
    client = GenesysCloudClient(client_settings(arguments.conn_id, console))
    looks = make_preflight(
        lambda: client,
        operations=arguments.operations or [],
        source=arguments.source or None,
        stream=arguments.stream,
        references=(),
        open_path=opener("source"),
        open_mapping=opener("mapping"),
        open_directory=opener("directory"),
        mapping=arguments.mapping,
        directory=arguments.directory,
        source_id=arguments.source_id,
    )
    try:
        with console.progress(elapsed("looking")):
            looks.run()
    except GenesysPreflightError as error:
        console.complain(f"not ready for a run: {len(error.reasons):,} reasons, which the output says")
        return FOUND
    finally:
        console.result(plain(looks.findings), looks.summary())
    return SUCCESS
