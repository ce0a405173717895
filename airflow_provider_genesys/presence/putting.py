"""Putting users into presences, 50 with each request, which is the API's limit."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from airflow_provider_genesys.api.meter import Meter
from airflow_provider_genesys.exceptions import GenesysConfigError, GenesysNotFoundError
from airflow_provider_genesys.presence.resolve import PresenceResolver, UnresolvedPresenceError
from airflow_provider_genesys.presence.state import read_definitions
from airflow_provider_genesys.presence.users import NewPresence, in_batches, no_presence_set, read_presences

if TYPE_CHECKING:
    from airflow_provider_genesys.api.genesys_cloud import GenesysCloudClient


def nobody_put() -> dict[str, Any]:
    """Return the summary of who has put nobody into a presence yet."""
    return {"users": 0, "set": 0, "missing": [], "requests": 0}


def set_presences(
    client: GenesysCloudClient,
    presences: Iterable[NewPresence],
    *,
    resolve: PresenceResolver | None = None,
    summary: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Put users into presences, 50 with each request.

    All of them are checked before the first is sent.

    :param client: the client.
    :param presences: who shall be in which presence.
    :param resolve: finds definitions; by default one that reads them when a name, or an id that is not a built-in
        one's, needs it.
    :param summary: filled while it goes on, for whoever wants to know how far a failed one came.
    :return: the summary: ``users`` asked for, ``set``, ``missing``: the ids of those the API does not know, and
        ``requests``.
    :raises GenesysConfigError: some are wrong, each with what: nobody can be put On Queue, a name or an id is
        unknown or deactivated, a user comes twice.
    """
    client = client.view(meter=Meter())
    resolve = resolve or PresenceResolver(partial(read_definitions, client))
    summary = {} if summary is None else summary
    summary |= nobody_put()
    try:
        bodies = _bodies(presences, resolve)
        summary["users"] = len(bodies)
        for batch in in_batches(bodies):
            done = _set(client, batch)
            summary["set"] += len(done)
            summary["missing"] += [body["id"] for body in batch if body["id"] not in done]
    finally:
        summary["requests"] = client.meter.requests
    return summary


def _bodies(presences: Iterable[NewPresence], resolve: PresenceResolver) -> list[dict[str, Any]]:
    bodies: dict[tuple[str, str | None], dict[str, Any]] = {}
    mistakes = []
    for new in presences:
        try:
            body = _body(new, resolve)
        except (GenesysConfigError, UnresolvedPresenceError) as error:
            mistakes.append(f"user {new.user_id}: {error}")
            continue
        if bodies.setdefault((new.user_id, new.source_id), body) is not body:
            mistakes.append(f"user {new.user_id}: is there twice")
    if mistakes:
        raise no_presence_set(mistakes)
    return list(bodies.values())


def _body(new: NewPresence, resolve: PresenceResolver) -> dict[str, Any]:
    """Return a ``MutableUserPresence``."""
    if not (isinstance(new.user_id, str) and new.user_id and isinstance(new.presence, str)):
        raise GenesysConfigError(f"user_id and presence must be text, not {new.user_id!r} and {new.presence!r}")
    definition_id = resolve(new.presence)
    if resolve.system_presence(definition_id) == "OnQueue":
        raise GenesysConfigError(
            "nobody can be put On Queue from outside: agents go there by themselves (the API answers "
            "endpoint.does.not.support.on.queue)"
        )
    body: dict[str, Any] = {"id": new.user_id, "presenceDefinition": {"id": definition_id}}
    if new.source_id is not None:
        body["sourceId"] = new.source_id
    if new.message is not None:
        body["message"] = new.message
    return body


def _set(client: GenesysCloudClient, bodies: Sequence[dict[str, Any]]) -> list[str]:
    """Set the presences of up to 50 users and return the ids of those that the API knows."""

    def put(some: Sequence[dict[str, Any]]) -> list[str]:
        answer = client.call("putUsersPresencesBulk", body=some)
        return [str(entity["id"]) for entity in answer or ()]

    try:
        return put(bodies)
    except GenesysNotFoundError:
        users = read_presences(client, [body["id"] for body in bodies])
        missing = {user.user_id for user in users if user.missing}
        if not missing:
            raise
    rest = [body for body in bodies if body["id"] not in missing]
    return put(rest) if rest else []
