"""The mapping files that come with the provider, run over records, and what is true of all that they tell."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from io import BytesIO, StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from airflow_provider_genesys.events.models import STREAMS
from airflow_provider_genesys.events.records import Event, Reader
from airflow_provider_genesys.interactions.converting import convert
from airflow_provider_genesys.interactions.directory import Directory
from airflow_provider_genesys.interactions.ids import stable_id
from tests.unit.interactions.world import mapping_of

if TYPE_CHECKING:
    from airflow_provider_genesys.interactions.account import Account

SAMPLES = Path(__file__).parent / "samples"
LATE = {"corrected_late": 0, "contradicted": 0}
"""Of what a run knows that knows of no other."""
BERLIN = "\ntimes: {zone: Europe/Berlin}"
_BEGINNINGS = ("externalEstablished", "userEstablished")


def sample(name: str) -> tuple[str, bytes]:
    """Return a sample's name and bytes."""
    return name, (SAMPLES / name).read_bytes()


class Everybody(Mapping[str, str]):
    """A directory's section that knows each name, and which were asked for."""

    def __init__(self) -> None:
        self.asked: set[str] = set()

    def __getitem__(self, name: str) -> str:
        self.asked.add(name)
        return stable_id(name)

    def __iter__(self) -> Any:
        return iter(self.asked)

    def __len__(self) -> int:
        return len(self.asked)


class Told:
    """What a mapping made of records."""

    def __init__(self, mapping: str, *inputs: tuple[str, bytes | Sequence[Any]]) -> None:
        self.users, self.queues, self.codes = Everybody(), Everybody(), Everybody()
        directory = Directory(
            source_id=stable_id("source"), users=self.users, queues=self.queues, wrap_up_codes=self.codes
        )
        files = [BytesIO(), BytesIO(), BytesIO()]
        self.account: Account = convert(
            inputs,
            mapping_of(mapping, "own.yaml"),
            directory,
            events=files[0],
            rejects=files[1],
            held_back=files[2],
        )
        lines = [file.getvalue().splitlines() for file in files]
        self.events, self.rejects, self.held_back = ([json.loads(line) for line in each] for each in lines)
        self._names = {stable_id(name): name for section in (self.users, self.queues, self.codes) for name in section}
        reader = Reader(STREAMS["conversations"], 1000)
        assert all(isinstance(reader.read(line, None, n, "f", n), Event) for n, line in enumerate(lines[0], 1))
        self._check()

    def _check(self) -> None:
        """Make sure that all records are accounted for, and that each communication begins and ends once."""
        account = self.account
        outcomes = account.converted + account.skipped + account.superseded + account.held_back + account.rejected
        assert account.records == outcomes
        begun = Counter(each["communicationId"] for each in self.events if each["type"].endswith("Established"))
        ended = Counter(each["communicationId"] for each in self.events if each["type"] == "communicationEnded")
        assert ended == begun
        assert set(begun.values()) <= {1}
        first = {each["conversationId"]: each["type"] for each in reversed(self.events)}
        assert len(first) == account.conversations
        assert set(first.values()) <= set(_BEGINNINGS)

    def of(self, interaction: str) -> list[str]:
        """Return what is told of the conversation that a record is of: when, what, who, and how it ended."""
        conversation = next(
            each["conversationId"]
            for each in self.events
            if each.get("sourceConfiguration", {}).get("interactionId") == interaction
        )
        events = [each for each in self.events if each["conversationId"] == conversation]
        who: dict[str, str] = {}
        for each in events:
            if each["type"].endswith("Established"):
                name = self._names.get(each.get("userId") or each.get("queueId") or "")
                who[each["communicationId"]] = name or each["type"].removesuffix("Established")
        return [self._said(each, who) for each in events]

    def _said(self, event: Mapping[str, Any], who: Mapping[str, str]) -> str:
        at = event["eventDateTime"].removesuffix(".000Z").removesuffix("Z").split("T")[1]
        party = who.get(event.get("communicationId", ""), "")
        what = event["type"].removeprefix("communication").removesuffix("Established").lower()
        if what in {"external", "user", "routing", "phone"}:
            beginning = event["initialConfiguration"]
            alerting = " rings" if beginning.get("alerting") else ""
            inviter = who.get(beginning.get("invitedBy", ""))
            return f"{at} {what} {party}{alerting}{f', by {inviter}' if inviter else ''}"
        how = event.get("disconnectType") or self._names.get(event.get("code", ""), "")
        return f"{at} {party} {what} {how}".strip()


def table(columns: str, *rows: dict[str, Any], header: bool = True) -> bytes:
    """Return CSV of rows, of which each names what is not empty."""
    out = StringIO()
    writer = csv.DictWriter(out, columns.split(), restval="", lineterminator="\n")
    if header:
        writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()
