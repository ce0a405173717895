"""The API's operations, one row each: adding an operation is adding a row to the module of its subject.

Names, paths, parameters and permissions are those of the published API description; permissions go into the message of
a 403. Where a row has none, the description names none or could not be read. ``python -m
airflow_provider_genesys.api.operations`` prints them.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from airflow_provider_genesys.api.operations import (
    events,
    organization,
    presence,
    routing,
    vonage_contact_center,
    vonage_statistics,
    web_messaging,
    webchat,
)
from airflow_provider_genesys.api.operations.row import Operation
from airflow_provider_genesys.arguments import TEXT, read
from airflow_provider_genesys.exceptions import GenesysConfigError
from airflow_provider_genesys.spelling import similar

__all__ = ["OPERATIONS", "SUBJECTS", "Operation", "operation"]

SUBJECTS: Mapping[str, tuple[Operation, ...]] = MappingProxyType(
    {
        "Events": events.ROWS,
        "Presence": presence.ROWS,
        "Web chat": webchat.ROWS,
        "Web messaging": web_messaging.ROWS,
        "Organisation, users and token": organization.ROWS,
        "Routing": routing.ROWS,
        "Vonage Contact Center": vonage_contact_center.ROWS,
        "Vonage Contact Center: statistics": vonage_statistics.ROWS,
    }
)
"""The operations, each once, by what they are about."""

OPERATIONS: Mapping[str, Operation] = MappingProxyType(
    {name: row for rows in SUBJECTS.values() for row in rows for name in (row.name, *row.aliases)}
)
"""The operations by name and by alias."""


def operation(name: str) -> Operation:
    """Find an operation by its name or an alias.

    :raises GenesysConfigError: there is none of that name; the message names similar ones.
    """
    name = read("operation", name, TEXT)
    found = OPERATIONS.get(name)
    if found is None:
        meant = similar(name, OPERATIONS, most=3)
        advice = f"; did you mean {' or '.join(meant)}?" if meant else f"; known are {', '.join(sorted(OPERATIONS))}"
        raise GenesysConfigError(f"{name!r} is no known operation{advice}")
    return found
