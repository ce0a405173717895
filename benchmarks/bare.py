"""The script that one would write by hand: it reads the lines, groups them by array and posts bodies of 100.

It validates nothing, accounts for nothing, and stops at the first error. What it does for the benchmark: it sends a
first file to warm up, counts what the second one costs, and keeps to a pace if it is given one.
"""

from __future__ import annotations

import json
import sys
import time

import urllib3

from benchmarks.cost import counted

PATHS = {"user_presences": "/api/v2/events/users/presence", "conversations": "/api/v2/events/conversations"}


def main(stream: str, warm_up: str, source: str, url: str, per_minute: float) -> None:
    """Send every line of a file.

    :param per_minute: requests a minute, at even distances; 0 sends without pause.
    """
    pool = urllib3.PoolManager()
    headers = {"Authorization": "Bearer benchmark", "Content-Type": "application/json"}
    due = 0.0

    def post(body: dict[str, list[object]]) -> None:
        nonlocal due
        if per_minute:
            time.sleep(max(0.0, due - time.monotonic()))
            due = max(due, time.monotonic()) + 60 / per_minute
        answer = pool.request("POST", url + PATHS[stream], json=body, headers=headers)
        if answer.status != 200:
            raise SystemExit(f"HTTP {answer.status}")
        json.loads(answer.data)

    def send(path: str) -> int:
        body: dict[str, list[object]] = {}
        events = 0
        with open(path, encoding="utf-8") as lines:  # noqa: PTH123 - as one would write it
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
        return events

    send(warm_up)
    with counted() as found:
        events = send(source)
    print(json.dumps({"events": events, **found}))


if __name__ == "__main__":
    main(*sys.argv[1:5], float(sys.argv[5]))
