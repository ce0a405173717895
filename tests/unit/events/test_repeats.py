"""Changes that were left out as duplicates and may be none are told, in one line."""

from __future__ import annotations

import json
from typing import Any

import pytest

from airflow_provider_genesys.events.models import STREAMS
from airflow_provider_genesys.events.records import Event, Reader
from airflow_provider_genesys.events.repeats import Repeats

BREAK, ON_QUEUE = "5e5c5c66-ea97-4e7f-ac41-6424784829f2", "6a3af858-942f-489d-9700-5f9bcdcdae9b"
LEFT_OUT = "Left out as duplicates: "


def change(definition: str, *, user: str = "u1", second: int = 58, **more: Any) -> dict[str, Any]:
    moment = f"2021-01-01T09:12:{second}.000Z"
    return {"eventDateTime": moment, "userId": user, "sourceId": ON_QUEUE, "presenceDefinitionId": definition} | more


def id_of(event: dict[str, Any]) -> str:
    return Reader(STREAMS["user_presences"], 1).read(json.dumps(event).encode(), None, 0, "in/day.jsonl", 1).event_id


def told(
    caplog: pytest.LogCaptureFixture, *events: dict[str, Any], reader: Reader | None = None
) -> tuple[list[int], list[str]]:
    """Return the lines that were left out, and what was told of them."""
    reader = reader or Reader(STREAMS["user_presences"], 100)
    out = []
    for line, event in enumerate(events, 1):
        if not isinstance(reader.read(json.dumps(event).encode(), None, line - 1, "in/day.jsonl", line), Event):
            out.append(line)
    reader.repeats.tell()
    return out, [record.getMessage() for record in caplog.records]


def test_break_on_queue_break_within_one_second_is_told(caplog: pytest.LogCaptureFixture) -> None:
    out, (said,) = told(caplog, change(BREAK), change(ON_QUEUE), change(BREAK))
    assert out == [3]
    assert said == (
        "Left out as duplicates: 1 event without an eventId, although another record of the same conversation, user "
        "or agent came in between, such as day.jsonl, line 3. Events of the same content and time are taken for one "
        "event. If the input repeats itself, all is well; if they are changes of their own (Break, On Queue, Break "
        "within one second), give their times milliseconds, or each of them an eventId, and publish again."
    )


def test_there_is_one_line_however_many_there_are(caplog: pytest.LogCaptureFixture) -> None:
    events = [
        change(definition, user=f"u{user}") for user in range(1200) for definition in (BREAK, ON_QUEUE, BREAK, ON_QUEUE)
    ]
    out, (said,) = told(caplog, *events)
    assert len(out) == 2400
    assert said.startswith(LEFT_OUT + "2,400 events without an eventId, ")
    assert "such as day.jsonl, line 3." in said


@pytest.mark.parametrize(
    "events",
    [
        pytest.param([change(BREAK), change(BREAK)], id="a record twice in a row"),
        pytest.param([change(BREAK), change(ON_QUEUE, user="u2"), change(BREAK)], id="of another user in between"),
        pytest.param([change(BREAK), change(ON_QUEUE), change(BREAK, second=59)], id="no duplicate"),
        pytest.param(
            [change(BREAK, eventId=BREAK), change(ON_QUEUE, eventId=ON_QUEUE), change(BREAK, eventId=BREAK)],
            id="they bring their ids",
        ),
        pytest.param(
            [change(BREAK, eventId=BREAK), change(ON_QUEUE), change(BREAK, eventId=BREAK)], id="the duplicate brings it"
        ),
        pytest.param([change(BREAK), change("NONSENSE", user="u2"), change(BREAK)], id="of another user and invalid"),
        pytest.param([change(BREAK), {"presence": "Break"}, change(BREAK)], id="of nobody and invalid"),
        pytest.param([change("NONSENSE"), change(BREAK), change(BREAK)], id="what is invalid comes before"),
    ],
)
def test_what_is_not_told(caplog: pytest.LogCaptureFixture, events: list[dict[str, Any]]) -> None:
    assert told(caplog, *events)[1] == []


@pytest.mark.parametrize(
    "between",
    [
        pytest.param(change("NONSENSE"), id="a value that is none"),
        pytest.param({"userId": "u1"}, id="most is missing"),
        pytest.param(change(ON_QUEUE, userid="u1"), id="an unknown property"),
        pytest.param(change(ON_QUEUE, user="U1", more=1), id="the key in other letters"),
        pytest.param(change(BREAK, second=59, eventId=id_of(change(BREAK))), id="the id of the event before it"),
        pytest.param(change(ON_QUEUE, eventId="x" * 600_000), id="too large"),
        pytest.param({"dead_letter": {"fate": "invalid"}, "event": change("NONSENSE")}, id="a dead letter as it was"),
        pytest.param({"dead_letter": {"fate": "rejected"}, "event": change(ON_QUEUE)}, id="a dead letter, corrected"),
    ],
)
def test_what_is_invalid_counts_as_in_between(caplog: pytest.LogCaptureFixture, between: dict[str, Any]) -> None:
    """Once it is corrected and published, the second Break would be missing."""
    out, said = told(caplog, change(BREAK), between, change(BREAK), change(BREAK))
    assert out[-2:] == [3, 4]
    assert [line.partition(",")[0] for line in said] == [LEFT_OUT + "1 event without an eventId"]
    assert "such as day.jsonl, line 3." in said[0]


def test_of_what_is_told_by_its_key_a_record_in_which_it_stands_twice_is_one(caplog: pytest.LogCaptureFixture) -> None:
    reader = Reader(STREAMS["user_presences"], 100)
    again = json.dumps(change(BREAK)).encode()
    twice = json.dumps(change(ON_QUEUE)).replace("{", '{"userId": "u1", ').encode()
    for line, text in enumerate([again, twice, again], 1):
        reader.read(text, None, line - 1, "in/day.jsonl", line)
    reader.repeats.tell()
    assert "line 3." in caplog.text


def test_an_event_with_an_id_of_its_own_counts_as_in_between(caplog: pytest.LogCaptureFixture) -> None:
    out, (said,) = told(caplog, change(BREAK), change(ON_QUEUE, eventId=BREAK), change(BREAK))
    assert out == [3]
    assert said.startswith(LEFT_OUT + "1 event ")


def test_the_id_of_a_presence_given_by_name_is_derived(caplog: pytest.LogCaptureFixture) -> None:
    def named(presence: str) -> dict[str, Any]:
        event = change(BREAK, presence=presence)
        del event["presenceDefinitionId"]
        return event

    reader = Reader(STREAMS["user_presences"], 100, {"Break": BREAK, "On Queue": ON_QUEUE}.__getitem__)
    out, (said,) = told(caplog, named("Break"), named("On Queue"), named("Break"), reader=reader)
    assert out == [3]
    assert "line 3." in said


def test_a_null_id_is_none(caplog: pytest.LogCaptureFixture) -> None:
    events = [change(each, eventId=None) for each in (BREAK, ON_QUEUE, BREAK)]
    assert len(told(caplog, *events)[1]) == 1


def test_the_case_of_a_key_does_not_matter(caplog: pytest.LogCaptureFixture) -> None:
    events = [change(BREAK, user="ann"), change(ON_QUEUE, user="ANN"), change(BREAK, user="ann")]
    assert len(told(caplog, *events)[1]) == 1


def test_keys_that_have_not_come_for_long_are_forgotten() -> None:
    repeats = Repeats(keys=10)
    for number in range(1000):
        repeats.note(f"user {number}", "first")
    assert len(repeats._newer) + len(repeats._older) <= 20
    assert repeats.note("user 999", "second")
    assert repeats.note("user 995", "second")
    assert not repeats.note("user 0", "second")
