"""The state: monotone, refused when it cannot be read, written by its owner only."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_genesys.exceptions import GenesysConfigError, GenesysLedgerError
from airflow_provider_genesys.mapping.watermarks import State, Watermark, merged, timestamp, watermarks_from_json

SOURCE, OTHER = "b7a1c0de-5e1f-4a7b-8c2d-90d3f1a2b301", "c7a1c0de-5e1f-4a7b-8c2d-90d3f1a2b301"
NINE, TEN, ELEVEN = (f"2026-01-31T{hour:02}:00:00.000Z" for hour in (9, 10, 11))
MARK = Watermark(NINE, "Meal/Lunch", "OffQueue", TEN)


def state(path: Path, source_id: str = SOURCE) -> State:
    return State(path, source_id, key="dag/run/task", try_number=1)


def owned(path: Path, source_id: str = SOURCE) -> State:
    found = state(path, source_id)
    found.owner.take()
    return found


def test_there_and_back(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "state.json"
    assert state(path).read() == {}
    owned(path).move({"a b": MARK})
    assert state(path).read() == {"a b": MARK}
    assert sorted(file.name for file in path.parent.iterdir()) == ["state.json", "state.json.owner"]


@pytest.mark.parametrize(
    ("newer", "wins"),
    [
        (Watermark(TEN, "Meal", None, ELEVEN), True),
        (Watermark(TEN, "Meal", None, NINE), True),
        (Watermark(NINE, "Meal", None, ELEVEN), True),
        (Watermark(NINE, "Meal", None, NINE), False),
        (Watermark("2026-01-31T08:59:59.999Z", "Meal", None, ELEVEN), False),
    ],
)
def test_only_a_newer_watermark_moves(tmp_path: Path, newer: Watermark, wins: bool) -> None:
    owned(tmp_path / "state").move({"u": MARK, "other": MARK})
    owned(tmp_path / "state").move({"u": newer})
    assert state(tmp_path / "state").read() == {"u": newer if wins else MARK, "other": MARK}


MOMENTS = st.sampled_from([NINE, TEN, ELEVEN])
MARKS = st.builds(Watermark, MOMENTS, st.sampled_from("xy"), st.sampled_from([None, "Idle"]), MOMENTS)
STATES = st.dictionaries(st.sampled_from("abc"), MARKS)


@given(STATES, STATES, STATES)
def test_the_order_of_merging_makes_no_difference(one: Any, two: Any, three: Any) -> None:
    assert merged(one, two) == merged(two, one)
    assert merged(merged(one, two), three) == merged(one, merged(two, three))
    assert merged(one, one) == one
    both = merged(one, two)
    assert both.keys() == one.keys() | two.keys()
    assert all(both[user].updated >= mark.updated for each in (one, two) for user, mark in each.items())


@given(STATES)
def test_watermarks_survive_their_json(marks: dict[str, Watermark]) -> None:
    assert watermarks_from_json(json.loads(json.dumps(marks))) == marks


@pytest.mark.parametrize(
    "row",
    [
        None,
        [],
        {},
        {"watermarks": []},
        {"watermarks": {"u": None}},
        {"watermarks": {"u": [NINE, "Meal", None]}},
        {"watermarks": {"u": [NINE, "Meal", 1, TEN]}},
        {"watermarks": {"u": [NINE, None, None, TEN]}},
        {"watermarks": {"u": ["yesterday", "Meal", None, TEN]}},
        {"watermarks": {"u": ["2026-01-31T09:00:00Z", "Meal", None, TEN]}},
        {"format": 2},
        {"format": "1"},
    ],
)
def test_a_state_that_cannot_be_read_is_an_error(tmp_path: Path, row: Any) -> None:
    whole = {"format": 1, "source_id": SOURCE, "watermarks": {}}
    (tmp_path / "state").write_text(json.dumps(whole | row if isinstance(row, dict) and row else row))
    with pytest.raises(GenesysLedgerError, match=r"state: (cannot be read|format)"):
        state(tmp_path / "state").read()
    before = (tmp_path / "state").read_bytes()
    with pytest.raises(GenesysLedgerError):
        owned(tmp_path / "state").move({"u": MARK})
    assert (tmp_path / "state").read_bytes() == before


@pytest.mark.parametrize("content", [b"", b"{", b"\xff"])
def test_a_torn_state_is_an_error(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "state").write_bytes(content)
    with pytest.raises(GenesysLedgerError, match="cannot be read"):
        state(tmp_path / "state").read()


def test_the_state_of_another_source_is_refused(tmp_path: Path) -> None:
    owned(tmp_path / "state").move({"u": MARK})
    with pytest.raises(GenesysConfigError, match=f"{SOURCE}, not {OTHER}"):
        state(tmp_path / "state", OTHER).read()


def test_only_the_owner_writes(tmp_path: Path) -> None:
    first, second = owned(tmp_path / "state"), owned(tmp_path / "state")
    second.move({"u": MARK})
    with pytest.raises(GenesysLedgerError, match=r"state\.owner: another run .* two Dag runs with one state_path"):
        first.move({"v": MARK})
    assert state(tmp_path / "state").read() == {"u": MARK}


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (datetime(2026, 1, 31, 9, tzinfo=UTC), NINE),
        (datetime(2026, 1, 31, 10, tzinfo=timezone(timedelta(hours=1))), NINE),
        (datetime(2026, 1, 31, 9, 0, 0, 1_999, tzinfo=UTC), "2026-01-31T09:00:00.001Z"),
    ],
)
def test_times_are_utc_to_the_millisecond(moment: datetime, text: str) -> None:
    assert timestamp(moment) == text
