"""The operations of web chat that the organisation's client uses: settings and deployments."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Depends
from starlette.requests import Request  # noqa: TC002 (FastAPI reads annotations)
from starlette.responses import Response

from airflow_provider_genesys.simulator.errors import ApiError
from airflow_provider_genesys.simulator.reading import json_body
from airflow_provider_genesys.simulator.validation import ModelValidator
from airflow_provider_genesys.simulator.webchat import DEPLOYMENTS

if TYPE_CHECKING:
    from airflow_provider_genesys.simulator.state import World

SETTINGS = "/api/v2/webchat/settings"


async def require_webchat(request: Request) -> None:
    """Refuse the request if there is no web chat any more. How the real server will answer then is unconfirmed.

    :raises ApiError: 410, or 404 as for any path that is not there.
    """
    world: World = request.state.exchange.world
    if world.settings.webchat != "present":
        raise ApiError(410 if world.settings.webchat == "gone" else 404)


router = APIRouter(dependencies=[Depends(require_webchat)])
settings_validator = ModelValidator("WebChatSettings")
deployment_validator = ModelValidator("WebChatDeployment")


@router.get(SETTINGS)
async def read_settings(request: Request) -> Mapping[str, Any]:
    """Return the settings."""
    world: World = request.state.exchange.world
    world.require_permission("webchat:deployment:read")
    return world.webchat.known_settings()


@router.put(SETTINGS)
async def replace_settings(request: Request) -> Mapping[str, Any]:
    """Make the settings what the body says."""
    world: World = request.state.exchange.world
    world.require_permission("webchat:deployment:update")
    body = settings_validator.read(await json_body(request))
    world.webchat.known_settings()
    world.webchat.settings = body
    return body


@router.delete(SETTINGS)
async def delete_settings(request: Request) -> Response:
    """Remove the settings."""
    world: World = request.state.exchange.world
    world.require_permission("webchat:deployment:delete")
    world.webchat.known_settings()
    world.webchat.settings = None
    return Response(status_code=204)


@router.get(DEPLOYMENTS)
async def list_deployments(request: Request) -> dict[str, Any]:
    """Return all deployments; there are no pages."""
    world: World = request.state.exchange.world
    world.require_permission("webchat:deployment:read")
    entities = world.webchat.deployments()
    return {"total": len(entities), "entities": entities, "selfUri": DEPLOYMENTS}


@router.post(DEPLOYMENTS)
async def create_deployment(request: Request) -> dict[str, Any]:
    """Create a deployment."""
    world: World = request.state.exchange.world
    world.require_permission("webchat:deployment:create")
    return world.webchat.create(deployment_validator.read(await json_body(request)))


@router.get(DEPLOYMENTS + "/{deployment_id}")
async def read_deployment(request: Request, deployment_id: str) -> dict[str, Any]:
    """Return a deployment."""
    world: World = request.state.exchange.world
    world.require_permission("webchat:deployment:read")
    return world.webchat.deployment(deployment_id)


@router.put(DEPLOYMENTS + "/{deployment_id}")
async def replace_deployment(request: Request, deployment_id: str) -> dict[str, Any]:
    """Make a deployment what the body says."""
    world: World = request.state.exchange.world
    world.require_permission("webchat:deployment:update")
    return world.webchat.replace(deployment_id, deployment_validator.read(await json_body(request)))


@router.delete(DEPLOYMENTS + "/{deployment_id}")
async def delete_deployment(request: Request, deployment_id: str) -> Response:
    """Delete a deployment."""
    world: World = request.state.exchange.world
    world.require_permission("webchat:deployment:delete")
    world.webchat.delete(deployment_id)
    return Response(status_code=204)
