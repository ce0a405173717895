"""Reads about the organisation: itself, the token, its users and its sources of presences."""

from __future__ import annotations

from math import ceil
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request  # noqa: TC002 (FastAPI reads annotations)
from starlette.responses import Response

from airflow_provider_genesys.simulator.errors import ApiError

router = APIRouter()
MAX_PAGE_SIZE = 500


@router.get("/api/v2/organizations/me")
async def read_organization(request: Request) -> dict[str, Any]:
    """Return the organisation the client belongs to."""
    organization = request.state.exchange.world.settings.organization
    return {"id": organization.id, "name": organization.name, "selfUri": "/api/v2/organizations/me"}


@router.head("/api/v2/tokens/me")
async def check_token() -> Response:
    """Say that the token is valid; the gateway refuses it otherwise."""
    return Response(status_code=200)


@router.get("/api/v2/presence/sources")
async def list_sources(request: Request) -> dict[str, Any]:
    """Return the sources, active ones unless ``deactivated=true``."""
    world = request.state.exchange.world
    world.require_permission("presence:source:view")
    deactivated = request.query_params.get("deactivated", "false").lower() == "true"
    entities = [
        {**source.model_dump(), "type": "User", "selfUri": f"/api/v2/presence/sources/{source.id}"}
        for source in world.settings.sources
        if source.deactivated == deactivated
    ]
    return {"total": len(entities), "entities": entities, "selfUri": "/api/v2/presence/sources"}


@router.get("/api/v2/users")
async def list_users(request: Request) -> dict[str, Any]:
    """Return a page of the users."""
    size = _page_parameter(request, "pageSize", 25)
    number = _page_parameter(request, "pageNumber", 1)
    if size > MAX_PAGE_SIZE:
        raise _wrong_parameter("pageSize", str(size), f"1 to {MAX_PAGE_SIZE}")
    users = request.state.exchange.world.users()
    pages = max(1, ceil(len(users) / size))

    def uri(page: int) -> str:
        return f"/api/v2/users?pageSize={size}&pageNumber={page}"

    listing = {
        "entities": users[(number - 1) * size : number * size],
        "pageSize": size,
        "pageNumber": number,
        "total": len(users),
        "pageCount": pages,
        "selfUri": uri(number),
        "firstUri": uri(1),
        "lastUri": uri(pages),
    }
    if number > 1:
        listing["previousUri"] = uri(number - 1)
    if number < pages:
        listing["nextUri"] = uri(number + 1)
    return listing


def _page_parameter(request: Request, name: str, default: int) -> int:
    text = request.query_params.get(name, str(default))
    if not text.isdecimal() or int(text) < 1:
        raise _wrong_parameter(name, text, "whole numbers from 1")
    return int(text)


def _wrong_parameter(name: str, value: str, allowed: str) -> ApiError:
    message = f"Value [{value}] is not valid for parameter [{name}]. Allowable values are: {allowed}"
    return ApiError(400, "invalid.query.param.value", message)
