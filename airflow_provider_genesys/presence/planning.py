"""From a file and an organisation to a plan: all that a plan is made of is read here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from airflow_provider_genesys.exceptions import GenesysConfigError, GenesysPermissionError
from airflow_provider_genesys.presence.definitions import load_definitions
from airflow_provider_genesys.presence.guards import withdraws
from airflow_provider_genesys.presence.plan import Plan, check_settings, make_plan
from airflow_provider_genesys.presence.state import Definition, read_definitions
from airflow_provider_genesys.presence.users import users_by_definition

if TYPE_CHECKING:
    from airflow_provider_genesys.api.genesys_cloud import GenesysCloudClient
    from airflow_provider_genesys.presence.definitions import Source
    from airflow_provider_genesys.storage import StoragePath


def plan_definitions(
    client: GenesysCloudClient,
    definitions: Source,
    *,
    prune: str = "none",
    labels: str = "replace",
    protected: Sequence[str] = (),
    max_changes_percent: float = 30,
    max_deactivations: int = 2,
    in_use: str = "ignore",
    open_path: Callable[[str], StoragePath] = Path,
) -> tuple[Plan, list[Definition]]:
    """Read both sides and return the plan, and the definitions that it was made from.

    Two requests; one more where the connection expects an organisation, and with ``in_use="refuse"``, if there is
    something to deactivate or to move to another division, one for each page of users and each 50 of them.

    :param client: the client.
    :param definitions: the desired state, see :func:`~airflow_provider_genesys.presence.definitions.load_definitions`.
    :param in_use: ``refuse`` makes it unsafe to deactivate, or to move to another division, a definition that a user is
        in at the moment; ``ignore``.
    :param open_path: makes a path object of a path.
    :raises GenesysConfigError: an argument or the file is wrong, or a definition matches several.
    :raises GenesysError: all that ``client.call`` raises.

    The other arguments are those of :func:`~airflow_provider_genesys.presence.plan.make_plan`.
    """
    if in_use not in {"ignore", "refuse"}:
        raise GenesysConfigError(f"in_use is 'ignore' or 'refuse', not {in_use!r}")
    check_settings(prune, labels, protected, max_changes_percent, max_deactivations)  # before anything is read
    desired = load_definitions(definitions, open_path=open_path)
    expected = client.settings.expected_organization_id
    organization = _organization_id(client) if expected else None
    existing = read_definitions(client)
    compare = partial(
        make_plan,
        desired,
        existing,
        prune=prune,
        labels=labels,
        protected=protected,
        max_changes_percent=max_changes_percent,
        max_deactivations=max_deactivations,
        organization_id=organization,
        expected_organization_id=expected,
    )
    plan = compare(in_use=frozenset() if in_use == "refuse" else None)
    if in_use == "refuse" and any(withdraws(change) for change in plan.changes):
        plan = compare(in_use=users_by_definition(client).keys())
    return plan, existing


def _organization_id(client: GenesysCloudClient) -> str | None:
    try:
        answer = client.call("getOrganizationsMe") or {}
    except GenesysPermissionError:
        return None  # makes the plan unsafe, which is still worth seeing
    found: str | None = answer.get("id")
    return found
