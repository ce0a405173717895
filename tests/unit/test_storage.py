"""Files are written whole or not at all, on local disks and on object stores."""

from __future__ import annotations

import errno
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

import fsspec
import pytest
from airflow.providers.common.compat.sdk import ObjectStoragePath
from fsspec.implementations.memory import MemoryFileSystem
from upath import UPath

from airflow_provider_genesys.files import disks, locks, storage


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


def killed_while_writing(path, tmp):
    """Have a process killed while it writes a file, of which it has written half."""
    code = (
        "import os, signal, sys, tempfile\nfrom pathlib import Path\nfrom upath import UPath\n"
        "from airflow_provider_genesys.files import storage\n"
        "name = sys.argv[1]\n"
        "with storage.writing(UPath(name) if '://' in name else Path(name)) as file:\n"
        "    file.write(b'half')\n    file.flush()\n    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    environment = os.environ | {"TMPDIR": str(tmp)}
    assert subprocess.run([sys.executable, "-c", code, str(path)], env=environment, check=False).returncode == -9


@pytest.mark.parametrize("on_store", [False, True])
def test_what_a_killed_process_left_is_removed_by_the_next_that_succeeds_and_nothing_else(
    tmp_path, monkeypatch, on_store
):
    work, tmp = tmp_path / "work", tmp_path / "tmp"
    work.mkdir()
    tmp.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp))
    where = tmp if on_store else work
    path, other = ((UPath(f"memory://{tmp_path.name}/{name}") if on_store else work / name) for name in "ab")
    killed_while_writing(path, tmp)
    (mine,) = where.iterdir()
    killed_while_writing(other, tmp)
    (anothers,) = {*where.iterdir()} - {mine}
    at_once = where / ".genesys-0123456789abcdef.tmp"  # as it is while a whole file is written
    at_once.touch()
    with storage.writing(path) as running:
        running.write(b"not yet whole")
        (held,) = {*where.iterdir()} - {mine, anothers, at_once}
        with pytest.raises(ZeroDivisionError), storage.writing(path) as file:
            file.write(bytes([1 // 0]))
        assert {*where.iterdir()} == {mine, anothers, at_once, held}  # a try that fails removes its own
        with storage.writing(path) as file:
            file.write(b"whole")
        assert {*where.iterdir()} - {path} == {anothers, at_once, held}
        assert storage.read(path) == b"whole"
    assert storage.read(path) == b"not yet whole"
    assert {*where.iterdir()} - {path} == {anothers, at_once}
    assert not on_store or anothers.stat().st_mode & 0o077 == 0


def test_a_file_that_is_written_for_hours_is_nobodys_leftover(tmp_path):
    old = time.time() - 7200
    left = tmp_path / ".genesys-0123456789abcdef.tmp"
    left.touch()
    os.utime(left, (old, old))
    with storage.writing(tmp_path / "a") as file:
        storage._prepare.cache_clear()
        (held,) = {*tmp_path.iterdir()} - {left}
        os.utime(held, (old, old))
        storage.replace(tmp_path / "b", b"from another process")
        assert {*tmp_path.iterdir()} == {held, tmp_path / "b"}
        file.write(b"whole")
    assert {each.name for each in tmp_path.iterdir()} == {"a", "b"}


def test_what_killed_writes_to_a_store_left_on_the_local_disk_does_not_stay_for_good(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    of_run = "memory://leftovers/{}/events.jsonl"  # nobody writes under the name of a run that is over
    killed_while_writing(of_run.format(1), tmp_path)
    (old,) = tmp_path.iterdir()
    os.utime(old, (time.time() - 7200, time.time() - 7200))
    killed_while_writing(of_run.format(2), tmp_path)
    (young,) = {*tmp_path.iterdir()} - {old}
    storage._prepare.cache_clear()
    with storage.writing(UPath(of_run.format(3))) as file:
        file.write(b"whole")
    assert {*tmp_path.iterdir()} == {young}


@pytest.mark.parametrize("on_store", [False, True])
def test_on_a_share_whose_locks_may_not_be_seen_only_what_is_old_is_swept(tmp_path, monkeypatch, on_store):
    work, tmp = tmp_path / "work", tmp_path / "tmp"
    work.mkdir()
    tmp.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp))
    path = UPath(f"memory://{tmp_path.name}/share") if on_store else work / "share"
    killed_while_writing(path, tmp)
    monkeypatch.setattr(disks, "_mounts", lambda: [("/", "nfs4")])
    with storage.writing(path) as file:
        file.write(b"whole")
    assert len({*(tmp if on_store else work).iterdir()} - {path}) == 1


@pytest.mark.parametrize(
    ("refusal", "is_removed"),
    [
        (OSError(errno.ENOLCK, "No locks available"), True),
        (OSError(errno.EOPNOTSUPP, "Operation not supported"), True),
        (PermissionError(errno.EACCES, "Permission denied"), True),
        (BlockingIOError(errno.EWOULDBLOCK, "Resource temporarily unavailable"), False),
    ],
)
def test_an_old_file_stays_only_if_somebody_is_known_to_hold_it(tmp_path, monkeypatch, refusal, is_removed):
    def flock(descriptor, how):
        raise refusal

    old, young = (tmp_path / f".genesys-{digit * 16}.tmp" for digit in "01")
    for each in (old, young):
        each.touch()
    os.utime(old, (time.time() - 7200, time.time() - 7200))
    monkeypatch.setattr(locks.fcntl, "flock", flock)
    storage._prepare.cache_clear()
    storage.replace(tmp_path / "a", b"whole")
    assert (old.exists(), young.exists()) == (not is_removed, True)


def test_of_two_users_one_does_not_sweep_what_the_other_still_writes(tmp_path, monkeypatch):
    """As long as he may read it, at least."""
    monkeypatch.setattr(os, "access", lambda name, how: False)
    with storage.writing(tmp_path / "a") as file:
        storage._prepare.cache_clear()
        (held,) = tmp_path.iterdir()
        os.utime(held, (time.time() - 7200, time.time() - 7200))
        storage.replace(tmp_path / "b", b"from another process")
        assert held.exists()
        file.write(b"whole")
    assert {each.name for each in tmp_path.iterdir()} == {"a", "b"}


def test_a_new_file_that_was_taken_for_left_is_made_again(tmp_path, monkeypatch):
    """By somebody who looked at it before it was held."""
    asked = []

    def flock(descriptor, how):
        if not asked:
            for left in tmp_path.iterdir():
                left.unlink()
        asked.append(how)

    monkeypatch.setattr(locks.fcntl, "flock", flock)
    with storage.writing(tmp_path / "a") as file:
        file.write(b"whole")
    assert ([each.name for each in tmp_path.iterdir()], storage.read(tmp_path / "a")) == (["a"], b"whole")
    assert len(asked) == 2
