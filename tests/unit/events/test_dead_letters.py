"""Dead letters: what they hold, and that they can be read as input again."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_genesys.events.dead_letters import DeadLetter, DeadLetters, segment_name
from airflow_provider_genesys.events.models import STREAMS
from airflow_provider_genesys.events.records import Event, Reader, Unsendable
from airflow_provider_genesys.events.source import read
from airflow_provider_genesys.exceptions import GenesysLedgerError

ID = "6a3af858-942f-489d-9700-5f9bcdcdae9b"
CALL = {
    "type": "communicationAnswered",
    "eventId": ID,
    "eventDateTime": "2021-01-01T09:12:58.000Z",
    "conversationId": ID,
    "communicationId": ID,
}
STREAM = STREAMS["conversations"]


def record(event: object) -> Event | Unsendable:
    text = event if isinstance(event, bytes) else json.dumps(event).encode()
    return Reader(STREAM, 10).read(text, None, 5, "day.jsonl", 6)


def written(tmp_path: Path, letter: DeadLetter, fields: str = "all") -> dict[str, object]:
    DeadLetters(tmp_path, STREAM, fields).put(3, 1, [letter])
    line = (tmp_path / "dead-letters" / segment_name(3, 1)).read_bytes()
    assert line.endswith(b"}\n")
    assert line.count(b"\n") == 1
    return json.loads(line)


def test_a_rejected_event_with_all_that_is_known_of_it(tmp_path: Path) -> None:
    row = written(tmp_path, DeadLetter(record(CALL), "rejected", "no such user", "no such user 7", 2, "corr"))
    assert row == {
        "dead_letter": {
            "fate": "rejected",
            "reason": "no such user",
            "message": "no such user 7",
            "file": "day.jsonl",
            "line": 6,
            "attempts": 2,
            "correlation_id": "corr",
            "event_id": ID,
            "key": ID,
        },
        "event": CALL,
    }


def test_an_event_with_a_derived_id_keeps_that_id(tmp_path: Path) -> None:
    event = record({name: value for name, value in CALL.items() if name != "eventId"})
    assert isinstance(event, Event)
    row = written(tmp_path, DeadLetter(event, "rejected", "r", "m"))
    again = record(row)
    assert isinstance(again, Event)
    assert again.event_id == event.event_id


def test_what_is_not_json_stands_there_as_text_and_is_as_invalid_the_second_time(tmp_path: Path) -> None:
    for number, text in enumerate((b'{"torn', b"\xff\xfe", b"7", b'{"type": "odd"}', b'{"a":"\\ud800"}')):
        first = record(text)
        assert isinstance(first, Unsendable)
        row = written(tmp_path / str(number), DeadLetter.of(first))
        again = record(json.dumps(row).encode())
        assert isinstance(again, Unsendable)
        assert again.reason == first.reason


@pytest.mark.parametrize(
    "name", ["\ud800x", 'x"y', "\0", "\\", "\n", "ä", 'communicationAnswered","reason":"x'], ids=ascii
)
def test_the_name_of_an_array_is_the_type_whatever_it_is(tmp_path: Path, name: str) -> None:
    event = {key: value for key, value in CALL.items() if key != "type"}
    (tmp_path / "day.jsonl").write_text(json.dumps({f"{name}Events": [event]}))
    (chunk,) = read(str(tmp_path / "day.jsonl"), stream=STREAM.name)
    (found,) = Reader(STREAM, 10).read_all(chunk.records, chunk.types, chunk.lines, 0, chunk.file)
    assert isinstance(found, Unsendable)
    assert found.reason == "invalid.type"
    assert written(tmp_path, DeadLetter.of(found))["event"] == {"type": name, **event}


def test_ids_only(tmp_path: Path) -> None:
    row = written(tmp_path, DeadLetter(record(CALL), "rejected", "r", "m"), "ids")
    assert set(row) == {"dead_letter"}
    assert row["dead_letter"]["event_id"] == ID
    torn = written(tmp_path / "b", DeadLetter.of(record(b'{"ani": "+4912345"')), "ids")
    assert "+4912345" not in json.dumps(torn)


def test_a_resume_removes_what_its_ledger_does_not_know(tmp_path: Path) -> None:
    letters = DeadLetters(tmp_path, STREAM, "all")
    for lane, seq in ((0, 1), (0, 2), (1, 1), (10, 1), (11, 3)):
        letters.put(lane, seq, [DeadLetter.of(record(b"{"))])
    letters.remove_beyond([1, 0, *[0] * 8, 1], lambda: None)
    assert sorted(path.name for path in (tmp_path / "dead-letters").iterdir()) == ["00-000001.jsonl", "10-000001.jsonl"]


def test_the_names_of_a_lanes_segments_are_in_the_order_of_its_input() -> None:
    names = [segment_name(3, seq) for seq in range(1, 1_200)]
    assert sorted(names) == names


def test_nothing_is_removed_for_a_run_that_lost_its_ledger(tmp_path: Path) -> None:
    letters = DeadLetters(tmp_path, STREAM, "all")
    letters.put(0, 1, [DeadLetter.of(record(b"{"))])

    def taken_over() -> None:
        raise GenesysLedgerError("another run has taken over")

    with pytest.raises(GenesysLedgerError):
        letters.remove_beyond([0], taken_over)
    assert (tmp_path / "dead-letters" / segment_name(0, 1)).exists()


def replayed(tmp_path: Path, text: bytes) -> tuple[Unsendable, list[Event | Unsendable], object]:
    """Return what is read of a text that is no event, of its dead letter unedited, and what that holds."""
    first = record(text)
    assert isinstance(first, Unsendable)
    held = written(tmp_path, DeadLetter.of(first))["event"]
    chunks = list(read(str(tmp_path / "dead-letters"), stream=STREAM.name))
    return first, [record(text) for chunk in chunks for text in chunk.records], held


@pytest.mark.parametrize(
    "said",
    [
        *(
            b"J\xf6rg",
            b"J\xf6",
            b"C:\\\\\xf6n",
            b"C:\\\xf6n",
            b"\\\\\\\xf6\xf6",
        ),  # Latin-1, also with a backslash too few
        *(b"\x95\\\x95\\", b"\xed\xa0\xbd\xed\xb8\x80"),  # Shift JIS, and surrogates as databases write them
    ],
)
@pytest.mark.parametrize("turned", [True, False])
def test_what_was_no_utf_8_is_none_the_second_time(tmp_path: Path, said: bytes, *, turned: bool) -> None:
    event = CALL | {"type": "communicationDispositionApplied", "notes": "?"}
    event = dict(reversed(event.items())) if turned else event
    first, (again,), held = replayed(tmp_path, json.dumps(event).encode().replace(b"?", said))
    assert isinstance(again, Unsendable)
    assert again.reason == first.reason
    assert f'"eventId": "{ID}"' in str(held)


def test_a_dead_letter_tells_which_bytes_were_no_utf_8(tmp_path: Path) -> None:
    _, (again,), held = replayed(tmp_path, b'{"userId":"J\xf6rg\xc3\xb6","a":"\\\xe4","b":"\\\\\xe4\xff","c":1')
    assert held == '{"userId":"J\\xf6rgö","a":"\\xe4","b":"\\\\\\xe4\\xff","c":1'
    assert isinstance(again, Unsendable)
    assert again.text.decode() == held  # so it stays as it is however often it is replayed


@given(st.integers(0, 300), st.integers(0, 3), st.lists(st.integers(128, 255), min_size=1, max_size=3))
def test_broken_bytes_anywhere_make_no_event_of_a_dead_letter(place: int, backslashes: int, broken: list[int]) -> None:
    text = json.dumps(CALL | {"type": "communicationDispositionApplied", "notes": "a \\ b"}).encode()
    place = 1 + place % (len(text) - 1)
    text = text[:place] + b"\\" * backslashes + bytes(broken) + text[place:]
    if isinstance(record(text), Unsendable):
        with TemporaryDirectory() as folder:
            _, again, _ = replayed(Path(folder), text)
        assert all(isinstance(each, Unsendable) for each in again)


@pytest.mark.parametrize("turn", [lambda row: row, lambda row: dict(reversed(row.items()))])
@pytest.mark.parametrize("indent", [None, 2])
def test_a_dead_letter_may_be_edited_in_any_way(tmp_path: Path, turn: Any, indent: int | None) -> None:
    row = written(tmp_path, DeadLetter(record(CALL), "rejected", "r", "m"))
    again = record(json.dumps(turn(row), indent=indent).encode())
    assert isinstance(again, Event)
    assert again.event_id == ID
