"""What Airflow reads about this provider. Pure data: it imports nothing, since every Airflow process calls it."""

from __future__ import annotations

from typing import Any


def get_provider_info() -> dict[str, Any]:
    """Return the provider's metadata in the form of Airflow's ``provider_info.schema.json``."""
    return {
        "package-name": "airflow-provider-genesys",
        "name": "Genesys Cloud",
        "description": "Publish batch events, sync presence definitions and export webchat settings.",
    }
