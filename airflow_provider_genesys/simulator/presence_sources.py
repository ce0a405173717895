"""Sources of presences, the presence settings, and users' primary sources."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import APIRouter
from starlette.requests import Request  # noqa: TC002 (FastAPI reads annotations)
from starlette.responses import Response

from airflow_provider_genesys.simulator.errors import ApiError
from airflow_provider_genesys.simulator.reading import FLAGS, choice_parameter, json_body
from airflow_provider_genesys.simulator.sources import source_json
from airflow_provider_genesys.simulator.user_presences import source_key
from airflow_provider_genesys.simulator.validation import ModelValidator

if TYPE_CHECKING:
    from airflow_provider_genesys.simulator.state import World

SOURCES = "/api/v2/presence/sources"
SETTINGS = "/api/v2/presence/settings"
PRIMARY_SOURCE = "/api/v2/presence/users/{user_id}/primarysource"
# That there are bounds is published; what they are is not.
LONGEST_RESTORE = 86_400_000
router = APIRouter()
_source_validator = ModelValidator("Source")
_settings_validator = ModelValidator("PresenceSettings")
_primary_source_validator = ModelValidator("UserPrimarySource")


@router.get(SOURCES)
async def list_sources(request: Request) -> dict[str, Any]:
    """Return the active sources, or with ``deactivated=TRUE`` the others."""
    world: World = request.state.exchange.world
    world.require_permission("presence:source:view")
    deactivated = choice_parameter(request, "deactivated", "FALSE", FLAGS)
    entities = [source_json(source) for source in world.sources.all_seen() if source.deactivated == deactivated]
    return {"total": len(entities), "entities": entities, "selfUri": SOURCES}


@router.post(SOURCES)
async def create_source(request: Request) -> dict[str, Any]:
    """Register a source."""
    world: World = request.state.exchange.world
    world.require_permission("presence:source:add")
    body = _source_validator.read(await json_body(request))
    return source_json(world.sources.create(body, world.settings))


@router.get(SOURCES + "/{source_id}")
async def read_source(request: Request, source_id: str) -> dict[str, Any]:
    """Return a source, active or not."""
    world: World = request.state.exchange.world
    world.require_permission("presence:source:view")
    return source_json(world.sources.seen(source_id))


@router.put(SOURCES + "/{source_id}")
async def replace_source(request: Request, source_id: str) -> dict[str, Any]:
    """Make a source what the body says."""
    world: World = request.state.exchange.world
    world.require_permission("presence:source:edit")
    body = _source_validator.read(await json_body(request))
    return source_json(world.sources.replace(source_id, body, world.settings))


@router.delete(SOURCES + "/{source_id}")
async def deactivate_source(request: Request, source_id: str) -> Response:
    """Deactivate a source."""
    world: World = request.state.exchange.world
    world.require_permission("presence:source:delete", "presence:source:edit")
    world.sources.deactivate(source_id, world.settings)
    return Response(status_code=204)


@router.get(SETTINGS)
async def read_settings(request: Request) -> dict[str, Any]:
    """Return the presence settings."""
    world: World = request.state.exchange.world
    world.require_permission("presence:settings:view")
    return _settings_json(world)


@router.put(SETTINGS)
async def replace_settings(request: Request) -> dict[str, Any]:
    """Make the presence settings what the body says."""
    world: World = request.state.exchange.world
    world.require_permission("presence:settings:edit")
    body = _settings_validator.read(await json_body(request))
    restore = body.get("restorePresenceSettings")
    if restore is None:
        raise _settings_refused(
            "restorepresenceconfigurationnotprovided", "A restore configuration object must be provided"
        )
    if not 0 <= restore["restoreTimeMilliseconds"] <= LONGEST_RESTORE:
        raise _settings_refused("invalidrestoretimemilliseconds", "Restore time value out of bounds")
    default_source = body.get("defaultPrimaryPresenceRegisteredSourceId")
    if default_source is not None and not world.sources.is_active(default_source):
        raise ApiError(404)
    world.presence_settings = {
        "restorePresenceSettings": restore,
        "requestingOffQueueEnabled": body.get("requestingOffQueueEnabled", False),
        "defaultPrimaryPresenceRegisteredSourceId": default_source,
    }
    return _settings_json(world)


@router.get(PRIMARY_SOURCE)
async def read_primary_source(request: Request, user_id: str) -> dict[str, Any]:
    """Return a user's primary source."""
    world: World = request.state.exchange.world
    world.require_permission("presence:userPrimarySource:view")
    return _primary_source_json(world, user_id)


@router.put(PRIMARY_SOURCE)
async def replace_primary_source(request: Request, user_id: str) -> dict[str, Any]:
    """Make a registered source a user's primary one."""
    world: World = request.state.exchange.world
    world.require_permission("presence:userPrimarySource:edit")
    source_id = _primary_source_validator.read(await json_body(request)).get("sourceId")
    if not world.has_user(user_id) or not source_id or not world.sources.is_active(source_id):
        raise ApiError(404)
    world.user_presences.set_primary_source(user_id, source_key(source_id))
    return _primary_source_json(world, user_id)


def _settings_json(world: World) -> dict[str, Any]:
    known = {name: value for name, value in world.presence_settings.items() if value is not None}
    return {"id": world.settings.organization.id, **known, "selfUri": SETTINGS}


def _settings_refused(code: str, message: str) -> ApiError:
    return ApiError(409, f"presenceservice.organizationconfiguration.{code}", message)


def _primary_source_json(world: World, user_id: str) -> dict[str, Any]:
    if not world.has_user(user_id):
        raise ApiError(404)
    source_id = world.primary_source_id(user_id)
    return {
        "id": user_id,
        "sourceId": source_id,
        "registered": world.sources.is_active(source_id),
        "selfUri": PRIMARY_SOURCE.format(user_id=user_id),
    }
