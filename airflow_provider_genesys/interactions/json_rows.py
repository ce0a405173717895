"""Records of JSON: JSON Lines, arrays, objects behind each other, and what holds a list of records or a single one."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from airflow_provider_genesys.exceptions import GenesysSourceError
from airflow_provider_genesys.interactions.rows import BROKEN, MAX_RECORD, Row

MAX_PAGE = 64 * MAX_RECORD
"""Characters of the longest page of an answer."""
_SURE = 16
"""Characters from the end of a block within which what is broken may only be cut off."""
_BLANK = " \t\r\n,"


class _Decoder:
    """Decodes values one by one; it leaves numbers as they are written, and remembers keys that are there twice."""

    def __init__(self) -> None:
        self._decoder = json.JSONDecoder(parse_float=str, parse_int=str, object_pairs_hook=self._object)
        self.twice: str | None = None

    def value(self, text: str, at: int) -> tuple[Any, int]:
        """Return what begins at a place, and where it ends; ``twice`` is a key that an object in it has twice.

        :raises ValueError: it is no JSON.
        :raises RecursionError: it is too deep.
        """
        self.twice = None
        return self._decoder.raw_decode(text, at)

    def _object(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            names = [name for name, _ in pairs]
            self.twice = next(name for name in names if names.count(name) > 1)
        return found


def json_rows(
    name: str,
    lines: Iterator[tuple[int, str]],
    records: str | None,
    held_in: Callable[[dict[str, Any], str, int], list[Any] | None],
) -> Iterator[Row]:
    """Yield the records of JSON Lines, of arrays, and of objects behind each other; and those of pages, if there are.

    A value may span lines. What is broken ends with its line, and reading goes on behind that.

    :param name: of the file, for messages.
    :param lines: of the file, numbered, with their line breaks.
    :param records: the name of the list with the records, or of the record, if objects may hold them.
    :param held_in: returns the records that an object holds under that name; ``None`` of one that is a record itself.
    :raises GenesysSourceError: the file ends within an array: what was to come is not known; or as ``held_in`` does.
    """
    text, line, at = "", 1, 0
    depth = 0
    is_over = False
    longest = MAX_RECORD if records is None else MAX_PAGE
    decoder = _Decoder()
    while True:
        start = at
        while at < len(text) and text[at] in " \t\r\n,[]\x1e":
            at += 1
        depth = max(0, depth + text.count("[", start, at) - text.count("]", start, at))
        if at == len(text):
            line, text = next(lines, (0, ""))
            if not text:
                if depth:
                    raise GenesysSourceError("ends within an array that was begun, so it is torn", file=name)
                return
            at = 0
            continue
        line += text.count("\n", start, at)
        try:
            value, end = decoder.value(text, at)
        except (json.JSONDecodeError, RecursionError) as error:
            goes_on, is_long = _may_go_on(error, text), len(text) - at > longest
            if goes_on and not is_long and not is_over:
                more = _as_much_again(lines, len(text) - at, longest)
                text, at, is_over = text[at:] + more, 0, not more
                continue
            end = text.find("\n", at)
            end = len(text) if end < 0 else end
            reason = f"is over {longest:,} characters" if goes_on and is_long else "is no JSON"
            yield Row(name, line, None, text[at:end][:MAX_RECORD], reason)
            is_over = False
        else:
            if records is not None and isinstance(value, dict) and held_in(value, name, line) is not None:
                yield from _page(name, line, text, at, records)
            else:
                yield _object(name, line, value, text[at:end], decoder.twice)
        line += text.count("\n", at, end)
        at = end


def _as_much_again(lines: Iterator[tuple[int, str]], length: int, longest: int) -> str:
    """Take lines for a value that has no end yet: as long as what is there, so that it is parsed a few times only."""
    taken: list[str] = []
    wanted = min(length, longest + 1 - length)
    while wanted > 0 and (more := next(lines, (0, ""))[1]):
        taken.append(more)
        wanted -= len(more)
    return "".join(taken)


def _may_go_on(error: Exception, text: str) -> bool:
    """Tell whether what is broken may only be cut off by the end of what is read."""
    if not isinstance(error, json.JSONDecodeError):
        return False
    return error.msg.startswith("Unterminated string") or error.pos >= len(text.rstrip()) - _SURE


def _page(name: str, line: int, text: str, at: int, records: str) -> Iterator[Row]:
    """Yield the records in a page, or the one in an envelope, which is whole, each with the line on which it begins.

    :param line: on which the page begins.
    :param at: where it does in the text.
    """
    decoder, seen = _Decoder(), at
    at = _after_blanks(text, at + 1)
    while text[at] != "}":
        key, at = decoder.value(text, at)
        at = _after_blanks(text, text.index(":", at) + 1)
        if key != records or text[at] not in "[{":
            at = _after_blanks(text, decoder.value(text, at)[1])
            continue
        is_list = text[at] == "["
        at = _after_blanks(text, at + is_list)
        while text[at] != "]":
            value, end = decoder.value(text, at)
            line += text.count("\n", seen, at)
            seen = at
            yield _object(name, line, value, text[at:end], decoder.twice)
            at = _after_blanks(text, end)
            if not is_list:
                break
        at = _after_blanks(text, at + is_list)


def _after_blanks(text: str, at: int) -> int:
    while text[at] in _BLANK:
        at += 1
    return at


def _object(name: str, line: int, value: Any, text: str, twice: str | None) -> Row:
    reason = ""
    if not isinstance(value, dict):
        reason = "is no object"
    elif BROKEN in text:
        reason = "holds what is no text"
    elif "\\u" in text and not is_unicode(value):
        reason = "holds half a character"
    elif twice is not None:
        reason = f"has the key {twice!r} twice"
    return Row(name, line, None, text[:MAX_RECORD], reason) if reason else Row(name, line, value)


def is_unicode(value: Any) -> bool:
    """Tell whether all of a value can be written in UTF-8."""
    try:
        json.dumps(value, ensure_ascii=False, default=str).encode()
    except UnicodeEncodeError:
        return False
    return True
