"""Where a path that a Dag author wrote leads."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from airflow_provider_genesys.arguments import FOLDER, AnyPath
from airflow_provider_genesys.exceptions import GenesysConfigError, GenesysError

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import Context

    from airflow_provider_genesys.files.storage import StoragePath


def beside_dag(source: Any, context: Context) -> Any:
    """Return where something written for a Dag is; a relative path is one beside its file, wherever the worker runs.

    Data, JSON text, an address on a store, and a path that was rendered to nothing are no such path.
    """
    if not isinstance(source, str) or "://" in source or source.lstrip()[:1] in {"", "[", "{"}:
        return source
    return str(Path(context["dag"].fileloc).parent / source)


def destination_path(destination: AnyPath) -> StoragePath:
    """Return the folder that an argument names.

    A relative one would be another one on each worker.

    :raises GenesysConfigError: it names none, or none that can be opened.
    """
    from airflow_provider_genesys.tasks.artifacts import open_path  # noqa: PLC0415 - not while Dags are parsed

    if not (str(destination).startswith("/") or "://" in str(destination)):
        raise GenesysConfigError(f"destination must be {FOLDER.wanted}, not {destination!r}")
    try:
        path: StoragePath = open_path(destination)
    except GenesysConfigError as error:
        raise GenesysConfigError(f"destination: {error}") from error
    return path


@contextmanager
def using(destination: Any) -> Iterator[None]:
    """Name the folder in what its store says; what cannot pass by itself is no more retried."""
    try:
        yield
    except OSError as error:
        may_pass = not isinstance(error, FileNotFoundError | NotADirectoryError | PermissionError)
        raise (GenesysError if may_pass else GenesysConfigError)(
            f"destination: {destination} cannot be read or written ({error})"
        ) from error
