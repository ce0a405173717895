"""Whatever stands where a server tells a number or a time: it is read, or counts as not told."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import responses
from api_world import API, LOGIN, SECRET, Clock
from hypothesis import example, given
from hypothesis import strategies as st

from airflow_provider_genesys.api.auth import Tokens
from airflow_provider_genesys.api.figures import count_of, http_date_of, number_of, time_of
from airflow_provider_genesys.api.genesys_cloud import GenesysCloudClient
from airflow_provider_genesys.api.pacing import Limiter, RateLimit
from airflow_provider_genesys.api.retry import parse_retry_after
from airflow_provider_genesys.api.settings import ClientSettings
from airflow_provider_genesys.api.transport import Transport

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
LONG = "9" * 400

digits = st.integers(0, 10**30).map(str) | st.sampled_from([LONG, "9" * 5_000, "0" * 400 + "7"])
numbers = st.tuples(st.sampled_from(["", "-", "+", " "]), digits, st.sampled_from(["", ".5", "e9", "e999", "_0"]))
headers = st.one_of(
    st.text(max_size=30),
    st.floats().map(str),
    numbers.map("".join),
    st.tuples(digits, st.sampled_from(["Nov", "nov", "Foo"]), digits, digits, digits).map(
        lambda of: f"Sat, {of[0]} {of[1]} {of[2]} 12:{of[3]}:05 +{of[4]}"
    ),
    st.builds("Sat, 21 Nov {} 12:00:05 {}{}".format, st.integers(0, 99_999), st.sampled_from("+-"), digits),
    st.datetimes().map(datetime.isoformat),
    st.datetimes().map("{:%a, %d %b %Y %H:%M:%S GMT}".format),
)
values = headers | st.none() | st.booleans() | st.floats() | st.integers() | st.just(int(LONG)) | st.just([1])


@given(told=values)
@example(told=int(LONG))
@example(told="Sat, 21 Nov 2026 12:00:05 +99999999999999")
@example(told="Fri, 31 Dec 9999 23:59:59 -2359")
@example(told="9999-12-31T23:59:59-01:00")
def test_the_readers_read_anything(told: Any) -> None:
    number, count, time = number_of(told), count_of(told), time_of(told)
    assert number is None or math.isfinite(number)
    assert count is None or (count == number and count >= 0)
    assert time is None or time.utcoffset() == timedelta(0)
    if isinstance(told, str):
        assert (date := http_date_of(told)) is None or date.utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    ("told", "number", "count"),
    [
        ("300", 300, 300),
        (" 7 ", 7, 7),
        (86_399, 86_399, 86_399),
        ("1.5", 1.5, None),
        ("-3", -3, None),
        ("1e30", 1e30, None),
        (True, None, None),
        (math.nan, None, None),
        ("inf", None, None),
        (LONG, None, None),
        (int(LONG), None, None),
        ("soon", None, None),
        (None, None, None),
        ([1], None, None),
    ],
)
def test_what_is_a_number(told: Any, number: float | None, count: int | None) -> None:
    assert (number_of(told), count_of(told)) == (number, count)


def test_times_are_in_utc() -> None:
    assert time_of("2026-11-21T14:00:00+02:00") == time_of("2026-11-21T12:00:00") == NOW
    assert http_date_of("Sat, 21 Nov 2026 14:00:00 +0200") == http_date_of("Sat, 21 Nov 2026 12:00:00") == NOW


@given(told=headers)
def test_no_retry_after_breaks_the_reader(told: str) -> None:
    seconds = parse_retry_after(told, NOW)
    assert seconds is None or 0 <= seconds < math.inf


@given(
    told=st.lists(
        st.fixed_dictionaries({}, optional={f"inin-ratelimit-{of}": headers for of in ("count", "allowed", "reset")})
        | st.fixed_dictionaries(
            {
                "inin-ratelimit-count": headers | digits,
                "inin-ratelimit-allowed": headers | digits,
                "inin-ratelimit-reset": st.sampled_from(["0", "1", "60", LONG]),
            }
        ),
        max_size=6,
    )
)
@example(told=[{"inin-ratelimit-count": LONG, "inin-ratelimit-allowed": "300", "inin-ratelimit-reset": "60"}] * 2)
@example(told=[{"inin-ratelimit-count": "3", "inin-ratelimit-allowed": LONG, "inin-ratelimit-reset": "60"}] * 2)
def test_no_allowance_breaks_the_pacing(told: list[dict[str, str]]) -> None:
    clock = Clock()
    limiter = Limiter(clock=clock)
    for each in told:
        assert 0 <= limiter.acquire() < math.inf
        limiter.release(RateLimit.from_headers(each))
        assert limiter.share is None or math.isfinite(limiter.share)
        clock.now += 2.5


@pytest.mark.parametrize("told", [LONG, f"-{LONG}", "NaN", "Infinity", "-1", "true", "null", "{}", '"1e400"', "1e300"])
def test_no_lifetime_of_a_token_breaks_what_keeps_it(told: str) -> None:
    with responses.RequestsMock() as mock:
        mock.post(f"{LOGIN}/oauth/token", body=f'{{"access_token": "abc", "expires_in": {told}}}')
        settings = ClientSettings("the-id", SECRET, API, LOGIN)
        tokens = Tokens(Clock())
        login = Transport(LOGIN, user_agent="test/1")
        assert tokens.get(lambda: GenesysCloudClient.fetch_token(settings, login)) == "abc"
        assert tokens.current() == "abc"
