"""Files are written whole or not at all, on local disks and on object stores."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

import fsspec
import pytest
from airflow.providers.common.compat.sdk import ObjectStoragePath
from fsspec.implementations.memory import MemoryFileSystem
from upath import UPath

from airflow_provider_genesys.files import storage


@pytest.fixture(params=["path", "upath", "file-upath", "object-storage", "object-storage-file", "memory"])
def folder(request, tmp_path):
    """The same folder as each kind of path, with a character that must not be taken for a pattern."""
    folder = tmp_path / "run[1]=a%2Fb"
    if request.param == "memory":
        root = UPath(f"memory://{tmp_path.name}")
        yield root / "run"
        root.fs.rm(root.path, recursive=True) if root.exists() else None
        return
    make = {
        "path": Path,
        "upath": UPath,
        "file-upath": lambda path: UPath(f"file://{path}"),
        "object-storage": lambda path: ObjectStoragePath(str(path)),
        "object-storage-file": lambda path: ObjectStoragePath(f"file://{path}"),
    }
    yield make[request.param](folder)


@pytest.mark.parametrize("name", ["run[1]", "r*n", "r?n", "run"])
def test_what_matches_is_found_whatever_the_folder_is_called(folder, name):
    for path in ("a.jsonl", "sub/b.jsonl", "c.txt"):
        storage.replace(folder / name / path, b"")
    storage.replace(folder / "run1" / "other.jsonl", b"")
    found = [str(path) for path in storage.matches(folder / name, "*.jsonl")]
    assert found == [str(folder / name / "a.jsonl")]
    assert sorted(path.name for path in storage.matches(folder / name, "**/*.jsonl")) == ["a.jsonl", "b.jsonl"]
    assert storage.matches(folder / "nowhere", "*") == []


def test_a_file_is_written_read_replaced_listed_and_removed(folder):
    path = folder / "deep" / "ledger.json"
    assert storage.read(path) is None
    assert storage.list_names(path.parent) == []
    storage.replace(path, b"first, and longer")
    storage.replace(path, b"second")
    assert storage.read(path) == b"second"
    storage.put_new(path.parent / "a.jsonl", b"")
    storage.put_new(path.parent / "b.txt", b"b")
    assert storage.list_names(path.parent) == ["a.jsonl", "b.txt", "ledger.json"]
    assert storage.list_names(path.parent, "*.json*") == ["a.jsonl", "ledger.json"]
    assert storage.list_names(folder) == ["deep"]
    assert storage.list_sizes(folder) == {}
    assert storage.list_sizes(folder / "nowhere") == {}
    assert storage.list_sizes(path.parent) == {"a.jsonl": 0, "b.txt": 1, "ledger.json": 6}
    assert storage.read(path.parent / "a.jsonl") == b""
    storage.remove(path)
    storage.remove(path)
    assert storage.read(path) is None


def test_a_file_written_piece_by_piece_takes_its_name_when_it_is_whole(folder):
    path = folder / "new" / "events.jsonl"
    with storage.writing(path) as file:
        file.write(b"one\n")
        assert storage.read(path) is None
        file.write(b"two\n")
    assert storage.read(path) == b"one\ntwo\n"

    def fail(file):
        file.write(b"three\n")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), storage.writing(path) as file:
        fail(file)
    assert storage.read(path) == b"one\ntwo\n"
    assert storage.list_names(path.parent) == ["events.jsonl"]
    with storage.writing(path) as file:
        file.write(b"four\n")
    assert storage.read(path) == b"four\n"


def test_put_new_keeps_what_is_there(folder):
    storage.put_new(folder / "a", b"first")
    with pytest.raises(FileExistsError):
        storage.put_new(folder / "a", b"second")
    assert storage.read(folder / "a") == b"first"
    assert storage.list_names(folder) == ["a"]


def test_put_new_to_an_object_store_cannot_lose_a_race(monkeypatch):
    path = UPath(f"memory://{os.getpid()}-race")
    storage.put_new(path, b"first")
    answers = iter([False, True])  # as if the other had written between the question and the writing
    monkeypatch.setattr(path.fs, "exists", lambda _: next(answers))
    with pytest.raises(FileExistsError):
        storage.put_new(path, b"second")
    assert storage.read(path) == b"first"


def test_the_content_is_on_the_disk_before_it_takes_the_name(tmp_path, monkeypatch):
    order = []
    sync, rename = storage._sync, os.replace
    monkeypatch.setattr(storage, "_sync", lambda descriptor: order.append("sync") or sync(descriptor))
    monkeypatch.setattr(os, "replace", lambda *names: order.append("rename") or rename(*names))
    storage.replace(tmp_path / "a", b"1")
    assert order == ["sync", "rename"]


def test_what_another_process_wrote_is_seen_past_the_listing_cache():
    path = UPath(f"memory://{os.getpid()}-cache/a")
    forgotten = []
    path.fs.invalidate_cache = forgotten.append
    try:
        storage.put_new(path, b"1")
        storage.list_names(path.parent)
        assert {path.path, path.parent.path} <= {*forgotten}
    finally:
        del path.fs.invalidate_cache
        path.unlink()


def test_is_local(tmp_path):
    assert storage.is_local(tmp_path)
    assert storage.is_local(UPath(tmp_path))
    assert storage.is_local(ObjectStoragePath(f"file://{tmp_path}"))
    assert storage.is_local(ObjectStoragePath(str(tmp_path)))
    assert not storage.is_local(UPath("memory://x/y"))
    assert not storage.is_local(ObjectStoragePath("s3://conn_id@bucket/x"))


def test_an_object_store_gets_one_put_and_no_rename(monkeypatch):
    path = UPath(f"memory://{os.getpid()}-put/ledger.json")
    calls = []
    for name in ("pipe_file", "mv", "copy", "open", "mkdir", "makedirs"):
        monkeypatch.setattr(path.fs, name, lambda *args, name=name, **kwargs: calls.append((name, args)))
    storage.replace(path, b"data")
    assert calls == [("pipe_file", (path.path, b"data"))]


class InParts(MemoryFileSystem):
    """One that reads a file in several requests, as s3fs does, unless it is told not to."""

    protocol = "inparts"
    store: ClassVar[dict[str, Any]] = {}

    def _cat_file(self, path: str, max_concurrency: int | None = None) -> bytes:
        return self.store[path].getvalue() if max_concurrency == 1 else b"half of the old and half of the new"

    def cat_file(self, path, start=None, end=None, **kwargs):
        return self._cat_file(path, **kwargs)


def test_a_file_of_a_store_is_read_as_it_was_at_one_moment():
    path = SimpleNamespace(protocol="inparts", fs=InParts(), path="/somewhere/owner.json")
    storage.replace(path, b"old")
    assert storage.read(path) == b"old"


def test_only_absence_reads_as_none(tmp_path, monkeypatch):
    with pytest.raises(IsADirectoryError):
        storage.read(tmp_path)
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(NotADirectoryError):
        storage.read(tmp_path / "file" / "below")
    path = UPath("memory://somewhere/file")

    def refuse(name: str) -> bytes:
        raise PermissionError(name)

    monkeypatch.setattr(path.fs, "cat_file", refuse)
    with pytest.raises(PermissionError):
        storage.read(path)


def test_of_many_writers_one_puts_and_all_may_replace(tmp_path):
    won, failed = [], []

    def race(number: int) -> None:
        content = b"%d" % number * 50_000
        try:
            storage.put_new(tmp_path / "new", content)
            won.append(content)
        except FileExistsError:
            failed.append(number)
        for _ in range(20):
            storage.replace(tmp_path / "shared", content)

    threads = [threading.Thread(target=race, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1
    assert len(failed) == 7
    assert storage.read(tmp_path / "new") == won[0]
    assert len(set((tmp_path / "shared").read_bytes())) == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["new", "shared"]


def test_a_folder_removed_meanwhile_is_made_again(tmp_path):
    path = tmp_path / "run" / "ledger.json"
    storage.replace(path, b"1")
    path.unlink()
    path.parent.rmdir()
    storage.replace(path, b"2")
    assert storage.read(path) == b"2"


def test_a_relative_path_is_written_where_it_says(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    storage.replace(Path("a.json"), b"1")
    assert (tmp_path / "a.json").read_bytes() == b"1"


class Listed(MemoryFileSystem):
    """A store that believes its listings, as those of s3fs and gcsfs do."""

    protocol = "listed"
    store: ClassVar[dict[str, Any]] = {}
    pseudo_dirs: ClassVar[list[str]] = [""]
    listed: ClassVar[dict[str, list[str]]] = {}

    def ls(self, path, detail=True, **more):
        found = super().ls(path, detail=True, **more)
        self.listed[path.rstrip("/")] = [each["name"] for each in found]
        return found if detail else [each["name"] for each in found]

    def info(self, path, **more):
        self._believe(path)
        return super().info(path, **more)

    def cat_file(self, path, start=None, end=None, **more):
        self._believe(path)
        return super().cat_file(path, start, end, **more)

    def _believe(self, path):
        names = self.listed.get(path.rpartition("/")[0])
        if names is not None and path not in names:
            raise FileNotFoundError(path)

    def invalidate_cache(self, path=None):
        self.listed.clear() if path is None else self.listed.pop(path.rstrip("/"), None)


def test_what_others_write_is_there_whatever_a_listing_told():
    fsspec.register_implementation("listed", Listed, clobber=True)
    folder = UPath("listed://bucket/run")
    storage.replace(folder / "old", b"1")
    assert storage.list_names(folder) == ["old"]
    MemoryFileSystem.pipe_file(folder.fs, f"{folder.path}/new", b"2")
    assert storage.kind_of(folder / "new") == "file"
    assert storage.list_names(folder) == ["new", "old"]
    MemoryFileSystem.pipe_file(folder.fs, f"{folder.path}/newer", b"3")
    assert storage.read(folder / "newer") == b"3"


def _write(how: str, path: Path, data: bytes) -> None:
    if how == "replace":
        storage.replace(path, data)
        return
    with storage.writing(path) as file:
        file.write(data)


@pytest.mark.parametrize("how", ["replace", "writing"])
@pytest.mark.parametrize("by", ["its name", "a link"])
def test_a_pipe_is_written_into_and_stays_one(tmp_path, how, by):
    pipe = path = tmp_path / "pipe"
    os.mkfifo(pipe)
    if by == "a link":
        path = tmp_path / "link"
        path.symlink_to(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        _write(how, path, b"a plan")
        assert os.read(reader, 100) == b"a plan"
    finally:
        os.close(reader)
    assert pipe.is_fifo()
    assert path.is_symlink() == (by == "a link")
    assert sorted(each.name for each in tmp_path.iterdir()) == sorted({"pipe", path.name})


@pytest.mark.parametrize("how", ["replace", "writing"])
@pytest.mark.parametrize("there", [True, False])
def test_a_link_stays_one_and_what_it_leads_to_is_replaced(tmp_path, how, there):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    if there:
        (elsewhere / "file").write_bytes(b"old, and longer")
    (tmp_path / "link").symlink_to("elsewhere/file")
    _write(how, tmp_path / "link", b"new")
    assert (tmp_path / "link").is_symlink()
    assert (elsewhere / "file").read_bytes() == b"new"
    assert [each.name for each in elsewhere.iterdir()] == ["file"]


def test_a_guard_keeps_what_would_go_into_a_pipe_too(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    reader = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)

    def guard() -> None:
        raise PermissionError("another run owns it")

    try:
        with pytest.raises(PermissionError, match="another run"):
            storage.replace(tmp_path / "pipe", b"mine", guard=guard)
        assert os.read(reader, 100) == b""
    finally:
        os.close(reader)
