"""The commands as Airflow's own command line has them from 3.2 on: ``airflow genesys plan ...``."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from airflow.cli.cli_config import ActionCommand, Arg, GroupCommand

from airflow_provider_genesys.cli.commands import COMMANDS, DESCRIPTION, EPILOG, Argument, Command

if TYPE_CHECKING:
    from argparse import Namespace

    from airflow.cli.cli_config import CLICommand


def commands() -> list[CLICommand]:
    """Return what Airflow puts among its commands."""
    each = [
        ActionCommand(
            name=command.name,
            help=command.help,
            func=partial(_run, command),
            args=[_arg(argument) for argument in command.arguments],
            epilog=f"Exit codes: {command.epilog}.",
        )
        for command in COMMANDS
    ]
    return [
        GroupCommand(
            name="genesys", help="Work on Genesys Cloud", description=f"{DESCRIPTION} {EPILOG}", subcommands=each
        )
    ]


def _arg(argument: Argument) -> Arg:
    make: Callable[..., Arg] = Arg
    return make(argument.flags, **argument.settings)


def _run(command: Command, arguments: Namespace) -> None:
    from airflow_provider_genesys.cli.main import run  # noqa: PLC0415 - Airflow reads this module at each start

    sys.exit(run(command, arguments))
