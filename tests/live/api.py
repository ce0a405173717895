"""Airflow's REST API, as far as the cases ask it: /api/v2 of Airflow 3, /api/v1 of Airflow 2."""

from __future__ import annotations

import json
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from tests.live.processes import AIRFLOW

_IS_2 = AIRFLOW.major == 2
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))
_TRIES = 4
_NOT_BEGUN = (None, "none", "scheduled", "queued")
PATIENCE = 400.0
"""Seconds that anything may take; several times what it takes on two cores that are busy with other things, too."""


OVER = threading.Event()
"""Nobody needs to wait any more: the whole is ended."""


class LiveError(AssertionError):
    """Something is not as it has to be; the message says what is."""


def until(what: str, look: Callable[[], Any], *, within: float = PATIENCE, every: float = 0.3) -> Any:
    """Return what ``look`` finds as soon as it is true.

    :param what: what is waited for, for the message.
    :raises LiveError: it is not, in time, or the whole is ended.
    """
    deadline = time.monotonic() + within
    while not (found := look()):
        if time.monotonic() > deadline:
            raise LiveError(f"not in {within:.0f} s: {what}; there was {found!r}")
        if OVER.wait(every):
            raise LiveError(f"ended before: {what}")
    return found


class Api:
    """The API of a running Airflow.

    :param port: where it listens.
    """

    def __init__(self, port: int) -> None:
        self._url = f"http://127.0.0.1:{port}"
        self._token: str | None = None
        self._starting = threading.Lock()

    def is_there(self) -> bool:
        """Tell whether it answers."""
        try:
            if not _IS_2:
                self._token = self._ask("GET", "/auth/token")["access_token"]
            self.get("/version")
        except (OSError, KeyError, LiveError):
            return False
        return True

    def get(self, path: str) -> Any:
        """Return the answer to a GET; asked again where SQLite, in which only one can write, made it late."""
        for _ in range(_TRIES - 1):
            with suppress(TimeoutError):
                return self._ask("GET", f"/api/{'v1' if _IS_2 else 'v2'}{path}")
        return self._ask("GET", f"/api/{'v1' if _IS_2 else 'v2'}{path}")

    def post(self, path: str, body: dict[str, Any]) -> Any:
        """Return the answer to a POST."""
        return self._ask("POST", f"/api/{'v1' if _IS_2 else 'v2'}{path}", body)

    def add_pool(self, name: str, slots: int) -> None:
        """Make a pool in which tasks that are deferred take no slot."""
        self.post("/pools", {"name": name, "slots": slots, "include_deferred": False})

    def dag_ids(self) -> set[str]:
        """Return the Dags that are known; all files can be read."""
        errors = self.get("/importErrors")["import_errors"]
        if errors:
            raise LiveError(errors[0]["stack_trace"])
        return {dag["dag_id"] for dag in self.get("/dags?limit=100")["dags"]}

    def run(self, dag_id: str) -> Run:
        """Start a Dag, and see its first task begin before another one is: that is when all write to the database."""
        with self._starting:
            run = self.start(dag_id)
            until(f"{dag_id} has begun", run.has_begun)
        return run

    def start(self, dag_id: str, run_id: str = "live") -> Run:
        """Start a Dag."""
        body = {"dag_run_id": run_id, "conf": {}} | ({} if _IS_2 else {"logical_date": None})
        until(f"{dag_id} is started", lambda: self._is_started(dag_id, body))
        return Run(self, dag_id, run_id)

    def _is_started(self, dag_id: str, body: dict[str, Any]) -> bool:
        try:
            self.post(f"/dags/{dag_id}/dagRuns", body)
        except TimeoutError:
            return False
        except LiveError as error:
            if "HTTP 409" in str(error):  # it was, though the answer was another
                return True
            if "HTTP 500" not in str(error):  # SQLite, in which only one can write
                raise
            return False
        return True

    def _ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        headers = {"Content-Type": "application/json"}
        if self._token is not None:
            headers["Authorization"] = f"Bearer {self._token}"
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self._url}{path}", data, headers, method=method)
        try:
            with _OPENER.open(request, timeout=60) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                raise LiveError(f"{method} {path}: HTTP {error.code}: {error.read().decode()[:500]}") from None


class Run:
    """A run of a Dag, and its task ``task``."""

    def __init__(self, api: Api, dag_id: str, run_id: str) -> None:
        self._api = api
        self.dag_id = dag_id
        self._path = f"/dags/{dag_id}/dagRuns/{run_id}/taskInstances"

    def has_begun(self) -> bool:
        """Tell whether one of its tasks runs, or has run."""
        return any(each["state"] not in _NOT_BEGUN for each in self._instances())

    def instance(self, index: int = -1) -> dict[str, Any]:
        """Return an instance of ``task``, as the API has it; an empty one where there is none yet."""
        ours = (each for each in self._instances() if (each["task_id"], each["map_index"]) == ("task", index))
        return next(ours, {"state": None})

    def until(self, *states: str, index: int = -1, within: float = PATIENCE) -> dict[str, Any]:
        """Wait for a state; one that it cannot leave any more ends the waiting."""

        def look() -> dict[str, Any] | None:
            now = self.instance(index)
            if now["state"] not in states and now["state"] in {"success", "failed", "skipped", "upstream_failed"}:
                raise LiveError(f"{self.dag_id} is {now['state']}, and was to be {' or '.join(states)}")
            return now if now["state"] in states else None

        found: dict[str, Any] = until(f"{self.dag_id} is {' or '.join(states)}", look, within=within)
        return found

    def _instances(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self._api.get(self._path)["task_instances"]
        return found

    def link(self, index: int = -1) -> str | None:
        """Return the link to Genesys Cloud as Airflow's pages show it."""
        answer = self._api.get(f"{self._path}/task/links?map_index={index}")
        links: dict[str, str | None] = answer if _IS_2 else answer["extra_links"]
        return links["Genesys Cloud"]

    def summary(self, index: int = -1) -> dict[str, Any]:
        """Return the XCom ``summary``."""
        path = f"{self._path}/task/xcomEntries/summary?map_index={index}&stringify=false"
        value = self._api.get(path)["value"]
        found: dict[str, Any] = json.loads(value) if isinstance(value, str) else value
        return found
