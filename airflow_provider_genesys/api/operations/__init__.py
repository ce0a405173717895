"""The API's operations, one row each: adding an operation is adding a row to the module of its subject.

Names, paths, parameters and permissions are those of the published API description; permissions go into the message of
a 403. Where a row has none, the description names none or could not be read.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from types import MappingProxyType

from airflow_provider_genesys.api.operations import events, organization, presence, vonage_contact_center
from airflow_provider_genesys.api.operations.row import Operation
from airflow_provider_genesys.exceptions import GenesysConfigError

__all__ = ["OPERATIONS", "Operation", "operation"]

_ROWS = (*events.ROWS, *organization.ROWS, *presence.ROWS, *vonage_contact_center.ROWS)

OPERATIONS: Mapping[str, Operation] = MappingProxyType(
    {name: row for row in _ROWS for name in (row.name, *row.aliases)}
)


def operation(name: str) -> Operation:
    """Find an operation by its name or an alias.

    :raises GenesysConfigError: there is none of that name; the message names similar ones.
    """
    found = OPERATIONS.get(name)
    if found is None:
        similar = difflib.get_close_matches(name, OPERATIONS, n=3)
        advice = (
            f"; did you mean {' or '.join(similar)}?" if similar else f"; known are {', '.join(sorted(OPERATIONS))}"
        )
        raise GenesysConfigError(f"{name!r} is no known operation{advice}")
    return found
