"""Which of several versions of a record is the newest, and that nobody guesses it."""

from __future__ import annotations

import pytest

from airflow_provider_genesys.exceptions import GenesysConfigError
from airflow_provider_genesys.interactions.mapping_file import mapping_of_text
from airflow_provider_genesys.interactions.versions import VersionError, is_newer, newest
from tests.unit.interactions.runs import Runs, counts
from tests.unit.interactions.test_moved_records import PARTS, PLAIN, record

IN_ORDER = [
    ("9", "10"),
    ("9.5", "10"),
    ("-1", "0"),
    ("2026-01-05T10:05:00Z", "2026-01-05T10:05:00.5Z"),
    ("2026-01-05T10:05:00.1234567Z", "2026-01-05T10:05:00.1234568Z"),
    ("2026-01-05T10:30:00+01:00", "2026-01-05T10:00:00Z"),
    ("2026-01-05T10:05:00", "2026-01-05 10:05:01"),
    ("2026-01-05", "2026-01-05T10:05"),
    ("v9", "v10"),
    ("1.0.9", "1.0.10"),
    ("1.0", "1.0.1"),
    ("rev-2 (final)", "rev-10 (final)"),
]
WITHOUT_ORDER = [
    ("5", "v6"),
    ("2026-01-05T10:05:00Z", "2026-01-05T10:05:00"),
    ("2026-01-05T10:05:00Z", "7"),
    ("12/31/2025 10:00", "01/01/2026 10:00"),
    ("31.12.2025", "01.01.2026"),
    ("draft", "final"),
    ("v9", "w10"),
]


@pytest.mark.parametrize(("old", "new"), IN_ORDER)
def test_versions_that_have_an_order(old: str, new: str) -> None:
    assert is_newer(new, old)
    assert not is_newer(old, new)
    assert newest([None, new, old]) == new


@pytest.mark.parametrize(("one", "other"), WITHOUT_ORDER)
def test_versions_without_an_order(one: str, other: str) -> None:
    for pair in ((one, other), (other, one)):
        with pytest.raises(VersionError, match="nobody can tell the newer"):
            is_newer(*pair)
    assert not is_newer(one, one)


@pytest.mark.parametrize("mapping", [PLAIN, PARTS], ids=["record", "segments"])
def test_a_later_part_of_a_second_is_a_later_version(runs: Runs, mapping: str) -> None:
    old, new = (record("1", "A", version) for version in ("2026-01-05T10:05:00Z", "2026-01-05T10:05:00.5Z"))
    runs("one", [old], mapping=mapping)
    assert counts(runs("two", [new | {"e": "2026-11-16T10:02:00Z"}], mapping=mapping))[1:6] == [1, 0, 0, 1, 1]
    assert counts(runs("other", [new | {"id": "2", "cv": "B"}, old | {"id": "2", "cv": "B"}], mapping=mapping))[
        1:3
    ] == [1, 1]


@pytest.mark.parametrize("mapping", [PLAIN, PARTS], ids=["record", "segments"])
def test_what_has_no_order_is_rejected_and_never_superseded(runs: Runs, mapping: str) -> None:
    old, new = record("1", "A", "12/31/2025 10:00"), record("1", "A", "01/01/2026 10:00")
    runs("one", [old], mapping=mapping)
    for key, records, converted in (("two", [new], 0), ("three", [old | {"id": "2", "cv": "B"}, new | {"id": "2"}], 1)):
        account = runs(key, records, mapping=mapping)
        assert (account["converted"], account["superseded"], account["rejected"]) == (converted, 0, 1)
        (reject,) = runs.lines(key, 1)
        assert "versions '01/01/2026 10:00' and '12/31/2025 10:00' nobody can tell the newer" in reject["reason"]
    declared = mapping.replace("version: v", 'version: {time: v, format: "%m/%d/%Y %H:%M", zone: UTC}')
    late = [each | {"id": "3", "cv": "C"} for each in (new, old)]
    assert counts(runs("four", late, mapping=declared))[:3] == [2, 1, 1]
    assert runs("four", late, mapping=declared)["rejected"] == 0


@pytest.mark.parametrize("mapping", [PLAIN, PARTS], ids=["record", "segments"])
def test_one_without_a_version_is_older_than_any_with_one(runs: Runs, mapping: str) -> None:
    first = record("1", "A", "5")
    without = record("1", "A", None, e="2026-11-16T10:09:00Z")
    for key, records in (("one", [first, without]), ("two", [without, first])):
        its = [each | {"id": key, "cv": key} for each in records]
        assert counts(runs(key, its, mapping=mapping))[1:3] == [1, 1]
        assert runs.events(key)[-1]["eventDateTime"] == "2026-11-16T10:01:00.000Z"
    assert counts(runs("three", [without | {"id": "one", "cv": "one"}], mapping=mapping))[1:3] == [0, 1]


def test_a_version_is_a_time_by_the_name_of_a_value_too() -> None:
    mapping_of_text(f"values: {{changed: {{time: v}}}}\n{PLAIN.replace('version: v', 'version: changed')}", "m.yaml")
    with pytest.raises(GenesysConfigError, match="format goes with time"):
        mapping_of_text(PLAIN.replace("version: v", "version: {column: v, format: iso}"), "m.yaml")
