"""The control API's part on web chat and web messaging: what is there, and loading it at once."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, HTTPException
from pydantic import BaseModel, ConfigDict

from airflow_provider_genesys.simulator.control import CurrentWorld  # noqa: TC001 (FastAPI reads annotations)
from airflow_provider_genesys.simulator.errors import ApiError
from airflow_provider_genesys.simulator.web_messaging import LoadedConfiguration
from airflow_provider_genesys.simulator.web_messaging_configurations import configuration_validator
from airflow_provider_genesys.simulator.web_messaging_deployments import deployment_validator as messaging_validator
from airflow_provider_genesys.simulator.webchat_deployments import deployment_validator, settings_validator
from airflow_provider_genesys.simulator.widget_deployments import widget_validator

router = APIRouter(prefix="/_simulator")


class WebChatLoad(BaseModel):
    """Settings, ``null`` for none, and deployments, also of widgets; what is left out stays as it is."""

    model_config = ConfigDict(extra="forbid")

    settings: dict[str, Any] | None = None
    deployments: list[dict[str, Any]] | None = None
    widgets: list[dict[str, Any]] | None = None


class ConfigurationLoad(BaseModel):
    """A configuration: its published versions in order, and its draft."""

    model_config = ConfigDict(extra="forbid")

    id: str | None = None
    versions: list[dict[str, Any]] = []
    draft: dict[str, Any] | None = None


class WebMessagingLoad(BaseModel):
    """Configurations and deployments; what is left out stays as it is."""

    model_config = ConfigDict(extra="forbid")

    configurations: list[ConfigurationLoad] | None = None
    deployments: list[dict[str, Any]] | None = None


@router.get("/webchat")
async def read_webchat(world: CurrentWorld) -> dict[str, Any]:
    """Return settings, deployments, those of widgets, and guests' conversations, whatever the API answers now."""
    return {
        "settings": world.webchat.settings,
        "deployments": world.webchat.deployments(),
        "widgets": world.widgets.deployments(),
        "conversations": [conversation.as_json() for conversation in world.guests.conversations()],
    }


@router.post("/webchat")
async def load_webchat(load: WebChatLoad, world: CurrentWorld) -> dict[str, Any]:
    """Replace the settings, the deployments, those of widgets, or all of them."""
    try:
        settings = load.settings and settings_validator.check(load.settings)
        given = (
            (world.webchat, deployment_validator, load.deployments),
            (world.widgets, widget_validator, load.widgets),
        )
        checked = [
            (store, store.with_ids(validator.check_array(bodies)))
            for store, validator, bodies in given
            if bodies is not None
        ]
    except (ApiError, ValueError) as error:
        raise HTTPException(422, str(error)) from error
    for store, deployments in checked:
        store.load(deployments)
    if "settings" in load.model_fields_set:
        world.webchat.settings = settings
    return await read_webchat(world)


@router.get("/web-messaging")
async def read_web_messaging(world: CurrentWorld) -> dict[str, Any]:
    """Return configurations, deployments and identity resolutions."""
    return world.web_messaging.as_json()


@router.post("/web-messaging")
async def load_web_messaging(load: WebMessagingLoad, world: CurrentWorld) -> dict[str, Any]:
    """Replace the configurations, the deployments, or both."""
    try:
        deployments = None if load.deployments is None else messaging_validator.check_array(load.deployments)
        configurations = None
        if load.configurations is not None:
            configurations = [_checked(configuration) for configuration in load.configurations]
        world.web_messaging.load(configurations, deployments)
    except (ApiError, ValueError) as error:
        raise HTTPException(422, str(error)) from error
    return await read_web_messaging(world)


def _checked(load: ConfigurationLoad) -> LoadedConfiguration:
    draft = None if load.draft is None else configuration_validator.check(load.draft)
    return LoadedConfiguration(load.id, configuration_validator.check_array(load.versions), draft)
