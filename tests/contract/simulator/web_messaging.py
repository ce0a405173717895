"""Configurations of web messaging, and deployments of them."""

from __future__ import annotations

from typing import Any

from tests.contract.chat_client import CONFIGURATIONS, ChatClient


def published(client: ChatClient, *names: str) -> str:
    """Load a configuration with a version of each name and a draft, and return its id."""
    configuration = {"versions": [{"name": name} for name in names], "draft": {"name": "Next"}}
    return str(client.simulator.load_web_messaging([configuration])["configurations"][0]["id"])


def deployment(configuration_id: str, version: str = "1", **changes: Any) -> dict[str, Any]:
    """Return the body of a deployment."""
    return {"name": "Shop", "configuration": {"id": configuration_id, "version": version}, **changes}


def versions_of(configuration_id: str) -> str:
    return f"{CONFIGURATIONS}/{configuration_id}/versions"
