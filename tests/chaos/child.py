"""One try of a publish as a process of its own, which tests stop, kill and starve. Imports no Airflow.

``python -m tests.chaos.child URL FOLDER SOURCE [SETTINGS]`` prints a JSON object with the summary, the type of the
error (or null) and its message, the peak of memory in MB after the imports and at the end, and the seconds it took.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from airflow_provider_genesys.api import retry
from airflow_provider_genesys.api.genesys_cloud import GenesysCloudClient
from airflow_provider_genesys.api.settings import ClientSettings
from airflow_provider_genesys.events.models import STREAMS
from airflow_provider_genesys.events.publisher import Publisher
from airflow_provider_genesys.events.settings import PublishSettings
from airflow_provider_genesys.exceptions import GenesysError


def shorten_waits() -> None:
    """Wait shortly where the server asks for no more."""
    retry._FIRST_WAIT = 0.02
    retry.decide.__kwdefaults__["jitter"] = lambda: 0.02


def client(url: str) -> GenesysCloudClient:
    """Return a client that is in no hurry to spare its allowance."""
    return GenesysCloudClient(
        ClientSettings(
            client_id="simulator",
            client_secret="simulator",
            api_url=url,
            login_url=url,
            requests_per_minute=1_000_000,
        )
    )


def publisher(url: str, folder: Path, settings: dict[str, Any]) -> Publisher:
    """Return a publisher whose waits, where the server asks for none, are short."""
    shorten_waits()
    wanted = PublishSettings(**{"stream": "user_presences", **settings})
    wanted.validate()
    return Publisher(client(url), wanted, folder, key="dag/run/task")


def publish(url: str, folder: Path, source: Any, settings: dict[str, Any]) -> dict[str, Any]:
    """Run one try and return what became of it."""
    STREAMS["user_presences"].validators  # noqa: B018 - part of what importing costs
    at_start = _peak()
    began = time.monotonic()
    running = publisher(url, folder, settings)
    result = outcome(running, lambda: running.publish(source))
    return {**result, "memory": [at_start, _peak()], "seconds": time.monotonic() - began}


def outcome(running: Any, run: Callable[[], object]) -> dict[str, Any]:
    """Run what publishes; return its summary, and the error that ended it if one did."""
    error: BaseException | None = None
    try:
        run()
    except (GenesysError, OSError) as failure:
        error = failure
    return {
        "summary": running.summary(),
        "error": type(error).__name__ if error else None,
        "message": str(error) if error else "",
    }


def _peak() -> float:
    """Return the most memory that this process ever had, in MB."""
    status = Path("/proc/self/status")
    if status.exists():  # the other figure includes the process that started this one
        return int(status.read_text().partition("VmHWM:")[2].split()[0]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main(arguments: list[str]) -> None:
    """Run one try as the command line says."""
    url, folder, source, *more = arguments
    settings = json.loads(more[0]) if more else {}
    if limit := settings.pop("file_size_limit", None):
        import signal  # noqa: PLC0415

        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    print(json.dumps(publish(url, Path(folder), source, settings)), flush=True)  # noqa: T201 - its result


if __name__ == "__main__":
    main(sys.argv[1:])
