"""The control API, for tests and demos: no token, no limit, no faults, not in the log."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, HTTPException, Query
from fastapi.responses import JSONResponse, StreamingResponse
from pydantic import BaseModel, ValidationError
from starlette.requests import Request  # noqa: TC002 (FastAPI reads annotations)
from starlette.responses import Response  # noqa: TC002 (as above)

from airflow_provider_genesys.simulator.errors import explain
from airflow_provider_genesys.simulator.faults import FaultRule
from airflow_provider_genesys.simulator.state import Simulator, World

router = APIRouter(prefix="/_simulator")


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


@router.post("/expire-tokens")
async def expire_tokens(world: CurrentWorld) -> dict[str, int]:
    """End the life of all tokens now."""
    return {"expired": world.tokens.expire_all()}
