"""Presence definitions, v1, deprecated: the same definitions, another shape.

Its part of the description knows none of v2's error codes, only the usual ones of the statuses.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter
from starlette.requests import Request  # noqa: TC002 (FastAPI reads annotations)
from starlette.responses import Response

from airflow_provider_genesys.simulator.definitions import Definition, Wanted
from airflow_provider_genesys.simulator.errors import ApiError
from airflow_provider_genesys.simulator.presence_models import ALL_DIVISIONS, SYSTEM_PRESENCES
from airflow_provider_genesys.simulator.reading import FLAGS, choice_parameter, json_body, page
from airflow_provider_genesys.simulator.validation import ModelValidator

if TYPE_CHECKING:
    from airflow_provider_genesys.simulator.state import World

PATH = "/api/v2/presencedefinitions"
BY_NAME = {presence.name: presence for presence in SYSTEM_PRESENCES}
router = APIRouter()
_validator = ModelValidator("OrganizationPresence")


@router.get(PATH)
async def list_definitions(request: Request) -> dict[str, Any]:
    """Return a page of the definitions; no permission is needed."""
    world: World = request.state.exchange.world
    deleted = choice_parameter(request, "deleted", "FALSE", {**FLAGS, "ALL": None})
    locale = request.query_params.get("localeCode")
    entities = [
        _as_json(definition, locale)
        for definition in world.definitions.all_seen()
        if deleted is None or definition.deactivated == deleted
    ]
    return page(request, entities)


@router.post(PATH)
async def create_definition(request: Request) -> dict[str, Any]:
    """Create a definition, for all divisions: v1 does not know of divisions."""
    world: World = request.state.exchange.world
    world.require_permission("presence:presenceDefinition:add")
    wanted = await _wanted(request, ALL_DIVISIONS)
    with _usual_codes():
        return _as_json(world.definitions.create(wanted, world.settings))


@router.get(PATH + "/{definition_id}")
async def read_definition(request: Request, definition_id: str) -> dict[str, Any]:
    """Return a definition, active or not."""
    world: World = request.state.exchange.world
    world.require_permission("presence:presenceDefinition:view")
    with _usual_codes():
        return _as_json(world.definitions.seen(definition_id), request.query_params.get("localeCode"))


@router.put(PATH + "/{definition_id}")
async def replace_definition(request: Request, definition_id: str) -> dict[str, Any]:
    """Make a definition what the body says; its division stays."""
    world: World = request.state.exchange.world
    world.require_permission("presence:presenceDefinition:edit")
    with _usual_codes():
        division_id = world.definitions.changeable(definition_id).division_id
        wanted = await _wanted(request, division_id)
        return _as_json(world.definitions.replace(definition_id, wanted, world.settings))


@router.delete(PATH + "/{definition_id}")
async def deactivate_definition(request: Request, definition_id: str) -> Response:
    """Deactivate a definition. Which status says so is unconfirmed."""
    world: World = request.state.exchange.world
    world.require_permission("presence:presenceDefinition:delete")
    with _usual_codes():
        world.definitions.deactivate(definition_id, world.settings)
    return Response(status_code=204)


def _as_json(definition: Definition, locale: str | None = "ALL") -> dict[str, Any]:
    return {
        "id": definition.id,
        "languageLabels": definition.labels_for(locale),
        "systemPresence": definition.system_presence.name,
        "deactivated": definition.deactivated,
        "primary": definition.is_system,
        "selfUri": f"{PATH}/{definition.id}",
    }


async def _wanted(request: Request, division_id: str) -> Wanted:
    body = _validator.read(await json_body(request))
    if body.get("primary"):
        raise ApiError(409, message="There is one primary definition of each system presence")
    return Wanted(
        system_presence=BY_NAME.get(body.get("systemPresence", "")),
        labels=body.get("languageLabels", {}),
        division_id=division_id,
        deactivated=body.get("deactivated", False),
    )


@contextmanager
def _usual_codes() -> Iterator[None]:
    try:
        yield
    except ApiError as error:
        code = None if error.code.startswith("presenceservice.") else error.code
        raise ApiError(error.status, code, error.message, error.details) from None
