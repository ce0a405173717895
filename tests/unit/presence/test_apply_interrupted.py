from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from presence_applying import CHANGES, DONE, NAMES, POST, assert_as_desired, interrupt, run, world, written

from airflow_provider_genesys.exceptions import (
    GenesysApiError,
    GenesysError,
    GenesysPermissionError,
    GenesysRateLimitError,
    GenesysServerError,
    GenesysTransportError,
)
from airflow_provider_genesys.presence.apply.applier import Applier
from airflow_provider_genesys.presence.state import Definition, read_definitions
from tests.harness.examples import examples
from tests.harness.killed import Killed


@pytest.mark.parametrize("lag", [0.0, 2.0])
@pytest.mark.parametrize("acted", [False, True])
@pytest.mark.parametrize("number", range(10))
def test_killed_at_any_request_and_repeated_it_converges(number, acted, lag):
    organization, plan = world(lag=lag)
    interrupt(organization, number, Killed(), acted=acted)
    applier = Applier(organization.client(), plan)
    with pytest.raises(Killed):
        applier.apply()
    organization.before = organization.after = lambda *_: None
    second = run(organization, plan)
    assert_as_desired(organization)
    assert written(second) + second["already"] == 6
    if lag == 0:
        in_flight = int(acted and 2 <= number < 8)
        assert written(applier.summary) + in_flight + written(second) == 6
        assert second["twins"] == 0
        assert len(organization.users) == 7
    third = run(organization, plan)
    assert (written(third), third["already"]) == (0, 6)


@examples(150)
@given(
    kills=st.lists(st.tuples(st.integers(0, 14), st.booleans()), max_size=6),
    pauses=st.lists(st.floats(0, 3), min_size=6, max_size=6),
    lag=st.sampled_from([0.0, 2.0, 20.0]),
    seed=st.integers(0, 5),
)
def test_however_often_it_is_killed_it_converges(kills, pauses, lag, seed):
    organization, plan = world(lag=lag, seed=seed)
    for (number, acted), pause in zip(kills, pauses, strict=False):
        organization.before = organization.after = lambda *_: None
        interrupt(organization, number, Killed(), acted=acted)
        try:
            run(organization, plan)
        except Killed:
            organization.now += pause
    organization.before = organization.after = lambda *_: None
    run(organization, plan)
    assert {one.name for one in organization.active} == NAMES
    if lag == 0:
        assert len(organization.users) == 7
    else:  # two that were killed may have left twins that reads still hid
        organization.now += lag
        run(organization, plan)
    assert_as_desired(organization)


def test_what_a_killed_apply_created_and_nobody_sees_yet_is_waited_for():
    organization, plan = world(lag=2.0)
    interrupt(organization, 7, Killed(), acted=True)
    strike = organization.after

    def take_time(number, operation):
        organization.now += 0.5
        strike(number, operation)

    organization.after = take_time
    with pytest.raises(Killed):
        run(organization, plan)
    organization.after = lambda *_: None
    assert run(organization, plan) == {
        "checksum": plan.checksum,
        **dict.fromkeys(CHANGES, 0),
        **DONE,
        "already": 6,
        "requests": 4,
    }
    assert_as_desired(organization)


def test_what_was_created_before_a_failure_is_seen_by_the_next_plan():
    """In a sync, the next try makes a plan of its own at once."""
    organization, plan = world(lag=4.0)
    interrupt(organization, 7, GenesysServerError(500), acted=False)
    with pytest.raises(GenesysServerError):
        run(organization, plan)
    assert 4 <= organization.now - 1000 < 10
    organization.before = lambda *_: None
    assert [one.name for one in read_definitions(organization.client())].count("Away/New") == 1


def test_a_twin_is_given_up_though_a_later_write_fails():
    organization, plan = world()
    interrupt(organization, 7, GenesysServerError(500), acted=False)
    strike = organization.before

    def race(number, operation):
        if number == 7:
            organization.write(Definition("zzz", "Away", {"en_US": "New"}))
        strike(number, operation)

    organization.before = race
    applier = Applier(organization.client(), plan)
    with pytest.raises(GenesysServerError):
        applier.apply()
    assert applier.summary["twins"] == 1
    assert "zzz" not in {one.id for one in organization.active}
    assert [one.name for one in organization.active].count("Away/New") == 1


def test_a_failure_stays_the_one_told_when_reading_fails_too():
    organization, plan = world()

    def strike(number, operation):
        if number >= 7:
            raise GenesysServerError(500) if operation == POST else GenesysTransportError("reset", sent=None)

    organization.before = strike
    with pytest.raises(GenesysServerError):
        run(organization, plan)


@pytest.mark.parametrize("lag", [0.0, 2.0])
@pytest.mark.parametrize("acted", [False, True])
@pytest.mark.parametrize("error", [GenesysTransportError("reset", sent=None), GenesysServerError(504)])
def test_a_creation_whose_answer_is_lost_is_looked_for_before_it_is_repeated(error, acted, lag):
    organization, plan = world(lag=lag)
    interrupt(organization, 6, error, acted=acted)
    summary = run(organization, plan)
    assert {**summary, "requests": 0} == {"checksum": plan.checksum, **CHANGES, **DONE, "requests": 0}
    assert organization.writes.count(POST) == (2 if acted else 3)
    assert len(organization.users) == 7
    assert_as_desired(organization)
    if acted and not lag:
        assert summary["requests"] == 10


def test_a_lost_creation_that_shows_up_after_its_repetition_leaves_one():
    organization, plan = world(lag=30.0)
    interrupt(organization, 6, GenesysTransportError("reset", sent=None), acted=True)
    summary = run(organization, plan)
    assert summary["creates"] == 2
    assert summary["twins"] > 0
    assert_as_desired(organization)


def test_a_creation_that_is_never_answered_ends_with_its_error():
    organization, plan = world()

    def refuse(number, operation):
        if operation == POST:
            raise GenesysTransportError("reset", sent=None)

    organization.before = refuse
    applier = Applier(organization.client(), plan)
    with pytest.raises(GenesysTransportError, match="reset"):
        applier.apply()
    assert organization.now - 1000 < 70
    assert (applier.summary["creates"], written(applier.summary)) == (0, 4)
    organization.before = lambda *_: None
    assert run(organization, plan)["creates"] == 2
    assert_as_desired(organization)


@pytest.mark.parametrize(
    "error",
    [
        GenesysTransportError("refused", sent=False),
        GenesysRateLimitError(429),
        GenesysServerError(500),
        GenesysPermissionError(403),
        GenesysApiError(409, "another.conflict"),
    ],
)
def test_a_creation_that_was_certainly_refused_is_not_repeated(error):
    organization, plan = world()
    interrupt(organization, 6, error, acted=False)
    applier = Applier(organization.client(), plan)
    with pytest.raises(type(error)):
        applier.apply()
    assert organization.requests[-1] == POST
    assert written(applier.summary) == 4
    organization.before = lambda *_: None
    assert run(organization, plan)["already"] == 4
    assert_as_desired(organization)


def test_reads_that_lag_are_waited_for():
    organization, plan = world(lag=10.0)
    summary = run(organization, plan)
    assert 10 <= organization.now - 1000 <= 16
    assert written(summary) == 6
    assert len(organization.writes) == 6


def test_a_write_that_is_never_seen_is_an_error_within_about_a_minute():
    organization, plan = world(lag=1e9)
    with pytest.raises(GenesysError, match=r"not seen after 56 s: .*Break/Tea.*apply the plan again") as caught:
        run(organization, plan)
    assert type(caught.value) is GenesysError
    assert 50 < organization.now - 1000 < 70


def test_a_wait_that_is_stopped_stops_it():
    organization, plan = world(lag=10.0)

    def wait(seconds, reason):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Applier(organization.client(wait=wait), plan).apply()
