"""The provider's way to the same: ``python -m benchmarks.in_bulk definitions|users URL FILE``, as :mod:`.one_by_one`.

FILE is a JSON list: of definitions as a file under version control has them, or of users' ids.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

from airflow_provider_genesys.api.genesys_cloud import GenesysCloudClient
from airflow_provider_genesys.api.settings import ClientSettings
from airflow_provider_genesys.presence.apply.applier import Applier
from airflow_provider_genesys.presence.plan.planner import plan_definitions
from airflow_provider_genesys.presence.plan.settings import PlanSettings
from airflow_provider_genesys.presence.users import read_presences


def _definitions(client: GenesysCloudClient, rows: list[Any]) -> None:
    settings = PlanSettings(prune="none", max_changes_percent=100)
    plan, basis = plan_definitions(client, rows, settings, applied_later=False)
    Applier(client, plan).apply(basis=basis)


def _users(client: GenesysCloudClient, ids: list[str]) -> None:
    found = sum(presence.definition_id is not None for presence in read_presences(client, ids))
    if found != len(ids):
        raise SystemExit(f"{found} of {len(ids)} users")


def main(what: str, url: str, file: str) -> None:
    """Do it, and say how long it took."""
    given = json.loads(Path(file).read_text())
    client = GenesysCloudClient(ClientSettings("simulator", "simulator", url, url))
    began = time.monotonic()
    {"definitions": _definitions, "users": _users}[what](client, given)
    print(json.dumps({"seconds": time.monotonic() - began}))


if __name__ == "__main__":
    main(*sys.argv[1:4])
