"""Paths, queries and bodies, made from an operation's row and a caller's values."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote
from uuid import UUID

from airflow_provider_genesys.api.operations.row import QUERY_KINDS
from airflow_provider_genesys.arguments import SECRET, optional, read
from airflow_provider_genesys.exceptions import GenesysConfigError
from airflow_provider_genesys.spelling import similar
from airflow_provider_genesys.text import is_unicode

if TYPE_CHECKING:
    from airflow_provider_genesys.api.operations import Operation

_PLACEHOLDER = re.compile(r"{(\w+)}")
_DIGITS = re.compile("[0-9]{1,9}")


def check(
    operation: Operation,
    *,
    path_params: Mapping[str, Any] | None = None,
    query: Mapping[str, Any] | None = None,
    body: Any = None,
    guest_token: str | None = None,
) -> None:
    """Make sure that an operation can be called with these arguments.

    :raises GenesysConfigError: it cannot; the message tells of each mistake, and what the operation takes.
    """
    read("guest_token", guest_token, optional(SECRET))
    mistakes = [
        *(_no_mapping("path_params", path_params) or _path_mistakes(operation, path_params or {})),
        *(_no_mapping("query", query) or _query_mistakes(operation, query or {})),
        *_body_mistakes(operation, body),
    ]
    if operation.authentication == "guest" and not guest_token:
        mistakes.append("guest_token is missing, the token of a guest's chat")
    elif operation.authentication != "guest" and guest_token is not None:
        mistakes.append("guest_token is given, and it is no operation of a guest's")
    _refuse(operation, mistakes)


def check_number(operation: Operation, *, query: Mapping[str, Any] | None = None, body: Any = None) -> None:
    """Make sure that one request may ask for, or bring, as much as that.

    :raises GenesysConfigError: it may not; the message says how many it may, and what to do.
    """
    most = operation.most
    if most is None:
        return
    if operation.ids:
        number, what = len(_values((query or {}).get(operation.ids))), f"values of {operation.ids!r}"
        advice = "iterate (GenesysCloudApiOperator: all_pages=True) reads any number with several requests"
    else:
        number, what = _elements(body), "things in its body"
        advice = "send them with several requests"
    if number > most:
        raise GenesysConfigError(f"{operation.name}: {number} {what}, of which one request takes {most}; {advice}")


def pieces(operation: Operation, query: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Cut a query into ones that one request may ask for each, in order; a value that is there twice is left out.

    :return: the query as it is, where one request is enough.
    """
    name, most = operation.ids, operation.most
    values = _values(query.get(name)) if name and most else []
    if not name or not most or len(values) <= most:
        return [query]
    distinct = list({str(value): value for value in values}.values())
    return [{**query, name: distinct[start : start + most]} for start in range(0, len(distinct), most)]


def path_of(operation: Operation, values: Mapping[str, Any]) -> str:
    """Fill the placeholders of an operation's path, percent-encoding the values.

    :raises GenesysConfigError: a placeholder has no value, a value no placeholder, or a value would lead to another
        path.
    """
    _refuse(operation, _path_mistakes(operation, values))
    return _PLACEHOLDER.sub(lambda match: quote(str(values[match[1]]), safe=""), operation.path)


def query_of(operation: Operation, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the query parameters as the API spells them.

    That is ``true`` and ``false``, a list as a repeated parameter or, where the operation wants that, with commas, and
    nothing at all for ``None``.

    :raises GenesysConfigError: the operation has no such parameter, one is missing, or it cannot have that value.
    """
    _refuse(operation, _query_mistakes(operation, values))
    spelt = {name: _spell(value) for name, value in values.items() if value is not None}
    for name in spelt.keys() & set(operation.comma_lists):
        if isinstance(spelt[name], list):
            spelt[name] = ",".join(map(str, spelt[name]))
    return spelt


def body_of(operation: Operation, body: Any) -> bytes:
    """Return a body as it is sent; ``bytes`` are sent as they are.

    :raises GenesysConfigError: it cannot be written as JSON.
    """
    if isinstance(body, bytes):
        return body
    try:
        return json.dumps(body, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
    except (TypeError, ValueError) as error:
        raise GenesysConfigError(f"{operation.name}: the body cannot be written as JSON: {error}") from None


def _values(value: Any) -> list[Any]:
    """Return the values that a query parameter has, be they a list or a text with commas."""
    if value is None:
        return []
    listed = value if isinstance(value, list | tuple | set | frozenset) else (value,)
    parts = [part for each in listed for part in (each.split(",") if isinstance(each, str) else (each,))]
    return [part.strip() if isinstance(part, str) else part for part in parts]


def _elements(body: Any) -> int:
    """Return the number of things in a body; that of ``bytes``, which are sent as they are, is not looked at."""
    arrays = body.values() if isinstance(body, Mapping) else (body,)
    return sum(len(each) for each in arrays if isinstance(each, list | tuple))


def _no_mapping(name: str, value: Any) -> list[str]:
    if value is None or isinstance(value, Mapping):
        return []
    return [f"{name} must be a mapping of names to values, not {_kind(value)}"]


def _path_mistakes(operation: Operation, values: Mapping[str, Any]) -> Iterator[str]:
    names = _PLACEHOLDER.findall(operation.path)
    yield from _unknown("path", values, names)
    for name in names:
        value = values.get(name)
        if value is None:
            yield f"path parameter {name!r} is missing"
        elif isinstance(value, bool) or not isinstance(value, str | int | UUID):
            yield f"path parameter {name!r} must be text, not {type(value).__name__}"
        elif str(value).strip() in {"", ".", "..", "None"} or not is_unicode(str(value)):
            yield f"path parameter {name!r} cannot be {value!r}"


def _query_mistakes(operation: Operation, values: Mapping[str, Any]) -> Iterator[str]:
    yield from _unknown("query", values, operation.query)
    yield from (f"query parameter {name!r} is missing" for name in operation.required_query if values.get(name) is None)
    for name, value in values.items():
        is_list = isinstance(value, list | tuple | set | frozenset)
        if is_list and not value:
            yield f"query parameter {name!r} is an empty list, which the API would take for none at all"
        for each in value if is_list else (value,):
            if (is_list and each is None) or not isinstance(each, str | int | float | UUID | None):
                yield f"query parameter {name!r} must be text, a number, a bool or a list of those, not {_kind(each)}"
            elif wanted := _unlike(name, each):
                yield f"query parameter {name!r} must be {wanted}, not {each!r}"
            elif not is_unicode(str(each)):
                yield f"query parameter {name!r} cannot be {each!r}"
            elif is_list and name in operation.comma_lists and "," in str(each):
                yield f"query parameter {name!r} cannot have {each!r} in its list, which is sent with commas between"


def _unlike(name: str, value: str | float | UUID | None) -> str | None:
    """Return what a query parameter's value must be, if this is something else; a number may be text, of a template."""
    kind = QUERY_KINDS.get(name)
    is_bool = isinstance(value, bool)
    if value is None:
        return None
    if kind == "number":
        is_number = (isinstance(value, int) and not is_bool) or (isinstance(value, str) and _DIGITS.fullmatch(value))
        return None if is_number and int(str(value)) > 0 else "a whole number above 0"
    if kind == "switch":
        return None if is_bool or str(value).lower() in {"true", "false"} else "True or False"
    if kind == "text or switch":
        return None if is_bool or isinstance(value, str) else "text, True or False"
    return "text" if kind == "text" and is_bool else None


def _body_mistakes(operation: Operation, body: Any) -> Iterator[str]:
    if operation.needs_body and body is None:
        yield "the body is missing"
    elif body is not None and not operation.needs_body:
        yield "a body is given, and it takes none"
    elif isinstance(body, str):
        yield "the body is text, which would be sent in quotes: give what it stands for, or bytes"


def _unknown(kind: str, given: Iterable[str], known: Iterable[str]) -> Iterator[str]:
    for name in given:
        if name not in known:
            meant = similar(str(name), known)
            yield f"there is no {kind} parameter {name!r}{f', did you mean {meant[0]!r}?' if meant else ''}"


def _refuse(operation: Operation, mistakes: Iterable[str]) -> None:
    told = "; ".join(mistakes)
    if told:
        needed = dict.fromkeys(operation.required_query, " (needed)")
        takes = [
            f"path_params {', '.join(_PLACEHOLDER.findall(operation.path)) or 'none'}",
            f"query {', '.join(name + needed.get(name, '') for name in operation.query) or 'none'}",
            f"body {'yes' if operation.needs_body else 'none'}",
        ]
        raise GenesysConfigError(f"{operation.name}: {told}. It takes: {'; '.join(takes)}")


def _kind(value: Any) -> str:
    return "nothing" if value is None else type(value).__name__


def _spell(value: Any) -> Any:
    if isinstance(value, list | tuple | set | frozenset):
        return [_spell(each) for each in value]
    return str(value).lower() if isinstance(value, bool) else value
