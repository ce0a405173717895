"""What is read and written at once: refused before anything is opened, since of what was read nothing would be left."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from airflow_provider_genesys.exceptions import GenesysConfigError
from airflow_provider_genesys.files.refusals import asking, visible_path
from airflow_provider_genesys.files.storage import StoragePath, is_local


def refuse_overwriting(argument: str, inputs: Iterable[Any], outputs: Iterable[StoragePath], instead: str) -> None:
    """Refuse an input that is one of the files to be written, by whatever path or link it is named.

    :param argument: name of the argument that the inputs were given as, for messages.
    :param inputs: paths; what is no path, such as records as data, is passed over.
    :param outputs: the files that will be written; some may not be there yet.
    :param instead: name of the argument that says where these go.
    :raises GenesysConfigError: there is such an input.
    :raises OSError: the store cannot be asked.
    """
    written = {_identity(path) for path in outputs} - {None}
    for path in inputs:
        if hasattr(path, "open") and _identity(path) in written:
            raise GenesysConfigError(
                f"{argument}: {visible_path(path)} is one of the files that are written, and what is in it would be "
                f"lost: give another {instead}, or move the file first"
            )


def _identity(path: Any) -> object | None:
    """Return what two paths of one file have in common; ``None`` if there is no such file on the disk."""
    if is_local(path):
        with suppress(FileNotFoundError, NotADirectoryError):
            found = Path(path.path if hasattr(path, "protocol") else path).stat()
            return found.st_dev, found.st_ino
        return None
    with asking():
        return path.fs, path.path
