"""Runs over one state, each of which leaves the next one what it was given and what it told."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from airflow_provider_genesys.interactions.converting import convert_to
from airflow_provider_genesys.interactions.memory import Memory
from airflow_provider_genesys.interactions.state import State
from tests.unit.interactions.contacts import MAPPING
from tests.unit.interactions.interactions import DIRECTORY
from tests.unit.interactions.world import add_up, begun_at, mapping_of

if TYPE_CHECKING:
    from airflow_provider_genesys.interactions.directory import Directory

NOW = datetime(2026, 11, 17, 8, tzinfo=UTC)
FILES = ("events.jsonl", "rejects.jsonl", "held-back.jsonl", "corrections.jsonl")


class Runs:
    """Runs over one state.

    :param folder: where the state and what each run writes are.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(
        self,
        key: str,
        *inputs: str | list[Any],
        mapping: str = MAPPING,
        settle: timedelta | None = None,
        now: datetime = NOW,
        directory: Directory = DIRECTORY,
        save: bool = True,
    ) -> dict[str, Any]:
        """Convert, and return the account."""
        with begun_at(now):
            state = State(self.folder / "state.db", directory.source_id, key=key)
            state.take()
            contents = [each.encode() if isinstance(each, str) else each for each in inputs]
            named = [(f"f{number}", each) for number, each in enumerate(contents, 1)]
            with state.begin(Memory) as memory:
                account = convert_to(
                    self.folder / key,
                    named,
                    mapping_of(mapping),
                    directory,
                    memory=memory,
                    settled_by=None if settle is None else memory.now - settle,
                )
                if save:
                    state.move(memory.file)
        add_up(account)
        assert len(self.events(key)) == account["events_written"]
        assert len(self.lines(key, 2)) == account["held_back"]
        assert len(self.lines(key, 3)) == account["contradicted"]
        return account

    def lines(self, key: str, file: int) -> list[Any]:
        return [json.loads(line) for line in (self.folder / key / FILES[file]).read_text().splitlines()]

    def events(self, key: str) -> list[Any]:
        return self.lines(key, 0)

    def files(self, key: str) -> list[bytes]:
        return [(self.folder / key / name).read_bytes() for name in FILES]


def counts(account: dict[str, Any]) -> list[int]:
    names = ("records", "converted", "superseded", "held_back", "corrected_late", "contradicted", "events_written")
    return [account[name] for name in names]


def newer(record: dict[str, Any], **more: Any) -> dict[str, Any]:
    return record | {"LastUpdateTimestamp": "2026-11-17T09:00:00Z"} | more
