"""Where a file cannot be written or read it is told why, and what was there stays."""

from __future__ import annotations

import errno
import os
import resource
import shutil
import tempfile
from pathlib import Path

import pytest

from airflow_provider_genesys.files import storage


@pytest.mark.parametrize("write", [storage.replace, storage.put_new])
def test_a_folder_that_cannot_be_is_an_os_error_but_not_an_existing_file(tmp_path, write):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(NotADirectoryError):
        write(tmp_path / "file" / "ledger.json", b"data")


def error_of_a_user(act):
    """Return the name of the error that this raises in a child that is not root, who may write anywhere."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        raised = "nothing"
        try:
            if os.getuid() == 0:
                os.setgroups([])
                os.setgid(65534)
                os.setuid(65534)
            act()
        except BaseException as error:  # noqa: BLE001 - a child must not return into pytest
            raised = type(error).__name__
        finally:
            os.write(writer, raised.encode())
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as pipe:
        raised = pipe.read()
    os.waitpid(child, 0)
    return raised


@pytest.fixture
def folder_of_all(tmp_path):
    """A folder that whoever a child becomes may reach: pytest's own is its user's only."""
    folder = Path(tempfile.mkdtemp(prefix="unwritable-"))
    folder.chmod(0o755)
    yield folder
    folder.chmod(0o755)
    shutil.rmtree(folder)


def test_an_unwritable_folder_is_a_permission_error(folder_of_all):
    path = folder_of_all / "ledger.json"
    storage.replace(path, b"old")
    folder_of_all.chmod(0o555)
    assert error_of_a_user(lambda: storage.replace(path, b"new")) == "PermissionError"
    assert error_of_a_user(lambda: storage.put_new(folder_of_all / "other.json", b"new")) == "PermissionError"
    assert (storage.read(path), [each.name for each in folder_of_all.iterdir()]) == (b"old", ["ledger.json"])


def test_an_unreadable_file_is_a_permission_error_and_not_an_absent_one(folder_of_all):
    path = folder_of_all / "ledger.json"
    storage.replace(path, b"old")
    path.chmod(0)
    assert error_of_a_user(lambda: storage.read(path)) == "PermissionError"


@pytest.mark.parametrize("write", [storage.replace, storage.put_new])
def test_a_full_disk_leaves_the_old_content_and_no_rubbish(tmp_path, write):
    storage.replace(tmp_path / "old.json", b"old")
    target = tmp_path / ("old.json" if write is storage.replace else "new.json")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, limits[1]))
    try:
        with pytest.raises(OSError, match="File too large"):
            write(target, b"x" * 20_000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("old.json", b"old")]


def test_a_failed_rename_leaves_the_old_content_and_no_rubbish(tmp_path, monkeypatch):
    storage.replace(tmp_path / "a", b"old")

    def fail(*_: str) -> None:
        raise OSError(errno.EIO, "broken disk")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(OSError, match="broken disk"):
        storage.replace(tmp_path / "a", b"new")
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("a", b"old")]


def test_without_hard_links_put_new_still_keeps_what_is_there(tmp_path, monkeypatch):
    def refuse(*_: str) -> None:
        raise OSError(errno.EPERM, "no hard links here")

    monkeypatch.setattr(os, "link", refuse)
    storage.put_new(tmp_path / "a", b"first")
    with pytest.raises(FileExistsError):
        storage.put_new(tmp_path / "a", b"second")
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("a", b"first")]
