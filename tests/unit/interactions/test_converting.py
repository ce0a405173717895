"""Records in, events out, and every record accounted for."""

from __future__ import annotations

import codecs
import json
import os
import random
import threading
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import ObjectStoragePath
from upath import UPath

from airflow_provider_genesys.exceptions import GenesysConfigError, GenesysSourceError
from airflow_provider_genesys.interactions import json_rows, reading
from airflow_provider_genesys.interactions.directory import Directory
from airflow_provider_genesys.interactions.ids import stable_id
from tests.unit.interactions.interactions import DIRECTORY
from tests.unit.interactions.world import CSV, HEADER, JSON, LINE, OBJECT, mapping_of, rows, run, zipped


def test_a_record_becomes_its_events_in_utc() -> None:
    account, events, *_ = run(CSV, rows(LINE))
    assert account.as_dict() == {
        "records": 1,
        "converted": 1,
        "skipped": 0,
        "superseded": 0,
        "held_back": 0,
        "rejected": 0,
        "corrected_late": 0,
        "contradicted": 0,
        "events_written": 8,
        "conversations": 1,
    }
    assert events[0]["eventDateTime"] == "2026-11-16T08:00:00.000Z"
    assert events[0]["ani"] == "+15550100"
    assert events[-1]["code"] == DIRECTORY.wrap_up_codes["resolved"]
    assert [event["disconnectType"] for event in events if "disconnectType" in event] == [
        "TransferUser",
        "Self",
        "Peer",
    ]


def test_pages_of_records_are_read_whatever_they_are_long() -> None:
    mapping = f"reads: {{records: items}}\n{JSON}"
    records = [OBJECT | {"Id": f"c{n}", "Note": "x" * 1600} for n in range(600)]
    alone = run(mapping, records)
    page = {"meta": {"page": 1}, "items": records, "upTo": "2026-11-16T18:00:00Z"}
    assert len(json.dumps(page)) > reading.MAX_RECORD
    for text in (json.dumps(page), json.dumps(page, indent=1), "\n".join(json.dumps(each) for each in records)):
        assert run(mapping, text).events == alone.events
    two = run(mapping, json.dumps(page | {"items": records[:2]}) * 2)
    assert (two.account.records, two.account.superseded, two.account.converted) == (4, 2, 2)


def test_what_is_wrong_in_a_page_costs_one_record() -> None:
    mapping = f"reads: {{records: items}}\n{JSON}"
    page = {"items": [OBJECT, 5, OBJECT | {"Id": "c2", "x": "\ud800"}, OBJECT | {"Id": "c3"}]}
    account, _, rejects, *_ = run(mapping, "\n" + json.dumps(page) + '{"items": []}')
    assert (account.converted, account.rejected) == (2, 2)
    assert [(each["line"], each["reason"]) for each in rejects] == [(2, "is no object"), (2, "holds half a character")]
    over_lines = run(mapping, "\n" + json.dumps(page, indent=1))
    first = json.dumps(page, indent=1).splitlines().index("  5,") + 2
    assert [each["line"] for each in over_lines.rejects] == [first, first + 1]
    assert run(mapping, json.dumps({"items": "none"} | OBJECT)).account.converted == 1


def test_each_record_of_a_page_has_its_own_line() -> None:
    golf = {"Queue": {"Name": "Golf", "In": OBJECT["Begin"], "Out": OBJECT["End"]}}
    records = [OBJECT | golf | {"Id": f"c{number}"} for number in range(4)]
    page = json.dumps({"items": records[:2], "meta": {"items": [1], "a}": "]"}, "next": None}, indent=2)
    other = '{"meta": [{"x": [1]}], "items":\n[\n' + ",\n".join(map(json.dumps, records[2:])) + "\n]}"
    text = f"{page}\n{other}\n[{page}]\n"
    lines = text.splitlines()
    expected = [number for number, line in enumerate(lines, 1) if line.endswith("    {") or '{"Id": "c' in line]
    rejects = run(f"reads: {{records: items}}\n{JSON}", text).rejects
    by_line = {each["line"]: each["record"]["Id"] for each in rejects}
    # Those of the first page are superseded by the same in the last.
    assert by_line == dict(zip(expected[2:], ["c2", "c3", "c0", "c1"], strict=True))


def test_lists_in_lists_are_read_and_a_key_that_stands_twice_is_rejected() -> None:
    twice = json.dumps(OBJECT)[:-1] + ', "Id": "c9"}'
    done = run(JSON, f"[[[{twice}]],[{json.dumps(OBJECT)}]]")
    assert (done.account.converted, [each["reason"] for each in done.rejects]) == (1, ["has the key 'Id' twice"])


def test_no_list_of_a_page_that_has_it_twice_is_lost() -> None:
    page = f'{{"items": [{json.dumps(OBJECT)}], "items": [{json.dumps(OBJECT | {"Id": "c2"})}]}}'
    assert run(f"reads: {{records: items}}\n{JSON}", page).account.converted == 2


def test_an_object_with_a_key_twice_is_rejected_and_the_next_is_not() -> None:
    text = json.dumps(OBJECT)
    nested = text.replace('"Name": "Sales"', '"Name": "Sales", "Name": "Billing"')
    account, _, rejects, *_ = run(JSON, f'{text[:-1]}, "Id": "c9"}}\n{nested}{json.dumps(OBJECT | {"Id": "c3"})}')
    assert (account.converted, account.rejected) == (1, 2)
    assert [(each["line"], each["reason"]) for each in rejects] == [
        (1, "has the key 'Id' twice"),
        (2, "has the key 'Name' twice"),
    ]
    page = f'{{"items": [{nested}, {text}]}}'
    account, _, rejects, *_ = run(f"reads: {{records: items}}\n{JSON}", page)
    assert (account.converted, [each["reason"] for each in rejects]) == (1, ["has the key 'Name' twice"])


NOTED = CSV.replace("otherwise: Billing}", "otherwise: Billing}, notes: Note")


def noted(number: int, note: str) -> str:
    return f"{LINE.replace('c1', f'c{number}')};{note}"


def test_a_cell_may_have_line_breaks_and_lines_are_counted_right() -> None:
    several = '"two\r\n\r\n""lines"" of; text"'
    text = rows(noted(1, several), noted(2, "x"), noted(3, '"a\nb"').replace("Sales", "Golf"), header=f"{HEADER};Note")
    account, events, rejects, *_ = run(NOTED, text)
    assert (account.records, account.converted) == (3, 2)
    assert [event["notes"] for event in events if "notes" in event] == ['two\n\n"lines" of; text', "x"]
    assert [(each["line"], each["record"]["Note"]) for each in rejects] == [(6, "a\nb")]


def test_a_stray_quotation_mark_costs_its_own_line_though_another_one_follows() -> None:
    lines = [noted(number, "x") for number in range(1, 9)]
    lines[1], lines[4] = noted(2, '"open'), noted(5, 'stray"')
    lines[6] = noted(7, '"never\nclosed')
    account, _, rejects, *_ = run(NOTED, rows(*lines, header=f"{HEADER};Note"))
    assert [each["line"] for each in rejects] == [3, 8, 9]
    assert (account.records, account.converted) == (9, 6)
    # Lines that were looked at in vain are read again, however many such there are.
    many = [noted(number, '"a' if number % 2 else '"b\nc') for number in range(1000)]
    account = run(NOTED, rows(*many, noted(1000, "x"), header=f"{HEADER};Note")).account
    assert (account.converted, account.rejected, account.records) == (1, 1500, 1501)


@pytest.mark.parametrize("sign", ["\x00", "\x07", "\x08", "\x0b", "\x0c", "\x1b", "\x7f", "\x85", "\x9f"])
def test_a_control_character_in_a_text_rejects_the_record_by_name(sign: str) -> None:
    records = [{**OBJECT, "Subject": f"a{sign}b"}, {**OBJECT, "Id": "c2", "Subject": 'é\u00a0 \t\r\n\\u0001 "ok"'}]
    mapping = JSON.replace("legs:", "  info: {about: Subject}\nlegs:")
    account, events, rejects, *_ = run(mapping, records)
    assert (account.converted, account.rejected) == (1, 1)
    assert rejects[0]["reason"] == f"about has the control character U+{ord(sign):04X} in it"
    assert records[1]["Subject"] in events[0]["initialConfiguration"]["additionalInfo"].values()


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252"])
def test_utf_16_is_told_by_its_first_bytes(encoding: str) -> None:
    mapping = CSV.replace("format: csv", f"format: csv, encoding: {encoding}")
    for content in (rows(LINE).encode("utf-16"), codecs.BOM_UTF16_BE + rows(LINE).encode("utf-16-be")):
        hint = rf"^f1: begins as UTF-16 does, and is read as {encoding}: say reads: {{encoding: utf-16}}$"
        with pytest.raises(GenesysSourceError, match=hint):
            run(mapping, content)
        assert run(mapping.replace(encoding, "utf-16"), content).account.converted == 1
    with pytest.raises(GenesysSourceError, match=r"Is it UTF-16\? Then say reads: {encoding: utf-16-le}"):
        run(CSV, rows(LINE).encode("utf-16-le"))
    # A stray one costs no more than its record.
    assert run(JSON, '{"Id": "\0"}\n' + json.dumps(OBJECT)).account.converted == 1


def test_columns_in_json_within_a_cell_and_elements_of_lists_in_it_are_there() -> None:
    mapping = CSV.replace("party: Topic", "party: More.topic").replace(
        "legs:", "legs:\n  - {each: {part: More.parts}, kind: agent, key: part.id, party: part.who, started: start}"
    )
    line = LINE.replace(";Sales;", ';"{""topic"": ""Sales"", ""parts"": []}";')
    header = HEADER.replace("Topic", "More")
    mapping = mapping.replace("- kind: agent", "- kind: agent\n    key: {text: other}")
    assert run(mapping, rows(line, header=header)).account.converted == 1
    with pytest.raises(GenesysConfigError, match=r"there is no column 'Mroe\.topic' in f1"):
        run(mapping.replace("More.topic", "Mroe.topic"), rows(line, header=header))


def test_events_are_in_time_order_whatever_the_order_of_the_records() -> None:
    lines = [LINE.replace("c1", f"c{n}").replace("09:00:00", f"09:{n % 60:02}:00") for n in range(200)]
    random.Random(7).shuffle(lines)
    events = run(CSV, rows(*lines)).events
    assert len(events) == 1600
    assert all(one["eventDateTime"] <= other["eventDateTime"] for one, other in pairwise(events))


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"Topic": "Golf"}, "queue 'Golf' is not in the directory, under queues"),
        ({"Agent": "Eve"}, "agent 'Eve' is not in the directory, under users"),
        ({"Id": ""}, "id is empty"),
        ({"Day": "31.02.2026"}, "started: Day and Clock '31.02.2026 09:00:00' is no time as %d.%m.%Y %H:%M:%S"),
        ({"Day": "16.11.1026"}, "started: Day and Clock '16.11.1026 09:00:00' is not between 1990 and 2099"),
        ({"Talk": "-5"}, "Talk must be a number of seconds, or a clock such as 00:02:23 or 12:02:23 AM, not '-5'"),
        ({"Wait": ""}, "Wait is empty, and a duration is wanted"),
        ({"Day": "25.10.2026", "Clock": "02:30:00"}, "comes twice in Europe/Berlin"),
        ({"Day": "29.03.2026", "Clock": "02:30:00"}, "does not exist in Europe/Berlin"),
        ({"From": 'a"b" "'}, None),
        ({"From": '"a'}, "a quotation mark is not closed on its line"),
        ({"From": "a;b"}, "has 12 columns, and the header 11"),
        ({"From": "a" * 140_000}, "a column is over 131,072 characters"),
    ],
)
def test_a_record_that_cannot_be_told_takes_no_other_with_it(changes: dict[str, str], reason: str | None) -> None:
    values = dict(zip(HEADER.split(";"), LINE.split(";"), strict=True)) | changes
    bad = ";".join(values.values())
    account, events, rejects, *_ = run(CSV, rows(LINE.replace("c1", "c0"), bad, LINE.replace("c1", "c2")))
    assert account.records == 3
    if reason is None:
        assert account.converted == 3
        return
    assert (account.converted, account.rejected, len(events)) == (2, 1, 16)
    assert (rejects[0]["file"], rejects[0]["line"]) == ("f1", 3)
    assert reason in rejects[0]["reason"]


def test_rejects_can_be_given_again_and_keep_their_place() -> None:
    first = run(CSV, rows(LINE.replace("Sales", "Golf"), "broken;line"))
    assert first.account.rejected == 2
    again = run(CSV, first.rejects_file)
    assert again.rejects == first.rejects
    directory = Directory(
        source_id=DIRECTORY.source_id,
        users=DIRECTORY.users,
        queues={"Golf": stable_id("Golf")},
        wrap_up_codes=DIRECTORY.wrap_up_codes,
    )
    mended = run(CSV, first.rejects_file, directory=directory)
    assert (mended.account.converted, mended.account.rejected) == (1, 1)


def test_the_newest_version_of_a_record_counts_whatever_the_order() -> None:
    old, new = LINE, LINE.replace("c1;1", "c1;10").replace("Ann;Y", "Ann;N")
    for lines in ([old, new], [new, old], [old, new, old], [old, old, new]):
        account, events, *_ = run(CSV, rows(*lines))
        assert (account.converted, account.superseded) == (1, len(lines) - 1)
        assert [each["code"] for each in events if "code" in each] == [DIRECTORY.wrap_up_codes["Billing"]]
        assert account.conversations == 1


def test_an_older_version_is_superseded_also_if_it_was_rejected() -> None:
    bad = LINE.replace("Sales", "Golf")
    account, events, rejects, *_ = run(CSV, rows(bad, LINE.replace("c1;1", "c1;2")))
    assert (account.converted, account.superseded, account.rejected, rejects) == (1, 1, 0, [])
    account, events, rejects, *_ = run(CSV, rows(LINE, bad.replace("c1;1", "c1;2")))
    assert (account.converted, account.superseded, account.rejected, events) == (0, 1, 1, [])


def test_only_and_skip_count_as_skipped() -> None:
    others = [OBJECT | {"Id": "c2", "Channel": "CHAT"}, OBJECT | {"Id": "c3", "How": "MONITOR"}]
    account = run(JSON, json.dumps([OBJECT, *others])).account
    assert (account.converted, account.skipped) == (1, 2)


@pytest.mark.parametrize(("rule", "fate"), [(None, "held_back"), ("tell", "converted"), ("reject", "rejected")])
def test_what_has_not_ended(rule: str | None, fate: str) -> None:
    goes_on = OBJECT | {"End": None, "Queue": OBJECT["Queue"] | {"Out": None}}
    mapping = JSON if rule is None else JSON.replace("record: {", f"record: {{open: {rule}, ")
    done = run(mapping, json.dumps(goes_on))
    assert getattr(done.account, fate) == 1
    if fate == "converted":
        later = run(mapping, json.dumps(OBJECT)).events
        assert done.events == later[:2]
    if fate == "held_back":
        assert done.held_back[0]["record"]["Id"] == "c1"


def test_a_conversation_is_told_by_one_record() -> None:
    second = OBJECT | {"Id": "c2", "First": "c1"}
    account, events, rejects, *_ = run(JSON, json.dumps([OBJECT, second]))
    assert (account.converted, account.rejected, account.conversations) == (1, 1, 1)
    assert rejects[0]["reason"] == "its conversation 'c1' is told by record 'c1', and is not told twice"
    assert len({event["eventId"] for event in events}) == len(events)


@pytest.mark.parametrize("record", [OBJECT | {"Id": "\ud800"}, {"Id": ["\udfff"]}, "text", None, []])
@pytest.mark.parametrize("as_text", [True, False])
def test_a_record_that_is_none(record: Any, as_text: bool) -> None:
    account = run(JSON, f"{json.dumps(record)}\n" if as_text and record != [] else [record]).account
    assert (account.records, account.rejected) == (1, 1)


TEXT = json.dumps(OBJECT)
SECOND = json.dumps(OBJECT | {"Id": "c2"})


@pytest.mark.parametrize(
    "content",
    [
        f"{TEXT}\n{SECOND}\n",
        f"\n{TEXT}\r\n\n{SECOND}",
        TEXT + SECOND,
        f"[{TEXT}, {SECOND}]",
        json.dumps([OBJECT, OBJECT | {"Id": "c2"}], indent=2),
        json.dumps(OBJECT, indent=1) + json.dumps(OBJECT | {"Id": "c2"}, indent=1),
        f"\ufeff{TEXT}\n{SECOND}",
        zipped(f"{TEXT}\n{SECOND}"),
        zipped(TEXT + SECOND),
        zipped(TEXT) + zipped(SECOND),
        [OBJECT, OBJECT | {"Id": "c2"}],
    ],
)
def test_json_in_whatever_layout(content: Any) -> None:
    account, events, *_ = run(JSON, content)
    assert (account.records, account.converted, len(events)) == (2, 2, 8)


@pytest.mark.parametrize(
    "broken", ['{"Id": "c9", "Queue": {', '{"Id": "c9"', "nonsense", '{"Id": "c', '"text"', "{]}", "7"]
)
def test_a_broken_line_costs_one_record(broken: str) -> None:
    account, _, rejects, *_ = run(JSON, f"{TEXT}\n{broken}\n{SECOND}\n")
    assert (account.converted, account.rejected) == (2, 1)
    assert rejects[0]["line"] == 2
    assert rejects[0]["record"] == broken
    assert run(JSON, f"{TEXT}\n{SECOND}\n{broken}").account.rejected == 1


def test_a_long_file_without_line_breaks_is_read_in_pieces() -> None:
    count = 1500
    text = "".join(json.dumps(OBJECT | {"Id": f"c{n}", "Note": "ä" * (n % 300)}) for n in range(count))
    assert len(text) > 1_500_000
    account = run(JSON, text).account
    assert (account.records, account.converted) == (count, count)


def test_an_object_over_many_lines_is_parsed_a_few_times_only(monkeypatch: pytest.MonkeyPatch) -> None:
    parsed: list[int] = []

    decode = json_rows._Decoder.value

    def counting(decoder: Any, text: str, at: int) -> tuple[Any, int]:
        parsed.append(len(text) - at)
        return decode(decoder, text, at)

    monkeypatch.setattr(json_rows._Decoder, "value", counting)
    long = json.dumps(OBJECT | {"Notes": [{"Line": number} for number in range(2000)]}, indent=1)
    assert long.count("\n") > 6000
    account, _, rejects, *_ = run(JSON, f"{long}\n{{]\n{long.replace('c1', 'c2')}\n")
    assert (account.converted, account.rejected) == (2, 1)
    assert rejects[0]["line"] == long.count("\n") + 2
    assert 2 * len(long) < sum(parsed) < 20 * len(long)


@pytest.mark.parametrize(
    ("values", "is_told"),
    [
        ({"Note": "x" * 499_000}, True),
        ({"Note": "x" * 501_000}, False),
        ({"Note": "ä" * 100_000}, False),
        ({"Name": "x" * 501_000}, False),
    ],
)
def test_an_event_that_no_request_holds_is_not_told(values: dict[str, str], is_told: bool) -> None:
    mapping = JSON.replace("legs:", "  info: {Note: Note}\n  customer: {name: Name}\nlegs:")
    account, events, rejects, *_ = run(mapping, [OBJECT | values])
    assert (account.converted, len(events), len(rejects)) == ((1, 4, 0) if is_told else (0, 0, 1))
    assert is_told or rejects[0]["reason"] == "one of its events is over 500,000 bytes"


def test_only_what_is_long_is_called_too_long() -> None:
    line = f'"k": "{"x" * 50_000}",\n'
    for count, broken, reason in ((17, "{]", "is no JSON"), (21, "", "is over 1,000,000 characters")):
        rejects = run(JSON, f"{{{line * count}{broken}\n{TEXT}\n{line * 12}").rejects
        assert (rejects[0]["line"], rejects[0]["reason"]) == (1, reason)


@pytest.mark.parametrize("as_file", [True, False])
@pytest.mark.parametrize(
    "damage", [lambda data: data[:-20], lambda data: data[:-8] + b"\1" * 8, lambda data: data + b"x"]
)
def test_a_damaged_gzip_file_fails_as_a_whole(tmp_path: Path, damage: Callable[[bytes], bytes], as_file: bool) -> None:
    content = damage(zipped(TEXT * 50))
    (tmp_path / "f").write_bytes(content)
    with pytest.raises(GenesysSourceError, match="f1: the gzip stream is cut short or damaged"):
        run(JSON, tmp_path / "f" if as_file else content)


@pytest.mark.parametrize("opener", [Path, UPath, ObjectStoragePath])
@pytest.mark.parametrize("content", [TEXT.encode(), zipped(TEXT)])
def test_records_may_come_through_a_pipe(tmp_path: Path, content: bytes, opener: Callable[[str], Any]) -> None:
    os.mkfifo(tmp_path / "pipe")
    writer = threading.Thread(target=(tmp_path / "pipe").write_bytes, args=[content])
    writer.start()
    assert run(JSON, opener(str(tmp_path / "pipe"))).account.converted == 1
    writer.join()


def test_columns_are_not_looked_for_in_a_pipe_which_is_read_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert list(reading.headers_of([("pipe", tmp_path / "pipe")], mapping_of(CSV).dialect)) == []


def test_a_dialect_of_its_own() -> None:
    mapping = CSV.replace('delimiter: ";"', 'delimiter: tab, encoding: cp1252, decimal: ","')
    mapping = mapping.replace("format: csv", f"header: [{HEADER.replace(';', ', ')}], format: csv")
    line = LINE.replace(";", "\t").replace("\t10\t", "\t10,5\t").replace("+15550100", "Jürgen")
    account, events, *_ = run(mapping, line.encode("cp1252"))
    assert account.converted == 1
    assert events[0]["ani"] == "Jürgen"
    assert events[2]["eventDateTime"] == "2026-11-16T08:00:10.500Z"


def test_text_in_another_encoding_is_rejected_line_by_line() -> None:
    bad = LINE.replace("c1", "c2").replace("Ann", "Jürgen").encode("cp1252")
    account, _, rejects, *_ = run(CSV, rows(LINE).encode() + bad)
    assert (account.converted, account.rejected) == (1, 1)
    assert rejects[0]["reason"] == "the line is not utf-8 text"


def test_columns_that_are_not_there_are_told_all_at_once() -> None:
    header = HEADER.replace("Topic", "Subject").replace("Agent", "Agents")
    with pytest.raises(GenesysConfigError) as raised:
        run(CSV, rows(LINE, header=header))
    assert str(raised.value).splitlines() == [
        "the mapping does not fit the records:",
        "  m.yaml, line 15: there is no column 'Topic' in f1",
        "  m.yaml, line 17: there is no column 'Agent' in f1; did you mean 'Agents'?",
    ]


def test_an_empty_file_holds_no_records() -> None:
    assert run(CSV, "").account.records == run(JSON, "\n\n").account.records == run(CSV, rows()).account.records == 0


@pytest.mark.parametrize(("fold", "hour"), [("first", "00"), ("second", "01")])
def test_fold_says_which_of_two_is_meant(fold: str, hour: str) -> None:
    mapping = CSV.replace("zone: Europe/Berlin", f"zone: Europe/Berlin, fold: {fold}")
    line = LINE.replace("16.11.2026;09:00", "25.10.2026;02:30")
    assert run(mapping, rows(line)).events[0]["eventDateTime"] == f"2026-10-25T{hour}:30:00.000Z"


@pytest.mark.parametrize("text", ["[{0}", "[{0},", "[", "[[{0}]", "{0}\n[{0}\n"])
def test_an_array_that_is_cut_off_is_no_whole_file(text: str) -> None:
    with pytest.raises(GenesysSourceError, match=r"f1.*ends within an array"):
        run(JSON, text.replace("{0}", json.dumps(OBJECT)))


@pytest.mark.parametrize("text", ["[{0}]", "[[{0}]]", "{0}", "[]", "[{0}]\n[{1}]"])
def test_an_array_that_ends_is_whole(text: str) -> None:
    records = [json.dumps(OBJECT), json.dumps(OBJECT | {"Id": "c2"})]
    assert run(JSON, text.replace("{0}", records[0]).replace("{1}", records[1])).account.rejected == 0


@pytest.mark.parametrize("word", ["NaN", "Infinity", "-Infinity"])
def test_what_is_no_number_is_no_value(word: str) -> None:
    text = json.dumps(OBJECT).replace('"c1"', word)
    for given in (text, [json.loads(text)]):
        done = run(JSON, given)
        assert [each["reason"] for each in done.rejects] == [f"id: Id is {float(word)}, which is no value"]
        assert run(JSON, done.rejects_file).account.rejected == 1
    # A text is one, and columns that are not used are nobody's business.
    assert run(JSON, json.dumps(OBJECT | {"Id": word, "More": float(word)})).account.converted == 1
