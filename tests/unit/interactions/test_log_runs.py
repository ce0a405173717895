"""Happenings from run to run: a call may begin in one file and end in the next, and lines come again."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from airflow_provider_genesys.exceptions import GenesysConfigError
from tests.unit.interactions.logs import BEGIN, CALL, QUEUE_LOG, log
from tests.unit.interactions.runs import NOW, Runs
from tests.unit.interactions.states import SIMPLE, says
from tests.unit.interactions.world import run

OTHER = log("50|Sales|NONE|ENTERQUEUE||+15550101|1", "70|Sales|NONE|ABANDON|1|1|20", call="c.2")


def test_a_call_goes_on_in_the_next_file_by_itself(tmp_path: Path) -> None:
    runs = Runs(tmp_path)
    first = runs("1", log(*CALL[:3]), mapping=QUEUE_LOG)
    assert (first["held_back"], first["events_written"]) == (3, 0)
    second = runs("2", log(*CALL[3:]), OTHER, mapping=QUEUE_LOG)
    assert (second["records"], second["converted"], second["held_back"]) == (7, 7, 0)
    assert runs.events("2") == run(QUEUE_LOG, log(*CALL), OTHER).events
    again = runs("3", log(*CALL), OTHER, mapping=QUEUE_LOG)
    assert (again["superseded"], again["events_written"]) == (7, 0)


def test_what_comes_late_is_told_with_what_was_told(tmp_path: Path) -> None:
    runs = Runs(tmp_path)
    runs("1", log(*CALL[:2], *CALL[3:]), mapping=QUEUE_LOG)
    late = runs("2", log(CALL[2]), mapping=QUEUE_LOG)
    assert (late["converted"], late["corrected_late"], late["contradicted"]) == (1, 1, 0)
    whole = run(QUEUE_LOG, log(*CALL)).events
    assert [event for event in whole if event not in runs.events("1")] == runs.events("2")


def test_a_call_that_is_told_while_it_goes_on(tmp_path: Path) -> None:
    runs, mapping = Runs(tmp_path), QUEUE_LOG.replace("shape: log", "shape: log\n  open: tell")
    ends = range(2, len(CALL) + 1)  # the caller's number comes with the second line
    for end in ends:
        assert runs(str(end), log(*CALL[:end]), mapping=mapping)["contradicted"] == 0
    told = [event for end in ends for event in runs.events(str(end))]
    assert told == run(QUEUE_LOG, log(*CALL)).events


def test_lines_settle(tmp_path: Path) -> None:
    runs, hour = Runs(tmp_path), timedelta(hours=1)
    soon = datetime.fromtimestamp(BEGIN, NOW.tzinfo) + timedelta(minutes=30)
    assert runs("1", log(*CALL), mapping=QUEUE_LOG, settle=hour, now=soon)["held_back"] == len(CALL)
    assert runs("2", OTHER, mapping=QUEUE_LOG, settle=hour, now=NOW)["converted"] == len(CALL) + 2


def test_states_of_agents_are_not_for_who_converts_interactions(tmp_path: Path) -> None:
    with pytest.raises(GenesysConfigError, match=r"m\.yaml is about states of agents"):
        Runs(tmp_path)("1", [says(0, "Free")], mapping=SIMPLE)
