"""Publish a file with the provider: a process of its own, so that the system can say what it cost."""

from __future__ import annotations

import argparse
import json
import threading
from collections import Counter
from pathlib import Path
from typing import Any

from airflow_provider_genesys.api.genesys_cloud import GenesysCloudClient
from airflow_provider_genesys.api.settings import ClientSettings
from airflow_provider_genesys.events.models import STREAMS
from airflow_provider_genesys.events.publisher import Publisher
from airflow_provider_genesys.events.settings import PublishSettings
from airflow_provider_genesys.exceptions import GenesysError
from airflow_provider_genesys.files import storage
from benchmarks.cost import counted
from benchmarks.rss import peak_rss


def main() -> None:
    """Publish and print the summary, what it cost, the peak memory when all was imported, and in the end."""
    arguments = _arguments()
    if arguments.airflow:
        import airflow_provider_genesys.operators.events  # noqa: F401, PLC0415
    assert STREAMS[arguments.stream].validators
    imported = peak_rss()
    writes = _count_writes()
    pace = {"requests_per_minute": arguments.per_minute} if arguments.per_minute else {}
    client = GenesysCloudClient(ClientSettings("simulator", "simulator", arguments.url, arguments.url, **pace))
    settings = PublishSettings(
        stream=arguments.stream, max_in_flight=arguments.lanes, on_unknown=arguments.on_unknown, max_rejected="100%"
    )
    if arguments.warm_up:
        Publisher(client, settings, arguments.artifacts / "warm-up", key="warm-up").publish(str(arguments.warm_up))
    publisher = Publisher(client, settings, arguments.artifacts, key="benchmark")
    ended = threading.Event()

    def stop() -> None:
        ended.set()  # first: the publish may have ended before this has returned
        publisher.stop()

    end = threading.Timer(arguments.seconds, stop)
    end.daemon = True
    end.start()
    writes.clear()
    with counted() as cost:
        try:
            publisher.publish(str(arguments.source))
        except GenesysError:
            if not ended.is_set():
                raise
    cost |= {"turns": publisher.turns, "writes": writes["ledger.json"]}
    print(json.dumps({"summary": publisher.summary(), "imported": imported, "peak": peak_rss(), **cost}))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("stream")
    parser.add_argument("source", type=Path)
    parser.add_argument("artifacts", type=Path)
    parser.add_argument("url")
    parser.add_argument("--seconds", type=float, default=3_600, help="stop after so long")
    parser.add_argument("--warm-up", type=Path, help="publish this before anything is counted")
    parser.add_argument("--per-minute", type=float, help="requests a minute as long as no answer tells an allowance")
    parser.add_argument("--lanes", type=int, default=12)
    parser.add_argument("--on-unknown", default="resend")
    parser.add_argument("--airflow", action="store_true", help="in a process that has imported Airflow")
    return parser.parse_args()


def _count_writes() -> Counter[str]:
    """Count files written from now on, by name."""
    writes: Counter[str] = Counter()
    replace = storage.replace

    def counting(path: Any, data: bytes, **more: Any) -> None:
        writes[path.name] += 1
        replace(path, data, **more)

    storage.replace = counting
    return writes


if __name__ == "__main__":
    main()
