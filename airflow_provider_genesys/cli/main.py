"""From a command line to an exit code."""

from __future__ import annotations

import argparse
import signal
import sys
import traceback
from collections.abc import Sequence
from importlib import import_module
from typing import Any

from airflow_provider_genesys import __version__
from airflow_provider_genesys.cli.commands import COMMANDS, DESCRIPTION, EPILOG, ERROR, Command
from airflow_provider_genesys.cli.console import Console, speaking
from airflow_provider_genesys.cli.streams import have_streams, results_only, write_if_possible
from airflow_provider_genesys.cli.wording import options_of
from airflow_provider_genesys.exceptions import GenesysConfigError, GenesysError

INTERRUPTED = 128 + signal.SIGINT


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command of ``python -m airflow_provider_genesys``.

    :param arguments: those of the command line by default.
    :return: the exit code.
    :raises SystemExit: the arguments are wrong (2), or help was asked for (0).
    """
    have_streams()
    parser = argparse.ArgumentParser(
        prog="python -m airflow_provider_genesys", description=DESCRIPTION, epilog=EPILOG, allow_abbrev=False
    )
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    for command in COMMANDS:
        one = commands.add_parser(
            command.name,
            help=command.help,
            description=command.help,
            epilog=f"Exit codes: {command.epilog}.",
            allow_abbrev=False,
        )
        for argument in command.arguments:
            one.add_argument(*argument.flags, **argument.settings)
        one.set_defaults(command=command)
    try:
        given = parser.parse_args(arguments)
    finally:
        for stream in (sys.stdout, sys.stderr):  # else Python fails at its end where nobody reads help
            write_if_possible(stream, "")
    return run(given.command, given)


def run(command: Command, arguments: argparse.Namespace) -> int:
    """Run a command.

    :param command: the command.
    :param arguments: its arguments, as they were parsed.
    :return: the exit code: never 1 for an error, since 1 means that there is something.
    """
    with results_only() as results:
        console = Console(results, as_json=arguments.output, names=options_of(command))
        try:
            with speaking(console):
                return _do(command, arguments, console)
        except KeyboardInterrupt:
            console.complain("interrupted")
            return INTERRUPTED
        except (GenesysError, OSError) as error:
            console.complain(str(error) or type(error).__name__)
        except Exception:  # noqa: BLE001 - a bug; Python's own exit code would mean something else here
            console.complain(traceback.format_exc(), kind="this is a bug of the provider")
        return ERROR


def _do(command: Command, arguments: argparse.Namespace, console: Console) -> int:
    _refuse_blanks(command, arguments)
    module, name = command.function
    function: Any = getattr(import_module(f"airflow_provider_genesys.cli.{module}"), name)
    code: int = function(arguments, console)
    return code


def _refuse_blanks(command: Command, arguments: argparse.Namespace) -> None:
    """Refuse an argument that is given and empty, which a variable without a value makes: as a path it is this folder.

    :raises GenesysConfigError: one is; the message names it.
    """
    for argument in command.arguments:
        value = getattr(arguments, argument.name)
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, str) and not each.strip():
                raise GenesysConfigError(f"{argument.flags[0]} is empty: is the variable set that it is made of?")
