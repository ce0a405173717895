"""Who a command is: the client of an Airflow connection, or that of environment variables."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from airflow_provider_genesys.connection import environment, fields
from airflow_provider_genesys.exceptions import GenesysConfigError
from airflow_provider_genesys.files.refusals import visible_path

if TYPE_CHECKING:
    from airflow_provider_genesys.api.settings import ClientSettings
    from airflow_provider_genesys.arguments import AnyPath
    from airflow_provider_genesys.cli.console import Console
    from airflow_provider_genesys.files.storage import StoragePath

_DEFAULT = "genesys_cloud_default"


def client_settings(conn_id: str | None, console: Console) -> ClientSettings:
    """Return what the client is made of.

    :param conn_id: id of an Airflow connection. ``None`` takes the environment's variables, and where none of them is
        set the connection ``genesys_cloud_default``.
    :param console: told of the secrets, which it never shows, and what the variables are called.
    :raises GenesysConfigError: there is no such connection, or a field or variable is missing or wrong.
    """
    if conn_id is not None:
        return _of_connection(conn_id, console)
    environment.check_names(os.environ)
    if environment.is_set(os.environ):
        console.call(environment.variables())
        agent = fields.our_user_agent(with_airflow=False)
        return environment.environment_settings(os.environ, user_agent=agent, mask=console.mask)
    return _of_connection(conn_id, console)


def open_path(path: AnyPath, argument: str | None = None) -> StoragePath:
    """Return a path: a relative one begins where the command was started, and an address leads to Airflow's stores.

    :param argument: the argument that it was given as, for messages.
    :raises GenesysConfigError: there is no such store, or no Airflow, whose stores they are.
    """
    text = str(path)
    if "://" not in text:
        return Path(text).absolute()
    try:
        from airflow_provider_genesys.tasks.paths import open_path as open_address  # noqa: PLC0415 - imports Airflow
    except ImportError as error:
        shown = f"{f'{argument}: ' if argument else ''}{visible_path(text)}"
        raise GenesysConfigError(
            f"{shown}: an address leads to Airflow's stores, and Airflow is not installed"
        ) from error
    return open_address(text, argument)


def opener(argument: str) -> Callable[[AnyPath], StoragePath]:
    """Return what opens the paths of an argument, as :func:`open_path` does."""
    return partial(open_path, argument=argument)


def _of_connection(conn_id: str | None, console: Console) -> ClientSettings:
    # Airflow is imported only here: it takes seconds, and a pipeline has none.
    from airflow.models import Connection  # noqa: PLC0415
    from airflow.providers.common.compat.sdk import AirflowNotFoundException, mask_secret  # noqa: PLC0415

    def mask(secret: str) -> None:
        mask_secret(secret)
        console.mask(secret)

    # Not by the hook: where no task runs, Airflow 3 looks into its database only for who asks like this.
    try:
        connection = Connection.get_connection_from_secrets(conn_id or _DEFAULT)
    except AirflowNotFoundException as error:
        names = environment.variables()
        instead = "" if conn_id else f"; or set {names['login']}, {names['password']} and {names['region']}"
        raise GenesysConfigError(f"there is no Airflow connection {conn_id or _DEFAULT!r}{instead}") from error
    if connection.password:
        console.mask(connection.password.strip())
    return fields.client_settings(
        connection, connection_type="genesys_cloud", user_agent=fields.our_user_agent(), mask=mask
    )
