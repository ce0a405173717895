from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from presence_applying import DELETE, GET, POST, another_runs_before, assert_as_desired, interrupt, run, world, written
from presence_organization import Organization, definition, desired, plan_of

from airflow_provider_genesys.exceptions import GenesysError, GenesysNotFoundError, GenesysStalePlanError
from airflow_provider_genesys.presence.state import Definition
from tests.harness.examples import examples
from tests.harness.killed import Killed


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
