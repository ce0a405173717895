"""Reading an answer: the JSON in it, or a typed error that says what the server said.

Errors of the Platform API have one shape, ``ErrorBody``: ``message``, ``code``, ``contextId``, ``details``. A gateway
or proxy in between answers with whatever it likes, often HTML; its text is not repeated, only that it was not Genesys
Cloud who spoke.
"""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from airflow_provider_genesys.api.retry import parse_retry_after
from airflow_provider_genesys.api.transport import CORRELATION_ID
from airflow_provider_genesys.exceptions import (
    GenesysApiError,
    GenesysAuthError,
    GenesysGoneError,
    GenesysNotFoundError,
    GenesysPermissionError,
    GenesysRateLimitError,
    GenesysServerError,
    GenesysTransportError,
)

if TYPE_CHECKING:
    import requests

    from airflow_provider_genesys.api.operations import Operation

_LONGEST_MESSAGE = 300
_TYPES: dict[int, type[GenesysApiError]] = {
    HTTPStatus.UNAUTHORIZED: GenesysAuthError,
    HTTPStatus.FORBIDDEN: GenesysPermissionError,
    HTTPStatus.NOT_FOUND: GenesysNotFoundError,
    HTTPStatus.REQUEST_TIMEOUT: GenesysServerError,
    HTTPStatus.GONE: GenesysGoneError,
    HTTPStatus.TOO_MANY_REQUESTS: GenesysRateLimitError,
}


def content(answer: requests.Response) -> Any:
    """Return the JSON of an answer with a status below 300, ``None`` where there is no body.

    :raises GenesysTransportError: the body is something else; ``sent`` is true, since the server has acted.
    """
    if not answer.content:
        return None
    try:
        return json.loads(answer.content)
    except ValueError:
        what = f"the answer (HTTP {answer.status_code}) is {_kind(answer)} instead of JSON"
        raise GenesysTransportError(f"{what}: is the address that of the API?", sent=True) from None


def error_body(answer: requests.Response) -> dict[str, Any] | None:
    """Return the JSON object of an answer with an error status, ``None`` where there is none."""
    try:
        body = json.loads(answer.content)
    except ValueError:
        return None
    return body if isinstance(body, dict) else None


def error_of(answer: requests.Response, operation: Operation) -> GenesysApiError:
    """Make the error that an answer with a status from 300 on stands for."""
    body = error_body(answer)
    status = answer.status_code
    message = message_of(answer)
    if status == HTTPStatus.FORBIDDEN:
        missing = [permission for permission in operation.permissions if permission not in message]
        joiner = " or " if operation.any_permission else " and "
        message += f"; it needs the permission {joiner.join(missing)}" if missing else ""
    return error_type(status)(
        status,
        _string(body, "code"),
        message,
        answer.headers.get(CORRELATION_ID) or _string(body, "contextId"),
        retry_after(answer),
        operation=operation.name,
    )


def error_type(status: int) -> type[GenesysApiError]:
    """Return the type of error that a status stands for."""
    return GenesysServerError if status >= HTTPStatus.INTERNAL_SERVER_ERROR else _TYPES.get(status, GenesysApiError)


def retry_after(answer: requests.Response) -> float | None:
    """Return the seconds after which the server asked to come back, if it did."""
    return parse_retry_after(answer.headers.get("Retry-After"), datetime.now(UTC))


def message_of(answer: requests.Response) -> str:
    """Return what an error answer says: at most 300 characters, without the credentials of its request."""
    body = error_body(answer)
    text = _stranger(answer) if body is None else _text(body)
    for secret in _credentials(answer.request):
        text = text.replace(secret, "***")
    return text if len(text) <= _LONGEST_MESSAGE else f"{text[: _LONGEST_MESSAGE - 4]} ..."


def _credentials(request: requests.PreparedRequest) -> list[str]:
    """Return what a server could repeat of an ``Authorization``: a token, or the code and password of a basic one."""
    kind, _, value = request.headers.get("Authorization", "").partition(" ")
    password = base64.b64decode(value).decode().partition(":")[2] if kind == "Basic" else ""
    return [secret for secret in (value, password) if secret]


def _text(body: dict[str, Any]) -> str:
    """Return the message, be it Genesys' or OAuth's, and the fields that the details name unless it names them."""
    message = _string(body, "message") or _string(body, "error_description") or _string(body, "description") or ""
    details = body.get("details")
    names = (each.get("fieldName") for each in details if isinstance(each, dict)) if isinstance(details, list) else ()
    fields = ", ".join(name for name in names if isinstance(name, str) and name and name not in message)
    return f"{message} ({fields})" if fields else message


def _stranger(answer: requests.Response) -> str:
    """Describe an answer that did not come from the API."""
    if answer.is_redirect:
        target = urlsplit(answer.headers["Location"])
        return f"redirect to {target.hostname or 'another path'} refused: is the address that of the API?"
    if not answer.content:
        return answer.reason or ""
    advice = "it came from a gateway or proxy in between, or the address is not that of the API"
    return f"the answer is {_kind(answer)} instead of JSON; {advice}"


def _kind(answer: requests.Response) -> str:
    return answer.headers.get("Content-Type", "").partition(";")[0].strip() or "of no known type"


def _string(body: dict[str, Any] | None, key: str) -> str | None:
    value = body.get(key) if body else None
    return value if isinstance(value, str) and value else None
