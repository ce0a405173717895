"""The readers of foreign bytes, each as a function of these: it returns, or raises one of the provider's own errors.

To add one, write a function and a row of ``TARGETS``, with something that it reads well to begin with.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

import requests

from airflow_provider_genesys.api.answers import content, error_of
from airflow_provider_genesys.api.genesys_cloud import GenesysCloudClient
from airflow_provider_genesys.api.operations import OPERATIONS
from airflow_provider_genesys.api.plain import Plain, PlainReader, UnusualAnswerError
from airflow_provider_genesys.api.redaction import Secrets
from airflow_provider_genesys.events.dead_letters import DeadLetter, DeadLetters
from airflow_provider_genesys.events.intake import Intake
from airflow_provider_genesys.events.ledger import open_ledger
from airflow_provider_genesys.events.models import STREAMS
from airflow_provider_genesys.events.outcomes import understand
from airflow_provider_genesys.events.records import Event, Reader, Unsendable
from airflow_provider_genesys.events.source import read
from airflow_provider_genesys.exceptions import GenesysError
from airflow_provider_genesys.exports.snapshot import verify
from airflow_provider_genesys.files.canonical import canonical, digest
from airflow_provider_genesys.files.ownership import Owner
from airflow_provider_genesys.interactions.converting import convert
from airflow_provider_genesys.interactions.directory import read_directory
from airflow_provider_genesys.interactions.mapping_file import mapping_of_text, read_mapping
from airflow_provider_genesys.mapping.rules import load_rules
from airflow_provider_genesys.mapping.users import load_user_map
from airflow_provider_genesys.mapping.watermarks import State
from airflow_provider_genesys.presence.definitions import load_definitions
from airflow_provider_genesys.presence.plan.plan import Plan, make_plan
from airflow_provider_genesys.presence.plan.settings import PlanSettings

Read = Callable[[bytes], object]
"""Returns something true if it read well what it was given."""

ID = b"5b0d0f6e-9a55-4a5e-8a0b-5f2a6b1c7d01"
PRESENCE = b'{"userId":"%b","presenceDefinitionId":"%b","sourceId":"%b","eventDateTime":"2026-11-16T09:00:00.000Z"}' % (
    (ID,) * 3
)
TALK = (
    b'{"type":"audioUpdated","conversationId":"%b","communicationId":"%b","eventDateTime":"2026-11-16T09:00:00.000Z",'
    b'"audioState":{"canHear":false}}' % ((ID,) * 2)
)
DEFINITION = b"""
- system_presence: Busy
  labels: {en: Back office, de: Innendienst}
- {id: 6a3af858-942f-489d-9700-5f9bcdcdae9b, system_presence: Away, labels: {en: Errand}, active: false}
"""
RULES = b"""
- {category: Away, description: Lunch, presence: Meal/Lunch, routing_status: OffQueue}
- {category: Ready, presence: On Queue}
"""
MAPPING = b"""
reads: {format: csv, delimiter: ";", decimal: ","}
times: {format: "%d.%m.%Y %H:%M:%S", zone: Europe/Berlin, fold: first}
values:
  answer: {time: [Day, Clock], plus: {column: Wait, as: ms}}
record: {skip: {Call: empty}}
interaction:
  id: Call
  direction: {column: Who, table: {in: inbound}, otherwise: outbound}
  started: {time: [Day, Clock]}
  ended: {time: answer, plus: [Talk, Hold]}
  customer: {address: Caller}
legs:
  - {kind: queue, party: {text: Sales}, started: {time: [Day, Clock]}, ended: answer}
  - {kind: agent, when: {Agent: present}, party: Agent, started: answer, answered: answer, wrap: {code: {text: done}}}
"""
DIRECTORY = b"""
source_id: 0b1a1f4e-6a0c-4a39-9d1e-2a8f5f1f7a10
users: {Ann: 5b0d0f6e-9a55-4a5e-8a0b-5f2a6b1c7d01}
queues: {Sales: 7c1e2a3b-4d5e-4f60-8a7b-9c0d1e2f3a02}
wrap_up_codes: {done: 8d2f3b4c-5e6f-4a71-9b8c-0d1e2f3a4b03}
"""
CALLS = (
    b"Call;Day;Clock;Wait;Talk;Hold;Agent;Who;Caller\n"
    b"1;25.10.2026;02:30:00;1500;0:02:23;12:02:23 AM;Ann;in;+4930123\n2;26.10.2026;23:59:59;1;2;0,5;;x;\n"
)
MARK = b'["2026-11-16T09:00:00.000Z","x",null,"2026-11-16T09:00:01.000Z"]'
WATERMARKS = b'{"format":1,"source_id":"%b","watermarks":{"a":%b}}' % (ID, MARK)
SNAPSHOT = "20261116T090000.000000Z-0a1b.json"
_OF_OTHERS = {"event_id_reused", "duplicate"}
"""Why a record is not sent that would be by itself."""
ANSWER = (
    b'{"errors":[{"eventId":"0b1a1f4e-6a0c-4a39-9d1e-2a8f5f1f7a10","code":"bad.date","message":"no"}],'
    b'"status":429,"message":"slow down","contextId":"x"}'
)
HTTP = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"


@contextmanager
def _file(name: str, data: bytes) -> Iterator[Path]:
    """Yield a file of this name with this content, in a folder of its own."""
    with tempfile.TemporaryDirectory(prefix="fuzz-") as folder:
        path = Path(folder) / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(data)
        yield path


def _events(stream: str) -> Read:
    def events(data: bytes) -> bool:
        with _file("events.jsonl", data) as path:
            events, unsendable = _taken_in(stream, path, path.parent)
            assert all(isinstance(json.loads(each.body), dict) for each in events), "what is sent is an object"
            # A list in a body is no event; in a dead letter it is looked into.
            unsendable = [each for each in unsendable if each.reason not in _OF_OTHERS and each.text[:1] != b"["]
            letters = map(DeadLetter.of, unsendable)
            DeadLetters(path.parent, STREAMS[stream], "all").put(0, 1, letters)
            again, _ = _taken_in(stream, path.parent / "dead-letters", path.parent / "again")
            assert not again, "what is not valid is not made so by its dead letter"
        return events != []

    return events


def _taken_in(stream: str, source: Path, folder: Path) -> tuple[list[Event], list[Unsendable]]:
    """Return what a publish would send of a source, and what not."""
    owner = Owner(folder / "owner.json", "t", 1)
    owner.take()
    ledger = open_ledger(folder, owner, stream, 3, [("a", 1)])
    intake = Intake(STREAMS[stream], ledger, Reader(STREAMS[stream], 100))
    bodies = [body for _, body in intake.bodies(read(str(source), stream=stream, block_size=64))]
    bodies += [body for _, body in intake.rest()]
    return [event for body in bodies for event in body.events], [each for body in bodies for each in body.unsendable]


def _definitions(data: bytes) -> object:
    with _file("presence.yaml", data) as path:
        return load_definitions(str(path))


def _plan(data: bytes) -> object:
    return Plan.from_json(data)


def _rules(data: bytes) -> object:
    with _file("presence_map.yaml", data) as path:
        return load_rules(str(path))


def _user_map(name: str) -> Read:
    def user_map(data: bytes) -> object:
        with _file(name, data) as path:
            return load_user_map(str(path))

    return user_map


def _mapping(data: bytes) -> object:
    with _file("mapping.yaml", data) as path:
        return read_mapping(path)


def _directory(name: str) -> Read:
    def directory(data: bytes) -> object:
        with _file(name, data) as path:
            return read_directory(path)

    return directory


def _records(data: bytes) -> bool:
    """Convert records, each of which has one fate."""
    with _file("directory.yaml", DIRECTORY) as path:
        known = read_directory(path)
    events, rejects, held_back = BytesIO(), BytesIO(), BytesIO()
    mapping = mapping_of_text(MAPPING.decode(), "mapping.yaml")
    account = convert([("calls.csv", data)], mapping, known, events=events, rejects=rejects, held_back=held_back)
    fates = account.converted + account.skipped + account.superseded + account.held_back + account.rejected
    assert account.records == fates
    assert len(rejects.getvalue().splitlines()) == account.rejected
    return account.converted > 0


def _ledger(data: bytes) -> object:
    with _file("ledger.json", data) as path:
        return open_ledger(path.parent, Owner(path.parent / "owner.json", "t", 1), "user_presences", 3, [("a", 1)])


def _watermarks(data: bytes) -> object:
    with _file("state.json", data) as path:
        return State(path, ID.decode(), key="t", try_number=1).read()


def _snapshot(data: bytes) -> object:
    """Read a manifest, damaged or whole: sealed anew, so that its digest does not keep the rest from being read."""
    with suppress(ValueError, RecursionError):
        body = json.loads(data)
        if isinstance(body, dict):
            body.pop("digest", None)
            data = canonical({**body, "digest": digest(canonical(body))})
    with _file(f"snapshots/{SNAPSHOT}", data) as path:
        with suppress(GenesysError):
            verify(path.parents[1])
        return verify(path)


@lru_cache
def _sent() -> list[Event]:
    found = Reader(STREAMS["user_presences"], 100).read(PRESENCE, None, 0, "a", 1)
    assert isinstance(found, Event)
    return [found]


def _answer(data: bytes) -> object:
    """Read the body of an answer that is well, and of some that are not."""
    answer = requests.Response()
    answer._content = data
    answer.url = "https://api.mypurecloud.de/x"
    for status in (400, 403, 429):
        answer.status_code = status
        error = error_of(answer, OPERATIONS["getPresenceSources"], GenesysCloudClient.read_error)
        assert len(str(error)) < 1_000
    answer.status_code = 200
    return understand(_sent(), content(answer, Secrets()), resend=True)


def _http(data: bytes) -> object:
    """Read an answer whole and byte by byte, which must come to the same; of what is behind it line breaks may be."""
    whole = _answered(data)
    bytes_read = next((at for at in range(1, len(data) + 1) if _answered(data[:at], size=1) is not None), 0)
    rest = data[bytes_read:].strip(b"\r\n")
    assert whole == (_answered(data[:bytes_read], size=1) if not rest else None)
    return whole


def _answered(data: bytes, size: int = 1_000_000) -> Plain | None:
    """Return the answer that is whole with the last piece."""
    reader, answer = PlainReader(), None
    with suppress(UnusualAnswerError):
        for at in range(0, len(data), size):
            answer = reader.feed(data[at : at + size])
        return answer
    return None


def _a_plan() -> bytes:
    with _file("presence.yaml", DEFINITION.split(b"- {id")[0]) as path:
        return make_plan(load_definitions(str(path)), [], PlanSettings()).to_json().encode()


def _a_ledger() -> bytes:
    with _file("nothing", b"") as path:
        owner = Owner(path.parent / "owner.json", "t", 1)
        owner.take()
        ledger = open_ledger(path.parent, owner, "user_presences", 3, [("a", 1)])
        ledger.commit()
        ledger.finish()
        return ledger.path.read_bytes()


def _a_manifest() -> bytes:
    part = {"state": "exported", "count": 0, "total": 0, "reasons": [], "permissions": [], "entities": []}
    body = dict.fromkeys(("provider", "api_host", "started", "ended", "run", "organization_id"), "x")
    body |= {"destination_organization_id": None, "try_number": 1, "failed": [], "diff": None, "format": 1}
    return canonical({**body, "resources": {"presence_sources": part}})


class Target(NamedTuple):
    """A reader, and what it reads well."""

    read: Read
    seeds: tuple[bytes, ...]


TARGETS: dict[str, Target] = {
    "presences": Target(_events("user_presences"), (PRESENCE, b"[" + PRESENCE + b"," + PRESENCE + b"]")),
    "conversations": Target(
        _events("conversations"), (TALK, b'{"audioUpdatedEvents":[{' + TALK.partition(b",")[2] + b"]}")
    ),
    "definitions": Target(_definitions, (DEFINITION,)),
    "plan": Target(_plan, (_a_plan(),)),
    "presence_map": Target(_rules, (RULES,)),
    "user_map": Target(_user_map("users.yaml"), (b"%b: %b\n" % (ID, ID),)),
    "user_map_csv": Target(_user_map("users.csv"), (b"vonage_user_id,genesys_user_id\n%b,%b\n" % (ID, ID),)),
    "mapping": Target(_mapping, (MAPPING,)),
    "directory": Target(_directory("directory.yaml"), (DIRECTORY,)),
    "directory_csv": Target(_directory("directory.csv"), (b"kind,name,id\nsource,x,%b\nuser,Ann,%b\n" % (ID, ID),)),
    "records": Target(_records, (CALLS,)),
    "ledger": Target(_ledger, (_a_ledger(),)),
    "watermarks": Target(_watermarks, (WATERMARKS,)),
    "snapshot": Target(_snapshot, (_a_manifest(),)),
    "answer": Target(_answer, (ANSWER,)),
    "http": Target(_http, (HTTP, CHUNKED)),
}


def run(name: str, data: bytes) -> None:
    """Read bytes; raises whatever is not one of the provider's own errors."""
    with suppress(GenesysError):
        TARGETS[name].read(data)
