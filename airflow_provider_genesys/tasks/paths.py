"""Where a path that a Dag author wrote leads: the one rule for relative ones.

An *input* is kept beside the Dag, under version control as often as not: a relative path begins at the folder of the
Dag's file, wherever the worker runs. An *output* has to outlive the worker, and nobody looks for it beside the Dag: it
is an absolute path or an address on a store. What only looks as if it were either is refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from airflow_provider_genesys.arguments import FILE
from airflow_provider_genesys.exceptions import GenesysConfigError
from airflow_provider_genesys.files.refusals import visible_path
from airflow_provider_genesys.files.storage import is_device

if TYPE_CHECKING:
    from airflow_provider_genesys.arguments import AnyPath
    from airflow_provider_genesys.files.storage import StoragePath

_HOME = re.compile(r"~[^/]*/|~\Z")
_WINDOWS = re.compile(r"[A-Za-z]:[\\/]|\\\\")
_RELATIVE_URL = re.compile(r"(?:file|local)://(?!(?:[^/@]*@)?/)", re.IGNORECASE)


def input_opener(argument: str, context: Mapping[str, Any] | None) -> Callable[[AnyPath], StoragePath]:
    """Return what opens the paths of an input; a relative one, of a glob too, is one beside the Dag's file.

    :param argument: its name, for messages.
    :param context: context of the running task; without it relative paths are refused.
    :raises GenesysConfigError: when it is called with a path that leads nowhere, whatever there is.
    """
    from airflow_provider_genesys.tasks.artifacts import open_path  # noqa: PLC0415 - not while Dags are parsed

    def opened(path: AnyPath) -> StoragePath:
        text = str(path)
        _refuse_what_leads_nowhere(argument, text)
        if "://" in text or text.startswith("/"):
            return open_path(path, argument)
        if context is None:
            raise GenesysConfigError(
                f"{argument}: {text!r} is relative, which is beside the Dag's file, and no task of a Dag is running: "
                "give an absolute path or an address on a store"
            )
        return open_path(Path(context["dag"].fileloc).absolute().parent / text, argument)

    return opened


def output_path(argument: str, path: AnyPath, wanted: str = FILE.wanted) -> StoragePath:
    """Return the file or folder that an output names; a relative one would be another one on each worker.

    :param argument: its name, for messages.
    :param wanted: what it must be, in words.
    :raises GenesysConfigError: it is relative, cannot be opened, or is a device, a pipe or the like.
    """
    from airflow_provider_genesys.tasks.artifacts import open_path  # noqa: PLC0415

    text = str(path)
    _refuse_what_leads_nowhere(argument, text)
    if not ("://" in text or text.startswith("/")):
        raise GenesysConfigError(
            f"{argument} must be {wanted}, not {text!r}, which would be another place on each worker"
        )
    opened = open_path(path, argument)
    if is_device(opened):
        raise GenesysConfigError(
            f"{argument}: {visible_path(path)} is there and is no ordinary file, in whose place the output would be put"
        )
    return opened


def _refuse_what_leads_nowhere(argument: str, text: str) -> None:
    """Refuse what has a meaning elsewhere, and would be the name of a file here."""
    if _HOME.match(text):
        reason = "~ is not expanded, since the home folder differs from worker to worker"
    elif _WINDOWS.match(text):
        reason = "this is a path of Windows, on which Airflow does not run"
    elif _RELATIVE_URL.match(text):
        reason = "an address of a file has three slashes, as in file:///folder/file"
    else:
        return
    raise GenesysConfigError(
        f"{argument}: {visible_path(text)!r} leads nowhere: {reason}; give an absolute path or an address on a store"
    )
