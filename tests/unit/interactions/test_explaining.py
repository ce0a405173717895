"""Each record of each shape can be explained: by its line and by its id, whatever becomes of it."""

from __future__ import annotations

import json
from itertools import chain
from typing import TYPE_CHECKING

import pytest

from airflow_provider_genesys.interactions.account import FATES
from airflow_provider_genesys.interactions.mapping_file import SHIPPED
from airflow_provider_genesys.interactions.reading import read_rows
from tests.unit.interactions.exports import EXPORTS, Export

if TYPE_CHECKING:
    from collections.abc import Mapping

    from airflow_provider_genesys.interactions.explaining import Explanation
    from airflow_provider_genesys.interactions.rows import Row

LACKING = ("Amber Fox", "amber.fox", "Support", "support", "5008", "resolved")


def rows_of(export: Export) -> list[Row]:
    return [row for name, content in export.inputs for row in read_rows(name, content, export.mapping)]


def says_something(explained: Explanation, row: Row) -> None:
    """Make sure that a record is among those that are explained, and that what becomes of it is said."""
    (said,) = {
        tuple(each["understood"])
        for each in explained.records
        if (each["file"], each["line"], each["record"])
        == (row.file, row.line, row.text if row.record is None else row.record)
    }
    assert all(said)
    assert said
    assert sum(explained.account.values()) == len(explained.records)
    rejected = explained.account["rejected"] or explained.account["held_back"]
    assert bool(rejected) == bool(explained.reasons)
    assert str(explained).startswith(explained.records[0]["file"])


def test_no_mapping_is_left_out() -> None:
    assert {name.partition(",")[0] for name in EXPORTS} == {file.stem for file in SHIPPED.glob("*.yaml")}


@pytest.mark.parametrize("lacking", [(), LACKING], ids=["all known", "some unknown"])
@pytest.mark.parametrize("name", EXPORTS)
def test_each_record_is_explained_by_its_line_as_a_conversion_treats_it(name: str, lacking: tuple[str, ...]) -> None:
    export = Export(name, *lacking)
    whole = export.convert()
    accounts: dict[frozenset[tuple[str, int]], Mapping[str, int]] = {}
    told: dict[str, str] = {}
    for row in rows_of(export):
        explained = export.explain(f"{row.file}:{row.line}")
        says_something(explained, row)
        told |= {event["eventId"]: json.dumps(event) for event in explained.events}
        accounts[frozenset((each["file"], each["line"]) for each in explained.records)] = explained.account
    assert sorted(told.values()) == sorted(map(json.dumps, whole.events))
    if len({row[:2] for row in rows_of(export)}) < whole.account["records"]:
        return  # several begin on a line, and are explained together, though they need not have more in common
    # Those of one conversation are explained together, and one of them that is skipped alone, too.
    whole_ones = [account for lines, account in accounts.items() if not any(lines < each for each in accounts)]
    assert {fate: sum(each[fate] for each in whole_ones) for fate in FATES} == {
        fate: whole.account[fate] for fate in FATES
    }


@pytest.mark.parametrize("lacking", [(), LACKING], ids=["all known", "some unknown"])
@pytest.mark.parametrize("name", EXPORTS)
def test_each_record_is_explained_by_all_that_it_is_known_by(name: str, lacking: tuple[str, ...]) -> None:
    export = Export(name, *lacking)
    rows = rows_of(export)
    known = [export.mapping.known_by(row.record or {}) for row in rows]
    names = [[*filter(None, (each.id, each.conversation, each.user))] for each in known]
    for wanted in dict.fromkeys(chain.from_iterable(names)):
        explained = export.explain(wanted)
        assert sum(explained.account.values()) == len(explained.records) > 0
        assert all(all(each["understood"]) and each["understood"] for each in explained.records)
        meant = {json.dumps(row.record) for row, each in zip(rows, known, strict=True) if wanted in each}
        assert meant & {json.dumps(each["record"]) for each in explained.records}
    assert sum(map(len, names)) >= len(rows) - 1  # of the queue_log one line is broken


@pytest.mark.parametrize(
    ("name", "file"),
    [
        (name, file)
        for name, (_, files) in EXPORTS.items()
        for file in files
        if not file.startswith("vonage") and not file.endswith("gz")
    ],
)
def test_each_line_is_explained_when_it_is_broken(name: str, file: str) -> None:
    """Cut in its middle, and with an id in it still."""
    export = Export(name)
    content = dict(export.inputs)[file]
    lines = content.decode().splitlines()
    header = export.mapping.dialect.has_columns
    for number, line in enumerate(lines, 1):
        if number == 1 and header:
            continue
        broken = "\n".join([*lines[: number - 1], line[: len(line) // 2], *lines[number:]])
        inputs = [(each, broken.encode() if each == file else other) for each, other in export.inputs]
        explained = export.explain(f"{file}:{number}", inputs)
        (said,) = [each["understood"] for each in explained.records if each["line"] == number and each["file"] == file]
        assert all(said)
        assert said
        assert sum(explained.account.values()) == len(explained.records)
