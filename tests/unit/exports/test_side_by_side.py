"""Objects of a snapshot go to a store, and come back, side by side: a store that takes 50 ms for each is not waited for
hundreds of times."""

from __future__ import annotations

import json
import threading
import time
from statistics import median
from typing import TYPE_CHECKING, Any, ClassVar

import fsspec
import pytest
from fake_genesys import FakeGenesys, deployment, export, listing
from fsspec.implementations.memory import MemoryFileSystem
from upath import UPath

from airflow_provider_genesys.exceptions import GenesysSourceError
from airflow_provider_genesys.exports.snapshot import open_snapshot, verify
from airflow_provider_genesys.files import side_by_side, storage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

LATENCY = 0.05
COUNT = 32


class SlowStore(MemoryFileSystem):
    """A store that takes its time for each object, and notes what is asked of it."""

    protocol = "slow"
    store: ClassVar[dict[str, Any]] = {}
    pseudo_dirs: ClassVar[list[str]] = [""]
    lock = threading.Lock()
    calls: ClassVar[list[tuple[str, str]]] = []
    beside: ClassVar[list[int]] = []
    """Of each object, how many were asked for when it was: the seconds that it takes are also the machine's."""
    under_way = most = 0
    refused = ""
    latency = LATENCY

    def _slowly(self, kind: str, path: str) -> None:
        cls = type(self)
        with cls.lock:
            cls.calls.append((kind, path.rpartition("/")[2]))
            cls.under_way += 1
            cls.most = max(cls.most, cls.under_way)
            if is_object(path.rpartition("/")[2]):
                cls.beside.append(cls.under_way)
        time.sleep(cls.latency)
        with cls.lock:
            cls.under_way -= 1
        if cls.refused and cls.refused in path:
            raise PermissionError(path)

    def pipe_file(self, path: str, value: bytes, mode: str = "overwrite", **more: Any) -> None:
        self._slowly("write", path)
        super().pipe_file(path, value, mode=mode, **more)

    def cat_file(self, path: str, start: int | None = None, end: int | None = None, **more: Any) -> bytes:
        self._slowly("read", path)
        return super().cat_file(path, start, end, **more)


@pytest.fixture
def root() -> Iterator[UPath]:
    fsspec.register_implementation("slow", SlowStore, clobber=True)
    SlowStore.refused, SlowStore.latency = "", LATENCY / 10
    forget()
    yield UPath("slow://bucket/exports")
    SlowStore.store.clear()


@pytest.fixture
def timed(root: UPath) -> UPath:
    """Return the folder of a store that is slow enough for those who ask it at once to meet."""
    SlowStore.latency = LATENCY
    return root


def forget() -> None:
    SlowStore.calls.clear()
    SlowStore.beside.clear()
    SlowStore.most = 0


def organization(version: int = 1) -> FakeGenesys:
    genesys = FakeGenesys()
    genesys.answers["getWebchatDeployments"] = listing(
        *(deployment(number, description=f"version {version}") for number in range(COUNT))
    )
    return genesys


def is_object(name: str) -> bool:
    return len(name) == len("0" * 64 + ".json")


def objects(kind: str) -> list[str]:
    return [name for what, name in SlowStore.calls if what == kind and is_object(name)]


def test_a_snapshot_is_written_and_read_side_by_side(timed: UPath) -> None:
    export(organization(), timed)
    assert median(SlowStore.beside) >= side_by_side.AT_A_TIME / 2
    assert len(objects("write")) == COUNT + 1, "the settings too"
    assert SlowStore.most == side_by_side.AT_A_TIME
    writes = [name for kind, name in SlowStore.calls if kind == "write"]
    assert [is_object(name) for name in writes] == sorted(map(is_object, writes), reverse=True), "the manifest is last"

    forget()
    assert verify(timed).resources["webchat_deployments"]["count"] == COUNT
    assert median(SlowStore.beside) >= side_by_side.AT_A_TIME / 2
    assert (len(objects("read")), len(set(objects("read")))) == (COUNT + 1, COUNT + 1)
    assert SlowStore.most == side_by_side.AT_A_TIME

    ids = [each["id"] for each in open_snapshot(timed).entities("webchat_deployments")]
    assert ids == sorted(ids)
    assert len(ids) == COUNT


def test_what_was_before_is_read_side_by_side(timed: UPath) -> None:
    export(organization(), timed)
    forget()
    assert export(organization(version=2), timed)["modified"] == COUNT
    assert median(SlowStore.beside) >= side_by_side.AT_A_TIME / 2
    assert (len(objects("read")), len(objects("write"))) == (COUNT, COUNT)
    diff = json.loads(
        next(storage.read(timed / "diffs" / name) for name in storage.list_names(timed / "diffs", "*.json"))
    )
    told = diff["resources"]["webchat_deployments"]["modified"]
    assert [each["id"] for each in told] == [f"d-{number:04}" for number in range(COUNT)]
    assert all(each["fields"] == told[0]["fields"] for each in told), "each is compared with its own"
    assert [change["path"] for change in told[0]["fields"]] == ["/description"]


def test_one_object_that_cannot_be_written_leaves_no_snapshot(root: UPath) -> None:
    export(organization(), root)
    *_, refused = objects("write")
    SlowStore.store.clear()
    forget()
    SlowStore.refused = refused
    with pytest.raises(PermissionError, match=refused):
        export(organization(), root)
    assert storage.list_names(root / "snapshots") == []
    assert storage.read(root / "latest.json") is None
    written = len(objects("write"))
    time.sleep(2 * LATENCY)
    assert len(objects("write")) == written, "nothing goes on behind the error"
    SlowStore.refused = ""
    assert export(organization(), root)["resources"]["webchat_deployments"]["count"] == COUNT
    verify(root)


def test_no_more_are_begun_after_an_error(root: UPath) -> None:
    files = [(root / f"{number}", b"x") for number in range(200)]
    SlowStore.refused = "/3"
    with pytest.raises(PermissionError, match=r"/3$"):
        side_by_side.replace_all(files)
    assert len(SlowStore.calls) <= 3 * side_by_side.AT_A_TIME


def test_little_is_read_ahead(root: UPath) -> None:
    files = [(root / f"{number}", b"%d" % number) for number in range(100)]
    side_by_side.replace_all(files)
    forget()
    contents = side_by_side.read_all([*(path for path, _ in files), root / "missing"])
    assert next(contents) == b"0"
    time.sleep(5 * LATENCY)
    assert len(SlowStore.calls) <= 2 * side_by_side.AT_A_TIME
    assert list(contents) == [*(data for _, data in files[1:]), None]


@pytest.mark.parametrize("damage", [lambda data: data[:-2], lambda data: None])
def test_of_several_damaged_objects_the_first_is_named(root: UPath, damage: Callable[[bytes], bytes | None]) -> None:
    export(organization(), root)
    damaged = sorted(objects("write"))[10:100:30]
    for name in damaged:
        path = f"/bucket/exports/objects/{name}"
        found = next(key for key in SlowStore.store if key.endswith(path))
        data = damage(SlowStore.store[found].getvalue())
        del SlowStore.store[found]
        if data is not None:
            MemoryFileSystem.pipe_file(root.fs, found, data)
    for _ in range(3):
        with pytest.raises(GenesysSourceError, match=damaged[0]):
            verify(root)


@pytest.mark.parametrize("protocol", ["file", "sftp"])
def test_no_threads_where_they_are_of_no_use_or_do_harm(
    tmp_path: Path, root: UPath, protocol: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A local disk answers at once; SFTP's and FTP's file systems have one connection for all threads."""
    if protocol == "sftp":
        monkeypatch.setattr(storage, "_ONE_CONNECTION", frozenset({"slow"}))
    folder = root if protocol == "sftp" else tmp_path
    monkeypatch.setattr(side_by_side, "ThreadPoolExecutor", None)
    export(FakeGenesys(), folder)
    assert verify(folder).resources["webchat_deployments"]["count"] == 3
    assert SlowStore.most <= 1
