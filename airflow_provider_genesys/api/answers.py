"""Reading an answer: the JSON in it, or a typed error that says what the server said.

Each system has shapes of its own for its errors, and a reader for them. A gateway or proxy in between answers with
whatever it likes, often HTML; its text is not repeated, only that it was not the API who spoke. The client's secrets
are no longer in an answer that is an error: the transport has taken them out (see ``redaction.py``).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from airflow_provider_genesys.api.hosts import SPOKE_JSON
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
    from airflow_provider_genesys.api.redaction import Secrets

ReadError = Callable[[dict[str, Any]], tuple[str | None, str]]
"""Returns the code, if there is one, and the message of an error answer, given its JSON object."""

FORM = "application/x-www-form-urlencoded"

_LONGEST_MESSAGE = 300
_TYPES: dict[int, type[GenesysApiError]] = {
    HTTPStatus.UNAUTHORIZED: GenesysAuthError,
    HTTPStatus.FORBIDDEN: GenesysPermissionError,
    HTTPStatus.NOT_FOUND: GenesysNotFoundError,
    HTTPStatus.REQUEST_TIMEOUT: GenesysServerError,
    HTTPStatus.GONE: GenesysGoneError,
    HTTPStatus.TOO_MANY_REQUESTS: GenesysRateLimitError,
}


def content(answer: requests.Response, secrets: Secrets) -> Any:
    """Return the JSON of an answer with a status below 300, ``None`` where there is no body.

    :param answer: the answer.
    :param secrets: what must not come out of it.
    :raises GenesysTransportError: the body is something else; ``sent`` is true, since the server has acted.
    """
    if not answer.content:
        return None
    try:
        found = secrets.clean_data(answer, json_of(answer.content))
    except (ValueError, RecursionError):
        pass  # raised below: an error raised here would carry the parser's, and with it the whole body
    else:
        SPOKE_JSON.add(_origin(answer))
        return found
    what = f"the answer (HTTP {answer.status_code}) is {secrets.redact(_instead(answer))}"
    doubt = "it answered with JSON before" if _origin(answer) in SPOKE_JSON else "is the address that of the API?"
    raise GenesysTransportError(f"{what}: {doubt}", sent=True)


def json_of(text: bytes) -> Any:
    """Return the JSON of a good answer, however it is encoded.

    It is for whoever goes by what an answer says: what is read otherwise may say something else.

    :raises ValueError: it is no JSON, or a name stands twice in an object, in whatever spelling.
    :raises RecursionError: it is nested too deeply.
    """
    return json.loads(text, object_pairs_hook=_each_once)


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Make an object; raises ``ValueError`` where a name stands twice: of two lists of errors one would be lost."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name stands twice")
    return found


def _origin(answer: requests.Response) -> str:
    return urlsplit(answer.url or "").netloc.rpartition("@")[2]


def error_body(answer: requests.Response) -> dict[str, Any] | None:
    """Return the JSON object of an answer with an error status, ``None`` where there is none."""
    try:
        body = json.loads(answer.content)
    except (ValueError, RecursionError):
        return None
    return body if isinstance(body, dict) else None


def error_of(answer: requests.Response, operation: Operation, read: ReadError) -> GenesysApiError:
    """Make the error that an answer with a status from 300 on stands for.

    :param answer: the answer.
    :param operation: what was asked.
    :param read: reads the errors of its system.
    """
    body = error_body(answer)
    status = answer.status_code
    message = message_of(answer, read)
    if status == HTTPStatus.FORBIDDEN:
        missing = [permission for permission in operation.permissions if permission not in message]
        joiner = " or " if operation.any_permission else " and "
        kind = "permission" if operation.system == "Genesys Cloud" else "scope"
        message += f"; it needs the {kind} {joiner.join(missing)}" if missing else ""
    return error_type(status)(
        status,
        read(body)[0] if body else None,
        message,
        answer.headers.get(CORRELATION_ID) or (string_of(body, "contextId") if body else None),
        retry_after(answer),
        operation=operation.name,
    )


def error_type(status: int) -> type[GenesysApiError]:
    """Return the type of error that a status stands for."""
    return GenesysServerError if status >= HTTPStatus.INTERNAL_SERVER_ERROR else _TYPES.get(status, GenesysApiError)


def retry_after(answer: requests.Response) -> float | None:
    """Return the seconds after which the server asked to come back, if it did."""
    return parse_retry_after(answer.headers.get("Retry-After"), datetime.now(UTC))


def message_of(answer: requests.Response, read: ReadError) -> str:
    """Return what an error answer says: at most 300 characters."""
    body = error_body(answer)
    text = _stranger(answer) if body is None else read(body)[1]
    return text if len(text) <= _LONGEST_MESSAGE else f"{text[: _LONGEST_MESSAGE - 4]} ..."


def object_of(operation: str, answer: Any) -> dict[str, Any]:
    """Return an answer that has to be an object.

    :param operation: name of the operation that was answered.
    :param answer: the JSON answered, ``None`` where nothing is.
    :raises GenesysTransportError: it is something else; ``sent`` is true, since the server has acted.
    """
    if not isinstance(answer, dict):
        raise GenesysTransportError(f"{operation}: the answer is not a JSON object", sent=True)
    return answer


def string_of(body: dict[str, Any], key: str) -> str | None:
    """Return a text of an error's JSON, ``None`` if there is none, or an empty one."""
    value = body.get(key)
    return value if isinstance(value, str) and value else None


def _stranger(answer: requests.Response) -> str:
    """Describe an answer that did not come from the API."""
    if answer.is_redirect:
        return f"redirect to {_host(answer.headers['Location'])} refused: is the address that of the API?"
    if not answer.content:
        return answer.reason or ""
    advice = "it came from a gateway or proxy in between, or the address is not that of the API"
    return f"the answer is {_instead(answer)}; {advice}"


def _host(location: str) -> str:
    try:
        return urlsplit(location).hostname or "another path"
    except ValueError:
        return "what is no address"


def _instead(answer: requests.Response) -> str:
    """Say what an answer is that is no JSON, or no object."""
    try:
        found = type(json_of(answer.content)).__name__
    except (ValueError, RecursionError):
        found = "broken JSON"
    kind = _kind(answer)
    return f"{found} instead of a JSON object" if kind.endswith("json") else f"{kind} instead of JSON"


def _kind(answer: requests.Response) -> str:
    return answer.headers.get("Content-Type", "").partition(";")[0].strip() or "of no known type"
