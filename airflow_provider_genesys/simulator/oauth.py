"""The login server: tokens for client credentials."""

from __future__ import annotations

import base64
import binascii
from urllib.parse import parse_qsl

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from starlette.requests import Request  # noqa: TC002 (FastAPI reads annotations)

router = APIRouter()


@router.post("/oauth/token")
async def give_token(request: Request) -> JSONResponse:
    """Give a token to a client that names itself in the ``Authorization`` header or in the form."""
    form = dict(parse_qsl((await request.body()).decode("utf-8", "replace")))
    if form.get("grant_type") != "client_credentials":
        return _refuse(400, "unsupported_grant_type", "grant_type must be client_credentials")
    client_id, client_secret = _credentials(request.headers.get("authorization", ""), form)
    start = request.app.state.simulator.start
    if client_id != start.client_id:
        return _refuse(400, "invalid_client", "client not found")
    if client_secret != start.client_secret:
        return _refuse(401, "invalid_client", "authentication failed")
    world = request.state.exchange.world
    seconds = world.settings.token_seconds
    return JSONResponse({"access_token": world.tokens.issue(seconds), "token_type": "bearer", "expires_in": seconds})


def _credentials(authorization: str, form: dict[str, str]) -> tuple[str | None, str | None]:
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        return form.get("client_id"), form.get("client_secret")
    try:
        client_id, _, client_secret = base64.b64decode(encoded, validate=True).decode("utf-8").partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None, None
    return client_id, client_secret


def _refuse(status: int, error: str, description: str) -> JSONResponse:
    body = {"error": error, "description": description, "error_description": description}
    return JSONResponse(body, status_code=status)
