"""What one request with events came to: what its answer says, and what it means that there is none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeGuard

from airflow_provider_genesys.api.retry import not_acted_on
from airflow_provider_genesys.exceptions import (
    GenesysApiError,
    GenesysAuthError,
    GenesysError,
    GenesysRateLimitError,
    GenesysServerError,
    GenesysTransportError,
)

if TYPE_CHECKING:
    from airflow_provider_genesys.events.records import Event

# Answers that are about the content of a body, so that its parts may fare better.
CONFLICT = 409
REFUSALS = frozenset({400, CONFLICT, 413})


@dataclass(frozen=True)
class Answered:
    """The body was taken; ``errors`` holds the events that were not, by id in lower case."""

    errors: dict[str, dict[str, Any]]


@dataclass(frozen=True)
class Refused:
    """The body was not taken as a whole."""

    error: GenesysApiError


@dataclass(frozen=True)
class Lost:
    """Nobody knows whether the body arrived."""

    error: GenesysError


def understand(part: Sequence[Event], answer: Any, *, resend: bool) -> Answered | Refused | Lost:
    """Read the answer to a body that was accepted.

    The API answers an object, in which ``errors``, if it is there, lists the events that failed. Whoever answers
    anything else does not say what became of the events.

    :param part: the events of the body.
    :param answer: the JSON answered, ``None`` where it is ``null``, or the answer says that nothing is in it.
    :param resend: whether events of which it is unknown what became of them are sent again.
    :raises GenesysTransportError: it is no answer to such a body.
    """
    if not isinstance(answer, dict | None):
        raise GenesysTransportError("the answer is not a JSON object", sent=True)
    said = None if answer is None else answer.get("errors")
    if said is None:
        return Answered({})
    if not isinstance(said, list) or not all(isinstance(row, dict | None) for row in said):
        raise GenesysTransportError("what the answer calls errors is no list of objects", sent=True)
    rows = [row for row in said if row is not None]
    if not rows:
        return Answered({})
    errors = {str(row.get("eventId")).lower(): row for row in rows}
    strangers = errors.keys() - {event.event_id.lower() for event in part}
    if strangers and len(part) == 1:
        return Answered({part[0].event_id.lower(): errors[strangers.pop()]})
    if strangers and not resend:
        return Lost(GenesysTransportError("the answer does not say which events failed", sent=True))
    if strangers:
        # Which events failed is not said, so the parts have to tell.
        message = str(errors[strangers.pop()].get("message"))
        return Refused(GenesysApiError(200, "errors.without.known.eventId", message))
    return Answered(errors)


def is_refusal(failure: GenesysError) -> TypeGuard[GenesysApiError]:
    """Return whether it is the body that the server did not want; the token endpoint answers 400 as well."""
    return (
        isinstance(failure, GenesysApiError)
        and failure.status in REFUSALS
        and not isinstance(failure, GenesysAuthError | GenesysRateLimitError)
    )


def may_have_arrived(failure: GenesysError) -> bool:
    """Return whether the server may have acted on a request that failed so."""
    if isinstance(failure, GenesysTransportError):
        return failure.sent is not False
    return isinstance(failure, GenesysServerError) and not not_acted_on(failure)
