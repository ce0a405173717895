"""The application: handlers by subject, the gateway around them, errors in Genesys' shape."""

from __future__ import annotations

from fastapi import FastAPI
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.requests import Request  # noqa: TC002 (FastAPI reads annotations)
from starlette.responses import Response  # noqa: TC002 (FastAPI reads annotations)

from airflow_provider_genesys.simulator import (
    control,
    control_chats,
    control_directory,
    oauth,
    organization,
    presence_definitions,
    presence_definitions_v1,
    presence_sources,
    presence_users,
    publishing,
    routing,
    web_messaging_configurations,
    web_messaging_deployments,
    webchat_deployments,
    webchat_guests,
    widget_deployments,
)
from airflow_provider_genesys.simulator.beginning import Simulator
from airflow_provider_genesys.simulator.errors import ApiError
from airflow_provider_genesys.simulator.gateway import CONTROL, Gateway
from airflow_provider_genesys.simulator.settings import Start  # noqa: TC001 (see above)
from airflow_provider_genesys.simulator.vonage import control as vonage_control
from airflow_provider_genesys.simulator.vonage import oauth as vonage_oauth
from airflow_provider_genesys.simulator.vonage import presences as vonage_presences
from airflow_provider_genesys.simulator.vonage import statistics as vonage_statistics
from airflow_provider_genesys.simulator.vonage.errors import VonageError

SUBJECTS = (
    *(oauth, publishing, organization, routing),
    *(presence_definitions, presence_definitions_v1, presence_sources, presence_users),
    *(webchat_deployments, webchat_guests, widget_deployments),
    *(web_messaging_configurations, web_messaging_deployments),
    *(vonage_oauth, vonage_presences, vonage_statistics),
    *(control, control_chats, control_directory, vonage_control),
)


def create_app(start: Start) -> FastAPI:
    """Return the simulator as an ASGI application.

    :param start: how it begins, and what a reset returns to.
    """
    simulator = Simulator(start)
    app = FastAPI(title="Genesys Cloud simulator", openapi_url=None, redirect_slashes=False)
    app.state.simulator = simulator
    for subject in SUBJECTS:
        app.include_router(subject.router)
    app.add_middleware(Gateway, simulator=simulator)
    app.add_exception_handler(ApiError, _render_api_error)
    app.add_exception_handler(HTTPException, _render_http_error)
    return app


async def _render_api_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, ApiError)  # noqa: S101 (for the type checker: this is what the handler is registered for)
    return JSONResponse(error.body(request.state.exchange.correlation_id), status_code=error.status)


async def _render_http_error(request: Request, error: Exception) -> Response:
    """Render what the framework refuses by itself: unknown paths and methods."""
    assert isinstance(error, HTTPException)  # noqa: S101 (as above)
    if request.url.path.startswith(CONTROL):
        return JSONResponse({"detail": error.detail}, status_code=error.status_code)
    kind = VonageError if request.state.exchange.is_vonage else ApiError
    return await _render_api_error(request, kind(error.status_code))
