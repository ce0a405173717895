"""The presences of users: one by one and in bulk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import APIRouter
from starlette.requests import Request  # noqa: TC002 (FastAPI reads annotations)

from airflow_provider_genesys.simulator.errors import ApiError
from airflow_provider_genesys.simulator.presence_models import ON_QUEUE
from airflow_provider_genesys.simulator.reading import json_body, list_parameter
from airflow_provider_genesys.simulator.sources import PURECLOUD, SYSTEM_SOURCE
from airflow_provider_genesys.simulator.user_presences import source_key
from airflow_provider_genesys.simulator.validation import ModelValidator

if TYPE_CHECKING:
    from airflow_provider_genesys.simulator.definitions import Definition
    from airflow_provider_genesys.simulator.state import World

MAX_USERS = 50
EDIT = "presence:userPresence:edit"
ONE = "/api/v2/users/{user_id}/presences/{source_id}"
BULK = "/api/v2/users/presences/{source_id}/bulk"
BULK_UPDATE = "/api/v2/users/presences/bulk"
router = APIRouter()
_validator = ModelValidator("UserPresence")
_bulk_validator = ModelValidator("MutableUserPresence")


@router.get(ONE)
async def read_presence(request: Request, user_id: str, source_id: str) -> dict[str, Any]:
    """Return a user's presence, from Genesys Cloud itself (``purecloud``) or from a source that is not registered."""
    world: World = request.state.exchange.world
    source = _unregistered(world, source_id)
    _require_user(world, user_id)
    return _presence_json(world, user_id, source)


@router.patch(ONE)
async def change_presence(request: Request, user_id: str, source_id: str) -> dict[str, Any]:
    """Change what the body names of a user's presence: the definition, the message, the primary source."""
    world: World = request.state.exchange.world
    if not world.has_permission(EDIT):
        message = "Not authorized to update another user's presence"
        raise ApiError(403, "presence.not.authorized.update.other.user.presence", message)
    source = _unregistered(world, source_id)
    body = _validator.read(await json_body(request))
    if not body.keys() & {"presenceDefinition", "message", "primary"}:
        raise ApiError(400, message="One of primary, presenceDefinition and message is needed")
    _require_user(world, user_id)
    definition = _definition(world, body, "")
    if definition and definition.system_presence is ON_QUEUE and not world.settings.allow_on_queue:
        raise ApiError(403, "presence.not.authorized.update.on.queue", "Not authorized to update presence to ON_QUEUE")
    _change(world, user_id, source, body)
    return _presence_json(world, user_id, source)


@router.get(BULK)
async def read_presences(request: Request, source_id: str) -> list[dict[str, Any]]:
    """Return the presences of up to 50 users, in the order they were asked for."""
    world: World = request.state.exchange.world
    source = source_key(source_id)
    if source != PURECLOUD and not world.sources.is_known(source):
        raise ApiError(404)
    user_ids = list_parameter(request, "id")
    if len(user_ids) > MAX_USERS:
        raise ApiError(400, "max.user.presences", f"Only {MAX_USERS} user presences can be queried at a time.")
    not_found = ApiError(404, "presenceservice.usernotfound", "The specified user was not found")
    known = _known(world, list(dict.fromkeys(user_ids)), not_found)
    return [_source_presence_json(world, user_id, source) for user_id in known]


@router.put(BULK_UPDATE)
async def change_presences(request: Request) -> list[dict[str, Any]]:
    """Change the presences of up to 50 users, of all or of none."""
    world: World = request.state.exchange.world
    world.require_permission(EDIT)
    changes = _bulk_validator.read_array(await json_body(request))
    if len(changes) > MAX_USERS:
        raise ApiError(400, "max.user.presences", f"Only {MAX_USERS} user presences can be updated at a time.")
    for index, change in enumerate(changes):
        _check_change(world, change, f"[{index}].")
    known = {*_known(world, [change["id"] for change in changes], ApiError(404))}
    answer = []
    for change in changes:
        if change["id"] in known:
            source = source_key(change.get("sourceId", PURECLOUD))
            _change(world, change["id"], source, change)
            answer.append(_presence_json(world, change["id"], source))
    return answer


def _check_change(world: World, change: dict[str, Any], place: str) -> None:
    """Refuse one wrong change of a bulk update."""
    if "id" not in change:
        raise _must_not_be_null(f"{place}id")
    definition = _definition(world, change, place)
    if definition is None and not change.keys() & {"message", "primary"}:
        raise _must_not_be_null(f"{place}presenceDefinition")
    if definition and definition.system_presence is ON_QUEUE:
        message = "The endpoint does not support updating to the ON_QUEUE presence"
        raise ApiError(400, "endpoint.does.not.support.on.queue", message)
    source = source_key(change.get("sourceId", PURECLOUD))
    if source != PURECLOUD and not world.sources.is_active(source):
        raise ApiError(404)


def _definition(world: World, body: dict[str, Any], place: str) -> Definition | None:
    """Return the definition that a body names, if it names one.

    How the real server refuses a wrong one is unconfirmed.

    :raises ApiError: 400, if it is not there or not active.
    """
    if "presenceDefinition" not in body:
        return None
    definition_id = body["presenceDefinition"].get("id")
    if definition_id is None:
        raise _must_not_be_null(f"{place}presenceDefinition.id")
    definition = world.definitions.current(definition_id)
    if definition is None or definition.deactivated:
        field = f"{place}presenceDefinition.id"
        message = (
            f"{field}: Value [{definition_id}] is not valid for field type [PresenceDefinition]. "
            "Allowable values are: ids of active definitions"
        )
        raise ApiError(400, "invalid.value", message, [{"errorCode": "invalid.value", "fieldName": field}])
    return definition


def _change(world: World, user_id: str, source: str, body: dict[str, Any]) -> None:
    definition_id, message = body.get("presenceDefinition", {}).get("id"), body.get("message")
    if definition_id is not None or message is not None:
        world.user_presences.set(user_id, source, definition_id, message)
    if body.get("primary"):
        world.user_presences.set_primary_source(user_id, source)


def _unregistered(world: World, source_id: str) -> str:
    """Return a source's key, unless it is a registered one: the description says these two do not support those."""
    source = source_key(source_id)
    if source != PURECLOUD and world.sources.is_known(source):
        raise ApiError(400, message="This endpoint does not support registered presence sources")
    return source


def _require_user(world: World, user_id: str) -> None:
    if not world.has_user(user_id):
        raise ApiError(404, "presenceservice.usernotfound", "The specified user was not found")


def _known(world: World, user_ids: list[str], not_found: ApiError) -> list[str]:
    """Return those that are users, or refuse the request for one that is not."""
    known = [user_id for user_id in user_ids if world.has_user(user_id)]
    if len(known) < len(user_ids) and world.settings.unknown_users == "refuse":
        raise not_found
    return known


def _must_not_be_null(field: str) -> ApiError:
    details = [{"errorCode": "constraint.validation", "fieldName": field}]
    return ApiError(400, "constraint.validation", f"{field}: must not be null", details)


def _presence_json(world: World, user_id: str, source: str) -> dict[str, Any]:
    """Return the model ``UserPresence``."""
    primary = source_key(world.primary_source_id(user_id)) == source
    return {"id": user_id, "primary": primary, **_state_json(world, user_id, source)}


def _source_presence_json(world: World, user_id: str, source: str) -> dict[str, Any]:
    """Return the model ``UcUserPresence``, without its ``id``: what that identifies is published nowhere."""
    return {"userId": user_id, **_state_json(world, user_id, source)}


def _state_json(world: World, user_id: str, source: str) -> dict[str, Any]:
    presence = world.user_presences.of(user_id, source)
    definition = world.definitions.current(presence.definition_id)
    assert definition is not None  # noqa: S101 (for the type checker: definitions stay, and others are not set)
    state = {
        "source": source,
        "sourceId": SYSTEM_SOURCE.id if source == PURECLOUD else source,
        "presenceDefinition": {
            "id": definition.id,
            "systemPresence": definition.system_presence.user_name,
            "selfUri": f"/api/v2/presence/definitions/{definition.id}",
        },
        "message": presence.message,
        "selfUri": ONE.format(user_id=user_id, source_id=source),
    }
    if presence.modified:
        state["modifiedDate"] = presence.modified
    return state
