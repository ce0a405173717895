"""What a mapping file may say, and that all of its mistakes are told at once."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_genesys.exceptions import GenesysConfigError, GenesysSourceError
from airflow_provider_genesys.interactions.directory import read_directory
from airflow_provider_genesys.interactions.durations import duration
from airflow_provider_genesys.interactions.mapping_file import mapping_of_text, text_of_mapping
from airflow_provider_genesys.interactions.model import Interaction, Span, Transfer
from airflow_provider_genesys.interactions.moments import TimeForm
from airflow_provider_genesys.interactions.reading import headers_of, read_rows
from tests.unit.interactions.interactions import at
from tests.unit.interactions.world import CSV, JSON, LINE, rows

LEAST = """\
interaction:
  id: Id
  direction: inbound
  started: Begin
"""
BEGIN = {"Id": "c1", "Begin": "2026-11-16T08:00:00Z"}


def made(more: str, **record: Any) -> Interaction:
    """Return what a mapping makes of a record; its interaction has an id, a direction and a beginning already."""
    return mapping_of_text(LEAST + more, "m.yaml").understood(BEGIN | record).interaction


def mistakes(text: str) -> list[str]:
    with pytest.raises(GenesysConfigError) as raised:
        mapping_of_text(text, "m.yaml")
    return [line.strip() for line in str(raised.value).splitlines()]


def test_all_mistakes_are_told_at_once_with_their_lines() -> None:
    text = """\
reads: {format: csv, delimter: ";", encoding: utf-88}
times: {zone: Europe/Berln, fold: third, format: nonsense}
interaction:
  id: Id
  direction: inbond
  started: {time: Begin, plus: {column: Wait, as: second}}
  ended: {colum: End}
  ended: End
legs:
  - {kind: queue, party: Queue, begun: Begin, started: Begin}
  - {kind: robot, started: Begin}
  - {kind: agent}
"""
    told = mistakes(text)
    assert told[0] == "the mapping has 11 mistakes:"
    assert told[1].startswith("m.yaml, line 1: in reads the name 'delimter' is unknown; known are format, delimiter,")
    assert told[1].endswith("; did you mean 'delimiter'?")
    assert told[2] == "m.yaml, line 1: there is no encoding 'utf-88'; try utf-8, utf-16 or cp1252"
    rest = "\n".join(told[3:])
    for part in (
        "line 2: the fold 'third' is unknown; known are first, second, reject",
        "line 2: the format 'nonsense' is none of iso, epoch, epoch_ms, nor a pattern",
        "line 2: the zone 'Europe/Berln' is no IANA name",
        "line 5: the value 'inbond' is unknown; known are inbound, outbound, internal; did you mean 'inbound'?",
        "line 11: the value 'robot' is unknown",
        "line 6: the notation 'second' is unknown",
        "did you mean 'seconds'?",
        "line 8: the key 'ended' is there twice",
        "line 10: in a leg the name 'begun' is unknown",
        "line 12: a leg needs started",
    ):
        assert part in rest


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ("", "line 1: interaction is missing, which tells what the columns mean"),
        ("interaction: {id: Id}", "line 1: interaction needs direction"),
        (f"{LEAST}legs: 5", "line 5: legs must be a list"),
        (f"{LEAST}  tag: {{time: End}}", "line 5: is a time, and text is wanted here"),
        (f"{LEAST}  tag: {{column: A, plus: B}}", "line 5: plus goes with time"),
        (f"{LEAST}  tag: {{column: A, text: B}}", "line 5: needs one of column, text and time"),
        (f"{LEAST}  ended: {{time: []}}", "line 5: time names no column"),
        (f"{LEAST}  tag: []", "line 5: the list is empty"),
        (f"{LEAST}  tag: {{text: A, after: /}}", "line 5: after goes with column"),
        (f"{LEAST}  tag: {{column: A, where: {{B: x}}}}", "line 5: where goes with in"),
        (f"{LEAST}  tag: {{join: [A, B], in: C}}", "line 5: in goes with column"),
        (f"{LEAST}  tag: {{join: [A, B], column: C}}", "line 5: needs one of column, text and time, or join"),
        (f"{LEAST}  tag: {{column: A, befor: x}}", "did you mean 'before'?"),
        (f"{LEAST}  tag: {{column: A, in: [B]}}", "line 5: must be text"),
        (f"{LEAST}  ended: {{column: A, after: x}}", "line 5: after makes text, and a time is wanted here"),
        (
            f"{LEAST}  ended: {{time: A, fold: {{notbefore: B}}}}",
            "second, reject or {not_before: a time}",
        ),
        (f"{LEAST}times: {{fold: {{not_before: B}}}}", "line 5: fold is first, second, reject here"),
        (f'{LEAST}  ended: {{time: A, format: "%d.%m.%Y"}}', "line 5: times as %d.%m.%Y are local: give their zone"),
        (f'{LEAST}times: {{zone: UTC, format: "%d.%m.%Y %M:%M"}}', "line 5: the format '%d.%m.%Y %M:%M' is none of"),
        (f'{LEAST}times: {{format: "%Y-%m-%d %z %z"}}', "line 5: the format '%Y-%m-%d %z %z' is none of iso"),
        (f"{LEAST}  tag: {{text: x, when: {{A: {{same: B}}}}}}", "empty, present, {same_as: column} or {not: ...}"),
        (f"{LEAST}legs: [{{kind: agent, started: A, each: B, key: C}}]", "such as {part: Parts}"),
        (f"{LEAST}legs: [{{kind: agent, started: A, each: {{b: B}}}}]", "for each element of a list needs a key"),
        (f"{LEAST}  previous: A", "line 5: previous goes with the shape segments"),
        (f"reads: {{format: csv, records: items}}\n{LEAST}", "line 1: records goes with the format json"),
        (f"reads: {{tables: several}}\n{LEAST}", "line 1: tables goes with the formats csv and parquet"),
        (f"reads: {{format: csv, tables: many}}\n{LEAST}", "line 1: tables 'many' is unknown; known are one, several"),
        (f"reads: {{format: csv, tables: several, header: [Id, Begin]}}\n{LEAST}", "names in their first lines"),
        (f"{LEAST}  tag:", "line 5: nothing is given"),
        (f"{LEAST}  ended_by: {{column: A, table: {{x: cutomer}}}}", "did you mean 'customer'?"),
        (f"{LEAST}record: {{only: Id}}", "line 5: must be a mapping such as {Answered: Y}"),
        (f"{LEAST}record: {{open: never}}", "line 5: open 'never' is unknown; known are hold_back, tell, reject"),
        (f"reads: {{delimiter: ','}}\n{LEAST}", "line 1: delimiter goes with the formats csv and log"),
        (f"reads: {{format: csv, header: [Id]}}\n{LEAST}", "line 5: there is no column 'Begin'"),
        (f"{LEAST}legs: [{{kind: agent, started: A}}, {{kind: agent, started: A}}]", "each needs a key"),
        (f"{LEAST}legs: [{{kind: agent, started: A, left_by: {{kind: blind}}}}]", "line 5: left_by needs to"),
        ("[1]", "line 1: the mapping must be a mapping of names to values"),
    ],
)
def test_each_mistake_has_its_words(text: str, mistake: str) -> None:
    assert any(mistake in line for line in mistakes(text)), mistakes(text)


def test_a_zone_that_is_missing_is_told_once() -> None:
    text = f'times: {{format: "%d.%m.%Y"}}\n{LEAST}  ended: End\nlegs: [{{kind: agent, started: A, answered: B}}]'
    assert mistakes(text)[1:] == [
        "m.yaml, line 5: times as %d.%m.%Y are local: give their zone, such as Europe/Berlin or UTC"
    ]
    assert len(mistakes(text.replace("}", ", zone: Nowhere}", 1))) == 2
    assert made('  ended: {time: End, format: "%Y%m%d%H%M%S%z"}', End="20261116090010+0100").ended == at(10)


@pytest.mark.parametrize(
    ("verbs", "text"),
    [
        ("{join: [A, B.C, N, {text: x}]}", "PJSIP/my-trunk-0a-5-x"),
        ("{join: [N, M]}", None),
        ("{join: A}", "PJSIP/my-trunk-0a"),
        ("{column: A, after: /, before_last: '-'}", "my-trunk"),
        ("{column: A, after: /, before: '-'}", "my"),
        ("{column: A, before: '@'}", "PJSIP/my-trunk-0a"),
        ("{column: A, after: 0a, otherwise: none}", "none"),
        ("{column: A, before: /, table: {PJSIP: sip}, otherwise: other}", "sip"),
        ("{join: [A, B.C], table: {PJSIP/my-trunk-0a-5: found}}", "found"),
        ("{column: N, after: /}", None),
        ("{column: T, in: L, where: {K.x: b}}", "2"),
        ("{column: T, in: L}", "1"),
        ("{column: T, in: L, where: {K.x: c}}", None),
        ("{column: T, in: N, where: {K.x: b}}", None),
        ("{column: T, in: L, where: {K.x: {not: a}, T: {not: '2'}}}", "3"),
        ("{column: T, in: L, where: {K.x: {not: a}}, table: {'2': two}}", "two"),
    ],
)
def test_parts_of_texts_and_of_lists(verbs: str, text: str | None) -> None:
    listed = [{"T": 1, "K": {"x": "a"}}, {"T": 2, "K": {"x": "b"}}, {"T": 3, "K": {}}]
    record = {"A": "PJSIP/my-trunk-0a", "B": {"C": 5}, "N": None, "L": listed}
    assert made(f"  tag: {verbs}", **record).tag == text


def test_a_name_for_the_first_of_several_times() -> None:
    values = "values:\n  a: {time: A}\n  b: {time: B}\n  first: [a, b]\n  other: [{time: A, when: {B: empty}}, b]\n"
    ended = made("  ended: first\n" + values, B="2026-11-16T08:00:10Z").ended
    assert (
        ended == made("  ended: [other]\n" + values, A="2026-11-16T07:00:10Z", B="2026-11-16T08:00:10Z").ended == at(10)
    )


def test_a_list_in_an_element_of_a_list() -> None:
    values = "values:\n  inner: {column: P, in: L, where: {K: b}}\n"
    record = {"L": [{"K": "a"}, {"K": "b", "P": [{"T": "x", "N": 1}, {"T": "y", "N": 2}]}]}
    tag = "  tag: {column: N, in: inner, where: {T: y}}\n"
    assert made(tag + values, **record).tag == "2"
    assert made(tag + values, L=None).tag is None
    with pytest.raises(ValueError, match="tag: inner is no single value"):
        made("  tag: inner\n" + values, **record)
    assert made("  tag: {text: there, when: {inner: present}}\n" + values, **record).tag == "there"


def test_what_is_no_list_is_not_looked_through() -> None:
    for value in ("text", {"T": 1}, [1], [{"T": 1}, None]):
        with pytest.raises(ValueError, match="tag: L is no list of objects"):
            made("  tag: {column: T, in: L}", L=value)


def test_a_leg_for_each_element_of_a_list() -> None:
    legs = """\
values:
  rang: {time: Begin, plus: {column: part.offset, as: ms}}
legs:
  - {kind: queue, party: Queue, started: Begin}
  - each: {part: Parts}
    kind: agent
    when: {part.role: Agent}
    key: part.id
    party: part.who.name
    started: rang
    answered: {time: rang, plus: {column: after, in: part.events, where: {type: Connected}}, when: {part.ok: "true"}}
"""
    parts = [
        {"id": "a", "role": "Agent", "offset": 5000, "who": {"name": "Ann"}, "ok": False, "events": []},
        {"id": "x", "role": "External", "offset": 0},
        {"id": "b", "role": "Agent", "offset": 9000, "who": {"name": "Ben"}, "ok": True}
        | {"events": [{"type": "Ringing", "after": 0}, {"type": "Connected", "after": 3}]},
    ]
    found = made(legs, Queue="Sales", Parts=parts).legs
    assert [(leg.key, leg.party, leg.started, leg.answered) for leg in found] == [
        ("queue", "Sales", at(0), None),
        ("a", "Ann", at(5), None),
        ("b", "Ben", at(9), at(12)),
    ]
    assert len(made(legs, Queue="Sales").legs) == 1
    with pytest.raises(ValueError, match=r"leg agent: key: part\.id is no single value"):
        made(legs, Parts=[{"role": "Agent", "id": [1], "offset": 0}])


@pytest.mark.parametrize(
    ("bound", "seconds"),
    [("2026-10-24T22:00:00Z", 0), ("2026-10-25T00:30:00Z", 0), ("2026-10-25T00:30:01Z", 3600), (None, None)],
)
def test_of_a_time_that_comes_twice_another_tells_which(bound: str | None, seconds: float | None) -> None:
    verbs = '{time: E, format: "%d.%m.%Y %H:%M", zone: Europe/Berlin, fold: {not_before: F}}'
    record = {"E": "25.10.2026 02:30", "F": bound, "Begin": "2026-10-24T20:00:00Z"}
    if seconds is None:
        with pytest.raises(ValueError, match="comes twice in Europe/Berlin, as clocks were put back"):
            made(f"  ended: {verbs}", **record)
        return
    ended = made(f"  ended: {verbs}", **record).ended
    assert ended is not None
    assert (ended - at(0)).total_seconds() == -22 * 86400 - 7.5 * 3600 + seconds
    assert made(f"  ended: {verbs}", **record | {"E": "26.10.2026 02:30", "F": "nonsense"}).ended is not None


def test_the_first_that_is_not_empty() -> None:
    assert made("  tag: [A.B, C, {text: none}]", A={"B": ""}, C=" x ").tag == "x"
    assert made("  tag: [A.B, C, {text: none}]", A=[], C=None).tag == "none"
    assert made("  tag: A.1.B", A=[{}, {"B": 5}]).tag == "5"
    assert made("  tag: [A.2.B, A.B, {text: none}]", A=[{}, {"B": 5}]).tag == "none"
    assert made("  tag: A.B", **{"A.B": "whole", "A": {"B": "part"}}).tag == "whole"


@pytest.mark.parametrize(
    ("condition", "is_true"),
    [
        ("{A: x}", True),
        ("{A: [y, x]}", True),
        ("{A: y}", False),
        ("{A: x, B: empty}", True),
        ("{A: empty}", False),
        ("{C: present}", True),
        ("{C: empty}", False),
        ("{A: {not: [x]}}", False),
        ("{B: {not: x}}", True),
        ("{A: {same_as: D.E}}", True),
        ("{A: {same_as: B}}", False),
        ("{A: {not: {same_as: D.E}}}", False),
    ],
)
def test_conditions(condition: str, is_true: bool) -> None:
    tag = made(f"  tag: {{text: yes, when: {condition}}}", A="x", B=None, C={"D": 1}, D={"E": "x"}).tag
    assert tag == ("yes" if is_true else None)


@pytest.mark.parametrize(
    ("verbs", "record", "seconds"),
    [
        ("End", {"End": "2026-11-16T09:00:10+01:00"}, 10),
        ("{time: End, format: epoch}", {"End": 1794816010.5}, 10.5),
        ("{time: End, format: epoch_ms}", {"End": "1794816010250"}, 10.25),
        (
            '{time: [D, T], format: "%m/%d/%Y %H:%M:%S", zone: America/New_York}',
            {"D": "11/16/2026", "T": "03:00:10"},
            10,
        ),
        ('{time: D, format: "%d.%m.%Y", zone: UTC, at: {column: T, as: days}}', {"D": "16.11.2026", "T": "0.3334"}, 6),
        ("{time: Begin, plus: [W, {column: T, as: ms}, {text: 0:00:03}]}", {"W": 5, "T": "2500"}, 10.5),
        ("{time: E, minus: T}", {"E": "2026-11-16T08:01:00Z", "T": "12:00:50 AM"}, 10),
        ("{column: t, in: L, where: {k: b}}", {"L": [{"k": "a"}, {"k": "b", "t": "2026-11-16T09:00:10+01:00"}]}, 10),
        ("[E, {column: t, in: L}]", {"L": [{"t": "2026-11-16T08:00:10Z"}]}, 10),
        ("{column: t, in: L, otherwise: E}", {"L": [], "E": "2026-11-16T08:00:10Z"}, 10),
        ("{text: '2026-11-16T08:00:10Z'}", {}, 10),
        ("{join: [Y, M, R]}", {"Y": "2026", "M": "11", "R": "16T08:00:10Z"}, 10),
        ("{time: E, otherwise: F}", {"F": "2026-11-16T08:00:10Z"}, 10),
    ],
)
def test_times(verbs: str, record: dict[str, Any], seconds: float) -> None:
    assert made(f"  ended: {verbs}", **record).ended == at(seconds)


def test_a_time_within_a_list_that_is_none_is_told() -> None:
    with pytest.raises(ValueError, match="ended: t 'soon' is no time"):
        made("  ended: {column: t, in: L}", L=[{"t": "soon"}])
    local = LEAST.replace("started: Begin", "started: {column: t, in: L}")
    assert mistakes('times: {format: "%d.%m.%Y"}\n' + local)[1].startswith(
        "m.yaml, line 5: times as %d.%m.%Y are local"
    )


@pytest.mark.parametrize(
    ("pattern", "hint"),
    [
        ("%d.%m.%Y %H:%M:%S %p", "has %H, by which AM and PM (%p) mean nothing: say %I"),
        ("%d.%m.%Y %I:%M:%S", "has %I, the hour by a clock of twelve, without %p for AM and PM"),
    ],
)
def test_a_pattern_that_would_read_the_afternoon_as_the_morning_is_a_mistake(pattern: str, hint: str) -> None:
    (_, line) = mistakes(f'times: {{format: "{pattern}", zone: UTC}}\n{LEAST}')
    assert line.startswith(f"m.yaml, line 1: the format {pattern!r} {hint}")
    twelve = 'ended: {time: E, format: "%d.%m.%Y %I:%M %p", zone: UTC}'
    assert made(f"  {twelve}", E="16.11.2026 12:01 PM").ended == at(4 * 3600 + 60)


def test_a_header_in_another_encoding_is_told() -> None:
    text = CSV.replace("party: Agent", "party: Bearbeitet für")
    csv = rows(LINE).replace("Agent", "Bearbeitet für")
    assert text != CSV
    with pytest.raises(
        GenesysConfigError, match=r"calls\.csv, line 1: is not utf-8 text: say reads: {encoding: cp1252}"
    ):
        [*read_rows("calls.csv", csv.encode("cp1252"), mapping_of_text(text, "m.yaml"))]


def test_columns_that_are_not_there_are_told_with_a_wrong_encoding() -> None:
    text = CSV.replace("Agent", "Bearbeitet für").replace("address: From", "address: Form")
    csv = rows(LINE).replace("Agent", "Bearbeitet für").encode("cp1252")
    missing = "there is no column 'Form' in calls.csv; did you mean 'From'?"

    def look(dialect: Any) -> Any:
        return headers_of([("calls.csv", csv)], dialect)

    with pytest.raises(GenesysConfigError) as raised:
        mapping_of_text(text.replace("format: csv", "format: csv, encoding: cp1525"), "m.yaml", look)
    message = str(raised.value)
    assert "the mapping has 2 mistakes:" in message
    assert "line 1: there is no encoding 'cp1525'" in message
    assert missing in message
    with pytest.raises(GenesysConfigError, match=r"is not utf-8 text: say reads") as raised:
        [*read_rows("calls.csv", csv, mapping_of_text(text, "m.yaml"))]
    assert missing in str(raised.value)
    assert "there is no column 'Bearbeitet" not in str(raised.value)


def test_a_bare_number_is_no_time_of_the_day() -> None:
    verbs = 'ended: {{time: D, format: "%d.%m.%Y", zone: UTC, at: {}}}'
    assert made("  " + verbs.format("T"), D="16.11.2026", T="8:00:06 AM").ended == at(6)
    assert made("  " + verbs.format("{column: T, as: seconds}"), D="16.11.2026", T="28806").ended == at(6)
    with pytest.raises(
        ValueError, match=r"T must be a clock such as .* of a number `as` says what it .* not '0\.3334'"
    ):
        made("  " + verbs.format("T"), D="16.11.2026", T="0.3334")


def test_a_column_that_is_not_there_may_be_a_value_mistyped() -> None:
    text = CSV.replace("time: start,", "time: strat,")
    assert text != CSV
    mapping = mapping_of_text(text, "m.yaml")
    with pytest.raises(GenesysConfigError, match=r"no column 'strat' in calls\.csv; did you mean 'start'"):
        [*read_rows("calls.csv", rows(LINE).encode(), mapping)]


def test_a_column_where_only_words_are_allowed_is_told_how_it_is_written() -> None:
    for word, hint in {"Richtung": "; a column is written {column: Richtung} here", "inbuond": "'inbound'?"}.items():
        lines = mistakes(LEAST.replace("inbound", word))
        assert len(lines) == 2
        assert lines[1].startswith(f"m.yaml, line 3: the value {word!r} is unknown; known are inbound,")
        assert lines[1].endswith(hint)


def test_times_without_a_zone_are_not_guessed() -> None:
    with pytest.raises(ValueError, match="ended: End '2026-11-16T08:00:10' has no zone"):
        made("  ended: End", End="2026-11-16T08:00:10")


def test_all_fields_of_a_leg() -> None:
    leg = made(
        """\
legs:
  - kind: agent
    key: K
    party: A
    started: Begin
    holds: [{since: H, until: {time: H, plus: {text: 5}}}, {since: I}]
    muted: {since: H}
    recording: R
    after_call_work: {text: no}
    wrap: {code: W, tags: [W, X, Y], when: {W: present}}
    left_by: {kind: {text: blind}, target: queue, to: Q, at: H, to_leg: {text: q2}}
""",
        K="k",
        A="Ann",
        H="2026-11-16T08:00:10Z",
        R=True,
        W="w",
        Y="y",
        Q="Billing",
    ).legs[0]
    assert (leg.key, leg.party, leg.recording, leg.after_call_work) == ("k", "Ann", True, False)
    assert leg.holds == (Span(since=at(10), until=at(15)),)
    assert leg.muted == (Span(since=at(10)),)
    assert leg.wrap is not None
    assert leg.wrap.tags == ("w", "y")
    assert leg.left_by == Transfer(kind="blind", target="queue", to="Billing", at=at(10), to_leg="q2")


def test_parts_that_a_record_says_nothing_of_are_not_there() -> None:
    legs = "legs: [{kind: agent, started: Begin, wrap: {code: W}, left_by: {kind: blind, target: queue, to: Q, at: H}}]"
    leg = made(legs).legs[0]
    assert (leg.key, leg.wrap, leg.left_by, leg.holds) == ("agent", None, None, ())


@pytest.mark.parametrize(
    ("text", "notation", "decimal", "seconds"),
    [
        ("143", None, ".", 143),
        ("1.5", None, ".", 1.5),
        ("1,5", None, ",", 1.5),
        ("00:02:23", None, ".", 143),
        ("100:00:00", None, ".", 360_000),
        ("0:02:23.250", None, ".", 143.25),
        ("12:02:23 AM", None, ".", 143),
        ("12:02:23 pm", "clock", ".", 43_343),
        ("1:00:00 PM", None, ".", 46_800),
        ("2500", "ms", ".", 2.5),
        ("1.5", "minutes", ".", 90),
        ("2", "hours", ".", 7200),
        ("0.00165509259259", "days", ".", 143),
        ("1.65509259259E-03", "days", ".", 143),
        ("0,5", "days", ",", 43_200),
        ("2:23", "mm:ss", ".", 143),
    ],
)
def test_durations(text: str, notation: str | None, decimal: str, seconds: float) -> None:
    assert duration(text, notation, decimal) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("text", "notation"),
    [
        *((text, None) for text in ("", "-1", "2:23", "1,5", "13:00:00 AM", "0:61:00", "١٢", "99999999999")),
        *(("x", "ms"), ("0:00:05", "seconds"), ("5", "clock"), ("1e9", "days"), ("nan", "days")),
    ],
)
def test_what_is_no_duration(text: str, notation: str | None) -> None:
    with pytest.raises(ValueError, match=r"^(a number|a clock|minutes)"):
        duration(text, notation)


@pytest.mark.parametrize("notation", [None, "seconds", "ms", "minutes", "hours", "days"])
def test_with_a_decimal_comma_a_number_has_no_point(notation: str | None) -> None:
    for text in ("1.000", "12.5", "1.000,5", "1,000.5"):
        with pytest.raises(ValueError, match=r"^a number of .*, with a comma as its decimal sign and no point$"):
            duration(text, notation, ",")
        if "," in text:
            with pytest.raises(ValueError, match=r"^a number of (?!.*comma)"):
                duration(text, notation)


def test_a_clock_may_have_a_point_though_numbers_have_a_comma() -> None:
    assert duration("0:00:01.5", None, ",") == duration("0:00:01,5", None, ",") == timedelta(seconds=1.5)


def test_an_epoch_with_a_decimal_comma_has_no_point() -> None:
    form = TimeForm(format="epoch", decimal=",")
    assert form.moment("1767603600,5").microsecond == 500_000
    for text in ("1767603600.5", "1.767.603.600"):
        with pytest.raises(ValueError, match="is no time as epoch"):
            form.moment(text)


def test_the_mappings_of_the_other_tests_have_no_mistakes() -> None:
    assert mapping_of_text(CSV, "m").dialect.delimiter == ";"
    assert mapping_of_text(JSON, "m").shares_conversations


def test_the_example_of_the_page_is_a_mapping_and_a_directory(tmp_path: Path) -> None:
    page = (Path(__file__).parents[3] / "docs" / "convert-records.md").read_text("utf-8")
    examples = re.findall(r"^```yaml\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    directories = [each for each in examples if each.startswith("source_id")]
    mappings = [mapping_of_text(each, "page") for each in examples if each not in directories]
    assert mappings[0].dialect.delimiter == ";"
    assert {"log", "states"} < {each.shape for each in mappings}
    for number, directory in enumerate(directories):
        (tmp_path / f"{number}.yaml").write_text(directory)
    read = [read_directory(tmp_path / f"{number}.yaml") for number in range(len(directories))]
    assert [sorted(each.queues) for each in read] == [["Sales"], []]
    assert (len(read[1].looked_up), read[1].users_by) == (5, ("employee_id",))


def test_columns_that_are_not_there_are_told_with_all_other_mistakes() -> None:
    text = CSV.replace("party: Agent", "party: Agnt").replace("plus: Wait", "plsu: Wait").replace("values:", "valus:")
    asked: list[str] = []

    def look(dialect: Any) -> Any:
        asked.append(dialect.delimiter)
        return headers_of([("calls.csv", rows(LINE).encode()), ("missing.csv", Path("/no/such"))], dialect)

    with pytest.raises(GenesysConfigError) as failure:
        mapping_of_text(text, "m.yaml", look)
    lines = str(failure.value).splitlines()
    assert [line.partition("; known are")[0] for line in lines] == [
        "the mapping has 3 mistakes:",
        "  m.yaml, line 3: in the mapping the name 'valus' is unknown",
        "  m.yaml, line 5: the verb 'plsu' is unknown",
        "  m.yaml, line 18: there is no column 'Agnt' in calls.csv; did you mean 'Agent'?",
    ]
    assert asked == [";"]
    mapping_of_text(CSV, "m.yaml", look)
    assert len(asked) == 1  # a mapping without mistakes is held against each file when that is read


def test_columns_are_not_guessed_at_where_the_header_cannot_be_read() -> None:
    for wrong in (CSV.replace('";"', '";;"'), CSV.replace("values:", "xyz:")):
        with pytest.raises(GenesysConfigError) as failure:
            mapping_of_text(wrong, "m.yaml", lambda _: pytest.fail("the header was looked at"))
        assert "there is no column" not in str(failure.value)


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("interaction:", "intercation:"),
        ("values:", "valeus:"),
        ("legs:", "leg:"),
        ("- kind: agent", "- knd: agent"),
        ("{column: Solved", "{colum: Solved"),
        ("started: start\n  ended:", "startd: start\n  ended:"),
        ("direction: inbound", "direction: inbond"),
        ("format: csv", "format: cvs"),
        ("delimiter:", "delimeter:"),
    ],
)
def test_what_is_mistyped_is_one_mistake_and_what_follows_from_it_none(right: str, wrong: str) -> None:
    assert right in CSV
    text = CSV.replace(right, wrong, 1)
    with pytest.raises(GenesysConfigError, match=r"^the mapping has 1 mistake:\n.*did you mean") as failure:
        mapping_of_text(text, "m.yaml", lambda dialect: headers_of([("f", rows(LINE).encode())], dialect))
    assert len(str(failure.value).splitlines()) == 2


def test_words_that_a_field_does_not_know_are_mistakes_wherever_the_file_has_them() -> None:
    text = """\
times: {format: iso}
values:
  way:
    column: Way
    table:
      I: inbound
      O: outbond
    otherwise: intrnal
  by: [{column: By, table: {A: agent, C: client}, when: {By: present}}, {text: nobody}]
  again: way
  kind: {column: Kind, otherwise: voce}
  flag: {column: Flag, table: {J: 'YES', N: nein}}
interaction:
  {id: Id, direction: {column: again}, started: At, ended_by: {column: by}, medium: [{column: kind}]}
legs:
  - kind: agent
    started: At
    recording: flag
    outcome: {column: Out, table: {L: lost}}
    left_by: {kind: blind, target: {column: Target, otherwise: quue}, to: To, at: At}
"""
    told = [line.partition(" is unknown")[0] for line in mistakes(text)]
    assert told == [
        "the mapping has 8 mistakes:",
        "m.yaml, line 7: the value 'outbond'",
        "m.yaml, line 8: the value 'intrnal'",
        "m.yaml, line 9: the value 'client'",
        "m.yaml, line 9: the value 'nobody'",
        "m.yaml, line 11: the value 'voce'",
        "m.yaml, line 12: the value 'nein'",
        "m.yaml, line 19: the value 'lost'",
        "m.yaml, line 20: the value 'quue'",
    ]
    assert "known are inbound, outbound, internal; did you mean 'outbound'?" in mistakes(text)[1]


def test_words_of_a_value_that_no_such_field_is_made_of_are_the_authors() -> None:
    more = """\
  tag: {column: topic}
  subject: {column: topic, before: "-"}
values:
  topic: {column: T, table: {a: anything-else}}
"""
    found = made(more, T="a")
    assert (found.tag, found.subject) == ("anything-else", "anything")


def test_words_of_a_file_that_extends_another_have_their_own_line() -> None:
    text = (
        "extends: nice_cxone\ntimes: {zone: UTC}\nvalues:\n  calls_out:\n    column: Skill_Name\n    table: {A: out}\n"
    )
    assert mistakes(text)[1].startswith("m.yaml, line 6: the value 'out' is unknown; known are inbound, outbound")


def test_a_mistyped_name_to_extend_is_one_mistake() -> None:
    for text in ("extends: amazon_conect\n", "extnds: amazon_connect\n"):
        with pytest.raises(GenesysConfigError, match=r"^the mapping has 1 mistake:\n"):
            mapping_of_text(text, "m.yaml")


def test_a_mistyped_name_of_a_mapping_that_comes_with_the_provider_is_told(tmp_path: Path) -> None:
    message = "there is no file 'amazon_conect', and no mapping of this name .*did you mean 'amazon_connect'"
    with pytest.raises(GenesysConfigError, match=message):
        text_of_mapping("amazon_conect", lambda name: tmp_path / name)
    with pytest.raises(GenesysSourceError, match="there is no such file"):
        text_of_mapping("amazon_conect.yaml", lambda name: tmp_path / name)
    (tmp_path / "amazon_conect").write_text(CSV)
    assert text_of_mapping("amazon_conect", lambda name: tmp_path / name) == (CSV, "amazon_conect")
    assert text_of_mapping("nice_cxone", lambda name: tmp_path / name)[1] == "nice_cxone.yaml"


def test_a_mistyped_value_of_a_file_that_extends_another_is_no_new_one() -> None:
    text = """extends: nice_cxone
times: {zone: Europe/Berlin}
values:
  %s: {column: Skill_Name, table: {Outbound: outbound}, otherwise: inbound}
"""
    for name, hint in (("calls_outt", "; did you mean 'calls_out'[?]"), ("mine", "")):
        with pytest.raises(GenesysConfigError, match=f"line 4: in values the name '{name}' is used nowhere{hint}$"):
            mapping_of_text(text % name, "m.yaml")


def test_a_value_that_is_used_nowhere_is_a_mistake_where_another_is_meant() -> None:
    text = """
values:
  strat: {time: [Day, Clock]}
  zz: Day
interaction: {id: Call, direction: inbound, started: {time: start}}
"""
    with pytest.raises(GenesysConfigError) as caught:
        mapping_of_text(text, "m.yaml")
    assert "line 3: in values the name 'strat' is used nowhere; did you mean 'start'?" in str(caught.value)
    assert "zz" not in str(caught.value)
    mapping_of_text(text.replace("strat", "start"), "m.yaml")
