"""What the arguments that messages name are called on the command line.

The jobs speak of the operators' arguments. Here most of them are options, and a connection's fields may be variables.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from airflow_provider_genesys.cli.commands import Command

_KNOWN = re.compile(r"(known are [^;\n]*(?:; did you mean [^?\n]*\?)?)")


def options_of(command: Command) -> dict[str, str]:
    """Return what each argument that is an option of a command is called there."""
    return {each.name: each.flags[0] for each in command.arguments if each.flags[0].startswith("--")}


def in_options(message: str, names: Mapping[str, str]) -> str:
    """Return a message in which arguments are called what they are called here.

    A name is one where it is given a value, where the message begins with it, where it is said to be the connection's,
    and, if no word of a language is written like it, wherever it stands by itself, but behind the name of a file, whose
    key it is, and among known words.

    :param message: the message.
    :param names: what each argument is called.
    """
    parts = _KNOWN.split(message)  # every second one lists words that a file may have
    return "".join(part if number % 2 else _in_options(part, names) for number, part in enumerate(parts))


def _in_options(message: str, names: Mapping[str, str]) -> str:
    for name, called in names.items():
        alone = rf"(?<![\w./'\"-]){re.escape(name)}"
        message = re.sub(rf"the connection's (['`]?){re.escape(name)}\b\1", called, message)
        message = re.sub(rf"the connection has no {re.escape(name)}\b", f"{called} is not set", message)
        message = re.sub(rf"{alone}=True\b", called, message)
        message = re.sub(rf"{alone}=(?=\S)", f"{called} ", message)
        message = re.sub(rf"^{re.escape(name)}(?=: |, line | must be )", called, message)
        if "_" in name:
            message = re.sub(rf"(?<!: ){alone}(?![\w/'\"-]|\.\w)", called, message)
    return message
