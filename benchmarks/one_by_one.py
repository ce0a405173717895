"""What asks for one thing at a time: a stand-in for Terraform with definitions, and a loop over users.

``python -m benchmarks.one_by_one definitions URL FILE`` does what a run of Terraform asks an API for, ten at a time as
Terraform does by default: what its state knows is read, one request each; what is to change is written, and read once
more; what is new is created, and read. FILE is JSON: ``ids`` of what the state knows, ``changed`` bodies by id,
``new`` bodies. ``python -m benchmarks.one_by_one users URL FILE`` reads the presence of each user, one after the other;
FILE is a list of ids. Both print a JSON object with ``seconds``.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import urllib3

_AT_A_TIME = 10
_DEFINITIONS = "/api/v2/presence/definitions"

_Ask = Callable[..., Any]


def token(url: str) -> str:
    """Return a token of the simulator."""
    headers = urllib3.make_headers(basic_auth="simulator:simulator")
    headers["Content-Type"] = "application/x-www-form-urlencoded"
    answer = urllib3.request("POST", f"{url}/oauth/token", body="grant_type=client_credentials", headers=headers)
    return str(json.loads(answer.data)["access_token"])


def _asking(url: str) -> _Ask:
    pool = urllib3.PoolManager(maxsize=_AT_A_TIME)
    headers = {"Authorization": f"Bearer {token(url)}", "Content-Type": "application/json"}

    def ask(method: str, path: str, body: Any = None) -> Any:
        answer = pool.request(method, url + path, headers=headers, **({} if body is None else {"json": body}))
        if answer.status >= 300:
            raise SystemExit(f"HTTP {answer.status}: {answer.data[:300]!r}")
        return json.loads(answer.data)

    return ask


def _definitions(ask: _Ask, wanted: dict[str, Any]) -> None:
    def change(row: tuple[str, Any]) -> None:
        number, body = row
        ask("PUT", f"{_DEFINITIONS}/{number}", body)
        ask("GET", f"{_DEFINITIONS}/{number}")

    def create(body: Any) -> None:
        number = ask("POST", _DEFINITIONS, body)["id"]
        ask("GET", f"{_DEFINITIONS}/{number}")

    with ThreadPoolExecutor(_AT_A_TIME) as threads:
        list(threads.map(lambda number: ask("GET", f"{_DEFINITIONS}/{number}"), wanted["ids"]))
        list(threads.map(change, wanted["changed"].items()))
        list(threads.map(create, wanted["new"]))


def _users(ask: _Ask, ids: list[str]) -> None:
    for number in ids:
        ask("GET", f"/api/v2/users/{number}/presences/PURECLOUD")


def main(what: str, url: str, file: str) -> None:
    """Ask, and say how long it took."""
    given = json.loads(Path(file).read_text())
    began = time.monotonic()
    {"definitions": _definitions, "users": _users}[what](_asking(url), given)
    print(json.dumps({"seconds": time.monotonic() - began}))


if __name__ == "__main__":
    main(*sys.argv[1:4])
