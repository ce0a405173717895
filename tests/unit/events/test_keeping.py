"""Where the sending thread may wait: on disks of this machine, and nowhere else."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest
from upath import UPath

from airflow_provider_genesys.events.ahead import may_keep_waiting
from airflow_provider_genesys.events.helper import Bell
from airflow_provider_genesys.events.keeping import Keeper
from airflow_provider_genesys.events.ledger import Ledger, open_ledger
from airflow_provider_genesys.exceptions import GenesysLedgerError
from airflow_provider_genesys.files import disks
from airflow_provider_genesys.files.ownership import Owner
from airflow_provider_genesys.files.storage import answers_at_once
from tests.harness.machine import until


@pytest.fixture
def mounts(monkeypatch: pytest.MonkeyPatch) -> None:
    table = [("/mnt/share/local", "ext4"), ("/mnt/share", "nfs4"), ("/mnt/s3", "fuse.s3fs"), ("/", "overlay")]
    monkeypatch.setattr(disks, "_mounts", lambda: table)


@pytest.mark.usefixtures("mounts")
@pytest.mark.parametrize(
    ("path", "at_once"),
    [
        (Path("/home/x/ledger.json"), True),
        (Path("/mnt/share/a/b"), False),
        (Path("/mnt/share"), False),
        (Path("/mnt/shared/a"), True),
        (Path("/mnt/share/local/a"), True),
        (Path("/mnt/s3/a"), False),
        (UPath("memory://a/b"), False),
        (UPath("file:///mnt/share/a"), False),
        (UPath("file:///home/x"), True),
    ],
)
def test_what_answers_at_once(path: Path, at_once: bool) -> None:
    assert answers_at_once(path) is at_once


@pytest.mark.parametrize(
    "kind",
    [
        *("9p", "virtiofs", "vboxsf", "prl_fs", "vmhgfs", "fuse.vmhgfs-fuse", "drvfs", "davfs", "davfs2"),
        *("ocfs2", "gfs2", "orangefs", "pvfs2", "weka", "wekafs"),
    ],
)
def test_what_the_host_or_several_machines_share_is_no_disk_of_ones_own(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(disks, "_mounts", lambda: [("/mnt/share", kind), ("/", "ext4")])
    assert not answers_at_once(Path("/mnt/share/a"))
    assert answers_at_once(Path("/mnt/a"))


def test_this_machine_tells_its_mounts_or_nothing() -> None:
    assert answers_at_once(Path.cwd()) in {True, False}
    assert all(point.startswith("/") for point, _ in disks._mounts())


def test_what_may_keep_its_reader_waiting(tmp_path: Path) -> None:
    plain, pipe = tmp_path / "day.jsonl", tmp_path / "pipe"
    plain.touch()
    os.mkfifo(pipe)
    assert not may_keep_waiting([str(plain), f"file://{plain}", "<source>"])
    for name in (str(pipe), "s3://bucket/day.jsonl", str(tmp_path / "gone"), "memory://x"):
        assert may_keep_waiting([str(plain), name]), name


def ledger_in(folder: Path) -> Ledger:
    owner = Owner(folder / "owner.json", "key", 1)
    owner.take()
    return open_ledger(folder, owner, "user_presences", 1, [])


@pytest.mark.parametrize("at_once", [True, False])
def test_what_is_noted_is_written(tmp_path: Path, at_once: bool) -> None:
    ledger, bell = ledger_in(tmp_path), Bell()
    keeper = Keeper(ledger, bell, at_once=at_once)
    change = ledger.note(0, {"accepted": 5}, (), next_=5, open_=[], seq=0)
    assert keeper.written < change
    keeper.write()
    assert keeper.busy is not at_once
    until(lambda: not keeper.busy)
    keeper.check()
    assert keeper.written == change
    assert open_ledger(tmp_path, ledger.owner, "user_presences", 1, []).counts["accepted"] == 5
    keeper.end()
    bell.close()


def test_another_owner_is_found_out_on_the_other_thread(tmp_path: Path) -> None:
    ledger, bell = ledger_in(tmp_path), Bell()
    keeper = Keeper(ledger, bell, at_once=False)
    (tmp_path / "owner.json").write_text("another")
    ledger.owner._looked_at -= 10
    assert not keeper.is_owner()
    until(lambda: not keeper.busy)
    keeper.is_owner()  # what is done next must not make it forget
    with pytest.raises(GenesysLedgerError, match="taken over"):
        keeper.check()
    keeper.end()
    bell.close()


def test_a_bell_that_rings_for_long_or_is_gone_harms_nobody() -> None:
    bell = Bell()
    for _ in range(100_000):
        bell.ring()
    bell.hush()
    ringing = threading.Thread(target=bell.ring)
    bell.close()
    ringing.start()
    ringing.join()
