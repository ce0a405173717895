"""The control API, for tests and demos: no token, no limit, no faults, not in the log."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, HTTPException, Query
from fastapi.responses import JSONResponse, StreamingResponse
from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.requests import Request  # noqa: TC002 (FastAPI reads annotations)
from starlette.responses import Response  # noqa: TC002 (as above)

from airflow_provider_genesys.simulator.beginning import Simulator
from airflow_provider_genesys.simulator.errors import ApiError, explain
from airflow_provider_genesys.simulator.faults import FaultRule
from airflow_provider_genesys.simulator.presence_definitions import wanted
from airflow_provider_genesys.simulator.sources import source_json
from airflow_provider_genesys.simulator.state import World
from airflow_provider_genesys.simulator.validation import ModelValidator

router = APIRouter(prefix="/_simulator")
_definition_validator = ModelValidator("OrganizationPresenceDefinition")


async def _simulator(request: Request) -> Simulator:
    simulator: Simulator = request.app.state.simulator
    return simulator


async def _world(request: Request) -> World:
    simulator: Simulator = request.app.state.simulator
    return simulator.world


CurrentSimulator = Annotated[Simulator, Depends(_simulator)]
CurrentWorld = Annotated[World, Depends(_world)]


class Seed(BaseModel):
    """What chance starts from."""

    seed: int


class PresenceLoad(BaseModel):
    """Definitions in the model of v2, and the id of a definition by user's id."""

    model_config = ConfigDict(extra="forbid")

    definitions: list[dict[str, Any]] = []
    users: dict[str, str] = {}


@router.get("/health")
async def health() -> dict[str, str]:
    """Say that the simulator is up."""
    return {"status": "ok"}


@router.post("/reset")
async def reset(simulator: CurrentSimulator) -> dict[str, str]:
    """Begin again as at the start: settings, faults, tokens, window, ledger and log."""
    simulator.reset()
    return {"status": "ok"}


@router.post("/seed")
async def seed(body: Seed, world: CurrentWorld) -> dict[str, int]:
    """Start chance afresh from a number; the ledger and the log stay."""
    world.reseed(body.seed)
    return {"seed": world.seed}


@router.get("/ledger")
async def read_ledger(world: CurrentWorld, *, events: bool = False) -> Response:
    """Return the ledger's figures, or with ``events=true`` all of it as JSON Lines."""
    if events:
        return StreamingResponse(world.ledger.lines(), media_type="application/x-ndjson")
    return JSONResponse(world.ledger.summary())


@router.get("/requests")
async def read_requests(world: CurrentWorld, last: Annotated[int, Query(ge=0)] = 100) -> dict[str, Any]:
    """Return totals by path and status, and the last requests."""
    return world.requests.as_json(last)


@router.get("/faults")
async def read_faults(world: CurrentWorld) -> list[dict[str, Any]]:
    """Return the rules in force."""
    return [active.as_json() for active in world.faults]


@router.post("/faults")
async def add_faults(body: Annotated[Any, Body()], world: CurrentWorld) -> list[dict[str, Any]]:
    """Put one rule, or a list of them, at the end of the list."""
    try:
        rules = [FaultRule.model_validate(rule) for rule in (body if isinstance(body, list) else [body])]
    except ValidationError as error:
        raise HTTPException(422, explain(error)) from error
    return [active.as_json() for active in world.faults.add(rules)]


@router.delete("/faults")
async def clear_faults(world: CurrentWorld) -> list[dict[str, Any]]:
    """Take all rules out of force."""
    world.faults.clear()
    return []


@router.get("/settings")
async def read_settings(world: CurrentWorld) -> dict[str, Any]:
    """Return the settings."""
    return world.settings.model_dump(mode="json")


@router.post("/settings")
async def change_settings(changes: dict[str, Any], world: CurrentWorld) -> dict[str, Any]:
    """Change some settings, and return all."""
    try:
        return world.change_settings(changes).model_dump(mode="json")
    except ValidationError as error:
        raise HTTPException(422, explain(error)) from error


@router.get("/presence")
async def read_presence(world: CurrentWorld) -> dict[str, Any]:
    """Return what is true of presences, whatever reads see yet, and how many writes were acted on."""
    return {
        "definitions": [definition.as_json() for definition in world.definitions.all_current()],
        "sources": [source_json(source) for source in world.sources.all_current()],
        "settings": world.presence_settings,
        "users": {
            user_id: {source: asdict(presence) for source, presence in presences.items()}
            for user_id, presences in world.user_presences.all().items()
        },
        "writes": {**world.definitions.writes, "user_presences": world.user_presences.writes},
    }


@router.post("/presence")
async def load_presence(load: PresenceLoad, world: CurrentWorld) -> list[dict[str, Any]]:
    """Put definitions and users' presences there, all or none, and return the definitions."""
    try:
        bodies = _definition_validator.check_array(load.definitions)
        new = {body.get("id") for body in bodies}
        unknown = [user_id for user_id in load.users if not world.has_user(user_id)]
        unknown += [id_ for id_ in load.users.values() if id_ not in new and not world.definitions.current(id_)]
        if unknown:
            raise HTTPException(422, f"users: unknown: {', '.join(unknown)}")
        definitions = world.definitions.load([(body.get("id"), wanted(body)) for body in bodies], world.settings)
    except ApiError as error:
        raise HTTPException(422, error.message) from error
    for user_id, definition_id in load.users.items():
        world.user_presences.load(user_id, definition_id)
    return [definition.as_json() for definition in definitions]


@router.post("/expire-tokens")
async def expire_tokens(world: CurrentWorld) -> dict[str, int]:
    """End the life of all tokens now."""
    return {"expired": world.tokens.expire_all() + world.vonage.tokens.expire_all()}
