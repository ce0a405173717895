"""The listings of queues, wrap-up codes, skills and languages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import APIRouter
from starlette.requests import Request  # noqa: TC002 (FastAPI reads annotations)

from airflow_provider_genesys.simulator.reading import list_parameter, page

if TYPE_CHECKING:
    from airflow_provider_genesys.simulator.state import World

router = APIRouter()


@router.get("/api/v2/routing/queues")
async def list_queues(request: Request) -> dict[str, Any]:
    """Return a page of the queues."""
    return _listing(request, "queues", "routing:queue:view")


@router.get("/api/v2/routing/wrapupcodes")
async def list_wrap_up_codes(request: Request) -> dict[str, Any]:
    """Return a page of the wrap-up codes."""
    return _listing(request, "wrapupcodes", "routing:wrapupCode:view")


@router.get("/api/v2/routing/skills")
async def list_skills(request: Request) -> dict[str, Any]:
    """Return a page of the skills."""
    return _listing(request, "skills", "routing:skill:view")


@router.get("/api/v2/routing/languages")
async def list_languages(request: Request) -> dict[str, Any]:
    """Return a page of the languages."""
    return _listing(request, "languages", "routing:language:view")


def _listing(request: Request, kind: str, permission: str) -> dict[str, Any]:
    """Return a page of those asked for by ``id``, or whose name begins with ``name``, whatever their state."""
    world: World = request.state.exchange.world
    world.require_permission(permission)
    ids, name = {*list_parameter(request, "id")}, request.query_params.get("name", "").casefold()
    found = [
        each
        for each in world.routing[kind]
        if (not ids or each["id"] in ids) and each["name"].casefold().startswith(name)
    ]
    return page(request, sorted(found, key=lambda each: (each["name"], each["id"])))
