"""Times: what is brought to the form that is sent, and what is refused."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from airflow_provider_genesys.events.models import STREAMS, Stream
from airflow_provider_genesys.events.records import Event, Reader, Unsendable, derive_event_id
from airflow_provider_genesys.events.times import lacks_zone, normalised

ID = "5e5c5c66-ea97-4e7f-ac41-6424784829f2"


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("2026-11-16T10:12:58.123456+01:00", "2026-11-16T09:12:58.123Z"),
        ("2026-11-16T10:12:58+00:00", "2026-11-16T10:12:58.000Z"),
        ("2026-11-16T10:12:58.1Z", "2026-11-16T10:12:58.100Z"),
        ("2026-11-16 10:12:58.9999999Z", "2026-11-16T10:12:58.999Z"),
        ("2026-11-16t10:12:58,5z", "2026-11-16T10:12:58.500Z"),
        ("2026-11-16 10:12:58.123456 UTC", "2026-11-16T10:12:58.123Z"),
        ("2026-11-16 10:12:58 +0100", "2026-11-16T09:12:58.000Z"),
        ("2026-11-16 10:12:58+01", "2026-11-16T09:12:58.000Z"),
        ("2026-11-16T10:12:58-00:00", "2026-11-16T10:12:58.000Z"),
        ("2026-12-31T22:15:00.9999-03:30", "2027-01-01T01:45:00.999Z"),
        ("2028-03-01T00:30:00+05:45", "2028-02-29T18:45:00.000Z"),
        ("2026-12-31T24:00:00Z", "2027-01-01T00:00:00.000Z"),
        ("0001-01-01T05:00:00.0+05:00", "0001-01-01T00:00:00.000Z"),
        ("2026-11-16T10:12Z", "2026-11-16T10:12:00.000Z"),
        ("2026-11-16 10:12+01:00", "2026-11-16T09:12:00.000Z"),
        ("2026-12-31T24:00Z", "2027-01-01T00:00:00.000Z"),
        ("20261116T101258Z", "2026-11-16T10:12:58.000Z"),
        ("20261116T1012Z", "2026-11-16T10:12:00.000Z"),
        ("20261116t101258.9999-0330", "2026-11-16T13:42:58.999Z"),
        ("20261116101258Z", "2026-11-16T10:12:58.000Z"),
        ("20261116 10:12:58 UTC", "2026-11-16T10:12:58.000Z"),
        ("2026-11-16 10:12:58  +01:00", "2026-11-16T09:12:58.000Z"),
        ("2026-11-16T10:12:58+01:00[Europe/Berlin]", "2026-11-16T09:12:58.000Z"),
        ("2026-11-16T10:12:58 GMT", "2026-11-16T10:12:58.000Z"),
        (" 2026-11-16T10:12:58.000Z\n", "2026-11-16T10:12:58.000Z"),
        ("2026-11-16T10:12:58z", "2026-11-16T10:12:58.000Z"),
    ],
)
def test_what_names_an_instant_is_brought_to_the_form_that_is_sent(written: str, sent: str) -> None:
    assert normalised(written) == sent
    text = json.dumps({"eventDateTime": written, "userId": "u", "sourceId": ID}).encode()
    event = Reader(STREAMS["user_presences"], 10).read(text, None, 0, "day.jsonl", 1)
    assert isinstance(event, Event)
    body = json.loads(event.body)
    assert body["eventDateTime"] == sent
    without_id = json.dumps({key: value for key, value in body.items() if key != "eventId"}).encode()
    assert event.event_id == derive_event_id(STREAMS["user_presences"], "userPresence", without_id)


@pytest.mark.parametrize(
    "written",
    [
        "2026-11-16T10:12:58",
        "2026-11-16T10:12",
        "2026-11-16T10:12.5Z",
        "2026-11-16T10:1258Z",
        "2026-1116T10:12:58Z",
        "2026-11-1610:12:58Z",
        "2026-11-16T10:60Z",
        "2026-11-16T24:01Z",
        "2026-11-16T25:00Z",
        "2026-11-16T10:12:58[Europe/Berlin]",
        "2026-11-16T10:12:58+01:00Z",
        "2026-11-16",
        "2026-02-29T10:12:58+01:00",
        "2026-12-31T23:59:60Z",  # a leap second, which the form cannot hold
        "2026-12-31T24:00:01Z",
        "2026-12-31T24:00:00.001Z",
        "0001-01-01T00:00:00+00:01",
        "9999-12-31T23:59:59-00:01",
        "2026-11-16T10:12:58+24:00",
        "2026-11-16T10:12:58+1:00",
        "2026-11-16T10:12:58 CET",
        "2026-11-16T10:12:58.Z",
        "16.11.2026 10:12:58Z",
        "1763287978",
    ],
)
def test_what_names_none_is_not(written: str) -> None:
    assert normalised(written) is None


@pytest.mark.parametrize(
    "written", ["2026-11-16T10:12:58", "2026-11-16 10:12:58.123456", "2026-11-16 10:12 ", "20261116T101258"]
)
def test_a_time_without_a_zone_is_invalid_and_told_what_to_add(written: str) -> None:
    assert lacks_zone(written)
    text = json.dumps({"eventDateTime": written, "userId": "u", "sourceId": ID}).encode()
    record = Reader(STREAMS["user_presences"], 10).read(text, None, 0, "day.jsonl", 1)
    assert isinstance(record, Unsendable)
    assert record.message == "eventDateTime has no zone: add Z if it is UTC, else its offset, such as +01:00"


@pytest.mark.parametrize("written", [1763287978, "1763287978", "2026-11-16", "16.11.2026 10:12:58Z"])
def test_what_is_no_time_is_told_what_to_write(written: object) -> None:
    text = json.dumps({"eventDateTime": written, "userId": "u", "sourceId": ID}).encode()
    record = Reader(STREAMS["user_presences"], 10).read(text, None, 0, "day.jsonl", 1)
    assert isinstance(record, Unsendable)
    assert record.message.startswith("eventDateTime must be a UTC time such as 2026-01-31T09:12:58.000Z")


def test_a_time_without_decimals_is_sent_as_it_is() -> None:
    text = json.dumps({"eventDateTime": "2026-11-16T10:12:58Z", "userId": "u", "sourceId": ID}).encode()
    event = Reader(STREAMS["user_presences"], 10).read(text, None, 0, "day.jsonl", 1)
    assert isinstance(event, Event)
    assert json.loads(event.body)["eventDateTime"] == "2026-11-16T10:12:58Z"


@given(st.datetimes(), st.integers(-1439, 1439))
def test_whatever_python_writes_is_rounded_down(local: datetime, minutes: int) -> None:
    written = local.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    sent = normalised(written.isoformat())
    assert normalised(f"{written.year:04}{written:%m%dT%H%M%S.%f%z}") == sent
    assume(sent is not None)  # the first and the last day of all may be in another year in UTC
    assert sent is not None
    assert timedelta(0) <= written - datetime.fromisoformat(sent).astimezone(UTC) < timedelta(milliseconds=1)


@pytest.mark.parametrize("stream", STREAMS.values(), ids=STREAMS.keys())
def test_every_kind_and_every_form_of_input_has_it(stream: Stream) -> None:
    for kind in stream.kinds:
        plain = _refusals(stream, kind, "2026-11-16T09:12:58.123Z")
        assert _refusals(stream, kind, "2026-11-16T10:12:58.123456+01:00") == plain
        assert "eventDateTime" not in plain


def _refusals(stream: Stream, kind: str, time: str) -> str:
    """Return what is wrong with an event that has nothing but its time."""
    record = Reader(stream, 10).read(json.dumps({"eventDateTime": time}).encode(), kind, 0, "day.jsonl", 1)
    return record.message if isinstance(record, Unsendable) else "nothing"


def test_a_dead_letter_with_another_time_is_sent_as_its_event() -> None:
    event = {"eventDateTime": "2026-11-16 10:12:58+01:00", "userId": "u", "sourceId": ID, "message": None}
    letter = json.dumps({"dead_letter": {"reason": "x"}, "event": event}).encode()
    record = Reader(STREAMS["user_presences"], 10).read(letter, None, 0, "day.jsonl", 1)
    assert isinstance(record, Event)
    assert json.loads(record.body)["eventDateTime"] == "2026-11-16T09:12:58.000Z"
