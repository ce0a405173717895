"""What killed processes left is removed, and nothing that is still written."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import tempfile
import time

import pytest
from upath import UPath

from airflow_provider_genesys.files import disks, locks, storage


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
