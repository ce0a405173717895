"""Why records were rejected, without what stood in them."""

from __future__ import annotations

import json

import pytest

from airflow_provider_genesys.interactions.rejected import reasons_in, without_values


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        ("column 'Start' is empty", "column … is empty"),
        ("it has not ended", "it has not ended"),
        ("the customer's number 'Müller' is none", "the customer's number … is none"),
        (f"at {'it is 12'!r} or {chr(34)}it's{chr(34)} o'clock", "at … or … o'clock"),
        (f"not {'both ' + chr(39) + ' and ' + chr(34)!r} here", "not … here"),
        ("must be one of 'a', 'b', not 'Anna", "must be one of …, …, not …"),
        ("at +49-170-1234567 nobody, 12 s later", "at … nobody, 12 s later"),
        ("line\nbreak", "line\ufffdbreak"),
        ("x " * 200, f"{'x ' * 79}x…"),
    ],
)
def test_values_are_taken_out(reason: str, told: str) -> None:
    assert without_values(reason) == told
    assert len(told) <= 160


def rejects(reasons: list[str]) -> list[str]:
    rows = [
        {"file": "s3://bucket/in/day.csv", "line": number, "reason": reason, "record": {"number": "+49"}}
        for number, reason in enumerate(reasons, 2)
    ]
    return [json.dumps(row) for row in rows]


def test_the_commonest_come_first_with_the_first_place() -> None:
    lines = rejects(["no 'a'", "queue 'x' is unknown", "queue 'y' is unknown", "no 'b' "])
    told = reasons_in([*lines, "not json", '{"reason": "without a place"}', "[]"])
    assert told[0] == {
        "code": None,
        "property": None,
        "rule": "queue … is unknown",
        "fate": None,
        "count": 2,
        "example": {"file": "day.csv", "line": 3},
    }
    assert [row["rule"] for row in told] == ["queue … is unknown", "no …", "no … "]


def test_as_many_reasons_as_records_fit() -> None:
    letters = [f"{chr(0x4E00 + number)}{'語' * 200}" for number in range(1_500)]
    told = reasons_in(rejects([*letters, *letters[:1] * 3]))
    assert 5 < len(told) <= 12
    assert len(json.dumps(told)) <= 12_000
    assert (told[0]["rule"], told[0]["count"]) == ("others", 500)
