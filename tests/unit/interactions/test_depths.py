"""Names that lead into JSON in a text, and to each element of a list."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_genesys.interactions.mapping_file import mapping_of_text

MAPPING = """\
record: {only: {%s: %s}}
interaction: {id: Id, direction: inbound, started: Begin, tag: Deep.Name}
"""


@pytest.mark.parametrize(
    ("name", "wanted", "record", "counts"),
    [
        ("Parts.*.State", "[A, B]", {"Parts": [{"State": "C"}, {"State": " B "}]}, True),
        ("Parts.*.State", "A", {"Parts": [{"State": "C"}, {"State": "B"}]}, False),
        ("Parts.*.State", "present", {"Parts": [{"State": ""}, {"State": None}]}, False),
        ("Parts.*.State", "empty", {"Parts": []}, True),
        ("Parts.*.State", "empty", {}, True),
        ("Parts.*.State", "empty", {"Parts": [{"State": "A"}]}, False),
        ("Parts.*.State", "{not: A}", {"Parts": [{"State": "A"}, {"State": "B"}]}, True),
        ("Parts.*.State", "{not: A}", {"Parts": [{"State": "A"}]}, False),
        ("Parts.*.On", "true", {"Parts": ({"On": True},)}, True),
        ("Parts.*", "A", {"Parts": ["A"]}, True),
        ("Parts.*.Sub.*.No", "7", {"Parts": [{"Sub": [{"No": 6}]}, {"Sub": [{"No": 7}]}]}, True),
        ("Parts.*.State", "A", {"Parts": {"State": "A"}}, False),
        ("Parts.*.State", "A", {"Parts": '[{"State": "A"}]'}, True),
        ("Parts.1.State", "A", {"Parts": '[{"State": "B"}, {"State": "A"}]'}, True),
        ("Parts.*.State", "A", {"Parts": '[{"State": "A"}'}, False),
    ],
)
def test_a_condition_of_any_element(name: str, wanted: str, record: dict[str, Any], counts: bool) -> None:
    assert mapping_of_text(MAPPING % (name, wanted), "m").skips(record) is not counts


@pytest.mark.parametrize(
    ("deep", "tag"),
    [
        ('{"Name": "a b", "More": 1}', "a b"),
        ('{"Name": 1.50}', "1.50"),
        ({"Name": "a"}, "a"),
        ('{"Name": "\\u00e9"}', "\u00e9"),
        ('{"Name": "\\ud800"}', None),
        ('{"Name": ', None),
        ("[" * 100_000, None),
        ("plain", None),
    ],
)
def test_json_in_a_text(deep: Any, tag: str | None) -> None:
    record = {"Id": "1", "Begin": "2026-11-16T08:00:00Z", "Deep": deep}
    assert mapping_of_text(MAPPING % ("Id", "present"), "m").understood(record).interaction.tag == tag
