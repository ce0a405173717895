"""What is read and written at once: refused before anything is opened, since of what was read nothing would be left.

So is what an earlier run left among the files that are written: read again, all in it would be there twice.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from airflow_provider_genesys.exceptions import GenesysConfigError
from airflow_provider_genesys.files.refusals import asking, visible_path
from airflow_provider_genesys.files.storage import StoragePath, is_local, list_names


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


def refuse_left_over(argument: str, inputs: Iterable[Any], folder: StoragePath, pattern: str, instead: str) -> None:
    """Refuse an input that an earlier run wrote into the folder, under a name that this one does not write.

    :param argument: name of the argument that the inputs were given as, for messages.
    :param inputs: paths; what is no path, such as records as data, is passed over.
    :param folder: where the files go.
    :param pattern: what the names of such files are like, for a glob.
    :param instead: name of the argument that says where these go.
    :raises GenesysConfigError: there is such an input.
    :raises OSError: the store cannot be asked.
    """
    paths = [path for path in inputs if hasattr(path, "open")]
    left = {_identity(folder / name) for name in list_names(folder, pattern)} - {None} if paths else set()
    for path in paths:
        if _identity(path) in left:
            raise GenesysConfigError(
                f"{argument}: {visible_path(path)} is left of an earlier run in the folder that is written to, and "
                f"what is in it may be there twice: give another {instead}, or a {argument} without it"
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
