"""The way in: lanes by key, nothing given out twice, and no other input under an old ledger."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_genesys.events.intake import Intake
from airflow_provider_genesys.events.ledger import Ledger, open_ledger
from airflow_provider_genesys.events.models import STREAMS
from airflow_provider_genesys.events.records import Reader
from airflow_provider_genesys.events.source import Chunk
from airflow_provider_genesys.exceptions import GenesysLedgerError
from airflow_provider_genesys.files.ownership import Owner
from tests.harness.examples import examples

if TYPE_CHECKING:
    from airflow_provider_genesys.events.batching import Body

STREAM = STREAMS["user_presences"]
LANES = 4


def line(number: int) -> bytes:
    if number % 10 == 7:
        return b'{"torn'
    row = {
        "eventId": f"{number:08}-942f-489d-9700-5f9bcdcdae9b",
        "eventDateTime": "2021-01-01T00:00:00Z",
        "userId": f"user {number % 23}",
        "sourceId": "6a3af858-942f-489d-9700-5f9bcdcdae9b",
    }
    return json.dumps(row).encode()


def chunks(count: int, size: int = 64, start: int = 0) -> Iterator[Chunk]:
    lines = [line(number) for number in range(start, start + count)]
    for first in range(0, count, size):
        part = lines[first : first + size]
        yield Chunk("f", range(first + 1, first + 1 + len(part)), part)


def opened(folder: Path) -> Ledger:
    owner = Owner(folder / "owner.json", "key", 1)
    owner.take()
    return open_ledger(folder, owner, STREAM.name, LANES, [])


def settle(ledger: Ledger, lane: int, body: Body) -> None:
    fates = {"accepted": len(body.events), "invalid": len(body.unsendable)}
    ledger.settle(lane, fates, (), next_=body.last + 1, open_=[], seq=0)


def ordinals(bodies: list[tuple[int, Body]]) -> list[int]:
    return sorted(record.ordinal for _, body in bodies for record in [*body.events, *body.unsendable])


def test_every_record_goes_to_one_lane_and_a_key_keeps_to_its_own(tmp_path: Path) -> None:
    intake = Intake(STREAM, opened(tmp_path), Reader(STREAM, 100))
    bodies = [*intake.bodies(chunks(1_000)), *intake.rest()]
    assert ordinals(bodies) == list(range(1_000))
    lanes_by_key: dict[str, set[int]] = {}
    for lane, body in bodies:
        for event in body.events:
            lanes_by_key.setdefault(event.key, set()).add(lane)
    assert all(len(lanes) == 1 for lanes in lanes_by_key.values())
    assert len(set.union(*lanes_by_key.values())) == LANES
    assert (intake.read, intake.unsettled) == (1_000, 1_000)


@examples(40)
@given(st.integers(0, 1_500), st.integers(0, 30), st.integers(1, 100), st.data())
def test_a_resume_gives_out_exactly_what_is_not_settled(
    count: int, delivered: int, size: int, data: st.DataObject
) -> None:
    import tempfile  # noqa: PLC0415 - hypothesis and pytest's tmp_path do not go together

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        ledger = opened(folder)
        first = Intake(STREAM, ledger, Reader(STREAM, 100))
        stream = [*first.bodies(chunks(count)), *first.rest()]
        # Any lane may be ahead of the others; each delivers its own bodies in order.
        done = [[body for lane, body in stream if lane == each] for each in range(LANES)]
        settled: list[int] = []
        for lane in data.draw(st.lists(st.integers(0, LANES - 1), min_size=delivered, max_size=delivered)):
            if done[lane]:
                body = done[lane].pop(0)
                settle(ledger, lane, body)
                settled += ordinals([(lane, body)])
        again = Intake(STREAM, opened(folder), Reader(STREAM, 100))
        rest = [*again.bodies(chunks(count, size)), *again.rest()]
        assert ordinals(rest) == sorted(set(range(count)) - set(settled))
        assert again.unsettled == count - len(settled)


def published(folder: Path, count: int) -> None:
    ledger = opened(folder)
    intake = Intake(STREAM, ledger, Reader(STREAM, 100))
    for lane, body in [*intake.bodies(chunks(count)), *intake.rest()]:
        settle(ledger, lane, body)
    ledger.finish()


def test_a_longer_input_with_the_same_beginning_goes_on(tmp_path: Path) -> None:
    published(tmp_path, 300)
    intake = Intake(STREAM, opened(tmp_path), Reader(STREAM, 100))
    assert ordinals([*intake.bodies(chunks(450, 37)), *intake.rest()]) == list(range(300, 450))


@pytest.mark.parametrize("changed", [0, 150, 299])
def test_another_input_gives_out_nothing(tmp_path: Path, changed: int) -> None:
    published(tmp_path, 300)
    other = [line(number) for number in range(400)]
    other[changed] = line(9_001)
    intake = Intake(STREAM, opened(tmp_path), Reader(STREAM, 100))
    given_out = []
    with pytest.raises(GenesysLedgerError, match="the first 300 records are not those"):
        given_out += intake.bodies(iter([Chunk("f", range(1, 401), other)]))
    assert given_out == []


def test_a_shorter_input_gives_out_nothing(tmp_path: Path) -> None:
    published(tmp_path, 300)
    intake = Intake(STREAM, opened(tmp_path), Reader(STREAM, 100))
    with pytest.raises(GenesysLedgerError, match="300 records were read before, and now there are only 299"):
        list(intake.bodies(chunks(299)))
    assert not intake.caught_up


def test_nothing_is_given_out_before_all_known_records_are_compared(tmp_path: Path) -> None:
    ledger = opened(tmp_path)
    first = Intake(STREAM, ledger, Reader(STREAM, 100))
    list(first.bodies(chunks(1_000)))
    ledger.settle(0, {"accepted": 1}, (), next_=900, open_=[], seq=0)
    again = Intake(STREAM, opened(tmp_path), Reader(STREAM, 100))
    taken = 0

    def counting() -> Iterator[Chunk]:
        nonlocal taken
        for chunk in chunks(1_000):
            taken += len(chunk.records)
            yield chunk

    next(again.bodies(counting()))
    assert taken == 1_000


def test_what_was_being_sent_is_not_sent_again(tmp_path: Path) -> None:
    ledger = opened(tmp_path)
    first = Intake(STREAM, ledger, Reader(STREAM, 100))
    lane, body = max([*first.bodies(chunks(200)), *first.rest()], key=lambda pair: len(pair[1].events))
    sent = [event.ordinal for event in body.events]
    settled = {"invalid": len(body.unsendable)}
    ledger.settle(lane, settled, (), next_=body.last + 1, open_=sent, seq=0)
    ledger.intend(lane, next_=body.last + 1, open_=sent, sent=3)
    again = Intake(STREAM, opened(tmp_path), Reader(STREAM, 100))
    bodies = [body for number, body in [*again.bodies(chunks(200)), *again.rest()] if number == lane]
    unknown = [record for body in bodies for record in body.unsendable if record.fate == "unknown"]
    assert [record.ordinal for record in unknown] == sent[:3]
    assert {record.text for record in unknown} == {line(number) for number in sent[:3]}
    assert [event.ordinal for body in bodies for event in body.events][: len(sent) - 3] == sent[3:]


def test_broken_records_of_the_source_are_invalid(tmp_path: Path) -> None:
    intake = Intake(STREAM, opened(tmp_path), Reader(STREAM, 100))
    chunk = Chunk("f", [1, 9], [line(0), b"[1, 2"], errors={1: "the array ends here"})
    records = [record for _, body in [*intake.bodies([chunk]), *intake.rest()] for record in body.unsendable]
    assert [(record.message, record.line, record.reason) for record in records] == [
        ("the array ends here", 9, "invalid.record")
    ]


@pytest.mark.parametrize(("first", "second"), [("Break/Tea", "Break/Smoke"), ("Break/Smoke", "Break/Tea")])
def test_a_record_whose_validity_changes_between_tries_keeps_its_lane(tmp_path: Path, first: str, second: str) -> None:
    row = json.loads(line(1)) | {"presence": "Break/Smoke"}
    lines = [
        json.dumps(row | {"eventId": f"{n:08}-942f-489d-9700-5f9bcdcdae9b", "userId": f"U{n}"}) for n in range(200)
    ]

    def intake(known: str) -> Intake:
        def resolve(name: str) -> str:
            if name != known:
                raise LookupError(name)
            return row["sourceId"]

        return Intake(STREAM, opened(tmp_path), Reader(STREAM, 1_000, resolve))

    def given_out(source: Intake, records: list[str]) -> list[tuple[int, Body]]:
        chunk = Chunk("f", range(1, len(records) + 1), [text.encode() for text in records])
        return [*source.bodies([chunk]), *source.rest()]

    before = intake(first)
    for lane, body in given_out(before, lines)[:2]:
        ledger = before._ledger
        ledger.settle(lane, {"accepted": body.records}, (), next_=body.last + 1, open_=[], seq=0)
    settled = ledger.counts.total()
    assert 0 < settled < 200
    assert sum(body.records for _, body in given_out(intake(second), lines)) == 200 - settled


def test_a_key_that_cannot_be_encoded_has_a_lane_too(tmp_path: Path) -> None:
    intake = Intake(STREAM, opened(tmp_path), Reader(STREAM, 100))
    record = b'{"eventDateTime":"2021-01-01T00:00:00Z","userId":"\\ud800","sourceId":"x"}'
    bodies = [*intake.bodies([Chunk("f", [1], [record])]), *intake.rest()]
    assert [record.fate for _, body in bodies for record in body.unsendable] == ["invalid"]
