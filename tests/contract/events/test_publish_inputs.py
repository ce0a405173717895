"""Inputs of every form, duplicates in them, and dead letters given as input again."""

from __future__ import annotations

import gzip
import json
import os
from pathlib import Path
from typing import Any, cast

import pytest
from airflow.providers.common.compat.sdk import ObjectStoragePath

from airflow_provider_genesys.events.again import letters_of
from airflow_provider_genesys.exceptions import (
    GenesysConfigError,
    GenesysEventsRejectedError,
    GenesysPermissionError,
    GenesysServerError,
    GenesysSourceError,
)
from tests.contract.kinds import CONVERSATIONS, event_of, uid
from tests.contract.worlds import SOURCE, World, presence, presences, write_lines

EVENTS = "*/events/*"
CONVERSATION_EVENTS = [
    {"type": kind, **event_of("conversations", kind, number, whole=True)}
    for number, kind in enumerate([*CONVERSATIONS] * 8)
]


def bodies(events: list[dict[str, Any]]) -> list[str]:
    """Return the same events in bodies as the API takes them."""
    texts = []
    for start in range(0, len(events), 64):
        body: dict[str, Any] = {}
        for event in events[start : start + 64]:
            body.setdefault(f"{event['type']}Events", []).append({k: v for k, v in event.items() if k != "type"})
        texts.append(json.dumps(body))
    return texts


def in_one(form: str, events: list[dict[str, Any]]) -> str:
    """Return the text of one file."""
    lines = [json.dumps(event) for event in events]
    return {
        "lines": lambda: "\n".join(lines),
        "one line": lambda: "".join(lines),
        "mixed": lambda: "".join(line + ["", "\n", " ", "\r\n"][number % 4] for number, line in enumerate(lines)),
        "array": lambda: json.dumps(events, indent=2),
        "bodies": lambda: "\n".join(bodies(events)),
        "bodies on one line": lambda: "".join(bodies(events)),
    }[form]()


def in_several(form: str, events: list[dict[str, Any]], folder: Path) -> Any:
    """Return a source that is not one file."""
    parts = [events[start : start + 64] for start in range(0, len(events), 64)]
    files = [folder / f"day-{number}.jsonl" for number in range(len(parts))]
    for file, part in zip(files, parts, strict=True):
        write_lines(file, part)
    return {
        "dicts": events,
        "json text": json.dumps(events),
        "glob": str(folder / "day-*.jsonl"),
        "list": [str(files[0]), *files[1:]],
        "lists in lists": [[parts[0], parts[1]], parts[2], [parts[3]]],
        "lists of paths": [[str(files[0])], [str(file) for file in files[1:]]],
    }[form]


def written(form: str, folder: Path) -> Any:
    """Return a source of the same 256 conversation events, in some form."""
    if form in SEVERAL:
        return in_several(form, CONVERSATION_EVENTS, folder)
    text = in_one(form.removeprefix("gzipped "), CONVERSATION_EVENTS).encode()
    path = folder.with_suffix(".json")
    path.write_bytes(gzip.compress(text) if form.startswith("gzipped") else text)
    return str(path)


SEVERAL = ["dicts", "json text", "glob", "list", "lists in lists", "lists of paths"]
ONE = ["lines", "one line", "mixed", "array", "bodies", "bodies on one line"]


@pytest.mark.parametrize("form", [*SEVERAL, *ONE, *(f"gzipped {form}" for form in ONE)])
def test_every_form_publishes_the_same_events(world: World, tmp_path: Path, form: str) -> None:
    summary = world.publish(written(form, tmp_path / "in"), stream="conversations")
    assert (summary["read"], summary["accepted"], summary["complete"]) == (256, 256, True)
    assert world.accepted() == {event["eventId"]: 1 for event in CONVERSATION_EVENTS}


def test_8000_events_on_one_line_are_8000(world: World, tmp_path: Path) -> None:
    path = tmp_path / "firehose.gz"
    path.write_bytes(gzip.compress("".join(map(json.dumps, presences(8_000))).encode()))
    summary = world.publish([str(path), write_lines(tmp_path / "more.jsonl", presences(8_100)[8_000:])])
    assert (summary["read"], summary["accepted"], summary["complete"]) == (8_100, 8_100, True)
    assert world.accepted() == {uid(number): 1 for number in range(8_100)}


@pytest.mark.parametrize(("key", "several"), [("data", True), ("detail", False)])
def test_events_under_another_key_fail_the_task_after_what_came_before(
    world: World, tmp_path: Path, key: str, several: bool
) -> None:
    path = tmp_path / "export.jsonl"
    rest = presences(300)[1:]
    held = [{key: rest}] if several else [{"version": "0", key: each} for each in rest]
    write_lines(path, [presence(0), *held])
    summary, error = world.fail(GenesysSourceError, str(path), max_rejected="5%")
    assert (summary["read"], summary["accepted"], summary["complete"]) == (1, 1, False)
    assert f"{path}, line 2: this object holds events under the key {key!r}" in str(error)
    write_lines(path, presences(300))
    assert world.publish(str(path))["accepted"] == 300
    assert world.accepted() == {uid(number): 1 for number in range(300)}


def test_text_that_a_template_made_of_data_is_refused_before_anything_is_sent(world: World) -> None:
    for source in (str(presences(3)), str(["a.jsonl", "b.jsonl"]), "None"):
        _, error = world.fail(GenesysConfigError, source, max_rejected="100%")
        assert "{{ ... | tojson }}" in str(error)
    assert world.simulator.requests()["total"] == 0


def test_an_empty_source_sends_nothing(world: World, tmp_path: Path) -> None:
    path = tmp_path / "empty.jsonl"
    path.write_text("\n\n")
    summary = world.publish(str(path))
    assert (summary["read"], summary["complete"], summary["requests"]) == (0, True, 0)
    assert world.publish(str(path))["complete"] is True
    assert world.publish("[]")["read"] == 0
    assert world.simulator.requests()["total"] == 0


def test_only_invalid_records_send_nothing(world: World) -> None:
    source = [presence(number, userId="") for number in range(2500)]
    summary, _ = world.fail(GenesysEventsRejectedError, source)
    assert (summary["invalid"], summary["complete"], summary["requests"]) == (2500, True, 0)
    assert len(world.letters()) == 2500
    assert world.simulator.requests()["total"] == 0


def test_a_missing_file_sends_nothing(world: World, tmp_path: Path) -> None:
    _, error = world.fail(GenesysSourceError, str(tmp_path / "tomorrow.jsonl"))
    assert "tomorrow.jsonl" in str(error)
    assert world.simulator.requests()["total"] == 0


def test_a_gzip_cut_short_publishes_what_can_be_read_and_fails(world: World, tmp_path: Path) -> None:
    path = tmp_path / "day.jsonl.gz"
    text = "".join(f"{json.dumps(event)}\n" for event in presences(20_000)).encode()
    path.write_bytes(gzip.compress(text)[:-20_000])
    summary, _ = world.fail(GenesysSourceError, str(path))
    assert summary["accepted"] == summary["read"] > 5_000
    assert (summary["pending"], summary["complete"]) == (0, False)
    path.write_bytes(gzip.compress(text))
    assert world.publish(str(path))["accepted"] == 20_000
    assert world.accepted() == {uid(number): 1 for number in range(20_000)}


# --- duplicates ---


def test_the_same_event_twice_is_sent_once(world: World) -> None:
    rows = [json.dumps(event) for event in presences(300)]
    swapped = [json.dumps(dict(reversed(event.items()))) for event in presences(50)]
    source = f"[{','.join(rows + swapped)}]"
    summary = world.publish(source)
    assert (summary["accepted"], summary["duplicate"], summary["complete"]) == (300, 50, True)
    assert set(world.accepted().values()) == {1}
    assert not world.letters()


def test_an_id_used_again_for_something_else_is_invalid(world: World) -> None:
    source = [*presences(300), presence(7, userId="somebody else"), presence(8, eventId=uid(9).upper())]
    summary, error = world.fail(GenesysEventsRejectedError, source)
    assert (summary["accepted"], summary["invalid"]) == (300, 2)
    assert "eventId was used before for another event (2 times, such as <source>, line 301)" in str(error)
    assert {letter["dead_letter"]["event_id"] for letter in world.letters()} == {uid(7), uid(9).upper()}


def test_a_password_in_the_folders_address_is_not_told(world: World, tmp_path: Path) -> None:
    world.folder = cast("Path", ObjectStoragePath(f"file://user:s3cret@{tmp_path}/ledger"))
    summary, error = world.fail(GenesysEventsRejectedError, [presence(0, userId="")])
    assert summary["dead_letters"] == f"file://user:***@{tmp_path}/ledger/dead-letters"
    assert f"They are in file://user:***@{tmp_path}/ledger/dead-letters" in str(error)


def test_duplicates_beyond_the_window_are_sent_with_the_same_id(world: World) -> None:
    summary = world.publish([*presences(300), presence(0), presence(299)], duplicate_window=100)
    assert (summary["accepted"], summary["duplicate"]) == (301, 1)
    assert world.accepted()[uid(0)] == 2


def test_a_window_changed_between_two_tries_keeps_the_account(world: World) -> None:
    source = [event for event in presences(500) for _ in range(2)]
    world.simulator.add_fault(path=EVENTS, after=3, status=500)
    world.fail(GenesysServerError, source, max_in_flight=4)
    world.simulator.clear_faults()
    summary = world.publish(source, duplicate_window=0)
    assert (summary["read"], summary["complete"]) == (1000, True)
    assert world.accepted().keys() == {uid(number) for number in range(500)}


# --- sizes ---


def test_large_events_fill_bodies_by_bytes(world: World) -> None:
    texts = ["ü" * 20_000, "x" * 70_000, '"\\' * 9_000, "z"]
    source = [presence(number, message=texts[number % 4]) for number in range(200)]
    summary = world.publish(source, max_in_flight=3)
    assert (summary["accepted"], summary["rejected"]) == (200, 0)
    assert set(world.simulator.requests()["totals"][f"POST {world_path()}"]) == {"200"}


def world_path() -> str:
    return "/api/v2/events/users/presence"


def test_the_largest_event_is_sent_and_one_over_the_limit_is_not(world: World) -> None:
    """The check allows for a comma that a body of one array has not, hence the two bytes between them."""
    room = 512_000 - len(b'{"userPresenceEvents":[]}')
    plain = len(json.dumps(presence(1, message=""), separators=(",", ":")))
    lines = [
        json.dumps(presence(number, message="m" * (room - plain + more)), separators=(",", ":"))
        for number, more in ((1, -1), (2, 1))
    ]
    summary, _ = world.fail(GenesysEventsRejectedError, f"[{','.join(lines)}]")
    assert (summary["accepted"], summary["invalid"]) == (1, 1)
    assert world.accepted() == {uid(1): 1}
    assert world.letters()[0]["dead_letter"]["reason"] == "invalid.size"


# --- dead letters as input ---


def test_dead_letters_can_be_published_when_the_server_has_changed_its_mind(world: World, tmp_path: Path) -> None:
    world.simulator.settings(require_known_sources=True)
    without_ids = [{k: v for k, v in presence(n, sourceId=uid(5)).items() if k != "eventId"} for n in range(250)]
    summary, _ = world.fail(GenesysEventsRejectedError, without_ids)
    sent_ids = {letter["dead_letter"]["event_id"] for letter in world.letters()}
    assert (summary["rejected"], len(sent_ids)) == (250, 250)
    world.simulator.settings(sources=[{"id": uid(5)}])
    again = World(world.simulator, tmp_path / "again")
    replayed = again.publish(summary["dead_letters"])
    assert (replayed["read"], replayed["accepted"]) == (250, 250)
    assert again.accepted().keys() == sent_ids
    in_files = World(world.simulator, tmp_path / "in files").publish(f"{summary['dead_letters']}/*.jsonl")
    assert (in_files["read"], in_files["accepted"]) == (250, 250)


@pytest.mark.parametrize("republish", [False, True])
def test_a_publish_does_not_read_the_files_that_it_writes(world: World, republish: bool) -> None:
    summary, _ = world.fail(GenesysEventsRejectedError, [presence(1), {"no": "event"}])
    before = {path: path.read_bytes() for path in world.folder.rglob("*.json*")}
    for source in (summary["dead_letters"], f"{summary['dead_letters']}/*.jsonl", summary["ledger"]):
        _, error = world.fail(GenesysConfigError, source, republish=republish)
        assert "is one of the files that are written" in str(error)
        assert "give another artifacts_path" in str(error)
    assert {path: path.read_bytes() for path in world.folder.rglob("*.json*")} == before


@pytest.mark.parametrize("form", ["lines", "bodies"])
def test_dead_letters_can_be_corrected_and_published(world: World, tmp_path: Path, form: str) -> None:
    events = [event_of("conversations", "holdUpdated", number) for number in range(60)]
    broken = [event | {"held": "yes"} if number % 3 == 0 else event for number, event in enumerate(events)]
    path = tmp_path / "in.jsonl"
    if form == "bodies":
        path.write_text(json.dumps({"holdUpdatedEvents": broken}))
    else:
        write_lines(path, [{"type": "holdUpdated", **event} for event in broken])
    summary, _ = world.fail(GenesysEventsRejectedError, str(path), stream="conversations")
    assert summary["invalid"] == 20
    # Unchanged they are as invalid as before ...
    again = World(world.simulator, tmp_path / "unchanged")
    glob = f"{summary['dead_letters']}/*.jsonl"
    second, _ = again.fail(GenesysEventsRejectedError, glob, stream="conversations")
    assert second["invalid"] == 20
    assert {row["dead_letter"]["reason"] for row in again.letters()} == {"invalid.held"}
    # ... and corrected beside the originals they are published, while the task itself can still be run again.
    text = "".join(file.read_text() for file in sorted((world.folder / "dead-letters").glob("*.jsonl")))
    corrected = world.folder / "dead-letters" / "corrected.jsonl"
    corrected.write_text(text.replace('"held":"yes"', '"held":true'))
    third = World(world.simulator, tmp_path / "corrected").publish(str(corrected), stream="conversations")
    assert third["accepted"] == 20
    assert world.accepted() == {uid(number): 1 for number in range(60)}
    world.fail(GenesysEventsRejectedError, str(path), stream="conversations")
    assert corrected.exists()


def test_the_first_of_several_files_is_the_example_when_dead_letters_are_looked_at_again(
    world: World, tmp_path: Path
) -> None:
    first = write_lines(tmp_path / "b.jsonl", [*presences(20), *({"userId": f"user {each}"} for each in range(20))])
    second = write_lines(tmp_path / "a.jsonl", [{"userId": f"user {each}"} for each in range(20)])
    summary, _ = world.fail(GenesysEventsRejectedError, [first, second])
    found = letters_of(world.folder)
    assert found is not None
    assert found.reasons == summary["reasons"]
    assert [row["example"] for row in found.reasons] == [{"file": "b.jsonl", "line": 21}]


def test_a_corrected_copy_may_have_any_name(world: World, tmp_path: Path) -> None:
    world.fail(GenesysEventsRejectedError, [*presences(3), {"userId": "a"}])
    own = os.fsencode(world.folder / "dead-letters") + b"/corrig\xe9.jsonl"
    Path(os.fsdecode(own)).write_text(json.dumps(presence(7)))
    found = letters_of(world.folder)
    assert found is not None
    assert (found.count, sum(row["count"] for row in found.reasons)) == (2, 2)


def test_dead_letters_of_ids_only_hold_no_event_and_cannot_be_sent(world: World, tmp_path: Path) -> None:
    world.simulator.add_fault(path=EVENTS, partial={"retryable": False, "event_ids": [uid(1)]})
    source = [presence(number, message="0172 555 123") for number in range(10)]
    summary, _ = world.fail(GenesysEventsRejectedError, source, dead_letter_fields="ids")
    (letter,) = world.letters()
    assert "event" not in letter
    assert (letter["dead_letter"]["event_id"], letter["dead_letter"]["key"]) == (uid(1), "user 1")
    assert b"0172 555" not in b"".join(file.read_bytes() for file in (world.folder / "dead-letters").iterdir())
    again, _ = World(world.simulator, tmp_path / "again").fail(
        GenesysEventsRejectedError, f"{summary['dead_letters']}/*.jsonl"
    )
    assert again["invalid"] == 1


@pytest.mark.parametrize("name", ["\ud800x", 'x"y', "\0"], ids=ascii)
def test_an_array_of_any_name_stops_nothing(world: World, tmp_path: Path, name: str) -> None:
    """Nor does it a try that goes on, for which the records are compared with those of the one before."""
    known = CONVERSATION_EVENTS[:150]
    event = {key: value for key, value in known[0].items() if key != "type"}
    source = write_lines(tmp_path / "day.jsonl", [*known[:100], {f"{name}Events": [event]}, *known[100:]])
    settings = {"stream": "conversations", "max_rejected": 1, "max_in_flight": 1}
    world.simulator.add_fault(path=EVENTS, status=403, after=1)
    world.fail(GenesysPermissionError, source, **settings)
    world.simulator.clear_faults()
    summary = world.publish(source, **settings)
    assert (summary["accepted"], summary["invalid"]) == (150, 1)
    assert [letter["event"] for letter in world.letters()] == [{"type": name, **event}]


def test_hostile_lines_are_dead_letters_and_stop_nothing(world: World, tmp_path: Path) -> None:
    hostile = [
        '{"dead_letter":' + "[" * 100_000,
        '{"dead_letter":{},"event":' + "[" * 5_000 + "]" * 5_000 + "}",
        '{"type":' * 5_000,
        "[" * 900_000,
        '{"eventId":"\\ud800","userId":"a"}',
        "\x00\x01",
        '{"userPresenceEvents":[1,null,{}]}',
        "9" * 5_000,
        '{"dead_letter":{},"event":7}',
        "null",
        json.dumps({"userId": "x" * 1_100_000}),
    ]
    path = write_lines(tmp_path / "in.jsonl", [*presences(50), *hostile, *presences(100)[50:]])
    summary, _ = world.fail(GenesysEventsRejectedError, path)
    assert (summary["accepted"], summary["complete"]) == (100, True)
    assert summary["invalid"] == len(hostile) + 2
    assert len(world.letters()) == len(hostile) + 2
    assert SOURCE not in str(summary)
