"""Publish a CSV of real call records against the simulator, at 300 requests a minute and with faults.

``python -m benchmarks.call_records FILE`` converts the file by the example's mapping, publishes the events with 2 % of
the requests failing (503, connections reset before and after acting), and sets the account against the simulator's.
"""

from __future__ import annotations

import argparse
import csv
import json
import logging
import sys
import tempfile
from pathlib import Path

from airflow_provider_genesys.api.genesys_cloud import GenesysCloudClient
from airflow_provider_genesys.api.settings import ClientSettings
from airflow_provider_genesys.events.publisher import Publisher
from airflow_provider_genesys.events.settings import PublishSettings
from airflow_provider_genesys.interactions.converting import convert_to
from airflow_provider_genesys.interactions.directory import Directory
from airflow_provider_genesys.interactions.ids import stable_id
from airflow_provider_genesys.interactions.mapping_file import read_mapping
from airflow_provider_genesys.simulator.process import running_simulator
from benchmarks.records import MAPPING

EVENTS = "/api/v2/events/*"
FAULTS = [
    {"path": EVENTS, "status": 503, "probability": 0.01},
    {"path": EVENTS, "reset": "after", "probability": 0.005},
    {"path": EVENTS, "reset": "before", "probability": 0.005},
]


def directory_for(path: Path) -> Directory:
    """Return made-up ids for all names in the file."""
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file, delimiter=";"))
    return Directory(
        source_id=stable_id("source"),
        users={name: stable_id("user", name) for name in {row["Agent"] for row in rows}},
        queues={topic: stable_id("queue", topic) for topic in {row["Topic"] for row in rows}},
        wrap_up_codes={"resolved": stable_id("resolved"), "unresolved": stable_id("unresolved")},
    )


def main() -> int:
    """Convert, publish, compare; returns 1 when the accounts differ."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", type=Path)
    parser.add_argument("--requests-per-minute", type=int, default=300)
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    with tempfile.TemporaryDirectory() as name, running_simulator() as simulator:
        folder = Path(name)
        inputs = [(arguments.file.name, arguments.file)]
        report = convert_to(folder, inputs, read_mapping(MAPPING), directory_for(arguments.file))
        events = report["events_written"]
        print(f"{report['records']:,} records, {report['rejected']} rejected, {events:,} events")
        simulator.settings(requests_per_minute=arguments.requests_per_minute)
        for fault in FAULTS:
            simulator.add_fault(**fault)
        client = GenesysCloudClient(
            ClientSettings(
                client_id=simulator.client_id,
                client_secret=simulator.client_secret,
                api_url=simulator.base_url,
                login_url=simulator.login_url,
            )
        )
        publisher = Publisher(client, PublishSettings(stream="conversations"), folder / "artifacts", key="benchmark")
        summary = publisher.publish(str(folder / "events.jsonl"))
        ledger = simulator.ledger()
        requests = simulator.requests()
    minimum = -(-events // 100)
    print(json.dumps(summary, indent=1))
    print(f"simulator: {ledger}; {requests['totals']}; 429s: {requests['throttled']}")
    print(f"requests: {summary['requests']}, at least {minimum} are needed; repeated: {summary['retries']}")
    return int(not summary["accepted"] == events == ledger["distinct"])


if __name__ == "__main__":
    sys.exit(main())
