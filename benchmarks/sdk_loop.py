"""The SDK's loop where requests go wrong, in the SDK's environment.

``python -m benchmarks.sdk_loop TRIES SOURCE URL TOKEN`` is what one would write around the SDK by hand: an error is
caught, a request tried up to so many times in all, and the loop goes on.
The SDK raises for statuses and connections; that it raises for nothing inside a 200 is how it is. Prints a JSON object:
``seconds``, and ``told``, the ids of the events that the loop would report as failed.
"""

from __future__ import annotations

import json
import sys
import time

from benchmarks.sdk import bodies, poster


def main(tries: int, source: str, url: str, token: str) -> None:
    """Send every line of a file."""
    post = poster("user_presences", url, token)
    told: list[str] = []
    began = time.monotonic()
    for request, ids in bodies("user_presences", source):
        for attempt in range(1, tries + 1):
            try:
                post(request)
                break
            except Exception:  # noqa: BLE001 - as one would write it: the SDK raises its own and urllib3's
                if attempt == tries:
                    told += ids
                else:
                    time.sleep(0.1)
    print(json.dumps({"seconds": time.monotonic() - began, "told": told}))


if __name__ == "__main__":
    main(int(sys.argv[1]), *sys.argv[2:5])
