"""The four operations that take batches of events."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from starlette.requests import Request  # noqa: TC002 (FastAPI reads annotations)

from airflow_provider_genesys.simulator.events import OPERATIONS, Operation
from airflow_provider_genesys.simulator.reading import json_body
from airflow_provider_genesys.simulator.validation import BatchValidator

if TYPE_CHECKING:
    from airflow_provider_genesys.simulator.gateway import Exchange

router = APIRouter()


def _handler(operation: Operation) -> Callable[[Request], Awaitable[JSONResponse]]:
    validator = BatchValidator(operation)

    async def publish(request: Request) -> JSONResponse:
        exchange: Exchange = request.state.exchange
        exchange.world.require_permission(operation.permission)
        events = validator.read(await json_body(request))
        exchange.events = len(events)
        errors = [error for array, event in events if (error := _take(exchange, operation, array, event))]
        return JSONResponse({"errors": errors} if errors else {})

    return publish


def _take(exchange: Exchange, operation: Operation, array: str, event: dict[str, Any]) -> dict[str, Any] | None:
    """Accept an event, or return the error it gets inside the 200."""
    event_id = event["eventId"]
    fault = exchange.fault
    if fault and fault.rule.partial and fault.refuses(event_id):
        partial = fault.rule.partial
        return {"eventId": event_id, "message": partial.message, "retryable": partial.retryable}
    if exchange.world.settings.require_known_sources and (error := _unknown_source(exchange, event)):
        return {"eventId": event_id, "message": error, "retryable": False}
    exchange.world.ledger.accept(event_id, array, event.get(operation.key) or "", exchange.number)
    if array == "userPresenceEvents":
        exchange.world.take_presence_event(event)
    return None


def _unknown_source(exchange: Exchange, event: dict[str, Any]) -> str | None:
    source_id = event.get("sourceId") or (event.get("sourceConfiguration") or {}).get("sourceId")
    if source_id is None or exchange.world.sources.is_active(source_id):
        return None
    return f"Source [{source_id}] is not registered"


for _operation in OPERATIONS:
    router.add_api_route(_operation.path, _handler(_operation), methods=["POST"], response_model=None)
