"""All mistakes of a mapping file are told at once, each where it is and with what may have been meant."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from airflow_provider_genesys.exceptions import GenesysConfigError, GenesysSourceError
from airflow_provider_genesys.interactions.mapping_file import mapping_of_text, text_of_mapping
from airflow_provider_genesys.interactions.reading import headers_of, read_rows
from tests.unit.interactions.interactions import at
from tests.unit.interactions.mappings import LEAST, made, mistakes
from tests.unit.interactions.world import CSV, LINE, rows


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
