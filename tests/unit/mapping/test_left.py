"""For whom a transfer has nothing to publish, as its summary tells it."""

from __future__ import annotations

import json

import pytest

from airflow_provider_genesys.mapping.left import left_over, left_over_in

NOTHING = {"unmapped_presences": [], "missing_users": []}


def unmapped(number: int, text: str = "") -> dict[str, str | None]:
    return {"category": "Away", "sub_category": None, "description": f"{number}{text}", "vonage_user_id": "u"}


def test_the_commonest_presences_and_the_first_users() -> None:
    told = left_over([unmapped(1), unmapped(2), unmapped(2)], [{"vonage_user_id": "b"}, {"vonage_user_id": "a"}])
    assert told["unmapped_presences"] == [
        {"category": "Away", "sub_category": None, "description": "2", "count": 2},
        {"category": "Away", "sub_category": None, "description": "1", "count": 1},
    ]
    assert told["missing_users"] == ["b", "a"]


@pytest.mark.parametrize("text", ["", "語" * 500])
def test_it_is_bounded(text: str) -> None:
    told = left_over(
        [unmapped(number, text) for number in range(900)], [{"vonage_user_id": f"{text}{n}"} for n in range(900)]
    )
    assert 3 < len(told["unmapped_presences"]) <= 12
    assert 3 < len(told["missing_users"]) <= 20
    assert len(json.dumps(told)) <= 2 * 6_000 + 50


@pytest.mark.parametrize("text", [None, b"", b"torn", b"{}\n", b'"x"\n', b"[1]\n"])
def test_what_an_earlier_try_wrote_is_told_if_it_can_be_read(text: bytes | None) -> None:
    assert left_over_in(text, text) == NOTHING
    rows = [f"{json.dumps(each)}\n".encode() for each in (unmapped(1), {"vonage_user_id": "a"})]
    assert left_over_in(*rows) == left_over([unmapped(1)], [{"vonage_user_id": "a"}]) != NOTHING
