"""The example's mapping file makes the events that the example's code made, which it has taken the place of.

``golden/calls.jsonl`` was written by that code, and so was the digest in ``tests/large/test_quarter_of_calls.py``.
"""

from __future__ import annotations

import csv
from itertools import pairwise
from pathlib import Path

import pytest

from airflow_provider_genesys.interactions.directory import Directory, read_directory
from airflow_provider_genesys.interactions.ids import stable_id
from tests.unit.interactions.interactions import DIRECTORY
from tests.unit.interactions.world import Run, run

ROOT = Path(__file__).parents[3]
DATA = ROOT / "example_dags" / "data"
MAPPING = (DATA / "calls.yaml").read_text("utf-8")
GOLDEN = Path(__file__).parent / "golden"


def directory_of(text: str) -> Directory:
    """Return made-up ids of all names in some calls."""
    lines = list(csv.DictReader(text.splitlines(), delimiter=";"))
    names = {
        section: {line[column]: stable_id(section, line[column]) for line in lines}
        for section, column in {"users": "Agent", "queues": "Topic"}.items()
    }
    codes = {code: stable_id(code) for code in ("resolved", "unresolved")}
    return Directory(source_id=DIRECTORY.source_id, wrap_up_codes=codes, **names)


def converted(text: str, *, fold: str = "") -> Run:
    mapping = MAPPING.replace("zone: UTC", f"zone: Europe/Berlin, fold: {fold}") if fold else MAPPING
    return run(mapping, text, directory=directory_of(text))


def test_the_mapping_has_at_most_40_lines() -> None:
    assert len(MAPPING.splitlines()) <= 40


def test_the_events_of_a_few_calls_are_those_of_before() -> None:
    done = converted((GOLDEN / "calls.csv").read_text("utf-8"))
    assert done.events_file.decode() == (GOLDEN / "calls.jsonl").read_text("utf-8")
    assert (done.account.converted, done.account.rejected, len(done.events)) == (5, 0, 3 * 8 + 2 * 4)


def test_the_sample_has_300_calls_five_bad_lines_and_one_twice() -> None:
    done = run(MAPPING, DATA / "calls.csv", directory=read_directory(DATA / "directory.yaml"))
    account = done.account
    assert (account.records, account.converted, account.rejected, account.superseded) == (301, 295, 5, 1)
    assert {reject["line"]: reject["reason"].split(", not")[0] for reject in done.rejects} == {
        42: "started: Date '31.11.2026' is no time as %d.%m.%Y",
        92: "ended: Speed of answer in seconds must be a number of seconds, or a clock such as 00:02:23 or 12:02:23 AM",
        142: "agent 'Temp 4' is not in the directory, under users",
        187: "ended: AvgTalkDuration must be a clock such as 00:02:23 or 12:02:23 AM",
        232: "has 6 columns, and the header 10",
    }
    assert len({event["eventId"] for event in done.events}) == account.events_written
    assert all(one["eventDateTime"] <= other["eventDateTime"] for one, other in pairwise(done.events))


LINE = (GOLDEN / "calls.csv").read_text("utf-8").splitlines()[1]
HEADER = (GOLDEN / "calls.csv").read_text("utf-8").splitlines()[0]


def line(**changes: str) -> str:
    """Return an answered call, with other values in some columns, whose names have a letter in the place of spaces."""
    values = dict(zip(HEADER.split(";"), LINE.split(";"), strict=True))
    return ";".join((values | {name.replace("_", " "): text for name, text in changes.items()}).values())


@pytest.mark.parametrize(
    "changes",
    [
        {"Call_Id": ""},
        {"Date": "31.02.2021"},
        {"Date": "2021-01-01"},
        {"Date": "01.01.0021"},
        {"Time": "09:12"},
        {"Time": "1.0"},
        {"Time": "-0.1"},
        {"Time": "nan"},
        {"Answered (Y/N)": "J"},
        {"Answered (Y/N)": ""},
        {"Resolved": "J"},
        {"Speed_of_answer_in_seconds": "-4"},
        {"Speed_of_answer_in_seconds": ""},
        {"AvgTalkDuration": "-12:02:23 AM"},
        {"AvgTalkDuration": "13:02:23 AM"},
        {"AvgTalkDuration": ""},
        {"Agent": ""},
    ],
)
def test_a_bad_value_costs_its_own_line(changes: dict[str, str]) -> None:
    first, last = line(Call_Id="before"), line(Call_Id="after")
    done = run(MAPPING, "\n".join([HEADER, first, line(**changes), last]), directory=directory_of(f"{HEADER}\n{LINE}"))
    assert (done.account.converted, done.account.rejected, [each["line"] for each in done.rejects]) == (2, 1, [3])


@pytest.mark.parametrize(("fold", "moment"), [("reject", None), ("first", "00:30:00"), ("second", "01:30:00")])
def test_the_hour_that_comes_twice(fold: str, moment: str | None) -> None:
    done = converted("\n".join([HEADER, line(Date="25.10.2026", Time=repr(2.5 / 24))]), fold=fold)
    assert [event["eventDateTime"] for event in done.events][:1] == ([f"2026-10-25T{moment}.000Z"] if moment else [])
    assert [*("comes twice in Europe/Berlin" in reject["reason"] for reject in done.rejects)] == [True] * (not moment)


@pytest.mark.parametrize("second", [0, 1, 43_199, 58_321, 86_399])
def test_a_day_fraction_gives_back_the_second_it_was_made_from(second: int) -> None:
    for digits in range(8, 18):
        begin = converted("\n".join([HEADER, line(Time=f"{second / 86_400:.{digits}f}")])).events[0]["eventDateTime"]
        clock = f"{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}"
        assert begin == f"2021-01-01T{clock}.000Z"
