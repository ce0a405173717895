"""What is read is never one of the files that are written, by whatever path it is named."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import ObjectStoragePath
from upath import UPath

from airflow_provider_genesys.exceptions import GenesysConfigError
from airflow_provider_genesys.files.overwriting import refuse_overwriting


def refuse(input_: Any, output: Any) -> None:
    refuse_overwriting("records", [[{"a": 1}], b"a", input_], [output], "destination")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "conv").mkdir()
    (tmp_path / "conv" / "rejects.jsonl").write_text("{}\n")
    return tmp_path / "conv" / "rejects.jsonl"


@pytest.mark.parametrize("way", ["itself", "dots", "folder linked", "file linked", "relative", "address", "hard link"])
def test_a_local_file_is_known_by_any_path(file: Path, monkeypatch: pytest.MonkeyPatch, way: str) -> None:
    monkeypatch.chdir(file.parent)
    linked, alone, hard = file.parent.parent / "linked", file.parent.parent / "alone", file.parent / "hard"
    linked.symlink_to(file.parent)
    alone.symlink_to(file)
    os.link(file, hard)
    paths = {
        "itself": file,
        "dots": file.parent / ".." / "conv" / file.name,
        "folder linked": linked / file.name,
        "file linked": alone,
        "relative": Path(file.name),
        "address": ObjectStoragePath(f"file://{file}"),
        "hard link": hard,
    }
    for one, other in ((paths[way], file), (file, paths[way])):
        with pytest.raises(
            GenesysConfigError, match=r"^records: .* is one of the files .* another destination"
        ) as error:
            refuse(one, other)
        assert str(one).removeprefix("file://") in str(error.value)
    assert file.read_text() == "{}\n"


def test_other_files_and_those_that_are_not_there_yet_are_none_of_them(file: Path) -> None:
    other = file.parent.parent / file.name
    other.write_text("{}\n")
    refuse(other, file)
    refuse(file, other)
    refuse(file, file.parent / "events.jsonl")
    refuse(file.parent / "gone", file.parent / "gone")  # that it is missing says who reads it


def test_a_file_on_a_store_is_known_by_its_name_there() -> None:
    with pytest.raises(GenesysConfigError, match="memory://overwriting/a"):
        refuse(UPath("memory://overwriting/a"), UPath("memory://overwriting") / "a")
    refuse(UPath("memory://overwriting/a"), UPath("memory://overwriting/b"))
    refuse(UPath("memory://overwriting/a"), Path("/overwriting/a"))
