"""One record explained: what was understood of it, and what becomes of it and of what belongs to it."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any

from airflow_provider_genesys.exceptions import GenesysConfigError
from airflow_provider_genesys.interactions.account import FATES
from airflow_provider_genesys.interactions.checks import UntellableError
from airflow_provider_genesys.interactions.composing import put_together
from airflow_provider_genesys.interactions.converting import convert, rows_of
from airflow_provider_genesys.interactions.known import Known
from airflow_provider_genesys.interactions.scope import BadValueError
from airflow_provider_genesys.interactions.wording import (
    events_in_words,
    happening_in_words,
    interaction_in_words,
    known_in_words,
    names_in,
)
from airflow_provider_genesys.text import visible

if TYPE_CHECKING:
    from airflow_provider_genesys.interactions.converting import Inputs
    from airflow_provider_genesys.interactions.directory import Directory
    from airflow_provider_genesys.interactions.happenings import Log
    from airflow_provider_genesys.interactions.mapping_file import RecordMapping, Understood
    from airflow_provider_genesys.interactions.model import Interaction
    from airflow_provider_genesys.interactions.rows import Row


@dataclass(frozen=True, slots=True)
class Explanation:
    """What becomes of a record.

    :param records: the record and those that belong to its conversation, each with ``file``, ``line``, ``record`` and
        ``understood``: what it says in words, nothing if it is not wanted, or why it cannot be understood.
    :param account: how many of them have which fate.
    :param reasons: why they are rejected or held back.
    :param events: of the conversation.
    :param timeline: these in words.
    """

    records: tuple[Mapping[str, Any], ...]
    account: Mapping[str, int]
    reasons: tuple[str, ...]
    events: tuple[Mapping[str, Any], ...]
    timeline: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return it for a program."""
        return {name: getattr(self, name) for name in self.__slots__}

    def __str__(self) -> str:
        """Return it for a person."""
        blocks = []
        for each in self.records:
            lines = [f"  {visible(line)}" for line in each["understood"]]
            blocks.append("\n".join([f"{each['file']}, line {each['line']}, says", *lines]))
        counts = ", ".join(f"{count} {fate.replace('_', ' ')}" for fate, count in self.account.items() if count)
        fate = "\n".join([f"What becomes of it: {counts}", *(f"  {visible(reason)}" for reason in self.reasons)])
        told = "\n".join(["Genesys Cloud is told", *(f"  {visible(line)}" for line in self.timeline)])
        return "\n\n".join([*blocks, fate, *([told] if self.timeline else [])])


def explain(inputs: Inputs, mapping: RecordMapping, directory: Directory, wanted: str) -> Explanation:
    """Explain a record together with all others of its conversation, one that is skipped alone; nothing is written.

    They are converted by the code that converts all, so that they become what they do there.

    :param inputs: what to read; it is read twice.
    :param wanted: the record's id, or its conversation's, also of one that is skipped or rejected; else the line where
        it begins, such as ``12`` or ``calls.csv:12``; else what stands in one that cannot be read.
    :raises GenesysConfigError: there is no such record; or as :func:`convert` does.
    :raises GenesysError: as :func:`convert` does.
    """
    inputs = list(inputs)
    targets = find_record(rows_of(inputs, mapping), lambda row: wanted in _ids(row, mapping), wanted)
    if not targets:
        raise GenesysConfigError(f"no record has the id {wanted!r}, and none begins at such a line")
    alone = [row for row in targets if _stands_alone(row, mapping, wanted)]
    keys = {key for row in targets if row not in alone for key in _keys(row, mapping)}
    related = _related(keys, inputs, mapping) if keys else []
    return _explained([*alone, *related], _linked(related, inputs, mapping), mapping, directory)


def find_record(rows: Iterable[Row], is_meant: Callable[[Row], bool], wanted: str) -> list[Row]:
    """Return the record that is meant: several if they begin on the line that is, and none if there is none.

    :param is_meant: tells whether a record is known by what is wanted.
    :param wanted: what it is known by; else the line where it begins; else what stands in one that cannot be read.
    """
    file, _, line = wanted.rpartition(":")
    word = re.compile(rf"(?<!\w){re.escape(wanted)}(?!\w)")
    at_line: list[Row] = []
    unreadable: list[Row] = []
    for row in rows:
        if is_meant(row):
            return [row]
        if line == str(row.line) and row.file.endswith(file) and all(each[:2] == row[:2] for each in at_line):
            at_line.append(row)
        elif row.record is None and not unreadable and word.search(row.text):
            unreadable.append(row)
    return at_line or unreadable


def _explained(rows: Sequence[Row], linked: Sequence[Row], mapping: RecordMapping, directory: Directory) -> Explanation:
    """Explain the records of a conversation.

    :param linked: those of others with which it goes on, which have to be there, and are not explained.
    """
    counting = [found for row in rows if (found := _counting(row, mapping)) is not None]
    records = [as_shown(row, _said(row, mapping)) for row in rows]
    fates, reasons, events = _converted([*rows, *linked], mapping, directory)
    if linked:
        others = _converted(linked, mapping, directory)
        fates, reasons, events = fates - others[0], reasons - others[1], events - others[2]
    told = [json.loads(line) for line in events]
    interactions = [each.interaction for each in counting] if mapping.log is None else _composed(counting, mapping.log)
    timeline = events_in_words(told, names_in(interactions, directory))
    return Explanation(
        tuple(records), {fate: fates[fate] for fate in FATES}, tuple(reasons), tuple(told), tuple(timeline)
    )


def as_shown(row: Row, said: Sequence[str]) -> dict[str, Any]:
    """Return a record as it is shown, with what it says in words."""
    record = row.text if row.record is None else row.record
    return {"file": row.file, "line": row.line, "record": record, "understood": [*said]}


def _converted(
    rows: Sequence[Row], mapping: RecordMapping, directory: Directory
) -> tuple[Counter[str], Counter[str], Counter[bytes]]:
    """Return how many records have which fate, how often there is which reason, and the events in their order."""
    files = [BytesIO(), BytesIO(), BytesIO()]
    given = [row for row in rows if row.record is not None]
    unreadable = [row.reason for row in rows if row.record is None]
    events, rejects, held_back = files
    account = convert([("", given)], mapping, directory, events=events, rejects=rejects, held_back=held_back)
    kept = [json.loads(line)["reason"] for file in (rejects, held_back) for line in file.getvalue().splitlines()]
    fates = Counter(account.as_dict()) + Counter(rejected=len(unreadable))
    return fates, Counter([*unreadable, *kept]), Counter(events.getvalue().splitlines())


def _said(row: Row, mapping: RecordMapping) -> list[str]:
    """Return what a record says, and why not more of it counts or is understood."""
    if row.record is None:
        return [f"nothing that can be read: {row.reason}"]
    known = known_in_words(mapping.known_by(row.record))
    try:
        if (why := mapping.skipped_by(row.record)) is not None:
            return [*known, f"nothing that is wanted: it is skipped {why}"]
        found = mapping.understood(row.record)
        if mapping.log is not None:
            return happening_in_words(mapping.log.happening(row.record))
    except BadValueError as error:
        return [*known, f"nothing that can be understood: {error}"]
    more = [
        f"{name} {value}"
        for name, value in (("version", found.version), ("goes on in record", found.next))
        if value is not None
    ]
    return [*interaction_in_words(found.interaction), *([", ".join(more)] if more else [])]


def _composed(records: Sequence[Understood], log: Log) -> list[Interaction]:
    """Return the interaction that happenings tell of, if it can be told."""
    try:
        return [put_together(records, log, records[0].interaction.conversation or "")] if records else []
    except UntellableError:
        return []


def _stands_alone(row: Row, mapping: RecordMapping, wanted: str) -> bool:
    """Tell whether a record is explained without others.

    Records that are skipped may have no more in common than that: all that belongs to no call, and says so.
    """
    if row.record is None or not _keys(row, mapping):
        return True
    try:
        return mapping.skips(row.record) and wanted != _known(row, mapping).conversation
    except BadValueError:
        return False


def _related(keys: set[str], inputs: Inputs, mapping: RecordMapping) -> list[Row]:
    """Return the records of a conversation, those too that go on from one that goes on from another."""
    while True:
        rows = [row for row in rows_of(inputs, mapping) if keys & _keys(row, mapping)]
        found = {key for row in rows for key in _keys(row, mapping)}
        if found <= keys:
            return rows
        keys |= found


def _keys(row: Row, mapping: RecordMapping) -> set[str]:
    """Return what tells the conversation of a record: its key, or what the record and the one before it are."""
    known = _known(row, mapping)
    keys = (known.id, known.previous) if mapping.follows else (known.conversation or known.id,)
    return {*filter(None, keys)}


def _linked(related: Sequence[Row], inputs: Inputs, mapping: RecordMapping) -> list[Row]:
    """Return the records of other conversations with which one goes on."""
    following = {found.next for row in related if (found := _counting(row, mapping)) is not None}
    following -= {None, *(_known(row, mapping).id for row in related)}
    return [row for row in rows_of(inputs, mapping) if _known(row, mapping).id in following] if following else []


def _ids(row: Row, mapping: RecordMapping) -> tuple[str | None, ...]:
    """Return the id of a record and that of its conversation."""
    return _known(row, mapping)[:2]


def _known(row: Row, mapping: RecordMapping) -> Known:
    return Known() if row.record is None else mapping.known_by(row.record)


def _counting(row: Row, mapping: RecordMapping) -> Understood | None:
    """Return what a record tells, if it counts and can be understood."""
    try:
        if row.record is None or mapping.skips(row.record):
            return None
        return mapping.understood(row.record)
    except BadValueError:
        return None
