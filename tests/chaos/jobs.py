"""The jobs that worlds are made for: what a try is, and what has to be true when one has succeeded."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from airflow_provider_genesys.exceptions import GenesysError
from airflow_provider_genesys.exports.exporter import Exporter
from airflow_provider_genesys.exports.resources import select
from airflow_provider_genesys.presence.apply.applier import Applier
from airflow_provider_genesys.presence.definitions import DesiredDefinition
from airflow_provider_genesys.presence.plan.plan import Plan
from airflow_provider_genesys.presence.state import read_definitions
from tests.chaos import child, exported, kills, leaving, records, transfers
from tests.chaos.figures import failed
from tests.contract.kinds import uid
from tests.contract.worlds import FATES, write_lines
from tests.plans import planned

if TYPE_CHECKING:
    from tests.chaos.server import Server
    from tests.chaos.tries import Attempt

BODY = 100
"""Events at most in a request."""


Attempt_co = TypeVar("Attempt_co", covariant=True)


class Job(Protocol[Attempt_co]):
    """A job in one world."""

    seconds: float
    """What a try usually takes, its start apart: moments are shares of it."""
    rules: tuple[dict[str, Any], ...]
    """What the server does with its requests in any weather."""

    def attempts(self) -> Iterator[Attempt_co]:
        """Yield what is to be done, one after the other; each is tried until it has succeeded."""

    def complaints(self, result: dict[str, Any], in_flight: int) -> list[str]:
        """Return what is wrong after one of them has succeeded.

        :param result: what it says.
        :param in_flight: how many requests, in this world, may have been acted on without their answer being read.
        """


def _outcome(work: Callable[[], Any], summary: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Return what became of a try, in the form that the other ones have."""
    child.shorten_waits()
    error: BaseException | None = None
    try:
        work()
    except (GenesysError, OSError) as failure:
        error = failure
    return {"summary": summary(), "error": type(error).__name__ if error else None, "message": str(error or "")}


class Publish:
    """Events of all fates, as :mod:`tests.chaos.kills` has them."""

    seconds = 0.45
    rules: tuple[dict[str, Any], ...] = (
        {
            "path": "*/events/*",
            "partial": {"retryable": False, "event_ids": [uid(number) for number in range(kills.REFUSED)]},
        },
    )
    on_unknown = "resend"

    def __init__(self, server: Server, folder: Path) -> None:
        self._server, self._folder = server, folder
        self._source = write_lines(folder / "input.jsonl", kills.events())
        self._settings = {
            "max_in_flight": kills.LANES,
            "max_rejected": "100%",
            "on_unknown": self.on_unknown,
        }

    def attempts(self) -> Iterator[Attempt]:
        yield partial(child.publish, self._server.url, self._folder / "task", self._source, self._settings)

    def complaints(self, result: dict[str, Any], in_flight: int) -> list[str]:
        return published(self._server, self._folder / "task", result["summary"], in_flight)


class PublishNeverTwice(Publish):
    """The same with ``on_unknown="dead_letter"``."""

    on_unknown = "dead_letter"

    def complaints(self, result: dict[str, Any], in_flight: int) -> list[str]:
        return published(self._server, self._folder / "task", result["summary"], in_flight, never_twice=True)


class PublishDeferred:
    """The same by an operator that leaves its worker when it is told to wait, or nothing answers."""

    seconds = 3.0
    rules = leaving.RULES

    def __init__(self, server: Server, folder: Path) -> None:
        self._server = server
        self._task = leaving.Leaving(server, folder)

    def attempts(self) -> Iterator[Attempt]:
        yield self._task.run

    def complaints(self, result: dict[str, Any], in_flight: int) -> list[str]:
        return published(self._server, Path(result["summary"]["ledger"]).parent, result["summary"], in_flight)


def published(
    server: Server, folder: Path, summary: dict[str, Any], in_flight: int, *, never_twice: bool = False
) -> list[str]:
    """Hold the account of :func:`tests.chaos.kills.events` against the server's."""
    accepted = server.accepted()
    lines = [line for file in (folder / "dead-letters").glob("*.jsonl") for line in file.read_text().splitlines()]
    letters = [json.loads(line)["dead_letter"] for line in lines]
    by_fate = Counter(letter["fate"] for letter in letters)
    rejected, unknown = (
        {letter["event_id"] for letter in letters if letter["fate"] == fate} for fate in ("rejected", "unknown")
    )
    lost = {uid(number) for number in range(kills.EVENTS)} - accepted.keys() - rejected - unknown
    known = accepted.keys() - unknown - rejected
    repeated = accepted.total() - len(accepted)
    return failed(
        {
            f"{len(lost)} events are lost": not lost,
            f"the account does not add up: {summary}": summary["read"] == sum(summary[fate] for fate in FATES),
            f"it is not complete: {summary}": summary["complete"] and summary["pending"] == 0,
            f"{summary['read']} read": summary["read"] == kills.EVENTS + kills.INVALID + kills.DUPLICATES,
            f"dead letters {by_fate} are not those of {summary}": all(
                summary[fate] == by_fate[fate] for fate in ("rejected", "invalid", "unknown")
            ),
            f"{summary['accepted']} accepted, {len(known)} by the server": summary["accepted"] == len(known),
            f"{len(rejected & accepted.keys())} accepted and rejected": (
                len(rejected & accepted.keys()) <= min(in_flight, 1) * kills.REFUSED
            ),
            f"{repeated} repeated, {in_flight} requests in flight": (
                repeated <= (0 if never_twice else in_flight * BODY)
            ),
            f"{len(unknown)} unknown, {in_flight} requests in flight, {server.doubtful()} not answered": (
                len(unknown) <= (in_flight + server.doubtful()) * BODY
            ),
            f"{summary['duplicate']} duplicates": summary["duplicate"] == kills.DUPLICATES,
            f"{summary['invalid']} invalid": summary["invalid"] == kills.INVALID,
        }
    )


class Transfer:
    """Presences from Vonage in three runs, of which each reads newer ones."""

    seconds = 0.4
    rules: tuple[dict[str, Any], ...] = ()
    users = 600

    def __init__(self, server: Server, folder: Path) -> None:
        self._server, self._folder = server, folder
        self._wanted: set[str] = set()

    def attempts(self) -> Iterator[Attempt]:
        for run in range(3):
            telling = transfers.tell(run, self.users, share=1 + run)
            self._wanted |= transfers.event_ids(telling)
            yield partial(transfers.transfer, self._server.url, self._folder, f"run {run}", telling, self.users)

    def complaints(self, result: dict[str, Any], in_flight: int) -> list[str]:
        summary, accepted = result["summary"], self._server.accepted()
        marks, repeated = len(transfers.watermarks(self._folder)), accepted.total() - len(accepted)
        accounts = [account for account in (summary, summary["routing_statuses"]) if account]
        return failed(
            {
                f"users do not add up: {summary}": (
                    summary["users"] == sum(summary[name] for name in ("read", "unchanged", "unmapped", "missing"))
                ),
                f"not all is accepted: {accounts}": all(
                    account["complete"] and account["read"] == account["accepted"] for account in accounts
                ),
                f"{len(self._wanted - accepted.keys())} events are lost": self._wanted <= accepted.keys(),
                f"{len(accepted.keys() - self._wanted)} events are nobody's": accepted.keys() <= self._wanted,
                f"{marks} watermarks": marks >= summary["read"] + summary["unchanged"],
                f"{repeated} repeated, {in_flight} requests in flight": repeated <= in_flight * BODY,
            }
        )


class Records:
    """Contacts in three runs, of which each begins in the middle of what the one before read."""

    seconds = 1.6
    rules: tuple[dict[str, Any], ...] = ()
    chains = 300

    def __init__(self, server: Server, folder: Path) -> None:
        self._server, self._folder = server, folder
        self._runs = 0

    def attempts(self) -> Iterator[Attempt]:
        for run in range(3):
            begin = run * self.chains // 2
            some = islice(records.chains(begin, begin + self.chains), 2 * self.chains - 1)
            file = records.write(self._folder / f"{run}.json", some)
            self._runs = run + 1
            yield partial(records.transfer, self._server.url, self._folder, f"run {run}", file)

    def complaints(self, result: dict[str, Any], in_flight: int) -> list[str]:
        summary, accepted = result["summary"], self._server.accepted()
        converted = summary["conversion"]
        ids = [
            json.loads(line)["eventId"]
            for file in self._folder.glob("run */events.jsonl")
            for line in file.read_text().splitlines()
        ]
        told = self._runs * self.chains // 2 + self.chains // 2 - 1
        repeated = accepted.total() - len(accepted)
        return failed(
            {
                f"not all is accepted: {summary}": (
                    summary["complete"] and summary["read"] == summary["accepted"] == converted["events_written"]
                ),
                f"records do not add up: {converted}": (
                    converted["records"] == converted["converted"] + converted["superseded"] + converted["held_back"]
                ),
                f"{len(ids) - len(set(ids))} events are told twice": len(ids) == len(set(ids)),
                f"{len(ids)} events of {told} conversations": len(ids) == told * records.EVENTS,
                f"{len(set(ids) ^ accepted.keys())} events are lost or nobody's": accepted.keys() == set(ids),
                f"{repeated} repeated, {in_flight} requests in flight": repeated <= in_flight * BODY,
            }
        )


class Apply:
    """A plan that creates, changes, deactivates and brings back."""

    seconds = 0.5
    rules: tuple[dict[str, Any], ...] = ()
    pace = 0.02
    """Share of the waits that is waited: half a minute is 0.6 s, which is more than any request takes."""

    def __init__(self, server: Server, folder: Path) -> None:
        self._server, self._tried = server, folder / "tried"
        handle = server.handle
        handle.load_presence(
            [
                {"systemPresence": "Break", "languageLabels": {"en_US": f"{number}"}, "deactivated": number % 4 == 3}
                for number in range(16)
            ]
        )
        handle.settings(consistency_delay_ms=200)
        wanted = [
            DesiredDefinition("Break", {"en_US": f"{number}", **({"de": f"{number}"} if number % 2 else {})})
            for number in range(8)
        ] + [DesiredDefinition("Meal", {"en_US": f"new {number}"}) for number in range(12)]
        self._wanted = Counter((one.system_presence, tuple(sorted(one.labels.items()))) for one in wanted)
        existing = read_definitions(child.client(server.url))
        options: dict[str, Any] = {"max_changes_percent": 100, "max_deactivations": 1000, "prune": "deactivate"}
        self._plan = planned(wanted, existing, **options).to_json()

    def attempts(self) -> Iterator[Attempt]:
        yield self._apply

    def _apply(self) -> dict[str, Any]:
        settle = self._tried.exists()
        self._tried.touch()

        def wait(seconds: float, reason: str) -> None:
            time.sleep(seconds * self.pace)

        applier = Applier(child.client(self._server.url).view(wait=wait), Plan.from_json(self._plan), settle=settle)
        return _outcome(applier.apply, lambda: applier.summary)

    def complaints(self, result: dict[str, Any], in_flight: int) -> list[str]:
        there = [one for one in self._server.handle.presence()["definitions"] if one["type"] == "User"]
        active = Counter(
            (one["systemPresence"], tuple(sorted(one["languageLabels"].items())))
            for one in there
            if not one["deactivated"]
        )
        return failed(
            {
                f"missing: {self._wanted - active}": not self._wanted - active,
                f"too many: {active - self._wanted}": not active - self._wanted,
            }
        )


class Export:
    """Snapshots of deployments that all change between one run and the next."""

    seconds = 0.4
    rules: tuple[dict[str, Any], ...] = ()

    def __init__(self, server: Server, folder: Path) -> None:
        self._server, self._folder = server, folder / "snapshots"
        self._run = 0
        self._arrived: list[str] = []

    def attempts(self) -> Iterator[Attempt]:
        for self._run in range(exported.RUNS):
            exported.load(self._server, self._run)
            yield self._export

    def _export(self) -> dict[str, Any]:
        exporter = Exporter(
            child.client(self._server.url),
            self._folder,
            select(exported.RESOURCES),
            task="dag/task",
            run=f"run {self._run}",
            arrived=lambda runs: [run for run in runs if run in self._arrived],
        )

        def export() -> None:
            exporter.export()
            exporter.mark_reported()

        return _outcome(export, lambda: exporter.summary)

    def complaints(self, result: dict[str, Any], in_flight: int) -> list[str]:
        self._arrived.append(f"run {self._run}")
        left = not [*self._folder.rglob("*.partial")]
        found = exported.complaints(self._folder, result["summary"], self._run)
        return found + failed({"something was left behind": left})


JOBS: dict[str, Callable[[Server, Path], Job[Attempt]]] = {
    "publish": Publish,
    "publish-never-twice": PublishNeverTwice,
    "publish-deferred": PublishDeferred,
    "transfer": Transfer,
    "records": Records,
    "apply": Apply,
    "export": Export,
}
