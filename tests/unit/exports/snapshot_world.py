"""What a snapshot's destination holds."""

from __future__ import annotations

import json
from typing import Any

from airflow_provider_genesys.files import storage

DEPLOYMENTS = "getWebchatDeployments"


def folders(written: list[str]) -> list[str]:
    return [name.split("/")[0] for name in written]


def latest(root: Any) -> Any:
    return json.loads(storage.read(root / "latest.json") or b"null")


def name_of(path: str) -> str:
    return path.rpartition("/")[2].removesuffix(".json")
