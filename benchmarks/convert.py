"""``python -m benchmarks.convert RECORDS FOLDER``: convert calls with the provider, and print what it cost."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from airflow_provider_genesys.interactions.converting import convert_to
from airflow_provider_genesys.interactions.directory import Directory
from airflow_provider_genesys.interactions.ids import stable_id
from airflow_provider_genesys.interactions.mapping_file import read_mapping
from benchmarks.cost import counted
from benchmarks.records import AGENTS, MAPPING, TOPICS
from benchmarks.rss import peak_rss


def main(records: str, folder: str) -> None:
    """Convert a file."""
    directory = Directory(
        source_id=stable_id("source"),
        users={f"Agent {number}": stable_id("user", str(number)) for number in range(AGENTS)},
        queues={f"Topic {number}": stable_id("queue", str(number)) for number in range(TOPICS)},
        wrap_up_codes={name: stable_id("code", name) for name in ("resolved", "unresolved")},
    )
    mapping = read_mapping(MAPPING)
    imported = peak_rss()
    with counted() as found:
        account = convert_to(Path(folder), [(records, Path(records))], mapping, directory)
    if account["converted"] != account["records"]:
        raise RuntimeError(f"not all records are converted: {account}")
    print(json.dumps({"events": account["events_written"], "imported": imported, "peak": peak_rss(), **found}))


if __name__ == "__main__":
    main(*sys.argv[1:])
