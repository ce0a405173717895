"""Errors in the shapes that Vonage Contact Center gives them: it has four."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from airflow_provider_genesys.simulator.errors import ApiError

# The 401's is published; the others' words are made up.
MESSAGES: Mapping[int, str] = MappingProxyType(
    {
        401: "Authorization has been denied for this request.",
        403: "You are not authorized to perform this request.",
        404: "The requested resource was not found.",
        429: "Too many requests. Try again after a short period.",
    }
)


class VonageError(ApiError):
    """An answer that is an error.

    :param status: HTTP status.
    :param json: the answer's JSON; left out, the usual message of the status.
    """

    def __init__(self, status: int, json: Mapping[str, Any] | None = None) -> None:
        super().__init__(status)
        self._json = json or {"message": MESSAGES.get(status, self.message)}

    def body(self, context_id: str) -> dict[str, Any]:  # noqa: ARG002 (it tells none)
        """Return the answer's JSON."""
        return dict(self._json)


def coded(status: int, code: str, message: str) -> VonageError:
    """Return an error of the gateway in front of the API."""
    return VonageError(status, {"error": {"code": code, "message": message}})


def invalid_request() -> VonageError:
    """Return the 400 for an id that is none."""
    return VonageError(400, {"message": "The request is invalid."})


def invalid(path: str, message: str) -> VonageError:
    """Return the 400 for a parameter or property that is missing or wrong."""
    errors = [{"message": message, "path": path}]
    return VonageError(400, {"status": 400, "title": "One or more validation errors occurred.", "errors": errors})


def detailed(status: int, title: str, detail: str) -> VonageError:
    """Return an error with a title and a detail."""
    return VonageError(status, {"status": status, "title": title, "detail": detail})


def by_fault(status: int, code: str | None, message: str | None) -> VonageError:
    """Return the error that a fault rule wants."""
    if code is None:
        return VonageError(status, {"message": message} if message else None)
    return coded(status, code, message or MESSAGES.get(status, code))
