"""Vonage Contact Center's Insights Stats API: interactions and what agents did, as they were loaded."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter
from starlette.requests import Request  # noqa: TC002 (FastAPI reads annotations)

from airflow_provider_genesys.simulator.vonage.account import LISTINGS, to_text
from airflow_provider_genesys.simulator.vonage.errors import VonageError, detailed, invalid
from airflow_provider_genesys.simulator.vonage.oauth import require_scope

if TYPE_CHECKING:
    from airflow_provider_genesys.simulator.vonage.account import Item, VonageAccount

LONGEST_WINDOW = timedelta(days=31)
INCLUDES = ("Started", "StartedOrEnded", "Processed")
MOST = 5000
router = APIRouter(prefix="/stats")


@router.get("/interactions/ongoing")
async def read_ongoing(request: Request) -> dict[str, Any]:
    """Return the interactions that go on."""
    account = _account(request)
    going = [item.body for item in account.items["interactions"] if item.body.get("status") == "Ongoing"]
    return _page(request, going, datetime.now(UTC))


@router.get("/interactions/{guid}")
async def read_interaction(request: Request, guid: str) -> Mapping[str, Any]:
    """Return one interaction, as it was loaded last."""
    items = _account(request).items["interactions"]
    found = [item.body for item in items if item.body.get("guid") == guid]
    if not found:
        raise detailed(404, "Not Found", f"There is no interaction {guid}.")
    return found[-1]


@router.get("/agent-status")
async def read_status(request: Request) -> dict[str, Any]:
    """Return the last state of each agent."""
    account = _account(request)
    last = {item.body.get("agentId"): item.body for item in account.items["wfm/agent-states"]}
    return _page(request, [*last.values()], datetime.now(UTC))


@router.get("/{listing:path}")
async def read_listing(request: Request, listing: str) -> dict[str, Any]:
    """Return a page of what happened in a window, in the order in which it began."""
    account = _account(request)
    if listing not in LISTINGS:
        raise VonageError(404)
    start = _time(request, "start", None)
    end = _time(request, "end", datetime.now(UTC))
    include = request.query_params.get("include", "Started")
    if include not in INCLUDES:
        raise invalid("include", f"The value '{include}' is not valid.")
    if end - start > LONGEST_WINDOW:
        raise detailed(400, "Bad Request", "Request window size limit exceeded 31 days")
    agent_id = request.query_params.get("agentId")
    found = [
        item.body
        for item in account.items[listing]
        if _is_within(item, start, end, include) and (agent_id is None or item.body.get("agentId") == agent_id)
    ]
    return _page(request, sorted(found, key=lambda body: str(body.get("start"))), end)


def _account(request: Request) -> VonageAccount:
    require_scope(request, "stats")
    account: VonageAccount = request.state.exchange.world.vonage
    return account


def _is_within(item: Item, start: datetime, end: datetime, include: str) -> bool:
    if include == "Processed":
        return start <= item.processed < end
    began = datetime.fromisoformat(item.body["start"])
    over = began + timedelta(milliseconds=item.body.get("duration") or 0)
    return start <= began < end or (include == "StartedOrEnded" and start <= over < end)


def _time(request: Request, name: str, default: datetime | None) -> datetime:
    text = request.query_params.get(name)
    if text is None and default is not None:
        return default
    try:
        time = datetime.fromisoformat(text or "")
    except ValueError:
        raise invalid(name, f"The {name} field is required." if text is None else f"'{text}' is no time.") from None
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def _page(request: Request, found: list[Mapping[str, Any]], up_to: datetime) -> dict[str, Any]:
    """Return the page that is asked for; how long one is unless ``limit`` says so is made up."""
    size = min(_number(request, "limit", request.state.exchange.world.settings.vonage_page_size), MOST)
    number = _number(request, "page", 1)
    items = found[(number - 1) * size : number * size]
    meta = {"page": number, "count": len(items), "pageCount": -(-len(found) // size), "totalCount": len(found)}
    return {"meta": meta, "items": items, "upTo": to_text(min(up_to, datetime.now(UTC)))}


def _number(request: Request, name: str, default: int) -> int:
    text = request.query_params.get(name, str(default))
    if not text.isdecimal() or int(text) < 1:
        raise invalid(name, f"The value '{text}' is not valid.")
    return int(text)
