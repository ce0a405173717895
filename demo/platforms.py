"""The demo's three platforms: what became of the records of each, and whether their events are in one account."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rich.table import Table

from demo.account import FATES, RECORD_FATES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from rich.console import Console

DAG_ID = "three_platforms"
PLATFORMS = ("calls", "amazon_connect", "cxone")
WIDTH = 80


@dataclass(frozen=True, slots=True)
class PlatformsAccount:
    """What both sides say of a run of the Dag.

    :param converted: what the conversions returned, by platform.
    :param published: what the publish returned.
    :param accepted: the ids of the events that the simulator accepted from this run.
    """

    converted: Mapping[str, Mapping[str, Any]]
    published: Mapping[str, Any]
    accepted: frozenset[str]

    @classmethod
    def collect(
        cls, results: Mapping[tuple[str, str], Mapping[str, Any]], events: Iterable[Mapping[str, Any]]
    ) -> PlatformsAccount:
        """Set what the tasks returned beside what the simulator accepted meanwhile.

        :param results: what the tasks returned, by Dag and task.
        :param events: the simulator's ledger of the run.
        """
        converted = {name: results[DAG_ID, name] for name in PLATFORMS}
        return cls(converted, results[DAG_ID, "publish"], frozenset(str(event["eventId"]) for event in events))

    def problems(self) -> Iterator[str]:
        """Say what does not add up."""
        for name, each in self.converted.items():
            if each["records"] != sum(each[fate] for fate in RECORD_FATES):
                yield f"the records of {name} are not those of which the conversion says what became of them"
        written = sum(each["events_written"] for each in self.converted.values())
        if self.published["read"] != written:
            yield f"{written} events were made of three platforms' records, and {self.published['read']} were read"
        if self.published["read"] != sum(self.published[fate] for fate in FATES) or not self.published["complete"]:
            yield "the fates of the three platforms' events do not sum up"
        if self.published["accepted"] != len(self.accepted):
            yield f"{self.published['accepted']} events count as accepted, the simulator has {len(self.accepted)}"

    def print(self, console: Console) -> None:
        """Show each platform's records, and the one account of their events."""
        table = Table(title="Records of three platforms, under one account", title_justify="left", width=WIDTH)
        table.add_column("")
        for name in PLATFORMS:
            table.add_column(name, justify="right")
        rows = ("records", *RECORD_FATES, "conversations", "events_written")
        for row in rows:
            figures = [f"{self.converted[name][row]:,}" for name in PLATFORMS]
            table.add_row(row.replace("_", " "), *figures, end_section=row in {"records", "rejected"})
        console.print(table)
        read, accepted = self.published["read"], self.published["accepted"]
        console.print(f"Published: {accepted:,} of {read:,} events accepted.\n", width=WIDTH)
