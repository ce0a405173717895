"""What has changed of one user, whatever was published last and whatever the clock says."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_genesys.mapping.comparison import Comparison, compare
from airflow_provider_genesys.mapping.rules import load_rules
from airflow_provider_genesys.mapping.watermarks import Watermark, Watermarks, just_after, key_of, merged, timestamp
from tests.harness.people import In, genesys, vonage
from tests.unit.mapping.transfer_world import SOURCE, minute

ALICE, USERS = vonage(0), {vonage(0): genesys(0)}
KEY = key_of(ALICE, genesys(0))

PRESENCES = st.sampled_from(["Break", "Meal", "Meal/Canteen"])
STATUSES = st.none() | st.sampled_from(["Idle", "OffQueue"])
MINUTES = st.integers(0, 2)
CLOCKS = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)).map(timestamp)  # noqa: DTZ001
LAST = st.none() | st.builds(Watermark, MINUTES.map(minute).map(timestamp), PRESENCES, STATUSES, CLOCKS)


def found(rule: dict[str, Any], at: int, marks: Watermarks, clock: str) -> Comparison:
    return compare(USERS, load_rules([rule]), [(ALICE, In(ALICE, minute(at)))], marks, source_id=SOURCE, read=clock)


@given(LAST, MINUTES, st.tuples(PRESENCES, STATUSES), st.tuples(CLOCKS, CLOCKS))
def test_what_has_changed_is_published_once_whatever_the_clock(
    last: Watermark | None, at: int, target: tuple[str, str | None], clocks: tuple[str, str]
) -> None:
    before = {} if last is None else {KEY: last}
    (presence, status), (clock, later) = target, clocks
    rule = {"presence": presence, "routing_status": status}
    first = found(rule, at, before, clock)
    news = (len(first.presences), len(first.routing_statuses))
    updated = timestamp(minute(at))
    if last is None or updated > last.updated:
        assert news == (1, status is not None)
    elif updated < last.updated:
        assert (news, first.stale) == ((0, 0), 1)
    else:
        assert news == (presence != last.presence, status not in {None, last.routing_status})
    assert len(first.presences) + first.unchanged == 1
    assert bool(first.watermarks) == any(news)
    after = merged(before, first.watermarks)
    assert after == before | first.watermarks, "a new watermark wins over the one it replaces"
    second = found(rule, at, after, later)
    assert (second.presences, second.routing_statuses, second.watermarks) == ([], [], {})


@given(CLOCKS)
def test_a_moment_later_is_later(moment: str) -> None:
    assert just_after(moment) > moment
    assert datetime.fromisoformat(just_after(moment)) - datetime.fromisoformat(moment) == timedelta(milliseconds=1)
