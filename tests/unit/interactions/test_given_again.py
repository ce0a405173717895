"""Rejects that are given again: with those of the first run, the events are the ones of a run that rejected nothing."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_genesys.interactions.account import FATES
from airflow_provider_genesys.interactions.conversion import Prepared, converted
from airflow_provider_genesys.interactions.state import State
from tests.harness.examples import examples
from tests.unit.interactions.contacts import FIRST, MAPPING, SECOND, contact
from tests.unit.interactions.exports import EXPORTS, Export, Gave
from tests.unit.interactions.interactions import DIRECTORY
from tests.unit.interactions.logs import log
from tests.unit.interactions.states import ANY_LINE, QUEUE_LOG
from tests.unit.interactions.states import run as tell
from tests.unit.interactions.world import add_up, run

LACKING = [(name, lacking) for name in EXPORTS for lacking in Export(name).names()]


def test_of_each_export_somebody_may_be_missing() -> None:
    assert {name for name, _ in LACKING} == {*EXPORTS}


def ids(*given: Gave) -> list[str]:
    return sorted(event["eventId"] for each in given for event in each.events)


@cache
def whole_of(name: str) -> Gave:
    """Return what an export gives in one run, of which nobody is missing."""
    return Export(name).convert()


@pytest.mark.parametrize(("name", "lacking"), LACKING)
def test_whoever_is_missing_in_the_directory_the_events_are_those_of_one_run(name: str, lacking: str) -> None:
    whole, first = whole_of(name), Export(name, lacking).convert()
    again = Export(name).convert(first.rejects, inputs=[])
    assert ids(first, again) == ids(whole)
    assert first.account["rejected"] == again.account["records"] > whole.account["rejected"]
    assert again.account["rejected"] == whole.account["rejected"]
    # Each has had one fate in the end.
    both = {fate: first.account[fate] + again.account[fate] for fate in FATES}
    both["rejected"] -= first.account["rejected"]
    assert sum(both.values()) == whole.account["records"]
    assert both["held_back"] == whole.account["held_back"]


@pytest.mark.parametrize(("name", "lacking"), LACKING)
def test_with_a_state_the_events_are_those_of_one_run_too(name: str, lacking: str, tmp_path: Path) -> None:
    whole = whole_of(name)
    first = with_state(Export(name, lacking), "first", tmp_path)
    rejects = first["rejects"]
    again = with_state(Export(name), "again", tmp_path, [("rejects.jsonl", Path(rejects).read_bytes())])
    told = [json.loads(line)["eventId"] for each in (first, again) for line in events_of(each)]
    assert sorted(told) == ids(whole)
    assert again["rejected"] == whole.account["rejected"]


def with_state(export: Export, key: str, folder: Path, inputs: Any = None) -> dict[str, Any]:
    """Convert with what the run before left, and leave it to the next."""
    state = State(folder / "state.db", export.directory.source_id, key=key)
    state.take()
    prepared = Prepared(inputs or export.inputs, export.mapping, export.directory, export.rules)
    with converted(folder / key, prepared, state=state, settle=None, argument="destination") as (account, told, _):
        assert told is not None
        state.move(told)
    add_up(account)
    return account


def events_of(account: dict[str, Any]) -> list[bytes]:
    files = [account.get(name) for name in ("events", "user_presences", "user_routing_statuses")]
    return [line for file in files if file for line in Path(file).read_bytes().splitlines()]


def test_a_restart_is_rejected_only_with_who_was_in_a_call_before_it() -> None:
    for lacking, count in (("Amber Fox", 1), ("Basil Wren", 0)):
        rejects = Export("asterisk_queue_log_states", lacking).convert().rejects
        restarts = [line for line in map(json.loads, rejects.splitlines()) if "QUEUESTART" in str(line["record"])]
        reason = f"it is about all agents, of whom agent {lacking!r} is rejected and needs it again"
        assert [(each["line"], each["reason"]) for each in restarts] == [(51, reason)] * count


@pytest.mark.parametrize("kind", ["CALLBACK", "CHAT"])
def test_what_goes_on_in_a_record_that_was_not_rejected_does_not_wait_for_it_again(kind: str) -> None:
    """In a call back, which is a conversation of its own, or in one that is skipped."""
    more = {"Channel": "CHAT"} if kind == "CHAT" else {"InitiationMethod": kind}
    other = contact("r", "20:00", "21:00", InitialContactId="a", **more)
    records = [FIRST, SECOND | {"NextContactId": "r"}, other]
    whole = run(MAPPING, records)
    first = run(MAPPING, records, directory=replace(DIRECTORY, users={}))
    assert (first.account.rejected, first.account.converted) == (2, kind == "CALLBACK")
    again = run(MAPPING, first.rejects_file)
    assert (again.account.converted, again.account.held_back) == (2, 0)
    assert sorted(map(json.dumps, first.events + again.events)) == sorted(map(json.dumps, whole.events))
    # What has never been there is waited for still, also when what waits is given again.
    alone = run(MAPPING, records[:2])
    assert run(MAPPING, "\n".join(map(json.dumps, alone.held_back))).account.held_back == alone.account.held_back == 2


def test_what_waits_for_none_still_does_not_when_it_is_rejected_once_more() -> None:
    telling = MAPPING.replace("record:\n", "record:\n  open: tell\n")
    nobody = replace(DIRECTORY, users={})
    other = contact("r", "20:00", "21:00", InitialContactId="a", InitiationMethod="CALLBACK")
    first = run(telling, [FIRST, SECOND | {"NextContactId": "r"}, other], directory=nobody)
    # Beside it is a record of its conversation that waits for one.
    waits = contact("w", "08:00", "09:00", InitialContactId="a", NextContactId="x")
    again = run(telling, first.rejects_file, [waits], directory=nobody)
    links = {each["record"]["ContactId"]: each.get("links_read", False) for each in again.rejects}
    assert links == {"a": True, "b": True, "w": False}
    assert run(MAPPING, again.rejects_file, [contact("x", "09:00", "09:30")]).account.held_back == 0


@examples(200)
@given(st.lists(ANY_LINE, max_size=12))
def test_of_any_log_with_restarts_an_agent_may_be_given_again(rows: list[str]) -> None:
    whole = tell(QUEUE_LOG, log(*rows))
    lacking = {name: id_ for name, id_ in DIRECTORY.users.items() if name != "Ann"}
    first = tell(QUEUE_LOG, log(*rows), directory=replace(DIRECTORY, users=lacking))
    hers = [each for each in first.rejects if "'Ann'" in each["reason"]]
    again = tell(QUEUE_LOG, "\n".join(map(json.dumps, hers)))
    for of_first, of_again, of_whole in zip(first[1:3], again[1:3], whole[1:3], strict=True):
        assert sorted(map(str, of_first + of_again)) == sorted(map(str, of_whole))
