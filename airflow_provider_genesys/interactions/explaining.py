"""One record explained: what was understood of it, and what becomes of it and of what belongs to it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any

from airflow_provider_genesys.exceptions import GenesysConfigError
from airflow_provider_genesys.interactions.checks import UntellableError
from airflow_provider_genesys.interactions.composing import put_together
from airflow_provider_genesys.interactions.converting import convert
from airflow_provider_genesys.interactions.reading import read_rows
from airflow_provider_genesys.interactions.scope import BadValueError
from airflow_provider_genesys.interactions.wording import (
    events_in_words,
    happening_in_words,
    interaction_in_words,
    names_in,
)
from airflow_provider_genesys.text import visible

if TYPE_CHECKING:
    from airflow_provider_genesys.interactions.converting import Inputs
    from airflow_provider_genesys.interactions.directory import Directory
    from airflow_provider_genesys.interactions.mapping_file import RecordMapping, Understood
    from airflow_provider_genesys.interactions.model import Interaction
    from airflow_provider_genesys.interactions.rows import Row

FATES = ("converted", "skipped", "superseded", "held_back", "rejected")


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
    """Explain a record together with all others of its conversation; nothing is written.

    They are converted by the code that converts all, so that they become what they do there.

    :param inputs: what to read; it is read twice.
    :param wanted: the record's id, or its conversation's; else the line where it begins, such as ``12`` or
        ``calls.csv:12``.
    :raises GenesysConfigError: there is no such record; or as :func:`convert` does.
    :raises GenesysError: as :func:`convert` does.
    """
    inputs = list(inputs)
    target = _find(inputs, mapping, wanted)
    keys = _keys(target, mapping)
    if not keys:
        return _explained([target], [], mapping, directory)
    related = _related(keys, inputs, mapping)
    return _explained(related, _linked(related, inputs, mapping), mapping, directory)


def _explained(rows: Sequence[Row], linked: Sequence[Row], mapping: RecordMapping, directory: Directory) -> Explanation:
    """Explain the records of a conversation.

    :param linked: those of others with which it goes on, which have to be there, and are not explained.
    """
    understood: list[Interaction] = []
    records = []
    for row in rows:
        said = _said(row, mapping, understood)
        record = row.text if row.record is None else row.record
        records.append({"file": row.file, "line": row.line, "record": record, "understood": said})
    if mapping.log is not None:
        understood = _composed(rows, mapping)
    fates, reasons, events = _converted([*rows, *linked], mapping, directory)
    if linked:
        others = _converted(linked, mapping, directory)
        fates, reasons, events = fates - others[0], reasons - others[1], events - others[2]
    told = [json.loads(line) for line in events]
    timeline = events_in_words(told, names_in(understood, directory))
    return Explanation(
        tuple(records), {fate: fates[fate] for fate in FATES}, tuple(reasons), tuple(told), tuple(timeline)
    )


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


def _said(row: Row, mapping: RecordMapping, understood: list[Interaction]) -> list[str]:
    """Return what a record says, and note it."""
    if row.record is None:
        return [f"nothing that can be read: {row.reason}"]
    try:
        if mapping.skips(row.record):
            return ["nothing that is wanted, by only and skip of the mapping"]
        found = mapping.understood(row.record)
        if mapping.log is not None:
            return happening_in_words(mapping.log.happening(row.record))
    except BadValueError as error:
        return [f"nothing that can be understood: {error}"]
    understood.append(found.interaction)
    more = [
        f"{name} {value}"
        for name, value in (("version", found.version), ("goes on in record", found.next))
        if value is not None
    ]
    return [*interaction_in_words(found.interaction), *([", ".join(more)] if more else [])]


def _composed(rows: Sequence[Row], mapping: RecordMapping) -> list[Interaction]:
    """Return the interaction that happenings tell of, if it can be told."""
    found = [each for row in rows if (each := _understood(row, mapping)) is not None]
    try:
        return [put_together(found, mapping.log, found[0].interaction.conversation or "")] if found else []
    except UntellableError:
        return []


def _related(keys: set[str], inputs: Inputs, mapping: RecordMapping) -> list[Row]:
    """Return the records of a conversation, those too that go on from one that goes on from another."""
    while True:
        rows = [row for row in _rows(inputs, mapping) if keys & _keys(row, mapping)]
        found = {key for row in rows for key in _keys(row, mapping)}
        if found <= keys:
            return rows
        keys |= found


def _keys(row: Row, mapping: RecordMapping) -> set[str]:
    """Return what tells the conversation of a record: its key, or what the record and the one before it are."""
    understood = _understood(row, mapping)
    if understood is None:
        return set()
    interaction = understood.interaction
    if not mapping.follows:
        return {interaction.conversation or interaction.id}
    return {interaction.id, *([] if understood.previous is None else [understood.previous])}


def _linked(related: Sequence[Row], inputs: Inputs, mapping: RecordMapping) -> list[Row]:
    """Return the records of other conversations with which one goes on."""
    following = {
        mapping.understood(row.record).next for row in related if row.record and not mapping.skips(row.record)
    } - {id_ for row in related for id_ in _ids(row, mapping)[:1]}
    if not following - {None}:
        return []
    return [row for row in _rows(inputs, mapping) if following & {*_ids(row, mapping)[:1]}]


def _find(inputs: Inputs, mapping: RecordMapping, wanted: str) -> Row:
    file, _, line = wanted.rpartition(":")
    at_line: Row | None = None
    for row in _rows(inputs, mapping):
        if wanted in _ids(row, mapping):
            return row
        if at_line is None and line == str(row.line) and row.file.endswith(file):
            at_line = row
    if at_line is None:
        raise GenesysConfigError(f"no record has the id {wanted!r}, and none begins at such a line")
    return at_line


def _rows(inputs: Inputs, mapping: RecordMapping) -> Iterator[Row]:
    for name, content in inputs:
        yield from read_rows(name, content, mapping)


def _ids(row: Row, mapping: RecordMapping) -> tuple[str | None, ...]:
    """Return the id of a record and that of its conversation; none, if it cannot be understood."""
    understood = _understood(row, mapping)
    return () if understood is None else (understood.interaction.id, understood.interaction.conversation)


def _understood(row: Row, mapping: RecordMapping) -> Understood | None:
    if row.record is None:
        return None
    try:
        return mapping.understood(row.record)
    except BadValueError:
        return None
