"""Window of the rate limit, tokens, ledger, faults: with a clock that tests turn."""

from __future__ import annotations

import json
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest
from pydantic import ValidationError

from airflow_provider_genesys.simulator.faults import FaultRule, Faults, PartialFault
from airflow_provider_genesys.simulator.ledger import EventLedger
from airflow_provider_genesys.simulator.settings import Settings, Start
from airflow_provider_genesys.simulator.state import Tokens, World
from airflow_provider_genesys.simulator.traffic import LoggedRequest, RateLimit, RequestLog
from tests.harness.clock import Clock


def test_a_window_begins_with_the_first_request_after_the_one_before_ended():
    clock = Clock()
    limit = RateLimit(clock)
    seen = []
    for moment in (0, 0.5, 59.9, 60, 119, 190):
        clock.now = 1000 + moment
        allowance = limit.admit(2, 60)
        seen.append((allowance.count, allowance.reset, allowance.is_exceeded))
    assert seen == [(1, 60, False), (2, 60, False), (3, 1, True), (1, 60, False), (2, 1, False), (1, 60, False)]


def test_a_token_is_valid_until_it_expires():
    clock = Clock()
    tokens = Tokens(clock)
    short, long, ended = tokens.issue(10), tokens.issue(100), tokens.issue(100)
    tokens.expire(ended)
    clock.now += 10
    assert [tokens.is_valid(token) for token in (short, long, ended, "made up")] == [False, True, False, False]
    assert tokens.expire_all() == 2
    assert not tokens.is_valid(long)


def test_the_ledger_counts_each_acceptance_in_order():
    ledger = EventLedger()
    for event_id, request in (("a", 1), ("b", 1), ("a", 2)):
        ledger.accept(event_id, "holdUpdatedEvents", "conversation", request)
    assert ledger.summary() == {"accepted": 3, "distinct": 2, "duplicates": 1}
    lines = [json.loads(line) for line in "".join(ledger.lines()).splitlines()]
    assert [(line["sequence"], line["eventId"], line["request"], line["accepted"]) for line in lines] == [
        (1, "a", 1, 2),
        (2, "b", 1, 1),
        (3, "a", 2, 2),
    ]
    assert {(line["kind"], line["key"]) for line in lines} == {("holdUpdatedEvents", "conversation")}


def test_a_long_ledger_is_told_whole():
    ledger = EventLedger()
    for number in range(2500):
        ledger.accept(str(number), "kind", "key", number)
    assert [json.loads(line)["eventId"] for line in "".join(ledger.lines()).splitlines()] == [
        str(n) for n in range(2500)
    ]


def test_the_log_keeps_totals_and_the_last_requests():
    log = RequestLog()
    for status in (200, 429, None, 200):
        log.add(LoggedRequest(log.next_number(), 0.0, "POST", "/api/x", status, 1, None))
    told = log.as_json(last=2)
    assert (told["total"], told["throttled"]) == (4, 1)
    assert told["totals"] == {"POST /api/x": {"200": 2, "429": 1, "dropped": 1}}
    assert [request["number"] for request in told["requests"]] == [3, 4]
    assert log.as_json(last=0)["requests"] == []


def test_settings_change_only_when_all_changes_are_right():
    world = World(Start())
    world.change_settings({"latency_ms": 5})
    with pytest.raises(ValidationError):
        world.change_settings({"latency_ms": 9, "latency": 1})
    assert world.settings == Settings(latency_ms=5)


def test_users_and_correlation_ids_depend_on_the_seed_alone():
    first, again, other = World(Start(seed=1)), World(Start(seed=1)), World(Start(seed=2))
    assert first.users() == again.users() != other.users()
    assert first.new_correlation_id() == again.new_correlation_id() != other.new_correlation_id()
    other.reseed(1)
    assert other.users() == first.users()


def strikes(faults: Faults, times: int, method: str = "POST", path: str = "/api/v2/events/x") -> list[int | None]:
    """Return the numbers of the rules that strike so many requests in turn."""
    return [rule.number if (rule := faults.choose(method, path)) else None for _ in range(times)]


def test_the_first_rule_that_strikes_wins():
    rules = [
        FaultRule(method="get", status=500),
        FaultRule(path="*/other", status=500),
        FaultRule(after=1, count=2, status=500),
        FaultRule(after=4, status=500),
    ]
    assert strikes(Faults(0, rules), 8) == [None, 3, 3, None, None, None, 4, 4]


def test_faults_leave_the_login_server_alone_unless_told():
    assert strikes(Faults(0, [FaultRule(status=503)]), 1, path="/oauth/token") == [None]
    assert strikes(Faults(0, [FaultRule(path="/oauth/*", status=400)]), 1, path="/oauth/token") == [1]


def test_chance_depends_on_the_seed_and_the_rule_alone():
    def drawn(seed: int, *rules: FaultRule) -> list[int | None]:
        return strikes(Faults(seed, rules), 200)

    rare, elsewhere = FaultRule(probability=0.3, status=503), FaultRule(path="/elsewhere", probability=0.3, status=503)
    alone = drawn(1, rare)
    assert 30 < alone.count(1) < 90
    assert drawn(1, rare, elsewhere) == alone == drawn(1, rare)
    assert drawn(2, rare) != alone
    faults = Faults(2, [rare])
    strikes(faults, 7)
    faults.reseed(1)
    assert strikes(faults, 200) == alone


def refused(partial: PartialFault, event_ids: list[str], seed: int = 0) -> list[bool]:
    (active,) = Faults(seed, [FaultRule(partial=partial)])
    return [active.refuses(event_id) for event_id in event_ids]


def test_a_retryable_event_fails_once_unless_told():
    assert refused(PartialFault(retryable=True, event_ids={"a"}), ["a", "b", "a", "a"]) == [True, False, False, False]
    thrice = PartialFault(retryable=True, event_ids={"a"}, times=3)
    assert refused(thrice, ["a"] * 4) == [True, True, True, False]


def test_a_final_error_stays():
    assert refused(PartialFault(retryable=False, event_ids={"a"}), ["a", "a", "b"]) == [True, True, False]


def test_every_nth_event_does_not_count_one_that_comes_again():
    third = PartialFault(retryable=True, every=3)
    assert refused(third, ["a", "b", "c", "c", "d", "e", "f"]) == [False, False, True, False, False, False, True]


def test_which_events_fail_by_chance_does_not_depend_on_their_order():
    ids = [f"event {number}" for number in range(400)]
    partial = PartialFault(retryable=False, probability=0.25)
    forward = dict(zip(ids, refused(partial, ids), strict=True))
    backward = dict(zip(reversed(ids), refused(partial, ids[::-1]), strict=True))
    assert forward == backward
    assert 60 < sum(forward.values()) < 140
    assert forward != dict(zip(ids, refused(partial, ids, seed=1), strict=True))


@pytest.mark.parametrize(
    "rule",
    [
        {},
        {"status": 200},
        {"status": 503, "reset": "before"},
        {"truncate": True, "partial": {"retryable": True}},
        {"reset": "sometimes"},
        {"retry_after": 5, "latency_ms": 1},
        {"acts": True, "reset": "after"},
        {"status": 503, "propability": 1},
        {"status": 503, "probability": 2},
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(rule):
    with pytest.raises(ValidationError):
        FaultRule.model_validate(rule)


def test_the_rules_of_the_documentation_are_right():
    text = (Path(__file__).parents[3] / "docs" / "simulator.md").read_text()
    rules = json.loads(text.split("```json")[1].split("```")[0])
    assert len([FaultRule.model_validate(rule) for rule in rules]) > 5


def test_retry_after_is_seconds_a_date_or_any_text():
    assert FaultRule(status=503).retry_after_header() is None
    assert FaultRule(status=503, retry_after=0).retry_after_header() == "0"
    assert FaultRule(status=503, retry_after="soon").retry_after_header() == "soon"
    later, now = (FaultRule(status=503, retry_after_date=seconds).retry_after_header() for seconds in (90, 0))
    assert 89 <= (parsedate_to_datetime(later) - parsedate_to_datetime(now)).total_seconds() <= 90
