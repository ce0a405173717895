"""Reads about the organisation: itself, the token, what the client may do, and the users."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from starlette.requests import Request  # noqa: TC002 (FastAPI reads annotations)
from starlette.responses import Response

from airflow_provider_genesys.simulator.reading import choice_parameter, list_parameter, page

ANY_STATE = "any"
STATES = {state.upper(): state for state in ("active", "inactive", "deleted", ANY_STATE)}
SUBJECT = "3f0d5a57-6c1e-4f0e-9d55-0c8f3b1f7a01"
ROLE = "7a1f4d0b-2f9d-4c61-8e0a-5b6c7d8e9f02"
router = APIRouter()


@router.get("/api/v2/organizations/me")
async def read_organization(request: Request) -> dict[str, Any]:
    """Return the organisation the client belongs to."""
    organization = request.state.exchange.world.settings.organization
    return {"id": organization.id, "name": organization.name, "selfUri": "/api/v2/organizations/me"}


@router.get("/api/v2/authorization/subjects/me")
async def read_grants(request: Request) -> dict[str, Any]:
    """Return what the client's roles grant, as the model ``AuthzSubject``: one role, in all divisions."""
    permissions = request.state.exchange.world.settings.permissions
    policies = [_policy(permission) for permission in (["*:*:*"] if permissions is None else sorted(permissions))]
    role = {"id": ROLE, "name": "Simulated role", "policies": policies, "default": False}
    return {"id": SUBJECT, "name": "Simulated client", "grants": [{"subjectId": SUBJECT, "role": role}]}


@router.head("/api/v2/tokens/me")
async def check_token() -> Response:
    """Say that the token is valid; the gateway refuses it otherwise."""
    return Response(status_code=200)


@router.get("/api/v2/users")
async def list_users(request: Request) -> dict[str, Any]:
    """Return a page of the users: the active ones unless ``state`` says otherwise, and of these those asked for.

    What their employer knows them by is only there where ``expand`` asks for it.
    """
    state = choice_parameter(request, "state", "ACTIVE", STATES)
    ids = {*list_parameter(request, "id")}
    left_out = {"employerInfo"} - {*list_parameter(request, "expand")}
    users = request.state.exchange.world.users()
    return page(
        request,
        [
            {name: value for name, value in user.items() if name not in left_out}
            for user in users
            if state in {user["state"], ANY_STATE} and (not ids or user["id"] in ids)
        ],
    )


def _policy(permission: str) -> dict[str, Any]:
    domain, entity, action = permission.split(":")
    return {"domain": domain, "entityName": entity, "actions": [action]}
