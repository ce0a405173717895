"""Every damage of a snapshot is noticed, with the name of the file, and exports go on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from fake_genesys import FakeGenesys, deployment, export, listing
from snapshot_world import DEPLOYMENTS, folders, name_of

from airflow_provider_genesys.exceptions import GenesysConfigError, GenesysSourceError
from airflow_provider_genesys.exports.comparing import compare_snapshots
from airflow_provider_genesys.exports.exporter import Exporter
from airflow_provider_genesys.exports.resources import select
from airflow_provider_genesys.exports.snapshot import Destination, open_snapshot, verify
from airflow_provider_genesys.files import storage


def damaged(data: bytes, place: int) -> bytes:
    return data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]


@pytest.mark.parametrize("kind", ["objects", "snapshots", "diffs/json", "diffs/md", "latest.json"])
def test_a_byte_that_is_another_is_noticed_with_the_files_name(tmp_path: Path, kind: str) -> None:
    export(FakeGenesys(1), tmp_path)
    name = name_of(export(FakeGenesys(2), tmp_path)["snapshot"])
    path = {
        "objects": lambda: next(iter((tmp_path / "objects").iterdir())),
        "snapshots": lambda: tmp_path / "snapshots" / f"{name}.json",
        "diffs/json": lambda: tmp_path / "diffs" / f"{name}.json",
        "diffs/md": lambda: tmp_path / "diffs" / f"{name}.md",
        "latest.json": lambda: tmp_path / "latest.json",
    }[kind]()
    whole = path.read_bytes()
    for place in range(0, len(whole), 7):
        path.write_bytes(damaged(whole, place))
        with pytest.raises(GenesysSourceError) as caught:
            verify(tmp_path)
        assert caught.value.file == str(path)
    for content in (b"", whole[:-1], whole + b" ", b"[]", b"{}"):
        path.write_bytes(content)
        with pytest.raises(GenesysSourceError, match=path.name):
            verify(tmp_path)
    path.unlink()
    if kind == "latest.json":
        assert verify(tmp_path).latest is None
    elif kind == "snapshots":
        with pytest.raises(GenesysSourceError, match=r"latest\.json.*there is no such snapshot"):
            verify(tmp_path)
    else:
        with pytest.raises(GenesysSourceError, match="it is missing"):
            verify(tmp_path)
    path.write_bytes(whole)
    assert verify(tmp_path).latest is True


def test_a_damaged_snapshot_before_stops_the_export_and_is_named(tmp_path: Path, writes: list[str]) -> None:
    path = Path(export(FakeGenesys(1), tmp_path)["snapshot"])
    writes.clear()
    path.write_bytes(damaged(path.read_bytes(), 40))
    with pytest.raises(GenesysSourceError) as caught:
        export(FakeGenesys(2), tmp_path)
    assert caught.value.file == str(path)
    assert writes == []


def test_a_damaged_object_does_not_block_exports_for_ever(root: Any, writes: list[str]) -> None:
    first = export(FakeGenesys(2), root, ["webchat"], run="day-1")
    entries = open_snapshot(root).manifest.resources["webchat_deployments"].entities
    path = root / "objects" / f"{entries[0].object}.json"
    storage.replace(path, damaged(storage.read(path) or b"", 40))
    genesys = FakeGenesys(2)
    genesys.answers["getWebchatSettings"] = {"requireDeployment": True}
    genesys.answers[DEPLOYMENTS] = listing(deployment(0, disabled=True), deployment(1))
    for try_number in (1, 2):
        exporter = Exporter(genesys, root, select(["webchat"]), run="day-2", try_number=try_number)  # type: ignore[arg-type]
        with pytest.raises(GenesysSourceError, match=f"webchat_deployments: .*damaged.*{path.name}"):
            exporter.export()
        summary = exporter.summary
        assert (summary["previous"], summary["modified"]) == (first["snapshot"], 1)
        told = json.loads(storage.read(root / "diffs" / f"{name_of(summary['snapshot'])}.json") or b"")
        assert told["resources"]["webchat_settings"]["comparison"] == "compared"
        assert told["resources"]["webchat_deployments"]["comparison"] == "damaged"
        assert path.name in told["resources"]["webchat_deployments"]["reason"]
        assert path.name in (storage.read(root / "diffs" / f"{name_of(summary['snapshot'])}.md") or b"").decode()
        verify(root)
    genesys.answers[DEPLOYMENTS] = listing(deployment(0, disabled=True), deployment(1), deployment(2))
    third = export(genesys, root, ["webchat"], run="day-3")
    assert (third["previous"], third["added"], third["modified"]) == (summary["snapshot"], 1, 0)


def test_of_two_snapshots_the_damaged_one_is_named(root: Any) -> None:
    export(FakeGenesys(1), root / "before", ["webchat"])
    genesys = FakeGenesys(1)
    genesys.answers[DEPLOYMENTS] = listing(deployment(0, disabled=True))
    export(genesys, root / "after", ["webchat"])
    before, after = open_snapshot(root / "before"), open_snapshot(root / "after")
    (modified,) = compare_snapshots(before, after).resources["webchat_deployments"].modified
    assert [change.path for change in modified.fields] == [("disabled",)]

    path = root / "after" / "objects" / f"{modified.after.object}.json"
    whole = storage.read(path) or b""
    storage.replace(path, damaged(whole, 40))
    with pytest.raises(GenesysSourceError, match="object is damaged") as caught:
        compare_snapshots(before, after)
    assert caught.value.file == str(path)
    storage.replace(path, whole)

    path = root / "before" / "objects" / f"{modified.before.object}.json"
    storage.replace(path, damaged(storage.read(path) or b"", 40))
    found = compare_snapshots(before, after).resources["webchat_deployments"]
    assert found.comparison == "damaged"
    assert found.reason is not None
    assert found.reason.startswith(f"the snapshot before is damaged: {path}")


@pytest.mark.parametrize("content", [b"", b"{"])
def test_an_object_of_another_size_is_written_anew(root: Any, writes: list[str], content: bytes) -> None:
    export(FakeGenesys(2), root)
    entry = open_snapshot(root).manifest.resources["webchat_deployments"].entities[0]
    storage.replace(root / "objects" / f"{entry.object}.json", content)
    with pytest.raises(GenesysSourceError):
        verify(root)
    writes.clear()
    export(FakeGenesys(2), root)
    assert folders(writes) == ["objects", "snapshots", "latest.json"]
    verify(root)


def test_a_damaged_latest_is_written_anew(tmp_path: Path) -> None:
    export(FakeGenesys(1), tmp_path)
    (tmp_path / "latest.json").write_bytes(b"{")
    export(FakeGenesys(1), tmp_path)
    assert verify(tmp_path).latest is True


def test_a_wrong_count_is_noticed(tmp_path: Path) -> None:
    name = name_of(export(FakeGenesys(), tmp_path)["snapshot"])
    destination = Destination(tmp_path)
    manifest = destination.manifest(name)
    part = manifest.resources["webchat_deployments"].model_copy(update={"count": 4})
    forged = manifest.model_copy(update={"resources": {**manifest.resources, "webchat_deployments": part}})
    destination.path(name).write_bytes(forged.to_bytes())
    with pytest.raises(GenesysSourceError, match="webchat_deployments: it has 3 and says 4"):
        verify(destination.path(name))


def test_a_manifest_of_another_format_is_said_to_be_one(tmp_path: Path) -> None:
    name = name_of(export(FakeGenesys(), tmp_path)["snapshot"])
    destination = Destination(tmp_path)
    forged = destination.manifest(name).model_copy(update={"format": 2})
    destination.path(name).write_bytes(forged.to_bytes())
    with pytest.raises(GenesysSourceError, match="of another format, 2"):
        verify(tmp_path)


def test_where_there_is_no_snapshot(root: Any) -> None:
    with pytest.raises(GenesysConfigError, match="there is no snapshot in"):
        verify(root)


def test_other_files_in_the_folder_are_no_snapshots(tmp_path: Path) -> None:
    export(FakeGenesys(), tmp_path)
    for name in ("README.json", "20261125T000000.000000Z.json", "99999999T999999.999999Z-zzzz.json"):
        (tmp_path / "snapshots" / name).write_text("{}")
    assert export(FakeGenesys(), tmp_path)["changed"] is False
    assert verify(tmp_path).latest is True
