"""The control API's part on Vonage Contact Center: what is there, and loading it at once."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Literal
from uuid import UUID

from fastapi import APIRouter, HTTPException
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from airflow_provider_genesys.simulator.control import CurrentWorld  # noqa: TC001 (FastAPI reads annotations)
from airflow_provider_genesys.simulator.vonage.account import (
    CATEGORIES,
    LISTINGS,
    Definition,
    Item,
    Presence,
    to_text,
)

router = APIRouter(prefix="/_simulator")


class CategoryLoad(BaseModel):
    """A definition's category."""

    model_config = ConfigDict(extra="forbid")

    category: Literal["LoggedOut", "Away", "ExtendedAway", "Ready"] = Field(alias="categoryType")
    description: str | None = None
    sub_category: str | None = Field(default=None, alias="subCategory")


class DefinitionLoad(BaseModel):
    """A definition in the API's model."""

    model_config = ConfigDict(extra="forbid")

    id: UUID | None = Field(default=None, alias="presenceId")
    selectable: bool = True
    category: CategoryLoad
    description: str


class PresenceLoad(BaseModel):
    """What a user is in, and since when; left out, since now."""

    model_config = ConfigDict(extra="forbid")

    id: UUID = Field(alias="presenceId")
    updated: AwareDatetime | None = None


class VonageLoad(BaseModel):
    """Definitions, what users are in by their ids (a definition's id, or that and since when), and what happened."""

    model_config = ConfigDict(extra="forbid")

    definitions: list[DefinitionLoad] = []
    users: dict[UUID, UUID | PresenceLoad] = {}
    statistics: dict[str, list[dict[str, Any]]] = {}


@router.get("/vonage")
async def read_vonage(world: CurrentWorld) -> dict[str, Any]:
    """Return definitions, users' presences, how many were changed through the API, and what happened."""
    return world.vonage.as_json()


@router.post("/vonage")
async def load_vonage(load: VonageLoad, world: CurrentWorld) -> dict[str, Any]:
    """Add definitions and users, or put them in the place of those with their ids, and what happened: all or none."""
    account = world.vonage
    definitions = [_definition(each, account.new_id()) for each in load.definitions]
    users = {str(user_id): _presence(presence) for user_id, presence in load.users.items()}
    known = account.definitions.keys() | {definition.id for definition in definitions}
    unknown = {presence.definition_id for presence in users.values()} - known
    if unknown:
        raise HTTPException(422, f"users: unknown definitions: {', '.join(sorted(unknown))}")
    happened = _items(load.statistics)
    for definition in definitions:
        account.put(definition)
    for listing, items in happened.items():
        account.items[listing] += items
    account.users |= users
    return await read_vonage(world)


def _items(statistics: dict[str, list[dict[str, Any]]]) -> dict[str, list[Item]]:
    if odd := statistics.keys() - set(LISTINGS):
        raise HTTPException(422, f"statistics: none of {', '.join(sorted(odd))}, only of {', '.join(LISTINGS)}")
    try:
        return {listing: [Item.of(body) for body in bodies] for listing, bodies in statistics.items()}
    except (LookupError, TypeError, ValueError) as error:
        raise HTTPException(422, f"statistics: an item's start, duration or categorizedAt: {error!r}") from None


def _definition(load: DefinitionLoad, new_id: str) -> Definition:
    category = load.category
    return Definition(
        str(load.id or new_id),
        category.category,
        category.sub_category,
        load.description,
        load.selectable,
        category.description or CATEGORIES[category.category],
    )


def _presence(load: UUID | PresenceLoad) -> Presence:
    if isinstance(load, UUID):
        return Presence(str(load), to_text(datetime.now(UTC)))
    return Presence(str(load.id), to_text(load.updated or datetime.now(UTC)))
