from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from presence_organization import Killed, Organization, definition, desired, is_as_desired, plan_of

from airflow_provider_genesys.api.meter import Meter
from airflow_provider_genesys.exceptions import (
    GenesysApiError,
    GenesysConfigError,
    GenesysError,
    GenesysNotFoundError,
    GenesysPermissionError,
    GenesysRateLimitError,
    GenesysServerError,
    GenesysStalePlanError,
    GenesysTransportError,
    GenesysUnsafePlanError,
)
from airflow_provider_genesys.presence.apply.applier import Applier
from airflow_provider_genesys.presence.plan.changes import Change
from airflow_provider_genesys.presence.plan.plan import Plan
from airflow_provider_genesys.presence.plan.planner import Basis
from airflow_provider_genesys.presence.state import Definition, read_definitions, state_digest
from airflow_provider_genesys.presence.vocabulary import SYSTEM_PRESENCES
from tests.harness.examples import examples

GET, POST, PUT, DELETE = (
    "getPresenceDefinitions",
    "postPresenceDefinitions",
    "putPresenceDefinition",
    "deletePresenceDefinition",
)
BEFORE = [
    definition(1, "Smoke"),
    definition(2, "Tea", deactivated=True),
    definition(3, "Old name", labels={"en_US": "Desk", "de": "Falsch"}),
    definition(4, "Not desired"),
    definition(5, "Kept"),
]
WANTED = [
    desired("Smoke"),
    desired("Tea"),
    desired("Desk", labels={"en_US": "Desk", "de": "Tisch"}),
    desired("Kept", active=False),
    desired("New", system_presence="Away"),
    desired("Newer", labels={"en_US": "Newer", "fr": "Nouveau"}),
]
NAMES = {"Away/New", "Break/Desk", "Break/Newer", "Break/Smoke", "Break/Tea"}
CHANGES = {"creates": 2, "updates": 1, "reactivates": 1, "deactivates": 2}
DONE = {"already": 0, "unchanged": 1, "twins": 0}


def world(**changes):
    organization = Organization(BEFORE, **changes)
    return organization, plan_of(WANTED, organization, prune="deactivate")


def run(organization, plan, **arguments):
    return Applier(organization.client(), plan).apply(**arguments)


def interrupt(organization, number, error, *, acted):
    """Have the request of this number, counted from now on, end with an error."""
    target = len(organization.requests) + number

    def strike(request, operation):
        if request == target:
            raise error

    if acted:
        organization.after = strike
    else:
        organization.before = strike


def written(summary):
    return sum(summary[kind] for kind in CHANGES)


def assert_as_desired(organization):
    assert is_as_desired(WANTED, organization, prune="deactivate")
    assert sorted(one.name for one in organization.active) == sorted(NAMES)


def test_a_plan_is_applied_in_order_and_verified():
    organization, plan = world()
    summary = run(organization, plan)
    assert summary == {"checksum": plan.checksum, **CHANGES, **DONE, "requests": 2 + 6 + 2}
    assert organization.requests == [GET, GET, DELETE, DELETE, PUT, PUT, POST, POST, GET, GET]
    assert organization.now == 1000
    assert_as_desired(organization)


def test_a_second_apply_writes_nothing():
    organization, plan = world()
    run(organization, plan)
    before = len(organization.writes)
    assert run(organization, plan) == {
        "checksum": plan.checksum,
        **dict.fromkeys(CHANGES, 0),
        **DONE,
        "already": 6,
        "requests": 2,
    }
    assert len(organization.writes) == before


def test_a_plan_without_changes_costs_two_reads():
    organization = Organization([definition(1, "Smoke")])
    summary = run(organization, plan_of([desired("Smoke")], organization))
    assert (summary["unchanged"], summary["requests"], organization.writes) == (1, 2, [])


def test_what_the_plan_was_just_made_from_is_not_read_again():
    organization, _ = world()
    plan = plan_of(WANTED, organization, prune="deactivate", organization_id="the organisation")
    summary = run(organization, plan, basis=Basis(list(organization.definitions.values())))
    assert summary["requests"] == 6 + 2
    assert_as_desired(organization)


def test_a_plan_that_was_written_and_read_is_the_same():
    organization, plan = world()
    assert written(run(organization, Plan.from_json(plan.to_json()))) == 6
    assert_as_desired(organization)


def test_the_requests_of_a_shared_meter_are_those_of_this_apply():
    organization, plan = world()
    meter = Meter()
    meter.add(requests=100)
    assert Applier(organization.client(meter=meter), plan).apply()["requests"] == 10
    assert meter.requests == 110


def test_a_deactivation_with_other_labels_is_no_plain_delete():
    organization = Organization([definition(1, "Smoke", labels={"en_US": "Smoke", "de": "Falsch"}), BEFORE[4]])
    wanted = [desired("Smoke", labels={"en_US": "Smoke", "de": "Raucherpause"}, active=False), desired("Kept")]
    run(organization, plan_of(wanted, organization))
    assert organization.writes == [PUT]
    assert organization.users == [
        definition(1, "Smoke", labels={"de": "Raucherpause", "en_US": "Smoke"}, deactivated=True),
        BEFORE[4],
    ]


def test_room_is_made_under_the_cap_before_it_is_taken():
    organization = Organization([definition(number, f"Old {number}") for number in range(30)])
    wanted = [desired(f"Old {number}") for number in range(28)] + [desired("New 1"), desired("New 2")]
    plan = plan_of(wanted, organization, prune="deactivate")
    assert (plan.safe, run(organization, plan)["creates"], len(organization.active)) == (True, 2, 30)


# Refusals


def test_an_unsafe_plan_is_refused_without_its_checksum():
    organization, _ = world()
    plan = plan_of(WANTED, organization, prune="deactivate", max_deactivations=1)
    assert not plan.safe
    for force_checksum in (None, "another", ""):
        with pytest.raises(GenesysUnsafePlanError, match=f"nothing was changed.*{plan.checksum}"):
            run(organization, plan, force_checksum=force_checksum)
    assert organization.requests == []
    assert written(run(organization, plan, force_checksum=plan.checksum)) == 6


def test_a_safe_plan_is_not_forced_by_the_checksum_of_another_unless_it_was_just_made():
    organization, plan = world()
    assert plan.safe
    with pytest.raises(GenesysUnsafePlanError, match=f"that of another plan.*{plan.checksum}.*nothing was changed"):
        run(organization, plan, force_checksum="another")
    assert organization.requests == []
    definitions = [*organization.definitions.values()]
    assert written(run(organization, plan, force_checksum="another", basis=Basis(definitions))) == 6
    for force_checksum in ("", "  ", None, plan.checksum):
        assert written(run(organization, plan, force_checksum=force_checksum)) == 0


@pytest.mark.parametrize(
    ("what", "change"),
    [
        ("System", {"type": "System"}),
        ("System", {"id": SYSTEM_PRESENCES["Break"]}),
        ("system presence", {"system_presence": "Away"}),
    ],
)
def test_what_must_not_change_is_not_forced(what, change):
    organization, _ = world()
    before = replace(BEFORE[0], **{key: value for key, value in change.items() if key == "id"})
    after = replace(before, **change)
    change = Change("update", before.id, before, after, "", before.name)
    plan = Plan(None, state_digest(organization.definitions.values()), (change,), 0, ["it is bad"], {})
    with pytest.raises(GenesysUnsafePlanError, match=what):
        run(organization, plan, force_checksum=plan.checksum)
    assert organization.requests == []


def test_a_plan_for_another_organisation_is_refused():
    organization, _ = world()
    plan = plan_of(WANTED, organization, organization_id="another")
    with pytest.raises(
        GenesysConfigError, match="for organisation another, but the client belongs to the organisation"
    ):
        run(organization, plan)
    organization.before = lambda *_: interrupt_with(GenesysPermissionError(403))
    with pytest.raises(GenesysConfigError, match="may not read its own"):
        run(organization, plan)
    assert organization.requests == ["getOrganizationsMe"] * 2


@pytest.mark.parametrize("found", ["another", None])
def test_an_organisation_that_was_not_the_expected_one_is_not_forced(found):
    organization, _ = world()
    plan = plan_of(WANTED, organization, organization_id=found, expected_organization_id="the right one")
    with pytest.raises(GenesysUnsafePlanError, match="and the right one was expected"):
        run(organization, plan, force_checksum=plan.checksum)
    assert organization.requests == []


def interrupt_with(error):
    raise error


def test_the_right_organisation_costs_one_request():
    organization, _ = world()
    plan = plan_of(WANTED, organization, prune="deactivate", organization_id=organization.id)
    assert run(organization, plan)["requests"] == 1 + 2 + 6 + 2


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        (definition(3, "Desk"), r"\(changed: Break/Desk\)"),
        (definition(4, "Renamed"), r"\(changed: Break/Not desired\)"),
        (definition(6, "Somebody's"), "some that it leaves alone"),
        (definition(1, "Smoke", labels={"en_US": "Smoke", "de": "Rauch"}), "some that it leaves alone"),
    ],
)
def test_a_stale_plan_is_refused(changed, message):
    organization, plan = world()
    organization.write(changed)
    with pytest.raises(GenesysStalePlanError, match=message):
        run(organization, plan)
    assert organization.writes == []


def test_a_stale_plan_is_refused_half_way_too():
    organization, plan = world()
    interrupt(organization, 4, Killed(), acted=True)
    with pytest.raises(Killed):
        run(organization, plan)
    organization.write(definition(6, "Somebody's"))
    with pytest.raises(GenesysStalePlanError):
        run(organization, plan)


def test_a_plan_whose_creation_somebody_has_taken_back_is_stale():
    """A person deactivated what it created: to apply it again would create a second one."""
    organization, plan = world()
    run(organization, plan)
    [new] = [one for one in organization.users if one.name == "Away/New"]
    organization.write(replace(new, deactivated=True))
    before = len(organization.writes)
    with pytest.raises(GenesysStalePlanError, match=r"\(changed: Away/New\)"):
        run(organization, plan)
    assert len(organization.writes) == before
    organization.write(Definition("another", "Away", {"en_US": "New"}))
    assert run(organization, plan)["already"] == 6
    assert_as_desired(organization)


def test_what_a_plan_deactivated_and_somebody_took_back_cannot_be_told_from_before():
    organization = Organization([definition(1, "Smoke"), definition(2, "Tea")])
    plan = plan_of([desired("Smoke")], organization, prune="deactivate")
    run(organization, plan)
    organization.write(definition(2, "Tea"))
    assert run(organization, plan)["deactivates"] == 1


def test_a_reading_between_two_writes_is_not_believed_at_once():
    organization, plan = world()
    true_state = organization.definitions
    organization.write(definition(9, "A blink"))

    def wait(seconds, reason):
        organization.history.append((0.0, true_state))

    assert written(Applier(organization.client(wait=wait), plan).apply()) == 6


# Interruptions


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


# Races


def another_runs_before(organization, plan, is_it):
    """Have another apply the plan from its beginning to its end, just before the first request that is the one."""

    def race(number, operation):
        if is_it(number, operation):
            organization.before = lambda *_: None
            run(organization, plan)

    organization.before = race


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("lag", [0.0, 2.0, 35.0])
@pytest.mark.parametrize("number", range(11))
def test_two_appliers_of_one_plan_leave_no_twins(number, lag, seed):
    organization, plan = world(lag=lag, seed=seed)
    another_runs_before(organization, plan, lambda request, operation: request == number)
    run(organization, plan)
    organization.before = lambda *_: None
    organization.now += lag
    run(organization, plan)
    assert_as_desired(organization)


def test_the_twin_with_the_smallest_id_stays():
    organization, plan = world()
    another_runs_before(organization, plan, lambda request, operation: operation == POST)
    summary = run(organization, plan)
    assert summary["twins"] == 2
    for name in ("Away/New", "Break/Newer"):
        twins = sorted((one for one in organization.users if one.name == name), key=lambda one: one.id)
        assert [one.deactivated for one in twins] == [False, True]
    assert summary["requests"] == 2 + 6 + 2 + 2 + 1 + 2  # the 1 looks whether users are in what is given up


def test_one_desired_with_the_old_label_of_another_is_created():
    organization = Organization([definition(1, "Smoke")])
    wanted = [desired("Cigarette", id=definition(1, "").id), desired("Smoke")]
    plan = plan_of(wanted, organization)
    assert (plan.updates, plan.creates) == (1, 1)
    assert run(organization, plan)["creates"] == 1
    assert sorted(one.name for one in organization.active) == ["Break/Cigarette", "Break/Smoke"]
    assert run(organization, plan)["already"] == 2


@pytest.mark.parametrize("id_", ["0theirs", "ztheirs"])
def test_of_one_that_somebody_else_made_meanwhile_and_ours_the_smallest_id_stays(id_):
    """Made by hand, the very same: the next plan would deactivate one of them anyway."""
    organization, plan = world()
    theirs = Definition(id_, "Away", {"en_US": "New"})

    def race(request, operation):
        if request == 8:
            organization.write(theirs)

    organization.before = race
    assert run(organization, plan)["twins"] == 1
    assert (theirs in organization.active) == (id_ == "0theirs")
    assert_as_desired(organization)
    assert organization.now == 1000


def with_twins(*ids, **changes):
    """Return a world in which killed applies have created Away/New, seen by now, and nothing else was done."""
    organization, plan = world(**changes)
    for id_ in ids:
        organization.write(Definition(id_, "Away", {"en_US": "New"}))
    organization.now += organization.lag
    return organization, plan


def test_twins_that_killed_applies_left_are_given_up_first():
    organization, plan = with_twins("b", "a", "c")
    summary = run(organization, plan)
    assert (summary["already"], summary["creates"], summary["twins"]) == (1, 1, 2)
    assert organization.writes[:2] == [DELETE, DELETE]
    assert [one.id for one in organization.active if one.name == "Away/New"] == ["a"]
    assert_as_desired(organization)


@pytest.mark.parametrize("lag", [0.0, 2.0, 20.0])
def test_twins_are_given_up_though_nothing_is_missing(lag):
    """A repetition of an apply that ended well, when what was hidden from that one is seen."""
    organization, plan = world(lag=lag)
    run(organization, plan)
    organization.write(Definition("0", "Away", {"en_US": "New"}))
    organization.write(Definition("z", "Away", {"en_US": "New"}))
    organization.now += lag
    summary = run(organization, plan)
    assert (summary["already"], summary["twins"], written(summary)) == (6, 2, 0)
    assert organization.now - 1000 >= 2 * lag
    assert [one.id for one in organization.active if one.name == "Away/New"] == ["0"]
    assert_as_desired(organization)
    assert (run(organization, plan)["twins"], run(organization, plan)["requests"]) == (0, 2)


@pytest.mark.parametrize("kills", [2, 3])
@pytest.mark.parametrize("lag", [2.0, 15.0, 35.0])
def test_killed_more_than_once_before_reads_show_it_one_is_left(lag, kills):
    organization = Organization(lag=lag)
    plan = plan_of([desired("Smoke")], organization)
    for _ in range(kills):
        interrupt(organization, 2, Killed(), acted=True)
        with pytest.raises(Killed):
            run(organization, plan)
        organization.after = lambda *_: None
    assert len(organization.active) == kills
    summary = run(organization, plan)
    assert (summary["creates"], summary["twins"]) == (1, kills)
    assert len(organization.active) == 1
    assert organization.active[0].id == min(one.id for one in organization.users)


def test_what_was_given_up_and_is_active_again_is_no_success():
    organization, plan = with_twins("a", "b")

    def undo(request, operation):
        if operation == DELETE:
            organization.write(Definition("b", "Away", {"en_US": "New"}))

    organization.after = undo
    with pytest.raises(GenesysError, match=r"not seen after .* s: the deactivation of twins; apply the plan again"):
        run(organization, plan)


def test_a_twin_that_is_gone_is_given_up():
    organization, plan = with_twins("a", "b")
    true_state = organization.definitions

    def vanish(request, operation):
        if operation == DELETE and organization.definitions == true_state:
            organization.history.append((0.0, {key: one for key, one in true_state.items() if key != "b"}))
            raise GenesysNotFoundError(404, "not.found")

    organization.before = vanish
    assert run(organization, plan)["twins"] == 1
    assert_as_desired(organization)


@examples(200)
@given(st.data())
def test_appliers_that_see_any_part_of_the_twins_never_give_up_all(data):
    """Reads may come from replicas that show some writes and not yet others, in any order."""
    organization, plan = with_twins("a", "b", "c", "d")
    true_listing = organization.listing

    def listing(path_params, query, body):
        answer = true_listing(path_params, query, body)
        hidden = data.draw(st.sets(st.sampled_from("abcd"), max_size=3)) if len(organization.requests) < 60 else ()
        entities = [entity for entity in answer["entities"] if entity["id"] not in hidden]
        return {"total": len(entities), "entities": entities}

    organization.operations[GET] = listing
    for _ in range(2):
        with suppress(GenesysStalePlanError):  # if only those given up are seen, three times
            run(organization, plan)
        assert [one.name for one in organization.active].count("Away/New") >= 1
    organization.operations[GET] = true_listing
    run(organization, plan)
    assert_as_desired(organization)


# The cap

FULL = [definition(number, f"Old {number}") for number in range(25)]
FULL_WANTED = [desired(f"Old {number}") for number in range(25)] + [desired(f"New {number}") for number in range(5)]
FULL_NAMES = sorted(one.name for one in FULL) + [f"Break/New {number}" for number in range(5)]


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("lag", [0.0, 2.0])
@pytest.mark.parametrize("number", range(2, 8))
def test_killed_near_the_cap_it_converges(number, lag, seed):
    """What the killed one created, which reads do not show yet, takes the room of what is still to come."""
    organization = Organization(FULL, lag=lag, seed=seed)
    plan = plan_of(FULL_WANTED, organization)
    interrupt(organization, number, Killed(), acted=True)
    with pytest.raises(Killed):
        run(organization, plan)
    organization.after = lambda *_: None
    run(organization, plan)
    assert sorted(one.name for one in organization.active) == sorted(FULL_NAMES)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("lag", [0.0, 2.0])
@pytest.mark.parametrize("number", range(8))
def test_two_appliers_near_the_cap_converge(number, lag, seed):
    organization = Organization(FULL, lag=lag, seed=seed)
    plan = plan_of(FULL_WANTED, organization)
    another_runs_before(organization, plan, lambda request, operation: request == number)
    run(organization, plan)
    assert sorted(one.name for one in organization.active) == sorted(FULL_NAMES)


@pytest.mark.parametrize("lag", [0.0, 2.0, 15.0])
@pytest.mark.parametrize("kills", [2, 5])
def test_killed_more_than_once_near_the_cap_it_converges(kills, lag):
    """The twins take the room: they have to go before the rest can come."""
    organization = Organization(FULL, lag=lag)
    plan = plan_of(FULL_WANTED, organization)
    for number in range(kills):
        organization.write(Definition(f"killed{number}", "Break", {"en_US": "New 0"}))
    summary = run(organization, plan)
    assert (summary["creates"], summary["already"]) in {(4, 1), (5, 0)}
    assert sorted(one.name for one in organization.active) == sorted(FULL_NAMES)


def test_where_there_is_no_room_it_ends_with_what_the_api_said():
    organization = Organization(FULL)
    plan = plan_of(FULL_WANTED, organization)

    def fill(number, operation):
        if operation == POST:
            organization.before = lambda *_: None
            for extra in range(3):
                organization.write(definition(100 + extra, f"Somebody's {extra}"))

    organization.before = fill
    applier = Applier(organization.client(), plan)
    with pytest.raises(GenesysApiError, match="toomanyorganizationpresences"):
        applier.apply()
    assert applier.summary["creates"] == 2
    assert organization.now - 1000 < 60
