"""Reads about the organisation: itself, the token and its users."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from starlette.requests import Request  # noqa: TC002 (FastAPI reads annotations)
from starlette.responses import Response

from airflow_provider_genesys.simulator.reading import page

router = APIRouter()


@router.get("/api/v2/organizations/me")
async def read_organization(request: Request) -> dict[str, Any]:
    """Return the organisation the client belongs to."""
    organization = request.state.exchange.world.settings.organization
    return {"id": organization.id, "name": organization.name, "selfUri": "/api/v2/organizations/me"}


@router.head("/api/v2/tokens/me")
async def check_token() -> Response:
    """Say that the token is valid; the gateway refuses it otherwise."""
    return Response(status_code=200)


@router.get("/api/v2/users")
async def list_users(request: Request) -> dict[str, Any]:
    """Return a page of the users."""
    return page(request, request.state.exchange.world.users())
