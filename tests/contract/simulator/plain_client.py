"""As little of a client of Genesys Cloud as will do, and events for it to publish."""

from __future__ import annotations

import uuid
from typing import Any

import requests

PRESENCE = "/api/v2/events/users/presence"
SOURCE = "b7a1c0de-5e1f-4a7b-8c2d-90d3f1a2b301"
TIMEOUT = 30


class Client:
    """Logs in, asks, and publishes."""

    def __init__(self, simulator: Any) -> None:
        self.simulator = simulator
        self.session = requests.Session()
        self.session.trust_env = False
        self.log_in()

    def log_in(self) -> None:
        answer = token_request(self.simulator)
        self.session.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"

    def request(self, method: str, path: str, **arguments: Any) -> requests.Response:
        return self.session.request(method, self.simulator.base_url + path, timeout=TIMEOUT, **arguments)

    def publish(
        self, *events: dict[str, Any], path: str = PRESENCE, array: str = "userPresenceEvents"
    ) -> requests.Response:
        return self.request("POST", path, json={array: events})


def token_request(simulator: Any, auth: Any = ("simulator", "simulator"), **form: str) -> requests.Response:
    form = {"grant_type": "client_credentials", **form}
    return requests.post(f"{simulator.login_url}/oauth/token", data=form, auth=auth, timeout=TIMEOUT)


def event(**changes: Any) -> dict[str, Any]:
    return {
        "eventId": str(uuid.uuid4()),
        "eventDateTime": "2026-11-21T08:30:00.000Z",
        "userId": "agent 7",
        "sourceId": SOURCE,
        **changes,
    }


def accepted_ids(simulator: Any) -> list[str]:
    return [entry["eventId"] for entry in simulator.ledger_events()]
