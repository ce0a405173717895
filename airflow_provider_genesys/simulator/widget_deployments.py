"""The operations of widget deployments, which hold web chats of their own. Their permissions are unconfirmed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Depends
from starlette.requests import Request  # noqa: TC002 (FastAPI reads annotations)
from starlette.responses import Response

from airflow_provider_genesys.simulator.reading import json_body
from airflow_provider_genesys.simulator.validation import ModelValidator
from airflow_provider_genesys.simulator.webchat import WIDGETS
from airflow_provider_genesys.simulator.webchat_deployments import require_webchat

if TYPE_CHECKING:
    from airflow_provider_genesys.simulator.state import World

router = APIRouter(dependencies=[Depends(require_webchat)])
widget_validator = ModelValidator("WidgetDeployment")


@router.get(WIDGETS)
async def list_deployments(request: Request) -> dict[str, Any]:
    """Return all deployments; there are no pages."""
    world: World = request.state.exchange.world
    world.require_permission("widgets:deployment:view")
    entities = world.widgets.deployments()
    return {"total": len(entities), "entities": entities, "selfUri": WIDGETS}


@router.post(WIDGETS)
async def create_deployment(request: Request) -> dict[str, Any]:
    """Create a deployment."""
    world: World = request.state.exchange.world
    world.require_permission("widgets:deployment:add")
    return world.widgets.create(widget_validator.read(await json_body(request)))


@router.get(WIDGETS + "/{deployment_id}")
async def read_deployment(request: Request, deployment_id: str) -> dict[str, Any]:
    """Return a deployment."""
    world: World = request.state.exchange.world
    world.require_permission("widgets:deployment:view")
    return world.widgets.deployment(deployment_id)


@router.put(WIDGETS + "/{deployment_id}")
async def replace_deployment(request: Request, deployment_id: str) -> dict[str, Any]:
    """Make a deployment what the body says."""
    world: World = request.state.exchange.world
    world.require_permission("widgets:deployment:edit")
    return world.widgets.replace(deployment_id, widget_validator.read(await json_body(request)))


@router.delete(WIDGETS + "/{deployment_id}")
async def delete_deployment(request: Request, deployment_id: str) -> Response:
    """Delete a deployment."""
    world: World = request.state.exchange.world
    world.require_permission("widgets:deployment:delete")
    world.widgets.delete(deployment_id)
    return Response(status_code=204)
