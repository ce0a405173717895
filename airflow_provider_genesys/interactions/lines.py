"""Lines of the files that a conversion writes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import IO, TYPE_CHECKING, Any, TypeAlias

from airflow_provider_genesys.interactions.checks import UntellableError
from airflow_provider_genesys.interactions.rows import MAX_RECORD, Row
from airflow_provider_genesys.interactions.telling import tell

if TYPE_CHECKING:
    from airflow_provider_genesys.interactions.directory import Directory
    from airflow_provider_genesys.interactions.model import Interaction

TimedLine: TypeAlias = tuple[datetime, str]
"""When an event happens, and its line of JSON."""

_LONGEST_EVENT = 500_000
"""Bytes of an event that goes into a request by itself."""
_UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_CONTROL = re.compile(r"\\[bf]|\\u00[01789]")
"""How one of them, and some others, are written in JSON."""


def reject_line(row: Row, reason: str) -> str:
    """Return the line of a record that is rejected or held back, which can be given as a record again."""
    record = row.text[:MAX_RECORD] if row.record is None else row.record
    more = {"links_read": True} if row.links_read else {}
    return json.dumps({"file": row.file, "line": row.line, "reason": reason, "record": record, **more}, default=str)


def correction_line(row: Row, reason: str, event: dict[str, Any]) -> str:
    """Return the line of an event that contradicts what was told, with the record that it comes of."""
    return json.dumps({"file": row.file, "line": row.line, "reason": reason, "event": event})


def event_line(event: Mapping[str, Any]) -> str:
    """Return an event as it is written, which is in ASCII: as many bytes as characters.

    :raises UntellableError: it is too long, or a text in it has control characters, of which Genesys' documents do not
        say whether they are taken; line breaks and tabs may be in notes.
    """
    line = json.dumps(event, separators=(",", ":"))
    if len(line) > _LONGEST_EVENT:
        raise UntellableError(f"one of its events is over {_LONGEST_EVENT:,} bytes")
    if "\\" in line and _CONTROL.search(line):  # few have anything that is escaped
        _refuse_control(event)
    return line


def event_lines(interaction: Interaction, directory: Directory) -> list[TimedLine]:
    """Return the events of an interaction as they are written.

    :raises UntellableError: it cannot be told, or as :func:`event_line` does.
    """
    return [(at, event_line(event)) for at, event in tell(interaction, directory)]


def _refuse_control(value: Any, name: str = "the event") -> None:
    """Refuse control characters, by the field that they are in."""
    if isinstance(value, Mapping):
        for key, each in value.items():
            _refuse_control(each, key)
    elif isinstance(value, list):
        for each in value:
            _refuse_control(each, name)
    elif isinstance(value, str) and (found := _UNFIT.search(value)) is not None:
        raise UntellableError(f"{name} has the control character U+{ord(found[0]):04X} in it")


def write_lines(file: IO[bytes], lines: Iterable[str]) -> int:
    """Write lines and return how many there are."""
    count = 0
    for line in lines:
        file.write(line.encode() + b"\n")
        count += 1
    return count
