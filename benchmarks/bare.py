"""The script that one would write by hand: it reads the lines, groups them by array and posts bodies of 100.

It validates nothing, accounts for nothing, and stops at the first error.
"""

from __future__ import annotations

import json
import sys

import urllib3

PATHS = {"user_presences": "/api/v2/events/users/presence", "conversations": "/api/v2/events/conversations"}


def main(stream: str, source: str, url: str) -> None:
    """Send every line of a file."""
    pool = urllib3.PoolManager()
    headers = {"Authorization": "Bearer benchmark", "Content-Type": "application/json"}

    def post(body: dict[str, list[object]]) -> None:
        answer = pool.request("POST", url + PATHS[stream], json=body, headers=headers)
        if answer.status != 200:
            raise SystemExit(f"HTTP {answer.status}")

    body: dict[str, list[object]] = {}
    events = 0
    with open(source, encoding="utf-8") as lines:  # noqa: PTH123 - as one would write it
        for line in lines:
            event = json.loads(line)
            array = f"{event.pop('type', 'userPresence')}Events"
            body.setdefault(array, []).append(event)
            events += 1
            if events % 100 == 0:
                post(body)
                body = {}
    if body:
        post(body)
    print(json.dumps({"events": events}))


if __name__ == "__main__":
    main(*sys.argv[1:])
