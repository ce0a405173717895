"""The control API's part on users, queues, wrap-up codes, skills and languages."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from airflow_provider_genesys.simulator.control import CurrentWorld  # noqa: TC001 (FastAPI reads annotations)

router = APIRouter(prefix="/_simulator")


class UserLoad(BaseModel):
    """A user; what is left out is made up."""

    model_config = ConfigDict(extra="forbid")

    id: str | None = None
    name: str | None = None
    email: str | None = None
    employee_id: str | None = Field(default=None, alias="employeeId")
    extension: str | None = None


class RoutedLoad(BaseModel):
    """A queue, wrap-up code, skill or language."""

    model_config = ConfigDict(extra="forbid")

    id: str | None = None
    name: str
    state: str | None = None


class DirectoryLoad(BaseModel):
    """What is to be there in the place of those there are; what is left out stays as it is."""

    model_config = ConfigDict(extra="forbid")

    users: list[UserLoad] | None = None
    queues: list[RoutedLoad] | None = None
    wrapupcodes: list[RoutedLoad] | None = None
    skills: list[RoutedLoad] | None = None
    languages: list[RoutedLoad] | None = None


@router.get("/directory")
async def read_directory(world: CurrentWorld) -> dict[str, Any]:
    """Return all users, queues, wrap-up codes, skills and languages."""
    return {"users": world.users(), **world.routing}


@router.post("/directory")
async def load_directory(load: DirectoryLoad, world: CurrentWorld) -> dict[str, Any]:
    """Replace the users, the queues, or whatever is given."""
    given = load.model_dump(by_alias=True, exclude_none=True)
    world.load_directory(given.pop("users", None), given)
    return await read_directory(world)
