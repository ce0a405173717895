"""What a publish tells of how far it is: true at any moment, and only what is new."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest

from airflow_provider_genesys.events import progress
from airflow_provider_genesys.events.account import nothing_published
from airflow_provider_genesys.events.inputs import INLINE_NAME
from airflow_provider_genesys.events.ledger import LaneAccount, Ledger
from airflow_provider_genesys.events.progress import Lines, Moment, Progress, where_it_goes_on
from tests.harness.clock import Clock

if TYPE_CHECKING:
    from airflow_provider_genesys.files.ownership import Owner


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(progress, "time", SimpleNamespace(monotonic=clock))
    return clock


def moment(
    settled: int = 0, *, waits: tuple[str, int] | None = None, used: float | None = None, **summary: Any
) -> Moment:
    return Moment(nothing_published("user_presences") | summary, settled, used, waits, "nothing is sent yet")


def test_what_was_not_accepted_is_not_told_as_published(clock: Clock) -> None:
    lines = Lines()
    clock.now += 10
    line = lines.line(
        moment(4248, read=6000, accepted=100, invalid=4100, rejected=46, unknown=2, requests=3, duration_seconds=10.2)
    )
    wanted = "Settled 4,248 of 6,000 read so far: 100 accepted, 4,148 not accepted; 425 events/s, 3 requests in 10 s"
    assert line == wanted


def test_the_parts_add_up_to_what_is_settled(clock: Clock) -> None:
    line = Lines().line(moment(70, read=72, accepted=60, invalid=6, duplicate=4, requests=1), always=True)
    assert line is not None
    assert line.startswith("Settled 70 of 72 read so far: 60 accepted, 6 not accepted, 4 there before; ")


def test_an_outage_is_told_with_its_reason_and_after_that_once_a_minute(clock: Clock) -> None:
    lines = Lines()
    reason = "the server cannot be reached"
    told = []
    for second in range(0, 135, 15):
        waits = (reason, 10 + second % 2) if second else None
        said = lines.line(moment(200, read=300, accepted=200, waits=waits, used=0.5, requests=second))
        told.append((second, said))
        clock.now += 15
    assert [second for second, said in told if said] == [0, 15, 75]
    end = f"used; waiting: {reason} (11 requests)"
    assert told[1][1] == (
        "Settled 200 of 300 read so far: 200 accepted; nothing new for 15 s, 15 requests in 0 s, 50% of this minute's "
        f"allowance {end}"
    )
    assert "; nothing new for 75 s, " in str(told[5][1])


def test_another_reason_is_news_and_another_number_of_requests_is_none(clock: Clock) -> None:
    lines = Lines()
    assert lines.line(moment(waits=("one", 1))) is not None
    assert lines.line(moment(waits=("one", 2))) is None
    assert lines.line(moment(waits=("one", 2)), always=True) is not None
    assert "waiting: another (1 request)" in str(lines.line(moment(waits=("another", 1))))
    assert lines.line(moment(read=1, waits=("another", 1))) is not None


def test_what_goes_on_names_no_reason(clock: Clock) -> None:
    lines = Lines()
    assert "waiting: nothing is sent yet" in str(lines.line(moment()))
    clock.now += 1
    assert "waiting" not in str(lines.line(moment(5, read=5, accepted=5)))


def test_the_commonest_wait_is_told_for_all_that_wait() -> None:
    waits = Progress()
    assert waits.commonest is None
    waits.hold(1.0, "keeping to the rate limit", lanes=3)
    with waits.waiting(1.0, lambda: "the server cannot be reached"), waits.waiting(0.1, lambda: "short"):
        assert waits.commonest == ("keeping to the rate limit", 4)
    waits.hold(0.0, "", lanes=0)
    assert waits.commonest is None


@pytest.mark.parametrize(
    ("inputs", "begins"),
    [
        (["s3://bucket/mid.jsonl"], "mid.jsonl is read"),
        (["/a/mid.jsonl", "/a/new.jsonl"], "mid.jsonl and 1 more file are read"),
        (["/a/mid.jsonl", "/a/b", "/a/c"], "mid.jsonl and 2 more files are read"),
        ([INLINE_NAME], "The source is read"),
    ],
)
def test_where_a_try_goes_on_names_the_input_and_what_is_settled(
    tmp_path: Path, inputs: list[str], begins: str
) -> None:
    lanes = [LaneAccount(), LaneAccount()]
    ledger = Ledger(tmp_path, cast("Owner", None), "user_presences", lanes, [(name, 1) for name in inputs])
    assert where_it_goes_on(ledger, "") is None
    ledger.tries, ledger.read = 2, 1828
    lanes[0].counts.update(accepted=700)
    lanes[1].counts.update(accepted=500, invalid=3)
    assert where_it_goes_on(ledger, "") == (
        "Try 2 goes on where the one before ended: 1,203 of its records are settled (1,200 accepted, 3 invalid). "
        f"{begins} from the beginning, and only what is not settled is sent."
    )
