"""A small platform: its records, a mapping file for them, and a run over both."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from airflow_provider_genesys.interactions import state as state_module
from airflow_provider_genesys.interactions.account import FATES
from airflow_provider_genesys.interactions.converting import convert
from airflow_provider_genesys.interactions.mapping_file import mapping_of_text
from tests.unit.interactions.interactions import DIRECTORY

if TYPE_CHECKING:
    from airflow_provider_genesys.interactions.account import Account
    from airflow_provider_genesys.interactions.directory import Directory
    from airflow_provider_genesys.interactions.mapping_file import RecordMapping

CSV = """\
reads: {format: csv, delimiter: ";"}
times: {format: "%d.%m.%Y %H:%M:%S", zone: Europe/Berlin}
values:
  start: {time: [Day, Clock]}
  answer: {time: start, plus: Wait}
interaction:
  id: Id
  version: Version
  direction: inbound
  started: start
  ended: {time: answer, plus: Talk}
  ended_by: {column: Who, table: {C: customer, A: agent}, otherwise: system}
  customer: {address: From}
legs:
  - {kind: queue, party: Topic, started: start, ended: answer}
  - kind: agent
    when: {Agent: present}
    party: Agent
    started: answer
    answered: answer
    wrap: {code: {column: Solved, table: {Y: resolved}, otherwise: Billing}}
"""
HEADER = "Id;Version;Day;Clock;Wait;Talk;Who;From;Topic;Agent;Solved"
LINE = "c1;1;16.11.2026;09:00:00;10;0:01:30;C;+15550100;Sales;Ann;Y"

JSON = """\
times: {format: iso}
record: {only: {Channel: VOICE}, skip: {How: [MONITOR]}}
interaction:
  id: Id
  conversation: [First, Id]
  version: Updated
  direction: {column: How, table: {OUT: outbound}, otherwise: inbound}
  started: Begin
  ended: End
legs:
  - {kind: queue, when: {Queue: present}, party: Queue.Name, started: Queue.In, ended: Queue.Out}
"""
UNFILTERED = JSON.replace("record: {only: {Channel: VOICE}, skip: {How: [MONITOR]}}\n", "")
"""A mapping that skips nothing: of records without any of its fields it would skip, not one may be lost unsaid."""
OBJECT: dict[str, Any] = {
    "Id": "c1",
    "Channel": "VOICE",
    "How": "IN",
    "Begin": "2026-11-16T08:00:00Z",
    "End": "2026-11-16T08:01:00Z",
    "Queue": {"Name": "Sales", "In": "2026-11-16T08:00:05Z", "Out": "2026-11-16T08:01:00Z"},
}


@lru_cache(64)
def mapping_of(text: str, file: str = "m.yaml") -> RecordMapping:
    """Return the mapping in a text, read once for all who convert with it: to read it takes longer than to convert."""
    return mapping_of_text(text, file)


class Run(NamedTuple):
    """What a conversion gave."""

    account: Account
    events: list[Any]
    rejects: list[Any]
    held_back: list[Any]
    rejects_file: bytes
    events_file: bytes


def run(mapping: str, *inputs: str | bytes | Path | Sequence[Any], directory: Directory = DIRECTORY) -> Run:
    """Convert inputs, which are called ``f1``, ``f2`` and so on."""
    files = [BytesIO(), BytesIO(), BytesIO()]
    contents = [each.encode() if isinstance(each, str) else each for each in inputs]
    named = [(f"f{number}", each) for number, each in enumerate(contents, 1)]
    events, rejects, held_back = files
    account = convert(named, mapping_of(mapping), directory, events=events, rejects=rejects, held_back=held_back)
    add_up(account.as_dict())
    parsed = [[json.loads(line) for line in file.getvalue().splitlines()] for file in files]
    assert (len(parsed[1]), len(parsed[2])) == (account.rejected, account.held_back)
    assert len(parsed[0]) == account.events_written
    return Run(account, *parsed, rejects.getvalue(), events.getvalue())


def rows(*lines: str, header: str = HEADER) -> str:
    """Return CSV."""
    return "\r\n".join([header, *lines, ""])


def zipped(text: str) -> bytes:
    """Return text gzipped."""
    return gzip.compress(text.encode())


@contextmanager
def begun_at(now: datetime) -> Iterator[None]:
    """Have runs begin at a moment."""

    class Clock(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:
            return now

    clock, state_module.datetime = state_module.datetime, Clock  # type: ignore[misc]
    try:
        yield
    finally:
        state_module.datetime = clock  # type: ignore[misc]


def add_up(account: Mapping[str, Any]) -> None:
    """Make sure that every record is accounted for."""
    assert account["records"] == sum(account[fate] for fate in FATES), account


def said(events: list[Any]) -> list[str]:
    return [
        f"{each['eventDateTime'][14:19]} {each['type']} {each.get('disconnectType', '')}".strip() for each in events
    ]
