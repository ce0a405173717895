"""The operations of web messaging's deployments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from starlette.requests import Request  # noqa: TC002 (FastAPI reads annotations)
from starlette.responses import Response

from airflow_provider_genesys.simulator.errors import ApiError
from airflow_provider_genesys.simulator.presence_models import ALL_DIVISIONS
from airflow_provider_genesys.simulator.reading import choices_parameter, cursor_page, json_body
from airflow_provider_genesys.simulator.validation import ModelValidator
from airflow_provider_genesys.simulator.web_messaging import DEPLOYMENTS

if TYPE_CHECKING:
    from airflow_provider_genesys.simulator.state import World

VIEW = "webDeployments:deployment:view"
EDIT = "webDeployments:deployment:edit"
IDENTITY_RESOLUTION = DEPLOYMENTS + "/{deployment_id}/identityresolution"
# What `expand` fills in, made up.
CONTENT_PROFILE = {"name": "Supported content", "mediaTypes": {"allow": {"inbound": [{"type": "image/*"}]}}}
FLOW_DETAILS = {"name": "Inbound message flow", "flowDescription": "Answers messages"}
router = APIRouter()
deployment_validator = ModelValidator("WebDeployment")
_identity_validator = ModelValidator("DeploymentIdentityResolutionConfig")


@router.get(DEPLOYMENTS)
async def list_deployments(request: Request) -> dict[str, Any]:
    """Return a page of the deployments.

    With ``expand=identityresolution`` nothing is added: the description of the answer has no place for it.
    """
    world: World = request.state.exchange.world
    world.require_permission(VIEW)
    expand = choices_parameter(request, "expand", ("Configuration", "SupportedContent", "identityresolution"))
    listing = cursor_page(request, {entity["id"]: entity for entity in world.web_messaging.deployments()})
    listing["entities"] = [_expanded(world, entity, expand) for entity in listing["entities"]]
    return listing


@router.post(DEPLOYMENTS)
async def create_deployment(request: Request) -> Response:
    """Create a deployment. The description has 200 as well as 201."""
    world: World = request.state.exchange.world
    world.require_permission("webDeployments:deployment:add")
    deployment = world.web_messaging.create_deployment(deployment_validator.read(await json_body(request)))
    return JSONResponse(deployment, status_code=201)


@router.get(DEPLOYMENTS + "/{deployment_id}")
async def read_deployment(request: Request, deployment_id: str) -> dict[str, Any]:
    """Return a deployment."""
    world: World = request.state.exchange.world
    world.require_permission(VIEW)
    expand = choices_parameter(request, "expand", ("supportedContent", "flowDetails"))
    return _expanded(world, world.web_messaging.deployment(deployment_id), expand)


@router.put(DEPLOYMENTS + "/{deployment_id}")
async def replace_deployment(request: Request, deployment_id: str) -> dict[str, Any]:
    """Make a deployment what the body says."""
    world: World = request.state.exchange.world
    world.require_permission(EDIT)
    body = deployment_validator.read(await json_body(request))
    return world.web_messaging.replace_deployment(deployment_id, body)


@router.delete(DEPLOYMENTS + "/{deployment_id}")
async def delete_deployment(request: Request, deployment_id: str) -> Response:
    """Delete a deployment."""
    world: World = request.state.exchange.world
    world.require_permission("webDeployments:deployment:delete")
    world.web_messaging.delete_deployment(deployment_id)
    return Response(status_code=204)


@router.get(DEPLOYMENTS + "/{deployment_id}/configurations")
async def read_active_configuration(request: Request, deployment_id: str) -> dict[str, Any]:
    """Return a deployment together with the version it uses; nobody needs a permission for it."""
    world: World = request.state.exchange.world
    expand = choices_parameter(request, "expand", ("supportedContent",))
    deployment = world.web_messaging.deployment(deployment_id)
    return {
        "configurationVersion": _version_used(world, deployment),
        "deployment": _expanded(world, deployment, expand),
    }


@router.get(IDENTITY_RESOLUTION)
async def read_identity_resolution(request: Request, deployment_id: str) -> dict[str, Any]:
    """Return how a deployment recognises customers."""
    world: World = request.state.exchange.world
    world.require_all_permissions(VIEW, "webDeployments:identityResolution:view")
    return world.web_messaging.identity_resolution(deployment_id)


@router.put(IDENTITY_RESOLUTION)
async def replace_identity_resolution(request: Request, deployment_id: str) -> dict[str, Any]:
    """Set how a deployment recognises customers. What the real server calls invalid is unconfirmed.

    :raises ApiError: 422 for a division that is not there.
    """
    world: World = request.state.exchange.world
    world.require_all_permissions(EDIT, "webDeployments:identityResolution:edit")
    body = _identity_validator.read(await json_body(request))
    if body.get("division", {}).get("id", ALL_DIVISIONS) not in {ALL_DIVISIONS, *world.settings.divisions}:
        raise ApiError(422, "validation.failed", "The configuration you specified is invalid.")
    return world.web_messaging.set_identity_resolution(deployment_id, body)


def _version_used(world: World, deployment: dict[str, Any]) -> dict[str, Any]:
    reference = deployment["configuration"]
    return world.web_messaging.version(reference["id"], reference["version"])


def _expanded(world: World, deployment: dict[str, Any], expand: set[str]) -> dict[str, Any]:
    """Return a deployment with what is to be filled in."""
    filled = dict(deployment)
    if "Configuration" in expand:
        filled["configuration"] = _version_used(world, deployment)
    if "supportedContent" in deployment and expand & {"SupportedContent", "supportedContent"}:
        filled["supportedContent"] = {**deployment["supportedContent"], **CONTENT_PROFILE}
    if "flow" in deployment and "flowDetails" in expand:
        filled["flow"] = {**FLOW_DETAILS, **deployment["flow"]}
    return filled
