"""How many events seem to be in what is no event: in JSON of whatever shape, and in text that is no JSON.

Asked only of a record that is none as it stands, before it is counted as a single invalid one. An event is known by its
``eventDateTime``, as a key: of an object, in text of one in whatever quotes, or of a column.
"""

from __future__ import annotations

import json
import re
from collections.abc import Set
from itertools import islice
from typing import Any

from airflow_provider_genesys.files.holding import is_made_of_columns, parts

TIME = "eventDateTime"

_QUOTE = r"\\{0,31}+(?:[\"']|u002[27])?"  # bounded, as is all else that could be tried at each place of a long run
_QUOTE_OR_NOT = r"(?:\\{0,31}+(?:[\"']|u002[27]))?"  # which leaves the backslash of a line break alone
_SCALAR = r'(?:"(?:[^"\\]|\\.)*+"|[\w.+-]++)'
_MOMENT = r"\d{4}-?\d\d-?\d\d[T ]"
_ENTRY = rf"(?:{_QUOTE}\w+{_QUOTE}\s*+:\s*+)?{_QUOTE}{_MOMENT}"
# Behind it a time as a value, a call that makes one, an object or list, nothing, or the end of the text.
_KEY = re.compile(
    rf"(?<!\w)({_QUOTE}){TIME}\1\s*+[:=]\s*+{_QUOTE}\s*+(?=\d{{4}}|null\b|None\b|(?:new )?[\w.]++\(|[\[{{]|\Z)"
    r"|[{}]"
)
_ON_LINES = re.compile(rf"(?:(?:^|\\{{1,31}}n)[ -]*+|[\"':] *+- *+){_QUOTE}{TIME}{_QUOTE}:\s", re.MULTILINE)
"""A time on a line of its own, as YAML has it."""
_NAMED = re.compile(rf"[\[,:]\s*+({_QUOTE}){TIME}\1\s*+[,\]}}]")
_LONG_LIST = re.compile(rf"\[(?:\s*+{_SCALAR}\s*+,){{20}}")
_COLUMN = re.compile(rf"\b{TIME}{_QUOTE}\s*+:\s*+[\[{{]\s*+{_ENTRY}[^,]*+,\s*+{_ENTRY}")
_TIME_AT = re.compile(_MOMENT)
_FIRST_COLUMN = re.compile(
    rf'\s*+\{{\s*+"[^"]++"\s*+:\s*+(?:\{{\s*+"0"\s*+:\s*+{_SCALAR}\s*+,\s*+"1"\s*+:'
    rf"|\[(?:\s*+(?:{_SCALAR}|\[[^\[\]]++\])\s*+,){{20}})"
)
"""The rows of pandas by their numbers, or a list of values or rows that is longer than what an event begins with."""
_OUTER_NAMES = re.compile(r'(?:\s*+\{\s*+"[^"]++"\s*+:){1,3}(?=\s*+\{)')
_CELL_END = r"(?:[,;\t|]|\\{1,31}t)"
_CSV = re.compile(
    rf"(?:(?<=[,;\t|\"]){TIME}|{TIME}(?={_QUOTE}{_CELL_END})){_QUOTE_OR_NOT}"
    rf"(?:{_CELL_END}{_QUOTE}\w++{_QUOTE_OR_NOT})*+(?:\r?\n|\\{{1,31}}[rn])"
)
"""The first line of a table as text."""
_OPENED = re.compile(r'\{\s*+(?:"((?:[^"\\]|\\.)*+)"\s*+:\s*+[\[\s]*+)?')
# How many braces are tried for the beginning of an event behind a tear.
_BRACES = 50
_DECODER = json.JSONDecoder(strict=False)


def count(value: Any) -> tuple[int, int]:
    """Return how many events seem to be in a value as objects or columns, and how many more in text that is no JSON."""
    objects = texts = 0
    for part in parts(value):
        if isinstance(part, dict):
            objects += _times_of(part)
        elif isinstance(part, str):
            texts += _count_in_prose(part)
    return objects, texts


def is_table(value: Any) -> bool:
    """Tell whether a value holds columns by name, or the names of columns, of which one is the time, and several rows.

    Tables as pandas, databases and their interfaces write them; names stand alone, or in objects that tell more.
    """
    if isinstance(value, dict) and is_made_of_columns(value):
        first = next(iter(value.values()))
        if not isinstance(first, dict) or TIME not in first:
            return True
    names_time = has_rows = False
    for part in parts(value):
        if isinstance(part, dict):
            names = [part.get("columns"), part.get("fields")]
            if _times_of(part) > 1 or any(isinstance(each, list) and TIME in each for each in names):
                return True
            names_time = names_time or TIME in part.values()
        elif isinstance(part, list):
            names_time = names_time or TIME in part
            has_rows = has_rows or sum(isinstance(row, list) for row in part) > 1
    return names_time and has_rows


def count_in_text(text: str) -> int:
    """Return how many events seem to be in text that is no JSON: Python's, torn, or with a broken value in it.

    A time is its object's own, whatever a text in that says of another, and all of them are written alike.
    """
    if TIME not in text:  # most of what is too long: to look at each brace of it takes half a second
        return 0
    events: dict[str, set[int]] = {}
    opened: list[int] = []
    for token in _KEY.finditer(text):
        if token[0] == "{":
            opened.append(token.start())
        elif token[0] != "}":
            events.setdefault(token[1], set()).add(opened[-1] if opened else -1)
        elif opened:
            opened.pop()
    return max(len(_ON_LINES.findall(text)), *map(len, events.values()), 0)


def is_table_in_text(text: str) -> bool:
    """Tell a table that is torn, broken or too long to be parsed; its time may be far behind."""
    if _FIRST_COLUMN.match(text):
        return True
    if TIME not in text:
        return False
    if _COLUMN.search(text):
        return True
    named = _NAMED.search(text) or _CSV.search(text)
    return named is not None and (len(_TIME_AT.findall(text)) > 1 or _LONG_LIST.search(text) is not None)


def begins_with_column_within(text: str) -> bool:
    """Tell whether what is under a name begins with a long column: a table may have its time beyond what is read."""
    outer = _OUTER_NAMES.match(text)
    return outer is not None and _FIRST_COLUMN.match(text, outer.end()) is not None


def has_event_behind_tear(text: str, properties: Set[str]) -> bool:
    """Tell whether a whole event stands behind the beginning of another.

    :param properties: what events may have: an object under another name is in a wrapper that is torn behind it.
    """
    if text[:1] != "{":
        return False
    for brace in islice(re.finditer(r"(?<!^)\{", text), _BRACES):
        try:
            value, _ = _DECODER.raw_decode(text, brace.start())
        except (ValueError, RecursionError):
            continue
        if isinstance(value, dict) and TIME in value:
            opened = _OPENED.fullmatch(text, 0, brace.start())
            return opened is None or (opened[1] or "") in properties
    return False


def _times_of(part: dict[str, Any]) -> int:
    """Return how many times an object has as its own: several where they are a column."""
    times = part.get(TIME)
    if isinstance(times, list):
        return len(times)
    if isinstance(times, dict):
        return max(1, sum(isinstance(each, str) and _TIME_AT.match(each) is not None for each in times.values()))
    return int(TIME in part)


def _count_in_prose(text: str) -> int:
    """Return how many events seem to be in a text that is no JSON; none where somebody speaks of their time."""
    if TIME not in text:
        return 0
    text = text.strip()
    if text[0] in "{[(\"'":
        return 2 if is_table_in_text(text) else count_in_text(text)
    if head := _CSV.search(text):
        return len(_TIME_AT.findall(text, head.end()))
    return len(_ON_LINES.findall(text))
