"""A client of the simulator's presence operations that holds every error against the published ones."""

from __future__ import annotations

import re
from typing import Any

import requests

from tests.facts import facts

DEFINITIONS = "/api/v2/presence/definitions"
DEFINITIONS_V1 = "/api/v2/presencedefinitions"
SOURCES = "/api/v2/presence/sources"
SETTINGS = "/api/v2/presence/settings"
BULK = "/api/v2/users/presences/purecloud/bulk"
BULK_UPDATE = "/api/v2/users/presences/bulk"
AVAILABLE = "6a3af858-942f-489d-9700-5f9bcdcdae9b"
BREAK = "227b37e2-f1d0-4dd0-8f50-badd7cf6d158"
OFFLINE = "ccf3c10a-aa2c-4845-8e8d-f59fa48c58e5"
ON_QUEUE = "e08eaf1b-ee47-4fa9-a231-1200e284798f"
TIMEOUT = 30


def is_published(method: str, path: str, status: int, code: str) -> bool:
    """Say whether an operation's description lists this error."""
    candidates = [
        errors
        for operation, errors in facts("error_codes").items()
        if re.fullmatch(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(operation)), f"{method} {path}")
    ]
    return any(code in errors.get(str(status), ()) for errors in candidates)


class PresenceClient:
    """As little of a client as will do.

    :param simulator: what it talks to.
    """

    def __init__(self, simulator: Any) -> None:
        self.simulator = simulator
        self.session = requests.Session()
        self.session.trust_env = False
        answer = self.session.post(
            f"{simulator.login_url}/oauth/token",
            data={"grant_type": "client_credentials"},
            auth=(simulator.client_id, simulator.client_secret),
            timeout=TIMEOUT,
        )
        self.session.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"

    def send(self, method: str, path: str, body: Any = None, **query: Any) -> requests.Response:
        """Return the answer, whatever it is; an error must be one that the description lists."""
        answer = self.session.request(
            method, self.simulator.base_url + path, json=body, params=query or None, timeout=TIMEOUT
        )
        if answer.status_code >= 400:
            code = answer.json()["code"]
            assert is_published(method, path.partition("?")[0], answer.status_code, code), (method, path, code)
        return answer

    def get(self, path: str, **query: Any) -> Any:
        return self._json(self.send("GET", path, **query))

    def post(self, path: str, body: Any) -> Any:
        return self._json(self.send("POST", path, body))

    def put(self, path: str, body: Any) -> Any:
        return self._json(self.send("PUT", path, body))

    def patch(self, path: str, body: Any) -> Any:
        return self._json(self.send("PATCH", path, body))

    def refused(self, method: str, path: str, body: Any = None, **query: Any) -> tuple[int, str]:
        """Return status and code of an error."""
        answer = self.send(method, path, body, **query)
        return answer.status_code, answer.json()["code"]

    def users(self) -> list[str]:
        """Return the ids of the organisation's users."""
        return [user["id"] for user in self.get("/api/v2/users", pageSize=500)["entities"]]

    def _json(self, answer: requests.Response) -> Any:
        assert answer.status_code in {200, 201}, answer.text
        return answer.json()


def definition(label: str = "Smoke", system_presence: str = "Break", **changes: Any) -> dict[str, Any]:
    """Return the body of a definition."""
    return {"languageLabels": {"en_US": label}, "systemPresence": system_presence, **changes}
