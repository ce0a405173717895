"""Where artifacts are written and read: a local folder or an object store.

A path is a ``pathlib.Path``, a ``upath.UPath`` or Airflow's ``ObjectStoragePath``. Local files are handled by the
operating system's own calls, since a ledger is replaced after every answer of the API; everything else by the path's
fsspec file system, past its cache of listings, which the writes of other processes make untrue. Errors of the storage
leave as ``OSError``, whichever library raised them.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase
from functools import lru_cache
from glob import escape, has_magic
from inspect import signature
from pathlib import Path
from stat import S_IFREG, S_ISDIR, S_ISREG
from typing import IO, Any, Literal, Protocol, Self, cast

from airflow_provider_genesys.files.disks import destination, is_on_own_disk
from airflow_provider_genesys.files.refusals import asking, visible_path
from airflow_provider_genesys.files.unfinished import create, held, is_unfinished, new_name, sweep, sweep_old

_LOCAL_PROTOCOLS = frozenset({"", "file", "local"})
# Their fsspec file systems have one connection, on which the answers to several threads would be mixed up.
_ONE_CONNECTION = frozenset({"ftp", "sftp", "ssh"})
_sync = getattr(os, "fdatasync", os.fsync)  # macOS has no fdatasync, which spares writing the times of the file


class StoragePath(Protocol):
    """What the provider needs of a path; ``pathlib.Path``, ``UPath`` and ``ObjectStoragePath`` all have it."""

    @property
    def name(self) -> str:
        """The last part of the path."""

    @property
    def parent(self) -> Self:
        """The folder it is in."""

    def __truediv__(self, key: str, /) -> Self:
        """Return the path of something in this folder."""

    def open(self, mode: str) -> IO[Any]:
        """Open the file."""

    def glob(self, pattern: str) -> Iterator[Self]:
        """Find what is below this folder."""

    def stat(self) -> Any:
        """Return an object that has ``st_size``, in bytes."""


def is_whole(path: str) -> bool:
    """Tell whether a path says by itself where it leads: it is absolute, or an address on a store."""
    return "://" in path or path.startswith("/")


def is_local(path: StoragePath) -> bool:
    """Tell whether a path is on a disk of this machine (or mounted on it)."""
    return getattr(path, "protocol", "") in _LOCAL_PROTOCOLS


def address(path: StoragePath) -> str:
    """Return a path as one task gives it to another, which opens it.

    What stands before an ``@`` is the id of a connection with a store, which it takes to open it. With a disk it means
    nothing, so that a password there is told to nobody.
    """
    return visible_path(path) if is_local(path) else str(path)


def is_for_threads(path: StoragePath) -> bool:
    """Tell whether several threads may use a path's store at a time."""
    return getattr(path, "protocol", "") not in _ONE_CONNECTION


def answers_at_once(path: StoragePath) -> bool:
    """Tell whether a path is on a disk of this machine itself: in no store, and on no share of another machine.

    Where the system does not tell what is mounted (macOS), a local path is taken for one.
    """
    return is_local(path) and is_on_own_disk(_local(path))


def replace(path: StoragePath, data: bytes, *, guard: Callable[[], None] | None = None) -> None:
    """Write a file whole or not at all, over what was there.

    A process killed at any moment leaves the old content or the new one. A local file's content is on the disk before
    it takes the name, but the folder's entry may not be: after a power failure the old content may be back. On an
    object store this is a single PUT. A symbolic link stays one, and what it leads to is replaced; a named pipe or a
    device stays what it is, and is written into.

    :param path: the file; a local folder that is missing is made.
    :param data: the content.
    :param guard: called as late as can be; what it raises leaves the old content. A process that was frozen while the
        disk was busy, which is most of the time, has a last look round before its content takes the name.
    :raises OSError: when it cannot be written; the old content is still there.
    """
    if is_local(path):
        target, is_replaced = destination(_local(path))
        if not is_replaced:
            if guard is not None:
                guard()
            with open(target, "wb") as file:  # noqa: PTH123 (a Path object costs more than the call)
                file.write(data)
            return
        with _temporary(target, data) as temporary:
            if guard is not None:
                guard()
            os.replace(temporary, target)  # noqa: PTH105 (a Path object costs more than the call)
    else:
        fs, name = _remote(path)
        if guard is not None:
            guard()
        with asking():
            fs.pipe_file(name, data)


@contextlib.contextmanager
def writing(path: StoragePath) -> Iterator[IO[bytes]]:
    """Write a file piece by piece, and give it its name when it is whole, over what was there.

    What goes to an object store, or into a named pipe or a device, is kept on the local disk until then. What a killed
    process left of the same file is removed once it is there, and what was left of others when they are old.

    :param path: the file; a local folder that is missing is made.
    :return: takes the content; if the block is left by an exception, what was there stays.
    :raises OSError: when it cannot be written.
    """
    if not is_local(path):
        fs, name = _remote(path)
        with _unfinished(tempfile.gettempdir(), str(path), mode=0o600) as (temporary, file):
            yield file
            file.flush()
            with asking():
                fs.put_file(temporary, name)
        return
    target, is_replaced = destination(_local(path))
    if not is_replaced:
        with tempfile.TemporaryFile() as anonymous:
            yield anonymous
            anonymous.seek(0)
            with open(target, "wb") as pipe:  # noqa: PTH123
                shutil.copyfileobj(anonymous, pipe)
        return
    with _unfinished(*os.path.split(target)) as (temporary, file):
        yield file
        file.flush()
        _sync(file.fileno())
        os.replace(temporary, target)  # noqa: PTH105


def put_new(path: StoragePath, data: bytes) -> None:
    """Write a file whole or not at all, and only if it does not exist.

    :param path: the file; a local folder that is missing is made.
    :param data: the content.
    :raises FileExistsError: when it exists. Of several writers at a time one succeeds: on a local disk always, on an
        object store where its fsspec file system makes conditional writes.
    :raises OSError: when it cannot be written.
    """
    if is_local(path):
        target = _local(path)
        with _temporary(target, data) as temporary:
            _link(temporary, target)
    else:
        fs, name = _remote(path)
        with asking():
            if fs.exists(name):
                raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), name)
            fs.pipe_file(name, data, mode="create")


def read(path: StoragePath) -> bytes | None:
    """Return the content of a file, or ``None`` when there is no such file.

    :raises OSError: when it cannot be read for any other reason.
    """
    try:
        if is_local(path):
            with open(_local(path), "rb", buffering=0) as file:  # noqa: PTH123 (a Path object costs more than the call)
                return file.read()
        fs, name = _remote(path)
        with asking():
            content: bytes = fs.cat_file(name, **_as_it_is_now(fs.__class__))
    except FileNotFoundError:
        return None
    return content


def opened(path: StoragePath, block_size: int) -> IO[bytes]:
    """Open a file that is read once, from its beginning to its end.

    A pipe is opened by the system: fsspec looks for the end of a file, and a pipe has none before it is read.

    :param path: the file.
    :param block_size: bytes that a store is asked for at a time.
    :raises OSError: when it cannot be opened.
    """
    if is_device(path):
        return open(_local(path), "rb")  # noqa: PTH123 - who reads it closes it
    options = {} if is_local(path) else {"block_size": block_size}
    return cast("Any", path).open("rb", **options)  # type: ignore[no-any-return]


def list_names(folder: StoragePath, pattern: str = "*") -> list[str]:
    """Return the sorted names in a folder, without its path; none when there is no such folder.

    :param folder: the folder; folders below it are named but not entered.
    :param pattern: which names, with ``*``, ``?`` and ``[...]``; capitals and small letters differ.
    """
    try:
        if is_local(folder):
            names = os.listdir(_local(folder))  # noqa: PTH208 (names are what is asked for)
        else:
            fs, base = _remote(folder)
            with asking():
                names = [entry.rstrip("/").rpartition("/")[2] for entry in fs.ls(base, detail=False)]
    except FileNotFoundError:
        return []
    return sorted(name for name in names if fnmatchcase(name, pattern) and not is_unfinished(name))


def list_sizes(folder: StoragePath) -> dict[str, int | None]:
    """Return the sizes of the files in a folder by name, in bytes; none when there is no such folder.

    :param folder: the folder; a size its store does not tell in a listing is ``None``.
    """
    try:
        if is_local(folder):
            with os.scandir(_local(folder)) as entries:
                files = [entry for entry in entries if not is_unfinished(entry.name) and entry.is_file()]
                return {entry.name: entry.stat().st_size for entry in files}
        fs, base = _remote(folder)
        with asking():
            found = [entry for entry in fs.ls(base, detail=True) if entry["type"] == "file"]
        return {entry["name"].rpartition("/")[2]: entry.get("size") for entry in found}
    except FileNotFoundError:
        return {}


def kind_of(path: StoragePath) -> Literal["file", "directory"] | None:
    """Return what a path leads to, a named pipe being as good as a file; ``None`` when there is nothing.

    The question ``exists`` of fsspec answers *no* whatever the store says, that nobody may ask it too.

    :raises OSError: when the store does not tell.
    """
    try:
        if is_local(path):
            is_file = not S_ISDIR(os.stat(_local(path)).st_mode)  # noqa: PTH116 (a Path object costs more than the call)
        else:
            fs, name = _remote(path)
            with asking():
                is_file = fs.info(name)["type"] == "file"
    except (FileNotFoundError, NotADirectoryError, ValueError):  # of a name that no file can have
        return None
    return "file" if is_file else "directory"


def is_device(path: StoragePath) -> bool:
    """Tell whether a path leads to something local that is neither file nor folder: what is written there is gone."""
    try:
        mode = os.stat(_local(path)).st_mode if is_local(path) else S_IFREG  # noqa: PTH116
    except (OSError, ValueError):
        return False
    return not (S_ISREG(mode) or S_ISDIR(mode))


def matches(folder: StoragePath, pattern: str) -> list[StoragePath]:
    """Return what is below a folder and matches a pattern; whatever is in the folder's own name is no pattern.

    :raises OSError: when the store does not tell, or there is no such pattern.
    """
    if is_local(folder):
        try:
            base = Path(_local(folder))
            return [folder / str(path.relative_to(base)) for path in base.glob(pattern)]
        except ValueError as error:
            raise OSError(errno.EINVAL, str(error)) from error
    fs, name = _remote(folder)
    with asking():
        fs.invalidate_cache()  # of the folders below too
        if has_magic(name):
            base_length = len(name.rstrip("/"))
            names = fs.glob(f"{escape(name.rstrip('/'))}/{pattern}")
            found = [folder / each[base_length:].lstrip("/") for each in names]
        else:
            found = list(folder.glob(pattern))
    if not found:
        kind_of(folder)  # which raises what fsspec takes for an empty folder
    return found


def remove(path: StoragePath) -> None:
    """Remove a file; it may be missing.

    :raises OSError: when it is there and cannot be removed.
    """
    with contextlib.suppress(FileNotFoundError):
        if is_local(path):
            os.unlink(_local(path))  # noqa: PTH108 (a Path object costs more than the call)
        else:
            fs, name = _remote(path)
            with asking():
                fs.rm_file(name)


def _local(path: Any) -> str:
    """Return a local path as the operating system takes it; ``ObjectStoragePath`` is no ``os.PathLike``."""
    return str(path.path if hasattr(path, "protocol") else path)


def _remote(path: Any) -> tuple[Any, str]:
    """Return the file system of a path and the path's name in it; what listings told of it before is forgotten.

    Of a name that was not in a listing, s3fs says there is no such file, without asking, for as long as the
    process lives: a ledger, an owner or a state that another process has written since would not be there.
    """
    with asking():
        fs, name = path.fs, path.path
        for place in (name, name.rstrip("/").rpartition("/")[0]):
            fs.invalidate_cache(place)
        return fs, name


@lru_cache
def _as_it_is_now(kind: type) -> dict[str, int]:
    """Return what has a store's file system read a file by one request, if it does not do so anyway.

    s3fs asks for the size before, and reads a large file in parts: of another run's write between them some would be
    old, and some new; and a look at an owner would be two round trips.
    """
    reader = getattr(kind, "_cat_file", None)
    in_parts = reader is not None and "max_concurrency" in signature(reader).parameters
    return {"max_concurrency": 1} if in_parts else {}


@contextlib.contextmanager
def _unfinished(folder: str, of: str, mode: int = 0o666) -> Iterator[tuple[str, IO[bytes]]]:
    """Provide a file, and its name, for what becomes another; what killed processes left of that is swept after it."""
    _prepare(folder)
    with held(folder, of, mode) as unfinished:
        yield unfinished
    if is_on_own_disk(folder):  # on a share others' locks may not be seen
        sweep(folder, of)


@contextlib.contextmanager
def _temporary(target: str, data: bytes) -> Iterator[str]:
    """Write a file with a name of its own beside ``target`` and sync it; remove it in the end unless it was renamed."""
    folder = os.path.dirname(target)  # noqa: PTH120 (a Path object costs more than the call)
    _prepare(folder)
    name = f"{folder or '.'}/{new_name()}"
    descriptor = create(name)
    try:
        try:
            view = memoryview(data)
            while view:
                view = view[os.write(descriptor, view) :]
            _sync(descriptor)
        finally:
            os.close(descriptor)
        yield name
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(name)  # noqa: PTH108
        raise


def _link(temporary: str, target: str) -> None:
    """Give a complete file its name, which must be free."""
    try:
        os.link(temporary, target)
    except OSError as error:
        if error.errno not in {errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK}:
            raise
        # Network shares without hard links: whoever makes the empty file owns the name.
        os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666))
        os.replace(temporary, target)  # noqa: PTH105
    else:
        os.unlink(temporary)  # noqa: PTH108


@lru_cache(maxsize=1024)
def _prepare(folder: str) -> None:
    """Make a folder and sweep what killed processes left in it, once per process."""
    try:
        os.makedirs(folder or ".", exist_ok=True)  # noqa: PTH103
    except FileExistsError as error:  # which would say of the file what is true of its folder
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), folder) from error
    sweep_old(folder)
