"""The diff: every change is found and nothing else, field by field; and it can be read."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_genesys.exports.diff import NOTHING, Diff, FieldChange, changes, compare, explained
from airflow_provider_genesys.exports.manifest import Entry, Part
from airflow_provider_genesys.exports.render import coloured, few_rows, markdown, summary
from airflow_provider_genesys.files.canonical import canonical, digest
from tests.harness.examples import examples

SCALARS = st.none() | st.booleans() | st.integers(-2, 2) | st.sampled_from([0.0, 1.0, 1.5]) | st.text(max_size=3)
KEYS = st.sampled_from(["a", "b", "c/d", "é"])
JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3), max_leaves=12
)
ENTITIES = st.dictionaries(st.sampled_from("uvwxyz"), st.dictionaries(KEYS, JSON, max_size=3), max_size=6)


def part(entities: dict[str, Any] | None = None, state: Any = "exported") -> Part:
    entries = [
        Entry(id=key, name=f"The {key}", object=digest(canonical(entity)), volatile={})
        for key, entity in (entities or {}).items()
    ]
    return Part(state=state, count=len(entries), total=None, reasons=[], permissions=[], entities=entries)


def diff_of(before: Any, after: Any, name: str = "webchat_deployments") -> Diff:
    """Compare entities, with their fields; a string is a state with none."""
    parts = [part(state=side) if isinstance(side, str) else part(side) for side in (before, after)]
    objects = {
        digest(canonical(entity)): entity
        for side in (before, after)
        if not isinstance(side, str)
        for entity in side.values()
    }

    def read(keys: Sequence[str]) -> Iterator[Any]:
        return map(objects.__getitem__, keys)

    return explained(compare("before", {name: parts[0]}, {name: parts[1]}), read, read)


def applied(value: Any, found: list[FieldChange]) -> Any:
    """Make the changes."""
    holder = {"": copy.deepcopy(value)}
    for change in found:
        *way, last = ("", *change.path)
        target: Any = holder
        for step in way:
            target = target[step]
        if change.after is NOTHING:
            del target[last]
        else:
            target[last] = copy.deepcopy(change.after)
    return holder[""]


# --- fields ---


@given(JSON, JSON)
def test_the_changes_lead_from_before_to_after_and_back(before: Any, after: Any) -> None:
    found = [*changes(before, after)]
    assert canonical(applied(before, found)) == canonical(after)
    back = [FieldChange(change.path, change.after, change.before) for change in found]
    assert canonical(applied(after, back)) == canonical(before)
    assert (not found) == (canonical(before) == canonical(after))


@given(JSON)
def test_nothing_is_different_from_itself(value: Any) -> None:
    assert [*changes(value, copy.deepcopy(value))] == []


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ({"a": 1}, {"a": True}, [{"path": "/a", "before": 1, "after": True}]),
        ({"a": None}, {}, [{"path": "/a", "before": None}]),
        ({}, {"a": None}, [{"path": "/a", "after": None}]),
        ({"a": {"b": [1, 2]}}, {"a": {"b": [1, 3]}}, [{"path": "/a/b/1", "before": 2, "after": 3}]),
        ({"a": [1]}, {"a": [1, 2]}, [{"path": "/a", "before": [1], "after": [1, 2]}]),
        ({"a": {}}, {"a": []}, [{"path": "/a", "before": {}, "after": []}]),
    ],
)
def test_fields(before: Any, after: Any, expected: Any) -> None:
    assert [change.as_json() for change in changes(before, after)] == expected


# --- entities ---


@given(ENTITIES, ENTITIES)
def test_each_entity_is_added_removed_modified_or_the_same(before: Any, after: Any) -> None:
    diff = diff_of(before, after)
    one = diff.resources["webchat_deployments"]
    assert {entry.id for entry in one.added} == after.keys() - before.keys()
    assert {entry.id for entry in one.removed} == before.keys() - after.keys()
    assert {each.after.id for each in one.modified} == {
        key for key in before.keys() & after.keys() if canonical(before[key]) != canonical(after[key])
    }
    assert all(
        canonical(applied(before[each.after.id], [*each.fields])) == canonical(after[each.after.id])
        for each in one.modified
    )
    assert diff.changed == (canonical(before) != canonical(after)) == diff.is_news
    opposite = diff_of(after, before)
    assert (opposite.added, opposite.removed, opposite.modified) == (diff.removed, diff.added, diff.modified)


@examples(25)  # drawing a table takes some milliseconds
@given(ENTITIES, ENTITIES)
def test_it_is_json_and_can_be_shown(before: Any, after: Any) -> None:
    diff = diff_of(before, after)
    assert json.loads(canonical(diff.as_json()))["changed"] == diff.changed
    assert markdown(diff, snapshot="now").startswith("**")
    assert coloured(diff)


# --- states ---

SHOPS = {str(number): {"id": str(number)} for number in range(25)}


@pytest.mark.parametrize(
    "pair", [("exported", "gone"), ("gone", "exported"), ("exported", "absent"), ("absent", "gone")]
)
def test_a_state_change_is_one_change_and_no_mass_of_removals(pair: Any) -> None:
    before, after = (SHOPS if state == "exported" else state for state in pair)
    diff = diff_of(before, after)
    assert (diff.added, diff.removed, diff.modified, diff.changed) == (0, 0, 0, True)
    assert diff.state_changes == (f"webchat_deployments: {pair[0]} → {pair[1]}",)
    text = markdown(diff, snapshot="now")
    assert f"| state | all of it | - | {pair[0]} | {pair[1]} |" in text
    assert len(text.splitlines()) < 12


@pytest.mark.parametrize(
    ("before", "after", "reason", "news"),
    [
        (SHOPS, "forbidden", "it is forbidden", True),
        ("partial", SHOPS, "it was partial", True),
        ("forbidden", "forbidden", "it was forbidden and is forbidden", False),
        ("gone", "partial", "it is partial", True),
    ],
)
def test_what_was_not_seen_whole_is_not_compared(before: Any, after: Any, reason: str, news: bool) -> None:
    diff = diff_of(before, after)
    one = diff.resources["webchat_deployments"]
    assert (one.comparison, one.reason) == ("not_comparable", reason)
    assert (diff.changed, diff.is_news) == (False, news)
    assert summary(diff) == "Nothing changed; 1 of 1 resources not compared"
    assert f"| not compared | {reason} |" in markdown(diff, snapshot="now")


@pytest.mark.parametrize("state", ["gone", "absent"])
def test_what_stays_gone_or_absent_is_unchanged(state: str) -> None:
    diff = diff_of(state, state)
    assert (diff.changed, diff.is_news) == (False, False)
    assert summary(diff) == "Nothing changed"


def test_a_resource_that_was_not_in_the_one_before() -> None:
    diff = compare("before", {}, {"presence_sources": part({"s": {}})})
    assert diff.resources["presence_sources"].reason == "it is not in the snapshot before"
    assert (diff.added, diff.changed) == (0, False)


def test_the_first_snapshot() -> None:
    diff = compare(None, {}, {"presence_sources": part({"s": {}, "t": {}}), "webchat_settings": part(state="gone")})
    assert (diff.added, diff.changed) == (2, True)
    assert summary(diff) == "The first snapshot: 2 added"
    assert summary(compare(None, {}, {"webchat_settings": part(state="gone")})) == (
        "The first snapshot: nothing is configured"
    )


# --- shown ---


def test_markdown_says_what_changed() -> None:
    before = {
        "1": {"name": "Shop", "allowedDomains": ["a.example.com", "b.example.com"], "disabled": False},
        "2": {"name": "Old"},
    }
    after = {
        "1": {"name": "Shop", "allowedDomains": ["a.example.com"], "disabled": True, "flow": {"id": "f"}},
        "3": {"name": "New"},
    }
    assert markdown(diff_of(before, after), snapshot="now") == (
        "**1 added, 1 removed, 1 modified**\n\n"
        "### Web chat deployments\n\n"
        "| | Which | Field | Before | After |\n"
        "| --- | --- | --- | --- | --- |\n"
        "| added | The 3 (3) | - | - | - |\n"
        "| removed | The 2 (2) | - | - | - |\n"
        "| modified | The 1 (1) | allowedDomains | 2 items, only here: b.example.com | 1 item |\n"
        "| modified | The 1 (1) | disabled | false | true |\n"
        '| modified | The 1 (1) | flow | (not there) | {"id": "f"} |\n\n'
        "Snapshot `now`, compared with `before`\n"
    )


@given(st.text(max_size=30), st.text(max_size=30))
def test_no_text_breaks_the_markdown(before: str, after: str) -> None:
    lines = markdown(diff_of({"1": {"x": before}}, {"1": {"x": after}}), snapshot="now").splitlines()
    rows = [line for line in lines if line.startswith("| modified")]
    assert len(rows) == (before != after)
    for row in rows:
        assert len(re.findall(r"(?<!\\)(?:\\\\)*\|", row)) == 6
        assert not re.search(r"<(?!br)|(?<!\\)[`\[]", row)


def test_hostile_names_and_values_mean_themselves() -> None:
    hostile = "a|b\n| c | <script>alert(1)</script> ![x](http://evil) `code` **bold** \u202e\x1b[31m"
    text = markdown(diff_of({"1": {"x": "1"}}, {"1": {"x": hostile}}), snapshot="now")
    assert "a\\|b\N{REPLACEMENT CHARACTER}\\| c \\| &lt;script&gt;alert(1)&lt;/script&gt; \\!\\[x\\]" in text
    assert "\x1b" not in text
    assert "\u202e" not in text
    shown = coloured(diff_of({"1": {"x": "1"}}, {"1": {"x": hostile}}))
    assert "\x1b[31m a" not in shown
    assert "\u202e" not in shown


def test_long_values_are_cut_and_a_long_table_too() -> None:
    many = {str(number): {"x": 1} for number in range(300)}
    shown = coloured(diff_of(many, {}))
    assert "and 100 more rows" in shown
    text = markdown(diff_of({"1": {"x": "a" * 1000}}, {"1": {"x": "b" * 1000}}), snapshot="now")
    assert len(text) < 1000
    assert markdown(diff_of(many, {}), snapshot="now").count("| removed |") == 300


def test_a_summary_has_some_rows_and_tells_how_many_are_left() -> None:
    diff = diff_of({"1": {"a": 1, "b": "<b>"}, "2": {}}, {"1": {"a": 2, "b": "x" * 400}, "3": {}})
    name = {"resource": "webchat_deployments"}
    assert few_rows(diff) == {
        "rows": [
            name | {"what": "added", "which": "The 3 (3)", "field": "", "before": "", "after": ""},
            name | {"what": "removed", "which": "The 2 (2)", "field": "", "before": "", "after": ""},
            name | {"what": "modified", "which": "The 1 (1)", "field": "a", "before": "1", "after": "2"},
            name
            | {"what": "modified", "which": "The 1 (1)", "field": "b", "before": "<b>", "after": f"{'x' * 296} ..."},
        ],
        "rows_left": 0,
    }
    assert few_rows(diff_of("exported", "gone"))["rows"][0]["what"] == "state"
    assert few_rows(compare(None, {}, {"a": part({"1": {}})})) == {"rows": [], "rows_left": 0}


@pytest.mark.parametrize(("fields", "letter", "least"), [(80, "x", 50), (80, "語" * 300, 4)])
def test_the_rows_of_a_summary_fit(fields: int, letter: str, least: int) -> None:
    diff = diff_of(
        {"1": dict.fromkeys(map(str, range(fields)), "")}, {"1": dict.fromkeys(map(str, range(fields)), letter)}
    )
    told = few_rows(diff)
    assert least <= len(told["rows"]) <= 50
    assert len(told["rows"]) + told["rows_left"] == fields
    assert len(json.dumps(told["rows"])) <= 20_000


def test_the_table_in_the_log_has_names_fields_and_values() -> None:
    shown = re.sub(r"\x1b\[[0-9;]*m", "", coloured(diff_of({"1": {"disabled": False}}, {"1": {"disabled": True}})))
    assert "1 modified" in shown
    for cell in ("Web chat deployments", "modified", "The 1 (1)", "disabled", "false", "true"):
        assert cell in shown
