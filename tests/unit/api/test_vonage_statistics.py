"""Vonage Contact Center's statistics, window by window."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import responses
from api_world import SECRET

from airflow_provider_genesys.api.retry import RetryPolicy
from airflow_provider_genesys.api.settings import ClientSettings
from airflow_provider_genesys.api.vonage_contact_center import VonageContactCenterClient
from airflow_provider_genesys.exceptions import GenesysConfigError, GenesysPermissionError, GenesysTransportError

API = "https://emea.api.newvoicemedia.com"
LISTING = f"{API}/stats/interactions"
SINCE = datetime(2026, 9, 1, tzinfo=UTC)


@pytest.fixture
def vonage(clock: Any) -> VonageContactCenterClient:
    login = "https://emea.cc.vonage.com"
    return VonageContactCenterClient(
        ClientSettings("the-id", SECRET, API, login, requests_per_minute=1e9, scope="stats")
    )


@pytest.fixture
def web() -> Any:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        mock.post(
            "https://emea.cc.vonage.com/Auth/connect/token",
            json={"access_token": "token-1", "expires_in": 7200, "token_type": "Bearer"},
        )
        yield mock


def page(*items: str, up_to: Any, number: int = 1, of: int = 1) -> dict[str, Any]:
    meta = {"page": number, "count": len(items), "pageCount": of, "totalCount": len(items)}
    return {"meta": meta, "items": [{"guid": each} for each in items], "upTo": up_to}


def asked(web: Any) -> list[dict[str, str]]:
    calls = [call.request for call in web.calls if "/stats/" in call.request.url]
    assert {call.headers["Accept"] for call in calls} == {"application/vnd.newvoicemedia.v3+json"}
    return [{name: value[0] for name, value in parse_qs(urlsplit(call.url).query).items()} for call in calls]


def guids(reading: Any) -> list[str]:
    return [each["guid"] for each in reading]


def test_windows_follow_each_other_up_to_where_each_answer_came(web: Any, vonage: VonageContactCenterClient) -> None:
    web.get(LISTING, json=page("a", up_to="2026-10-02T00:00:00.000Z", of=2))
    web.get(LISTING, json=page("b", up_to="2026-10-02T00:00:05.000Z", number=2, of=2))
    web.get(LISTING, json=page("c", up_to="2026-11-01T23:59:00.000Z"))
    web.get(LISTING, json=page("a", "d", up_to="2026-11-15T10:00:00.000Z"))
    reading = vonage.read_interactions(SINCE, datetime(2026, 11, 15, 12, tzinfo=timezone(timedelta(hours=1))))
    assert guids(reading) == ["a", "b", "c", "a", "d"]
    assert reading.up_to == datetime(2026, 11, 15, 10, tzinfo=UTC)
    first = {"start": "2026-09-01T00:00:00.000Z", "end": "2026-10-02T00:00:00.000Z", "include": "Processed"}
    assert asked(web) == [
        first | {"page": "1"},
        first | {"page": "2"},
        {"start": first["end"], "end": "2026-11-02T00:00:00.000Z", "include": "Processed", "page": "1"},
        {"start": "2026-11-01T23:59:00.000Z", "end": "2026-11-15T11:00:00.000Z", "include": "Processed", "page": "1"},
    ]


def test_text_of_times_stands_for_them(web: Any, vonage: VonageContactCenterClient) -> None:
    web.get(LISTING, json=page("a", up_to="2026-09-02T00:00:00Z"))
    reading = vonage.read_interactions("2026-09-01T02:00:00+02:00", " 2026-09-02T00:00:00Z ")
    assert guids(reading) == ["a"]
    assert asked(web)[0]["start"] == "2026-09-01T00:00:00.000Z"
    assert asked(web)[0]["end"] == "2026-09-02T00:00:00.000Z"


def test_an_answer_that_goes_further_than_its_window_does_not_skip_what_is_between(
    web: Any, vonage: VonageContactCenterClient
) -> None:
    web.get(LISTING, json=page(up_to="2026-11-20T00:00:00Z"))
    web.get(LISTING, json=page(up_to="2026-11-20T00:00:00Z"))
    reading = vonage.read_interactions(SINCE, datetime(2026, 10, 10, tzinfo=UTC))
    assert guids(reading) == []
    assert [each["start"][:10] for each in asked(web)] == ["2026-09-01", "2026-10-02"]
    assert reading.up_to == datetime(2026, 10, 10, tzinfo=UTC)


def test_the_next_reading_never_begins_before_this_one_did(web: Any, vonage: VonageContactCenterClient) -> None:
    web.get(LISTING, json=page(up_to="2026-08-31T23:00:00Z"))
    reading = vonage.read_interactions(SINCE, SINCE + timedelta(hours=1))
    assert guids(reading) == []
    assert reading.up_to == SINCE


def test_a_window_that_does_not_get_on_is_no_answer(web: Any, vonage: VonageContactCenterClient) -> None:
    web.get(LISTING, json=page("a", up_to="2026-09-01T00:00:00Z"))
    with pytest.raises(GenesysTransportError, match="it goes up to 2026-09-01T00:00:00"):
        guids(vonage.read_interactions(SINCE, SINCE + timedelta(days=40)))


@pytest.mark.parametrize("up_to", [None, 5, "soon", ""])
def test_an_answer_that_does_not_tell_how_far_it_goes_is_not_understood(
    web: Any, vonage: VonageContactCenterClient, up_to: Any
) -> None:
    web.get(LISTING, json=page("a", up_to=up_to))
    with pytest.raises(GenesysTransportError, match="it does not tell, as upTo, up to when it goes"):
        guids(vonage.read_interactions(SINCE, SINCE + timedelta(days=1)))


def test_times_that_are_none_are_refused_before_anything_is_asked(web: Any, vonage: VonageContactCenterClient) -> None:
    edge = datetime.min.replace(tzinfo=timezone(timedelta(hours=14)))
    for odd, shown in (
        (SINCE.replace(tzinfo=None), "2026-09-01T00:00:00$"),
        ("2026-09-01T00:00:00", "'2026-09-01T00:00:00'"),
        ("soon", "'soon'"),
        (edge, re.escape(edge.isoformat())),
        (SINCE.date(), "date"),
        (7, "7"),
        (None, "None"),
    ):
        with pytest.raises(GenesysConfigError, match=f"since must be a time with a zone, such as .*, not {shown}"):
            vonage.read_interactions(odd)
        if odd is not None:
            with pytest.raises(GenesysConfigError, match=f"until must be a time with a zone, .* or None, not {shown}"):
                vonage.read_interactions(SINCE, odd)
    with pytest.raises(GenesysConfigError, match="is after"):
        vonage.read_interactions(SINCE, SINCE - timedelta(seconds=1))
    assert not web.calls


def test_pages_are_read_to_their_end_and_one_of_them_is_no_listing(web: Any, vonage: VonageContactCenterClient) -> None:
    web.get(f"{API}/stats/queue-times", json=page("a", up_to="x", of=2))
    web.get(f"{API}/stats/queue-times", json=page("b", up_to="x", number=2, of=2))
    query = {"start": "2026-09-01T00:00:00Z"}
    assert guids(vonage.iterate("getStatsQueueTimes", query=query)) == ["a", "b"]
    with pytest.raises(GenesysConfigError, match="page leads to one page, and all are read"):
        vonage.iterate("getStatsQueueTimes", query=query | {"page": 2})
    with pytest.raises(GenesysConfigError, match="query parameter 'start' is missing"):
        vonage.iterate("getStatsQueueTimes")


def test_without_the_scope_the_message_names_it(web: Any, vonage: VonageContactCenterClient) -> None:
    web.get(LISTING, status=403, json={"message": "no"})
    with pytest.raises(GenesysPermissionError, match="stats"):
        vonage.call("getStatsInteractions", query={"start": "x"}, policy=RetryPolicy(max_attempts=1))
