"""The converter of the example: call records to conversation events."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from call_conversion import (
    COLUMNS,
    AmbiguousTimeError,
    BadRecordError,
    Directory,
    Report,
    TimeOrder,
    complaint,
    convert,
    parse_call,
    stable_id,
)
from hypothesis import given
from hypothesis import strategies as st

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "example_dags" / "data"
QUARTER = Path(__file__).parents[3] / "shared" / "data" / "calls-2021-q1.csv"
HEADER = ";".join(COLUMNS)

CALL = dict(
    zip(COLUMNS, ["ID1", "Ann", "01.01.2021", "0.38400462962963", "Sales", "Y", "Y", "109", "12:02:23 AM"], strict=True)
)
DIRECTORY = Directory(
    source_id=stable_id("source"),
    users={"Ann": stable_id("Ann")},
    queues={"Sales": stable_id("Sales")},
    wrap_up_codes={"resolved": stable_id("yes"), "unresolved": stable_id("no")},
)


def line(**changes: str) -> str:
    return ";".join((CALL | changes).values()) + "\r\n"


def run(*lines: str, directory: Directory = DIRECTORY, **options: Any) -> tuple[Report, list[Any], list[Any]]:
    """Convert lines below a header; returns the report, the events and the rejects."""
    events: list[str] = []
    rejects: list[str] = []
    report = convert(
        [HEADER + "\r\n", *lines], directory, write_event=events.append, write_reject=rejects.append, **options
    )
    return report, [json.loads(text) for text in events], [json.loads(text) for text in rejects]


def test_an_answered_call_has_three_communications_in_order() -> None:
    report, events, _ = run(line())

    start, answer, end = "2021-01-01T09:12:58.000Z", "2021-01-01T09:14:47.000Z", "2021-01-01T09:17:10.000Z"
    assert [(event["type"], event["eventDateTime"]) for event in events] == [
        ("externalEstablished", start),
        ("routingEstablished", start),
        ("userEstablished", answer),
        ("communicationAnswered", answer),
        ("communicationEnded", answer),
        ("communicationEnded", end),
        ("communicationEnded", end),
        ("communicationDispositionApplied", end),
    ]
    customer, queue, agent = (event["communicationId"] for event in events[:3])
    assert [event["communicationId"] for event in events[3:]] == [agent, queue, customer, agent, agent]
    assert len({event["conversationId"] for event in events}) == 1
    assert events[1]["queueId"] == DIRECTORY.queues["Sales"]
    assert events[2]["userId"] == DIRECTORY.users["Ann"]
    assert events[7]["code"] == DIRECTORY.wrap_up_codes["resolved"]
    assert report == Report(rows=1, converted=1, rejected=0, events=8)


def test_an_abandoned_call_ends_in_the_queue() -> None:
    abandoned = line(
        **{"Answered (Y/N)": "N", "Resolved": "N", "Speed of answer in seconds": "", "AvgTalkDuration": "", "Agent": ""}
    )
    _, events, _ = run(abandoned, abandoned_after=45)

    assert [event["type"] for event in events] == [
        "externalEstablished",
        "routingEstablished",
        "communicationEnded",
        "communicationEnded",
    ]
    assert {event["communicationId"] for event in events[2:]} == {event["communicationId"] for event in events[:2]}
    assert {event["eventDateTime"] for event in events[2:]} == {"2021-01-01T09:13:43.000Z"}


def test_an_unresolved_call_has_the_other_wrap_up_code() -> None:
    _, events, _ = run(line(Resolved="N"))
    assert events[-1]["code"] == DIRECTORY.wrap_up_codes["unresolved"]


def test_ids_are_the_same_each_time_unique_and_of_version_4() -> None:
    two_calls = (line(), line(**{"Call Id": "ID2"}))
    _, first, _ = run(*two_calls)
    _, second, _ = run(*two_calls)

    assert first == second
    assert len({event["eventId"] for event in first}) == len(first)
    assert len({event["conversationId"] for event in first}) == 2
    assert {
        UUID(event[key]).version for event in first for key in ("eventId", "conversationId", "communicationId")
    } == {4}


def test_ids_never_change() -> None:
    """Other ids would make a repeated run publish everything a second time."""
    assert stable_id("a", "b") == GOLDEN_ID
    assert stable_id("a", "b") != stable_id("ab")


GOLDEN_ID = "7968613d-fa7d-429d-b60b-e1b930db0547"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"Call Id": ""}, "Call Id is empty"),
        ({"Agent": "Zoe"}, "Agent 'Zoe' is not in the directory"),
        ({"Topic": "Golf"}, "Topic 'Golf' is not in the directory"),
        ({"Date": "31.02.2021"}, "Date must be"),
        ({"Date": "2021-01-01"}, "Date must be"),
        ({"Date": "01.01.0021"}, "Date must be"),
        ({"Date": "01.01.20211"}, "Date must be"),
        ({"Time": "09:12"}, "Time must be"),
        ({"Time": "1.0"}, "Time must be"),
        ({"Time": "-0.1"}, "Time must be"),
        ({"Time": "nan"}, "Time must be"),
        ({"Answered (Y/N)": "J"}, "Answered (Y/N) must be Y or N"),
        ({"Resolved": ""}, "Resolved must be Y or N"),
        ({"Speed of answer in seconds": "-4"}, "Speed of answer in seconds must be"),
        ({"Speed of answer in seconds": ""}, "Speed of answer in seconds must be"),
        ({"Speed of answer in seconds": "86400"}, "Speed of answer in seconds must be"),
        ({"AvgTalkDuration": "-12:02:23 AM"}, "AvgTalkDuration must be"),
        ({"AvgTalkDuration": "13:02:23 AM"}, "AvgTalkDuration must be"),
        ({"AvgTalkDuration": "00:02:23"}, "AvgTalkDuration must be"),
        ({"Agent": "J\ufffdrg"}, "the line is not UTF-8"),
    ],
)
def test_a_bad_value_costs_its_own_line_and_says_why(changes: dict[str, str], reason: str) -> None:
    report, events, rejects = run(line(**{"Call Id": "before"}), line(**changes), line(**{"Call Id": "after"}))

    assert [(reject["line"], reject["record"]) for reject in rejects] == [(3, line(**changes).rstrip())]
    assert rejects[0]["reason"].startswith(reason)
    assert report == Report(rows=3, converted=2, rejected=1, events=len(events))
    assert len(events) == 16


@pytest.mark.parametrize(
    "bad", ["ID9;Ann;01.01.2021\r\n", line().replace("Ann", '"Ann'), line().strip() + ";more;\r\n"]
)
def test_a_line_with_other_columns_costs_itself_only(bad: str) -> None:
    report, _, rejects = run(bad, "\r\n", line())
    assert (report.converted, report.rejected) == (1, 1)
    assert rejects == [{"line": 2, "reason": "the columns are not those of the header", "record": bad.rstrip("\r\n")}]


def test_a_file_without_the_columns_is_refused() -> None:
    with pytest.raises(ValueError, match="not found: Agent, Resolved"):
        convert(
            [HEADER.replace("Agent", "Name").replace("Resolved", "Done")],
            DIRECTORY,
            write_event=print,
            write_reject=print,
        )


def test_an_empty_file_is_refused_and_a_header_alone_is_no_call() -> None:
    with pytest.raises(ValueError, match="must name the columns"):
        convert([], DIRECTORY, write_event=print, write_reject=print)
    assert run()[0] == Report()


def test_a_byte_order_mark_and_other_columns_do_not_matter() -> None:
    events: list[str] = []
    lines = ["\ufeffExtra;" + HEADER + "\n", "x;" + line()]
    report = convert(lines, DIRECTORY, write_event=events.append, write_reject=print)
    assert (report.converted, len(events)) == (1, 8)


@pytest.mark.parametrize(
    ("clock", "seconds"),
    [("12:00:00 AM", 0), ("12:02:23 AM", 143), ("1:00:05 AM", 3605), ("12:00:00 PM", 43_200), ("11:59:59 PM", 86_399)],
)
def test_durations_shown_as_clock_times(clock: str, seconds: int) -> None:
    assert parse_call(CALL | {"AvgTalkDuration": clock}, ZoneInfo("UTC")).talked == seconds


@given(second=st.integers(0, 86_399), digits=st.integers(8, 17))
def test_a_day_fraction_gives_back_the_second_it_was_made_from(second: int, digits: int) -> None:
    call = parse_call(CALL | {"Time": f"{second / 86_400:.{digits}f}"}, ZoneInfo("UTC"))
    assert (call.start - datetime(2021, 1, 1, tzinfo=UTC)).total_seconds() == second


def test_times_are_those_of_the_zone() -> None:
    _, events, _ = run(line(Date="01.07.2021", Time="0.5"), time_zone="Europe/Berlin")
    assert events[0]["eventDateTime"] == "2021-07-01T10:00:00.000Z"


def test_a_time_that_the_clocks_skipped_is_no_time() -> None:
    with pytest.raises(BadRecordError, match="2021-03-28 02:30:00 does not exist in Europe/Berlin"):
        parse_call(CALL | {"Date": "28.03.2021", "Time": str(2.5 / 24)}, ZoneInfo("Europe/Berlin"))


BERLIN = ZoneInfo("Europe/Berlin")
NEW_YORK = ZoneInfo("America/New_York")
LORD_HOWE = ZoneInfo("Australia/Lord_Howe")  # puts its clocks back by half an hour


@pytest.mark.parametrize(
    ("zone", "date", "local", "first", "second"),
    [
        (BERLIN, "25.10.2026", "02:00:00", "00:00:00", "01:00:00"),
        (BERLIN, "25.10.2026", "02:59:59", "00:59:59", "01:59:59"),
        (BERLIN, "25.10.2026", "01:59:59", "23:59:59", "23:59:59"),
        (BERLIN, "25.10.2026", "03:00:00", "02:00:00", "02:00:00"),
        (NEW_YORK, "01.11.2026", "01:30:00", "05:30:00", "06:30:00"),
        (LORD_HOWE, "05.04.2026", "01:30:00", "14:30:00", "15:00:00"),
        (LORD_HOWE, "05.04.2026", "01:29:59", "14:29:59", "14:29:59"),
        (ZoneInfo("UTC"), "25.10.2026", "02:30:00", "02:30:00", "02:30:00"),
    ],
)
def test_a_time_that_comes_twice_is_refused_unless_told_which(
    zone: ZoneInfo, date: str, local: str, first: str, second: str
) -> None:
    hours, minutes, seconds = map(int, local.split(":"))
    record = CALL | {"Date": date, "Time": repr((hours * 3600 + minutes * 60 + seconds) / 86_400)}
    for fold, moment in ((0, first), (1, second)):
        call = parse_call(record, zone, fold)
        assert (call.start.strftime("%H:%M:%S"), call.ambiguous) == (moment, first != second)
    if first == second:
        assert parse_call(record, zone).start.strftime("%H:%M:%S") == first
    else:
        with pytest.raises(AmbiguousTimeError, match=f"{local} comes twice in {zone.key}"):
            parse_call(record, zone)


@pytest.mark.parametrize("fold", [None, 0, 1])
def test_a_fold_makes_no_time_of_one_that_was_skipped(fold: int | None) -> None:
    with pytest.raises(BadRecordError, match="does not exist in Europe/Berlin"):
        parse_call(CALL | {"Date": "28.03.2021", "Time": str(2.5 / 24)}, BERLIN, fold)


def test_times_that_come_twice_are_counted_whatever_becomes_of_them() -> None:
    lines = (
        line(Date="25.10.2026", Time=repr(2.5 / 24)),
        line(Date="25.10.2026", Time=repr(2.75 / 24), Agent="Zoe"),
        line(Date="25.10.2026", Time=repr(4 / 24)),
    )
    report, events, rejects = run(*lines, time_zone="Europe/Berlin")
    assert (report.rows, report.rejected, report.ambiguous) == (3, 2, 2)
    assert rejects[0]["reason"].startswith("2026-10-25 02:30:00 comes twice in Europe/Berlin")
    assert events[0]["eventDateTime"] == "2026-10-25T03:00:00.000Z"
    report, events, rejects = run(*lines, time_zone="Europe/Berlin", fold=1)
    assert (report.rows, report.rejected, report.ambiguous) == (3, 1, 2)
    assert rejects[0]["reason"] == "Agent 'Zoe' is not in the directory"
    assert events[0]["eventDateTime"] == "2026-10-25T01:30:00.000Z"


@pytest.mark.parametrize("fold", [2, -1, "0", "second"])
def test_another_fold_is_refused(fold: Any) -> None:
    with pytest.raises(ValueError, match="fold must be"):
        run(line(), fold=fold)


@pytest.mark.parametrize(
    ("rows", "rejected", "allowed", "complains"),
    [
        (100, 5, 5, False),
        (100, 6, 5, True),
        (50, 50, 5, True),
        (50, 50, 100, True),
        (1, 1, 100, True),
        (50, 49, 100, False),
        (0, 0, 0, False),
    ],
)
def test_too_many_lines_that_are_no_calls(rows: int, rejected: int, allowed: float, complains: bool) -> None:
    said = complaint({"rows": rows, "rejected": rejected, "rejects": "rejects.jsonl"}, allowed)
    assert said == (f"{rejected} of {rows} lines are no calls: see rejects.jsonl" if complains else None)


@given(st.lists(st.tuples(st.integers(0, 300), st.integers(0, 300), st.sampled_from("YN")), max_size=30))
def test_the_file_is_in_time_order_and_each_conversation_in_its_own(calls: list[tuple[int, int, str]]) -> None:
    lines = [
        line(
            **{
                "Call Id": f"ID{number}",
                "Time": repr(start / 86_400),
                "Speed of answer in seconds": str(waited),
                "Answered (Y/N)": answered,
            }
        )
        for number, (start, waited, answered) in enumerate(calls)
    ]
    _, events, rejects = run(*lines)
    assert rejects == []
    assert len(events) == sum(8 if answered == "Y" else 4 for *_, answered in calls)
    times = [event["eventDateTime"] for event in events]
    assert times == sorted(times)
    for number, text in enumerate(lines):
        alone = run(text)[1]
        conversation = stable_id(DIRECTORY.source_id, f"ID{number}")
        assert [event for event in events if event["conversationId"] == conversation] == alone


def test_events_of_one_time_keep_their_order() -> None:
    at = datetime(2021, 1, 1, tzinfo=UTC)
    with TimeOrder() as in_order:
        in_order.add((at, {"number": number}) for number in range(1000))
        assert [json.loads(text)["number"] for text in in_order] == list(range(1000))


@pytest.mark.parametrize("text", ["source_id: x", "{users: {}, queues: {}, wrap_up_codes: {}, source_id: x, more: 1}"])
def test_a_directory_with_other_parts_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "directory.yaml").write_text(text)
    with pytest.raises(ValueError, match="needs source_id, users, queues and wrap_up_codes"):
        Directory.load(str(tmp_path / "directory.yaml"))


def test_a_directory_without_the_wrap_up_codes_is_refused() -> None:
    with pytest.raises(ValueError, match="resolved and for unresolved"):
        Directory.load({"source_id": "x", "users": {}, "queues": {}, "wrap_up_codes": {"resolved": "y"}})


def test_a_directory_may_be_json(tmp_path: Path) -> None:
    parts = {"source_id": "x", "users": {"Ann": "y"}, "queues": {}, "wrap_up_codes": {"resolved": "", "unresolved": ""}}
    (tmp_path / "directory.json").write_text(json.dumps(parts))
    assert Directory.load(str(tmp_path / "directory.json")) == Directory.load(parts)


def test_agents_and_queues_may_have_numbers_and_words_for_names(tmp_path: Path) -> None:
    (tmp_path / "directory.yaml").write_text(
        "source_id: s\nusers:\n  1001: a\n  0042: b\n  No: c\nqueues:\n  on: q\n"
        "wrap_up_codes: {resolved: y, unresolved: n}\n"
    )
    directory = Directory.load(str(tmp_path / "directory.yaml"))
    assert (directory.users, directory.queues) == ({"1001": "a", "0042": "b", "No": "c"}, {"on": "q"})
    report, events, _ = run(*(line(Agent=name, Topic="on") for name in directory.users), directory=directory)
    assert (report.converted, report.rejected) == (3, 0)
    assert [event["userId"] for event in events if event["type"] == "userEstablished"] == ["a", "b", "c"]


def convert_file(records: Path, directory: Directory) -> tuple[Report, list[Any], list[Any]]:
    with records.open(encoding="utf-8", errors="replace") as lines:
        events: list[str] = []
        rejects: list[str] = []
        report = convert(lines, directory, write_event=events.append, write_reject=rejects.append)
    return report, [json.loads(text) for text in events], [json.loads(text) for text in rejects]


def test_the_sample_has_300_calls_five_bad_lines_and_one_twice() -> None:
    report, events, rejects = convert_file(SAMPLE / "calls.csv", Directory.load(str(SAMPLE / "directory.yaml")))

    assert (report.rows, report.rejected) == (301, 5)
    assert sorted(reject["reason"].split(" must")[0] for reject in rejects) == [
        "Agent 'Temp 4' is not in the directory",
        "AvgTalkDuration",
        "Date",
        "Speed of answer in seconds",
        "the columns are not those of the header",
    ]
    again = [count for count in Counter(event["eventId"] for event in events).values() if count > 1]
    assert again == [2] * 8


@pytest.mark.skipif(not QUARTER.exists(), reason="the quarter of real calls is not shipped with the project")
def test_a_quarter_of_real_calls() -> None:
    names = {"Becky", "Dan", "Diane", "Greg", "Jim", "Joe", "Martha", "Stewart"}
    topics = {"Admin Support", "Contract related", "Payment related", "Streaming", "Technical Support"}
    directory = Directory(
        source_id=stable_id("source"),
        users={name: stable_id(name) for name in names},
        queues={topic: stable_id(topic) for topic in topics},
        wrap_up_codes=DIRECTORY.wrap_up_codes,
    )
    report, events, rejects = convert_file(QUARTER, directory)

    assert rejects == []
    assert report == Report(rows=5000, converted=5000, rejected=0, events=4054 * 8 + 946 * 4)
    assert len({event["eventId"] for event in events}) == report.events
    times = [event["eventDateTime"] for event in events]
    assert times == sorted(times)
    # Counted in the file: 3,646 of the answered calls were resolved.
    codes = Counter(event["code"] for event in events if event["type"] == "communicationDispositionApplied")
    assert codes[DIRECTORY.wrap_up_codes["resolved"]] == 3646


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads the peak of memory from Linux")
def test_memory_stays_flat() -> None:
    """8,000 calls make 64,000 events and 25 MB of JSON; held in memory, they would take 23 MB."""
    script = r"""
import pathlib, re, sys
from call_conversion import COLUMNS, Directory, convert
def peak():  # not ru_maxrss, which a process inherits from the one that started it
    return int(re.search(r"VmHWM:\s+(\d+)", pathlib.Path("/proc/self/status").read_text())[1]) // 1024
def lines(count):
    yield ";".join(COLUMNS)
    for number in range(count):
        yield f"ID{number};Ann;01.01.2021;{number % 86400 / 86400};Sales;Y;Y;109;12:02:23 AM"
directory = Directory("s", {"Ann": "a"}, {"Sales": "q"}, {"resolved": "r", "unresolved": "u"})
nothing = lambda text: None
convert(lines(100), directory, write_event=nothing, write_reject=nothing)
before = peak()
report = convert(lines(8_000), directory, write_event=nothing, write_reject=nothing)
print(report.events, peak() - before)
"""
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT / "example_dags",
        capture_output=True,
        text=True,
        timeout=100,
        check=True,
    )
    events, growth = (int(number) for number in done.stdout.split())
    assert events == 64_000
    assert growth < 12
