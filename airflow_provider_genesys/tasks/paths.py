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

from airflow.providers.common.compat.sdk import AirflowException

from airflow_provider_genesys.arguments import FILE
from airflow_provider_genesys.exceptions import GenesysConfigError
from airflow_provider_genesys.files.refusals import asking, named, visible_path
from airflow_provider_genesys.files.storage import is_device, is_whole

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import ObjectStoragePath

    from airflow_provider_genesys.arguments import AnyPath
    from airflow_provider_genesys.files.storage import StoragePath

_AMAZON = "apache-airflow-providers-amazon[s3fs]"
_AZURE = "apache-airflow-providers-microsoft-azure"
_GOOGLE = "apache-airflow-providers-google"
_PACKAGES = {
    **dict.fromkeys(("s3", "s3a", "s3n"), _AMAZON),
    **dict.fromkeys(("gs", "gcs"), _GOOGLE),
    **dict.fromkeys(("abfs", "abfss", "adl"), _AZURE),
    **dict.fromkeys(("sftp", "ssh"), "apache-airflow-providers-sftp"),
}
"""By scheme, the package that has its store for Airflow."""
_WITHOUT_STORE = frozenset({"hdfs", "webhdfs"})
"""Schemes for which Airflow has a package with hooks and sensors and no store: it would be installed in vain."""
_HOME = re.compile(r"~[^/]*/|~\Z")
_WINDOWS = re.compile(r"[A-Za-z]:[\\/]|\\\\")
_RELATIVE_URL = re.compile(r"(?:file|local)://(?!(?:[^/@]*@)?/)", re.IGNORECASE)


def input_opener(argument: str, context: Mapping[str, Any] | None) -> Callable[[AnyPath], StoragePath]:
    """Return what opens the paths of an input; a relative one, of a glob too, is one beside the Dag's file.

    :param argument: its name, for messages.
    :param context: context of the running task; without it relative paths are refused.
    :raises GenesysConfigError: when it is called with a path that leads nowhere, whatever there is.
    """

    def opened(path: AnyPath) -> StoragePath:
        text = str(path)
        _refuse_what_leads_nowhere(argument, text)
        if is_whole(text):
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
    text = str(path)
    _refuse_what_leads_nowhere(argument, text)
    if not is_whole(text):
        raise GenesysConfigError(
            f"{argument} must be {wanted}, not {text!r}, which would be another place on each worker"
        )
    opened = open_path(path, argument)
    if is_device(opened):
        raise GenesysConfigError(
            f"{argument}: {visible_path(path)} is there and is no ordinary file, of which what a task leaves could be "
            "read again"
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


def open_path(path: AnyPath, argument: str | None = None) -> ObjectStoragePath:
    """Return a path on any store; a relative one is local (Airflow 2.11 takes ``a/b`` for ``/a/b``).

    :param path: the path; an ``ObjectStoragePath`` is returned as it is.
    :param argument: the argument that it was given as, for messages.
    :raises GenesysConfigError: Airflow knows no such store or connection, or the provider or library for the store is
        not installed, which the message names; or its library finds no credentials.
    :raises GenesysStorageError: its library could not do something that it may do another time.
    """
    from airflow.providers.common.compat.sdk import ObjectStoragePath  # noqa: PLC0415 - not while Dags are parsed

    try:
        if isinstance(path, ObjectStoragePath):
            opened = path
        else:
            text = str(path)
            opened = ObjectStoragePath(text if "://" in text else str(Path(text).absolute()))
        _ = opened.fs  # which is looked for only now
    except (ImportError, ValueError, AirflowException) as error:
        shown = visible_path(path)
        place = f"{argument}: {shown}" if argument else shown
        # What Airflow says of an address with a password has that for the id of a connection, and repeats it.
        told = error if shown == str(path) else None
        raise GenesysConfigError(f"{place}: {_why_not(str(path), error, told)}") from told
    except Exception:  # of the store's library, which has looked for credentials
        with named(argument or "the path", path), asking():
            raise
    return opened


def _why_not(path: str, error: Exception, told: Exception | None) -> str:
    """Say what to do about a store that cannot be opened.

    :param told: the error, unless it may have a secret in it.
    """
    scheme = path.partition("://")[0].lower()
    if isinstance(error, AirflowException):
        return f"{f'{told}; ' if told else ''}the part before @ is the id of a connection"
    if package := _PACKAGES.get(scheme):
        return (
            f"addresses with {scheme}:// need the package {package} on every worker: pip install '{package}' ({error})"
        )
    if scheme in _WITHOUT_STORE:
        return (
            f"no package of Airflow's has a store for {scheme}://; give another store, or a folder that is mounted on "
            f"every worker ({error})"
        )
    return f"there is no such store, or its provider is not installed: {error}"
