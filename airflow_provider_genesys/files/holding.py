"""What a JSON value holds that counts as one: objects in it at whatever depth, lists of them, columns, or nothing.

What one of the objects that are meant is, an event or a record of a platform's, only its job knows.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import Any

from airflow_provider_genesys.files.splitting import cut
from airflow_provider_genesys.text import cut as shortened
from airflow_provider_genesys.text import without_personal_data

LISTS = 20
"""How many lists are looked at in what is too long to be parsed, or no JSON: more only something else has."""
_ELEMENT = 20_000
_LONGEST = 80
_COLUMN = (dict, list)
_HELD = re.compile(rb'"((?:[^"\\]|\\.){1,80}+)"\s*+:\s*+\[[\s\[]*+("?\{|\])', re.DOTALL)
"""A list of objects, of objects as text, or of nothing, and its name."""
_WRAPPERS = re.compile(
    r"(?i:body|contents?|data|docs|documents|elements|entities|entries|events|hits|items|list|messages|objects|page|"
    r"payloads?|records|response|results?|rows|values?)"
)
_PAGE = re.compile(
    r"(?i:(?:page|per)_?(?:size|number|index|count|page)?|limit|offset|(?:self|first|last)_?(?:uri|url|link)?)"
)
"""Names of what a listing says of its pages, whatever is on them."""
_MORE = re.compile(r"(?i:(?:has_?)?(?:more|next)_?(?:pages?|items|results)?|(?:is_?)?truncated)")


def under(name: str, things: str) -> str:
    """Say what an object is that counts as one, and holds several."""
    return f"this object holds {things} under the key {shown(name)!r}"


def shown(name: str) -> str:
    """Return a key as messages may have it: it may be data, such as the number of whoever called."""
    return shortened(without_personal_data(name), _LONGEST)


def is_wrapper(name: str) -> bool:
    """Tell whether exports hold what they export under such a name, so that it is a wrapper whatever is in it."""
    return _WRAPPERS.fullmatch(name) is not None


def parse(record: bytes) -> Any:
    """Return what JSON says, also where a byte or a control character in a text is broken.

    Of a name that stands twice in an object all objects and lists are kept.

    :raises ValueError: it is no JSON; or ``RecursionError``, where it is too deep.
    """
    return json.loads(record.decode("utf-8", "replace"), object_pairs_hook=_all_of, strict=False)


def parts(value: Any) -> Iterator[Any]:
    """Yield the objects and lists in a value, also in JSON text in it, and the texts that are no JSON."""
    left = [value]
    while left:
        part = left.pop()
        if isinstance(part, str):
            values = _values_of(part)
            if values is None:
                yield part
            else:
                left += values
        elif isinstance(part, list):
            yield part
            left += part
        elif isinstance(part, dict):
            yield part
            left += part.values()


def is_made_of_columns(value: Mapping[str, Any]) -> bool:
    """Tell whether an object has nothing but columns, each with the same rows, and several of both."""
    for column in value.values():  # this runs for every record, and a loop ends soonest at the first that is none
        if not isinstance(column, _COLUMN):
            return False
    columns = [column.keys() if isinstance(column, dict) else range(len(column)) for column in value.values()]
    return len(columns) > 1 and all(each == columns[0] for each in columns) and len(columns[0]) > 1


def lists_in(record: bytes) -> Iterator[tuple[str, bytes, bytes]]:
    """Yield the name of each list that seems to hold objects, or nothing, what is before it, and its first element.

    :param record: text that is no JSON, or too long to be parsed.
    """
    for match in islice(_HELD.finditer(record), LISTS):
        first = cut(record[match.end() - 1 : match.end() + _ELEMENT], _ELEMENT)[0] if match[2] != b"]" else b""
        yield match[1].decode("utf-8", "replace"), record[: match.start()], first


def holds_nothing(value: Any, is_array: Callable[[str], bool]) -> bool:
    """Tell whether there is nothing in a value, under a name that exports use where it is an object.

    Beside that there may be what says so too: a count of 0, no next page, the page's size. All else may matter, such as
    an error.

    :param is_array: tells of a name whether what is exported stands under it, whatever other exports use.
    """
    if isinstance(value, list):
        return all(holds_nothing(each, is_array) for each in value)
    if value.__class__ is not dict:  # an object in which a name stands twice is of a class of its own
        return False
    empty = {name for name, held in value.items() if isinstance(held, list | dict) and holds_nothing(held, is_array)}
    if not any(is_wrapper(name) or is_array(name) for name in empty):
        return False
    return all(name in empty or _says_nothing(name, held) for name, held in value.items())


def _says_nothing(name: str, held: Any) -> bool:
    """Tell whether what stands beside an empty list says no more than it does."""
    if isinstance(held, bool):
        return not held and _MORE.fullmatch(name) is not None
    # Of records numbers are kept as they are written.
    return held in (None, 0, "0") or (isinstance(held, int | str) and _PAGE.fullmatch(name) is not None)


def _all_of(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Make an object; under a name that stands twice are all objects and lists that have it, as a list."""
    result = dict(pairs)
    if len(result) < len(pairs):
        for name in result:
            held = [value for key, value in pairs if key == name and isinstance(value, dict | list)]
            if len(held) > 1:
                result[name] = held
    return result


def _values_of(text: str) -> list[Any] | None:
    """Return the JSON values that a text is, ``None`` for what is none, or prose."""
    text = text.strip().removeprefix("\ufeff")
    if text[:1] not in {"{", "[", '"'}:
        return None
    try:
        return [parse(text.encode("utf-8", "replace"))]
    except (ValueError, RecursionError):
        pass
    values = cut(text.encode("utf-8", "replace"), len(text) * 4)
    try:
        return [parse(value) for value in values] if len(values) > 1 else None
    except (ValueError, RecursionError):
        return None
