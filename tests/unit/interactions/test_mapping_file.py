"""What a mapping file may say, and what it makes of a record."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from airflow_provider_genesys.interactions.directory import read_directory
from airflow_provider_genesys.interactions.mapping_file import mapping_of_text
from airflow_provider_genesys.interactions.model import Span, Transfer
from tests.unit.interactions.interactions import at
from tests.unit.interactions.mappings import made
from tests.unit.interactions.world import CSV, JSON


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
