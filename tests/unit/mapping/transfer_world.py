"""A world for transfers without network, disk and time: two systems and a storage in memory, killed where wanted."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

import pytest

from airflow_provider_genesys.events.models import STREAMS as EVENT_STREAMS
from airflow_provider_genesys.events.records import derive_event_id
from airflow_provider_genesys.exceptions import GenesysEventsRejectedError
from airflow_provider_genesys.files import storage
from airflow_provider_genesys.mapping.rules import load_rules
from airflow_provider_genesys.mapping.transfer import FATES, STREAMS, Transfer
from airflow_provider_genesys.mapping.watermarks import State

if TYPE_CHECKING:
    from tests.harness.people import In

SOURCE = "b7a1c0de-5e1f-4a7b-8c2d-90d3f1a2b301"
STATE = PurePosixPath("/state/presences.json")
BEGIN = datetime(2026, 1, 31, 9, tzinfo=UTC)
RULES = [
    {"category": "Away", "description": "Lunch", "presence": "Meal/Lunch", "routing_status": "OffQueue"},
    {"category": "Away", "presence": "Away"},
    {"category": "Ready", "presence": "On Queue", "routing_status": "Idle"},
]


def minute(number: int) -> datetime:
    return BEGIN + timedelta(minutes=number)


@dataclass
class World:
    """What outlives a try: storage, Vonage, and what Genesys Cloud was sent.

    :param users: Genesys user by Vonage user.
    :param presences: what Vonage tells.
    :param refuse: users whose events are rejected, or, as ``"<stream> <user>"``, those of one stream.
    :param tolerant: whether any number may be.
    """

    users: dict[str, str]
    presences: dict[str, In] = field(default_factory=dict)
    rules: list[dict[str, Any]] = field(default_factory=lambda: RULES)
    files: dict[str, bytes] = field(default_factory=dict)
    sent: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    reads: int = 0
    told: int = 0
    refuse: frozenset[str] = frozenset()
    tolerant: bool = False
    on_step: Callable[[], None] = lambda: None
    transfer: Transfer | None = None

    @contextmanager
    def storage(self) -> Iterator[None]:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(storage, "read", lambda path: self.files.get(str(path)))
            patch.setattr(storage, "replace", self._replace)
            yield

    def _replace(self, path: Any, data: bytes, *, guard: Callable[[], None] | None = None) -> None:
        self.on_step()
        if guard is not None:
            guard()
        self.files[str(path)] = data
        self.on_step()

    def run(self, name: str, source_id: str = SOURCE) -> dict[str, Any]:
        """Run one try of a transfer; its account adds up, whatever the end is."""
        folder = PurePosixPath("/tasks") / name
        publishers = {stream: Publisher(self, stream, folder / stream) for stream in STREAMS}
        state = State(STATE, source_id, key=name, try_number=1)  # type: ignore[arg-type]
        transfer = Transfer(folder, state, source_id, publishers)  # type: ignore[arg-type]
        self.transfer = transfer
        try:
            return transfer.run(lambda: (self.users, load_rules(self.rules)), self._read)
        finally:
            add_up(transfer.summary())

    def _read(self, user_ids: list[str]) -> Iterable[tuple[str, In | None]]:
        self.reads += 1
        for user_id in user_ids:
            self.on_step()
            self.told += 1
            yield user_id, self.presences.get(user_id)

    def rows(self, name: str, file: str) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.files[f"/tasks/{name}/{file}"].splitlines()]

    @property
    def watermarks(self) -> dict[str, list[str]]:
        """Return those of the state; there is none until something is accepted."""
        state: dict[str, dict[str, list[str]]] = json.loads(self.files.get(str(STATE), "{}"))
        return state.get("watermarks", {})

    def ids(self) -> Counter[str]:
        """Return how often each event was sent."""
        return Counter(
            derive_event_id(EVENT_STREAMS[stream], next(iter(EVENT_STREAMS[stream].kinds)), json.dumps(event).encode())
            for stream, event in self.sent
        )


class Publisher:
    """Publishes as the real one does, as far as a transfer can tell: its ledger outlives it, and what is settled stays.

    Events of the users in ``world.refuse`` are rejected, which is more than it allows unless the world is tolerant.
    """

    def __init__(self, world: World, stream: str, folder: PurePosixPath) -> None:
        self._world = world
        self._stream = stream
        self._ledger = str(folder / "ledger.json")
        self._counts: Counter[str] = Counter()
        self._read = 0
        self._complete = False
        self.stopped = False

    def publish(self, source: Any) -> dict[str, Any]:
        world = self._world
        events = [json.loads(line) for line in world.files[str(source)].splitlines()]
        assert events, "nothing was to be published"
        settled = json.loads(world.files.get(self._ledger, b"[]"))
        assert [event for event, _ in settled] == events[: len(settled)], "another input"
        for event in events[len(settled) :]:
            world.on_step()
            world.sent.append((self._stream, event))
            world.on_step()
            user = event.get("userId") or event["agentId"]
            fate = "rejected" if {user, f"{self._stream} {user}"} & world.refuse else "accepted"
            settled.append((event, fate))
            world.files[self._ledger] = json.dumps(settled).encode()
        self._counts = Counter(fate for _, fate in settled)
        self._read, self._complete = len(events), True
        if self._counts["rejected"] and not world.tolerant:
            raise GenesysEventsRejectedError(f"{self._stream}: too many", self.summary())
        return self.summary()

    def summary(self) -> dict[str, Any]:
        counts = {fate: self._counts[fate] for fate in FATES}
        pending = self._read - sum(counts.values())
        about = {"stream": self._stream, "read": self._read, **counts}
        return {**about, "pending": pending, "complete": self._complete}

    def stop(self) -> None:
        self.stopped = True


def add_up(summary: Mapping[str, Any]) -> None:
    """Assert what holds at every end, good or bad."""
    assert summary["users"] == sum(summary[name] for name in ("read", "unchanged", "unmapped", "missing")), summary
    for account in filter(None, (summary, summary["routing_statuses"])):
        assert account["read"] == sum(account[fate] for fate in (*FATES, "pending")), account
        assert not (account["complete"] and account["pending"]), account


def events_of(world: World, stream: str) -> list[dict[str, Any]]:
    return [event for name, event in world.sent if name == stream]
