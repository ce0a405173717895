"""What the tests of the api floor share."""

from __future__ import annotations

import json
import re

from airflow_provider_genesys.api.operations import Operation

API = "https://api.example.com"
LOGIN = "https://login.example.com"
SECRET = "s3cret-canary-Zk9"
SOURCES = f"{API}/api/v2/presence/sources"
USERS = f"{API}/api/v2/users"
EVENTS = f"{API}/api/v2/events/users/presence"
ORGANIZATION = f"{API}/api/v2/organizations/me"
TOKEN = f"{LOGIN}/oauth/token"
GUEST = Operation(name="getGuestThing", method="GET", path="/api/v2/guest", authentication="guest", repeat="client")


class Clock:
    """Time that passes only by waiting, and keeps what was waited for."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.waits: list[tuple[float, str]] = []

    def __call__(self) -> float:
        return self.now

    def wait(self, seconds: float, reason: str) -> None:
        self.waits.append((seconds, reason))
        self.now += seconds

    @property
    def repeats(self) -> list[str]:
        """What was waited for besides the pace."""
        return [reason for _, reason in self.waits if reason != "keeping to the rate limit"]

    def waited(self, reason: str) -> list[float]:
        return [seconds for seconds, each in self.waits if reason in each]


def error_body(status, code, message, **more):
    return {"status": status, "code": code, "message": message, "contextId": "ctx", "details": [], "errors": [], **more}


def tokens_sent(api, url):
    return [call.request.headers["Authorization"] for call in api.calls if call.request.url.startswith(url)]


def count(api, url):
    return sum(call.request.url.startswith(url) for call in api.calls)


def recording(api, url, *answers):
    """Answer POSTs in turn and note token and body of each; ``api.calls`` holds the one request that is sent again."""
    seen, turns = [], iter(answers)

    def answer(request):
        seen.append((request.headers["Authorization"], request.body))
        status, headers, body = next(turns)
        return status, headers, json.dumps(body)

    api.add_callback("POST", url, callback=answer)
    return seen


def arguments_of(row):
    return {
        "path_params": dict.fromkeys(re.findall(r"{(\w+)}", row.path), "x"),
        "body": {} if row.needs_body else None,
        "guest_token": "guest-1" if row.authentication == "guest" else None,
    }
