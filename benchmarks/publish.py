"""Publish a file with the provider: a process of its own, so that the system can say what it cost."""

from __future__ import annotations

import argparse
import json
import threading
from pathlib import Path

from airflow_provider_genesys.api.genesys_cloud import GenesysCloudClient
from airflow_provider_genesys.api.settings import ClientSettings
from airflow_provider_genesys.events.models import STREAMS
from airflow_provider_genesys.events.publisher import Publisher
from airflow_provider_genesys.events.settings import PublishSettings
from airflow_provider_genesys.exceptions import GenesysError
from benchmarks.rss import peak_rss


def main() -> None:
    """Publish and print the summary, the peak memory when all was imported, and in the end."""
    parser = argparse.ArgumentParser()
    parser.add_argument("stream")
    parser.add_argument("source", type=Path)
    parser.add_argument("artifacts", type=Path)
    parser.add_argument("url")
    parser.add_argument("--seconds", type=float, default=3_600, help="stop after so long")
    arguments = parser.parse_args()
    assert STREAMS[arguments.stream].validators
    imported = peak_rss()
    client = GenesysCloudClient(ClientSettings("simulator", "simulator", arguments.url, arguments.url))
    settings = PublishSettings(stream=arguments.stream)
    publisher = Publisher(client, settings, arguments.artifacts, key="benchmark")
    end = threading.Timer(arguments.seconds, publisher.stop)
    end.daemon = True
    end.start()
    try:
        publisher.publish(str(arguments.source))
    except GenesysError:
        if not end.finished.is_set():
            raise
    print(json.dumps({"summary": publisher.summary(), "imported": imported, "peak": peak_rss()}))


if __name__ == "__main__":
    main()
