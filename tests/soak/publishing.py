"""``python -m tests.soak.publishing FOLDER SOURCE ...``: one process that publishes files, one after another.

Makes the file ``summaries.jsonl`` in the folder when all is imported, and waits for a line; then writes the summary of
each publish there, and stays, so that others can look at it, until standard input is closed.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from airflow_provider_genesys.events.models import STREAMS
from airflow_provider_genesys.hooks.genesys_cloud import GenesysCloudHook

SUMMARIES = "summaries.jsonl"
STREAM = "user_presences"


def main() -> None:
    """Publish the files that the command line names."""
    folder, *sources = sys.argv[1:]
    STREAMS[STREAM].validators  # noqa: B018 - part of what importing costs
    with (Path(folder) / SUMMARIES).open("w", encoding="utf-8") as file:
        sys.stdin.readline()
        hook = GenesysCloudHook()
        for number, source in enumerate(sources):
            summary = hook.publish_events(STREAM, source, artifacts_path=folder, ledger_key=f"{number}")
            file.write(f"{json.dumps(summary)}\n")
            file.flush()
    sys.stdin.read()


if __name__ == "__main__":
    main()
