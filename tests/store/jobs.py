"""The jobs as operators that have all of their files on an object store, and what has to be true when one succeeded."""

from __future__ import annotations

import csv
import io
import json
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from airflow.providers.common.compat.sdk import AirflowFailException

from airflow_provider_genesys.api import performing
from airflow_provider_genesys.exceptions import GenesysError
from airflow_provider_genesys.operators.events import GenesysCloudPublishEventsOperator
from airflow_provider_genesys.operators.exports import GenesysCloudExportOperator
from airflow_provider_genesys.operators.presence import (
    GenesysCloudApplyPresenceDefinitionsOperator,
    GenesysCloudPlanPresenceDefinitionsOperator,
)
from airflow_provider_genesys.transfers.vonage_to_genesys_cloud import VonagePresenceToGenesysCloudOperator
from tests.chaos import child, exported, kills, transfers
from tests.chaos.figures import failed
from tests.chaos.jobs import BODY, Job, published
from tests.harness.tasks import TaskInstance, context

if TYPE_CHECKING:
    from tests.chaos.server import Server
    from tests.store.s3 import Store

PACE = 100_000
"""Requests a minute: so many that no try waits for its turn."""
Attempt = Callable[[int], dict[str, Any]]
"""Makes the try of that number, and returns what became of it."""


class Instance(TaskInstance):
    """One whose earlier runs Airflow knows."""

    def __init__(self, task_id: str, run: str, try_number: int, arrived: tuple[str, ...] = ()) -> None:
        super().__init__(task_id, dag_id="dag", run_id=run, try_number=try_number, max_tries=9)
        self._arrived = arrived

    def get_task_states(self, *, run_ids: list[str], task_ids: list[str], **_: Any) -> dict[str, dict[str, str]]:
        return {run: dict.fromkeys(task_ids, "success") for run in run_ids if run in self._arrived}


def tried(task: Any, ti: Instance) -> dict[str, Any]:
    """Run a task as Airflow does; return its summary and value, and the error that ended it if one did."""
    child.shorten_waits()
    error: BaseException | None = None
    value = None
    try:
        value = task.execute(context(ti))
    except (GenesysError, OSError, AirflowFailException) as failure:
        error = failure
    return {
        "value": value,
        "summary": ti.pushed.get("summary"),
        "error": type(error).__name__ if error else None,
        "final": isinstance(error, AirflowFailException),
        "message": str(error or ""),
    }


class Publish:
    """Events of all fates, in two files that a glob finds."""

    seconds = 2.2
    rules: tuple[dict[str, Any], ...] = (
        {
            "path": "*/events/*",
            "partial": {
                "retryable": False,
                "event_ids": [f"{number:08}-942f-489d-9700-5f9bcdcdae9b" for number in range(kills.REFUSED)],
            },
        },
    )
    on_unknown = "resend"

    def __init__(self, server: Server, store: Store, prefix: str, folder: Path) -> None:
        self._server, self._store, self._prefix, self._folder = server, store, prefix, folder
        lines = [json.dumps(event) + "\n" for event in kills.events()]
        half = len(lines) // 2
        for name, some in (("a", lines[:half]), ("b", lines[half:])):
            store.put(f"{prefix}/in/{name}.jsonl", "".join(some).encode())

    def attempts(self) -> Iterator[Attempt]:
        yield self._publish

    def _publish(self, number: int) -> dict[str, Any]:
        task = GenesysCloudPublishEventsOperator(
            task_id="publish",
            stream="user_presences",
            source=self._store.address(f"{self._prefix}/in/*.jsonl"),
            artifacts_path=self._store.address(f"{self._prefix}/artifacts"),
            max_in_flight=kills.LANES,
            max_rejected="100%",
            on_unknown=self.on_unknown,
            requests_per_minute=PACE,
        )
        return tried(task, Instance("publish", "run", number))

    def complaints(self, result: dict[str, Any], in_flight: int) -> list[str]:
        folder = self._store.copy(f"{self._prefix}/artifacts/dag/run/publish", self._folder / "artifacts")
        never_twice = self.on_unknown == "dead_letter"
        found = published(self._server, folder, result["summary"], in_flight, never_twice=never_twice)
        ledger = json.loads((folder / "ledger.json").read_text())
        return found + failed({"the ledger is not complete": ledger["complete"] is not None})


class PublishNeverTwice(Publish):
    """The same with ``on_unknown="dead_letter"``."""

    on_unknown = "dead_letter"


class Sync:
    """A plan on the store, and its application in a task of its own."""

    seconds = 1.0
    rules: tuple[dict[str, Any], ...] = ()
    pace = 0.02
    """Share of the waits that is waited: half a minute is 0.6 s, which is more than any request takes."""

    def __init__(self, server: Server, store: Store, prefix: str, folder: Path) -> None:
        self._server, self._store, self._prefix = server, store, prefix
        there = [
            {"systemPresence": "Break", "languageLabels": {"en_US": f"{number}"}, "deactivated": number % 4 == 3}
            for number in range(16)
        ]
        server.handle.load_presence(there)
        server.handle.settings(consistency_delay_ms=200)
        wanted = [
            ("Break", {"en_US": f"{number}"} | ({"de": f"{number}"} if number % 2 else {})) for number in range(8)
        ]
        wanted += [("Meal", {"en_US": f"new {number}"}) for number in range(12)]
        rows = [{"system_presence": name, "labels": labels} for name, labels in wanted]
        self._definitions = store.put(f"{prefix}/definitions.yaml", json.dumps(rows).encode())  # JSON is YAML
        self._wanted = Counter((name, tuple(sorted(labels.items()))) for name, labels in wanted)
        self._plan = ""

    def attempts(self) -> Iterator[Attempt]:
        yield self._make
        yield self._apply

    def _make(self, number: int) -> dict[str, Any]:
        task = GenesysCloudPlanPresenceDefinitionsOperator(
            task_id="plan",
            definitions=self._definitions,
            prune="deactivate",
            max_changes_percent=100,
            artifacts_path=self._store.address(f"{self._prefix}/artifacts"),
        )
        return tried(task, Instance("plan", "run", number))

    def _apply(self, number: int) -> dict[str, Any]:
        performing.time = _Hurried(self.pace)  # type: ignore[assignment]
        task = GenesysCloudApplyPresenceDefinitionsOperator(task_id="apply", plan=self._plan)
        return tried(task, Instance("apply", "run", number))

    def complaints(self, result: dict[str, Any], in_flight: int) -> list[str]:
        active = Counter(
            (one["systemPresence"], tuple(sorted(one["languageLabels"].items())))
            for one in self._server.handle.presence()["definitions"]
            if one["type"] == "User" and not one["deactivated"]
        )
        if not self._plan:
            self._plan = result["value"]["plan"]
            kept = json.loads(self._store.get(self._plan.partition("@")[2].partition("/")[2]))
            return failed(
                {
                    "the plan that is kept is another one": kept["checksum"] == result["value"]["checksum"],
                    "planning has changed something": sum(self._server.handle.presence()["writes"].values()) == 0,
                }
            )
        return failed(
            {
                f"missing: {self._wanted - active}": not self._wanted - active,
                f"too many: {active - self._wanted}": not active - self._wanted,
                f"it says that it is not applied: {result['summary']}": result["summary"]["applied"],
            }
        )


class _Hurried:
    """The module ``time``, by which a share is slept of what was asked for."""

    def __init__(self, pace: float) -> None:
        self._pace = pace

    def __getattr__(self, name: str) -> Any:
        import time  # noqa: PLC0415 - it is what this stands for

        return getattr(time, name)

    def sleep(self, seconds: float) -> None:
        self.__getattr__("sleep")(seconds * self._pace)


class Export:
    """Snapshots of deployments that all change between one run and the next."""

    seconds = 1.2
    rules: tuple[dict[str, Any], ...] = ()

    def __init__(self, server: Server, store: Store, prefix: str, folder: Path) -> None:
        self._server, self._store, self._prefix, self._folder = server, store, prefix, folder / "snapshots"
        self._run = 0
        self._arrived: tuple[str, ...] = ()

    def attempts(self) -> Iterator[Attempt]:
        for self._run in range(exported.RUNS):
            exported.load(self._server, self._run)
            yield self._export

    def _export(self, number: int) -> dict[str, Any]:
        task = GenesysCloudExportOperator(
            task_id="export",
            include=exported.RESOURCES,
            destination=self._store.address(f"{self._prefix}/snapshots"),
        )
        return tried(task, Instance("export", f"run {self._run}", number, self._arrived))

    def complaints(self, result: dict[str, Any], in_flight: int) -> list[str]:
        self._arrived = (*self._arrived, f"run {self._run}")
        shutil.rmtree(self._folder, ignore_errors=True)
        copy = self._store.copy(f"{self._prefix}/snapshots", self._folder)
        return exported.complaints(copy, result["value"], self._run)


class Transfer:
    """Presences from Vonage in three runs, of which each reads newer ones; maps, state and ledgers are on the store."""

    seconds = 1.6
    rules: tuple[dict[str, Any], ...] = ()
    users = 400

    def __init__(self, server: Server, store: Store, prefix: str, folder: Path) -> None:
        self._server, self._store, self._prefix = server, store, prefix
        self._wanted: set[str] = set()
        self._run = 0
        text = io.StringIO()
        csv.writer(text).writerows(
            [
                ("vonage_user_id", "genesys_user_id"),
                *((transfers.vonage(number), transfers.genesys(number)) for number in range(self.users)),
            ]
        )
        self._user_map = store.put(f"{prefix}/users.csv", text.getvalue().encode())
        self._presence_map = store.put(f"{prefix}/rules.yaml", json.dumps(transfers.RULES).encode())
        names = ("Ready", "Away", "LoggedOut")
        self._presences = {name: f"{number:08}-cccc-4ccc-8ccc-cccccccccccc" for number, name in enumerate(names)}
        server.handle.settings(vonage_requests_per_minute=PACE)
        server.handle.load_vonage(
            definitions=[
                {"presenceId": number, "description": name, "category": {"categoryType": name, "description": name}}
                for name, number in self._presences.items()
            ]
        )

    def attempts(self) -> Iterator[Attempt]:
        for self._run in range(3):
            telling = transfers.tell(self._run, self.users, share=2 if self._run == 1 else 1)
            self._wanted |= transfers.event_ids(telling)
            self._server.handle.load_vonage(
                users={
                    user: {"presenceId": self._presences[one.category], "updated": one.updated.isoformat()}
                    for user, one in telling.items()
                }
            )
            yield self._transfer

    def _transfer(self, number: int) -> dict[str, Any]:
        task = VonagePresenceToGenesysCloudOperator(
            task_id="transfer",
            user_map=self._user_map,
            presence_map=self._presence_map,
            source_id=transfers.SOURCE,
            state_path=self._store.address(f"{self._prefix}/state.json"),
            artifacts_path=self._store.address(f"{self._prefix}/artifacts"),
            max_in_flight=kills.LANES,
            requests_per_minute=PACE,
        )
        return tried(task, Instance("transfer", f"run {self._run}", number))

    def complaints(self, result: dict[str, Any], in_flight: int) -> list[str]:
        summary, accepted = result["summary"], self._server.accepted()
        marks = len(json.loads(self._store.get(f"{self._prefix}/state.json"))["watermarks"])
        repeated = accepted.total() - len(accepted)
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


JOBS: dict[str, Callable[[Server, Store, str, Path], Job[Attempt]]] = {
    "publish": Publish,
    "publish-never-twice": PublishNeverTwice,
    "sync": Sync,
    "export": Export,
    "transfer": Transfer,
}
