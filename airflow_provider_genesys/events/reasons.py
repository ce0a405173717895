"""Why records were not accepted: which records have the same reason, and how it is told. Both are decided here only.

Two records have the same reason if the same rule refused them. A check of this provider says its rule in words; what a
server wrote, or a check quotes, is the same where no more than a value differs: what stands in quotes or brackets, and
what has digits. Each reason has its own count, its own words, which are those of the first record of the input that has
it, and the number of values among its records.

Failures and digests tell the words, summaries go further: no value of an event may be in them, nor what a server wrote,
which may repeat one.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, NamedTuple

from airflow_provider_genesys.text import UUID, cut, fitting, is_code, without_personal_data

# Reasons beyond so many different ones are counted together: there may be as many as records.
MAX_COUNTED_REASONS = 1_000
OTHER_REASONS = "others"
AFTER_A_LOST_ANSWER = " (after a lost answer)"
"""Behind the code of what may have arrived all the same, although it was rejected."""
MOST_IN_SUMMARY = 12
# Of each reason so many values are told apart, and "or more" stands for the rest.
MOST_ALIKE = 20
# Airflow's pages cut a long message off; a usual sentence of a server's has half as many characters.
_TOLD = 3
_LONGEST = 300
_MOST_BYTES = 12_000
# Of the JSON that the ledger holds, in which a character beyond ASCII takes six bytes or twelve.
_MOST_BYTES_KEPT = 8_000
_LONGEST_NAME = 80
_PROPERTY = "invalid."
_NO_PROPERTY = frozenset(f"{_PROPERTY}{what}" for what in ("property_twice", "json", "record", "size", "dead_letter"))
# The checks whose words quote what stood in the event, or what a library made of it.
_QUOTING = frozenset(f"{_PROPERTY}{what}" for what in ("type", "presence", "property_twice", "json", "record"))
_ANSWER_LOST = "the answer was lost, and the event may have arrived"
_QUOTED = r"""(?<!\w)'(?:[^'\\]|\\.)*'|(?<!\w)"(?:[^"\\]|\\.)*\""""
# What is cut off may have lost its last quotation mark or bracket; what was masked was a value.
_VALUE = re.compile(rf"""{_QUOTED}|\[[^]]*(?:]|\Z)|(?<!\w)['"].*|\*\*\*|[\w.+:-]*\d(?:[\w.+:-]|,(?=\d))*""", re.DOTALL)
# What follows from the value, or from the request, and is not the rule; within a value it is the value.
_ASIDE = re.compile(
    rf"(?P<value>{_QUOTED})|; (?:did you mean|known are) .*|[:,] (?:use one of the ids: )?(?={UUID}).*"
    r"| at line \d+ column \d+| \(correlation id [^)]*\)",
    re.DOTALL,
)


class Example(NamedTuple):
    """One record that was not accepted, and where it stands.

    :param fate: ``invalid``, ``rejected`` or ``unknown``; empty for what is no dead letter any more.
    :param code: short code, or a server's words.
    :param message: as its dead letter has it.
    :param file: name of the input file.
    :param line: line or element in it, counted from 1.
    :param ordinal: place in the input, counted from 0.
    """

    fate: str
    code: str
    message: str
    file: str
    line: int
    ordinal: int


@dataclass(slots=True)
class Reason:
    """Why some records were not accepted.

    :param fate: theirs; empty where it is not known.
    :param code: short code, which names no value; empty where a server told it in words.
    :param words: of the first of them, without what personal data can be told from its look, cut; empty where an
        older version counted them by their codes.
    :param count: how many.
    :param file: the first one's input file, by its name without the folder; empty if it is not known.
    :param line: line or element of the first, counted from 1.
    :param ordinal: its place in the input, counted from 0.
    :param alike: hashes of the messages that differ by a value, so many that it is known whether there are
        :data:`MOST_ALIKE` or more beside the first. They are of what may be told: messages that differ only by what is
        masked, such as a telephone number, are the same, or all numbers could be tried.
    """

    fate: str
    code: str
    words: str
    count: int = 0
    file: str = ""
    line: int = 0
    ordinal: int = 0
    alike: set[int] = field(default_factory=set)

    def include(self, other: Reason) -> None:
        """Count the records of another one as well, which have the same reason, and tell the first of all."""
        if other.file and (not self.file or other.ordinal < self.ordinal):
            self.words, self.file, self.line, self.ordinal = other.words, other.file, other.line, other.ordinal
        self.count += other.count
        for value in other.alike:
            if len(self.alike) <= MOST_ALIKE:
                self.alike.add(value)

    def to_json(self) -> list[Any]:
        """Return it as the ledger holds it."""
        place = [self.file, self.line, self.ordinal]
        return [self.fate, self.code, self.words, self.count, *place, sorted(self.alike)]

    @classmethod
    def from_json(cls, row: Iterable[Any]) -> Reason:
        """Read what :meth:`to_json` made; raises ``TypeError`` or ``ValueError`` for anything else."""
        fate, code, words, count, file, line, ordinal, alike = row
        about = str(fate), str(code), str(words), int(count)
        return cls(*about, str(file), int(line), int(ordinal), set(map(int, alike)))


class Reasons:
    """Counts records by their reasons. Bounded: there may be as many reasons as records."""

    def __init__(self) -> None:
        self._by_key: dict[str, Reason] = {}
        self._others = 0

    def add(self, example: Example) -> None:
        """Count one record that was not accepted."""
        key, code, words, value = _understood(example.fate, example.code, example.message)
        reason = self._by_key.get(key)
        if reason is None:
            if len(self._by_key) >= MAX_COUNTED_REASONS:
                self._others += 1
                return
            reason = self._by_key[key] = Reason(example.fate, code, words)
        file = cut(example.file.rpartition("/")[2], _LONGEST_NAME)
        reason.include(Reason(example.fate, code, words, 1, file, example.line, example.ordinal, {value}))

    def commonest(self) -> list[Reason]:
        """Return all reasons as they are now, the commonest first; what was counted together is one of them."""
        named = [replace(reason, alike=set(reason.alike)) for reason in self._by_key.values()]
        others = [Reason("", OTHER_REASONS, "", self._others)] if self._others else []
        return sorted([*named, *others], key=lambda reason: -reason.count)

    def to_json(self, most: int) -> dict[str, Any]:
        """Return what the ledger holds of it: so many reasons, in 8 kB, and how many records have others."""
        named = sorted(self._by_key.values(), key=lambda reason: -reason.count)
        kept = fitting((reason.to_json() for reason in named), most, _MOST_BYTES_KEPT)
        others = self._others + sum(reason.count for reason in named[len(kept) :])
        return {"reasons": kept, "other_reasons": others}

    @classmethod
    def from_json(cls, ledger: Mapping[str, Any]) -> Reasons:
        """Read them from a ledger, also from one of the first format, which has a count for each code and no words.

        What an older version told apart may be one reason by now.

        :raises KeyError, TypeError, ValueError: it holds something else.
        """
        reasons, rows = cls(), ledger["reasons"]
        if isinstance(rows, dict):
            codes = {str(code): int(count) for code, count in rows.items()}
            reasons._others = codes.pop(OTHER_REASONS, 0)
            found = [Reason("", code, "", count) for code, count in codes.items() if _is_code(code)]
            found += [
                Reason("", "", cut(without_personal_data(words), _LONGEST), count)
                for words, count in codes.items()
                if not _is_code(words)
            ]
        else:
            reasons._others = int(ledger["other_reasons"])
            found = [Reason.from_json(row) for row in rows]
        for reason in found:
            kept = reasons._by_key.setdefault(_key(reason.fate, reason.code, reason.words), reason)
            if kept is not reason:
                kept.include(reason)
        return reasons


@lru_cache(maxsize=1_000)
def _understood(fate: str, reason: str, message: str) -> tuple[str, str, str, int]:
    """Return the key of a record's reason, its code, its words, and a hash of what differs from record to record.

    Most records that are not accepted say what others have said before.
    """
    masked = without_personal_data(message)
    code, words = reason if _is_code(reason) else "", cut(masked, _LONGEST)
    return _key(fate, code, words), code, words, zlib.crc32(_without_asides(masked).encode("utf-8", "surrogatepass"))


def _is_code(reason: str) -> bool:
    return is_code(reason.removesuffix(AFTER_A_LOST_ANSWER))


def _key(fate: str, code: str, words: str) -> str:
    """Return what all records have in common that have the same reason."""
    rule = _without_asides(words)
    return "\n".join((fate, code, rule if _names_no_value(fate, code) else _VALUE.sub("…", rule)))


def _without_asides(words: str) -> str:
    return _ASIDE.sub(lambda found: found["value"] or "", words)


def _names_no_value(fate: str, code: str) -> bool:
    """Tell whether it is a check of this provider that said this, in words without a value."""
    return _is_own(fate, code) and code not in _QUOTING


def _is_own(fate: str, code: str) -> bool:
    """Tell whether a check of this provider said this, and not a server, whose codes may be spelt the same."""
    return fate in {"invalid", ""} and bool(code)


def tell_commonest(reasons: Iterable[Reason]) -> list[str]:
    """Return the three commonest reasons in words, each with its count and where it is first in the input.

    The last of them ends with how many records have others.

    :param reasons: the commonest first.
    """
    everything = list(reasons)
    named = [reason for reason in everything if reason.code != OTHER_REASONS]
    told = [_in_words(reason) for reason in named[:_TOLD]]
    if left := sum(reason.count for reason in everything) - sum(reason.count for reason in named[:_TOLD]):
        told[-1:] = [f"{told[-1]}; and {left:,} for other reasons"] if told else [f"{left:,} for different reasons"]
    return told


def _in_words(reason: Reason) -> str:
    times = "once" if reason.count == 1 else f"{reason.count:,} times"
    if others := min(len(reason.alike) - 1, MOST_ALIKE) if reason.alike else 0:
        more = " or more" if others == MOST_ALIKE else ""
        times = f"this and {others}{more} {'other' if others == 1 else 'others'} like it {times}"
    place = f", such as {reason.file}, line {reason.line}" if reason.file else ""
    return f"{reason.words or reason.code} ({times}{place})"


def for_summary(reasons: Iterable[Reason]) -> list[dict[str, Any]]:
    """Return the commonest reasons as a summary tells them: 12 and 12,000 bytes at most, and no value of an event.

    :param reasons: the commonest first.
    """
    return fitting(map(_row, reasons), MOST_IN_SUMMARY, _MOST_BYTES)


def _row(reason: Reason) -> dict[str, Any]:
    place, rule = _property_and_rule(reason)
    return {
        "code": reason.code or None,
        "property": place,
        "rule": rule,
        "fate": reason.fate or None,
        "count": reason.count,
        "different": len(reason.alike) or None,
        "example": {"file": reason.file, "line": reason.line} if reason.file else None,
    }


def _property_and_rule(reason: Reason) -> tuple[str | None, str | None]:
    """Return the property that a reason is about, and its rule without a value; of each ``None`` if it has none."""
    if reason.fate == "unknown":
        return None, _ANSWER_LOST
    if not _is_own(reason.fate, reason.code):
        return None, None
    is_property = reason.code.startswith(_PROPERTY) and reason.code not in _NO_PROPERTY
    place = reason.code.removeprefix(_PROPERTY) if is_property else None
    rule = _without_asides(reason.words).removeprefix(f"{place} ")
    if not _names_no_value(reason.fate, reason.code):
        rule = _VALUE.sub("…", rule).lstrip("…: ")
    return place, rule or None
