"""What one look at users, or at the definitions, sees: what the sensors of job 2 wait by."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from airflow_provider_genesys.api.looks import Seen
from airflow_provider_genesys.exceptions import GenesysConfigError
from airflow_provider_genesys.presence.plan.planner import plan_definitions
from airflow_provider_genesys.presence.plan.render import summary
from airflow_provider_genesys.presence.plan.settings import PlanSettings
from airflow_provider_genesys.presence.resolve import PresenceResolver, UnresolvedPresenceError
from airflow_provider_genesys.presence.state import read_definitions
from airflow_provider_genesys.presence.users import UserPresence, all_in, any_in, being_in, in_batches, read_presences
from airflow_provider_genesys.text import first_of

if TYPE_CHECKING:
    from airflow_provider_genesys.api.genesys_cloud import GenesysCloudClient
    from airflow_provider_genesys.files.storage import StoragePath
    from airflow_provider_genesys.presence.definitions import Source
    from airflow_provider_genesys.presence.plan.settings import Labels, Prune

_MOST_SAID = 3  # users that a line names
_MOST_FOUND = 20  # users that are kept, which may become an XCom


def ids_of(client: GenesysCloudClient, presences: Sequence[str]) -> list[str]:
    """Return presences with definitions' ids in place of names such as ``Break/Smoke``, for which two requests go out.

    :raises GenesysConfigError: there is no such definition.
    """
    resolve = PresenceResolver(lambda: read_definitions(client))
    try:
        return [resolve(each) if "/" in each else each for each in presences]
    except UnresolvedPresenceError as error:
        raise GenesysConfigError(f"presences: {error}") from error


def look_at_users(
    client: GenesysCloudClient,
    user_ids: Sequence[str],
    presences: Sequence[str],
    *,
    match: str,
    source_id: str | None,
    wanted: Sequence[str],
) -> Seen:
    """See whether users are in one of some presences; reads no further than to the request that decides it.

    :param client: the client.
    :param user_ids: the users.
    :param presences: what is waited for, as it was written.
    :param match: ``all`` of the users, or ``any``.
    :param source_id: the source whose word to take; ``None`` for Genesys Cloud's own.
    :param wanted: the presences as :func:`ids_of` returns them.
    :return: ``found`` has ``users``, ``looked_at`` and ``matching`` (numbers), and of at most 20 users each
        ``matches`` (ids), ``others`` (presence by id) and ``missing`` (ids of those that do not exist).
    """
    seen: list[UserPresence] = []

    def by_request() -> Iterator[UserPresence]:
        for some in in_batches(read_presences(client, user_ids, source_id)):
            seen.extend(some)
            yield from some

    done = (all_in if match == "all" else any_in)(by_request(), wanted)
    is_wanted = being_in(wanted)
    matches = [user.user_id for user in seen if is_wanted(user)]
    missing = [user.user_id for user in seen if user.missing]
    others = {user.user_id: _presence(user) for user in seen if not user.missing and not is_wanted(user)}
    counted = f"{len(seen)} users" if len(seen) == len(user_ids) else f"the first {len(seen)} of {len(user_ids)} users"
    said = [f"{len(matches)} of {counted} {'is' if len(matches) == 1 else 'are'} in {' or '.join(presences)}"]
    if others and not done:
        said.append(_listed([f"{user_id} is in {presence}" for user_id, presence in others.items()]))
    if missing:
        said.append(f"no such user: {_listed(missing)}")
    return Seen(
        done,
        "; ".join(said),
        {
            "users": len(user_ids),
            "looked_at": len(seen),
            "matching": len(matches),
            "matches": matches[:_MOST_FOUND],
            "others": dict([*others.items()][:_MOST_FOUND]),
            "missing": missing[:_MOST_FOUND],
        },
    )


def look_at_definitions(
    client: GenesysCloudClient,
    definitions: Source,
    *,
    wait_for: str,
    prune: Prune,
    labels: Labels,
    open_path: Callable[[str], StoragePath] = Path,
) -> Seen:
    """See whether the definitions are those desired, or no longer.

    :param client: the client.
    :param definitions: the desired state, see :func:`~airflow_provider_genesys.presence.definitions.load_definitions`.
    :param wait_for: ``in_sync`` or ``drift``.
    :param prune: as the plan's.
    :param labels: as the plan's.
    :param open_path: makes a path object of a path.
    :return: ``found`` has ``creates, updates, reactivates, deactivates, unchanged``.
    """
    settings = PlanSettings(prune=prune, labels=labels)
    plan, _ = plan_definitions(client, definitions, settings, applied_later=False, open_path=open_path)
    in_sync = plan.safe and not plan.changes  # what no plan may change is in its reasons alone
    found: dict[str, Any] = {
        "creates": plan.creates,
        "updates": plan.updates,
        "reactivates": plan.reactivates,
        "deactivates": plan.deactivates,
        "unchanged": plan.unchanged,
    }
    state = "the definitions are those desired" if in_sync else "the definitions are not those desired"
    return Seen(in_sync == (wait_for == "in_sync"), "; ".join([f"{state}: {summary(plan)}", *plan.reasons]), found)


def _presence(user: UserPresence) -> str:
    if user.definition_id is None:
        return "no presence"
    return f"{user.system_presence} ({user.definition_id})"


def _listed(items: Sequence[str]) -> str:
    return ", ".join(first_of(items, _MOST_SAID))
