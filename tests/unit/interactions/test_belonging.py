"""Whatever holds several records gives each of them, or is an error of the source: it never counts as fewer records."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, TypeAlias

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_genesys.exceptions import GenesysSourceError
from airflow_provider_genesys.interactions import json_rows
from airflow_provider_genesys.interactions.explaining import explain
from airflow_provider_genesys.interactions.mapping_file import SHIPPED, RecordMapping, mapping_of_text
from airflow_provider_genesys.interactions.reading import read_rows
from airflow_provider_genesys.interactions.rows import MAX_RECORD
from tests.harness.examples import examples
from tests.harness.tables import columns_of, names_of, numbered, rows_of
from tests.unit.interactions.interactions import DIRECTORY
from tests.unit.interactions.shipped import SAMPLES
from tests.unit.interactions.states import SIMPLE, says
from tests.unit.interactions.world import JSON, OBJECT, UNFILTERED, mapping_of, run

Records: TypeAlias = list[dict[str, Any]]

_SAMPLE_OF = {
    "amazon_connect": "connect_contact_records.jsonl",
    "amazon_connect_agent_events": "connect_agent_events.jsonl",
    "twilio_taskrouter": "twilio_taskrouter_events.jsonl",
    "vonage_interactions": "vonage_interactions.json",
    "vonage_wfm_agent_states": "vonage_wfm_agent_states.json",
}
"""Of each shipped mapping of JSON."""


def text_of(name: str) -> str:
    return (SHIPPED / f"{name}.yaml").read_text("utf-8")


def sample(name: str) -> Records:
    """Return the records of a sample, out of their pages."""
    text = (SAMPLES / _SAMPLE_OF[name]).read_text("utf-8")
    try:
        values = [json.loads(text)]
    except ValueError:
        values = [json.loads(line) for line in text.splitlines()]
    key = mapping_of(text_of(name), f"{name}.yaml").dialect.records or ""
    return [record for value in values for record in value.get(key, [value])]


PLATFORMS: dict[str, tuple[str, Records]] = {
    "own": (UNFILTERED, [OBJECT | {"Id": f"c{number}"} for number in range(9)]),
    "own that skips": (JSON, [OBJECT | {"Id": f"c{number}"} for number in range(9)]),
    "own states": (SIMPLE, [says(number, "Free") for number in range(9)]),
    **{name: (text_of(name), sample(name)) for name in _SAMPLE_OF},
}
MAPPINGS = {name: mapping_of(text, f"{name}.yaml") for name, (text, _) in PLATFORMS.items()}


def test_every_shipped_mapping_of_json_is_looked_at() -> None:
    shipped = {path.stem for path in SHIPPED.glob("*.yaml") if "format: json" in path.read_text("utf-8")}
    assert shipped == {*_SAMPLE_OF}
    assert all(len(records) > 2 for _, records in PLATFORMS.values())


def count_of(content: bytes | Records, mapping: RecordMapping) -> int | None:
    """Return how many records an input has, ``None`` where it ends in an error of the source that says why."""
    try:
        return sum(1 for _ in read_rows("f", content, mapping))
    except GenesysSourceError as error:
        assert "would count as one record" in str(error)  # noqa: PT017 - else it fails, as it should
        return None


SHAPES: dict[str, Callable[[Records], Any]] = {
    "list": lambda records: records,
    "list in lists": lambda records: [[records[:1]], records[1:]],
    "under a key": lambda records: {"Whatever": records},
    "under a key with a page": lambda records: {"status": "ok", "page": 1, "Whatever": records, "next": None},
    "under keys": lambda records: {"a": {"b": [{"c": records}]}},
    "behind nothing": lambda records: {"data": [None, *records]},
    "behind something else": lambda records: {"batch": [{"x": 1}, 5, "id", *records]},
    "in lists of a wrapper": lambda records: {"batch": [[], [records[0]], records[1:]]},
    "by number": numbered,
    "each under a key": lambda records: {"hits": [{"_source": record} for record in records]},
    "text under a key": lambda records: {"Message": json.dumps(records)},
    "lines under a key": lambda records: {"Message": "\n".join(map(json.dumps, records))},
    "texts": lambda records: {"x": [json.dumps(record) for record in records]},
    "columns": columns_of,
    "numbered columns": lambda records: {name: numbered(column) for name, column in columns_of(records).items()},
    "split": lambda records: {"columns": names_of(records), "data": rows_of(records)},
    "header": lambda records: {"answer": {"header": names_of(records), "lines": rows_of(records)}},
    "wrapper of a wrapper": lambda records: {"Records": [{"detail": record} for record in records]},
}  # fmt: skip
ENCODINGS: dict[str, Callable[[Any], str]] = {
    "line": json.dumps,
    "indented": lambda value: json.dumps(value, indent=2),
    "text": lambda value: json.dumps(json.dumps(value)),
}


@examples(300)
@given(
    name=st.sampled_from(sorted(PLATFORMS)),
    size=st.integers(2, 9),
    shape=st.sampled_from(sorted(SHAPES)),
    encoding=st.sampled_from(sorted(ENCODINGS)),
    is_behind=st.booleans(),
)
def test_several_records_are_as_many_or_an_error(
    name: str, size: int, shape: str, encoding: str, is_behind: bool
) -> None:
    records = PLATFORMS[name][1][:size]
    text = ENCODINGS[encoding](SHAPES[shape](records))
    before = f"{json.dumps(records[0])}\n" if is_behind else ""
    count = count_of((before + text).encode(), MAPPINGS[name])
    assert count is None or count >= len(records) + is_behind
    if encoding == "line":
        value = json.loads(text)
        count = count_of([*records[:is_behind], *(value if isinstance(value, list) else [value])], MAPPINGS[name])
        assert count is None or count >= is_behind + len(records) or shape.startswith("list")


@pytest.mark.parametrize("name", PLATFORMS)
@pytest.mark.parametrize("key", ["Records", "detail-type"])
def test_what_holds_records_is_an_error_that_says_where_and_what_to_do(name: str, key: str) -> None:
    text, records = PLATFORMS[name]
    good = json.dumps(records[0])
    for wrapped in (records, records[1]):
        content = f"{good}\n{json.dumps({key: wrapped, 'version': '0'})}\n{good}\n"
        with pytest.raises(GenesysSourceError) as caught:
            list(read_rows("calls.json", content.encode(), MAPPINGS[name]))
        assert str(caught.value) == (
            f"calls.json, line 2: this object holds records under the key {key!r}, and would count as one record: say "
            f"reads: {{records: {key}}} in the mapping, or in one of your own that extends it; or give the records "
            "themselves, one a line or as a JSON array"
        )
        assert (caught.value.file, caught.value.line) == ("calls.json", 2)
        begin = f"extends: {name}\n" if name in _SAMPLE_OF else f"{text}\n"
        said = mapping_of_text(f"{begin}reads: {{records: {key}}}\n", "said.yaml")
        assert [row.record for row in read_rows("f", content.encode(), said)] == [
            row.record for row in read_rows("f", json.dumps([records[0], wrapped, records[0]]).encode(), said)
        ]


@pytest.mark.parametrize(
    ("wrapped", "how"),
    [
        ({"a": {"b": [OBJECT, OBJECT]}}, "holds records under the key 'a'"),
        ({"0": OBJECT, "1": OBJECT}, "holds records under the key '0'"),
        ({"Message": json.dumps(OBJECT)}, "holds records under the key 'Message'"),
        ({"Id": ["a", "b"], "Channel": ["VOICE", "VOICE"]}, "holds records as columns"),
        ({"columns": ["Id", "Channel"], "data": [["a", "VOICE"], ["b", "VOICE"]]}, "holds records as rows"),
    ],
)
def test_what_the_mapping_cannot_be_told_of_is_to_be_given_as_records(wrapped: dict[str, Any], how: str) -> None:
    with pytest.raises(GenesysSourceError) as caught:
        run(JSON, [wrapped])
    advice = "and would count as one record: give the records themselves, one a line or as a JSON array"
    assert str(caught.value) == f"f1, line 1: this object {how}, {advice}"


def test_a_key_is_written_as_yaml_has_to_have_it() -> None:
    with pytest.raises(GenesysSourceError, match=r'say reads: \{records: "a: b"\} in'):
        run(JSON, json.dumps({"a: b": [OBJECT]}))
    mapping = f'{UNFILTERED}reads: {{records: "a: b"}}\n'
    assert run(mapping, json.dumps({"a: b": [OBJECT]})).account.converted == 1


def test_a_key_that_is_no_name_in_yaml_is_quoted() -> None:
    for key in ("null", "Null"):
        with pytest.raises(GenesysSourceError, match=rf'say reads: \{{records: "{key}"\}} in'):
            run(UNFILTERED, json.dumps({key: [OBJECT]}))
        assert run(f'{UNFILTERED}reads: {{records: "{key}"}}\n', json.dumps({key: [OBJECT]})).account.converted == 1


@pytest.mark.parametrize(
    ("key", "shown", "torn"),
    [
        ("+4930123456", "***", 0),
        ("+4930123456", "***", 2),
        ("ann.smith@example.com", "***", 0),
        ("x" * 300, f"{'x' * 79}…", 0),
    ],
)
def test_a_key_that_is_data_is_not_told(key: str, shown: str, torn: int) -> None:
    text = json.dumps({key: [OBJECT, OBJECT]})
    with pytest.raises(GenesysSourceError) as caught:
        run(UNFILTERED, text[: len(text) - torn])
    assert key not in str(caught.value)
    assert str(caught.value).endswith(
        f"under the key {shown!r}, and would count as one record: give the records themselves, one a line or as a JSON "
        "array"
    )


def test_what_the_mapping_says_already_is_not_advised() -> None:
    for held in ([{"items": [OBJECT, OBJECT]}], [{"items": OBJECT}]):
        with pytest.raises(GenesysSourceError, match="under the key 'items'") as caught:
            run(ITEMS, json.dumps({"items": held}))
        assert "say reads" not in str(caught.value)


ITEMS = f"{UNFILTERED}reads: {{records: items}}\n"
OWN_ITEMS = pytest.mark.parametrize("own", [[{"sku": "1"}, {"sku": "2"}], {"sku": "1"}, [], [OBJECT]])


@OWN_ITEMS
def test_a_record_may_have_something_of_its_own_under_the_name_that_holds_records(own: Any) -> None:
    records = [OBJECT | {"Id": f"c{number}", "items": own} for number in range(2)]
    lines = "\n".join(map(json.dumps, records))
    for content in (records, lines, json.dumps(records), json.dumps({"items": records}), [{"items": records}]):
        assert run(ITEMS, content).account.converted == 2
    page = {"Id": "page 1", "Channel": "VOICE", "items": records}
    for content in ([page], json.dumps(page)):
        assert run(ITEMS, content).account.converted == 2


def test_what_may_be_a_record_or_hold_some_is_asked_for() -> None:
    """With two of the fields, and three in what it holds, it would count as one record, and these be lost."""
    few = {"Id": "page 1", "How": "IN"}
    page = few | {"items": [few | {"Begin": OBJECT["Begin"]}]}
    for content, place in (([page], 1), (f"\n{json.dumps(page)}", 2), (json.dumps([OBJECT, page]), 1)):
        with pytest.raises(GenesysSourceError, match=f"line {place}: this object has fields .* in 'items'") as caught:
            run(ITEMS, content)
        assert "page 1" not in str(caught.value)


@OWN_ITEMS
def test_what_was_taken_out_of_its_page_is_not_opened_when_it_is_given_again(own: Any) -> None:
    late = [OBJECT | {"Id": f"c{number}", "Begin": "yesterday", "items": own} for number in range(2)]
    open_ = OBJECT | {"Id": "c3", "End": None, "items": own}
    first = run(ITEMS, json.dumps({"items": [*late, open_]}))
    assert (first.account.rejected, first.account.held_back) == (2, 1)
    again = run(ITEMS, first.rejects_file, "\n".join(map(json.dumps, first.held_back)))
    assert (again.account.records, again.rejects, again.held_back) == (3, first.rejects, first.held_back)
    assert [each["record"]["items"] for each in again.rejects] == [own, own]


def test_records_as_data_are_opened_where_the_mapping_says_so() -> None:
    mapping = f"{UNFILTERED}reads: {{records: held}}\n"
    two = [OBJECT | {"Id": "a"}, OBJECT | {"Id": "b"}]
    for content in ([{"held": two}], [{"held": two[0]}, {"held": two[1]}], [{"held": two[0]}, two[1]]):
        assert run(mapping, content).account.converted == 2
    reject = {"file": "day.json", "line": 7, "reason": "id is empty", "record": {"held": [*two, {"Id": "c"}]}}
    for given_again in (UNFILTERED, mapping):
        with pytest.raises(GenesysSourceError, match=r"^day.json, line 7: this object holds records under the key 'he"):
            run(given_again, json.dumps(reject))


@pytest.mark.parametrize("name", PLATFORMS)
def test_what_is_torn_too_long_or_broken_elsewhere_is_not_one_reject(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    longest = MAX_RECORD // 10
    monkeypatch.setattr(json_rows, "MAX_RECORD", longest)
    monkeypatch.setattr(json_rows, "MAX_PAGE", 2 * longest)
    records = PLATFORMS[name][1]
    whole = json.dumps({"Records": records})
    assert len(whole) < longest
    many = json.dumps({"Records": records * (2 + 2 * longest // len(whole))})
    texts = [whole[:-3], whole.replace('"Records"', '"x": "\\ud800", "Records"'), many]
    twice = f'{{"Records": {json.dumps(records[:1])}, "Records": {json.dumps(records[1:])}}}'
    for text in [*texts, twice]:
        with pytest.raises(GenesysSourceError, match="holds records under the key 'Records'"):
            list(read_rows("f", text.encode(), MAPPINGS[name]))
    with pytest.raises(GenesysSourceError, match="holds records under the key 'Records'"):
        list(read_rows("f", whole.encode().replace(b'{"Records"', b'{"x": "\xff", "Records"'), MAPPINGS[name]))


# --- what is no mistake ---


@pytest.mark.parametrize("name", PLATFORMS)
def test_no_record_of_a_platform_is_taken_for_something_else(name: str) -> None:
    _, records = PLATFORMS[name]
    for given_ in (records, json.dumps(records).encode(), "\n".join(map(json.dumps, records)).encode()):
        assert [row.record is not None for row in read_rows("f", given_, MAPPINGS[name])] == [True] * len(records)
    for record in records:
        assert count_of([record], MAPPINGS[name]) == 1


@pytest.mark.parametrize(
    "record",
    [
        {"Id": "c1", "Channel": "CHAT"},
        {"Channel": "CHAT"},
        {"Channel": None, "x": [OBJECT["Queue"], {"Id": "z"}]},
        OBJECT | {"Channel": "CHAT", "parts": [OBJECT, OBJECT]},
        OBJECT | {"How": "MONITOR"},
    ],
)
def test_records_that_the_mapping_skips_are_a_success(record: dict[str, Any]) -> None:
    for content in ([record], [record] * 9, json.dumps(record)):
        account = run(JSON, content).account
        assert (account.skipped, account.rejected) == (account.records, 0)


@pytest.mark.parametrize(
    "nothing",
    [
        '{"data": []}', '{"Records": [], "total": 0, "next": null}', '{"records": [[]], "total": "0"}', "[]", "", " \n",
        '[{"items": {"results": []}, "hasMore": false}]',
    ],
)  # fmt: skip
@pytest.mark.parametrize("mapping", [JSON, UNFILTERED])
def test_an_hour_without_records_is_a_success_of_no_records(mapping: str, nothing: str) -> None:
    assert run(mapping, nothing).account.records == 0
    assert run(mapping, f"{json.dumps(OBJECT)}\n{nothing}").account.converted == 1


@pytest.mark.parametrize(
    "foreign",
    [
        {"userId": "u", "eventDateTime": "2026-11-16T08:00:00Z", "routingStatus": "IDLE"},
        {"error": "unauthorized"},
        {"data": [], "error": "x"},
        {"data": [], "total": 300},
        {"contacts": [{"callId": 1}, {"callId": 2}]},
        {},
    ],
)
def test_a_file_without_any_field_of_the_mapping_is_no_success(foreign: dict[str, Any]) -> None:
    for count in (1, 3):
        lines = "\n".join([json.dumps(foreign)] * count)
        with pytest.raises(GenesysSourceError) as caught:
            run(JSON, json.dumps(OBJECT), lines)
        assert str(caught.value) == (
            f"f2: not one of its records ({count}) has any of the fields that m.yaml reads, such as Channel, How, Id, "
            "so that they would be skipped or rejected: they are another platform's, or hold the records in a way that "
            "is not known"
        )
        with pytest.raises(GenesysSourceError, match="not one of its records"):
            run(JSON, f"no JSON\n{lines}")
        mixed = run(JSON, f"{lines}\n{json.dumps(OBJECT)}").account
        assert (mixed.skipped, mixed.converted) == (count, 1)
        rejected = run(UNFILTERED, lines)  # which says so of each, and max_rejected decides
        assert rejected.account.rejected == count
    assert run(JSON, "").account.records == 0


@pytest.mark.parametrize("wanted", ["f:1", "f:2"])
def test_one_record_is_explained_though_it_has_none_of_the_fields(wanted: str) -> None:
    text = f"{json.dumps({'other': 1})}\n{json.dumps(OBJECT)}\n"
    explained = explain([("f", text.encode())], MAPPINGS["own that skips"], DIRECTORY, wanted)
    assert explained.account["skipped" if wanted == "f:1" else "converted"] == 1
    with pytest.raises(GenesysSourceError, match="holds records under the key 'Records'"):
        explain([("f", json.dumps({"Records": [OBJECT]}).encode())], MAPPINGS["own that skips"], DIRECTORY, "c1")
