"""What handlers read from a request and answer in pages."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from math import ceil
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlencode

from airflow_provider_genesys.simulator.errors import ApiError

if TYPE_CHECKING:
    from starlette.requests import Request

MAX_PAGE_SIZE = 500
DEFAULT_PAGE_SIZE = 25
DEFAULT_CURSOR_PAGE_SIZE = 300
FLAGS = {"TRUE": True, "FALSE": False}
Choice = TypeVar("Choice")


async def json_body(request: Request) -> bytes:
    """Return the body, if the request says that it is JSON.

    :raises ApiError: 415.
    """
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise ApiError(415)
    return await request.body()


def choice_parameter(request: Request, name: str, default: str, choices: Mapping[str, Choice]) -> Choice:
    """Return what a query parameter chooses, in whatever case it is written.

    :param default: the choice of a request without the parameter.
    :param choices: what may be chosen, by its name in upper case.
    :raises ApiError: 400.
    """
    text = request.query_params.get(name, default)
    if text.upper() not in choices:
        raise wrong_parameter(name, text, ", ".join(choices))
    return choices[text.upper()]


def list_parameter(request: Request, name: str) -> list[str]:
    """Return the values of a query parameter that may be repeated, or hold several separated by commas, or both.

    The description says the one in its formal part and the other in its text.
    """
    return [value for text in request.query_params.getlist(name) for value in text.split(",") if value]


def page(request: Request, entities: Sequence[Any]) -> dict[str, Any]:
    """Return the page that the request asks for, with the way to the others.

    :param entities: those of all pages.
    :raises ApiError: 400 for a wrong ``pageSize`` or ``pageNumber``.
    """
    size = whole_number(request, "pageSize", DEFAULT_PAGE_SIZE)
    number = whole_number(request, "pageNumber", 1)
    if size > MAX_PAGE_SIZE:
        raise wrong_parameter("pageSize", str(size), f"1 to {MAX_PAGE_SIZE}")
    pages = max(1, ceil(len(entities) / size))

    def uri(number: int) -> str:
        query = {**request.query_params, "pageSize": size, "pageNumber": number}
        return f"{request.url.path}?{urlencode(query)}"

    listing = {
        "entities": entities[(number - 1) * size : number * size],
        "pageSize": size,
        "pageNumber": number,
        "total": len(entities),
        "pageCount": pages,
        "selfUri": uri(number),
        "firstUri": uri(1),
        "lastUri": uri(pages),
    }
    if number > 1:
        listing["previousUri"] = uri(number - 1)
    if number < pages:
        listing["nextUri"] = uri(number + 1)
    return listing


def cursor_page(request: Request, entities: Mapping[str, Any]) -> dict[str, Any]:
    """Return the page that the request asks for with ``pageSize`` and a cursor, ``after`` or ``before``.

    A cursor stands for a key, whether its entity is still there or not, so that nothing is listed twice or left out
    when others come and go between two pages.

    :param entities: those of all pages by a key that orders them.
    :raises ApiError: 400 for a wrong ``pageSize`` or cursor.
    """
    size = whole_number(request, "pageSize", DEFAULT_CURSOR_PAGE_SIZE)
    if size > MAX_PAGE_SIZE:
        raise wrong_parameter("pageSize", str(size), f"1 to {MAX_PAGE_SIZE}")
    after, before = _cursor(request, "after"), _cursor(request, "before")
    keys = sorted(entities)
    wanted = [key for key in keys if (after is None or key > after) and (before is None or key < before)]
    shown = wanted[-size:] if after is None and before is not None else wanted[:size]
    query = [(name, value) for name, value in request.query_params.multi_items() if name not in {"after", "before"}]

    def uri(**cursor: str) -> str:
        text = urlencode([*query, *((name, encode_cursor(key)) for name, key in cursor.items())])
        return f"{request.url.path}?{text}" if text else request.url.path

    listing = {"total": len(keys), "entities": [entities[key] for key in shown], "selfUri": uri()}
    if shown and shown[0] != keys[0]:
        listing["previousUri"] = uri(before=shown[0])
    if shown and shown[-1] != keys[-1]:
        listing["nextUri"] = uri(after=shown[-1])
    return listing


def encode_cursor(key: str) -> str:
    """Return the cursor for a key: opaque, so that nobody gets it into their head to make one up."""
    return base64.urlsafe_b64encode(key.encode()).decode().rstrip("=")


def _cursor(request: Request, name: str) -> str | None:
    text = request.query_params.get(name)
    if text is None:
        return None
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True).decode()
    except ValueError:
        raise wrong_parameter(name, text, "cursors of this listing") from None


def choices_parameter(request: Request, name: str, choices: Sequence[str]) -> set[str]:
    """Return what a query parameter chooses, none or several of the choices, in whatever case it is written.

    :raises ApiError: 400.
    """
    chosen = list_parameter(request, name)
    by_name = {choice.upper(): choice for choice in choices}
    for text in chosen:
        if text.upper() not in by_name:
            raise wrong_parameter(name, text, ", ".join(choices))
    return {by_name[text.upper()] for text in chosen}


def wrong_parameter(name: str, value: str, allowed: str) -> ApiError:
    """Return the 400 for a query parameter."""
    message = f"Value [{value}] is not valid for parameter [{name}]. Allowable values are: {allowed}"
    return ApiError(400, "invalid.query.param.value", message)


def whole_number(request: Request, name: str, default: int) -> int:
    """Return a query parameter that is a whole number from 1.

    :raises ApiError: 400.
    """
    text = request.query_params.get(name, str(default))
    if not text.isdecimal() or int(text) < 1:
        raise wrong_parameter(name, text, "whole numbers from 1")
    return int(text)
