"""Vonage Contact Center's Agents API: presence definitions and the presences of users."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter
from starlette.requests import Request  # noqa: TC002 (FastAPI reads annotations)

from airflow_provider_genesys.simulator.vonage.errors import VonageError, detailed, invalid, invalid_request
from airflow_provider_genesys.simulator.vonage.oauth import require_scope

if TYPE_CHECKING:
    from airflow_provider_genesys.simulator.vonage.account import VonageAccount

MAX_USERS = 50
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
router = APIRouter(prefix="/agents")


@router.get("/presence-definitions")
async def read_definitions(request: Request) -> dict[str, Any]:
    """Return all presence definitions."""
    require_scope(request, *(f"{whose}:{right}" for whose in ("admin", "self", "users") for right in ("read", "write")))
    account = _account(request)
    return {"presenceDefinitions": [definition.as_json() for definition in account.definitions.values()]}


@router.get("/presences/users")
async def read_presences(request: Request) -> list[dict[str, Any]]:
    """Return the presences of up to 50 users; that those it does not know are left out is unconfirmed."""
    require_scope(request, "users:read", "users:write")
    values = request.query_params.getlist("userId")
    if len(values) != 1 or not values[0]:
        raise invalid("userId", "The userId field is required, once, as a list with commas.")
    user_ids = values[0].split(",")
    if len(user_ids) > MAX_USERS:
        detail = f"Request exceeded maximum number for users of {MAX_USERS} in one query."
        raise detailed(400, "Query limit", detail)
    account = _account(request)
    return [account.presence_json(known) for known in map(_id, user_ids) if known in account.users]


@router.get("/{user_id}/presence")
async def read_presence(request: Request, user_id: str) -> dict[str, Any]:
    """Return the presence of one user."""
    require_scope(request, "self:read", "self:write", "users:read", "users:write")
    account = _account(request)
    return account.presence_json(_known_user(account, user_id))


@router.patch("/{user_id}/presence")
async def change_presence(request: Request, user_id: str) -> dict[str, Any]:
    """Put a user in a presence."""
    require_scope(request, "self:write", "users:write")
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise VonageError(415)
    try:
        body = json.loads(await request.body())
    except ValueError:
        raise invalid_request() from None
    account = _account(request)
    known = _known_user(account, user_id)
    if not isinstance(body, dict) or body.get("presenceId") is None:
        raise invalid("presenceId", "The presenceId field is required.")
    definition_id = _id(body["presenceId"])
    if definition_id not in account.definitions:
        raise invalid("presenceId", f"There is no presence definition {definition_id}.")
    account.change(known, definition_id)
    return account.presence_json(known)


def _account(request: Request) -> VonageAccount:
    account: VonageAccount = request.state.exchange.world.vonage
    return account


def _id(text: Any) -> str:
    """Return an id in the case in which ids are kept.

    :raises VonageError: 400, if it is none.
    """
    if not isinstance(text, str) or not _ID.fullmatch(text):
        raise invalid_request()
    return text.lower()


def _known_user(account: VonageAccount, text: str) -> str:
    """Return the id of a user there is; how the real server refuses another is unconfirmed.

    :raises VonageError: 404.
    """
    user_id = _id(text)
    if user_id not in account.users:
        raise detailed(404, "Not Found", f"There is no user {user_id}.")
    return user_id
