"""What a run leaves the next one: what was told is not told again, and what is held back comes by itself."""

from __future__ import annotations

import json
import os
import random
import signal
import sqlite3
import tempfile
import time
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_genesys.exceptions import GenesysConfigError, GenesysLedgerError
from airflow_provider_genesys.interactions.converting import convert_to
from airflow_provider_genesys.interactions.directory import Directory
from airflow_provider_genesys.interactions.ids import stable_id
from airflow_provider_genesys.interactions.memory import Memory
from airflow_provider_genesys.interactions.reading import read_rows
from airflow_provider_genesys.interactions.scratch import scratch
from airflow_provider_genesys.interactions.state import State
from tests.harness.examples import examples
from tests.unit.interactions.interactions import DIRECTORY
from tests.unit.interactions.shipped import BERLIN, Everybody, sample
from tests.unit.interactions.test_segments import FIRST, MAPPING, SECOND, contact, in_queue, with_agent
from tests.unit.interactions.world import CSV, JSON, LINE, OBJECT, add_up, begun_at, mapping_of, rows

NOW = datetime(2026, 11, 17, 8, tzinfo=UTC)
FILES = ("events.jsonl", "rejects.jsonl", "held-back.jsonl", "corrections.jsonl")


class Runs:
    """Runs over one state.

    :param folder: where the state and what each run writes are.
    """

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch | None = None) -> None:
        self.folder = folder
        self._patch = monkeypatch
        self.told: list[str] = []

    def __call__(
        self,
        key: str,
        *inputs: str | list[Any],
        mapping: str = MAPPING,
        settle: timedelta | None = None,
        now: datetime = NOW,
        directory: Directory = DIRECTORY,
        save: bool = True,
    ) -> dict[str, Any]:
        """Convert, and return the account."""
        with begun_at(now):
            state = State(self.folder / "state.db", directory.source_id, key=key)
            state.take()
            contents = [each.encode() if isinstance(each, str) else each for each in inputs]
            named = [(f"f{number}", each) for number, each in enumerate(contents, 1)]
            with state.begin(Memory) as memory:
                account = convert_to(
                    self.folder / key,
                    named,
                    mapping_of(mapping),
                    directory,
                    memory=memory,
                    settled_by=None if settle is None else memory.now - settle,
                )
                if save:
                    state.move(memory.file)
        add_up(account)
        assert len(self.events(key)) == account["events_written"]
        assert len(self.lines(key, 2)) == account["held_back"]
        assert len(self.lines(key, 3)) == account["contradicted"]
        return account

    def lines(self, key: str, file: int) -> list[Any]:
        return [json.loads(line) for line in (self.folder / key / FILES[file]).read_text().splitlines()]

    def events(self, key: str) -> list[Any]:
        return self.lines(key, 0)

    def files(self, key: str) -> list[bytes]:
        return [(self.folder / key / name).read_bytes() for name in FILES]


@pytest.fixture
def runs(tmp_path: Path) -> Runs:
    return Runs(tmp_path)


def counts(account: dict[str, Any]) -> list[int]:
    names = ("records", "converted", "superseded", "held_back", "corrected_late", "contradicted", "events_written")
    return [account[name] for name in names]


def newer(record: dict[str, Any], **more: Any) -> dict[str, Any]:
    return record | {"LastUpdateTimestamp": "2026-11-17T09:00:00Z"} | more


def test_what_waits_for_none_still_does_not_when_it_was_held_back(runs: Runs) -> None:
    other = contact("r", "20:00", "21:00", InitialContactId="a", InitiationMethod="CALLBACK")
    goes_on = SECOND | {"NextContactId": "r"}
    runs("one", [FIRST, goes_on, other], directory=replace(DIRECTORY, users={}), save=False)
    rejects = "\n".join(map(json.dumps, runs.lines("one", 1)))
    assert counts(runs("two", rejects, settle=timedelta(days=9)))[:4] == [2, 0, 0, 2]
    assert counts(runs("three"))[:4] == [2, 2, 0, 0]


def test_what_was_told_is_not_told_again(runs: Runs) -> None:
    alone = contact("c", "30:00", "31:00", **in_queue("Billing", "30:05", "31:00"))
    assert counts(runs("one", [FIRST, SECOND])) == [2, 2, 0, 0, 0, 0, 12]
    assert counts(runs("two", [FIRST, alone, SECOND])) == [3, 1, 2, 0, 0, 0, 4]
    assert counts(runs("three", [alone])) == [1, 0, 1, 0, 0, 0, 0]


def test_a_run_that_comes_again_gives_the_same_files_also_after_others(runs: Runs) -> None:
    young = contact("y", "30:00", "31:00", LastUpdateTimestamp="2026-11-17T07:30:00Z")
    inputs = {"one": [FIRST, SECOND, young], "two": [newer(FIRST, Attributes={"disposition": "Billing"})], "three": []}
    hour = timedelta(hours=1)
    for number, (key, records) in enumerate(inputs.items()):
        runs(key, records, settle=hour, now=NOW + number * hour)
    before = {key: runs.files(key) for key in inputs}
    assert counts(runs("two", inputs["two"], settle=hour, now=NOW + timedelta(days=2)))[:4] == [2, 1, 0, 1]
    for key, records in [*inputs.items(), *reversed(inputs.items())]:
        runs(key, records, settle=hour, now=NOW + timedelta(days=2))
        assert runs.files(key) == before[key], key
    # And what comes next finds all of it done, and nothing held back that was told.
    last = runs("four", [FIRST, SECOND, young], settle=hour, now=NOW + timedelta(days=3))
    assert counts(last)[1:3] == [0, 3]
    assert runs("five", [], now=NOW + timedelta(days=3))["records"] == 0


def test_a_run_that_did_not_save_is_as_if_it_had_not_been(runs: Runs) -> None:
    runs("one", [FIRST], save=False)
    assert counts(runs("two", [FIRST, SECOND]))[:2] == [2, 2]


def test_what_has_not_ended_comes_with_the_next_run_by_itself(runs: Runs) -> None:
    assert runs("one", [FIRST])["held_back"] == 1
    assert counts(runs("two", [])) == [1, 0, 0, 1, 0, 0, 0]
    assert counts(runs("three", [SECOND])) == [2, 2, 0, 0, 0, 0, 12]
    assert runs("four", [])["records"] == 0
    assert [each["sourceConfiguration"]["interactionId"] for each in runs.events("three")[:1]] == ["a"]


def test_the_file_and_line_of_what_is_held_back_are_kept(runs: Runs) -> None:
    runs("one", "\n\n" + json.dumps(FIRST))
    runs("two", [])
    (held,) = runs.lines("two", 2)
    assert (held["file"], held["line"], held["reason"]) == ("f1", 3, "it goes on in record 'b', which was not read")


def test_younger_than_settle_waits_and_the_newer_version_is_told(runs: Runs) -> None:
    first = contact("c", "30:00", "31:00", LastUpdateTimestamp="2026-11-17T07:00:00Z")
    later = first | {"LastUpdateTimestamp": "2026-11-17T07:10:00Z", "DisconnectReason": "OTHER"}
    hours = timedelta(hours=2)
    assert counts(runs("one", [first], settle=hours)) == [1, 0, 0, 1, 0, 0, 0]
    assert runs.lines("one", 2)[0]["reason"] == "it is younger than settle, and may still change"
    assert counts(runs("two", [later], settle=hours, now=NOW + timedelta(hours=1))) == [2, 0, 1, 1, 0, 0, 0]
    assert counts(runs("three", [], settle=hours, now=NOW + timedelta(hours=2))) == [1, 1, 0, 0, 0, 0, 2]
    assert runs.events("three")[1]["disconnectType"] == "System"


@pytest.mark.parametrize("shape", ["record", "segments"])
def test_without_a_version_that_is_a_time_the_last_time_in_it_counts(runs: Runs, shape: str) -> None:
    mapping = JSON.replace("record: {", f"record: {{shape: {shape}, ")
    ended = datetime(2026, 11, 16, 8, 1, tzinfo=UTC)
    minutes = timedelta(minutes=10)
    for version in (None, "7", "2026-11-16 08:00:00"):
        record = OBJECT | {"Id": f"{version}", "Updated": version}
        early = runs(f"early {version}", [record], mapping=mapping, settle=minutes, now=ended + minutes * 0.9)
        assert early["held_back"] == 1
        late = runs(f"late {version}", [record], mapping=mapping, settle=minutes, now=ended + minutes * 1.1)
        assert (late["converted"], late["superseded"]) == (1, 1)


def test_a_young_part_of_a_conversation_holds_all_of_it_back(runs: Runs) -> None:
    account = runs("one", [FIRST, newer(SECOND, LastUpdateTimestamp="2026-11-17T07:59:00Z")], settle=timedelta(hours=1))
    assert counts(account) == [2, 0, 0, 2, 0, 0, 0]
    assert counts(runs("two", [], settle=timedelta(hours=1), now=NOW + timedelta(hours=1)))[:2] == [2, 2]


def test_a_correction_sends_what_is_new_and_names_what_cannot_be_sent(runs: Runs) -> None:
    without = SECOND | {"Attributes": None, "Agent": SECOND["Agent"] | {"AfterContactWorkEndTimestamp": None}}
    runs("one", [FIRST, without])
    # The disposition is new; that after-call work was needed was told otherwise.
    assert counts(runs("two", [newer(SECOND)])) == [1, 1, 0, 0, 1, 1, 1]
    assert [each["type"] for each in runs.events("two")] == ["communicationDispositionApplied"]
    (correction,) = runs.lines("two", 3)
    assert (correction["file"], correction["line"]) == ("f1", 1)
    assert correction["reason"] == "it was told with other content"
    assert correction["event"]["type"] == "userEstablished"
    # Another disposition is told under an id of its own; of none there is nothing that could be sent.
    other = newer(SECOND, LastUpdateTimestamp="2026-11-18T09:00:00Z", Attributes={"disposition": "Billing"})
    # What stays wrong was put down before.
    assert counts(runs("three", [other])) == [1, 1, 0, 0, 1, 0, 1]
    gone = newer(without, LastUpdateTimestamp="2026-11-19T09:00:00Z")
    assert counts(runs("four", [gone]))[4:] == [1, 1, 0]
    assert [each["reason"] for each in runs.lines("four", 3)] == ["it was told, and is no more"]


def of_day(day: int, disposition: str) -> dict[str, Any]:
    return SECOND | {"LastUpdateTimestamp": f"2026-11-{day}T09:00:00Z", "Attributes": {"disposition": disposition}}


def test_another_disposition_is_told_under_an_id_with_the_version_in_it_and_once(runs: Runs) -> None:
    runs("one", [FIRST, of_day(17, "resolved")])
    first = [each for each in runs.events("one") if each["type"] == "communicationDispositionApplied"][-1]
    codes, ids = [first["code"]], [first["eventId"]]
    for number, code in enumerate(("Billing", "resolved", "Billing"), 18):
        correction = of_day(number, code)
        assert counts(runs(str(number), [correction])) == [1, 1, 0, 0, 1, 0, 1]
        (event,) = runs.events(str(number))
        assert event | {"code": "", "eventId": ""} == first | {"code": "", "eventId": ""}
        assert event["eventId"] == stable_id(first["eventId"], correction["LastUpdateTimestamp"])
        codes.append(event["code"])
        ids.append(event["eventId"])
        # A newer version that says the same of it is no correction.
        again = correction | {"LastUpdateTimestamp": f"2026-11-{number}T10:00:00Z"}
        assert counts(runs(f"{number} again", [again])) == [1, 0, 1, 0, 0, 0, 0]
    assert codes == [DIRECTORY.wrap_up_codes[code] for code in ("resolved", "Billing", "resolved", "Billing")]
    assert len({*ids}) == len(ids)
    before = runs.files("18")
    runs("18", [of_day(18, "Billing")])
    assert runs.files("18") == before


def test_the_correction_in_the_sample_of_amazon_connect(runs: Runs) -> None:
    """Golden: the day's records, then the disposition that was set the day after, which is all that is sent of it."""
    _, content = sample("connect_contact_records.jsonl")
    records = [json.loads(line) for line in content.splitlines()]
    day = [each for each in records if each["LastUpdateTimestamp"] != "2026-11-17T10:02:03Z"]
    assert len(day) == len(records) - 1
    directory = Directory(source_id="s", users=Everybody(), queues=Everybody(), wrap_up_codes=Everybody())
    runs("day", day, mapping="extends: amazon_connect", directory=directory)
    account = runs("after", records, mapping="extends: amazon_connect", directory=directory)
    assert (account["converted"], account["corrected_late"], account["contradicted"]) == (1, 1, 0)
    (event,) = runs.events("after")
    (before,) = [
        each
        for each in runs.events("day")
        if each["type"] == "communicationDispositionApplied" and each["communicationId"] == event["communicationId"]
    ]
    assert event == {
        "type": "communicationDispositionApplied",
        "eventId": "0f47c5a7-2e43-4cc3-8f07-b83e886f1f54",
        "eventDateTime": "2026-11-16T08:05:05.000Z",
        "conversationId": before["conversationId"],
        "communicationId": before["communicationId"],
        "code": stable_id("complaint"),
    }
    assert before == event | {"eventId": before["eventId"], "code": stable_id("resolved")}


def test_a_newer_version_that_says_the_same_is_no_correction(runs: Runs) -> None:
    runs("one", [FIRST, SECOND])
    assert counts(runs("two", [newer(FIRST, SomethingNew=[2])])) == [1, 0, 1, 0, 0, 0, 0]


def test_an_older_version_than_what_was_told_is_superseded(runs: Runs) -> None:
    runs("one", [newer(FIRST), newer(SECOND)])
    changed = FIRST | {"DisconnectReason": "OTHER", "Attributes": {"disposition": "Billing"}}
    assert counts(runs("two", [changed])) == [1, 0, 1, 0, 0, 0, 0]


def test_a_part_that_comes_late_is_told_with_what_was_told_before(runs: Runs) -> None:
    first = FIRST | {"NextContactId": None}
    runs("one", [first])
    account = runs("two", [SECOND])
    assert (account["converted"], account["corrected_late"]) == (1, 1)
    said = {(each["type"], each.get("userId")) for each in runs.events("two")}
    assert ("userEstablished", DIRECTORY.users["Ben"]) in said
    assert ("externalEstablished", None) not in said
    ids = Counter(each["eventId"] for key in ("one", "two") for each in runs.events(key))
    assert max(ids.values()) == 1


def test_what_was_skipped_by_an_earlier_run_is_not_waited_for(runs: Runs) -> None:
    survey = contact("s", "09:00", "09:30", InitialContactId="a", InitiationMethod="DISCONNECT")
    before = FIRST | {"NextContactId": "s", "LastUpdateTimestamp": "2026-11-17T07:59:00Z"}
    runs("one", [before, survey], settle=timedelta(hours=1))
    assert counts(runs("two", [], settle=timedelta(hours=1), now=NOW + timedelta(hours=2)))[:2] == [1, 1]


@pytest.mark.parametrize("versions", [("1", "2"), ("9", "10")])
def test_records_that_are_whole_interactions(runs: Runs, versions: tuple[str, str]) -> None:
    old, new = (LINE.replace("c1;1", f"c1;{version}") for version in versions)
    assert counts(runs("one", rows(old, LINE.replace("c1", "c2")), mapping=CSV)) == [2, 2, 0, 0, 0, 0, 16]
    assert counts(runs("two", rows(old), mapping=CSV)) == [1, 0, 1, 0, 0, 0, 0]
    corrected = rows(new.replace("Ann;Y", "Ann;N"), old)
    assert counts(runs("three", corrected, mapping=CSV)) == [2, 1, 1, 0, 1, 0, 1]
    assert [each["type"] for each in runs.events("three")] == ["communicationDispositionApplied"]
    assert counts(runs("four", rows(old), mapping=CSV)) == [1, 0, 1, 0, 0, 0, 0]


WITHOUT_VERSION = CSV.replace("  version: Version\n", "")
OF_PARTS = WITHOUT_VERSION.replace("interaction:", "record: {shape: segments}\ninteraction:").replace(
    "  id: Id\n", "  id: Id\n  conversation: Id\n"
)


@pytest.mark.parametrize("mapping", [WITHOUT_VERSION, OF_PARTS], ids=["record", "segments"])
def test_a_correction_without_a_version_is_put_down_once(runs: Runs, mapping: str) -> None:
    other = LINE.replace("Ann;Y", "Ann;N")
    runs("one", rows(LINE), mapping=mapping)
    # Another disposition has no version that could be in its id, so it is never told.
    assert counts(runs("two", rows(other), mapping=mapping)) == [1, 1, 0, 0, 1, 1, 0]
    assert counts(runs("three", rows(other), mapping=mapping)) == [1, 0, 1, 0, 0, 0, 0]
    # What was told first is right for what was told; what is new to say of it is put down, and once too.
    assert counts(runs("four", rows(LINE), mapping=mapping)) == [1, 0, 1, 0, 0, 0, 0]
    third = other.replace("0:01:30", "0:02:30")
    assert counts(runs("five", rows(third), mapping=mapping))[1:6] == [1, 0, 0, 1, 3]
    for key in ("six", "seven"):
        assert counts(runs(key, rows(third), mapping=mapping)) == [1, 0, 1, 0, 0, 0, 0]
    # An end that is no more is put down with the rest, and not again.
    gone = LINE.replace(";Ann;", ";;")
    assert runs("eight", rows(gone), mapping=mapping)["contradicted"] > 0
    assert counts(runs("nine", rows(gone), mapping=mapping)) == [1, 0, 1, 0, 0, 0, 0]
    # A run that comes again puts down what it put down.
    before = runs.files("two")
    assert counts(runs("two", rows(other), mapping=mapping))[4:6] == [1, 1]
    assert runs.files("two") == before


def test_what_is_new_in_a_correction_without_a_version_is_told_with_all_that_is_wrong(runs: Runs) -> None:
    without = LINE.replace("Ann;Y", ";")
    runs("one", rows(without.replace(";C;", ";A;")), mapping=WITHOUT_VERSION)
    assert counts(runs("two", rows(without), mapping=WITHOUT_VERSION))[4:] == [1, 1, 0]
    account = runs("three", rows(LINE), mapping=WITHOUT_VERSION)
    assert (account["converted"], account["contradicted"], account["events_written"] > 0) == (1, 2, True)
    assert counts(runs("four", rows(LINE), mapping=WITHOUT_VERSION)) == [1, 0, 1, 0, 0, 0, 0]


def test_what_is_put_down_is_not_put_down_again_when_there_is_more_to_tell(runs: Runs) -> None:
    mapping = JSON.replace("record: {", "record: {open: tell, ").replace("  version: Updated\n", "")
    queue = OBJECT["Queue"] | {"Out": None}
    goes_on = OBJECT | {"End": None, "Queue": queue}
    runs("one", [goes_on], mapping=mapping)
    renamed = goes_on | {"Queue": queue | {"Name": "Billing"}}
    assert counts(runs("two", [renamed], mapping=mapping)) == [1, 1, 0, 0, 1, 1, 0]
    assert counts(runs("three", [renamed], mapping=mapping)) == [1, 0, 1, 0, 0, 0, 0]
    ended = OBJECT | {"Queue": OBJECT["Queue"] | {"Name": "Billing"}}
    account = runs("four", [ended], mapping=mapping)
    assert (account["converted"], account["contradicted"], account["events_written"]) == (1, 0, 2)
    assert counts(runs("five", [ended], mapping=mapping)) == [1, 0, 1, 0, 0, 0, 0]


def test_of_two_corrections_in_one_run_only_the_one_that_counts_is_put_down(runs: Runs) -> None:
    other, third = LINE.replace(";C;", ";A;"), LINE.replace(";C;", ";X;")
    runs("one", rows(LINE), mapping=WITHOUT_VERSION)
    assert counts(runs("two", rows(other, third), mapping=WITHOUT_VERSION))[:5] == [2, 1, 1, 0, 1]
    assert counts(runs("three", rows(other), mapping=WITHOUT_VERSION))[:5] == [1, 1, 0, 0, 1]
    assert counts(runs("four", rows(third), mapping=WITHOUT_VERSION)) == [1, 0, 1, 0, 0, 0, 0]


def test_what_was_put_down_is_forgotten_with_its_conversation(runs: Runs) -> None:
    day, other = timedelta(days=1), rows(LINE.replace("Ann;Y", "Ann;N"))
    runs("one", rows(LINE), mapping=WITHOUT_VERSION)
    runs("two", other, mapping=WITHOUT_VERSION)
    runs("three", [], mapping=JSON, now=NOW + 20 * day)
    assert counts(runs("four", other, mapping=WITHOUT_VERSION, now=NOW + 29 * day))[4:] == [0, 0, 0]
    runs("five", [], mapping=JSON, now=NOW + 60 * day)
    with sqlite3.connect(runs.folder / "state.db") as database:
        assert database.execute("SELECT count(*) FROM corrected").fetchone() == (0,)


def test_of_two_versions_in_one_run_the_newer_is_remembered(runs: Runs) -> None:
    old, newest = LINE.replace("Ann;Y", "Ann;N"), LINE.replace("c1;1", "c1;2")
    runs("one", rows(old, newest), mapping=CSV)
    assert counts(runs("two", rows(newest), mapping=CSV)) == [1, 0, 1, 0, 0, 0, 0]
    assert counts(runs("three", rows(newest.replace("c1;2", "c1;3")), mapping=CSV)) == [1, 0, 1, 0, 0, 0, 0]


def test_a_conversation_that_an_earlier_run_told_is_not_told_by_another_record(runs: Runs) -> None:
    runs("one", [OBJECT], mapping=JSON)
    account = runs("two", [OBJECT | {"Id": "c2", "First": "c1"}], mapping=JSON)
    assert account["rejected"] == 1
    reason = "its conversation 'c1' is told by record 'c1', and is not told twice"
    assert runs.lines("two", 1)[0]["reason"] == reason


def test_what_is_told_while_it_goes_on_is_continued_and_not_corrected(runs: Runs) -> None:
    mapping = JSON.replace("record: {", "record: {open: tell, ")
    goes_on = OBJECT | {"End": None, "Queue": OBJECT["Queue"] | {"Out": None}, "Updated": "1"}
    assert counts(runs("one", [goes_on], mapping=mapping)) == [1, 1, 0, 0, 0, 0, 2]
    assert counts(runs("two", [OBJECT | {"Updated": "2"}], mapping=mapping)) == [1, 1, 0, 0, 0, 0, 2]
    assert counts(runs("three", [OBJECT | {"Updated": "3"}], mapping=mapping))[2:] == [1, 0, 0, 0, 0]


def test_a_rejected_record_is_not_remembered(runs: Runs) -> None:
    bad = LINE.replace("Sales", "Golf")
    assert runs("one", rows(bad), mapping=CSV)["rejected"] == 1
    again = (runs.folder / "one" / "rejects.jsonl").read_text().replace("Golf", "Sales")
    assert counts(runs("two", again, mapping=CSV)) == [1, 1, 0, 0, 0, 0, 8]


def test_after_a_month_it_is_forgotten(runs: Runs) -> None:
    open_ = contact("o", "00:00", None)
    runs("one", [FIRST, SECOND, open_])
    size = (runs.folder / "state.db").stat().st_size
    day = timedelta(days=1)
    runs("two", [newer(FIRST, Attributes={"disposition": "Billing"})], now=NOW + 20 * day)
    assert counts(runs("three", [FIRST, SECOND], now=NOW + 31 * day)) == [3, 0, 2, 1, 0, 0, 0]
    # The second run told of the conversation, which is remembered whole; of what is open nothing is left.
    assert counts(runs("four", [SECOND], now=NOW + 32 * day)) == [1, 0, 1, 0, 0, 0, 0]
    runs("five", [], now=NOW + 62 * day)
    assert counts(runs("six", [FIRST, SECOND], now=NOW + 62 * day)) == [2, 2, 0, 0, 0, 0, 12]
    assert (runs.folder / "state.db").stat().st_size <= size


def test_forgetting_what_is_held_back_is_said(runs: Runs, caplog: pytest.LogCaptureFixture) -> None:
    runs("one", [FIRST])
    runs("two", [], now=NOW + timedelta(days=31))
    assert "1 records are held back for 30 days, and are forgotten now" in caplog.text
    assert runs("three", [], now=NOW + timedelta(days=31))["records"] == 0


def test_a_state_of_another_source_is_refused(runs: Runs) -> None:
    runs("one", [FIRST, SECOND])
    other = Directory(source_id="another", users=DIRECTORY.users, queues=DIRECTORY.queues)
    with pytest.raises(GenesysConfigError, match=r"state_path: .* is about the source .*, not another"):
        runs("two", [FIRST], directory=other)


def test_a_state_by_which_only_the_same_run_told_goes_with_its_source(
    runs: Runs, caplog: pytest.LogCaptureFixture
) -> None:
    other = Directory(source_id="another", users=DIRECTORY.users, queues=DIRECTORY.queues)
    alone = contact("c", "30:00", "31:00", **in_queue("Billing", "30:05", "31:00"))
    runs("zero", [FIRST], directory=other)
    runs("one", [alone], directory=other)
    # What is held back is of no source, and what the run itself told is replaced.
    told = {each["eventId"] for each in runs.events("one")}
    goes = "The state was about the source another"
    assert counts(runs("one", [alone, SECOND], save=False))[:2] == [3, 3]
    assert goes not in caplog.text  # as long as the state is what it was
    assert counts(runs("one", [alone, SECOND]))[:2] == [3, 3]
    assert caplog.text.count(goes) == 1
    assert not told & {each["eventId"] for each in runs.events("one")}
    assert counts(runs("two", [alone, FIRST, SECOND]))[1:3] == [0, 3]
    with pytest.raises(GenesysConfigError, match="give another state_path"):
        runs("zero", [FIRST], directory=other)


@pytest.mark.parametrize("content", [b"", b"no database", b"SQLite format 3\x00" + bytes(100)])
def test_a_state_that_cannot_be_read_is_no_fresh_start(runs: Runs, content: bytes) -> None:
    (runs.folder / "state.db").write_bytes(content)
    with pytest.raises(GenesysLedgerError, match="What was told is not known any more"):
        runs("one", [FIRST])
    assert (runs.folder / "state.db").read_bytes() == content


def test_a_state_of_another_version_is_refused(runs: Runs) -> None:
    runs("one", [])
    with sqlite3.connect(runs.folder / "state.db") as database:
        database.execute("PRAGMA user_version = 7")
    with pytest.raises(GenesysLedgerError, match=r"format 7 is not this version's \(4\)"):
        runs("two", [])


def test_who_lost_the_state_writes_nothing(runs: Runs) -> None:
    runs("one", [FIRST])
    before = (runs.folder / "state.db").read_bytes()
    state = State(runs.folder / "state.db", DIRECTORY.source_id, key="two")
    state.take()
    with state.begin(Memory) as memory:
        State(runs.folder / "state.db", DIRECTORY.source_id, key="three").take()
        memory.finish(superseded=(), skipped=(), held_back=())
        with pytest.raises(GenesysLedgerError, match="another run of this task has taken over"):
            state.move(memory.file)
    assert (runs.folder / "state.db").read_bytes() == before
    assert not [each for each in runs.folder.iterdir() if each.name.startswith(".genesys")]


CHAIN = [
    contact("p", "00:00", "03:00", NextContactId="q", **with_agent("Ann", "00:30", "03:00", "03:10")),
    contact(
        "q",
        "03:00",
        "06:00",
        InitialContactId="p",
        PreviousContactId="p",
        NextContactId="r",
        InitiationMethod="TRANSFER",
        **with_agent("Ben", "03:05", "06:00", "06:10"),
    ),
    contact(
        "r",
        "06:00",
        "09:00",
        InitialContactId="p",
        PreviousContactId="q",
        InitiationMethod="TRANSFER",
        **with_agent("Ann", "06:05", "09:00", "09:10"),
    ),
    contact("z", "30:00", "31:00", **in_queue("Billing", "30:05", "31:00")),
]


@examples(30)
@given(data=st.data())
def test_whatever_the_order_and_however_often_each_event_is_told_once(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    runs = Runs(tmp_path_factory.mktemp("runs"))
    whole = {each["eventId"]: each for each in _all_at_once(tmp_path_factory)}
    deliveries = data.draw(st.permutations([*CHAIN, *data.draw(st.lists(st.sampled_from(CHAIN), max_size=4))]))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(deliveries)), max_size=4)))
    settle = timedelta(hours=data.draw(st.sampled_from([0, 2])))
    parts = [deliveries[a:b] for a, b in zip([0, *cuts], [*cuts, len(deliveries)], strict=True)]
    told: list[Any] = []
    for number, part in enumerate(parts):
        now = datetime(2026, 11, 16, 10, tzinfo=UTC) + timedelta(hours=number)
        runs(f"{number}", part, settle=settle, now=now)
        if data.draw(st.booleans()):
            before = runs.files(f"{number}")
            runs(f"{number}", part, settle=settle, now=now + timedelta(hours=5))
            assert runs.files(f"{number}") == before
        told += runs.events(f"{number}")
    runs("last", [], settle=settle, now=NOW + timedelta(days=1))
    told += runs.events("last")
    assert Counter(each["eventId"] for each in told) == dict.fromkeys(whole, 1)
    assert {each["eventId"]: each for each in told} == whole


def _all_at_once(tmp_path_factory: pytest.TempPathFactory) -> list[Any]:
    runs = Runs(tmp_path_factory.mktemp("whole"))
    runs("whole", CHAIN)
    return runs.events("whole")


FOLLOWING = """\
times: {format: iso}
record: {shape: segments}
interaction:
  {id: Id, previous: From, direction: inbound, started: Begin, ended: End, ended_by: customer}
legs:
  - {kind: agent, party: Agent, started: Begin, answered: Begin}
"""


def followed(id_: str, previous: str | None, minute: int, agent: str) -> dict[str, Any]:
    begin, end = (f"2026-11-16T08:{each:02}:00Z" for each in (minute, minute + 5))
    return {"Id": id_, "From": previous, "Begin": begin, "End": end, "Agent": agent}


FOLLOWED = [followed("p", None, 0, "Ann"), followed("q", "p", 5, "Ben"), followed("r", "q", 10, "Ann")]


@pytest.mark.parametrize("order", ["pqr", "prq", "qpr", "rqp", "rpq", "qrp"])
def test_records_that_name_only_the_one_before_find_their_conversation_in_earlier_runs(runs: Runs, order: str) -> None:
    for id_ in order:
        runs(id_, [each for each in FOLLOWED if each["Id"] == id_], mapping=FOLLOWING)
    told = [each for id_ in order for each in runs.events(id_)]
    assert len({each["conversationId"] for each in told}) == 1
    ids = Counter(each["eventId"] for each in told)
    assert max(ids.values()) == 1
    whole = Runs(runs.folder / "whole")
    whole.folder.mkdir()
    whole("whole", FOLLOWED, mapping=FOLLOWING)
    assert ids.keys() == {each["eventId"] for each in whole.events("whole")}


SHIPPED = {
    "amazon_connect": ["connect_contact_records.jsonl"],
    "asterisk_cdr": ["asterisk_cdr_master.csv"],
    "cisco_uccx": ["uccx_contact_call_detail.csv", "uccx_agent_connection_detail.csv"],
    "nice_cxone": ["cxone_detail_comprehensive_with_hold.csv"],
    "vonage_interactions": ["vonage_interactions.json"],
}


@pytest.mark.parametrize("name", SHIPPED)
@pytest.mark.parametrize("seed", range(6))
def test_in_whatever_parts_and_order_the_records_of_a_platform_come_each_event_is_told_once(
    runs: Runs, name: str, seed: int
) -> None:
    zone = "" if name == "amazon_connect" else BERLIN
    mapping, chance = f"extends: {name}{zone}", random.Random(f"{name}{seed}")
    understood = mapping_of(mapping)
    files = [sample(file) for file in SHIPPED[name]]
    records = [row.record for file in files for row in read_rows(*file, understood, []) if row.record is not None]
    directory = Directory(source_id="s", users=Everybody(), queues=Everybody(), wrap_up_codes=Everybody())
    (runs.folder / "whole").mkdir()
    whole = Runs(runs.folder / "whole")
    whole("whole", records, mapping=mapping, directory=directory)
    if seed % 2:
        chance.shuffle(records)
    cuts = sorted(chance.randrange(len(records)) for _ in range(4))
    told: list[Any] = []
    for number, (begin, end) in enumerate(pairwise([0, *cuts, len(records)])):
        runs(f"{number}", records[begin:end], mapping=mapping, directory=directory)
        told += runs.events(f"{number}")
    ids = Counter(each["eventId"] for each in whole.events("whole"))
    more = [each["type"] for each in told if each["eventId"] not in ids]
    # One contact of the sample is corrected: if that comes after it was told, there is a disposition more.
    assert more in ([], ["communicationDispositionApplied"] if name == "amazon_connect" else [])
    assert Counter(each["eventId"] for each in told if each["eventId"] in ids) == ids


def test_copies_that_a_killed_process_left_are_removed(
    runs: Runs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    old, new, others = (tmp_path / "temporary" / name for name in ("genesys-state-1", "genesys-state-2", "else"))
    for folder in (old, new, others):
        folder.mkdir(parents=True)
        (folder / "state.db").touch()
    long_ago = time.time() - 2 * 86_400
    for path in (old, others, new, old / "state.db", others / "state.db"):
        os.utime(path, (long_ago, long_ago))
    runs("one", [FIRST])
    assert sorted(each.name for each in (tmp_path / "temporary").iterdir()) == ["else", "genesys-state-2"]


def test_a_folder_in_use_stays_when_the_clock_jumps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It may jump by a day; also a machine may sleep for one, and another process look then."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    now = time.time()
    with scratch() as used:
        (used / "told.db").write_bytes(b"told")
        monkeypatch.setattr(time, "time", lambda: now + 100_000)
        with scratch() as other:
            assert (used / "told.db").read_bytes() == b"told"
    assert not used.exists()
    assert not other.exists()


def test_a_folder_of_a_killed_process_goes_with_its_lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    process = os.fork()
    if process == 0:
        with scratch():
            os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(process, 0)
    (left,) = tmp_path.iterdir()
    now = time.time()
    with scratch():
        assert left.exists()
    monkeypatch.setattr(time, "time", lambda: now + 100_000)
    with scratch():
        assert not left.exists()
