"""What the publisher's contract tests stand on: a publisher, a simulated Genesys Cloud, and both of their accounts."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from airflow_provider_genesys.api.genesys_cloud import GenesysCloudClient
from airflow_provider_genesys.api.settings import ClientSettings
from airflow_provider_genesys.events.publisher import Publisher
from airflow_provider_genesys.events.settings import PublishSettings
from tests.contract.http_server import HttpServer, QuietHandler
from tests.contract.kinds import uid
from tests.harness.fixtures import PLENTY
from tests.harness.simulated import accepted

if TYPE_CHECKING:
    from airflow_provider_genesys.simulator.process import SimulatorHandle

FATES = ("accepted", "rejected", "invalid", "duplicate", "unknown", "pending")
SOURCE = "b7a1c0de-5e1f-4a7b-8c2d-90d3f1a2b301"
Answer = tuple[int, bytes]


def presence(number: int, *, users: int = 40, **changes: Any) -> dict[str, Any]:
    """Return a user presence event; the same number gives the same event."""
    moment = f"2026-01-31T{number // 3600 % 24:02}:{number // 60 % 60:02}:{number % 60:02}.000Z"
    event = {"eventId": uid(number), "eventDateTime": moment, "userId": f"user {number % users}", "sourceId": SOURCE}
    return event | changes


def presences(count: int, *, users: int = 40) -> list[dict[str, Any]]:
    """Return so many different events of so many users in turn."""
    return [presence(number, users=users) for number in range(count)]


def routing_status(number: int) -> dict[str, Any]:
    """Return a routing status event; the same number gives the same event."""
    return {
        "eventId": f"{number:08}-942f-489d-9700-5f9bcdcdae9b",
        "eventDateTime": "2021-01-01T00:00:00Z",
        "agentId": f"agent {number}",
        "sourceId": "acd",
        "status": "Idle",
    }


def write_lines(path: Path, events: Iterable[Any]) -> str:
    """Write JSON Lines and return the path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8") as file:
        file.writelines(f"{event if isinstance(event, str) else json.dumps(event)}\n" for event in events)
    return str(path)


def make_client(url: str, *, read_timeout: float = 30.0, max_wait: float = 120.0) -> GenesysCloudClient:
    """Return a client of the simulator at an address that is in no hurry to spare its allowance."""
    settings = ClientSettings(
        client_id="simulator",
        client_secret="simulator",
        api_url=url,
        login_url=url,
        read_timeout=read_timeout,
        max_wait=max_wait,
        requests_per_minute=PLENTY,
    )
    return GenesysCloudClient(settings)


def add_up(summary: dict[str, Any]) -> None:
    """Assert what holds at every end, good or bad."""
    assert summary["read"] == sum(summary[fate] for fate in FATES), summary
    if summary["complete"]:
        assert summary["pending"] == 0, summary


class World:
    """One task instance: its folder, its tries, and the Genesys Cloud it publishes to."""

    def __init__(self, simulator: SimulatorHandle, folder: Path) -> None:
        self.simulator = simulator
        self.folder = folder
        self.url = simulator.base_url
        self.publisher: Publisher | None = None
        self.read_timeout = 30.0
        self.max_wait = 120.0
        self.task = "dag/run/task"

    def start(self, **settings: Any) -> Publisher:
        """Return the publisher of a new try."""
        wanted = PublishSettings(**{"stream": "user_presences", **settings})
        wanted.validate()
        client = make_client(self.url, read_timeout=self.read_timeout, max_wait=self.max_wait)
        self.publisher = Publisher(client, wanted, self.folder, key=self.task)
        return self.publisher

    def publish(self, source: Any, **settings: Any) -> dict[str, Any]:
        """Run a try to its end; its account adds up, whatever the end is."""
        publisher = self.start(**settings)
        try:
            return publisher.publish(source)
        finally:
            add_up(publisher.summary())

    def fail(self, error: type[BaseException], source: Any, **settings: Any) -> tuple[dict[str, Any], BaseException]:
        """Run a try that has to end with an error; return its account, and the error."""
        with pytest.raises(error) as caught:
            self.publish(source, **settings)
        assert type(caught.value) is error, caught.value
        assert self.publisher is not None
        return self.publisher.summary(), caught.value

    def accepted(self) -> Counter[str]:
        """Return how often the server accepted each event."""
        return accepted(self.simulator)

    def posts(self) -> list[dict[str, Any]]:
        """Return the POSTs that the simulator got, in the order of their answers."""
        return [row for row in self.simulator.requests(10_000)["requests"] if row["method"] == "POST"]

    def event_posts(self) -> int:
        """Return how many requests with events the simulator got."""
        return sum("/events/" in row["path"] for row in self.posts())

    def letters(self) -> list[dict[str, Any]]:
        """Return the dead letters, as written."""
        files = sorted((self.folder / "dead-letters").glob("*.jsonl"))
        return [json.loads(line) for file in files for line in file.read_text("utf-8").splitlines()]

    def ledger(self) -> dict[str, Any]:
        """Return the ledger as written."""
        return json.loads((self.folder / "ledger.json").read_text())


class Meddler(HttpServer):
    """A gateway in front of the simulator that changes its answers, for what the simulator itself cannot be told.

    :param upstream: address of the simulator.
    :param change: gets path, body and a function that forwards the request; returns the answer to give.
    """

    def __init__(self, upstream: str, change: Callable[[str, bytes, Callable[[], Answer]], Answer]) -> None:
        self.bodies: list[bytes] = []
        meddler = self

        class Handler(QuietHandler):
            def do_POST(self) -> None:  # noqa: N802 - the name is http.server's
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                headers = {name: self.headers[name] for name in ("Authorization", "Content-Type") if self.headers[name]}
                request = urllib.request.Request(upstream + self.path, body, headers, method="POST")

                def forward() -> Answer:
                    try:
                        with urllib.request.urlopen(request, timeout=30) as answer:
                            return answer.status, answer.read()
                    except urllib.error.HTTPError as error:
                        with error:
                            return error.code, error.read()

                if "/events/" in self.path:
                    meddler.bodies.append(body)
                    status, text = change(self.path, body, forward)
                else:
                    status, text = forward()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

        super().__init__(Handler)
        self.url = f"http://127.0.0.1:{self.port}"


def ids_in(body: bytes) -> list[str]:
    """Return the event ids of a body."""
    return [event["eventId"] for events in json.loads(body).values() for event in events]


def refusing(bad: set[str], status: int = 400, code: str = "invalid.value") -> Any:
    """Return a change that refuses bodies with one of these events, as the server does for rules of its own."""

    def change(path: str, body: bytes, forward: Callable[[], Answer]) -> Answer:
        if bad.isdisjoint(ids_in(body)):
            return forward()
        return status, json.dumps({"status": status, "code": code, "message": "no such thing"}).encode()

    return change
