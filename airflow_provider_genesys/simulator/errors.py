"""Errors in the shapes that Genesys Cloud gives them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pydantic import ValidationError

# The code and the message the API's description lists for a status; `%s` stands for what the answer fills in.
DEFAULTS: Mapping[int, tuple[str, str]] = MappingProxyType(
    {
        400: ("bad.request", "The request could not be understood by the server due to malformed syntax."),
        401: ("bad.credentials", "Invalid login credentials."),
        403: ("not.authorized", "You are not authorized to perform the requested action."),
        404: ("not.found", "The requested resource was not found."),
        408: ("client.timeout", "The client did not produce a request within the server timeout limit."),
        409: ("request.conflict", "The request conflicts with the current state of the target resource."),
        413: ("request.entity.too.large", "The request is over the size limit."),
        415: ("unsupported.media.type", "Unsupported Media Type - Unsupported or incorrect media type."),
        429: ("too.many.requests", "Rate limit exceeded the maximum."),
        500: ("internal.server.error", "The server encountered an unexpected condition."),
        503: ("service.unavailable", "Service Unavailable - The server is currently unavailable."),
        504: ("request.timeout", "The request timed out."),
    }
)


class ApiError(Exception):
    """An answer that is an error; raised by handlers, rendered as Genesys' ``ErrorBody``.

    :param status: HTTP status.
    :param code: Genesys' error code; left out, the usual one of the status.
    :param message: left out, the usual one of the status.
    :param details: entries of ``details``: ``errorCode`` and ``fieldName``.
    """

    def __init__(
        self,
        status: int,
        code: str | None = None,
        message: str | None = None,
        details: Sequence[Mapping[str, str]] = (),
    ) -> None:
        usual_code, usual_message = DEFAULTS.get(status) or _from_phrase(status)
        self.status = status
        self.code = code or usual_code
        self.message = message or usual_message
        self.details = details
        super().__init__(self.message)

    def body(self, context_id: str) -> dict[str, Any]:
        """Return the answer's JSON.

        :param context_id: the correlation id of the answer.
        """
        return {
            "message": self.message,
            "code": self.code,
            "status": self.status,
            "contextId": context_id,
            "details": list(self.details),
            "errors": [],
        }


def _from_phrase(status: int) -> tuple[str, str]:
    """Return a code and a message for a status that the API's description does not list: for 410, ``gone``."""
    phrase = HTTPStatus(status).phrase if status in list(HTTPStatus) else "Unknown error"
    return phrase.lower().replace(" ", "."), f"{phrase}."


def missing_permission(*names: str) -> ApiError:
    """Return the 403 that names the permission the client lacks, or several of which it needs one."""
    message = "Unable to perform the requested action. "
    if len(names) == 1:
        return ApiError(403, "missing.permissions", f"{message}You are missing the following permission(s): {names[0]}")
    message += f"You must have at least one of the following permissions assigned: {', '.join(names)}"
    return ApiError(403, "missing.any.permissions", message)


def explain(error: ValidationError) -> str:
    """Return in one line what pydantic finds wrong."""
    found = ((".".join(map(str, item["loc"])), item["msg"]) for item in error.errors())
    return "; ".join(f"{place}: {message}" if place else message for place, message in found)


def rate_limited(seconds: int) -> ApiError:
    """Return the 429 that says when to come back."""
    message = f"Rate limit exceeded the maximum. Retry the request in [{seconds}] seconds"
    return ApiError(429, "too.many.requests.retry.after", message)
