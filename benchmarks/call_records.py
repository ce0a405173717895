"""Publish a CSV of real call records against the simulator, at 300 requests a minute and with faults.

``python -m benchmarks.call_records FILE`` converts the file as the example Dag does, publishes the events with 2 % of
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

sys.path.append(str(Path(__file__).parents[1] / "example_dags"))

from call_conversion import Directory, convert, stable_id

from airflow_provider_genesys.api.genesys_cloud import GenesysCloudClient
from airflow_provider_genesys.api.settings import ClientSettings
from airflow_provider_genesys.events.publisher import Publisher
from airflow_provider_genesys.events.settings import PublishSettings
from airflow_provider_genesys.simulator.process import running_simulator

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
        with arguments.file.open(newline="") as lines, (folder / "events.jsonl").open("w") as events:
            rejects: list[str] = []
            directory = directory_for(arguments.file)
            report = convert(lines, directory, write_event=events.write, write_reject=rejects.append)
        print(f"{report.rows:,} records, {report.rejected} rejected, {report.events:,} events")
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
    minimum = -(-report.events // 100)
    print(json.dumps(summary, indent=1))
    print(f"simulator: {ledger}; {requests['totals']}; 429s: {requests['throttled']}")
    print(f"requests: {summary['requests']}, at least {minimum} are needed; repeated: {summary['retries']}")
    return int(not summary["accepted"] == report.events == ledger["distinct"])


if __name__ == "__main__":
    sys.exit(main())
