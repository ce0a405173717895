"""Why records were not accepted, told to a person: each reason with one example.

Where a message tells them, examples are taken from the dead letters, so that those of earlier tries are told as well.
Summaries and digests go further than messages of a task: no value of an event may be in them, nor what a server wrote,
which may repeat one. What is in both is decided here.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

from airflow_provider_genesys.files import storage
from airflow_provider_genesys.text import cut, fitting

if TYPE_CHECKING:
    from airflow_provider_genesys.files.storage import StoragePath

# Airflow's pages cut a long message off.
_TOLD = 3
_LONGEST = 120
# Common reasons are found early; a store is not read through for the rare ones.
_MOST_SEGMENTS = 100

MOST_IN_SUMMARY = 12
_MOST_BYTES = 12_000
_LONGEST_RULE = 160
_LONGEST_NAME = 80
# What looks like a number that somebody can be called at is none.
_CODE = re.compile(r"(?!.*\d{4})[A-Za-z][\w.-]{0,79}( \(after a lost answer\))?")
_PROPERTY = "invalid."
# The rules of reasons whose messages name what stood in the event, or what a server or a library wrote.
_RULES = {
    "invalid.type": "is none of the kinds of this stream",
    "invalid.presence": "names no presence definition",
    "invalid.property_twice": "a property stands in it more than once",
    "invalid.json": "is no JSON object",
    "invalid.record": "cannot be read as an event",
    "invalid.size": "takes more bytes than a request may have",
    "invalid.dead_letter": "this dead letter holds ids only and cannot be sent",
    "event_id_reused": "eventId was used before for another event",
    "answer_lost": "the answer was lost, and the event may have arrived",
}
_NO_PROPERTY = frozenset(f"{_PROPERTY}{what}" for what in ("property_twice", "json", "record", "size", "dead_letter"))


class Example(NamedTuple):
    """One record that was not accepted, and where it stands.

    :param fate: ``invalid``, ``rejected`` or ``unknown``.
    :param message: as its dead letter has it.
    :param file: name of the input file.
    :param line: line or element in it, counted from 1.
    """

    fate: str
    message: str
    file: str
    line: int


class Reason(NamedTuple):
    """Why some records were not accepted.

    :param reason: as the ledger counts it.
    :param records: how many.
    :param example: one of them, if one is known.
    """

    reason: str
    records: int
    example: Example | None


def is_code(reason: str) -> bool:
    """Tell whether a reason is a short code, which names no value; a server may have told it in words."""
    return _CODE.fullmatch(reason) is not None


def for_summary(reasons: Iterable[Reason]) -> list[dict[str, Any]]:
    """Return the commonest reasons as a summary tells them: 12 and 12,000 bytes at most, and no value of an event.

    Those that a server told in words are one.

    :param reasons: the commonest first.
    """
    counts: Counter[str | None] = Counter()
    found: dict[str | None, Example | None] = {}
    for reason, count, example in reasons:
        code = reason if is_code(reason) else None
        counts[code] += count
        found[code] = found.get(code) or example
    rows = (_row(code, count, found[code]) for code, count in counts.most_common())
    return fitting(rows, MOST_IN_SUMMARY, _MOST_BYTES)


def _row(code: str | None, count: int, example: Example | None) -> dict[str, Any]:
    place = code.removeprefix(_PROPERTY) if code and code.startswith(_PROPERTY) and code not in _NO_PROPERTY else None
    rule = _RULES.get(code or "")
    if rule is None and place and example and example.message.startswith(f"{place} "):
        rule = example.message.removeprefix(f"{place} ")
    return {
        "code": code,
        "property": place,
        "rule": None if rule is None else cut(rule, _LONGEST_RULE),
        "fate": None if example is None else example.fate,
        "count": count,
        "example": None if example is None else {"file": cut(_name(example.file), _LONGEST_NAME), "line": example.line},
    }


def tell_commonest(reasons: Counter[str], dead_letters: StoragePath | None = None) -> str:
    """Return the commonest reasons, each in words and with one example by file and line.

    :param reasons: how many records were not accepted, by reason.
    :param dead_letters: folder of the dead letters; an example that cannot be read there is left out, and so
        are all without one.
    """
    commonest = reasons.most_common(_TOLD)
    found = {} if dead_letters is None else examples(dead_letters, {reason for reason, _ in commonest})
    return "; ".join(_in_words(reason, count, found.get(reason)) for reason, count in commonest)


def examples(folder: StoragePath, reasons: set[str]) -> dict[str, Example]:
    """Return by reason the first dead letter that is found; none where they cannot be read."""
    found: dict[str, Example] = {}
    try:
        for name in storage.list_names(folder, "*.jsonl")[:_MOST_SEGMENTS]:
            for line in (storage.read(folder / name) or b"").splitlines():
                about = json.loads(line)["dead_letter"]
                if about["reason"] in reasons:
                    example = Example(str(about["fate"]), str(about["message"]), str(about["file"]), int(about["line"]))
                    found.setdefault(about["reason"], example)
                if len(found) == len(reasons):
                    return found
    except (OSError, ValueError, KeyError, TypeError):
        pass  # it is for a message only, which tells where the dead letters are
    return found


def _in_words(reason: str, count: int, example: Example | None) -> str:
    times = "once" if count == 1 else f"{count:,} times"
    if example is None:
        return f"{reason} ({times})"
    message = example.message
    words = message if len(message) <= _LONGEST else message[:_LONGEST].rstrip() + "…"
    return f"{words} ({times}, such as {_name(example.file)}, line {example.line})"


def _name(file: str) -> str:
    """Return the name of a file without its folder."""
    return file.rpartition("/")[2]
