"""Vonage Contact Center's login server, and who it lets in."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from starlette.requests import Request  # noqa: TC002 (FastAPI reads annotations)

from airflow_provider_genesys.simulator.vonage.account import SCOPES
from airflow_provider_genesys.simulator.vonage.errors import VonageError, coded

if TYPE_CHECKING:
    from airflow_provider_genesys.simulator.state import World

ACCEPTED = {"agents": "application/vnd.newvoicemedia.v1+json", "stats": "application/vnd.newvoicemedia.v3+json"}
"""The version of each API, by the first part of its paths."""
_VERSIONED = re.compile(r"application/vnd\.newvoicemedia\.v[^+]*\+json")
router = APIRouter()


@router.post("/Auth/connect/token")
async def give_token(request: Request) -> JSONResponse:
    """Give a token to a client that names itself in the form; how it refuses others is unconfirmed."""
    form = dict(parse_qsl((await request.body()).decode("utf-8", "replace")))
    if form.get("grant_type") != "client_credentials":
        return _refuse("unsupported_grant_type")
    start = request.app.state.simulator.start
    if (form.get("client_id"), form.get("client_secret")) != (start.client_id, start.client_secret):
        return _refuse("invalid_client")
    world: World = request.state.exchange.world
    allowed = SCOPES if world.settings.vonage_scopes is None else world.settings.vonage_scopes
    scopes = frozenset(form.get("scope", "").split()) or allowed
    if not scopes <= allowed:
        return _refuse("invalid_scope")
    seconds = world.settings.vonage_token_seconds
    token = world.vonage.tokens.issue(seconds)
    world.vonage.scopes[token] = scopes
    return JSONResponse({"access_token": token, "expires_in": seconds, "token_type": "Bearer"})


def _refuse(error: str) -> JSONResponse:
    return JSONResponse({"error": error}, status_code=400)


def admit(world: World, path: str, authorization: str, accept: str) -> str:
    """Return the token of a request that may come in.

    In which order the real server looks at these is unconfirmed.

    :param path: the request's.
    :param authorization: the header's value; empty, if there is none.
    :param accept: the ``Accept`` header's.
    :raises VonageError: 401 for no valid token of this system's; 429 over its rate limit, which no header tells of; 400
        for no version of the API, or another one.
    """
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer" or not world.vonage.tokens.is_valid(token):
        raise VonageError(401)
    settings = world.settings
    if world.vonage.rate_limit.admit(
        settings.vonage_requests_per_minute, settings.rate_limit_window_seconds
    ).is_exceeded:
        raise VonageError(429)
    if accept != ACCEPTED[path.split("/")[1]]:
        if _VERSIONED.fullmatch(accept):
            raise coded(400, "UnsupportedApiVersion", f"The API version of '{accept}' is not supported.")
        raise coded(400, "ApiVersionUnspecified", "An API version is required, but was not specified.")
    return token


def require_scope(request: Request, *names: str) -> None:
    """Refuse a request whose token has none of these scopes.

    A scope on oneself (``self``) is taken for one on any user; whose the credentials are is not simulated.

    :raises VonageError: 403.
    """
    exchange = request.state.exchange
    token = request.headers["authorization"].partition(" ")[2]
    if not exchange.world.vonage.scopes.get(token, frozenset()) & set(names):
        raise VonageError(403)
