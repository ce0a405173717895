"""What a run leaves the next one of agents: each goes on from where it stood, also where records come late."""

from __future__ import annotations

import json
import random
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_genesys.exceptions import GenesysConfigError
from airflow_provider_genesys.interactions.converting_states import FILES, convert_states_to
from airflow_provider_genesys.interactions.memory import Memory
from airflow_provider_genesys.interactions.state import State
from airflow_provider_genesys.interactions.state_memory import StateMemory
from airflow_provider_genesys.tasks.presence_rules import presence_rules
from tests.harness.examples import examples
from tests.unit.interactions.interactions import DIRECTORY
from tests.unit.interactions.logs import log
from tests.unit.interactions.states import QUEUE_LOG, SIMPLE, run, says
from tests.unit.interactions.world import add_up, begun_at, mapping_of

NOW = datetime(2026, 11, 16, 8, 1, tzinfo=UTC)


class Runs:
    """Runs over one state."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(
        self,
        key: str,
        *inputs: str | list[Any],
        mapping: str = SIMPLE,
        rules: Any = None,
        settle: timedelta | None = None,
        now: datetime = NOW,
    ) -> dict[str, Any]:
        """Convert, and return the account."""
        with begun_at(now):
            state = State(self.folder / "state.db", DIRECTORY.source_id, key=key)
            state.take()
            contents = [each.encode() if isinstance(each, str) else each for each in inputs]
            understood = mapping_of(mapping)
            its = presence_rules(understood, rules)
            assert its is not None
            with state.begin(StateMemory) as memory:
                account = convert_states_to(
                    self.folder / key,
                    [(f"f{number}", each) for number, each in enumerate(contents, 1)],
                    understood,
                    DIRECTORY,
                    its,
                    memory=memory,
                    settled_by=None if settle is None else memory.now - settle,
                )
                state.move(memory.file)
        add_up(account)
        assert len(self.events(key)) == account["events_written"]
        assert [len(self.lines(key, file)) for file in FILES[2:]] == [
            account[name] for name in ("rejected", "held_back", "contradicted")
        ]
        return account

    def lines(self, key: str, file: str) -> list[Any]:
        return [json.loads(line) for line in (self.folder / key / file).read_text().splitlines()]

    def events(self, key: str) -> list[Any]:
        return [event for file in FILES[:2] for event in self.lines(key, file)]

    def said(self, key: str) -> list[str]:
        return [told(event) for event in sorted(self.events(key), key=lambda event: str(event["eventDateTime"]))]

    def files(self, key: str) -> list[bytes]:
        return [(self.folder / key / name).read_bytes() for name in FILES]


def told(event: dict[str, Any]) -> str:
    words = ("presence", "presenceDefinitionId", "status")
    return f"{event['eventDateTime'][17:19]} {next(event[word] for word in words if word in event)}"


@pytest.fixture
def runs(tmp_path: Path) -> Runs:
    return Runs(tmp_path)


def counts(account: dict[str, Any]) -> list[int]:
    names = ("records", "converted", "skipped", "superseded", "held_back", "corrected_late", "contradicted")
    return [account[name] for name in names]


def test_an_agent_goes_on_from_where_the_run_before_left_it(runs: Runs) -> None:
    assert counts(runs("one", [says(1, "Free"), says(2, "Talks")])) == [2, 2, 0, 0, 0, 0, 0]
    assert runs.said("one") == ["01 OnQueue", "01 Idle", "02 Interacting"]
    assert counts(runs("two", [says(3, "Talks", "again"), says(4, "Free"), says(5, "Out")])) == [3, 2, 1, 0, 0, 0, 0]
    assert runs.said("two")[0] == "04 Idle"
    assert [each[:2] for each in runs.said("two")] == ["04", "05", "05"]


def test_what_was_read_before_is_superseded_and_what_is_new_beside_it_told(runs: Runs) -> None:
    records = [says(1, "Free"), says(2, "Talks"), says(3, "Free"), says(3, "Free", who="Ben")]
    runs("one", records[:2])
    account = runs("two", [{**each, "Duration": 7} for each in records])
    assert counts(account) == [4, 2, 0, 2, 0, 0, 0]
    assert runs.said("two") == ["03 OnQueue", "03 Idle", "03 Idle"]
    assert counts(runs("three", records)) == [4, 0, 0, 4, 0, 0, 0]


def test_younger_than_settle_waits_and_comes_by_itself(runs: Runs) -> None:
    settle = timedelta(seconds=30)
    first = runs("one", [says(20, "Free"), says(40, "Talks")], settle=settle)
    assert counts(first) == [2, 1, 0, 0, 1, 0, 0]
    assert runs.lines("one", "held-back.jsonl")[0]["reason"] == "it is younger than settle, and may still change"
    later = NOW + timedelta(minutes=1)
    assert counts(runs("two", [says(35, "Away", "Lunch")], settle=settle, now=later)) == [2, 2, 0, 0, 0, 0, 0]
    assert runs.said("two") == ["35 Meal/Canteen", "35 OffQueue", "40 On Queue", "40 Interacting"]


def test_what_comes_late_is_told_with_what_follows_from_it(runs: Runs) -> None:
    runs("one", [says(1, "Free"), says(5, "Free", "still"), says(9, "Away", "Lunch")])
    account = runs("two", [says(3, "Talks")])
    assert counts(account) == [1, 1, 0, 0, 0, 1, 0]
    # That the agent was free again at 5 said nothing new, and does now; what was told of 9 holds.
    assert runs.said("two") == ["03 Interacting", "05 Idle"]
    # The checkpoints of the first run do not know of the call.
    runs("three", [says(7, "Out")])
    assert counts(runs("four", [says(4, "Talks", "on")])) == [1, 0, 1, 0, 0, 0, 0]
    assert counts(runs("five", [says(10, "Away", "Lunch")])) == [1, 0, 1, 0, 0, 0, 0]


def test_an_event_that_is_wrong_now_is_named_and_not_told_again(runs: Runs) -> None:
    keep = SIMPLE.replace("highest:", "keep: {Away: [Talks]}, highest:")
    runs("one", [says(1, "Free"), says(5, "Talks")], mapping=keep)
    account = runs("two", [says(3, "Away", "Lunch")], mapping=keep)
    assert counts(account) == [1, 1, 0, 0, 0, 1, 1]
    assert runs.said("two") == ["03 Meal/Canteen", "03 OffQueue"]
    (correction,) = runs.lines("two", "corrections.jsonl")
    assert (correction["line"], correction["reason"]) == (1, "it was told with other content")
    assert told(correction["event"]) == "05 OffQueue"


def test_an_event_that_says_what_is_so_anyway_is_no_contradiction(runs: Runs) -> None:
    runs("one", [says(1, "Free"), says(9, "Away", "Lunch")])
    assert counts(runs("two", [says(5, "Away", "Lunch")])) == [1, 1, 0, 0, 0, 1, 0]


def test_another_state_of_a_moment_that_was_told_does_not_undo_it(runs: Runs) -> None:
    plain = SIMPLE.replace(", highest: [Talks, Free, Away, Out]", "")
    runs("one", [says(1, "Free"), says(2, "Talks")], mapping=plain)
    account = runs("two", [says(2, "Out"), says(3, "Talks", "on")], mapping=plain)
    assert (account["rejected"], account["skipped"], account["events_written"]) == (1, 1, 0)
    # With an order it is the last of the moment, which was told otherwise.
    ordered = Runs(runs.folder / "ordered")
    ordered("one", [says(1, "Free"), says(2, "Talks")])
    account = ordered("two", [says(2, "Out"), says(3, "Talks")])
    assert (account["rejected"], account["converted"], account["contradicted"]) == (0, 2, 1)
    # Interacting is what was told last, though it was wrong.
    assert ordered.said("two") == ["02 8d2f3b4c-5e6f-4a71-9b8c-0d1e2f3a4b03", "03 On Queue"]


def test_what_was_told_wrongly_is_put_right_at_the_next_moment_and_named_once(runs: Runs) -> None:
    runs("one", [says(1, "Free"), says(2, "Talks")])
    wrong = next(each for each in runs.events("one") if each.get("status") == "Interacting")
    assert counts(runs("two", [says(2, "Out")])) == [1, 1, 0, 0, 0, 1, 1]
    (correction,) = runs.lines("two", "corrections.jsonl")
    assert correction["event"] == {**wrong, "status": "OffQueue"}
    # The agent has been out all the time, and is shown as talking.
    assert counts(runs("three", [says(4, "Out")])) == [1, 1, 0, 0, 0, 0, 0]
    assert runs.said("three") == ["04 OffQueue"]
    # All is told anew from here, and the same is wrong.
    assert counts(runs("four", [says(0, "Away", "Lunch")])) == [1, 1, 0, 0, 0, 1, 0]
    assert [each[:2] for each in runs.said("four")] == ["00", "00"]
    assert counts(runs("five", [says(5, "Out")])) == [1, 0, 1, 0, 0, 0, 0]


def test_what_was_rejected_can_be_given_again_to_a_later_run(runs: Runs) -> None:
    first = runs("one", [says(1, "Free"), says(2, "Away", "Golf"), says(3, "Talks")])
    assert (first["rejected"], first["converted"]) == (1, 2)
    golf = [{"state": "Away", "reason": "Golf", "presence": "Break", "routing_status": "OffQueue"}]
    again = runs("two", (runs.folder / "one" / "rejects.jsonl").read_text(), rules=golf)
    assert counts(again) == [1, 1, 0, 0, 0, 1, 0]
    # On queue again, as was told of the third second otherwise only by the routing status.
    assert runs.said("two") == ["02 Break", "02 OffQueue", "03 On Queue"]


def test_a_run_that_comes_again_gives_the_same_files_also_after_others(runs: Runs) -> None:
    settle = timedelta(seconds=50)
    first = [says(1, "Free"), says(2, "Talks"), says(30, "Out")]
    runs("one", first, settle=settle)
    before = runs.files("one")
    later = NOW + timedelta(minutes=5)
    runs("two", [says(0, "Away", "Lunch"), says(40, "Free")], settle=settle, now=later)
    two = runs.files("two")
    runs("one", first, settle=settle, now=later + timedelta(minutes=5))
    assert runs.files("one") == before
    runs("two", [says(0, "Away", "Lunch"), says(40, "Free")], settle=settle, now=later + timedelta(minutes=9))
    assert runs.files("two") == two


def test_a_restart_ends_what_agents_of_an_earlier_run_did(runs: Runs) -> None:
    runs("one", log("1|Sales|Ann|ADDMEMBER|", "2|Sales|Ann|CONNECT|1"), mapping=QUEUE_LOG)
    restart = log("4|Sales|NONE|QUEUESTART|")
    account = runs("two", restart, mapping=QUEUE_LOG)
    assert (account["converted"], runs.said("two")) == (1, ["04 Idle"])
    assert counts(runs("three", restart, mapping=QUEUE_LOG))[:4] == [1, 0, 0, 1]
    # A call that was noted late, before the restart, is over with it.
    late = runs("four", log("3|Billing|Ann|CONNECT|1"), mapping=QUEUE_LOG)
    assert (late["skipped"], late["events_written"]) == (1, 0)


def test_after_a_month_agents_are_forgotten(runs: Runs) -> None:
    runs("one", [says(1, "Free")])
    runs("two", [says(1, "Free", who="Ben")], now=NOW + timedelta(days=31))
    account = runs("three", [says(1, "Free"), says(2, "Free")], now=NOW + timedelta(days=31))
    assert (account["converted"], account["skipped"]) == (1, 1)


def test_a_state_is_about_agents_or_about_interactions(runs: Runs) -> None:
    runs("one", [says(1, "Free")])
    state = State(runs.folder / "state.db", DIRECTORY.source_id, key="calls")
    with (
        pytest.raises(GenesysConfigError, match="is about states of agents, not interactions; give these another"),
        state.begin(Memory),
    ):
        pass


_rows = st.lists(
    st.builds(
        says,
        st.integers(0, 30),
        st.sampled_from(["Talks", "Free", "Away", "Out"]),
        st.sampled_from(["Lunch", "Coffee"]),
        st.sampled_from(["Ann", "Ben"]),
    ),
    max_size=12,
    unique_by=lambda row: (row["Who"], row["At"]),
)


@examples(150)
@given(_rows, st.integers(1, 5), st.randoms(use_true_random=False), st.booleans())
def test_in_whatever_parts_and_order_all_is_told_once(
    rows: list[Any], parts: int, order: random.Random, in_order: bool
) -> None:
    whole = run(SIMPLE, rows)
    wanted = {event["eventId"]: event for event in (*whole.presences, *whole.statuses)}
    with tempfile.TemporaryDirectory() as folder:
        runs = Runs(Path(folder))
        given_rows = sorted(rows, key=lambda row: str(row["At"])) if in_order else order.sample(rows, len(rows))
        events, wrong, late = [], [], 0
        for part in range(parts):
            some = given_rows[part * len(rows) // parts : (part + 1) * len(rows) // parts]
            account = runs(str(part), some)
            events += runs.events(str(part))
            wrong += [each["event"] for each in runs.lines(str(part), "corrections.jsonl")]
            late += account["corrected_late"]
    ids = [event["eventId"] for event in events]
    assert len({*ids}) == len(ids)
    named = {event["eventId"] for event in wrong}
    assert wanted.keys() <= {*ids} | named
    if in_order:
        assert wanted.keys() == {*ids}
        assert not wrong
        assert not late


def test_a_late_call_of_another_queue_is_told_as_soon_as_it_can_be(runs: Runs) -> None:
    begin = "0|Sales|Ann|ADDMEMBER|"
    runs("one", log(begin, "10|Sales|Ann|CONNECT|1", "16|Sales|Ann|COMPLETEAGENT|1"), mapping=QUEUE_LOG)
    assert runs.said("one")[-1][3:] == "Idle"
    late = runs("two", log("12|Billing|Ann|CONNECT|1", call="c.2"), mapping=QUEUE_LOG)
    assert counts(late) == [1, 1, 0, 0, 0, 1, 1]
    # The agent has been talking since, and is shown as idle.
    assert counts(runs("three", log("30|Sales|Ann|CONNECT|1", call="c.3"), mapping=QUEUE_LOG)) == [1, 1, 0, 0, 0, 0, 0]
    assert [each[3:] for each in runs.said("three")] == ["Interacting"]
