"""The operations of web messaging's configurations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from starlette.requests import Request  # noqa: TC002 (FastAPI reads annotations)
from starlette.responses import Response

from airflow_provider_genesys.simulator.reading import FLAGS, choice_parameter, cursor_page, json_body
from airflow_provider_genesys.simulator.validation import ModelValidator
from airflow_provider_genesys.simulator.web_messaging import CONFIGURATIONS, DRAFT

if TYPE_CHECKING:
    from airflow_provider_genesys.simulator.state import World

VIEW = "webDeployments:configuration:view"
ADD = "webDeployments:configuration:add"
EDIT = "webDeployments:configuration:edit"
VERSIONS = CONFIGURATIONS + "/{configuration_id}/versions"
router = APIRouter()
configuration_validator = ModelValidator("WebDeploymentConfigurationVersion")


@router.get(CONFIGURATIONS)
async def list_configurations(request: Request) -> dict[str, Any]:
    """Return a page of the configurations, each as its draft, or with ``showOnlyPublished`` as its last version.

    What stands for a configuration without a draft is unconfirmed; here it is its last version.
    """
    world: World = request.state.exchange.world
    world.require_permission(VIEW)
    only_published = choice_parameter(request, "showOnlyPublished", "FALSE", FLAGS)
    entities = {
        configuration.id: [*configuration.versions.values()][-1] if only_published else configuration.newest()
        for configuration in world.web_messaging.configurations()
        if configuration.versions or not only_published
    }
    return cursor_page(request, entities)


@router.post(CONFIGURATIONS)
async def create_configuration(request: Request) -> Response:
    """Create a configuration, as a draft. The description has 200 as well as 201."""
    world: World = request.state.exchange.world
    world.require_permission(ADD)
    draft = world.web_messaging.create_configuration(configuration_validator.read(await json_body(request)))
    return JSONResponse(draft, status_code=201)


@router.delete(CONFIGURATIONS + "/{configuration_id}")
async def delete_configuration(request: Request, configuration_id: str) -> Response:
    """Delete all versions of a configuration."""
    world: World = request.state.exchange.world
    world.require_permission("webDeployments:configuration:delete")
    world.web_messaging.delete_configuration(configuration_id)
    return Response(status_code=204)


@router.get(VERSIONS)
async def list_versions(request: Request, configuration_id: str) -> dict[str, Any]:
    """Return a page of a configuration's versions, the draft last; that it is among them is seen in practice."""
    world: World = request.state.exchange.world
    world.require_permission(VIEW)
    versions = world.web_messaging.configuration(configuration_id).all_versions()
    # A draft's name sorts behind all numbers.
    return cursor_page(
        request,
        {version["version"].zfill(9) if version["version"] != DRAFT else DRAFT: version for version in versions},
    )


@router.get(VERSIONS + "/draft")
async def read_draft(request: Request, configuration_id: str) -> dict[str, Any]:
    """Return a configuration's draft."""
    world: World = request.state.exchange.world
    world.require_permission(VIEW)
    return world.web_messaging.version(configuration_id, DRAFT)


@router.put(VERSIONS + "/draft")
async def replace_draft(request: Request, configuration_id: str) -> dict[str, Any]:
    """Make a configuration's draft what the body says."""
    world: World = request.state.exchange.world
    world.require_permission(EDIT)
    return world.web_messaging.replace_draft(configuration_id, configuration_validator.read(await json_body(request)))


@router.post(VERSIONS + "/draft/publish")
async def publish_draft(request: Request, configuration_id: str) -> dict[str, Any]:
    """Make a new version of a configuration's draft."""
    world: World = request.state.exchange.world
    world.require_all_permissions(EDIT, ADD)
    return world.web_messaging.publish(configuration_id)


@router.get(VERSIONS + "/{version}")
async def read_version(request: Request, configuration_id: str, version: str) -> dict[str, Any]:
    """Return a version of a configuration."""
    world: World = request.state.exchange.world
    world.require_permission(VIEW)
    return world.web_messaging.version(configuration_id, version)
