from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_genesys.api.operations import Operation
from airflow_provider_genesys.api.retry import RetryPolicy, backoff, decide, in_short, parse_retry_after
from airflow_provider_genesys.exceptions import (
    GenesysApiError,
    GenesysAuthError,
    GenesysConfigError,
    GenesysRateLimitError,
    GenesysServerError,
    GenesysTransportError,
)

NOW = datetime(2026, 11, 21, 12, 0, 0, tzinfo=UTC)
BY = {who: Operation(name=who, method="POST", path="/", repeat=who) for who in ("client", "caller", "nobody")}
POLICY = RetryPolicy(max_attempts=4, max_rate_limit_wait=100.0, max_wait=60.0)


def choose(failure, who="client", *, attempt=1, rate_limited_for=0.0, policy=POLICY, jitter=0.0):
    return decide(
        BY[who],
        failure,
        attempt=attempt,
        rate_limited_for=rate_limited_for,
        policy=policy,
        jitter=lambda: jitter,
    )


PASSING = [GenesysServerError(status) for status in (408, 502, 503, 504)]
LOST = [GenesysTransportError("lost", sent=None), GenesysTransportError("broke off", sent=True)]
NOT_ACTED_ON = [
    GenesysTransportError("refused", sent=False),
    GenesysServerError(503, retry_after=2.0),
    GenesysRateLimitError(429),
    GenesysRateLimitError(400, message="rate limit exceeded"),
]
FINAL = [
    GenesysServerError(500),
    GenesysServerError(501),
    GenesysAuthError(401),
    GenesysApiError(400),
    GenesysApiError(409),
    GenesysConfigError("wrong"),
]


@pytest.mark.parametrize("failure", PASSING + LOST + NOT_ACTED_ON, ids=str)
def test_what_passes_is_repeated_where_that_is_harmless(failure):
    assert choose(failure, "client") is not None


@pytest.mark.parametrize("failure", FINAL, ids=str)
@pytest.mark.parametrize("who", BY)
def test_what_does_not_pass_is_never_repeated(failure, who):
    assert choose(failure, who) is None


@pytest.mark.parametrize("failure", PASSING + LOST, ids=str)
@pytest.mark.parametrize("who", ["caller", "nobody"])
def test_what_may_have_been_acted_on_is_not_repeated_blindly(failure, who):
    assert choose(failure, who) is None


@pytest.mark.parametrize("failure", NOT_ACTED_ON, ids=str)
@pytest.mark.parametrize("who", BY)
def test_what_was_certainly_not_acted_on_is_repeated_by_all(failure, who):
    assert choose(failure, who) is not None


def test_attempts_run_out():
    assert choose(GenesysServerError(503), attempt=3) is not None
    assert choose(GenesysServerError(503), attempt=4) is None


def test_a_rate_limit_uses_up_no_attempts_but_its_own_budget():
    limited = GenesysRateLimitError(429, retry_after=30.0)
    repeat = choose(limited, attempt=99, rate_limited_for=70.0)
    assert repeat is not None
    assert repeat.rate_limited
    assert choose(limited, attempt=0, rate_limited_for=71.0) is None


@pytest.mark.parametrize(
    "failure", [GenesysRateLimitError(429, retry_after=61.0), GenesysServerError(503, retry_after=61.0)]
)
def test_a_server_that_asks_for_more_than_max_wait_is_not_waited_for(failure):
    assert choose(failure) is None


def test_retry_after_is_kept_to_with_jitter_on_top():
    assert choose(GenesysRateLimitError(429, retry_after=42.0)).after == 42.0
    assert choose(GenesysRateLimitError(429, retry_after=42.0), jitter=0.5).after == 42.5
    assert choose(GenesysServerError(503, retry_after=42.0)).after == 42.0


@pytest.mark.parametrize("retry_after", [None, 0.0])
def test_a_limit_that_lasts_is_answered_with_longer_waits_and_comes_to_an_end(retry_after):
    waited, waits = 0.0, []
    while repeat := choose(GenesysRateLimitError(429, retry_after=retry_after), rate_limited_for=waited):
        waits.append(repeat.after)
        waited += repeat.after
    assert waits[:-1] == sorted(waits[:-1])  # the last is what is left of the budget
    assert waits[0] == 1.0
    assert waits[-1] > 10
    assert waited <= POLICY.max_rate_limit_wait


def test_backoff_doubles_up_to_a_minute_and_leaves_half_to_chance():
    assert [backoff(n, jitter=lambda: 1.0) for n in range(1, 9)] == [1, 2, 4, 8, 16, 32, 60, 60]
    assert [backoff(n, jitter=lambda: 0.0) for n in (1, 2, 8, 10_000)] == [0.5, 1, 30, 30]


def test_the_reason_says_what_failed_and_how_often():
    repeat = choose(GenesysServerError(502, operation="getUsers"), attempt=2)
    assert repeat.details == "getUsers: HTTP 502; this was try 2 of 4"
    assert repeat.reason == "the server answers HTTP 502, Bad Gateway"


@pytest.mark.parametrize(
    ("failure", "words"),
    [
        (GenesysRateLimitError(429, "too.many.requests", "slow down", "an-id"), "rate limited (HTTP 429)"),
        (
            GenesysServerError(503, "service.unavailable", "later", "an-id", operation="postEventsUsersPresence"),
            "the server answers HTTP 503, Service Unavailable",
        ),
        (GenesysServerError(599, "x", "y"), "the server answers HTTP 599"),
        (GenesysTransportError("ConnectionRefusedError", sent=False), "the server cannot be reached"),
        (GenesysTransportError("reset", sent=None), "no whole answer comes"),
        (GenesysTransportError("cut off", sent=True), "no whole answer comes"),
    ],
)
def test_who_waits_is_told_in_words_that_all_requests_share(failure, words):
    assert in_short(failure) == words


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (None, None),
        ("42", 42.0),
        (" 7 ", 7.0),
        ("1.5", 1.5),
        ("0", 0.0),
        ("-3", 0.0),
        ("", None),
        ("soon", None),
        ("nan", None),
        ("inf", None),
        (format_datetime(NOW + timedelta(seconds=30), usegmt=True), 31.0),
        (format_datetime(NOW - timedelta(seconds=30), usegmt=True), 0.0),
        ("Sat, 21 Nov 2026 12:00:05", 6.0),
        ("Sat, 99 Nov 2026 12:00:05 GMT", None),
        ("Sat, 21 Nov 99999999999999999999 12:00:05 GMT", None),
        ("Sat, 21 Nov 2026 12:00:05 +99999999999999", None),
        ("Fri, 31 Dec 9999 23:59:59 -2359", None),
        ("9" * 400, None),
    ],
)
def test_retry_after_is_read_in_both_forms(value, seconds):
    assert parse_retry_after(value, NOW) == seconds


@given(
    st.sampled_from(PASSING + LOST + NOT_ACTED_ON + FINAL),
    st.sampled_from(sorted(BY)),
    st.integers(0, 50),
    st.floats(0, 2000),
    st.floats(0, 1),
)
def test_no_wait_is_longer_than_allowed(failure, who, attempt, rate_limited_for, jitter):
    repeat = choose(failure, who, attempt=attempt, rate_limited_for=rate_limited_for, jitter=jitter)
    if repeat is not None:
        assert 0 < repeat.after <= POLICY.max_wait + 1
        assert not repeat.rate_limited or rate_limited_for + repeat.after <= POLICY.max_rate_limit_wait + 1e-9
