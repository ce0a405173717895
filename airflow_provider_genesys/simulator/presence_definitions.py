"""Presence definitions, v2, and the ten system presences."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from starlette.requests import Request  # noqa: TC002 (FastAPI reads annotations)
from starlette.responses import Response

from airflow_provider_genesys.simulator.definitions import ALL_LOCALES, Wanted
from airflow_provider_genesys.simulator.errors import ApiError
from airflow_provider_genesys.simulator.presence_models import ALL_DIVISIONS, LISTED_LOCALES, SYSTEM_PRESENCES
from airflow_provider_genesys.simulator.reading import (
    FLAGS,
    choice_parameter,
    json_body,
    list_parameter,
    wrong_parameter,
)
from airflow_provider_genesys.simulator.validation import ModelValidator

if TYPE_CHECKING:
    from airflow_provider_genesys.simulator.state import World

PATH = "/api/v2/presence/definitions"
BY_NAME = {presence.v2_name: presence for presence in SYSTEM_PRESENCES}
router = APIRouter()
_validator = ModelValidator("OrganizationPresenceDefinition")


@router.get("/api/v2/systempresences")
async def list_system_presences() -> list[dict[str, str]]:
    """Return the ten. How they are spelled here is unconfirmed."""
    return [
        {"id": presence.id, "name": presence.name, "selfUri": f"/api/v2/systempresences/{presence.id}"}
        for presence in SYSTEM_PRESENCES
    ]


@router.get(PATH)
async def list_definitions(request: Request) -> dict[str, Any]:
    """Return all active definitions, or with ``deactivated=TRUE`` all others; there are no pages.

    A filter by divisions leaves those of all divisions in: they belong to each. That this is so is unconfirmed.
    """
    world: World = request.state.exchange.world
    world.require_permission("presence:presenceDefinition:view")
    deactivated = choice_parameter(request, "deactivated", "FALSE", FLAGS)
    divisions = {*list_parameter(request, "divisionId")}
    locale = _locale(request)
    entities = [
        definition.as_json(locale)
        for definition in world.definitions.all_seen()
        if definition.deactivated == deactivated
        and (not divisions or definition.division_id in {*divisions, ALL_DIVISIONS})
    ]
    return {"total": len(entities), "entities": entities, "selfUri": PATH}


@router.post(PATH)
async def create_definition(request: Request) -> Response:
    """Create a definition."""
    world: World = request.state.exchange.world
    world.require_permission("presence:presenceDefinition:add")
    definition = world.definitions.create(await _wanted(request), world.settings)
    return JSONResponse(definition.as_json(), status_code=world.settings.definition_created_status)


@router.get(PATH + "/{definition_id}")
async def read_definition(request: Request, definition_id: str) -> dict[str, Any]:
    """Return a definition, active or not."""
    world: World = request.state.exchange.world
    world.require_permission("presence:presenceDefinition:view")
    return world.definitions.seen(definition_id).as_json(_locale(request))


@router.put(PATH + "/{definition_id}")
async def replace_definition(request: Request, definition_id: str) -> dict[str, Any]:
    """Make a definition what the body says."""
    world: World = request.state.exchange.world
    world.require_permission("presence:presenceDefinition:edit")
    return world.definitions.replace(definition_id, await _wanted(request), world.settings).as_json()


@router.delete(PATH + "/{definition_id}")
async def deactivate_definition(request: Request, definition_id: str) -> Response:
    """Deactivate a definition."""
    world: World = request.state.exchange.world
    world.require_permission("presence:presenceDefinition:delete", "presence:presenceDefinition:edit")
    world.definitions.deactivate(definition_id, world.settings)
    return Response(status_code=204)


def wanted(body: dict[str, Any]) -> Wanted:
    """Return what a body of v2 wants. Its id, name and URI say nothing: they are not the client's to set.

    :raises ApiError: 400 for the type System.
    """
    if body.get("type") == "System":
        message = "type: Value [System] is not valid for field type [EntityType]. Allowable values are: User"
        raise ApiError(400, "invalid.value", message)
    return Wanted(
        system_presence=BY_NAME.get(body.get("systemPresence", "")),
        labels=body.get("languageLabels", {}),
        division_id=body.get("divisionId", ALL_DIVISIONS),
        deactivated=body.get("deactivated", False),
    )


async def _wanted(request: Request) -> Wanted:
    return wanted(_validator.read(await json_body(request)))


def _locale(request: Request) -> str | None:
    locale = request.query_params.get("localeCode")
    if locale is not None and locale not in {ALL_LOCALES, *LISTED_LOCALES}:
        raise wrong_parameter("localeCode", locale, ", ".join([ALL_LOCALES, *sorted(LISTED_LOCALES)]))
    return locale
