"""From a file and an organisation to a plan: all that a plan is made of is read here."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from airflow_provider_genesys.api.answers import object_of
from airflow_provider_genesys.arguments import FLAG, PATH, ROWS, read
from airflow_provider_genesys.exceptions import GenesysPermissionError
from airflow_provider_genesys.presence.definitions import load_definitions
from airflow_provider_genesys.presence.plan.guards import withdraws
from airflow_provider_genesys.presence.plan.matching import match
from airflow_provider_genesys.presence.plan.plan import Plan, make_plan
from airflow_provider_genesys.presence.state import Definition, read_definitions
from airflow_provider_genesys.presence.users import Usage, read_usage
from airflow_provider_genesys.presence.vocabulary import ALL_DIVISIONS, label_keys, same_name

if TYPE_CHECKING:
    from airflow_provider_genesys.api.genesys_cloud import GenesysCloudClient
    from airflow_provider_genesys.arguments import AnyPath
    from airflow_provider_genesys.files.storage import StoragePath
    from airflow_provider_genesys.presence.definitions import DefinitionRow, DesiredDefinition
    from airflow_provider_genesys.presence.plan.settings import PlanSettings

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Basis:
    """What a plan was made from; for who applies it at once, and need not read that again.

    :param definitions: the definitions of the organisation.
    :param usage: what a look at the users showed, if there was one.
    """

    definitions: Sequence[Definition]
    usage: Usage | None = None


def plan_definitions(
    client: GenesysCloudClient,
    definitions: AnyPath | Sequence[DefinitionRow],
    settings: PlanSettings,
    *,
    applied_later: bool = True,
    open_path: Callable[[str], StoragePath] = Path,
) -> tuple[Plan, Basis]:
    """Read both sides and return the plan, and what it was made from.

    Two requests; one more where the connection expects an organisation, or something is to change and the plan to be
    applied later. All users are read as well, with a request for each page of them and each 50, if there is something
    to deactivate or to move to another division and ``in_use="refuse"``, or if a definition is there twice.

    :param client: the client.
    :param definitions: the desired state, see :func:`~airflow_provider_genesys.presence.definitions.load_definitions`.
    :param settings: how to plan.
    :param applied_later: whether the plan is kept and applied on its own: if something is to change, it then carries
        the organisation's id, where that may be read, and applies to no other. Not needed where the same client applies
        it at once, or nobody does.
    :param open_path: makes a path object of a path.
    :raises GenesysConfigError: an argument or the file is wrong, or a definition matches several.
    :raises GenesysError: all that ``client.call`` raises.
    """
    settings.validate()  # before anything is read
    read("applied_later", applied_later, FLAG)
    desired = load_definitions(read("definitions", definitions, PATH | ROWS), open_path=open_path)
    expected = client.settings.expected_organization_id
    organization = _organization_id(client) if expected else None
    existing = read_definitions(client)
    _warn_of_vain_entries(desired, existing)
    compare = partial(make_plan, desired, existing, settings, expected_organization_id=expected)
    plan = compare(organization_id=organization)
    for warning in plan.warnings:
        log.warning("%s", warning)
    if not plan.changes:
        return plan, Basis(existing)
    if applied_later and not expected:
        organization = _organization_id(client)
    if settings.in_use == "refuse" and any(withdraws(change) for change in plan.changes):
        seen = read_usage(client)
        plan = compare(organization_id=organization, in_use=seen.in_use, twins_in_use=seen.in_use)
        return plan, Basis(existing, seen)
    if plan.deactivates and any(found is not None and found.twins for found in match(desired, existing)):
        allowed = _look_if_allowed(client)
        plan = compare(organization_id=organization, twins_in_use=None if allowed is None else allowed.in_use)
        return plan, Basis(existing, allowed)
    return compare(organization_id=organization), Basis(existing)


def _warn_of_vain_entries(desired: Sequence[DesiredDefinition], existing: Sequence[Definition]) -> None:
    """Tell of what is given up and not there, but would be in another division: that is in the file by mistake."""
    known = {ALL_DIVISIONS, *(one.division for one in existing)}
    by_label: defaultdict[tuple[str, tuple[str, str]], list[Definition]] = defaultdict(list)
    for one in existing:
        for key in label_keys(one.labels) if one.type == "User" else ():
            by_label[one.system_presence, key].append(one)
    for entry in desired:
        if entry.active or entry.id:
            continue
        near = [one for key in label_keys(entry.labels) for one in by_label[entry.system_presence, key]]
        alike = [one for one in near if same_name(one.labels, entry.labels)]
        divisions = {one.division for one in alike}
        active_in = sorted({one.division for one in alike if not one.deactivated})
        if entry.division not in divisions and active_in:
            log.warning(
                "%s: %s is to be deactivated in division %s, where there is none; it is active in division %s.",
                *(entry.place, entry.name, entry.division, ", ".join(active_in)),
            )
        elif entry.division not in known:
            log.warning(
                "%s: %s is to be deactivated in division %s, in which there is no definition: check that it exists.",
                *(entry.place, entry.name, entry.division),
            )


def _look_if_allowed(client: GenesysCloudClient) -> Usage | None:
    try:
        return read_usage(client)
    except GenesysPermissionError:
        return None  # makes the plan unsafe, which is still worth seeing


def _organization_id(client: GenesysCloudClient) -> str | None:
    try:
        answer = object_of("getOrganizationsMe", client.call("getOrganizationsMe"))
    except GenesysPermissionError:
        return None  # makes the plan unsafe, which is still worth seeing
    found: str | None = answer.get("id")
    return found
