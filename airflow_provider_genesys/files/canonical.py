"""The one way to write a JSON value down, so that equal content has equal bytes and one digest.

Keys are sorted, nothing is escaped that need not be, and there is no white space. Unicode stays as it is: two ways to
write the same accented letter are two contents, as they are to the API.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection
from typing import Any


def canonical(value: Any) -> bytes:
    """Return a JSON value's bytes: UTF-8, also of a half of a surrogate pair, which JSON can hold."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "surrogatepass")


def utf_8(text: str) -> bytes:
    """Return JSON text for whoever reads it: as UTF-8, which has no halves of surrogate pairs; those are escaped."""
    return text.encode(errors="backslashreplace")


def digest(data: bytes) -> str:
    """Return the SHA-256 of bytes: 64 hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def split(value: Any, volatile: Collection[str]) -> tuple[Any, dict[str, Any]]:
    """Part the fields of some names, however deep, from the rest.

    :param value: a JSON value.
    :param volatile: the names.
    :return: the value without them, and them by their JSON pointers (RFC 6901) into the whole value.
    """
    apart: dict[str, Any] = {}
    return _without(value, volatile, "", apart), apart


def pointer(parts: Collection[str | int]) -> str:
    """Return the JSON pointer (RFC 6901) that leads through these keys and indices."""
    return "".join(f"/{_escaped(part)}" for part in parts)


def _without(value: Any, volatile: Collection[str], here: str, apart: dict[str, Any]) -> Any:
    if isinstance(value, list):
        return [_without(item, volatile, f"{here}/{index}", apart) for index, item in enumerate(value)]
    if not isinstance(value, dict):
        return value
    kept = {}
    for key, item in value.items():
        place = f"{here}/{_escaped(key)}"
        if key in volatile:
            apart[place] = item
        else:
            kept[key] = _without(item, volatile, place, apart)
    return kept


def _escaped(part: str | int) -> str:
    return str(part).replace("~", "~0").replace("/", "~1")
